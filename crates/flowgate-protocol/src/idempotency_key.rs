//! Recognises a submission that is sent again.

use std::fmt;

use serde_json::{Map, Value};
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
        add_text(&mut hash, token);
        add_text(&mut hash, screen);
        add_object(&mut hash, &self.data);
        Some(IdempotencyKey(hash.finalize().into()))
    }
}

/// Adds a value so that different ones never add the same bytes: its kind, its
/// length, what it consists of. Cheaper than writing it as JSON.
fn add(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update("n"),
        Value::Bool(false) => hash.update("f"),
        Value::Bool(true) => hash.update("t"),
        Value::Number(number) => {
            hash.update("d");
            add_text(hash, &number.to_string());
        }
        Value::String(text) => {
            hash.update("s");
            add_text(hash, text);
        }
        Value::Array(values) => {
            hash.update("a");
            add_length(hash, values.len());
            values.iter().for_each(|value| add(hash, value));
        }
        Value::Object(object) => {
            hash.update("o");
            add_object(hash, object);
        }
    }
}

fn add_object(hash: &mut Sha256, object: &Map<String, Value>) {
    add_length(hash, object.len());
    for (key, value) in object {
        add_text(hash, key);
        add(hash, value);
    }
}

fn add_text(hash: &mut Sha256, text: &str) {
    add_length(hash, text.len());
    hash.update(text);
}

fn add_length(hash: &mut Sha256, length: usize) {
    hash.update((length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn submission(data: &Value) -> FlowRequest {
        let mut request = FlowRequest::new(Action::DataExchange);
        request.screen = Some("SUMMARY".into());
        request.flow_token = Some(FlowToken::new("a"));
        request.data = data.as_object().cloned().unwrap();
        request
    }

    fn key(data: &Value) -> IdempotencyKey {
        submission(data).idempotency_key().unwrap()
    }

    #[test]
    fn a_key_is_shown_as_hexadecimal_digits() {
        let shown = key(&json!({})).to_string();
        assert_eq!(shown.len(), 64);
        assert!(shown.bytes().all(|digit| digit.is_ascii_hexdigit()));
    }

    #[test]
    fn what_is_no_submission_under_a_token_has_no_key() {
        let mut back = submission(&json!({}));
        back.action = Action::Back;
        let mut nowhere = submission(&json!({}));
        nowhere.screen = None;
        let mut anybody = submission(&json!({}));
        anybody.flow_token = None;
        for request in [back, nowhere, anybody] {
            assert!(request.idempotency_key().is_none());
        }
    }

    #[test]
    fn another_token_screen_or_value_is_another_submission() {
        let mut keys = HashSet::new();
        let mut texts = submission(&json!({}));
        for (token, screen) in [("a", "B"), ("b", "B"), ("aB", "B"), ("a", "BB")] {
            texts.flow_token = Some(FlowToken::new(token));
            texts.screen = Some(screen.into());
            assert!(keys.insert(texts.idempotency_key().unwrap()));
        }
        for data in [
            json!({}),
            json!({"x": null}),
            json!({"x": false}),
            json!({"x": true}),
            json!({"x": 1}),
            json!({"x": 1.5}),
            json!({"x": "1"}),
            json!({"x": ""}),
            json!({"x": []}),
            json!({"x": {}}),
            json!({"x": [[]]}),
            json!({"x": [], "y": []}),
            json!({"x": ["a", "b"]}),
            json!({"x": ["ab"]}),
            json!({"x": [["a"], "b"]}),
            json!({"x": [["a", "b"]]}),
            json!({"x": {"a": "b"}}),
            json!({"xa": "b"}),
        ] {
            assert!(keys.insert(key(&data)), "{data} has the key of another");
        }
    }

    #[test]
    fn the_order_of_fields_makes_no_difference() {
        let keys = [
            r#"{"x": 1, "y": {"a": 1, "b": 2}}"#,
            r#"{"y": {"b": 2, "a": 1}, "x": 1}"#,
        ]
        .map(|text| key(&serde_json::from_str(text).unwrap()));
        assert_eq!(keys[0], keys[1]);
    }
}
