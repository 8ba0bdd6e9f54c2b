//! Runs operations on a GraphQL server elsewhere.
//!
//! Speaks [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/):
//! POST with a JSON body.

mod introspection;

use std::{error::Error, fmt, time::Duration};

use async_graphql::{ErrorExtensionValues, PathSegment, Response, ServerError, Value};
use flowgate_protocol::{FlowToken, ScreenId};
use reqwest::{
    Client, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use serde_json::{Value as Json, json};

use crate::{FlowContext, OperationCall, RunOperation, SchemaSdl};

/// How long a server may take to answer: below the eight seconds of an
/// exchange, so that the user reads a text on his screen.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_millis(6500);

/// Largest reply that is read, in bytes: screens show little.
pub const DEFAULT_MAX_REPLY_BYTES: usize = 4 * 1024 * 1024;

/// The header that names a mutation, so that the same one sent again has no
/// second effect: 64 hexadecimal digits.
///
/// Source: [The Idempotency-Key HTTP Header Field](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";

/// The member of the request's `extensions` that says on whose behalf an
/// operation runs.
///
/// ```json
/// {"event": "DATA_EXCHANGE", "screen": "SUMMARY", "flow_token": "…", "subject": "…",
///  "flow": "…", "flow_version": "…", "idempotency_key": "…"}
/// ```
///
/// Members without a value are left out; the three in the middle are those of
/// a signed flow token.
pub const CONTEXT_EXTENSION: &str = "flowgate";

/// Runs operations on a GraphQL server over HTTP.
///
/// Connections are kept and used again; redirects are not followed. Who is
/// asking travels in [`CONTEXT_EXTENSION`], so that the server must be the
/// business's own. Whatever goes wrong on the way is an error of the schema
/// with a code such as `REMOTE_TIMEOUT`, `REMOTE_UNREACHABLE`,
/// `REMOTE_TOO_LARGE`, `REMOTE_NOT_GRAPHQL` or `REMOTE_STATUS_503`.
///
/// **Security:** the values of headers and the URL's user information are never
/// printed.
#[derive(Clone)]
pub struct RemoteSchema {
    client: Client,
    url: Url,
    max_reply_bytes: usize,
}

/// Collects how to reach a GraphQL server.
#[must_use = "a schema is made by `build`"]
pub struct RemoteSchemaBuilder {
    url: String,
    headers: Vec<(String, String)>,
    timeout: Duration,
    max_reply_bytes: usize,
}

/// Says why a GraphQL server cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteSchemaError {
    /// The URL cannot be called.
    #[error("`{url}` is no http or https URL")]
    Url {
        /// The URL without user information.
        url: String,
    },
    /// A header cannot be sent. Its value is not shown.
    #[error(
        "header `{name}` cannot be sent: its name or value has characters that headers do not have"
    )]
    Header {
        /// The name.
        name: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    /// The server did not describe its schema.
    #[error(
        "{host} does not describe its schema ({reason}); introspection is often off in \
         production: give the schema as a file"
    )]
    Introspection {
        /// Host and port.
        host: String,
        /// The code of what went wrong, or what is missing.
        reason: String,
    },
}

impl RemoteSchema {
    /// Starts with the URL to which operations are posted.
    pub fn builder(url: impl Into<String>) -> RemoteSchemaBuilder {
        RemoteSchemaBuilder {
            url: url.into(),
            headers: Vec::new(),
            timeout: DEFAULT_TIMEOUT,
            max_reply_bytes: DEFAULT_MAX_REPLY_BYTES,
        }
    }

    /// Returns host and port, for messages and logs.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Asks the server for its schema, by introspection.
    ///
    /// # Errors
    ///
    /// [`RemoteSchemaError::Introspection`] if it cannot be reached or does not
    /// say.
    pub async fn fetch_sdl(&self) -> Result<SchemaSdl, RemoteSchemaError> {
        let failed = |reason: String| RemoteSchemaError::Introspection {
            host: self.host(),
            reason,
        };
        let body = json!({"query": introspection::QUERY, "operationName": "Introspection"});
        let reply = self.post(&body, HeaderMap::new()).await;
        let reply = reply.map_err(|code| failed(code.to_string()))?;
        let sdl = introspection::sdl(&reply)
            .ok_or_else(|| failed("no `__schema` in the reply".to_owned()))?;
        Ok(SchemaSdl::new(format!("schema of {}", self.host()), &sdl))
    }

