//! Calls a Flow endpoint through its public URL, as WhatsApp does.
//!
//! Implements the caller's side of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint):
//! POST, signed, without redirects and compression, 10 s at most.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flowgate_protocol::keys::SIGNATURE_HEADER;
use flowgate_protocol::phone::PhoneRequest;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Url, redirect};

use crate::connection::{host_of, is_loopback, read_ca_file, tls_error};
use crate::error::{PlatformError, root_cause};
use crate::retry::{SystemTimer, Timer};

/// WhatsApp waits no longer for a reply.
pub(crate) const REPLY_TIMEOUT: Duration = Duration::from_secs(10);

/// Calls one endpoint, on a new connection each time: behind a balancer each
/// call may meet another instance.
#[derive(Clone)]
pub(crate) struct EndpointClient {
    url: Url,
    client: Client,
    timer: Arc<dyn Timer>,
    reply_timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct EndpointReply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) elapsed: Duration,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoReply {
    pub(crate) kind: NoReplyKind,
    pub(crate) problem: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoReplyKind {
    /// Nobody listens, no such host.
    Unreachable,
    /// The certificate was refused, or TLS failed otherwise.
    Tls,
    /// Longer than WhatsApp waits.
    TimedOut,
    /// The connection ended without a whole reply.
    Interrupted,
}

impl EndpointClient {
    /// Sets up the client; nothing is sent yet.
    pub(crate) fn new(url: Url, ca_file: Option<&Path>) -> Result<Self, PlatformError> {
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(PlatformError::configuration(
                format!("`{url}` is not the URL of an endpoint"),
                "give one such as https://flows.example.com/flow",
            ));
        }
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("flowgate/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = ca_file {
            builder = builder.tls_certs_only(read_ca_file(path)?);
        }
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            PlatformError::configuration(
                format!("cannot set up TLS: {}", root_cause(&error)),
                "check that the system has trusted certificates installed (`ca-certificates`)",
            )
        })?;
        Ok(Self {
            url,
            client,
            timer: Arc::new(SystemTimer::new()),
            reply_timeout: REPLY_TIMEOUT,
        })
    }

    /// Sets the clock that measures replies. Defaults to that of the system.
    pub(crate) fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    /// Sets after which time a reply is given up. Defaults to [`REPLY_TIMEOUT`].
    pub(crate) fn reply_timeout(mut self, timeout: Duration) -> Self {
        self.reply_timeout = timeout;
        self
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Sends a request of the phone, signed as it should be.
    pub(crate) async fn send(&self, request: &PhoneRequest) -> Result<EndpointReply, NoReply> {
        self.post(request.body.clone(), Some(&request.signature), None)
            .await
    }

    /// Sends any body, with any signature and wish for compression.
    pub(crate) async fn post(
        &self,
        body: Vec<u8>,
        signature: Option<&str>,
        accept_encoding: Option<&str>,
    ) -> Result<EndpointReply, NoReply> {
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        if let Some(signature) = signature {
            request = request.header(SIGNATURE_HEADER, signature);
        }
        if let Some(encodings) = accept_encoding {
            request = request.header(ACCEPT_ENCODING, encodings);
        }
        self.receive(request).await
    }

    /// Fetches the URL, as a browser or the verification of a webhook would.
    pub(crate) async fn get(&self, query: &[(&str, &str)]) -> Result<EndpointReply, NoReply> {
        let mut url = self.url.clone();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.receive(self.client.get(url)).await
    }

    async fn receive(&self, request: reqwest::RequestBuilder) -> Result<EndpointReply, NoReply> {
        let started = self.timer.now();
        let request = request.timeout(self.reply_timeout);
        let mut response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY_BYTES {
                return Err(NoReply {
                    kind: NoReplyKind::Interrupted,
                    problem: format!("the reply is larger than {MAX_BODY_BYTES} bytes"),
                });
            }
        }
        Ok(EndpointReply {
            status,
            headers,
            body,
            elapsed: self.timer.now().saturating_sub(started),
        })
    }

    fn failed(&self, error: &reqwest::Error) -> NoReply {
        let host = host_of(&self.url);
        let (kind, problem) = if error.is_timeout() {
            let seconds = self.reply_timeout.as_secs_f64();
            let problem = format!("no reply from {host} within {seconds:.1} s");
            (NoReplyKind::TimedOut, problem)
        } else if let Some(tls) = tls_error(error) {
            let problem = format!("no secure connection to {host}: {tls}");
            (NoReplyKind::Tls, problem)
        } else if error.is_connect() {
            let problem = format!("no connection to {host}: {}", root_cause(error));
            (NoReplyKind::Unreachable, problem)
        } else {
            let problem = format!("{host} ended the connection: {}", root_cause(error));
            (NoReplyKind::Interrupted, problem)
        };
        NoReply { kind, problem }
    }
}

impl fmt::Debug for EndpointClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointClient({})", self.url)
    }
}

/// WhatsApp's limit for a payload is 10 MB; base64 adds a third.
const MAX_BODY_BYTES: usize = 14 * 1024 * 1024;
