//! The Cloud API: the public key of each phone number of an account.
//!
//! Implements [business encryption](https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/business-encryption-api)
//! and the list of [phone numbers](https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers).

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use flowgate_keys::{PhoneNumberId, PublicKey};
use reqwest::Method;
use serde_json::{Value, json};

use crate::access_token::AccessToken;
use crate::connection::{Connection, ConnectionSettings, JsonReply, bearer};
use crate::error::PlatformError;
use crate::published_key::PublishedKey;
use crate::refusal::{Api, printable};

/// Where WhatsApp's own servers are.
pub const GRAPH_URL: &str = "https://graph.facebook.com";

/// The version of the Graph API that is asked for unless another is set.
pub const GRAPH_VERSION: &str = "v23.0";

/// Longest time for one call unless another is set: uploads are signed while
/// the caller waits.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Speaks to the Cloud API with one access token. Clones share connections.
///
/// Each method is one call, tried once; [`Bootstrap`](crate::Bootstrap) tries
/// again where that can help.
#[derive(Debug, Clone)]
pub struct CloudApi {
    connection: Connection,
    version: String,
    access_token: AccessToken,
}

/// Collects the settings of a [`CloudApi`].
#[derive(Debug)]
#[must_use]
pub struct CloudApiBuilder {
    settings: ConnectionSettings,
    version: String,
    access_token: AccessToken,
}

/// Names a WhatsApp Business Account by its id: digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WabaId(String);

/// Says that a text is not the id of a WhatsApp Business Account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not the id of a WhatsApp Business Account: it is digits only")]
pub struct NotAWabaId {
    found: String,
}

/// Describes a phone number of a WhatsApp Business Account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedPhoneNumber {
    /// Its id, which the calls take.
    pub id: PhoneNumberId,
    /// The telephone number for people, as `+1 555-0100`.
    pub display_phone_number: Option<String>,
    /// The name that chats show.
    pub verified_name: Option<String>,
}

impl CloudApi {
    /// Starts with the one thing that is required.
    pub fn builder(access_token: AccessToken) -> CloudApiBuilder {
        CloudApiBuilder {
            settings: ConnectionSettings {
                api: Api::Cloud,
                base_url: GRAPH_URL.to_owned(),
                ca_file: None,
                request_timeout: REQUEST_TIMEOUT,
            },
            version: GRAPH_VERSION.to_owned(),
            access_token,
        }
    }

    /// Returns host and port, for messages and logs.
    pub fn host(&self) -> String {
        self.connection.host()
    }

    /// Uploads the public key of a phone number; WhatsApp signs it meanwhile.
    ///
    /// A number has one key: this replaces the former one at once.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn upload_public_key(
        &self,
        number: &PhoneNumberId,
        key: &PublicKey,
    ) -> Result<(), PlatformError> {
        // JSON rather than a form: a form turns an unencoded `+` into a blank.
        let body = json!({ "business_public_key": key.to_spki_pem() });
        let reply = self
            .call(
                Method::POST,
                &[number.as_str(), ENCRYPTION],
                &[],
                Some(&body),
            )
            .await?;
        match &reply.body["success"] {
            Value::Bool(true) => Ok(()),
            _ => Err(self
                .connection
                .missing(reply.status, "no `\"success\": true` in it")),
        }
    }

    /// Reads the published key of a phone number; none if it has none.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn read_public_key(
        &self,
        number: &PhoneNumberId,
    ) -> Result<Option<PublishedKey>, PlatformError> {
        let reply = self
            .call(Method::GET, &[number.as_str(), ENCRYPTION], &[], None)
            .await?;
        Ok(PublishedKey::from_body(&reply.body))
    }

    /// Lists one page of the phone numbers of an account, and where the next
    /// page starts.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn list_phone_numbers(
        &self,
        account: &WabaId,
        after: Option<&str>,
    ) -> Result<(Vec<ListedPhoneNumber>, Option<String>), PlatformError> {
        let mut query = vec![
            ("fields", "id,display_phone_number,verified_name"),
            ("limit", PAGE_SIZE),
        ];
        query.extend(after.map(|cursor| ("after", cursor)));
        let reply = self
            .call(
                Method::GET,
                &[account.as_str(), "phone_numbers"],
                &query,
                None,
            )
            .await?;
        let Some(entries) = reply.body["data"].as_array() else {
            return Err(self.connection.missing(reply.status, "no `data` in it"));
        };
        let numbers = entries.iter().filter_map(ListedPhoneNumber::from_entry);
        // The last page has a cursor too, but no `next`. The URL in `next` is
        // not followed: it may carry the token, and it is not ours.
        let paging = &reply.body["paging"];
        let next = paging["next"]
            .as_str()
            .and(paging["cursors"]["after"].as_str())
            .map(str::to_owned);
        Ok((numbers.collect(), next))
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<JsonReply, PlatformError> {
        let mut url = self
            .connection
            .url(&[&[self.version.as_str()], path].concat());
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let secret = self.access_token.expose_secret();
        self.connection
            .send(method, url, bearer(secret), body, secret)
            .await
    }
}

impl CloudApiBuilder {
    /// Sets the server. Defaults to [`GRAPH_URL`]; http is taken only for this
    /// machine, where stand-ins run.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.base_url = url.into();
        self
    }

    /// Sets the version of the Graph API. Defaults to [`GRAPH_VERSION`].
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Trusts the certificates of a PEM file, and no others. Defaults to those
    /// of the system.
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
    pub fn build(self) -> Result<CloudApi, PlatformError> {
        let digits = self.version.strip_prefix('v').unwrap_or_default();
        let is_version = digits.split('.').count() == 2
            && digits
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if !is_version {
            return Err(PlatformError::configuration(
                format!("`{}` is not a version of the Graph API", self.version),
                "give one such as v23.0",
            ));
        }
        Ok(CloudApi {
            connection: self.settings.connect()?,
            version: self.version,
            access_token: self.access_token,
        })
    }
}

impl WabaId {
    /// Takes an id as WhatsApp Manager shows it.
    ///
    /// # Errors
    ///
    /// [`NotAWabaId`] if it is not all digits.
    pub fn new(text: &str) -> Result<Self, NotAWabaId> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAWabaId {
                found: text.to_owned(),
            })
        }
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WabaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ListedPhoneNumber {
    fn from_entry(entry: &Value) -> Option<Self> {
        let words = |name: &str| {
            let text = entry[name].as_str()?;
            Some(printable(text, MAX_NAME_CHARACTERS)).filter(|text| !text.is_empty())
        };
        Some(Self {
            id: PhoneNumberId::new(entry["id"].as_str()?).ok()?,
            display_phone_number: words("display_phone_number"),
            verified_name: words("verified_name"),
        })
    }
}

const ENCRYPTION: &str = "whatsapp_business_encryption";
const PAGE_SIZE: &str = "100";
const MAX_NAME_CHARACTERS: usize = 80;
