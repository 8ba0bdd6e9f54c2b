//! What the end-to-end tests share: vectors, a server, a hostile client, a
//! phone, a PostgreSQL server, and runners for programs that are not ours.
//!
//! The tests themselves are in `tests/`, one file for each promise. None needs
//! the network, sleeps, or depends on another: servers listen on port 0 of
//! loopback, every wait has an end, and everything that is started is stopped.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    reason = "this package is nothing but tests: a panic is how they fail"
)]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use flowgate_keys::{AppSecret, AppSecrets, KeyRing, PrivateKey};
use flowgate_protocol::{Channel, ChannelBuilder};

pub mod broken_flow;
pub mod certificates;
pub mod endpoint_program;
pub mod faulty_endpoint;
pub mod front;
pub mod http;
pub mod listener;
pub mod phone;
#[cfg(unix)]
pub mod postgres;
pub mod process;
pub mod program;
pub mod server;
pub mod vectors;

/// The app secret of all tests and vectors. Signs nothing but tests.
pub const TEST_APP_SECRET: &str = "flows-test-app-secret";

/// Longest wait for anything that should happen at once. A test that reaches it
/// fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The key of most vectors. A test key.
pub static TEST_KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::read_file(vector_path("keys/pkcs8.pem"), None).unwrap());

/// Another key. A test key as well.
pub static SECOND_TEST_KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::read_file(vector_path("keys/second.pkcs8.pem"), None).unwrap());

/// Returns the path of a file in `tests/vectors/`.
pub fn vector_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name)
}

/// Returns the path of a file in `tests/foreign/`.
pub fn foreign_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("foreign")
        .join(name)
}

/// Returns [`TEST_APP_SECRET`] as a type.
pub fn test_app_secret() -> AppSecret {
    AppSecret::new(TEST_APP_SECRET).unwrap()
}

/// Starts a channel with the test key and the test app secret.
pub fn test_channel_builder() -> ChannelBuilder {
    let ring = KeyRing::new(&TEST_KEY).unwrap();
    Channel::builder(ring, AppSecrets::new(test_app_secret()))
}

/// Makes a channel with the test key and the test app secret.
pub fn test_channel() -> Channel {
    test_channel_builder().build()
}

/// Asks again and again until it is so.
///
/// # Panics
///
/// If it is not so within [`PATIENCE`].
#[track_caller]
pub fn wait_until(mut it_is_so: impl FnMut() -> bool) {
    let asked = Instant::now();
    while !it_is_so() {
        assert!(asked.elapsed() < PATIENCE, "waited for nothing");
        thread::yield_now();
    }
}