    async fn post(&self, body: &Json, headers: HeaderMap) -> Result<Json, Failure> {
        let request = self.client.post(self.url.clone()).headers(headers);
        let mut response = request
            .body(body.to_string())
            .send()
            .await
            .map_err(|error| Failure::of(&error))?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| Failure::of(&error))?
        {
            if bytes.len() + chunk.len() > self.max_reply_bytes {
                return Err(Failure::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        // Errors of GraphQL may come with 4xx and 5xx.
        match serde_json::from_slice::<Json>(&bytes) {
            Ok(reply) if is_graphql(&reply) => Ok(reply),
            _ if !status.is_success() => Err(Failure::Status(status.as_u16())),
            _ => Err(Failure::NotGraphql),
        }
    }
}

impl RemoteSchemaBuilder {
    /// Sends a header with every operation, such as `authorization`. Repeatable.
    /// Defaults to none.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets how long the server may take. Defaults to [`DEFAULT_TIMEOUT`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the largest reply that is read. Defaults to
    /// [`DEFAULT_MAX_REPLY_BYTES`].
    pub fn max_reply_bytes(mut self, bytes: usize) -> Self {
        self.max_reply_bytes = bytes;
        self
    }

    /// Makes the client; nothing is called yet.
    ///
    /// # Errors
    ///
    /// [`RemoteSchemaError`] if URL or headers cannot be used.
    pub fn build(self) -> Result<RemoteSchema, RemoteSchemaError> {
        let url = Url::parse(&self.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| RemoteSchemaError::Url {
                url: without_user(&self.url),
            })?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/graphql-response+json, application/json;q=0.9"),
        );
        for (name, value) in &self.headers {
            let parsed = HeaderName::try_from(name)
                .ok()
                .zip(HeaderValue::try_from(value).ok());
            let (header, mut value) =
                parsed.ok_or_else(|| RemoteSchemaError::Header { name: name.clone() })?;
            value.set_sensitive(true);
            headers.append(header, value);
        }
        let mut builder = Client::builder()
            .default_headers(headers)
            .timeout(self.timeout)
            // Secrets must not travel on.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("flowgate/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let client = builder.build();
        Ok(RemoteSchema {
            client: client.map_err(|error| RemoteSchemaError::Tls(error.into()))?,
            url,
            max_reply_bytes: self.max_reply_bytes,
        })
    }
}

impl RunOperation for RemoteSchema {
    async fn run(&self, call: OperationCall<'_>) -> Response {
        let body = json!({
            "query": call.operation.text(),
            "operationName": call.operation.name(),
            "variables": call.variables,
            "extensions": {CONTEXT_EXTENSION: context(&call.context)},
        });
        let mut headers = HeaderMap::new();
        let key = call.context.idempotency_key.map(|key| key.to_string());
        if let Some(key) = key.filter(|_| call.operation.is_mutation())
            && let Ok(key) = HeaderValue::try_from(key)
        {
            headers.insert(IDEMPOTENCY_KEY_HEADER, key);
        }
        match self.post(&body, headers).await {
            Ok(reply) => response(reply),
            Err(failure) => {
                let mut error = ServerError::new("the GraphQL server did not answer", None);
                let mut extensions = ErrorExtensionValues::default();
                extensions.set("code", failure.to_string());
                error.extensions = Some(extensions);
                Response::from_errors(vec![error])
            }
        }
    }
}

impl fmt::Debug for RemoteSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSchema")
            .field("host", &self.host())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RemoteSchemaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RemoteSchemaBuilder")
            .field("url", &without_user(&self.url))
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// What went wrong between the servers; its text is the error's code.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Timeout,
    Unreachable,
    TooLarge,
    NotGraphql,
    Status(u16),
}

impl Failure {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Unreachable
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("REMOTE_TIMEOUT"),
            Self::Unreachable => f.write_str("REMOTE_UNREACHABLE"),
            Self::TooLarge => f.write_str("REMOTE_TOO_LARGE"),
            Self::NotGraphql => f.write_str("REMOTE_NOT_GRAPHQL"),
            Self::Status(status) => write!(f, "REMOTE_STATUS_{status}"),
        }
    }
}

fn is_graphql(reply: &Json) -> bool {
    reply.get("data").is_some_and(Json::is_object)
        || reply.get("errors").is_some_and(Json::is_array)
}

fn context(context: &FlowContext) -> Json {
    let mut members = json!({"event": context.event.name()});
    let mut set = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            members[name] = value.into();
        }
    };
    let claims = context.claims.as_ref();
    set("screen", context.screen.as_ref().map(ScreenId::as_str));
    set(
        "flow_token",
        context.flow_token.as_ref().map(FlowToken::expose_secret),
    );
    set("flow", claims.map(|claims| claims.flow.as_str()));
    set(
        "flow_version",
        claims.and_then(|claims| claims.flow_version.as_deref()),
    );
    set("subject", claims.map(|claims| claims.subject.as_str()));
    let key = context.idempotency_key.map(|key| key.to_string());
    set("idempotency_key", key.as_deref());
    members
}

/// Reads a reply as tolerantly as servers are different.
fn response(mut reply: Json) -> Response {
    let data = reply.get_mut("data").map(Json::take).unwrap_or_default();
    let mut response = Response::new(Value::from_json(data).unwrap_or_default());
    for error in reply
        .get("errors")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        let message = error
            .get("message")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let mut read = ServerError::new(message, None);
        read.path = error
            .get("path")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|segment| match segment {
                Json::String(name) => Some(PathSegment::Field(name.clone())),
                Json::Number(index) => index
                    .as_u64()
                    .map(|index| PathSegment::Index(index as usize)),
                _ => None,
            })
            .collect();
        if let Some(code) = error.pointer("/extensions/code").and_then(Json::as_str) {
            let mut extensions = ErrorExtensionValues::default();
            extensions.set("code", code);
            read.extensions = Some(extensions);
        }
        response.errors.push(read);
    }
    response
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// Shows a URL without a user's name and password.
fn without_user(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            let path = path.split('?').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => "that text".to_owned(),
    }
}
