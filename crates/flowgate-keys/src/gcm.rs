//! AES-128-GCM with a 16-byte initial vector and no associated data, in place.
//!
//! A vector of 16 bytes is not the counter block itself: GCM derives that block
//! from it with GHASH (NIST SP 800-38D, section 7.1). Libraries that cut it to
//! 12 bytes produce something that no phone can read.

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Nonce, Tag};

use crate::{AesKey, CannotDecrypt, InitialVector};

/// Length of the authentication tag that follows every ciphertext.
pub const TAG_BYTES: usize = 16;

type Aes128Gcm16 = AesGcm<Aes128, U16>;

/// Opens `ciphertext ‖ tag` in place and cuts the tag off.
///
/// On failure the buffer still holds the ciphertext.
pub(crate) fn open_in_place(
    key: &AesKey,
    iv: &InitialVector,
    buffer: &mut Vec<u8>,
) -> Result<(), CannotDecrypt> {
    let text_bytes = buffer.len().checked_sub(TAG_BYTES).ok_or(CannotDecrypt)?;
    let (text, tag) = buffer.split_at_mut(text_bytes);
    let tag = Tag::<U16>::try_from(&*tag).map_err(|_| CannotDecrypt)?;
    Aes128Gcm16::new(key.expose_secret().into())
        .decrypt_inout_detached(&nonce(iv), &[], InOutBuf::from(text), &tag)
        .map_err(|_| CannotDecrypt)?;
    buffer.truncate(text_bytes);
    Ok(())
}

/// Makes `ciphertext ‖ tag` of a plaintext: in place if it is a vector.
pub(crate) fn seal(key: &AesKey, iv: &InitialVector, plaintext: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut buffer = plaintext.into();
    let tag = Aes128Gcm16::new(key.expose_secret().into())
        .encrypt_inout_detached(&nonce(iv), &[], InOutBuf::from(&mut buffer[..]))
        .expect("GCM takes texts up to 64 GiB, far above what fits a message");
    buffer.extend_from_slice(&tag);
    buffer
}

fn nonce(iv: &InitialVector) -> Nonce<U16> {
    (*iv.as_bytes()).into()
}
