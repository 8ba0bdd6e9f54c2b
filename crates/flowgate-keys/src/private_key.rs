//! Private key.
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::OsRng;
use zeroize::Zeroizing;

use crate::{Fingerprint, KeyError, PublicKey};
/// Private key.
#[derive(Clone)]
pub struct PrivateKey {
    der: Zeroizing<Vec<u8>>,
    public: PublicKey,
}
impl PrivateKey {
    /// Generates.
    pub fn generate() -> Result<Self, KeyError> {
        let key = rsa::RsaPrivateKey::new(&mut OsRng, 2048).map_err(|_| KeyError::Damaged)?;
        let der = key.to_pkcs8_der().map_err(|_| KeyError::Damaged)?;
        Ok(Self {
            der: Zeroizing::new(der.as_bytes().to_vec()),
            public: PublicKey::new(key.to_public_key()),
        })
    }
    /// DER.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.der
    }
    /// Public.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }
    /// Fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        self.public.fingerprint()
    }
}
