//! The seam to RSA-OAEP: one trait, one module for each backend.
//!
//! Parameters are fixed by the protocol: RSA-2048, OAEP with SHA-256, MGF1 with
//! SHA-256, empty label ([RFC 8017, section 7.1](https://www.rfc-editor.org/rfc/rfc8017#section-7.1)).

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{AES_KEY_BYTES, AesKey, CannotDecrypt, KeyRingError, PrivateKey};

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod portable;
#[cfg(feature = "vector")]
mod vector;

/// Length of the modulus, and so of an RSA ciphertext: 2048 bits.
pub const RSA_MODULUS_BYTES: usize = 256;

/// Most requests that are unwrapped at once.
pub const MAX_BATCH: usize = 4;

/// Decrypts RSA-OAEP with one private key.
///
/// Implementations must not let timing, errors or logs tell one kind of invalid
/// ciphertext from another.
pub trait Unwrap: Send + Sync {
    /// Says which implementation this is.
    fn backend(&self) -> Backend;

    /// Decrypts one ciphertext of 256 bytes.
    ///
    /// # Errors
    ///
    /// [`CannotDecrypt`] for everything: number out of range, padding, label.
    fn unwrap(
        &self,
        encrypted_aes_key: &[u8; RSA_MODULUS_BYTES],
    ) -> Result<OaepMessage, CannotDecrypt>;

    /// Decrypts several ciphertexts, and returns the outcomes in their order.
    /// Defaults to one after the other.
    ///
    /// # Errors
    ///
    /// As [`unwrap`](Self::unwrap), for each by itself.
    fn unwrap_batch(
        &self,
        encrypted_aes_keys: &[&[u8; RSA_MODULUS_BYTES]],
    ) -> Vec<Result<OaepMessage, CannotDecrypt>> {
        let keys = encrypted_aes_keys.iter();
        keys.map(|encrypted_aes_key| self.unwrap(encrypted_aes_key))
            .collect()
    }

    /// Returns how many ciphertexts are worth decrypting at once, at most
    /// [`MAX_BATCH`]. Defaults to 1: the first of a batch would only wait for the
    /// last.
    fn batch_size(&self) -> usize {
        1
    }

    /// Says why another backend does the work of the chosen one. Defaults to none.
    fn fallback_reason(&self) -> Option<&str> {
        None
    }

    /// Counts results that did not pass the backend's own check and were
    /// calculated again by another. Defaults to 0.
    fn redone(&self) -> u64 {
        0
    }
}

/// Names an implementation of RSA-OAEP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// aws-lc-rs: constant-time assembly; the default.
    AwsLc,
    /// The `rsa` crate: pure Rust, portable, several times slower. Carries
    /// [RUSTSEC-2023-0071](https://rustsec.org/advisories/RUSTSEC-2023-0071)
    /// on timing; used here with blinding.
    Rsa,
    /// Vectors of AVX-512 IFMA, up to four requests at once, with aws-lc-rs for
    /// single ones. Ours and unaudited. Where the processor or the key does not
    /// suit it, or its self-test fails, aws-lc-rs does all of its work
    /// ([`KeyRing::fallbacks`](crate::KeyRing::fallbacks)).
    Vector,
}

impl Backend {
    /// Lists the backends that this build contains, the default first.
    pub const AVAILABLE: &[Self] = &[
        #[cfg(feature = "aws-lc")]
        Self::AwsLc,
        Self::Rsa,
        #[cfg(feature = "vector")]
        Self::Vector,
    ];

    /// Prepares a private key for this backend.
    ///
    /// # Errors
    ///
    /// [`KeyRingError::BackendUnavailable`] if this build lacks the backend;
    /// [`KeyRingError::RefusedByBackend`] if it refuses the key.
    pub fn load(self, key: &PrivateKey) -> Result<Box<dyn Unwrap>, KeyRingError> {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => Ok(Box::new(aws_lc::AwsLcKey::new(key)?)),
            #[cfg(not(feature = "aws-lc"))]
            Self::AwsLc => Err(KeyRingError::BackendUnavailable { backend: self }),
            Self::Rsa => Ok(Box::new(portable::PortableKey::new(key)?)),
            #[cfg(feature = "vector")]
            Self::Vector => Ok(Box::new(vector::VectorBackend::new(key)?)),
            #[cfg(not(feature = "vector"))]
            Self::Vector => Err(KeyRingError::BackendUnavailable { backend: self }),
        }
    }
}

impl Default for Backend {
    fn default() -> Self {
        Self::AVAILABLE[0]
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AwsLc => "aws-lc",
            Self::Rsa => "rsa",
            Self::Vector => "vector",
        })
    }
}

impl FromStr for Backend {
    type Err = KeyRingError;

    fn from_str(name: &str) -> Result<Self, KeyRingError> {
        match name {
            "aws-lc" => Ok(Self::AwsLc),
            "rsa" => Ok(Self::Rsa),
            "vector" => Ok(Self::Vector),
            _ => Err(KeyRingError::UnknownBackend {
                found: name.to_owned(),
            }),
        }
    }
}

/// Holds what an OAEP ciphertext contained: up to 190 bytes.
///
/// **Security:** cleared when dropped; never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct OaepMessage {
    buffer: [u8; RSA_MODULUS_BYTES],
    length: usize,
}

impl OaepMessage {
    /// Copies a decrypted message.
    ///
    /// # Errors
    ///
    /// [`CannotDecrypt`] if it is longer than a modulus, which no correct
    /// backend returns.
    pub fn new(message: &[u8]) -> Result<Self, CannotDecrypt> {
        let mut buffer = [0; RSA_MODULUS_BYTES];
        buffer
            .get_mut(..message.len())
            .ok_or(CannotDecrypt)?
            .copy_from_slice(message);
        Ok(Self {
            buffer,
            length: message.len(),
        })
    }

    /// Returns the message bytes; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Takes the message as an AES key, if it has just the 16 bytes of one.
    pub(crate) fn to_aes_key(&self) -> Option<AesKey> {
        let bytes: &[u8; AES_KEY_BYTES] = self.expose_secret().try_into().ok()?;
        Some(AesKey::new(*bytes))
    }
}

impl fmt::Debug for OaepMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OaepMessage")
    }
}
