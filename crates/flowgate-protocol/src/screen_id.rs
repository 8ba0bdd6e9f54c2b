//! The name of a screen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Names a screen of a Flow, as its Flow JSON spells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScreenId(String);

impl ScreenId {
    /// The reserved name under which a Flow is completed; no Flow may have a
    /// screen of this name.
    pub const SUCCESS: &str = "SUCCESS";

    /// Takes a name. What the network sends is not checked here: whoever knows
    /// the Flow knows its screens.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScreenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ScreenId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ScreenId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl PartialEq<str> for ScreenId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ScreenId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
