//! `flowgate keys`: makes, inspects, publishes and replaces the key pair of the
//! business.

mod generate;
mod inspect;
mod key_protection;
pub(crate) mod passphrase_source;
mod publish;
mod rotate;
mod status;
mod table;

use std::process::ExitCode;

use clap::Subcommand;

use crate::exit_code;
use crate::failure::Failure;
use crate::output::write_result;

/// Make, inspect and publish the key pair of the business.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key pair: private.pem, encrypted, and public.pem for WhatsApp.
    Generate(generate::Generate),
    /// Tell what a key file is, what is wrong with it and how to mend it.
    Inspect(inspect::Inspect),
    /// Give WhatsApp the public key: uploads where needed, then checks the signature.
    Publish(publish::Publish),
    /// Tell which key each phone number holds, and whether its signature is valid.
    Status(status::Status),
    /// Replace the key pair without losing a request; can be interrupted.
    Rotate(Box<rotate::Rotate>),
}

impl KeysCommand {
    /// Runs the command and reports its failure.
    pub(crate) fn run(self) -> ExitCode {
        let (result, format) = match self {
            Self::Generate(generate) => (written(generate.run()), generate.format),
            Self::Inspect(inspect) => (written(inspect.run()), inspect.format),
            Self::Publish(publish) => (publish.run(), publish.format),
            Self::Status(status) => (status.run(), status.format),
            Self::Rotate(rotate) => (rotate.run(), rotate.format),
        };
        match result {
            Ok(code) => ExitCode::from(code),
            Err(failure) => failure.report(format),
        }
    }
}

fn written(result: Result<String, Failure>) -> Result<u8, Failure> {
    write_result(&result?)?;
    Ok(exit_code::SUCCESS)
}
