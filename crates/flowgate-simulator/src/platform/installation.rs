//! The On-Premises installation: its users and their logins.
//!
//! Documents: [Login](https://developers.facebook.com/docs/whatsapp/on-premises/reference/users/login)
//! and [Users](https://developers.facebook.com/docs/whatsapp/on-premises/reference/users).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::LOGIN_LIFETIME;
use super::access_token::random_text;
use crate::SimulatorError;

/// User of a fresh installation.
pub(crate) const FIRST_USER: &str = "admin";
/// Its password, which the first login has to change.
const FIRST_PASSWORD: &str = "secret";

/// Shapes of `GET /v1/settings/business/whatsapp_business_encryption`: no
/// public document shows one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnPremisesReadShape {
    /// The two fields beside `meta`.
    #[default]
    Flat,
    /// Within `data[]`.
    Data,
    /// Within `settings`, the key named `public_key` as in the upload.
    Settings,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Installation {
    /// Version of the client, such as `2.53.3`.
    pub(crate) version: String,
    login_seconds: u64,
    users: Vec<User>,
    #[serde(skip)]
    logins: Vec<Login>,
}

#[derive(Clone, Serialize, Deserialize)]
struct User {
    name: String,
    password: String,
    must_change: bool,
}

#[derive(Clone)]
struct Login {
    token: String,
    user: String,
    expires_at: u64,
    calls_left: Option<u32>,
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation")
            .field("version", &self.version)
            .field("users", &self.users.len())
            .field("logins", &self.logins.len())
            .finish()
    }
}

/// Why a login or a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginRefusal {
    WrongCredentials,
    NewPasswordRequired,
    WeakPassword,
    NoRandomness,
}

impl Installation {
    /// A fresh one: `admin` with `secret`, to be changed by the first login.
    pub(crate) fn fresh() -> Self {
        Self {
            version: "2.53.3".to_owned(),
            login_seconds: LOGIN_LIFETIME.as_secs(),
            users: vec![User {
                name: FIRST_USER.to_owned(),
                password: FIRST_PASSWORD.to_owned(),
                must_change: true,
            }],
            logins: Vec::new(),
        }
    }

    /// Sets a password as if somebody had logged in before.
    pub(crate) fn set_password(&mut self, password: &str) -> Result<(), SimulatorError> {
        if !is_strong(password) {
            return Err(SimulatorError::WeakPassword);
        }
        for user in &mut self.users {
            password.clone_into(&mut user.password);
            user.must_change = false;
        }
        Ok(())
    }

    pub(crate) fn set_login_seconds(&mut self, seconds: u64) {
        self.login_seconds = seconds;
    }

    /// Tells whether the setting exists: from client version 2.51 on.
    pub(crate) fn knows_the_key(&self) -> bool {
        let mut parts = self
            .version
            .split('.')
            .map(|part| part.parse().unwrap_or(0_u32));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        version >= (2, 51)
    }

    /// Returns a token and when it ends.
    pub(crate) fn log_in(
        &mut self,
        name: &str,
        password: &str,
        new_password: Option<&str>,
        now: u64,
    ) -> Result<(String, u64), LoginRefusal> {
        let user = self
            .users
            .iter_mut()
            .find(|user| user.name == name && user.password == password)
            .ok_or(LoginRefusal::WrongCredentials)?;
        match new_password {
            None if user.must_change => return Err(LoginRefusal::NewPasswordRequired),
            None => {}
            Some(new) if !is_strong(new) => return Err(LoginRefusal::WeakPassword),
            Some(new) => {
                new.clone_into(&mut user.password);
                user.must_change = false;
            }
        }
        let token = random_text().map_err(|_| LoginRefusal::NoRandomness)?;
        let expires_at = now.saturating_add(self.login_seconds);
        self.logins.retain(|login| login.expires_at > now);
        self.logins.push(Login {
            token: token.clone(),
            user: name.to_owned(),
            expires_at,
            calls_left: None,
        });
        Ok((token, expires_at))
    }

    /// Ends one login.
    pub(crate) fn log_out(&mut self, token: &str) {
        self.logins.retain(|login| login.token != token);
    }

    /// Accepts a token and counts the call against it.
    pub(crate) fn use_login(&mut self, token: &str, now: u64) -> Result<(), LoginRefusal> {
        let login = self
            .logins
            .iter_mut()
            .find(|login| login.token == token && login.expires_at > now)
            .ok_or(LoginRefusal::WrongCredentials)?;
        tracing::debug!(user = login.user, "authorized");
        match &mut login.calls_left {
            Some(0) => Err(LoginRefusal::WrongCredentials),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(crate) fn expire_after(&mut self, calls: u32) {
        for login in &mut self.logins {
            login.calls_left = Some(calls);
        }
    }
}

/// 8 to 64 characters with a digit, an upper-case, a lower-case and a special one.
fn is_strong(password: &str) -> bool {
    let letters = password.chars().count();
    (8..=64).contains(&letters)
        && password.contains(|letter: char| letter.is_ascii_digit())
        && password.contains(char::is_uppercase)
        && password.contains(char::is_lowercase)
        && password.contains(|letter: char| !letter.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_need_four_kinds_and_a_length() {
        assert!(is_strong("Secret-1"));
        for weak in ["Secre-1", "secret-1", "SECRET-1", "Secret-x", "Secret11"] {
            assert!(!is_strong(weak), "{weak}");
        }
        assert!(!is_strong(&format!("Aa1-{}", "x".repeat(61))));
    }

    #[test]
    fn setting_exists_from_2_51_on() {
        let mut installation = Installation::fresh();
        for (version, known) in [
            ("2.50.9", false),
            ("2.51.0", true),
            ("2.51", true),
            ("3.0.0", true),
            ("x", false),
        ] {
            installation.version = version.to_owned();
            assert_eq!(installation.knows_the_key(), known, "{version}");
        }
    }
}
