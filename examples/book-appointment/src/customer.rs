//! Who asks: what the schema and the database know of a flow token.

use sha2::{Digest, Sha256};

/// SHA-256 of a flow token, in hexadecimal: finds the customer's rows, and is of
/// no use to a thief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer(String);

/// The customer of one request, and the name of that request.
///
/// Comes with the request, never from its variables.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who asks.
    pub customer: Customer,
    /// The same for the same request of the same customer, however often it
    /// arrives.
    pub request: String,
}

impl Customer {
    /// Names the holder of a flow token.
    pub fn of_token(flow_token: &str) -> Self {
        Self(hexadecimal(&Sha256::digest(flow_token)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes bytes in hexadecimal, as the database keeps them.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
