//! Where a `keys` command takes the passphrase from.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use flowgate_keys::Passphrase;

use crate::failure::Failure;

/// The passphrase of the private key. It is never taken from an argument,
/// which every user of the machine could read.
#[derive(Args)]
pub(crate) struct PassphraseSource {
    /// File that holds the passphrase; one line end at its end is not part of it.
    ///
    /// Defaults to the file named by FLOWGATE_PASSPHRASE_FILE, or to the
    /// passphrase in FLOWGATE_PASSPHRASE.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl PassphraseSource {
    /// Reads the passphrase, if any is configured.
    pub(crate) fn read(&self) -> Result<Option<Passphrase>, Failure> {
        if let Some(path) = &self.passphrase_file {
            return Ok(Some(Passphrase::read_file(path)?));
        }
        let text = set_variable(VARIABLE);
        let file = set_variable(FILE_VARIABLE);
        match (text, file) {
            (Some(_), Some(_)) => Err(Failure::Usage {
                problem: format!("both {VARIABLE} and {FILE_VARIABLE} are set"),
                help: "unset one of them, or name a file with `--passphrase-file`".to_owned(),
            }),
            (None, Some(path)) => Ok(Some(Passphrase::read_file(PathBuf::from(path))?)),
            (Some(text), None) => match text.into_string() {
                Ok(text) => Ok(Some(Passphrase::new(text))),
                Err(_) => Err(Failure::Usage {
                    problem: format!("{VARIABLE} is not UTF-8 text"),
                    help: format!("put it into a file and name that in {FILE_VARIABLE}"),
                }),
            },
            (None, None) => Ok(None),
        }
    }
}

/// A variable that is set to nothing counts as not set: that is how `.env`
/// files and container definitions leave one out.
pub(crate) fn set_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Holds the passphrase itself.
pub(crate) const VARIABLE: &str = "FLOWGATE_PASSPHRASE";
/// Names a file that holds it.
pub(crate) const FILE_VARIABLE: &str = "FLOWGATE_PASSPHRASE_FILE";
