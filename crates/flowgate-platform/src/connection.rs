//! One HTTP connection to the platform: bounded in time and size, without
//! redirects, its failures sorted.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Certificate, Client, Method, Url, redirect};
use serde_json::Value;

use crate::error::{BodyForm, PlatformError};
use crate::refusal::{Api, Refusal, printable};

/// Collects how to reach a server of the platform.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionSettings {
    pub(crate) api: Api,
    pub(crate) base_url: String,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) request_timeout: Duration,
}

/// Reaches one server. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Connection {
    api: Api,
    base: Url,
    client: Client,
    request_timeout: Duration,
}

/// A reply that is JSON, with what callers need of its headers.
pub(crate) struct JsonReply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// The server's own time, against which its expiry times count.
    pub(crate) date: Option<SystemTime>,
}

impl ConnectionSettings {
    pub(crate) fn connect(self) -> Result<Connection, PlatformError> {
        let base = base_url(&self.base_url)?;
        // No redirects: a token must not travel on. No compression: bodies are small.
        let mut builder = Client::builder()
            .timeout(self.request_timeout)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("flowgate/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &self.ca_file {
            // This CA and no other: whoever names one does not mean the public ones.
            builder = builder.tls_certs_only(read_ca_file(path)?);
        }
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| match self.ca_file {
            Some(path) => PlatformError::CaFile {
                path,
                source: io::Error::other(crate::error::root_cause(&error)),
            },
            None => PlatformError::configuration(
                format!("cannot set up TLS: {}", crate::error::root_cause(&error)),
                "check that the system has trusted certificates installed (`ca-certificates`)",
            ),
        })?;
        Ok(Connection {
            api: self.api,
            base,
            client,
            request_timeout: self.request_timeout,
        })
    }
}

impl Connection {
    /// Returns host and port, for messages and logs.
    pub(crate) fn host(&self) -> String {
        host_of(&self.base)
    }

    /// Makes a URL below the base from path segments, percent-encoding them.
    pub(crate) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("the base was checked to be http or https")
            .pop_if_empty()
            .extend(segments);
        url
    }

    /// Sends one request and reads its JSON reply.
    ///
    /// `secret` must not appear in any error that comes of it.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: Url,
        authorization: HeaderValue,
        body: Option<&Value>,
        secret: &str,
    ) -> Result<JsonReply, PlatformError> {
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, authorization);
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let mut response = request.send().await.map_err(|error| self.failed(error))?;
        let status = response.status();
        let date = header(response.headers(), &DATE).and_then(|text| parse_date(&text));
        let retry_after = retry_after(response.headers(), date);
        if status.is_redirection() {
            return Err(PlatformError::Redirected {
                status: status.as_u16(),
                location: header(response.headers(), &LOCATION)
                    .map(|location| printable(&location, MAX_TITLE_CHARACTERS)),
            });
        }
        let mut bytes = Vec::new();
        let unexpected = |found| PlatformError::UnexpectedBody {
            api: self.api,
            status: status.as_u16(),
            found,
            retry_after,
        };
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if bytes.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(unexpected(BodyForm::TooLarge));
            }
            bytes.extend_from_slice(&chunk);
        }
        let body = match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(error) => return Err(unexpected(body_form(&bytes, &error))),
        };
        if let Some(mut refusal) = Refusal::from_body(self.api, status.as_u16(), retry_after, &body)
        {
            refusal.redact(secret, "<secret>");
            return Err(PlatformError::Refused(Box::new(refusal)));
        }
        if !status.is_success() {
            return Err(unexpected(BodyForm::OtherJson {
                missing: "no `error` in it",
            }));
        }
        Ok(JsonReply {
            status: status.as_u16(),
            body,
            date,
        })
    }

    /// Makes the error of a reply that lacks what it is documented to have.
    pub(crate) fn missing(&self, status: u16, missing: &'static str) -> PlatformError {
        PlatformError::UnexpectedBody {
            api: self.api,
            status,
            found: BodyForm::OtherJson { missing },
            retry_after: None,
        }
    }

    fn failed(&self, error: reqwest::Error) -> PlatformError {
        let host = self.host();
        if error.is_timeout() {
            return PlatformError::TimedOut {
                host,
                after: self.request_timeout,
            };
        }
        // The URL is the caller's own and is named already.
        let error = error.without_url();
        if let Some(tls) = tls_error(&error) {
            return PlatformError::Tls {
                host,
                source: Box::new(tls),
            };
        }
        if error.is_connect() {
            return PlatformError::Unreachable {
                host,
                source: Box::new(error),
            };
        }
        PlatformError::Interrupted {
            host,
            source: Box::new(error),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.host())
    }
}

/// Marks a header as sensitive, so that no log of the HTTP stack shows it.
pub(crate) fn bearer(token: &str) -> HeaderValue {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .expect("an access token is checked to be visible ASCII");
    value.set_sensitive(true);
    value
}

