//! The business public key as the platform keeps it: the text that was
//! uploaded, byte for byte, and what has become of its signature.
//!
//! Documents: [Business encryption](https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/business-encryption-api),
//! the [guide](https://developers.facebook.com/documentation/business-messaging/whatsapp/flows/guides/whatsapp-business-encryption)
//! and the [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_keys::{Container, PrivateKey, PublicKey};
use serde::{Deserialize, Serialize};

const HEADER: &str = "-----BEGIN PUBLIC KEY-----";
const FOOTER: &str = "-----END PUBLIC KEY-----";

/// Says whether the signature that the platform made still fits the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SignatureStatus {
    /// The stored signature matches: phones accept the key.
    Valid,
    /// It does not match any more: phones refuse the key until it is uploaded
    /// again.
    Mismatch,
}

impl SignatureStatus {
    /// Returns the word on the wire: `VALID` or `MISMATCH`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::Mismatch => "MISMATCH",
        }
    }
}

/// The key of a phone number as a read shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedKey {
    /// The text, byte for byte as it was uploaded.
    pub business_public_key: String,
    /// Whether phones accept it.
    pub business_public_key_signature_status: SignatureStatus,
}

impl PublishedKey {
    /// Reads the key as WhatsApp's clients do.
    ///
    /// They remove all CR and LF, cut off the header and footer by their
    /// length, and import the rest as SubjectPublicKeyInfo. What a tolerant
    /// reader repairs (two-character `\n`, PKCS #1, text around the block) ends
    /// here.
    ///
    /// # Errors
    ///
    /// [`UnreadableKey`] where a phone could not encrypt with the key.
    pub fn read_as_client(&self) -> Result<PublicKey, UnreadableKey> {
        let line: String = self
            .business_public_key
            .chars()
            .filter(|letter| !matches!(letter, '\r' | '\n'))
            .collect();
        let base64 = line
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_suffix(FOOTER))
            .ok_or(UnreadableKey)?;
        let der = STANDARD.decode(base64).map_err(|_| UnreadableKey)?;
        spki(&der).ok_or(UnreadableKey)
    }
}

/// A phone cannot read the stored key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored key is not a `BEGIN PUBLIC KEY` block that a phone reads")]
pub struct UnreadableKey;

/// The reason why an upload is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid 2048-bit RSA public key in PEM format")]
pub(crate) struct RefusedKey;

/// Checks an upload: a PEM block `PUBLIC KEY`, header and footer on lines of
/// their own, holding SubjectPublicKeyInfo of an RSA key of 2048 bits.
pub(crate) fn check_upload(text: &str) -> Result<(), RefusedKey> {
    let mut lines = text.trim_ascii().lines().map(str::trim_ascii_end);
    if lines.next() != Some(HEADER) || lines.next_back() != Some(FOOTER) {
        return Err(RefusedKey);
    }
    let base64: String = lines.collect();
    let der = STANDARD.decode(base64).map_err(|_| RefusedKey)?;
    spki(&der).map(drop).ok_or(RefusedKey)
}

/// Reads SubjectPublicKeyInfo alone: the tolerant reader of the keys crate also
/// takes certificates and PKCS #1.
fn spki(der: &[u8]) -> Option<PublicKey> {
    let loaded = PublicKey::load(der).ok()?;
    (loaded.form.container == Container::Spki && loaded.key.spki_der() == der).then_some(loaded.key)
}

/// A change to the stored text that nobody uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Alteration {
    /// The key of another pair, well-formed.
    OtherKey,
    /// CR LF instead of LF; the same key to a phone.
    CrLf,
    /// Line breaks written as the two characters `\n`; no key to a phone.
    EscapedLineBreaks,
    /// All in one line; the same key to a phone.
    OneLine,
    /// A single blank.
    Blank,
    /// One letter of the base64 is another.
    OneLetter,
}

impl Alteration {
    /// Applies the alteration to a stored text.
    pub(crate) fn apply(self, text: &str) -> String {
        match self {
            Self::OtherKey => PrivateKey::generate()
                .map(|key| key.public_key().to_spki_pem())
                // A machine without randomness makes no TLS certificate either:
                // the stand-in does not even start there.
                .unwrap_or_default(),
            Self::CrLf => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            Self::EscapedLineBreaks => text.replace('\r', "").replace('\n', "\\n"),
            Self::OneLine => text.replace(['\r', '\n'], ""),
            Self::Blank => " ".to_owned(),
            Self::OneLetter => {
                // In the middle of the modulus, where the DER stays well-formed.
                let at = text.len() / 2;
                text.char_indices()
                    .map(|(index, letter)| match letter {
                        '\r' | '\n' => letter,
                        _ if index != at && index != at + 1 => letter,
                        'A' => 'B',
                        _ => 'A',
                    })
                    .collect()
            }
        }
    }
}

