//! RSA-OAEP through aws-lc-rs.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use zeroize::Zeroizing;

use super::{Backend, OaepMessage, RSA_MODULUS_BYTES, Unwrap};
use crate::{CannotDecrypt, KeyRingError, PrivateKey};

pub(super) struct AwsLcKey(OaepPrivateDecryptingKey);

impl AwsLcKey {
    pub(super) fn new(key: &PrivateKey) -> Result<Self, KeyRingError> {
        let refused = |reason: &dyn ToString| KeyRingError::RefusedByBackend {
            backend: Backend::AwsLc,
            fingerprint: key.fingerprint(),
            reason: reason.to_string(),
        };
        let key = PrivateDecryptingKey::from_pkcs8(key.pkcs8_der()).map_err(|e| refused(&e))?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|e| refused(&e))?;
        Ok(Self(key))
    }
}

impl Unwrap for AwsLcKey {
    fn backend(&self) -> Backend {
        Backend::AwsLc
    }

    fn unwrap(
        &self,
        encrypted_aes_key: &[u8; RSA_MODULUS_BYTES],
    ) -> Result<OaepMessage, CannotDecrypt> {
        // Cleared on every path: the library leaves the padded message behind.
        let mut buffer = Zeroizing::new([0; RSA_MODULUS_BYTES]);
        let message = self
            .0
            .decrypt(
                &OAEP_SHA256_MGF1SHA256,
                encrypted_aes_key,
                buffer.as_mut_slice(),
                None,
            )
            .map_err(|_| CannotDecrypt)?;
        OaepMessage::new(message)
    }
}
