//! Runs programs from the root of the workspace, and says which one failed.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Says what went wrong.
#[derive(Debug)]
pub(crate) struct Failed(String);

impl Failed {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
}

/// Returns the folder of what is built.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the cargo that runs this program, at the root of the workspace.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    program(
        env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        arguments,
    )
}

/// Returns a program at the root of the workspace, which is asked no questions.
pub(crate) fn program<A: AsRef<OsStr>>(
    name: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(name);
    command
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null());
    command
}

/// Shows a command and runs it to its end.
///
/// # Errors
///
/// [`Failed`] if it cannot be started or ends with another status than 0.
pub(crate) fn run(command: &mut Command) -> Result<(), Failed> {
    let line = line(command);
    eprintln!("$ {line}");
    ended(&line, command.status())
}

/// Shows a command, runs it to its end, and shows each line that it prints
/// before `read` gets it.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn run_and_read(
    command: &mut Command,
    mut read: impl FnMut(&str),
) -> Result<(), Failed> {
    let line = line(command);
    eprintln!("$ {line}");
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return ended(&line, Err(error)),
    };
    if let Some(stdout) = child.stdout.take() {
        for printed in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let printed = String::from_utf8_lossy(&printed);
            println!("{printed}");
            read(&printed);
        }
    }
    ended(&line, child.wait())
}

fn ended(line: &str, status: io::Result<ExitStatus>) -> Result<(), Failed> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed::new(format!("`{line}` failed: {status}"))),
        Err(error) => Err(Failed::new(format!("`{line}` cannot be started: {error}"))),
    }
}

/// Tells whether a command runs and ends well, and hides what it prints.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Writes a command as one would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
