//! How a failed command is told: what is wrong, then what to do.

use std::io;
use std::process::ExitCode;

use flowgate_keys::KeyError;
use serde_json::json;

use crate::exit_code;
use crate::output::Format;

/// Why a command failed.
pub(crate) enum Failure {
    /// A key could not be read, made or written.
    Key {
        /// What was being read, as the user named it; empty where the error
        /// names it.
        input: String,
        /// The reason.
        error: KeyError,
    },
    /// The arguments or the environment leave something open.
    Usage {
        /// What is missing or contradicts itself.
        problem: String,
        /// What to type.
        help: String,
    },
    /// The endpoint did not answer.
    Unreachable {
        /// The URL that was called.
        url: String,
        /// What happened.
        problem: String,
        /// What to look at.
        help: &'static str,
    },
    /// The operating system or a library failed.
    System {
        /// What happened.
        problem: String,
    },
    /// Standard input or output could not be used.
    Output(io::Error),
}

impl Failure {
    /// Writes the failure and returns the exit code that stands for it.
    pub(crate) fn report(&self, format: Format) -> ExitCode {
        let (problem, help) = (self.problem(), self.help());
        match format {
            Format::Text => {
                eprintln!("error: {problem}");
                if !help.is_empty() {
                    eprintln!(" help: {help}");
                }
            }
            Format::Json => {
                let document = json!({ "error": { "problem": problem, "help": help } });
                println!("{document:#}");
            }
        }
        ExitCode::from(self.exit_code())
    }

    fn problem(&self) -> String {
        match self {
            Self::Key { input, error } if input.is_empty() => error.problem(),
            Self::Key { input, error } => format!("{input}: {}", error.problem()),
            Self::Usage { problem, .. } | Self::System { problem } => problem.clone(),
            Self::Unreachable { url, problem, .. } => format!("no reply from {url}: {problem}"),
            Self::Output(error) => format!("cannot use standard input or output: {error}"),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Key {
                error: error @ KeyError::AlreadyExists { .. },
                ..
            } => format!("{}; `--force` overwrites all the same", error.help()),
            Self::Key {
                error: error @ KeyError::MissingPassphrase,
                ..
            } => format!(
                "{}, or name the file with `--passphrase-file FILE`",
                error.help()
            ),
            Self::Key { error, .. } => error.help(),
            Self::Usage { help, .. } => help.clone(),
            Self::Unreachable { help, .. } => (*help).to_owned(),
            Self::System { .. } | Self::Output(_) => String::new(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Key { error, .. } => match error {
                KeyError::AlreadyExists { .. } => exit_code::ALREADY_EXISTS,
                KeyError::Io { .. } => exit_code::FILE_SYSTEM,
                KeyError::Generation { .. } => exit_code::INTERNAL,
                KeyError::MissingPassphrase | KeyError::EmptyPassphrase => exit_code::USAGE,
                // The rest is about what the key file holds. The enum is open
                // for growth, and what it grows by is of that kind.
                _ => exit_code::REFUSED,
            },
            Self::Usage { .. } => exit_code::USAGE,
            Self::Unreachable { .. } => exit_code::UNREACHABLE,
            Self::System { .. } => exit_code::INTERNAL,
            Self::Output(_) => exit_code::FILE_SYSTEM,
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::Key {
            input: String::new(),
            error,
        }
    }
}
