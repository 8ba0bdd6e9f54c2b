//! `flowgate keys`: makes and inspects the key pair of the business.

mod failure;
mod generate;
mod inspect;
mod passphrase_source;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

pub(crate) use self::failure::Failure;
use crate::exit_code;

/// Make and inspect the key pair of the business.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key pair: private.pem, encrypted, and public.pem for WhatsApp.
    Generate(generate::Generate),
    /// Tell what a key file is, what is wrong with it and how to mend it.
    Inspect(inspect::Inspect),
}

impl KeysCommand {
    /// Runs the command and reports its failure.
    pub(crate) fn run(self) -> ExitCode {
        let (result, format) = match self {
            Self::Generate(generate) => (generate.run(), generate.format),
            Self::Inspect(inspect) => (inspect.run(), inspect.format),
        };
        match result.and_then(|text| write_result(&text)) {
            Ok(()) => ExitCode::from(exit_code::SUCCESS),
            Err(failure) => failure.report(format),
        }
    }
}

/// Writes a result to standard output. A reader that has seen enough, `head`
/// for instance, is no failure.
fn write_result(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// How results are written to standard output.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document; fields are only ever added.
    Json,
}
