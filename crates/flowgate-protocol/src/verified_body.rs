//! The first step of every exchange: the signature over the raw bytes.
//!
//! Implements "Request signature validation" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use bytes::Bytes;
use flowgate_keys::{AppSecrets, SignatureMismatch};

/// Holds the body of a request whose signature is in order.
///
/// Signature before anything else: callers that cannot sign must not reach the
/// JSON parser, and least of all the private key. What a signature proves is
/// that WhatsApp forwarded the body; its content is still the phone's.
#[derive(Debug, Clone)]
pub struct VerifiedBody(Bytes);

/// Says how bodies are verified.
#[derive(Debug, Clone)]
pub struct SignatureCheck(Option<AppSecrets>);

impl SignatureCheck {
    pub(crate) fn switched_off() -> Self {
        Self(None)
    }

    pub(crate) fn app_secrets(&self) -> Option<&AppSecrets> {
        self.0.as_ref()
    }

    /// Checks the value of the header `X-Hub-Signature-256` against the body
    /// bytes as received. `None` stands for a header that is missing, not text
    /// or given more than once.
    ///
    /// # Errors
    ///
    /// [`SignatureMismatch`] in all of these cases and if no secret fits.
    pub fn verify(
        &self,
        signature: Option<&str>,
        body: Bytes,
    ) -> Result<VerifiedBody, SignatureMismatch> {
        if let Some(secrets) = &self.0 {
            secrets.verify(signature.ok_or(SignatureMismatch)?, &body)?;
        }
        Ok(VerifiedBody(body))
    }
}

impl From<AppSecrets> for SignatureCheck {
    fn from(secrets: AppSecrets) -> Self {
        Self(Some(secrets))
    }
}

impl VerifiedBody {
    /// Returns the bytes as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
