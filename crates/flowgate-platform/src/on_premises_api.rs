//! The On-Premises API: the public key of the one number of an installation.
//!
//! Implements [settings/business/whatsapp_business_encryption](https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/business-whatsapp-business-encryption)
//! and [users/login](https://developers.facebook.com/docs/whatsapp/on-premises/reference/users/login).
//! WhatsApp closed this API for most businesses in October 2025; extended
//! installations and stand-ins speak it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use flowgate_keys::PublicKey;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use time::macros::format_description;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::access_token::{AccessToken, CredentialError, Password};
use crate::cloud_api::REQUEST_TIMEOUT;
use crate::connection::{Connection, ConnectionSettings, JsonReply, bearer};
use crate::error::PlatformError;
use crate::published_key::PublishedKey;
use crate::refusal::{Api, Cause};

/// Speaks to one installation; logs in when it has to. Clones share the session.
///
/// Each method is one call, tried once but for a session that has ended: then
/// it logs in and repeats the call. [`Bootstrap`](crate::Bootstrap) tries again
/// where that can help.
#[derive(Clone)]
pub struct OnPremisesApi {
    connection: Connection,
    login: Arc<Login>,
    session: Arc<Mutex<Option<Session>>>,
}

/// Collects the settings of an [`OnPremisesApi`].
#[must_use]
pub struct OnPremisesApiBuilder {
    settings: ConnectionSettings,
    login: Login,
}

struct Login {
    user: String,
    password: Password,
    new_password: Option<Password>,
}

#[derive(Clone)]
struct Session {
    token: AccessToken,
    /// When to log in anew; none if the reply did not say.
    ends: Option<Instant>,
}

impl OnPremisesApi {
    /// Starts with what is required: the installation's URL, as
    /// `https://localhost:9090`, and a user of it.
    pub fn builder(
        base_url: impl Into<String>,
        user: impl Into<String>,
        password: Password,
    ) -> OnPremisesApiBuilder {
        OnPremisesApiBuilder {
            settings: ConnectionSettings {
                api: Api::OnPremises,
                base_url: base_url.into(),
                ca_file: None,
                request_timeout: REQUEST_TIMEOUT,
            },
            login: Login {
                user: user.into(),
                password,
                new_password: None,
            },
        }
    }

    /// Returns host and port, for messages and logs.
    pub fn host(&self) -> String {
        self.connection.host()
    }

    /// Uploads the public key of the installation's number.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn upload_public_key(&self, key: &PublicKey) -> Result<(), PlatformError> {
        let body = json!({ "public_key": key.to_spki_pem() });
        let reply = self.call(Method::POST, Some(&body)).await?;
        // `{"meta": {"api_status": "stable", "version": "2.51.1"}}`
        match &reply.body["meta"] {
            Value::Object(_) => Ok(()),
            _ => Err(self.connection.missing(reply.status, "no `meta` in it")),
        }
    }

    /// Reads the published key; none if there is none.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn read_public_key(&self) -> Result<Option<PublishedKey>, PlatformError> {
        let reply = self.call(Method::GET, None).await?;
        Ok(PublishedKey::from_body(&reply.body))
    }

    async fn call(&self, method: Method, body: Option<&Value>) -> Result<JsonReply, PlatformError> {
        let token = self.session_token(None).await?;
        match self.call_with(&token, method.clone(), body).await {
            Err(error) if is_ended_session(&error) => {
                let token = self.session_token(Some(&token)).await?;
                self.call_with(&token, method, body).await
            }
            result => result,
        }
    }

    async fn call_with(
        &self,
        token: &AccessToken,
        method: Method,
        body: Option<&Value>,
    ) -> Result<JsonReply, PlatformError> {
        let url = self.connection.url(&SETTING);
        let secret = token.expose_secret();
        self.connection
            .send(method, url, bearer(secret), body, secret)
            .await
    }

    /// Returns a token that is good by all that is known: one login at a time,
    /// and none if another task has just renewed what was `refused`.
    async fn session_token(
        &self,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, PlatformError> {
        let mut session = self.session.lock().await;
        if let Some(current) = &*session {
            let is_over = current.ends.is_some_and(|ends| Instant::now() >= ends);
            let is_refused = refused
                .is_some_and(|refused| refused.expose_secret() == current.token.expose_secret());
            if !is_over && !is_refused {
                return Ok(current.token.clone());
            }
        }
        let fresh = self.log_in().await?;
        let token = fresh.token.clone();
        *session = Some(fresh);
        Ok(token)
    }

    /// Logs in. With a new password set, that one is tried first: it is in
    /// force if an earlier run was interrupted after changing it.
    async fn log_in(&self) -> Result<Session, PlatformError> {
        let Some(new_password) = &self.login.new_password else {
            return self.log_in_with(&self.login.password, None).await;
        };
        match self.log_in_with(new_password, None).await {
            Err(error) if is_ended_session(&error) => {
                self.log_in_with(&self.login.password, Some(new_password))
                    .await
            }
            result => result,
        }
    }

    async fn log_in_with(
        &self,
        password: &Password,
        new_password: Option<&Password>,
    ) -> Result<Session, PlatformError> {
        let secret = password.expose_secret();
        let authorization = basic(&self.login.user, secret);
        let body = new_password.map_or_else(
            || json!({}),
            |new| json!({ "new_password": new.expose_secret() }),
        );
        let url = self.connection.url(&LOGIN);
        let reply = self
            .connection
            .send(Method::POST, url, authorization, Some(&body), secret)
            .await?;
        let user = &reply.body["users"][0];
        let token = user["token"]
            .as_str()
            .and_then(|token| AccessToken::new(token).ok())
            .ok_or_else(|| {
                self.connection
                    .missing(reply.status, "no `users[0].token` in it")
            })?;
        // Counted from the server's clock, so that ours may be wrong.
        let ends = user["expires_after"].as_str().and_then(|text| {
            let lifetime = parse_expiry(text)?
                .duration_since(reply.date.unwrap_or_else(SystemTime::now))
                .unwrap_or_default();
            Instant::now().checked_add(lifetime.saturating_sub(RENEW_BEFORE_END))
        });
        Ok(Session { token, ends })
    }
}

