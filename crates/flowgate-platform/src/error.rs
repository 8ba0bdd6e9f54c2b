//! Everything that can go wrong between this machine and the platform.
//!
//! What the platform itself said comes first: [`PlatformError::problem`] holds
//! its words, [`PlatformError::help`] what to do. `Display` joins both. No
//! message holds a token, a password or a body as it came.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::refusal::{Api, Cause, Refusal};

/// Why a call to the platform did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// The platform understood the call and refused it.
    Refused(Box<Refusal>),
    /// No connection came about: nobody listens, no such host, no route.
    Unreachable {
        /// The host and port that were called.
        host: String,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server's certificate was refused, or TLS failed otherwise.
    Tls {
        /// The host and port that were called.
        host: String,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The reply did not come in time.
    TimedOut {
        /// The host and port that were called.
        host: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke before the reply was whole.
    Interrupted {
        /// The host and port that were called.
        host: String,
        /// The cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The reply is not what the platform documents: a page of a proxy, JSON
    /// cut off, another service.
    UnexpectedBody {
        /// Which API was expected to answer.
        api: Api,
        /// HTTP status.
        status: u16,
        /// What the body is.
        found: BodyForm,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server sends elsewhere; credentials are not sent after it.
    Redirected {
        /// HTTP status.
        status: u16,
        /// Where to, if it says so.
        location: Option<String>,
    },
    /// Nothing was sent: an earlier reply asked for a longer pause than the
    /// policy waits.
    Postponed {
        /// How much of the pause is left.
        pause: Duration,
    },
    /// The client cannot be set up with these settings.
    Configuration {
        /// What is wrong, and with which setting.
        problem: String,
        /// What to do.
        help: &'static str,
    },
    /// The file of trusted certificates cannot be used.
    CaFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// What a body that was not expected looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyForm {
    /// Nothing.
    Empty,
    /// A page for a browser, with its title if it has one.
    Html {
        /// The title.
        title: Option<String>,
    },
    /// JSON that ends early.
    TruncatedJson,
    /// JSON without what the call is documented to return.
    OtherJson {
        /// What is missing, as "no `success`".
        missing: &'static str,
    },
    /// Neither.
    Text,
    /// More bytes than any documented reply has.
    TooLarge,
}

impl PlatformError {
    /// Says what happened: one line, lower case, no final period. The
    /// platform's own words come first.
    pub fn problem(&self) -> String {
        match self {
            Self::Refused(refusal) => format!("the platform says {refusal}"),
            Self::Unreachable { host, source } => {
                format!("no connection to {host}: {}", root_cause(&**source))
            }
            Self::Tls { host, source } => {
                format!("no secure connection to {host}: {}", root_cause(&**source))
            }
            Self::TimedOut { host, after } => {
                format!("no reply from {host} within {:.1} s", after.as_secs_f64())
            }
            Self::Interrupted { host, source } => format!(
                "the connection to {host} broke off: {}",
                root_cause(&**source)
            ),
            Self::UnexpectedBody { status, found, .. } => {
                format!("HTTP {status} with {found} where the platform sends JSON")
            }
            Self::Redirected { status, location } => match location {
                Some(location) => format!("HTTP {status}: the server sends to `{location}`"),
                None => format!("HTTP {status}: the server sends elsewhere"),
            },
            Self::Postponed { pause } => format!(
                "not called: the platform asked to be left alone for another {} s",
                pause.as_secs()
            ),
            Self::Configuration { problem, .. } => problem.clone(),
            Self::CaFile { path, source } => {
                format!("cannot use the CA file `{}`: {source}", path.display())
            }
        }
    }

    /// Says what to do about it: one line, lower case, no final period.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.cause().help(refusal.api),
            Self::Unreachable { .. } => {
                "check host and port of the URL, that the server runs, and that firewall and \
                 proxy (HTTPS_PROXY) let this machine out"
            }
            Self::Tls { .. } => {
                "for an installation with a certificate of its own, name the file of its CA \
                 (`--ca-file`); the host in the URL must be one that the certificate names, and \
                 the clock of this machine must be right"
            }
            Self::TimedOut { .. } => {
                "try again; if it lasts, see what stands between: proxy, firewall, an overloaded \
                 installation"
            }
            Self::Interrupted { .. } => "try again; if it lasts, see what stands between",
            Self::UnexpectedBody {
                found: BodyForm::TruncatedJson,
                ..
            } => "try again; if it lasts, something between cuts replies off",
            Self::UnexpectedBody { api, status, .. }
                if Cause::of_status(*api, *status) != Cause::Unknown =>
            {
                match Cause::of_status(*api, *status) {
                    // Not the platform's words: a gateway or another service.
                    Cause::Temporary => {
                        "a gateway answered instead of the platform; try again in some minutes"
                    }
                    cause => cause.help(*api),
                }
            }
            Self::UnexpectedBody { .. } => {
                "check the URL: something other than the platform answered, such as a proxy that \
                 wants a login"
            }
            Self::Redirected { .. } => {
                "give the final URL; the token is not sent where a redirect points"
            }
            Self::Postponed { .. } => "run it again after that time",
            Self::Configuration { help, .. } => help,
            Self::CaFile { .. } => {
                "give a PEM file with the certificate of the CA that signed the installation's \
                 certificate"
            }
        }
    }

    /// Tells whether the same call may succeed later without any change here.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_retryable(),
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Interrupted { .. }
            | Self::Postponed { .. } => true,
            Self::UnexpectedBody {
                found: BodyForm::TruncatedJson,
                status: 200..=299,
                ..
            } => true,
            Self::UnexpectedBody { api, status, .. } => matches!(
                Cause::of_status(*api, *status),
                Cause::RateLimited | Cause::Temporary
            ),
            // A certificate, a redirect or a setting does not mend itself.
            Self::Tls { .. }
            | Self::Redirected { .. }
            | Self::Configuration { .. }
            | Self::CaFile { .. } => false,
        }
    }

    /// Returns how long the platform wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            Self::UnexpectedBody { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Tells whether credentials, permission or an id have to be changed, as
    /// opposed to a platform that is away or fails.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(refusal) => !refusal.is_retryable(),
            Self::UnexpectedBody { api, status, .. } => !matches!(
                Cause::of_status(*api, *status),
                Cause::RateLimited | Cause::Temporary | Cause::Unknown
            ),
            _ => false,
        }
    }

    /// Makes the error of a URL, CA file or header that cannot be used.
    pub(crate) fn configuration(problem: impl Into<String>, help: &'static str) -> Self {
        Self::Configuration {
            problem: problem.into(),
            help,
        }
    }
}

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.help())
    }
}

impl fmt::Display for BodyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty body"),
            Self::Html { title: Some(title) } => write!(f, "the web page \"{title}\""),
            Self::Html { title: None } => f.write_str("a web page"),
            Self::TruncatedJson => f.write_str("JSON that ends early"),
            Self::OtherJson { missing } => write!(f, "JSON that has {missing}"),
            Self::Text => f.write_str("a text"),
            Self::TooLarge => f.write_str("a body that is far too large"),
        }
    }
}

/// Joins the texts of an error and its sources, without repeating one: the
/// last one names the cause.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    // "error sending request" and "client error (Connect)" say nothing.
    let telling: Vec<&String> = parts
        .iter()
        .filter(|part| !EMPTY_WORDS.iter().any(|words| part.starts_with(words)))
        .collect();
    match telling.as_slice() {
        [] => parts.join(": "),
        telling => telling
            .iter()
            .map(|part| part.as_str())
            .collect::<Vec<_>>()
            .join(": "),
    }
}

/// Texts of the HTTP client that only say that something below them failed.
const EMPTY_WORDS: [&str; 4] = [
    "error sending request",
    "client error (",
    "request or response body error",
    "error decoding response body",
];
