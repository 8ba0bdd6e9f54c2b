//! A small phone: fetches the published key, encrypts with it, and does with
//! the reply what WhatsApp's clients do.
//!
//! Documents: [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint)
//! and [error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes).

mod load;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use flowgate_keys::{AppSecret, KeyError, PhoneNumberId, PublicKey, SIGNATURE_HEADER};
use flowgate_protocol::phone::{PhoneRequest, ReplyError};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, redirect};
use serde_json::Value;

pub use self::load::{Load, LoadReport};
use crate::{Platform, PublishedKey, SignatureStatus, UnreadableKey};

/// WhatsApp waits no longer for a reply.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A phone in a chat with one business number, and WhatsApp's server behind it
/// that signs its requests.
///
/// It fetches the public key of the number once and keeps it, as phones do: a
/// new key reaches it only when the endpoint answers 421, or when it is told to
/// [forget](Self::forget_key) the old one.
#[derive(Debug)]
pub struct Phone {
    client: reqwest::Client,
    keys: KeySource,
    number: PhoneNumberId,
    endpoint: String,
    app_secret: AppSecret,
    cached: Mutex<Option<PublicKey>>,
    refresh_after: Option<u64>,
    sent: AtomicU64,
}

#[derive(Debug, Clone)]
enum KeySource {
    Platform(Platform),
    /// Base URL of the control API of a stand-in in another process.
    Control(String),
}

/// A reply that a phone understands.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PhoneReply {
    /// 200, or 427: the flow token is no longer valid.
    pub status: u16,
    /// The opened body.
    pub body: Value,
    /// Whether the endpoint answered 421 first, so that the phone fetched the
    /// key and tried again.
    pub key_refetched: bool,
    /// Time from the first request to the reply.
    pub took: Duration,
}

