//! What can go wrong in an exchange, and the one table of what the network
//! learns of it.
//!
//! Implements [error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes)
//! of the endpoint.

use std::error::Error;

use flowgate_keys::{CannotDecrypt, OpenError, SignatureMismatch};

use crate::{Action, EnvelopeError, RequestError, ResponseError, ScreenId};

/// Says why an exchange did not end with a reply of the application.
///
/// The log gets the whole chain; the network gets [`status`](Self::status) and,
/// for two of the variants, a text that is meant for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The body is not signed with a known app secret.
    #[error(transparent)]
    Signature(#[from] SignatureMismatch),
    /// The body is larger than the server takes.
    #[error("body is larger than the limit of {limit} bytes")]
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body did not arrive, or not in time.
    #[error("body was not received completely")]
    BodyIncomplete,
    /// The body is no envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// No loaded key opens the request.
    #[error(transparent)]
    CannotDecrypt(#[from] CannotDecrypt),
    /// Too many requests wait for a key operation.
    #[error("too many requests are waiting to be decrypted")]
    Overloaded,
    /// The decrypted payload is no request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The flow token is not or no longer good; the phone closes the Flow.
    #[error("the flow token is not or no longer valid")]
    FlowTokenInvalid {
        /// What the phone shows.
        message: String,
    },
    /// The data does not fit the form; answered on the screen.
    #[error("the data of the request does not fit the form")]
    InvalidData,
    /// Nothing is bound to this event.
    #[error("nothing answers {action} of {}", shown(screen.as_ref()))]
    NoHandler {
        /// The action of the request.
        action: Action,
        /// Its screen.
        screen: Option<ScreenId>,
    },
    /// The application took longer than the deadline; answered on the screen.
    #[error("the application did not answer before the deadline")]
    DeadlineExceeded,
    /// The application cannot answer now; answered on the screen.
    #[error("the application cannot answer now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The application's reply cannot be sent.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// The application panicked.
    #[error("the application panicked")]
    Panicked,
    /// The application failed.
    #[error("the application failed")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl EndpointError {
    /// Wraps a failure of the application: a database, another service.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// Wraps a failure of the application after which the user can try again
    /// on the screen where he is.
    pub fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(error.into())
    }

    /// Closes the Flow on the phone, which shows the text and disables the
    /// message's button.
    pub fn flow_token_invalid(message: impl Into<String>) -> Self {
        Self::FlowTokenInvalid {
            message: message.into(),
        }
    }

    /// Returns the HTTP status for this error: the only place that decides.
    ///
    /// Only [`FlowTokenInvalid`](Self::FlowTokenInvalid) has a body, which is
    /// encrypted. [`InvalidData`](Self::InvalidData),
    /// [`DeadlineExceeded`](Self::DeadlineExceeded) and
    /// [`Unavailable`](Self::Unavailable) are answered with 200 on the screen of
    /// the request, and with this status if it names none.
    ///
    /// | status | |
    /// |---|---|
    /// | 400 | not an envelope, not a request, nothing bound to the event |
    /// | 408 | the body did not arrive in time |
    /// | 413 | the body is too large |
    /// | 421 | cannot be decrypted: the phone fetches the public key again and repeats |
    /// | 427 | flow token no longer valid |
    /// | 432 | signature |
    /// | 500 | the application's fault |
    /// | 503 | overloaded |
    pub fn status(&self) -> u16 {
        match self {
            Self::Envelope(_) | Self::Request(_) | Self::InvalidData | Self::NoHandler { .. } => {
                400
            }
            Self::BodyIncomplete => 408,
            Self::BodyTooLarge { .. } => 413,
            Self::CannotDecrypt(_) => 421,
            Self::FlowTokenInvalid { .. } => 427,
            Self::Signature(_) => 432,
            Self::DeadlineExceeded
            | Self::Unavailable(_)
            | Self::Response(_)
            | Self::Panicked
            | Self::Internal(_) => 500,
            Self::Overloaded => 503,
        }
    }

    /// Names the error for logs and metrics, in a fixed set of words.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Signature(_) => "signature",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyIncomplete => "body_incomplete",
            Self::Envelope(_) => "envelope",
            Self::CannotDecrypt(_) => "cannot_decrypt",
            Self::Overloaded => "overloaded",
            Self::Request(_) => "request",
            Self::FlowTokenInvalid { .. } => "flow_token_invalid",
            Self::InvalidData => "invalid_data",
            Self::NoHandler { .. } => "no_handler",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Unavailable(_) => "unavailable",
            Self::Response(_) => "response",
            Self::Panicked => "panicked",
            Self::Internal(_) => "internal",
        }
    }

    /// Tells whether the fault is the server's and somebody should look at it.
    pub fn is_server_fault(&self) -> bool {
        self.status() >= 500
    }
}

impl From<OpenError> for EndpointError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::CannotDecrypt(error) => error.into(),
            OpenError::Overloaded => Self::Overloaded,
            error => Self::internal(error),
        }
    }
}

/// Longest name of a screen that is shown.
const SHOWN_SCREEN_BYTES: usize = 64;

/// Shows a screen as a log may: its name is the phone's choice, so only what
/// can be the name of a screen in a Flow JSON is repeated.
fn shown(screen: Option<&ScreenId>) -> &str {
    let Some(screen) = screen.map(ScreenId::as_str) else {
        return "no screen";
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if screen.len() <= SHOWN_SCREEN_BYTES && screen.bytes().all(is_plain) {
        screen
    } else {
        "a screen with a name that no Flow JSON allows"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(screen: Option<&str>, expected: &str) {
        let error = EndpointError::NoHandler {
            action: Action::Back,
            screen: screen.map(ScreenId::from),
        };
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn an_event_that_nothing_answers_is_named_as_far_as_a_log_may() {
        check(None, "nothing answers BACK of no screen");
        check(Some("DETAILS_2"), "nothing answers BACK of DETAILS_2");
        let strange = "nothing answers BACK of a screen with a name that no Flow JSON allows";
        for name in [
            "two\nlines",
            "with blank",
            "Zoë",
            "\u{1b}[2J",
            &"A".repeat(65),
        ] {
            check(Some(name), strange);
        }
    }
}
