//! The passphrase that protects a private key at rest.
//!
//! It never leaves the machine: WhatsApp sees only the public key.
//! Guide: <https://developers.facebook.com/documentation/business-messaging/whatsapp/flows/guides/whatsapp-business-encryption>.

use std::fmt;
use std::path::Path;

use zeroize::{Zeroize, Zeroizing};

use crate::KeyError;
use crate::key_file::read_bounded;

/// A passphrase of a private key; cleared from memory when dropped.
///
/// # Security
///
/// It has no `Display`, and its `Debug` prints only the name of the type.
/// Reading it is visible at the call: [`Passphrase::expose_secret`].
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes over a passphrase exactly as given, blanks included.
    ///
    /// An empty text is a passphrase too; no key can be *written* under it.
    pub fn new(passphrase: impl Into<String>) -> Self {
        Self(Zeroizing::new(passphrase.into()))
    }

    /// Reads a passphrase from a file: its text without the last line end.
    ///
    /// Editors and `echo` end a file with `\n` or `\r\n`; one such line end is
    /// not part of the passphrase. Everything else is, blanks included.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] when the file cannot be read, [`KeyError::TooLarge`]
    /// beyond 1 MiB, [`KeyError::PassphraseNotText`] when it is not UTF-8.
    pub fn read_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let bytes = read_bounded(path.as_ref())?;
        let text = std::str::from_utf8(&bytes).map_err(|_| KeyError::PassphraseNotText {
            path: path.as_ref().to_owned(),
        })?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        Ok(Self::new(text.strip_suffix('\r').unwrap_or(text)))
    }

    /// Returns the passphrase itself.
    ///
    /// # Security
    ///
    /// The caller must not log it, keep it or put it into an error.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// The passphrase in the form that PKCS #12 hashes: big-endian UTF-16 and
    /// two zero bytes ([RFC 7292, appendix B.1](https://www.rfc-editor.org/rfc/rfc7292#appendix-B.1)).
    pub(crate) fn to_bmp_string(&self) -> Zeroizing<Vec<u8>> {
        // The capacity is exact, so that no copy is left behind by growing.
        let units = self.0.encode_utf16().count() + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * units));
        for mut unit in self.0.encode_utf16() {
            bytes.extend_from_slice(&unit.to_be_bytes());
            unit.zeroize();
        }
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_only_the_name_of_the_type() {
        let shown = format!("{:?}", Passphrase::new("correct horse"));
        assert_eq!(shown, "Passphrase");
    }

    #[test]
    fn bmp_string_is_big_endian_and_ends_in_two_zero_bytes() {
        // The example of RFC 7292, appendix B.1.
        let bytes = Passphrase::new("Beavis").to_bmp_string();
        assert_eq!(
            bytes.as_slice(),
            b"\x00\x42\x00\x65\x00\x61\x00\x76\x00\x69\x00\x73\x00\x00"
        );
    }

    #[test]
    fn one_line_end_of_a_passphrase_file_is_not_part_of_it() {
        let folder = std::env::temp_dir().join(format!("flowgate-keys-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (bytes, expected) in [
            ("secret", "secret"),
            ("secret\n", "secret"),
            ("secret\r\n", "secret"),
            (" secret \n\n", " secret \n"),
            ("", ""),
        ] {
            let path = folder.join("passphrase.txt");
            std::fs::write(&path, bytes).unwrap();
            let passphrase = Passphrase::read_file(&path).unwrap();
            assert_eq!(passphrase.expose_secret(), expected, "{bytes:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
