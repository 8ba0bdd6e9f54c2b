//! One server, no second instance: its private keys are changed while it runs,
//! and no request fails.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use flowgate_keys::PrivateKey;
use flowgate_tests::endpoint_program::{address, command};
use flowgate_tests::phone::Phone;
use flowgate_tests::process::Process;
use flowgate_tests::{SECOND_TEST_KEY, TEST_KEY, wait_until};

/// Puts keys into the file in one step, as an operator with care does.
fn write(file: &Path, keys: &[&PrivateKey]) {
    let text: String = keys
        .iter()
        .map(|key| key.to_pkcs8_pem().to_string())
        .collect();
    let beside = file.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, file).unwrap();
}

fn status(server: SocketAddr, key: &PrivateKey) -> u16 {
    let phone = Phone::of_address(server).public_key(key.public_key());
    phone.ping().status
}

#[test]
fn keys_are_added_and_taken_away_without_a_restart_and_without_a_failed_request() {
    let (old, new) = (&*TEST_KEY, &*SECOND_TEST_KEY);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.pem");
    write(&file, &[old]);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut process = Process::start(&mut command(folder.path(), any, &[&file]));
    let server = address(&process.read_to_line("POST "));
    assert_eq!((status(server, old), status(server, new)), (200, 421));

    let (is_over, sent) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        // Phones that have fetched the old key, and go on with it.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(status(server, old), 200);
                sent.fetch_add(1, Ordering::Relaxed);
            }
        });
        let more = || {
            let before = sent.load(Ordering::Relaxed);
            wait_until(|| sent.load(Ordering::Relaxed) >= before + 20);
        };
        more();
        write(&file, &[new, old]);
        process.hang_up();
        process.wait_for_error_line("read the private keys again; this is the newest");
        assert_eq!(status(server, new), 200);
        more();

        // What is no key changes nothing, and says so.
        fs::write(&file, "half a key").unwrap();
        process.hang_up();
        process.wait_for_error_line("cannot read the private keys again");
        assert_eq!(status(server, new), 200);
        more();
        is_over.store(true, Ordering::Relaxed);
    });

    write(&file, &[new]);
    process.hang_up();
    process.wait_for_error_line("took a private key away");
    wait_until(|| status(server, old) == 421);
    assert_eq!(status(server, new), 200);
    process.hang_up();
    process.wait_for_error_line("they are the same");
    let log = process.terminate().stderr;
    assert!(!log.contains("PRIVATE KEY"), "{log}");
}
