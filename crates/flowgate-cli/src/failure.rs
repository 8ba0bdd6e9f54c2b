//! How a failed command is told: what is wrong, then what to do.

use std::io;
use std::process::ExitCode;

use flowgate_graphql::ContractError;
use flowgate_keys::KeyError;
use flowgate_platform::args::PlatformArgsError;
use flowgate_platform::{BootstrapReport, PlatformError, PublishFailure, RotationError};
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
    /// The platform could not be asked, or refused.
    Platform(PlatformError),
    /// A rotation cannot go on.
    Rotation(RotationError),
    /// The endpoint did not answer.
    Unreachable {
        /// The URL that was called.
        url: String,
        /// What happened.
        problem: String,
        /// What to look at.
        help: &'static str,
    },
    /// A file could not be read.
    File {
        /// Which, and why.
        problem: String,
        /// What to type.
        help: &'static str,
    },
    /// A Flow and the schema behind it do not fit together.
    Contract(Box<ContractError>),
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
            Self::Usage { problem, .. } | Self::File { problem, .. } | Self::System { problem } => {
                problem.clone()
            }
            Self::Contract(error) => error.to_string(),
            Self::Platform(error) => error.problem(),
            Self::Rotation(error) => error.problem(),
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
            Self::Platform(error) => error.help().to_owned(),
            Self::Rotation(error) => error.help(),
            Self::Unreachable { help, .. } | Self::File { help, .. } => (*help).to_owned(),
            Self::Contract(_) | Self::System { .. } | Self::Output(_) => String::new(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Key { error, .. } => key_exit_code(error),
            Self::Usage { .. } => exit_code::USAGE,
            Self::Platform(error) => platform_exit_code(error),
            Self::Rotation(error) => rotation_exit_code(error),
            Self::Unreachable { .. } => exit_code::UNREACHABLE,
            Self::File { .. } => exit_code::FILE_SYSTEM,
            Self::Contract(_) => exit_code::REFUSED,
            Self::System { .. } => exit_code::INTERNAL,
            Self::Output(_) => exit_code::FILE_SYSTEM,
        }
    }
}

fn key_exit_code(error: &KeyError) -> u8 {
    match error {
        KeyError::AlreadyExists { .. } => exit_code::ALREADY_EXISTS,
        KeyError::Io { .. } => exit_code::FILE_SYSTEM,
        KeyError::Generation { .. } => exit_code::INTERNAL,
        KeyError::MissingPassphrase | KeyError::EmptyPassphrase => exit_code::USAGE,
        // The rest is about what the key file holds. The enum is open
        // for growth, and what it grows by is of that kind.
        _ => exit_code::REFUSED,
    }
}

fn rotation_exit_code(error: &RotationError) -> u8 {
    match error {
        RotationError::AlreadyStarted { .. } => exit_code::ALREADY_EXISTS,
        RotationError::NotStarted { .. } | RotationError::NoNumbers => exit_code::USAGE,
        RotationError::State { .. } => exit_code::FILE_SYSTEM,
        RotationError::Key(error) => key_exit_code(error),
        RotationError::NoReply { .. } | RotationError::Metrics { .. } => exit_code::UNREACHABLE,
        RotationError::Platform(error) => platform_exit_code(error),
        RotationError::NotPublished(report) => report_exit_code(report),
        // The state file, the new pair or the endpoint's reply is not as it
        // should be; what the enum grows by is of that kind.
        _ => exit_code::REFUSED,
    }
}

/// Chooses among the failures of several numbers the one that needs a change
/// first.
pub(crate) fn report_exit_code(report: &BootstrapReport) -> u8 {
    let codes: Vec<u8> = report
        .failed()
        .filter_map(|number| number.failure.as_ref())
        .map(|failure| match failure {
            PublishFailure::Platform(error) => platform_exit_code(error),
            _ => exit_code::NOT_VALID,
        })
        .collect();
    [
        exit_code::PLATFORM_REFUSED,
        exit_code::NOT_VALID,
        exit_code::PLATFORM_UNAVAILABLE,
    ]
    .into_iter()
    .find(|code| codes.contains(code))
    .or(codes.first().copied())
    .unwrap_or(exit_code::SUCCESS)
}

/// Maps a failure of the platform to its exit code.
pub(crate) fn platform_exit_code(error: &PlatformError) -> u8 {
    match error {
        PlatformError::Configuration { .. } => exit_code::USAGE,
        PlatformError::CaFile { .. } => exit_code::FILE_SYSTEM,
        error if error.is_refusal() => exit_code::PLATFORM_REFUSED,
        _ => exit_code::PLATFORM_UNAVAILABLE,
    }
}

impl From<RotationError> for Failure {
    fn from(error: RotationError) -> Self {
        Self::Rotation(error)
    }
}

impl From<PlatformError> for Failure {
    fn from(error: PlatformError) -> Self {
        Self::Platform(error)
    }
}

impl From<PlatformArgsError> for Failure {
    fn from(error: PlatformArgsError) -> Self {
        match error {
            PlatformArgsError::Platform(error) => Self::Platform(error),
            PlatformArgsError::Usage { problem, help } => Self::Usage {
                problem,
                help: help.to_owned(),
            },
            // The enum is open for growth; what it grows by says itself.
            other => Self::Usage {
                problem: other.to_string(),
                help: String::new(),
            },
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
