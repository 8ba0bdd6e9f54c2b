//! Credentials of the platform: access tokens and passwords.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::{Zeroize, Zeroizing};

/// Holds an access token of the Graph API, or the session token of an
/// On-Premises installation.
///
/// A system user's token with the permission `whatsapp_business_messaging` is
/// what a server needs
/// ([permissions](https://developers.facebook.com/docs/whatsapp/business-management-api/get-started)).
///
/// **Security:** cleared when dropped; never printed.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

/// Holds the password of a user of an On-Premises installation.
///
/// **Security:** cleared when dropped; never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Says why a text cannot be a credential.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// Nothing but blanks was given.
    #[error("{what} is empty")]
    Empty {
        /// Which credential.
        what: &'static str,
    },
    /// The text has a character that no token has: a blank in the middle, a
    /// quote, a line break.
    #[error("{what} has a character that none has: a blank, a quote or a line break")]
    NotAToken {
        /// Which credential.
        what: &'static str,
    },
    /// A new password breaks the rules of the installation.
    #[error(
        "new password {rule}; it needs 8 to 64 characters with a digit, an upper-case letter, a \
         lower-case letter and a special character"
    )]
    WeakPassword {
        /// The rule, as "has no digit".
        rule: &'static str,
    },
    /// The file of it cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl AccessToken {
    /// Takes the text of a token, without blanks around it.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Empty`], [`CredentialError::NotAToken`].
    pub fn new(text: &str) -> Result<Self, CredentialError> {
        const WHAT: &str = "access token";
        let text = text.trim();
        if text.is_empty() {
            return Err(CredentialError::Empty { what: WHAT });
        }
        // It becomes a header: what would not fit there was copied wrongly.
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`'))
        {
            return Err(CredentialError::NotAToken { what: WHAT });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Reads a token from a file.
    ///
    /// # Errors
    ///
    /// [`CredentialError`] if it cannot be read or is no token.
    pub fn read_file(path: impl AsRef<Path>) -> Result<Self, CredentialError> {
        Self::new(&read_text(path.as_ref())?)
    }

    /// Returns the token text; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl Password {
    /// Takes a password exactly as given, blanks included.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Empty`].
    pub fn new(text: &str) -> Result<Self, CredentialError> {
        if text.is_empty() {
            return Err(CredentialError::Empty { what: "password" });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Reads a password from a file: its text without the last line end.
    ///
    /// # Errors
    ///
    /// [`CredentialError`] if it cannot be read or is empty.
    pub fn read_file(path: impl AsRef<Path>) -> Result<Self, CredentialError> {
        let text = read_text(path.as_ref())?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Self::new(text.strip_suffix('\r').unwrap_or(text))
    }

    /// Checks the rules that an installation has for new passwords.
    ///
    /// # Errors
    ///
    /// [`CredentialError::WeakPassword`] with the first rule that is broken.
    ///
    /// Source: [users/login](https://developers.facebook.com/docs/whatsapp/on-premises/reference/users/login).
    pub fn check_new(&self) -> Result<(), CredentialError> {
        let weak = |rule| Err(CredentialError::WeakPassword { rule });
        let characters = self.0.chars().count();
        let has = |test: fn(char) -> bool| self.0.chars().any(test);
        match () {
            () if characters < MIN_PASSWORD_CHARACTERS => weak("is too short"),
            () if characters > MAX_PASSWORD_CHARACTERS => weak("is too long"),
            () if !has(|c| c.is_ascii_digit()) => weak("has no digit"),
            () if !has(char::is_uppercase) => weak("has no upper-case letter"),
            () if !has(char::is_lowercase) => weak("has no lower-case letter"),
            () if !has(|c| !c.is_alphanumeric()) => weak("has no special character"),
            () => Ok(()),
        }
    }

    /// Returns the password itself; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, CredentialError> {
    let failed = |source| CredentialError::File {
        path: path.to_owned(),
        source,
    };
    // One allocation up front: growing would leave copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_BYTES + 1));
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(failed(io::Error::other(format!(
            "it is larger than {MAX_FILE_BYTES} bytes, which no credential is"
        ))));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(failed(io::Error::other("it is not UTF-8 text")))
        }
    }
}

/// Far above any token; a path of something else is the usual reason for more.
const MAX_FILE_BYTES: usize = 16 * 1024;
const MIN_PASSWORD_CHARACTERS: usize = 8;
const MAX_PASSWORD_CHARACTERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let token = AccessToken::new("EAAB-secret").unwrap();
        let password = Password::new("Top$ecret1").unwrap();
        assert_eq!(
            format!("{token:?} {password:?}"),
            "AccessToken Password".to_owned()
        );
    }

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(AccessToken::new(" EAAB\n").unwrap().expose_secret(), "EAAB");
        for text in ["", " \n", "EA AB", "\"EAAB\"", "EA\nAB", "é"] {
            assert!(AccessToken::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn new_passwords_follow_the_rules_of_the_installation() {
        assert!(Password::new("Passw0rd!").unwrap().check_new().is_ok());
        let long = format!("Aa1!{}", "x".repeat(61));
        for (text, rule) in [
            ("Pw0!", "is too short"),
            (long.as_str(), "is too long"),
            ("Password!", "has no digit"),
            ("passw0rd!", "has no upper-case letter"),
            ("PASSW0RD!", "has no lower-case letter"),
            ("Passw0rds", "has no special character"),
        ] {
            let error = Password::new(text).unwrap().check_new().unwrap_err();
            assert!(error.to_string().contains(rule), "{text}: {error}");
        }
    }
}
