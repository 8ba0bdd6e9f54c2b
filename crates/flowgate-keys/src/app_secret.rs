//! The request signature: `X-Hub-Signature-256` under the app secret.
//!
//! Implements "Request signature validation" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::fmt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::key_file::{read_bounded, write_secret};
use crate::{KeyError, Overwrite};

/// Name of the HTTP header that carries the signature.
pub const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

const SIGNATURE_PREFIX: &str = "sha256=";
const MAC_BYTES: usize = 32;
const GENERATED_BYTES: usize = 16;

/// Says that a body does not carry a valid signature of a known app secret.
///
/// The reply to it is HTTP 432 with an empty body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signature is missing, malformed or of another app secret")]
pub struct SignatureMismatch;

/// Says why a text cannot be an app secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppSecretError {
    /// Nothing but blanks was given.
    #[error(
        "app secret is empty; copy it from the app dashboard, under \"App settings\", \"Basic\""
    )]
    Empty,
    /// A file of it cannot be read or written.
    #[error(transparent)]
    File(#[from] KeyError),
    /// A file of it is not UTF-8 text.
    #[error("app secret file `{}` is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandomness,
}

/// Holds the secret of the Meta app that is connected to the Flow.
///
/// It is neither the verify token of webhooks nor an access token.
///
/// **Security:** cleared when dropped; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AppSecret(String);

impl AppSecret {
    /// Takes the text of a secret, without blanks around it.
    ///
    /// # Errors
    ///
    /// [`AppSecretError::Empty`] if nothing remains.
    pub fn new(text: &str) -> Result<Self, AppSecretError> {
        match text.trim() {
            "" => Err(AppSecretError::Empty),
            text => Ok(Self(text.to_owned())),
        }
    }

