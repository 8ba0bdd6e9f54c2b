//! Knows the versions of Flow JSON and of the data API, and their states.
//!
//! Implements [Versioning](https://developers.facebook.com/docs/whatsapp/flows/guides/versioning)
//! and the [changelog](https://developers.facebook.com/docs/whatsapp/flows/changelog)
//! as of 10 March 2026.

use std::{fmt, str::FromStr};

use serde::Serialize;
use thiserror::Error;

/// Names a version as WhatsApp writes it: `major.minor`, both integers, so
/// that 1.10 comes after 1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    major: u16,
    minor: u16,
}

impl Version {
    /// Names the version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Returns what is known about this version of Flow JSON, or `None` if
    /// WhatsApp lists no such version.
    pub fn facts(self) -> Option<&'static VersionFacts> {
        VERSIONS.iter().find(|facts| facts.version == self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        let number = |part: &str| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self::new(number(major)?, number(minor)?)))
            .ok_or(ParseVersionError)
    }
}

/// Says that a text is not of the form `major.minor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a version of the form major.minor")]
pub struct ParseVersionError;

/// Says what can still be done with a version of Flow JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VersionState {
    /// Flows can be published, sent and opened.
    Active,
    /// Usable, but not on every phone: some messages are undeliverable.
    EarlyRelease,
    /// Flows can no longer be published; published ones still work.
    Frozen,
    /// Flows can be neither published, nor sent, nor opened.
    Expired,
}

/// Collects what is known about one version of Flow JSON.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VersionFacts {
    /// The version.
    pub version: Version,
    /// What can be done with it.
    pub state: VersionState,
}

const fn version(major: u16, minor: u16, state: VersionState) -> VersionFacts {
    VersionFacts {
        version: Version::new(major, minor),
        state,
    }
}

/// All versions of Flow JSON that WhatsApp lists, oldest first.
pub static VERSIONS: &[VersionFacts] = &[
    version(2, 1, VersionState::Frozen),
    version(3, 0, VersionState::Frozen),
    version(3, 1, VersionState::Frozen),
    version(4, 0, VersionState::Frozen),
    version(5, 0, VersionState::Frozen),
    version(5, 1, VersionState::Active),
    version(6, 0, VersionState::Active),
    version(6, 1, VersionState::Active),
    version(6, 2, VersionState::Active),
    version(6, 3, VersionState::Active),
    version(7, 0, VersionState::Active),
    version(7, 1, VersionState::Active),
    version(7, 2, VersionState::Active),
    version(7, 3, VersionState::Active),
];

/// The version of Flow JSON that WhatsApp recommends, and the newest.
pub const RECOMMENDED: Version = V7_3;

/// The versions of the data API, oldest first.
pub const DATA_API_VERSIONS: &[Version] = &[Version::new(3, 0), Version::new(4, 0)];

/// The version of the data API that adds `flow_token_signature`. It needs
/// Flow JSON 7.3.
pub const DATA_API_4_0: Version = Version::new(4, 0);

pub(crate) const V2_1: Version = Version::new(2, 1);
pub(crate) const V3_0: Version = Version::new(3, 0);
pub(crate) const V3_1: Version = Version::new(3, 1);
pub(crate) const V4_0: Version = Version::new(4, 0);
pub(crate) const V5_0: Version = Version::new(5, 0);
pub(crate) const V5_1: Version = Version::new(5, 1);
pub(crate) const V6_0: Version = Version::new(6, 0);
pub(crate) const V6_1: Version = Version::new(6, 1);
pub(crate) const V6_2: Version = Version::new(6, 2);
pub(crate) const V6_3: Version = Version::new(6, 3);
pub(crate) const V7_0: Version = Version::new(7, 0);
pub(crate) const V7_1: Version = Version::new(7, 1);
pub(crate) const V7_2: Version = Version::new(7, 2);
pub(crate) const V7_3: Version = Version::new(7, 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_numbers_are_integers() {
        let nine: Version = "1.9".parse().unwrap();
        let ten: Version = "1.10".parse().unwrap();
        assert!(nine < ten);
        assert_eq!(ten.to_string(), "1.10");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "", "7", "7.", ".3", "7.3.1", "v7.3", "7.x", "+7.3", "70000.1",
        ] {
            assert_eq!(text.parse::<Version>(), Err(ParseVersionError), "{text}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_ends_with_the_recommended_version() {
        assert!(VERSIONS.is_sorted_by_key(|facts| facts.version));
        assert_eq!(VERSIONS.last().unwrap().version, RECOMMENDED);
    }
}
