//! Runs programs that are not ours, and never longer than a test may wait.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What to do when a program is missing.
pub(crate) const HINT: &str = "`cargo xtask test` installs what the tests need, or says how";

/// What a program left behind.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

/// A program that is stopped when this is dropped.
#[derive(Debug)]
pub struct Running(Child);

/// Runs a program to its end.
///
/// # Panics
///
/// If it cannot be started, or does not end within `limit`; it is stopped then.
#[track_caller]
pub fn run(command: &mut Command, limit: Duration) -> Ended {
    let mut running = start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let (ended, has_ended) = mpsc::channel();
    let stdout = read(running.0.stdout.take().unwrap(), ended.clone());
    let stderr = read(running.0.stderr.take().unwrap(), ended);
    for _ in 0..2 {
        let in_time = has_ended.recv_timeout(limit).is_ok();
        assert!(in_time, "{command:?} did not end within {limit:?}");
    }
    Ended {
        status: running.0.wait().unwrap(),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

/// Starts a program whose output nobody reads.
#[track_caller]
pub fn run_in_background(command: &mut Command) -> Running {
    start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}

#[track_caller]
fn start(command: &mut Command) -> Running {
    match command.stdin(Stdio::null()).spawn() {
        Ok(child) => Running(child),
        Err(error) => panic!("{command:?}: {error}; {HINT}"),
    }
}

/// Reads a stream to its end, which is the end of the program.
fn read(mut stream: impl Read + Send + 'static, ended: mpsc::Sender<()>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let outcome = stream.read_to_end(&mut bytes);
        // A test that has given up does not listen any more.
        let _ = ended.send(());
        outcome.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it has ended and been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns Node.
pub fn node() -> Command {
    Command::new(find(&["node"]))
}

/// Returns a Python that has the package `cryptography`: that of `PATH`, or the
/// one that `cargo xtask test` has made.
pub fn python() -> Command {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python3");
    for candidate in [Path::new("python3"), &made] {
        let mut check = Command::new(candidate);
        check.args(["-c", "import cryptography"]);
        let check = check.stdin(Stdio::null()).stderr(Stdio::null());
        if check.status().is_ok_and(|status| status.success()) {
            return Command::new(candidate);
        }
    }
    panic!("there is no Python with the package `cryptography`; {HINT}");
}

/// Returns a headless Chromium whose profile is the given, empty folder and
/// that talks to nobody but the page's server.
pub fn chromium(profile: &Path) -> Command {
    let mut command = Command::new(find(&[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ]));
    command
        .arg(format!("--user-data-dir={}", profile.display()))
        // The sandbox refuses to run as root, as in containers.
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--no-first-run", "--no-proxy-server", "--disable-quic"])
        .args(["--disable-background-networking", "--disable-sync"])
        .args(["--disable-component-update", "--disable-dev-shm-usage"]);
    command
}

/// Finds the first of several programs in the folders of `PATH`.
fn find(names: &[&str]) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("none of {names:?} is installed; {HINT}"))
}
