//! The encrypted request as it travels: three base64 strings in a JSON object.
//!
//! Implements "Request decryption and encryption" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_keys::SealedRequest;
use serde::{Deserialize, Serialize};

use crate::VerifiedBody;

/// Holds the three parts of an encrypted request, in base64.
///
/// ```json
/// {"encrypted_flow_data": "lODA…", "encrypted_aes_key": "mpOI…", "initial_vector": "8PHy8\/T19vf4+fr7\/P3+\/w=="}
/// ```
///
/// Strings may contain escapes: WhatsApp writes `/` as `\/`. Unknown fields are
/// ignored; a field that comes twice is an error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope<'a> {
    /// AES-128-GCM ciphertext and 16-byte tag; standard base64, padded.
    #[serde(borrow)]
    pub encrypted_flow_data: Cow<'a, str>,
    /// RSA-OAEP ciphertext of the AES key; 256 bytes, 344 characters of base64.
    #[serde(borrow)]
    pub encrypted_aes_key: Cow<'a, str>,
    /// Initial vector; 16 bytes, 24 characters of base64.
    #[serde(borrow)]
    pub initial_vector: Cow<'a, str>,
}

/// Says why a body is no envelope. WhatsApp never sends such a body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The body is empty or does not start as a JSON object.
    #[error("body is not a JSON object")]
    NotAnObject,
    /// The body is not the JSON object with three strings.
    #[error("body is not an encrypted request: {0}")]
    NotAnEnvelope(#[source] serde_json::Error),
    /// The body is a request in clear text, as some test tools send it.
    #[error(
        "body has `action` but no `encrypted_flow_data`: it is a request in clear text; \
         send it through `flowgate send`, which encrypts and signs"
    )]
    ClearText,
    /// A field is not standard, padded base64.
    #[error("`{field}` is not base64: {reason}")]
    NotBase64 {
        /// Which of the three.
        field: &'static str,
        /// What the decoder found.
        #[source]
        reason: base64::DecodeError,
    },
}

impl<'a> Envelope<'a> {
    /// Reads the envelope of a verified body.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] if the body has another form.
    pub fn parse(body: &'a VerifiedBody) -> Result<Self, EnvelopeError> {
        let bytes = body.as_bytes();
        // The derived parser would take a list of three strings as well.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(EnvelopeError::NotAnObject);
        }
        serde_json::from_slice(bytes).map_err(|error| {
            if is_clear_text(bytes) {
                EnvelopeError::ClearText
            } else {
                EnvelopeError::NotAnEnvelope(error)
            }
        })
    }

    /// Decodes the three strings.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError::NotBase64`] for the first that is not.
    pub fn decode(&self) -> Result<SealedRequest, EnvelopeError> {
        let decode = |field, text: &str| {
            STANDARD
                .decode(text)
                .map_err(|reason| EnvelopeError::NotBase64 { field, reason })
        };
        Ok(SealedRequest {
            encrypted_aes_key: decode("encrypted_aes_key", &self.encrypted_aes_key)?,
            initial_vector: decode("initial_vector", &self.initial_vector)?,
            encrypted_flow_data: decode("encrypted_flow_data", &self.encrypted_flow_data)?.into(),
        })
    }
}

impl From<&SealedRequest> for Envelope<'static> {
    /// Writes the envelope that a phone sends.
    fn from(sealed: &SealedRequest) -> Self {
        let encode = |bytes: &[u8]| Cow::Owned(STANDARD.encode(bytes));
        Self {
            encrypted_flow_data: encode(&sealed.encrypted_flow_data),
            encrypted_aes_key: encode(&sealed.encrypted_aes_key),
            initial_vector: encode(&sealed.initial_vector),
        }
    }
}

