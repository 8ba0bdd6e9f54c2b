//! What the database knows of a flow token.

use flowgate::prelude::*;
use sha2::{Digest, Sha256};

/// SHA-256 of a flow token: finds its rows, and is of no use to a thief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(token: &FlowToken) -> Self {
        Self(Sha256::digest(token.expose_secret()).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
