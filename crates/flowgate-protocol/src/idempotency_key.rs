//! Recognises a submission that is sent again.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{Action, FlowRequest, FlowToken};

/// Names one submission: the same data from the same screen under the same
/// token, however often and in whatever envelope it arrives.
///
/// 32 bytes, a SHA-256 hash; shown as 64 hexadecimal digits. It tells nothing
/// of what was entered to those who do not know it already.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdempotencyKey([u8; 32]);

impl IdempotencyKey {
    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FlowRequest {
    /// Names the submission; `None` if the request is no submission or its
    /// token does not stand for one message.
    ///
    /// The client repeats a request after 421 and users repeat it after a
    /// time-out or tap twice; each time with a new AES key, so that nothing in
    /// the envelope shows it. What shows it is hashed here.
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        let token = self
            .flow_token
            .as_ref()
            .filter(|token| token.is_individual())
            .map(FlowToken::expose_secret)?;
        if self.action != Action::DataExchange {
            return None;
        }
        let screen = self.screen.as_ref()?.as_str();
        let mut hash = Sha256::new();
        for part in [token, screen] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let data = serde_json::to_vec(&self.data).ok()?;
        hash.update(&data);
        Some(IdempotencyKey(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_as_hexadecimal_digits() {
        let mut request = FlowRequest::new(Action::DataExchange);
        assert!(request.idempotency_key().is_none());
        request.screen = Some("SUMMARY".into());
        request.flow_token = Some(FlowToken::new("a"));
        let key = request.idempotency_key().map(|key| key.to_string());
        assert_eq!(key.as_ref().map(String::len), Some(64));
        request.data.insert("x".to_owned(), 1.into());
        assert_ne!(request.idempotency_key().map(|key| key.to_string()), key);
    }
}
