//! What an operator has: a folder with keys and a secret, the program with an
//! environment that names them, and a platform.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flowgate_tests::TEST_APP_SECRET;
use flowgate_tests::process::clear_settings;
use flowgate_tests::program::{Ended, run};
use serde_json::Value;

/// Longest run of one command. Nothing here waits longer than some seconds.
const LIMIT: Duration = Duration::from_secs(60);

/// Returns the program with arguments, without any variable that configures it.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowgate"));
    command.args(arguments);
    clear_settings(&mut command);
    command
}

/// The desk of an operator: every command runs in its folder.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Desk {
    /// Makes a folder with a new key pair and the test app secret.
    pub(crate) fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![
                ("FLOWGATE_PUBLIC_KEY_FILE", "public.pem".to_owned()),
                ("FLOWGATE_APP_SECRET", TEST_APP_SECRET.to_owned()),
            ],
        };
        desk.run(&["keys", "generate", "--no-passphrase"])
            .expect_code(0);
        desk
    }

    /// Sets a variable for all commands that follow.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.push((name, value.into()));
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a command of the program.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command
            .current_dir(self.folder.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command of the program to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran(run(&mut self.command(arguments), LIMIT))
    }
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran(pub(crate) Ended);

impl Ran {
    /// Fails unless it ended with this exit code.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        let Ended {
            status,
            stdout,
            stderr,
        } = &self.0;
        assert_eq!(status.code(), Some(code), "{stdout}{stderr}");
        self
    }

    /// Fails unless it wrote this to its standard output.
    #[track_caller]
    pub(crate) fn expect_output(self, words: &str) -> Self {
        assert!(self.0.stdout.contains(words), "{:?}", self.0);
        self
    }

    /// Fails unless it wrote this to its standard error.
    #[track_caller]
    pub(crate) fn expect_error(self, words: &str) -> Self {
        assert!(self.0.stderr.contains(words), "{:?}", self.0);
        self
    }

    /// Reads its standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.0.stdout).unwrap()
    }
}
