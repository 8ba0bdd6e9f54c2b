//! How a new private key is kept in its file: under a passphrase, unless that
//! is refused aloud.

use clap::Args;
use flowgate_keys::{KeyError, Passphrase};
use flowgate_platform::KeyProtection;

use super::passphrase_source::{FILE_VARIABLE, VARIABLE};
use crate::failure::Failure;

/// The refusal of a passphrase.
#[derive(Args)]
pub(super) struct KeyProtectionArgs {
    /// Write the new private key without encryption, for development
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
}

impl KeyProtectionArgs {
    /// Protects with the passphrase that is configured, unless none is wanted.
    pub(super) fn with(
        &self,
        passphrase: impl FnOnce() -> Result<Option<Passphrase>, Failure>,
    ) -> Result<KeyProtection, Failure> {
        if self.no_passphrase {
            return Ok(KeyProtection::Unencrypted);
        }
        match passphrase()? {
            // There is no prompt: a script would hang in it unseen.
            None => Err(Failure::Usage {
                problem: "no passphrase to encrypt the private key with".to_owned(),
                help: format!(
                    "set {VARIABLE} or {FILE_VARIABLE}, or name a file with `--passphrase-file \
                     FILE`; for development `--no-passphrase` writes the key in the clear"
                ),
            }),
            Some(passphrase) if passphrase.expose_secret().is_empty() => {
                Err(KeyError::EmptyPassphrase.into())
            }
            Some(passphrase) => Ok(KeyProtection::Passphrase(passphrase)),
        }
    }
}
