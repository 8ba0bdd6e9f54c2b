//! A key of either kind, for tools that take whatever file they are given.

use std::io::Read;
use std::path::Path;

use crate::key_file::{read_bounded, read_bounded_from};
use crate::key_form::Loaded;
use crate::key_text::KeyText;
use crate::{Fingerprint, KeyError, Passphrase, PrivateKey, PublicKey};

/// A private key, or a public one.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyMaterial {
    /// A whole pair.
    Private(Box<PrivateKey>),
    /// The public half alone, also out of a certificate.
    Public(PublicKey),
}

impl KeyMaterial {
    /// Reads the key in PEM or DER, private if there is a private one.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::load`] and [`PublicKey::load`].
    pub fn load(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Loaded<Self>, KeyError> {
        let has_private = KeyText::read(bytes)?
            .blocks
            .iter()
            .any(super::key_text::Block::is_private);
        if has_private {
            let loaded = PrivateKey::load(bytes, passphrase)?;
            Ok(loaded.map(|key| Self::Private(Box::new(key))))
        } else {
            PublicKey::load(bytes).map(|loaded| loaded.map(Self::Public))
        }
    }

    /// Reads the key from a stream up to its end, standard input for instance.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] when the stream fails, [`KeyError::TooLarge`] beyond
    /// 1 MiB, otherwise as [`KeyMaterial::load`].
    pub fn load_reader(
        reader: impl Read,
        passphrase: Option<&Passphrase>,
    ) -> Result<Loaded<Self>, KeyError> {
        let bytes = read_bounded_from(reader, Path::new("standard input"))?;
        Self::load(&bytes, passphrase)
    }

    /// Reads the key in a file.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] when the file cannot be read, otherwise as
    /// [`KeyMaterial::load`].
    pub fn read_file(
        path: impl AsRef<Path>,
        passphrase: Option<&Passphrase>,
    ) -> Result<Loaded<Self>, KeyError> {
        Self::load(&read_bounded(path.as_ref())?, passphrase)
    }

    /// Returns the public half.
    pub fn public_key(&self) -> &PublicKey {
        match self {
            Self::Private(key) => key.public_key(),
            Self::Public(key) => key,
        }
    }

    /// Returns the fingerprint of the pair.
    pub fn fingerprint(&self) -> Fingerprint {
        self.public_key().fingerprint()
    }
}
