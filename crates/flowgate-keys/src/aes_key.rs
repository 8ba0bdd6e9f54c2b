//! The per-request AES key and the initial vector, as fixed-size types.
//!
//! Implements "Request decryption and encryption" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::CannotDecrypt;

/// Length of the AES key of a request: AES-128.
pub const AES_KEY_BYTES: usize = 16;

/// Length of the initial vector of a request; not the 12 bytes that most
/// AES-GCM libraries expect.
pub const INITIAL_VECTOR_BYTES: usize = 16;

/// Holds the 16-byte AES key that a phone makes for one request.
///
/// **Security:** cleared when dropped; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AesKey([u8; AES_KEY_BYTES]);

impl AesKey {
    /// Wraps 16 key bytes.
    pub fn new(bytes: [u8; AES_KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Makes a fresh key from the operating system's generator.
    ///
    /// # Errors
    ///
    /// The operating system's error when it has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut key = Self([0; AES_KEY_BYTES]);
        getrandom::fill(&mut key.0)?;
        Ok(key)
    }

    /// Returns the key bytes; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &[u8; AES_KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey")
    }
}

/// Holds the 16-byte initial vector of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitialVector([u8; INITIAL_VECTOR_BYTES]);

impl InitialVector {
    /// Wraps 16 bytes.
    pub fn new(bytes: [u8; INITIAL_VECTOR_BYTES]) -> Self {
        Self(bytes)
    }

    /// Makes a fresh vector from the operating system's generator.
    ///
    /// # Errors
    ///
    /// The operating system's error when it has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; INITIAL_VECTOR_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Returns the vector with every bit inverted: the vector of the reply.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self(self.0.map(|byte| !byte))
    }

    /// Returns the 16 bytes.
    pub fn as_bytes(&self) -> &[u8; INITIAL_VECTOR_BYTES] {
        &self.0
    }
}

impl TryFrom<&[u8]> for InitialVector {
    type Error = CannotDecrypt;

    fn try_from(bytes: &[u8]) -> Result<Self, CannotDecrypt> {
        bytes.try_into().map(Self).map_err(|_| CannotDecrypt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversion_flips_every_bit_and_is_its_own_inverse() {
        let iv = InitialVector::new(std::array::from_fn(|i| 0xf0 + i as u8));
        assert_eq!(
            iv.inverted().as_bytes(),
            &std::array::from_fn(|i| 0x0f - i as u8)
        );
        assert_eq!(iv.inverted().inverted(), iv);
    }

    #[test]
    fn a_twelve_byte_vector_is_refused() {
        assert_eq!(InitialVector::try_from(&[0; 12][..]), Err(CannotDecrypt));
        assert_eq!(InitialVector::try_from(&[0; 17][..]), Err(CannotDecrypt));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", AesKey::new([7; 16])), "AesKey");
    }
}
