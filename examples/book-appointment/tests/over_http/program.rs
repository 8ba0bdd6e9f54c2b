//! The server as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use flowgate_tests::phone::Phone;
use flowgate_tests::{TEST_APP_SECRET, vector_path};

/// The server in a folder of its own; both end with the test.
pub(crate) struct Program {
    child: Child,
    /// Reads what it logs; a pipe that nobody reads would stop it.
    log: Option<JoinHandle<String>>,
    pub(crate) address: SocketAddr,
    /// What it printed at its start.
    pub(crate) lines: Vec<String>,
    pub(crate) folder: tempfile::TempDir,
}

/// Returns the program with nothing set but an address to listen on.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book-appointment"));
    command
        .args(["--listen", "127.0.0.1:0"])
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
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
        // The line to try next is the last but one.
        Self::start("cargo flowgate", program)
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
        let mut child = program(folder.path()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines: Vec<String> = Vec::new();
        while lines
            .last()
            .is_none_or(|line| !line.trim().starts_with(last))
        {
            let mut line = String::new();
            assert_ne!(
                stdout.read_line(&mut line).unwrap(),
                0,
                "no start: {lines:?}"
            );
            lines.push(line);
        }
        let url = lines[0].split_whitespace().nth(1).unwrap();
        let address = url.strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/flow").unwrap().parse().unwrap();
        Self {
            child,
            log: Some(log),
            address,
            lines,
            folder,
        }
    }

    /// Asks it to stop, and returns how it ended and what it has logged.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        let process = self.child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &process]).status();
        assert!(kill.unwrap().success());
        let log = self.log.take().unwrap().join().unwrap();
        (self.child.wait().unwrap(), log)
    }

    /// Returns the phone of one customer.
    pub(crate) fn phone(&self, flow_token: &str) -> Phone {
        Phone::of_address(self.address).flow_token(flow_token)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
