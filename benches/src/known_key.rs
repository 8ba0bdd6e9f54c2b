//! A key ring that knows the AES key beforehand: opening without RSA.
//!
//! AES-GCM is measured through [`KeyRing::open`], the only way that leads to it,
//! with everything on that way but the private-key operation.

use flowgate_protocol::keys::{
    AES_KEY_BYTES, Backend, CannotDecrypt, KeyRing, OaepMessage, PrivateKey, RSA_MODULUS_BYTES,
    SealedRequest, Unwrap, phone,
};

struct KnownKey([u8; AES_KEY_BYTES]);

impl Unwrap for KnownKey {
    fn backend(&self) -> Backend {
        Backend::default()
    }

    fn unwrap(&self, _: &[u8; RSA_MODULUS_BYTES]) -> Result<OaepMessage, CannotDecrypt> {
        OaepMessage::new(&self.0)
    }
}

/// Seals a text as a phone does, and makes the ring that opens it without RSA.
///
/// # Panics
///
/// If the system has no randomness.
pub fn sealed_with_known_key(key: &PrivateKey, text: &[u8]) -> (SealedRequest, KeyRing) {
    let (sealed, _) = phone::seal_request(key.public_key(), text).unwrap();
    let wrapped = encrypted_aes_key(&sealed);
    let message = Backend::default()
        .load(key)
        .unwrap()
        .unwrap(&wrapped)
        .unwrap();
    let known = KnownKey(message.expose_secret().try_into().unwrap());
    let ring = KeyRing::with_unwrap(key.public_key().clone(), Box::new(known));
    (sealed, ring)
}

/// Returns the RSA ciphertext of a request.
///
/// # Panics
///
/// If it has not the length of the modulus.
pub fn encrypted_aes_key(sealed: &SealedRequest) -> [u8; RSA_MODULUS_BYTES] {
    sealed.encrypted_aes_key.as_slice().try_into().unwrap()
}