/// What the reads after an upload show until the platform has done its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileWaiting {
    /// The new key with the status `MISMATCH`.
    #[default]
    Mismatch,
    /// The former key as it was, or none.
    FormerKey,
}

/// How long an upload takes to show as `VALID`. The platform documents no
/// delay: this is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidAfter {
    /// Reads that still show the old state.
    pub reads: u32,
    /// Seconds that it lasts.
    pub seconds: u64,
    /// The old state.
    pub shows: WhileWaiting,
}

/// The key of a number with what happens to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredKey {
    text: String,
    signature: SignatureStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Waiting {
    reads: u32,
    until_unix_seconds: u64,
    shows: WhileWaiting,
    former: Option<(String, SignatureStatus)>,
}

impl StoredKey {
    /// Signs and keeps an upload.
    pub(crate) fn upload(text: String, former: Option<&Self>, delay: ValidAfter, now: u64) -> Self {
        let waiting = (delay != ValidAfter::default()).then(|| Waiting {
            reads: delay.reads,
            until_unix_seconds: now.saturating_add(delay.seconds),
            shows: delay.shows,
            former: former.map(|former| (former.text.clone(), former.signature)),
        });
        Self {
            text,
            signature: SignatureStatus::Valid,
            waiting,
        }
    }

    pub(crate) fn break_signature(&mut self) {
        self.signature = SignatureStatus::Mismatch;
        self.waiting = None;
    }

    pub(crate) fn alter(&mut self, alteration: Alteration) {
        self.text = alteration.apply(&self.text);
    }

    /// Shows the key to a business that reads it: such a read is counted.
    pub(crate) fn read(&mut self, now: u64) -> Option<PublishedKey> {
        let shown = self.look(now);
        if let Some(waiting) = &mut self.waiting {
            waiting.reads = waiting.reads.saturating_sub(1);
        }
        shown
    }

    /// Shows the key to a phone, or to somebody who only looks.
    pub(crate) fn look(&self, now: u64) -> Option<PublishedKey> {
        let waiting = self
            .waiting
            .as_ref()
            .filter(|waiting| waiting.reads > 0 || now < waiting.until_unix_seconds);
        let (text, status) = match waiting {
            None => (&self.text, self.signature),
            Some(waiting) => match (waiting.shows, &waiting.former) {
                (WhileWaiting::Mismatch, _) => (&self.text, SignatureStatus::Mismatch),
                (WhileWaiting::FormerKey, Some((text, status))) => (text, *status),
                (WhileWaiting::FormerKey, None) => return None,
            },
        };
        Some(PublishedKey {
            business_public_key: text.clone(),
            business_public_key_signature_status: status,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static PEM: LazyLock<String> =
        LazyLock::new(|| PrivateKey::generate().unwrap().public_key().to_spki_pem());

    fn as_client(text: String) -> Result<PublicKey, UnreadableKey> {
        PublishedKey {
            business_public_key: text,
            business_public_key_signature_status: SignatureStatus::Valid,
        }
        .read_as_client()
    }

    #[test]
    fn canonical_key_is_accepted_whatever_its_line_ends() {
        assert_eq!(check_upload(&PEM), Ok(()));
        assert_eq!(check_upload(&Alteration::CrLf.apply(&PEM)), Ok(()));
        assert_eq!(check_upload(PEM.trim_end()), Ok(()));
    }

    #[test]
    fn damaged_keys_are_refused() {
        for text in [
            String::new(),
            " ".to_owned(),
            "a key".to_owned(),
            Alteration::EscapedLineBreaks.apply(&PEM),
            Alteration::OneLine.apply(&PEM),
            PEM.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
            PEM.replace("-----BEGIN PUBLIC KEY-----\n", ""),
            PEM.replacen('M', " ", 1),
            PEM[..200].to_owned(),
        ] {
            assert_eq!(check_upload(&text), Err(RefusedKey), "{text}");
        }
    }

    #[test]
    fn private_key_is_refused() {
        let key = PrivateKey::generate().unwrap();
        assert_eq!(check_upload(&key.to_pkcs8_pem()), Err(RefusedKey));
    }

    #[test]
    fn phone_reads_what_it_cuts_out_and_nothing_else() {
        let key = as_client(PEM.clone()).unwrap();
        for same in [Alteration::CrLf, Alteration::OneLine] {
            assert!(as_client(same.apply(&PEM)).unwrap() == key, "{same:?}");
        }
        let other = as_client(Alteration::OneLetter.apply(&PEM));
        assert!(other.is_err() || other.unwrap() != key);
        assert!(as_client(Alteration::OtherKey.apply(&PEM)).unwrap() != key);
        for none in [Alteration::EscapedLineBreaks, Alteration::Blank] {
            assert!(as_client(none.apply(&PEM)).is_err(), "{none:?}");
        }
        assert!(as_client(format!("a key:\n{}", *PEM)).is_err());
    }
}
