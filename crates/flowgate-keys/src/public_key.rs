//! Public key.
use rsa::pkcs8::EncodePublicKey;
use rsa::rand_core::OsRng;
use rsa::sha2::{Digest, Sha256};
use rsa::{Oaep, RsaPublicKey};

use crate::{Fingerprint, KeyError};
/// Public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(RsaPublicKey);
impl PublicKey {
    pub(crate) fn new(key: RsaPublicKey) -> Self {
        Self(key)
    }
    /// Fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        let der = self.0.to_public_key_der().expect("encodes");
        Fingerprint(Sha256::digest(der.as_bytes()).into())
    }
    /// Wrap.
    pub fn wrap(&self, key: &[u8; 16]) -> Result<Vec<u8>, KeyError> {
        self.0
            .encrypt(&mut OsRng, Oaep::new::<Sha256>(), key)
            .map_err(|_| KeyError::Damaged)
    }
}
