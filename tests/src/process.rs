//! Programs of this workspace as processes: started, spoken to, stopped, killed.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::program::Ended;
use crate::wait_until;

/// A process whose output is read; killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts a program.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let lines = BufReader::new(child.stderr.take().unwrap());
        let stderr = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&stderr);
        // Read all along: a full pipe would hold the program up.
        let reading = thread::spawn(move || {
            for line in lines.split(b'\n') {
                let line = line.unwrap();
                let mut heard = heard.lock().unwrap();
                heard.push_str(&String::from_utf8_lossy(&line));
                heard.push('\n');
            }
        });
        Self {
            child,
            stdout,
            stderr,
            reading: Some(reading),
        }
    }

    /// Reads standard output up to a line that starts so, and returns it all.
    ///
    /// # Panics
    ///
    /// If the program ends without that line, with what it said.
    #[track_caller]
    pub fn read_to_line(&mut self, start: &str) -> String {
        let mut text = String::new();
        loop {
            let before = text.len();
            if self.stdout.read_line(&mut text).unwrap() == 0 {
                let reading = self.reading.take().map(JoinHandle::join);
                let stderr = self.stderr.lock().unwrap();
                panic!("ended without `{start}`: {text}{stderr}{reading:?}");
            }
            if text[before..].starts_with(start) {
                return text;
            }
        }
    }

    /// Waits until it has said something on standard error, and returns the
    /// line.
    #[track_caller]
    pub fn wait_for_error_line(&self, words: &str) -> String {
        let mut found = None;
        wait_until(|| {
            let stderr = self.stderr.lock().unwrap();
            found = stderr
                .lines()
                .find(|line| line.contains(words))
                .map(str::to_owned);
            found.is_some()
        });
        found.unwrap()
    }

    /// Tells whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks it to stop, as a service manager does, and waits for its end.
    #[cfg(unix)]
    #[track_caller]
    pub fn terminate(self) -> Ended {
        self.signal("-TERM");
        self.finish()
    }

    /// Asks it to read its files again.
    #[cfg(unix)]
    #[track_caller]
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    #[cfg(unix)]
    #[track_caller]
    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Kills it: no code of its own runs any more.
    #[track_caller]
    pub fn kill(mut self) -> Ended {
        self.child.kill().unwrap();
        self.finish()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn finish(mut self) -> Ended {
        let mut status: Option<ExitStatus> = None;
        wait_until(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.reading.take().unwrap().join().unwrap();
        let stderr = self.stderr.lock().unwrap().clone();
        Ended {
            status: status.unwrap(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if it has ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a program of another package of this workspace, without any variable
/// that configures one.
///
/// `cargo xtask test` has built it with everything else and says so by
/// `FLOWGATE_PROGRAMS_ARE_BUILT`; otherwise cargo is asked to, so that no test
/// runs against the program of yesterday.
#[track_caller]
pub fn example(package: &str) -> Command {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let folder = folder_of_programs();
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if env::var_os("FLOWGATE_PROGRAMS_ARE_BUILT").is_none() && !built.contains(package) {
        build(package, &folder);
        built.insert(package.to_owned());
    }
    drop(built);
    let mut command = Command::new(
        folder
            .join(package)
            .with_extension(env::consts::EXE_EXTENSION),
    );
    clear_settings(&mut command);
    command
}

/// Takes from a command every variable that configures programs of this
/// workspace.
pub fn clear_settings(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("FLOWGATE_") {
            command.env_remove(name);
        }
    }
}

/// Tests lie in `deps`, programs above it.
fn folder_of_programs() -> PathBuf {
    let test = env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    match folder.file_name() {
        Some(name) if name == "deps" => folder.parent().unwrap().to_owned(),
        _ => folder.to_owned(),
    }
}

#[track_caller]
fn build(package: &str, folder: &Path) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--locked", "--package", package])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env("CARGO_TARGET_DIR", folder.parent().unwrap());
    if folder.file_name().is_some_and(|name| name == "release") {
        build.arg("--release");
    }
    let built = build.stdin(Stdio::null()).status();
    assert!(built.unwrap().success(), "{build:?} failed");
}
