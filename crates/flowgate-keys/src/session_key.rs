//! The key of one exchange: opened with the request, spent by the reply.
//!
//! Implements "Response encryption" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use crate::{AesKey, InitialVector, gcm};

/// Seals the one reply that an opened request may get.
///
/// Only opening a request makes one, and sealing consumes it, so that key and
/// initial vector can never encrypt a second text.
#[derive(Debug)]
pub struct SessionKey {
    aes_key: AesKey,
    request_iv: InitialVector,
}

impl SessionKey {
    pub(crate) fn new(aes_key: AesKey, request_iv: InitialVector) -> Self {
        Self {
            aes_key,
            request_iv,
        }
    }

    /// Encrypts the reply with the request's AES key and inverted vector.
    ///
    /// A vector is encrypted in place, so that nothing of its text remains; room for
    /// [`TAG_BYTES`](crate::TAG_BYTES) more saves moving it.
    ///
    /// **Shape:** returns ciphertext followed by the 16-byte tag, not yet in
    /// base64: 16 bytes more than the plaintext.
    #[must_use]
    pub fn seal(self, plaintext: impl Into<Vec<u8>>) -> Vec<u8> {
        gcm::seal(&self.aes_key, &self.request_iv.inverted(), plaintext)
    }
}