impl OnPremisesApiBuilder {
    /// Sets the password that the first login of a fresh installation has to
    /// give instead of the initial one. Defaults to none. May stay set: a login
    /// tries it first.
    ///
    /// # Errors
    ///
    /// [`CredentialError::WeakPassword`].
    pub fn new_password(mut self, password: Password) -> Result<Self, CredentialError> {
        password.check_new()?;
        self.login.new_password = Some(password);
        Ok(self)
    }

    /// Trusts the certificates of a PEM file, and no others. Defaults to those
    /// of the system.
    ///
    /// An installation comes with a self-signed certificate: name the file of
    /// it, or of the CA of the one that replaced it.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// Sets the longest time for one call. Defaults to [`REQUEST_TIMEOUT`].
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.settings.request_timeout = timeout;
        self
    }

    /// Sets up the client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`PlatformError::Configuration`] or [`PlatformError::CaFile`].
    pub fn build(self) -> Result<OnPremisesApi, PlatformError> {
        if self.login.user.is_empty() || self.login.user.contains(':') {
            return Err(PlatformError::configuration(
                "the user name of the installation is empty or has a colon",
                "give the name alone, such as `admin`; the password has an option of its own",
            ));
        }
        Ok(OnPremisesApi {
            connection: self.settings.connect()?,
            login: Arc::new(self.login),
            session: Arc::default(),
        })
    }
}

impl fmt::Debug for OnPremisesApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnPremisesApi({})", self.connection.host())
    }
}

impl fmt::Debug for OnPremisesApiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnPremisesApiBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Makes the `Basic` credentials of [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617).
fn basic(user: &str, password: &str) -> HeaderValue {
    let clear = Zeroizing::new(format!("{user}:{password}"));
    let encoded = Zeroizing::new(base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        clear.as_bytes(),
    ));
    let mut value =
        HeaderValue::try_from(format!("Basic {}", *encoded)).expect("base64 is visible ASCII");
    value.set_sensitive(true);
    value
}

/// Tells whether the installation wants a login, or another one.
fn is_ended_session(error: &PlatformError) -> bool {
    match error {
        PlatformError::Refused(refusal) => refusal.cause() == Cause::InvalidLogin,
        PlatformError::UnexpectedBody { status, .. } => *status == 401,
        _ => false,
    }
}

/// Reads `2018-03-01 15:29:26+00:00`.
fn parse_expiry(text: &str) -> Option<SystemTime> {
    let format = format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second][offset_hour sign:mandatory]:[offset_minute]"
    );
    time::OffsetDateTime::parse(text.trim(), &format)
        .ok()
        .map(SystemTime::from)
}

const LOGIN: [&str; 3] = ["v1", "users", "login"];
const SETTING: [&str; 4] = ["v1", "settings", "business", "whatsapp_business_encryption"];
/// A call that is under way when the token ends is refused: renew before.
const RENEW_BEFORE_END: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_expiry_is_read() {
        let seconds = |text| {
            parse_expiry(text)
                .unwrap()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap()
                .as_secs()
        };
        assert_eq!(seconds("2018-03-01 15:29:26+00:00"), 1_519_918_166);
        assert_eq!(seconds("2018-03-01 15:29:26+01:00"), 1_519_914_566);
        assert_eq!(parse_expiry("soon"), None);
    }
}
