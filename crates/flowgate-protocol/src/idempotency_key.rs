//! Recognises a submission that is sent again.

use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{Action, FlowRequest, FlowToken};

/// What a submission usually takes at most, written for hashing.
const USUAL_BYTES: usize = 2048;

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
        let mut hashed = Vec::with_capacity(USUAL_BYTES);
        add_text(&mut hashed, token);
        add_text(&mut hashed, screen);
        add_object(&mut hashed, &self.data);
        Some(IdempotencyKey(Sha256::digest(&hashed).into()))
    }
}

/// Adds a value so that different ones never add the same bytes: its kind, its
/// length, what it consists of. Cheaper than writing it as JSON.
fn add(hashed: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => hashed.push(b'n'),
        Value::Bool(false) => hashed.push(b'f'),
        Value::Bool(true) => hashed.push(b't'),
        Value::Number(number) => {
            hashed.push(b'd');
            add_text(hashed, &number.to_string());
        }
        Value::String(text) => {
            hashed.push(b's');
            add_text(hashed, text);
        }
        Value::Array(values) => {
            hashed.push(b'a');
            add_length(hashed, values.len());
            values.iter().for_each(|value| add(hashed, value));
        }
        Value::Object(object) => {
            hashed.push(b'o');
            add_object(hashed, object);
        }
    }
}

fn add_object(hashed: &mut Vec<u8>, object: &Map<String, Value>) {
    add_length(hashed, object.len());
    for (key, value) in object {
        add_text(hashed, key);
        add(hashed, value);
    }
}

fn add_text(hashed: &mut Vec<u8>, text: &str) {
    add_length(hashed, text.len());
    hashed.extend_from_slice(text.as_bytes());
}

/// Adds a length so that it ends where it shows that it does: seven bits in a byte,
/// the lowest first, with the highest bit where more follow.
fn add_length(hashed: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        hashed.push(length as u8 | 0x80);
        length >>= 7;
    }
    hashed.push(length as u8);
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
    fn lengths_show_where_they_end() {
        let mut all = HashSet::new();
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, usize::MAX] {
            let mut bytes = Vec::new();
            add_length(&mut bytes, length);
            let (last, others) = bytes.split_last().unwrap();
            assert!(*last < 0x80 && others.iter().all(|byte| *byte >= 0x80));
            assert!(all.insert(bytes));
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
