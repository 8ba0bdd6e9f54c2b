//! The public key as the platform holds it, and what it says of its signature.

use std::fmt;

use flowgate_keys::{KeyError, PublicKey};
use serde_json::Value;

/// What the platform says of the signature it made over the public key.
///
/// Phones take a key only while its signature is valid
/// ([business encryption](https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/business-encryption-api)).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureStatus {
    /// `VALID`: phones use the key.
    Valid,
    /// `MISMATCH`: the signature is of another key or registration, so phones
    /// refuse the key. Uploading the same key again mends it. Happens when a
    /// number is registered again or moved between the two APIs.
    Mismatch,
    /// A status that is not documented, as the platform wrote it.
    Other(String),
    /// The platform did not say.
    NotGiven,
}

/// Holds the public key of a phone number as the platform returned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    text: String,
    status: SignatureStatus,
}

impl PublishedKey {
    /// Reads a reply to the GET, in each shape that is documented or was seen:
    ///
    /// ```json
    /// {"data": [{"business_public_key": "-----BEGIN PUBLIC KEY-----\n…",
    ///            "business_public_key_signature_status": "VALID"}]}
    /// ```
    ///
    /// the same object without `data`, or below `settings`; `public_key` instead
    /// of `business_public_key`. An empty list, no key or a blank one mean that
    /// none was published.
    pub(crate) fn from_body(body: &Value) -> Option<Self> {
        let candidates = [body, &body["data"][0], &body["data"], &body["settings"]];
        candidates.into_iter().find_map(|entry| {
            let text = [&entry["business_public_key"], &entry["public_key"]]
                .into_iter()
                .find_map(Value::as_str)
                .filter(|text| !text.trim().is_empty())?;
            let status = entry
                .as_object()?
                .iter()
                .find(|(name, _)| name.ends_with("signature_status"))
                .and_then(|(_, status)| status.as_str());
            Some(Self {
                text: text.to_owned(),
                status: SignatureStatus::from_text(status),
            })
        })
    }

    /// Returns the key text exactly as the platform gave it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what the platform says of its signature.
    pub fn status(&self) -> &SignatureStatus {
        &self.status
    }

    /// Reads the key text.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if it is not a public key: some other program uploaded it.
    pub fn key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::from_text(&self.text)
    }

    /// Tells whether this is that key, in the form that phones read.
    ///
    /// White space is not compared, all else is: phones drop line breaks and
    /// cut off the exact header and footer line, so that the same key under
    /// another header line, in PKCS #1 or with `\n` in two characters is of no
    /// use to them.
    pub fn holds(&self, key: &PublicKey) -> bool {
        without_white_space(&self.text) == without_white_space(&key.to_spki_pem())
    }

    /// Tells whether phones can use that key now.
    pub fn is_valid(&self, key: &PublicKey) -> bool {
        self.status == SignatureStatus::Valid && self.holds(key)
    }
}

impl SignatureStatus {
    fn from_text(text: Option<&str>) -> Self {
        match text.map(str::trim) {
            None | Some("") => Self::NotGiven,
            Some(text) if text.eq_ignore_ascii_case("VALID") => Self::Valid,
            Some(text) if text.eq_ignore_ascii_case("MISMATCH") => Self::Mismatch,
            Some(text) => Self::Other(crate::refusal::printable(text, MAX_STATUS_CHARACTERS)),
        }
    }
}

/// Writes the status as the platform spells it.
impl fmt::Display for SignatureStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid => f.write_str("VALID"),
            Self::Mismatch => f.write_str("MISMATCH"),
            Self::Other(text) => f.write_str(text),
            Self::NotGiven => f.write_str("not given"),
        }
    }
}

fn without_white_space(text: &str) -> String {
    text.split_whitespace().collect()
}

const MAX_STATUS_CHARACTERS: usize = 40;

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use flowgate_keys::PrivateKey;
    use serde_json::json;

    use super::*;

    static KEY: LazyLock<PublicKey> =
        LazyLock::new(|| PrivateKey::generate().unwrap().public_key().clone());

    #[test]
    fn every_shape_of_the_reply_is_read() {
        let pem = KEY.to_spki_pem();
        let entry = json!({
            "business_public_key": pem,
            "business_public_key_signature_status": "VALID",
        });
        for body in [
            entry.clone(),
            json!({"data": [entry]}),
            json!({"data": entry}),
            json!({"settings": entry, "meta": {"api_status": "stable"}}),
            json!({"settings": {"public_key": pem, "public_key_signature_status": "VALID"}}),
        ] {
            let published = PublishedKey::from_body(&body).unwrap();
            assert!(published.is_valid(&KEY), "{body}");
        }
    }

    #[test]
    fn no_key_in_any_shape_is_none() {
        for body in [
            json!({}),
            json!({"data": []}),
            json!({"data": [{}]}),
            json!({"data": [{"business_public_key_signature_status": "VALID"}]}),
            json!({"data": [{"business_public_key": " "}]}),
            json!({"business_public_key": null}),
            json!([]),
            json!("text"),
        ] {
            assert_eq!(PublishedKey::from_body(&body), None, "{body}");
        }
    }

    #[test]
    fn white_space_is_not_compared_but_form_is() {
        let pem = KEY.to_spki_pem();
        let holds = |text: String| {
            let body = json!({"business_public_key": text});
            PublishedKey::from_body(&body).unwrap().holds(&KEY)
        };
        assert!(holds(pem.replace('\n', "\r\n")));
        assert!(holds(pem.replace('\n', "")));
        assert!(!holds(pem.replace('\n', "\\n")));
        assert!(!holds(pem.replace("PUBLIC KEY", "RSA PUBLIC KEY")));
        assert!(!holds(pem.lines().nth(1).unwrap().to_owned()));
    }

    #[test]
    fn unknown_statuses_are_kept_as_written() {
        for (written, status) in [
            (json!("VALID"), SignatureStatus::Valid),
            (json!("MISMATCH"), SignatureStatus::Mismatch),
            (
                json!("PENDING"),
                SignatureStatus::Other("PENDING".to_owned()),
            ),
            (json!(""), SignatureStatus::NotGiven),
            (json!(null), SignatureStatus::NotGiven),
        ] {
            let body = json!({
                "business_public_key": "x",
                "business_public_key_signature_status": written,
            });
            assert_eq!(*PublishedKey::from_body(&body).unwrap().status(), status);
        }
    }
}
