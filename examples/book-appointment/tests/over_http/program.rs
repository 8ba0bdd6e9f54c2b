//! The server as a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use flowgate_tests::endpoint_program::address;
use flowgate_tests::phone::Phone;
use flowgate_tests::process::{Process, clear_settings};
use flowgate_tests::program::Ended;
use flowgate_tests::{TEST_APP_SECRET, vector_path};

/// The server in a folder of its own; both end with the test.
pub(crate) struct Program {
    process: Process,
    pub(crate) address: SocketAddr,
    /// What it printed at its start.
    pub(crate) lines: Vec<String>,
    pub(crate) folder: tempfile::TempDir,
}

/// Returns the program with nothing set but an address to listen on.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book-appointment"));
    clear_settings(&mut command);
    command
        .args(["--listen", "127.0.0.1:0"])
        .env_remove("RUST_LOG")
        .current_dir(folder);
    command
}

/// Returns the program with key and secret of the tests.
pub(crate) fn program_with_test_key(folder: &Path) -> Command {
    let mut command = program(folder);
    command
        .env("FLOWGATE_PRIVATE_KEY_FILE", vector_path("keys/pkcs8.pem"))
        .env("FLOWGATE_APP_SECRET", TEST_APP_SECRET);
    command
}

impl Program {
    /// Starts with nothing set.
    pub(crate) fn in_development() -> Self {
        Self::start("  cargo flowgate", program)
    }

    pub(crate) fn with_test_key() -> Self {
        Self::start("POST ", program_with_test_key)
    }

    /// Starts with key and secret of the tests over another database.
    pub(crate) fn with_database(database: &str) -> Self {
        Self::start("POST ", |folder| {
            let mut command = program_with_test_key(folder);
            command.env("FLOWGATE_DATABASE", database);
            command
        })
    }

    /// Starts with key and secret of the tests and the Flow in a folder that
    /// `write` makes.
    pub(crate) fn with_flow(write: impl FnOnce(&Path)) -> Self {
        Self::start("POST ", |folder| {
            write(&folder.join("flow"));
            let mut command = program_with_test_key(folder);
            command.args(["--flow", "flow"]);
            command
        })
    }

    /// Starts, and reads what it prints until a line starts with `last`.
    fn start(last: &str, program: impl FnOnce(&Path) -> Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start(&mut program(folder.path()));
        let printed = process.read_to_line(last);
        Self {
            process,
            address: address(&printed),
            lines: printed.lines().map(str::to_owned).collect(),
            folder,
        }
    }

    /// Asks it to stop, and returns how it ended and what it has logged.
    #[cfg(unix)]
    pub(crate) fn stop(self) -> Ended {
        self.process.terminate()
    }

    /// Returns the phone of one customer.
    pub(crate) fn phone(&self, flow_token: &str) -> Phone {
        Phone::of_address(self.address).flow_token(flow_token)
    }
}
