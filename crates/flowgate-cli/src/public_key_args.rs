//! Where a command takes the public key from: its own file, or the private one.

use std::path::PathBuf;

use clap::Args;
use flowgate_keys::{KeyError, Passphrase, PrivateKey, PublicKey};

use crate::failure::Failure;
use crate::keys::passphrase_source::PassphraseSource;

/// The public key, or the private key that it is derived from.
#[derive(Args)]
#[command(next_help_heading = "Key")]
pub(crate) struct PublicKeyArgs {
    /// File of the public key, or of its certificate
    #[arg(long, value_name = "PATH", env = "FLOWGATE_PUBLIC_KEY_FILE")]
    public_key_file: Option<PathBuf>,
    /// File of the private key, to take the public half of; of several, in one
    /// file or separated by commas, the first
    #[arg(
        long,
        value_name = "PATH",
        env = "FLOWGATE_PRIVATE_KEY_FILE",
        value_delimiter = ','
    )]
    private_key_file: Vec<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseSource,
}

impl PublicKeyArgs {
    /// Reads the key; none if none is named. If both files are named, they
    /// must be of one pair.
    pub(crate) fn read(&self) -> Result<Option<PublicKey>, Failure> {
        let public = match &self.public_key_file {
            Some(path) => Some(PublicKey::read_file(path).map_err(of(path))?),
            None => None,
        };
        let Some(path) = self.private_key_file.first() else {
            return Ok(public);
        };
        // Of several in one file the first, as servers take it.
        let keys = PrivateKey::read_all_file(path, self.passphrase.read()?.as_ref());
        let Some(private) = keys.map_err(of(path))?.into_iter().next() else {
            return Ok(public);
        };
        let private = private.key;
        match &public {
            Some(public) if public.fingerprint() != private.fingerprint() => Err(Failure::Usage {
                problem: format!(
                    "the public key {} is not of the private key {} in {}",
                    public.fingerprint().short(),
                    private.fingerprint().short(),
                    path.display()
                ),
                help: "give one of the two files, or those of one pair; the endpoint's newest \
                       private key decides which key to publish"
                    .to_owned(),
            }),
            _ => Ok(Some(private.public_key().clone())),
        }
    }

    /// Reads the passphrase of private keys, if any is configured.
    pub(crate) fn passphrase(&self) -> Result<Option<Passphrase>, Failure> {
        self.passphrase.read()
    }

    /// Reads the key, which has to be named.
    pub(crate) fn require(&self) -> Result<PublicKey, Failure> {
        self.read()?.ok_or_else(|| Failure::Usage {
            problem: "no key named".to_owned(),
            help: "name its file with `--public-key-file` or FLOWGATE_PUBLIC_KEY_FILE, or the \
                   private key's with `--private-key-file` or FLOWGATE_PRIVATE_KEY_FILE"
                .to_owned(),
        })
    }
}

fn of(path: &std::path::Path) -> impl FnOnce(KeyError) -> Failure {
    let input = path.display().to_string();
    move |error| match error {
        // These name the file themselves.
        error @ KeyError::Io { .. } => Failure::from(error),
        error => Failure::Key { input, error },
    }
}
