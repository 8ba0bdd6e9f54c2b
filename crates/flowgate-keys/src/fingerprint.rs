//! The name by which people and logs refer to a key pair.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// A fingerprint: SHA-256 over the SubjectPublicKeyInfo DER of the public key.
///
/// Both halves of a pair have the same one, whatever file form they come
/// from. It is public: it may be logged and shown. `openssl` prints it with
///
/// ```text
/// openssl pkey -in private.pem -pubout -outform DER | openssl dgst -sha256
/// ```
///
/// Shape: 32 bytes; `Display` writes 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; FINGERPRINT_BYTES]);

impl Fingerprint {
    /// Computes the fingerprint of a SubjectPublicKeyInfo in DER.
    pub(crate) fn of_spki(spki_der: &[u8]) -> Self {
        Self(Sha256::digest(spki_der).into())
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; FINGERPRINT_BYTES] {
        &self.0
    }

    /// Returns the first 16 hexadecimal digits, enough to tell the keys of one
    /// business apart in a log line or a metric label.
    pub fn short(&self) -> String {
        self.to_string()[..SHORT_DIGITS].to_owned()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads 64 hexadecimal digits, of either case, with or without the colons
    /// that `openssl x509 -fingerprint` style tools put between bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; FINGERPRINT_BYTES];
        let mut digits = text.trim().chars().filter(|c| *c != ':');
        for byte in &mut bytes {
            let mut digit = || digits.next()?.to_digit(16);
            let (Some(high), Some(low)) = (digit(), digit()) else {
                return Err(ParseFingerprintError);
            };
            // Two hexadecimal digits are at most 255.
            *byte = (high << 4 | low) as u8;
        }
        match digits.next() {
            None => Ok(Self(bytes)),
            Some(_) => Err(ParseFingerprintError),
        }
    }
}

/// The text is not a fingerprint of 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a fingerprint of 64 hexadecimal digits, as `flowgate keys inspect` prints it")]
pub struct ParseFingerprintError;

/// The length of a SHA-256 digest.
const FINGERPRINT_BYTES: usize = 32;
/// How many digits of the fingerprint its short form shows.
const SHORT_DIGITS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_and_from_str_are_inverse() {
        let fingerprint = Fingerprint::of_spki(b"abc");
        // FIPS 180-2, appendix B.1.
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(fingerprint.short(), "ba7816bf8f01cfea");
        assert_eq!(text.parse(), Ok(fingerprint));
        assert_eq!(text.to_uppercase().parse(), Ok(fingerprint));
    }

    #[test]
    fn other_texts_are_refused() {
        let good = Fingerprint::of_spki(b"abc").to_string();
        for text in [
            "",
            "ba78",
            &good[..63],
            &format!("{good}0"),
            &good.replace('b', "é"),
        ] {
            assert_eq!(
                text.parse::<Fingerprint>(),
                Err(ParseFingerprintError),
                "{text}"
            );
        }
    }
}