    /// Makes a secret of the form that Meta gives out: 32 hexadecimal digits. For
    /// development, where no Meta app signs.
    ///
    /// # Errors
    ///
    /// [`AppSecretError::NoRandomness`] if the system has none to give.
    pub fn generate() -> Result<Self, AppSecretError> {
        let mut bytes = Zeroizing::new([0; GENERATED_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| AppSecretError::NoRandomness)?;
        Ok(Self(base16ct::lower::encode_string(bytes.as_slice())))
    }

    /// Writes the secret to a file, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`AppSecretError::File`] if it exists and must not be overwritten, or
    /// cannot be written.
    pub fn write_file(
        &self,
        path: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<(), AppSecretError> {
        let line = Zeroizing::new(format!("{}\n", self.0));
        Ok(write_secret(path.as_ref(), line.as_bytes(), overwrite)?)
    }

    /// Returns the secret text; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// Signs a body as WhatsApp does.
    ///
    /// **Shape:** `sha256=` and 64 lower-case hexadecimal digits, the value of
    /// the header [`SIGNATURE_HEADER`].
    pub fn sign(&self, body: &[u8]) -> String {
        let mac = self.mac(body).finalize().into_bytes();
        format!("{SIGNATURE_PREFIX}{}", base16ct::lower::encode_string(&mac))
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(body);
        mac
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret")
    }
}

/// Holds the app secrets that are valid at the moment, at least one.
///
/// While a secret is being reset, both the old and the new one sign requests;
/// with both in the set none is lost.
#[derive(Debug, Clone)]
pub struct AppSecrets(Vec<AppSecret>);

impl AppSecrets {
    /// Starts the set with one secret.
    pub fn new(secret: AppSecret) -> Self {
        Self(vec![secret])
    }

    /// Reads a comma-separated list.
    ///
    /// # Errors
    ///
    /// [`AppSecretError::Empty`] if one of the entries is blank.
    pub fn from_text(text: &str) -> Result<Self, AppSecretError> {
        text.split(',')
            .map(AppSecret::new)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Reads a comma-separated list from a file.
    ///
    /// # Errors
    ///
    /// [`AppSecretError`] if it cannot be read, is no text, or has a blank entry.
    pub fn read_file(path: impl AsRef<Path>) -> Result<Self, AppSecretError> {
        let path = path.as_ref();
        let bytes = read_bounded(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| AppSecretError::NotText {
            path: path.to_owned(),
        })?;
        Self::from_text(text)
    }

    /// Adds a secret that is valid as well.
    #[must_use]
    pub fn and(mut self, secret: AppSecret) -> Self {
        self.0.push(secret);
        self
    }

    /// Returns the first secret, with which a test client signs.
    pub fn first(&self) -> &AppSecret {
        &self.0[0]
    }

    /// Lists the secrets.
    pub fn iter(&self) -> impl Iterator<Item = &AppSecret> {
        self.0.iter()
    }

    /// Checks the header against the body bytes as received.
    ///
    /// Hexadecimal digits may have either case. Macs are compared in constant
    /// time on decoded bytes.
    ///
    /// # Errors
    ///
    /// [`SignatureMismatch`] if the header is not `sha256=` and 64 digits, or
    /// no secret of the set made it.
    pub fn verify(&self, header: &str, body: &[u8]) -> Result<(), SignatureMismatch> {
        let mac = decode_header(header).ok_or(SignatureMismatch)?;
        self.0
            .iter()
            .find(|secret| secret.mac(body).verify_slice(&mac).is_ok())
            .map(|_| ())
            .ok_or(SignatureMismatch)
    }
}

fn decode_header(header: &str) -> Option<[u8; MAC_BYTES]> {
    let digits = header.strip_prefix(SIGNATURE_PREFIX)?;
    let mut mac = [0; MAC_BYTES];
    let decoded = base16ct::mixed::decode(digits, &mut mac).ok()?;
    (decoded.len() == MAC_BYTES).then_some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] =
        br#"{"encrypted_flow_data":"AA\/+","encrypted_aes_key":"BB==","initial_vector":"CC=="}"#;
    const SIGNATURE: &str =
        "sha256=9d59c0cd689c7afdd970e80d6fe60c500e55613b845d1c55a79c0d1250230dd7";

    fn secrets(text: &str) -> AppSecrets {
        AppSecrets::from_text(text).unwrap()
    }

    #[test]
    fn a_known_signature_is_made_and_verified() {
        let secrets = secrets("app-secret");
        assert_eq!(secrets.first().sign(BODY), SIGNATURE);
        assert_eq!(secrets.verify(SIGNATURE, BODY), Ok(()));
    }

    #[test]
    fn digits_may_be_upper_case() {
        let upper = SIGNATURE.to_uppercase().replace("SHA256=", "sha256=");
        assert_eq!(secrets("app-secret").verify(&upper, BODY), Ok(()));
    }

    #[test]
    fn the_body_is_signed_as_received_not_as_parsed() {
        let parsed_again = String::from_utf8(BODY.to_vec()).unwrap().replace('\\', "");
        assert_eq!(
            secrets("app-secret").verify(SIGNATURE, parsed_again.as_bytes()),
            Err(SignatureMismatch)
        );
    }

    #[test]
    fn either_secret_of_a_reset_is_accepted() {
        assert_eq!(secrets("new, app-secret").verify(SIGNATURE, BODY), Ok(()));
        assert_eq!(secrets("app-secret,new").verify(SIGNATURE, BODY), Ok(()));
        assert_eq!(
            secrets("new,newer").verify(SIGNATURE, BODY),
            Err(SignatureMismatch)
        );
    }

    #[test]
    fn malformed_headers_are_rejected() {
        let secrets = secrets("app-secret");
        let digits = &SIGNATURE["sha256=".len()..];
        for header in [
            String::new(),
            "sha256=".to_owned(),
            digits.to_owned(),
            format!("sha1={digits}"),
            format!("SHA256={digits}"),
            format!("sha256={}", &digits[2..]),
            format!("sha256={digits}00"),
            format!("sha256={digits} "),
            format!("sha256=zz{}", &digits[2..]),
            format!("sha256=é{}", &digits[2..]),
        ] {
            assert_eq!(
                secrets.verify(&header, BODY),
                Err(SignatureMismatch),
                "{header:?}"
            );
        }
    }

    #[test]
    fn each_flipped_bit_is_noticed() {
        let secrets = secrets("app-secret");
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(secrets.verify(SIGNATURE, &body), Err(SignatureMismatch));
        }
    }

    #[test]
    fn blank_secrets_are_refused() {
        for text in ["", " ", "one,", ",one", "one, ,two"] {
            assert!(AppSecrets::from_text(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(
            format!("{:?}", secrets("app-secret")),
            "AppSecrets([AppSecret])"
        );
    }
}
