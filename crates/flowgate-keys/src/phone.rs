//! The phone's side of the channel: seals requests and opens replies.
//!
//! A server never needs this. Test clients, the `flowgate send` command and
//! benchmarks do.

mod reply_fault;

use zeroize::Zeroizing;

pub use self::reply_fault::ReplyFault;
use crate::{AesKey, CannotDecrypt, InitialVector, KeyError, PublicKey, SealedRequest, gcm};

/// Opens the reply to one request that [`seal_request`] made.
#[derive(Debug)]
pub struct ReplyKey {
    aes_key: AesKey,
    request_iv: InitialVector,
}

impl ReplyKey {
    /// Opens `ciphertext ‖ tag` of a reply, already decoded from base64.
    ///
    /// # Errors
    ///
    /// [`CannotDecrypt`] if the reply was not sealed with this request's key
    /// and inverted vector, or was altered.
    pub fn open(&self, reply: Vec<u8>) -> Result<Vec<u8>, CannotDecrypt> {
        let mut buffer = reply;
        gcm::open_in_place(&self.aes_key, &self.request_iv.inverted(), &mut buffer)?;
        Ok(buffer)
    }
}

/// Encrypts a request for the holder of the private key, with a fresh AES key
/// and a fresh initial vector.
///
/// # Errors
///
/// [`KeyError`] if the system has no randomness or the key cannot encrypt.
pub fn seal_request(
    public_key: &PublicKey,
    plaintext: &[u8],
) -> Result<(SealedRequest, ReplyKey), KeyError> {
    let no_randomness = |_| KeyError::Generation {
        reason: "the operating system gave no random bytes",
    };
    let aes_key = AesKey::generate().map_err(no_randomness)?;
    let request_iv = InitialVector::generate().map_err(no_randomness)?;
    let sealed = SealedRequest {
        encrypted_aes_key: public_key.wrap(aes_key.expose_secret())?,
        initial_vector: request_iv.as_bytes().to_vec(),
        encrypted_flow_data: Zeroizing::new(gcm::seal(&aes_key, &request_iv, plaintext)),
    };
    Ok((
        sealed,
        ReplyKey {
            aes_key,
            request_iv,
        },
    ))
}
