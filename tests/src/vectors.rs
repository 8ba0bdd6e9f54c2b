//! Reads the vectors of `tests/vectors/` and refuses empty files.

use std::fs;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::vector_path;

/// A request that must be opened.
#[derive(Debug, Deserialize)]
pub struct GoodEnvelope {
    /// What the vector is about.
    pub name: String,
    /// The HTTP body, byte for byte.
    pub body: String,
    /// Value of `X-Hub-Signature-256`.
    pub signature: String,
    /// The secret that made the signature.
    pub app_secret: String,
    /// The AES key of the exchange.
    pub aes_key_hex: String,
    /// The initial vector of the request.
    pub iv_hex: String,
    /// The request in clear.
    pub plaintext: String,
    /// The reply in clear.
    pub reply_plaintext: String,
    /// The reply as it must travel, byte for byte.
    pub reply_body: String,
}

/// A request that must be refused.
#[derive(Debug, Deserialize)]
pub struct BadEnvelope {
    /// What is wrong with it.
    pub name: String,
    /// The HTTP body, byte for byte.
    pub body: String,
    /// Value of `X-Hub-Signature-256`; none if the header is missing.
    pub signature: Option<String>,
    /// The status that it must get.
    pub expect_status: u16,
}

/// The request captured from WhatsApp.
#[derive(Debug, Deserialize)]
pub struct CapturedRequest {
    /// The key that opens it, encrypted; retired.
    pub private_key_pem: String,
    /// Opens the key.
    pub passphrase: String,
    /// The envelope.
    pub body: Value,
    /// The request in clear.
    pub plaintext: Value,
    /// A reply in clear.
    pub reply_plaintext: String,
    /// The same reply sealed.
    pub reply_body: String,
}

/// Reads `envelopes/good.json`.
pub fn good_envelopes() -> Vec<GoodEnvelope> {
    not_empty(read("envelopes/good.json"))
}

/// Reads `envelopes/bad.json`.
pub fn bad_envelopes() -> Vec<BadEnvelope> {
    not_empty(read("envelopes/bad.json"))
}

/// Reads `captured/request.json`.
pub fn captured_request() -> CapturedRequest {
    read("captured/request.json")
}

/// Decodes hexadecimal digits.
pub fn from_hex(digits: &str) -> Vec<u8> {
    assert!(digits.len().is_multiple_of(2), "`{digits}` has half a byte");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = vector_path(name);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn not_empty<T>(vectors: Vec<T>) -> Vec<T> {
    assert!(!vectors.is_empty(), "a file of vectors holds none");
    vectors
}
