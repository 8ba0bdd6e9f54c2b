//! The example `book-appointment` as the processes of a business: with keys and
//! a secret in files, on a port that stays over restarts.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TEST_APP_SECRET;
use crate::process::{Process, example};

/// One instance of the endpoint.
#[derive(Debug)]
pub struct EndpointProgram {
    folder: PathBuf,
    address: SocketAddr,
    process: Option<Process>,
}

impl EndpointProgram {
    /// Starts an instance that works in a folder of its own, with private keys,
    /// newest first.
    #[track_caller]
    pub fn start(folder: &Path, keys: &[&Path]) -> Self {
        fs::create_dir_all(folder).unwrap();
        let mut program = Self {
            folder: folder.to_owned(),
            // It gets a port of its own at first, and keeps it.
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            process: None,
        };
        program.start_with(keys);
        program
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to read its keys again, and waits until its log has a line with
    /// these words.
    #[cfg(unix)]
    #[track_caller]
    pub fn reload(&self, done: &str) {
        let process = self.process.as_ref().unwrap();
        process.hang_up();
        process.wait_for_error_line(done);
    }

    /// Stops it as a service manager does, after the requests that it is
    /// answering.
    #[track_caller]
    pub fn stop(&mut self) {
        let ended = self.process.take().unwrap().terminate();
        assert!(ended.status.success(), "{}", ended.stderr);
    }

    /// Starts it again with other keys, at the same address.
    #[track_caller]
    pub fn start_with(&mut self, keys: &[&Path]) {
        let mut command = self.command(keys);
        let mut process = Process::start(&mut command);
        let line = process.read_to_line("POST ");
        self.address = address(&line);
        self.process = Some(process);
    }

    /// Returns the command that starts it.
    fn command(&self, keys: &[&Path]) -> Command {
        command(&self.folder, self.address, keys)
    }
}

/// Returns the command that starts an endpoint in a folder at an address.
pub fn command(folder: &Path, listen: SocketAddr, keys: &[&Path]) -> Command {
    let keys: Vec<String> = keys
        .iter()
        .map(|key| key.to_str().unwrap().to_owned())
        .collect();
    let mut command = example("book-appointment");
    command
        .current_dir(folder)
        .args(["--listen", &listen.to_string()])
        .env("FLOWGATE_PRIVATE_KEY_FILE", keys.join(","))
        .env("FLOWGATE_APP_SECRET", TEST_APP_SECRET);
    command
}

/// Reads the address from the line that says that a server runs.
#[track_caller]
pub fn address(line: &str) -> SocketAddr {
    let url = line.split_whitespace().nth(1).unwrap();
    let address = url.strip_prefix("http://").unwrap();
    address.strip_suffix("/flow").unwrap().parse().unwrap()
}
