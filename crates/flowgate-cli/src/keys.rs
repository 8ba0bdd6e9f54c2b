//! `flowgate keys`: makes and inspects the key pair of the business.

mod generate;
mod inspect;
mod passphrase_source;

use std::process::ExitCode;

use clap::Subcommand;

use crate::exit_code;
use crate::output::write_result;

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