/// Finds the TLS error in a chain. `io::Error` hides what it wraps from
/// `source()`, so that it is asked separately.
pub(crate) fn tls_error(error: &(dyn Error + 'static)) -> Option<rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(tls) = tls_error(inner)
        {
            return Some(tls);
        }
        next = error.source();
    }
    None
}

pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Tells whether a URL stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

fn base_url(text: &str) -> Result<Url, PlatformError> {
    const HELP: &str = "give a URL such as https://graph.facebook.com or https://installation:9090";
    let url = Url::parse(text.trim()).map_err(|error| {
        PlatformError::configuration(format!("`{text}` is not a URL: {error}"), HELP)
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(PlatformError::configuration(
            "the URL of the platform carries a user name or password",
            "give credentials by their own options, so that they appear in no message",
        ));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(PlatformError::configuration(
                format!("`{text}` would send the credentials in clear text over a network"),
                "use https; http is for stand-ins on this machine",
            ));
        }
        other => {
            return Err(PlatformError::configuration(
                format!("`{text}` has the scheme `{other}`, expected https"),
                HELP,
            ));
        }
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(PlatformError::configuration(
            format!("`{text}` has a query or fragment"),
            HELP,
        ));
    }
    Ok(url)
}

/// Reads the certificates of a PEM file, for a client that trusts no others.
///
/// # Errors
///
/// [`PlatformError::CaFile`] if it cannot be read or holds none.
pub fn read_ca_file(path: &Path) -> Result<Vec<Certificate>, PlatformError> {
    let failed = |source| PlatformError::CaFile {
        path: path.to_owned(),
        source,
    };
    let pem = std::fs::read(path).map_err(failed)?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .map_err(|error| failed(io::Error::other(crate::error::root_cause(&error))))?;
    if certificates.is_empty() {
        return Err(failed(io::Error::other("it holds no certificate in PEM")));
    }
    Ok(certificates)
}

fn header(headers: &HeaderMap, name: &reqwest::header::HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

fn parse_date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

/// Reads `Retry-After`: seconds, or a date that counts from the server's own
/// ([RFC 9110, section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
fn retry_after(headers: &HeaderMap, server_now: Option<SystemTime>) -> Option<Duration> {
    let text = header(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = server_now.unwrap_or_else(SystemTime::now);
    Some(parse_date(&text)?.duration_since(now).unwrap_or_default())
}

fn body_form(bytes: &[u8], error: &serde_json::Error) -> BodyForm {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    match text.bytes().next() {
        None => BodyForm::Empty,
        Some(b'<') => BodyForm::Html {
            title: title(text, &lower),
        },
        Some(b'{' | b'[') if error.is_eof() => BodyForm::TruncatedJson,
        Some(_) => BodyForm::Text,
    }
}

fn title(text: &str, lower: &str) -> Option<String> {
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower.get(start..)?.find("</title>")?;
    let title = printable(text.get(start..end)?, MAX_TITLE_CHARACTERS);
    (!title.is_empty()).then_some(title)
}

/// A page of a list of phone numbers is the largest reply; a hundred of them
/// are far below.
const MAX_BODY_BYTES: usize = 1024 * 1024;
const MAX_TITLE_CHARACTERS: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_travel_over_https_or_stay_on_this_machine() {
        for good in [
            "https://graph.facebook.com",
            "http://127.0.0.1:4000/",
            "http://[::1]:4000",
            "http://localhost:4000/graph",
        ] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "graph.facebook.com",
            "http://graph.facebook.com",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "https://user:password@installation",
            "https://graph.facebook.com?access_token=x",
        ] {
            let error = base_url(bad).unwrap_err();
            assert!(!error.is_retryable());
            assert!(!error.to_string().contains("password@"), "{error}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("17"));
        assert_eq!(retry_after(&headers, None), Some(Duration::from_secs(17)));
        let now = parse_date("Sun, 06 Nov 1994 08:49:37 GMT");
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from_static("Sun, 06 Nov 1994 08:50:37 GMT"),
        );
        assert_eq!(retry_after(&headers, now), Some(Duration::from_secs(60)));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("soon"));
        assert_eq!(retry_after(&headers, now), None);
    }

    #[test]
    fn bodies_are_named_for_what_they_are() {
        for (body, form) in [
            ("", BodyForm::Empty),
            (" \n", BodyForm::Empty),
            ("{\"data\": [{\"business", BodyForm::TruncatedJson),
            ("Service Unavailable", BodyForm::Text),
            ("<html></html>", BodyForm::Html { title: None }),
            (
                "<!doctype html><HEAD><TITLE>502 Bad\nGateway</TITLE>",
                BodyForm::Html {
                    title: Some("502 Bad Gateway".to_owned()),
                },
            ),
        ] {
            let error = serde_json::from_str::<Value>(body).unwrap_err();
            assert_eq!(body_form(body.as_bytes(), &error), form, "{body:?}");
        }
    }
}