/// Where a phone shows its user an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// The number has no key: `public-key-missing`.
    #[error("the number {number} has no business public key")]
    PublicKeyMissing {
        /// The phone number id.
        number: PhoneNumberId,
    },
    /// The key's signature does not match: `public-key-signature-verification`.
    #[error("the signature of the business public key of {number} does not match")]
    SignatureMismatch {
        /// The phone number id.
        number: PhoneNumberId,
    },
    /// The stored text is no key to a phone.
    #[error(transparent)]
    UnreadableKey(#[from] UnreadableKey),
    /// The stand-in does not know the number or cannot be asked.
    #[error("the key cannot be fetched: {reason}")]
    NoPlatform {
        /// What happened.
        reason: String,
    },
    /// The request cannot be encrypted here.
    #[error(transparent)]
    Encryption(#[from] KeyError),
    /// The certificates to trust cannot be used.
    #[error("the certificates to trust cannot be used: {reason}")]
    Authority {
        /// What is wrong with them.
        reason: String,
    },
    /// The endpoint took more than 10 s: `timeout_error`.
    #[error("no reply within {} s", TIMEOUT.as_secs())]
    Timeout,
    /// The endpoint cannot be reached.
    #[error("the endpoint cannot be reached: {0}")]
    Unreachable(#[source] reqwest::Error),
    /// The endpoint answered 421 to the key that the platform publishes.
    #[error("the endpoint cannot decrypt with the published key: status 421 twice")]
    CannotDecrypt,
    /// The endpoint answered with a status that phones do not read.
    #[error("unexpected status {status}")]
    UnexpectedStatus {
        /// HTTP status.
        status: u16,
    },
    /// The reply cannot be opened.
    #[error(transparent)]
    Reply(#[from] ReplyError),
}

impl Phone {
    /// Makes a phone whose key comes from a platform in this process.
    ///
    /// # Errors
    ///
    /// [`PhoneError::Unreachable`] if the TLS library cannot be set up.
    pub fn new(
        platform: &Platform,
        number: PhoneNumberId,
        endpoint: impl Into<String>,
        app_secret: AppSecret,
    ) -> Result<Self, PhoneError> {
        let keys = KeySource::Platform(platform.clone());
        Self::with_keys(keys, number, endpoint.into(), app_secret)
    }

    /// Makes a phone whose key comes from a stand-in in another process, by its
    /// [control URL](crate::Simulator::control_url).
    ///
    /// # Errors
    ///
    /// [`PhoneError::Unreachable`] if the TLS library cannot be set up.
    pub fn over_control(
        control_url: impl Into<String>,
        number: PhoneNumberId,
        endpoint: impl Into<String>,
        app_secret: AppSecret,
    ) -> Result<Self, PhoneError> {
        let keys = KeySource::Control(control_url.into());
        Self::with_keys(keys, number, endpoint.into(), app_secret)
    }

    fn with_keys(
        keys: KeySource,
        number: PhoneNumberId,
        endpoint: String,
        app_secret: AppSecret,
    ) -> Result<Self, PhoneError> {
        let client = client().build().map_err(PhoneError::Unreachable)?;
        Ok(Self {
            client,
            keys,
            number,
            endpoint,
            app_secret,
            cached: Mutex::new(None),
            refresh_after: None,
            sent: AtomicU64::new(0),
        })
    }

    /// Trusts the certificates of a PEM text for the endpoint, and no others.
    /// Defaults to those of the system, as WhatsApp takes those of public
    /// authorities only.
    ///
    /// # Errors
    ///
    /// [`PhoneError::Authority`] if it holds no certificate.
    pub fn trust(mut self, authority_pem: &str) -> Result<Self, PhoneError> {
        let failed = |error: reqwest::Error| PhoneError::Authority {
            reason: error.to_string(),
        };
        let certificates =
            Certificate::from_pem_bundle(authority_pem.as_bytes()).map_err(failed)?;
        if certificates.is_empty() {
            return Err(PhoneError::Authority {
                reason: "it holds no certificate in PEM".to_owned(),
            });
        }
        let client = client().tls_certs_only(certificates);
        self.client = client.build().map_err(failed)?;
        Ok(self)
    }

    /// Fetches the key anew after so many requests, so that a new key comes
    /// into use although the old one still works. Defaults to never: how long
    /// real phones keep a key is not documented.
    #[must_use]
    pub fn refresh_after(mut self, requests: u64) -> Self {
        self.refresh_after = Some(requests);
        self
    }

    /// Sends a clear request, such as `{"version": "3.0", "action": "ping"}`,
    /// encrypted and signed, and opens the reply.
    ///
    /// On 421 it fetches the key again and tries once more, with a fresh AES
    /// key and initial vector.
    ///
    /// # Errors
    ///
    /// [`PhoneError`] wherever a phone shows an error.
    pub async fn send(&self, clear: &Value) -> Result<PhoneReply, PhoneError> {
        let started = Instant::now();
        let clear = clear.to_string();
        let mut key_refetched = false;
        let sent = self.sent.fetch_add(1, Ordering::Relaxed);
        if let Some(requests) = self.refresh_after
            && sent.is_multiple_of(requests.max(1))
        {
            self.forget_key();
        }
        loop {
            let key = self.key().await?;
            let request = PhoneRequest::new(&key, &self.app_secret, clear.as_bytes())?;
            let (status, body) = self.post(&request).await?;
            match status {
                200 | 427 => {
                    return Ok(PhoneReply {
                        status,
                        body: request.open_reply(&body)?,
                        key_refetched,
                        took: started.elapsed(),
                    });
                }
                421 if key_refetched => return Err(PhoneError::CannotDecrypt),
                421 => {
                    self.forget_key();
                    key_refetched = true;
                }
                status => return Err(PhoneError::UnexpectedStatus { status }),
            }
        }
    }

    /// Drops the cached key, as a phone that was newly installed.
    pub fn forget_key(&self) {
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns the key that it has or fetches one.
    async fn key(&self) -> Result<PublicKey, PhoneError> {
        let cached = self
            .cached
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(key) = cached {
            return Ok(key);
        }
        let number = || self.number.clone();
        let published = self
            .fetch()
            .await?
            .filter(|key| !key.business_public_key.trim_ascii().is_empty())
            .ok_or_else(|| PhoneError::PublicKeyMissing { number: number() })?;
        if published.business_public_key_signature_status != SignatureStatus::Valid {
            return Err(PhoneError::SignatureMismatch { number: number() });
        }
        let key = published.read_as_client()?;
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        Ok(key)
    }

    async fn fetch(&self) -> Result<Option<PublishedKey>, PhoneError> {
        match &self.keys {
            KeySource::Platform(platform) => {
                platform
                    .published_key(&self.number)
                    .map_err(|error| PhoneError::NoPlatform {
                        reason: error.to_string(),
                    })
            }
            KeySource::Control(url) => self.fetch_over_control(url).await,
        }
    }

    async fn fetch_over_control(&self, url: &str) -> Result<Option<PublishedKey>, PhoneError> {
        let failed = |reason: String| PhoneError::NoPlatform { reason };
        let reply = self
            .client
            .get(format!("{url}/numbers/{}", self.number))
            .send()
            .await
            .map_err(|error| failed(error.to_string()))?;
        let status = reply.status();
        let body = reply
            .bytes()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !status.is_success() {
            return Err(failed(format!("the control API answers {status}")));
        }
        let mut number: Value =
            serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))?;
        serde_json::from_value(number["key"].take()).map_err(|error| failed(error.to_string()))
    }

    async fn post(&self, request: &PhoneRequest) -> Result<(u16, String), PhoneError> {
        let failed = |error: reqwest::Error| {
            if error.is_timeout() {
                PhoneError::Timeout
            } else {
                PhoneError::Unreachable(error)
            }
        };
        let reply = self
            .client
            .post(&self.endpoint)
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, &request.signature)
            .body(request.body.clone())
            .send()
            .await
            .map_err(failed)?;
        let status = reply.status().as_u16();
        let body = reply.bytes().await.map_err(failed)?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// As WhatsApp: no redirects, no compression.
fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
}