fn is_clear_text(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Clear {
        #[serde(rename = "action")]
        _action: serde::de::IgnoredAny,
        encrypted_flow_data: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_slice(body).is_ok_and(|clear: Clear| clear.encrypted_flow_data.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::danger::accept_unsigned_requests;

    fn decode(body: impl Into<Vec<u8>>) -> Result<SealedRequest, EnvelopeError> {
        let body = accept_unsigned_requests()
            .verify(None, body.into().into())
            .unwrap();
        Envelope::parse(&body)?.decode()
    }

    #[test]
    fn slashes_may_be_escaped_and_other_fields_are_ignored() {
        let sealed = decode(
            br#"{"x": [1], "encrypted_flow_data": "AA\/+", "encrypted_aes_key": "\u0041A==",
                 "initial_vector": "8PHy8\/T19vf4+fr7\/P3+\/w=="}"#,
        )
        .unwrap();
        assert_eq!(*sealed.encrypted_flow_data, [0x00, 0x0f, 0xfe]);
        assert_eq!(sealed.encrypted_aes_key, [0]);
        assert_eq!(sealed.initial_vector.len(), 16);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let sealed = SealedRequest {
            encrypted_aes_key: vec![0xff; 256],
            initial_vector: vec![0xfb; 16],
            encrypted_flow_data: vec![0xef; 50].into(),
        };
        let text = serde_json::to_vec(&Envelope::from(&sealed)).unwrap();
        let again = decode(text).unwrap();
        assert_eq!(again.encrypted_aes_key, sealed.encrypted_aes_key);
        assert_eq!(again.initial_vector, sealed.initial_vector);
        assert_eq!(again.encrypted_flow_data, sealed.encrypted_flow_data);
    }

    #[test]
    fn other_bodies_are_refused() {
        let ok = r#""encrypted_aes_key":"AA==","initial_vector":"AA==""#;
        for body in [
            format!("{{{ok}}}"),
            format!(r#"{{{ok},"encrypted_flow_data":1}}"#),
            format!(r#"{{{ok},"encrypted_flow_data":null}}"#),
            format!(r#"{{{ok},"encrypted_flow_data":"AA==","encrypted_flow_data":"AA=="}}"#),
            format!(r#"{{{ok},"encrypted_flow_data":"AA=="}} trailing"#),
            "{".repeat(100_000),
        ] {
            let error = decode(body.clone()).unwrap_err();
            assert!(
                matches!(error, EnvelopeError::NotAnEnvelope(_)),
                "{body:.80}"
            );
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in [
            String::new(),
            "hello".to_owned(),
            "[]".to_owned(),
            "null".to_owned(),
            r#"["AA==","AA==","AA=="]"#.to_owned(),
            "[".repeat(100_000),
        ] {
            let error = decode(body.clone()).unwrap_err();
            assert!(matches!(error, EnvelopeError::NotAnObject), "{body:.80}");
        }
    }

    #[test]
    fn deep_nesting_in_an_unknown_field_is_passed_over() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let body = format!(
            r#"{{"encrypted_aes_key":"AA==","x":{deep},"initial_vector":"AA==","encrypted_flow_data":"AA=="}}"#
        );
        assert!(decode(body).is_ok());
    }

    #[test]
    fn only_standard_padded_base64_is_taken() {
        for text in ["***", "AA", "AA=", "-_-_", "AA==\\n", " AA=="] {
            let body = format!(
                r#"{{"encrypted_aes_key":"AA==","initial_vector":"{text}","encrypted_flow_data":"AA=="}}"#
            );
            let error = decode(body).unwrap_err();
            assert!(
                matches!(
                    error,
                    EnvelopeError::NotBase64 {
                        field: "initial_vector",
                        ..
                    }
                ),
                "{text:?}: {error}"
            );
        }
    }

    #[test]
    fn a_request_in_clear_text_is_named_as_such() {
        let error = decode(br#"{"version":"3.0","action":"ping"}"#).unwrap_err();
        assert!(matches!(error, EnvelopeError::ClearText));
    }

    #[test]
    fn invalid_utf8_is_refused() {
        let error = decode(b"{\"encrypted_flow_data\":\"\xff\"}").unwrap_err();
        assert!(matches!(error, EnvelopeError::NotAnEnvelope(_)));
    }
}
