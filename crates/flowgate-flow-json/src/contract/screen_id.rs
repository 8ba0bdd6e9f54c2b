//! Holds the id of a screen.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::Serialize;
use thiserror::Error;

/// Holds the id of a screen.
///
/// WhatsApp allows letters and underscores; an id of a document that breaks
/// this rule is held as well, so that the rest can be worked with, but never
/// an empty one.
///
/// Source: [Flow JSON, "Screens"](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ScreenId(Box<str>);

impl ScreenId {
    /// Returns the id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScreenId {
    type Err = ScreenIdError;

    fn from_str(text: &str) -> Result<Self, ScreenIdError> {
        if text.is_empty() {
            return Err(ScreenIdError);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ScreenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ScreenId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ScreenId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Says that a text is no screen id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a screen id is empty, expected letters and underscores")]
pub struct ScreenIdError;
