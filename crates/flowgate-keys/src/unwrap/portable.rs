//! RSA-OAEP through the `rsa` crate, blinded.

use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::{Oaep, RsaPrivateKey};
use zeroize::Zeroizing;

use super::{Backend, OaepMessage, RSA_MODULUS_BYTES, Unwrap};
use crate::{CannotDecrypt, KeyRingError, PrivateKey};

pub(super) struct PortableKey(RsaPrivateKey);

impl PortableKey {
    pub(super) fn new(key: &PrivateKey) -> Result<Self, KeyRingError> {
        Ok(Self(key.rsa().clone()))
    }
}

impl Unwrap for PortableKey {
    fn backend(&self) -> Backend {
        Backend::Rsa
    }

    fn unwrap(
        &self,
        encrypted_aes_key: &[u8; RSA_MODULUS_BYTES],
    ) -> Result<OaepMessage, CannotDecrypt> {
        let message = self
            .0
            .decrypt_blinded(&mut OsRng, Oaep::new::<Sha256>(), encrypted_aes_key)
            .map(Zeroizing::new)
            .map_err(|_| CannotDecrypt)?;
        OaepMessage::new(&message)
    }
}
