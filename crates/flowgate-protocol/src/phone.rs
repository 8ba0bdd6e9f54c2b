//! The phone's and WhatsApp's side of an exchange: writes the HTTP request and
//! reads the reply.
//!
//! For `flowgate send`, stand-ins and tests; a server never needs it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
pub use flowgate_keys::phone::ReplyFault;
use flowgate_keys::phone::{ReplyKey, seal_request};
use flowgate_keys::{AppSecret, CannotDecrypt, KeyError, PublicKey};
use serde_json::Value;

use crate::Envelope;

/// Holds an encrypted and signed HTTP request, and the key to its reply.
#[derive(Debug)]
pub struct PhoneRequest {
    /// The JSON body to POST, with `Content-Type: application/json`.
    pub body: Vec<u8>,
    /// Value of the header `X-Hub-Signature-256`.
    pub signature: String,
    reply_key: ReplyKey,
}

/// Says why a reply is not what a phone understands.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The body is not base64 as a phone reads it.
    #[error("reply is not plain base64: {reason}{}", hint(.body))]
    NotBase64 {
        /// What the decoder found.
        #[source]
        reason: base64::DecodeError,
        /// The body, for a hint.
        body: String,
    },
    /// The reply was not sealed with the key and inverted vector of the request.
    #[error(
        "reply cannot be decrypted: it must be sealed with the request's AES key and the \
         inverted initial vector, tag at the end"
    )]
    CannotDecrypt(#[from] CannotDecrypt),
    /// The opened reply is not JSON.
    #[error("opened reply is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
}

impl PhoneRequest {
    /// Encrypts and signs a clear request as phone and WhatsApp do.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if the system has no randomness or the key cannot encrypt.
    pub fn new(
        public_key: &PublicKey,
        app_secret: &AppSecret,
        clear: &[u8],
    ) -> Result<Self, KeyError> {
        let (sealed, reply_key) = seal_request(public_key, clear)?;
        let body = serde_json::to_vec(&Envelope::from(&sealed))
            .expect("an object of three strings always serialises");
        Ok(Self {
            signature: app_secret.sign(&body),
            body,
            reply_key,
        })
    }

    /// Decodes and opens the body of a reply with status 200 or 427.
    ///
    /// # Errors
    ///
    /// [`ReplyError`] where a phone would show an error.
    pub fn open_reply(&self, body: &str) -> Result<Value, ReplyError> {
        let sealed = STANDARD
            .decode(body)
            .map_err(|reason| ReplyError::NotBase64 {
                reason,
                body: body.chars().take(80).collect(),
            })?;
        Ok(serde_json::from_slice(&self.reply_key.open(sealed)?)?)
    }

    /// Finds out what the endpoint did wrong when it sealed a reply; none if
    /// that is in order or the body is not base64.
    ///
    /// For diagnosis: a phone never looks.
    pub fn diagnose_reply(&self, body: &str) -> Option<ReplyFault> {
        let sealed = STANDARD.decode(body.trim()).ok()?;
        self.reply_key.diagnose(&sealed)
    }
}

fn hint(body: &str) -> &'static str {
    if body.starts_with('"') {
        "; it is quoted, send the bare text as text/plain"
    } else if body.starts_with('{') {
        "; it is JSON in clear text"
    } else if body.ends_with('\n') {
        "; it ends with a line break"
    } else {
        ""
    }
}
