//! The reply to one opened request: sealed once, with that request's key.
//!
//! Implements "Response encryption" and "Error codes" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_keys::{Fingerprint, OpenedRequest, SessionKey};
use serde_json::json;

use crate::request::Incoming;
use crate::{
    Answer, EndpointError, ErrorNotification, FlowRequest, FlowResponse, FlowToken, Messages,
    RequestError, ScreenId,
};

/// Sorts received requests by who answers them.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// WhatsApp checks that the endpoint is alive: reply with
    /// [`PendingReply::pong`].
    Ping(PendingReply),
    /// A phone could not use a reply: reply with [`PendingReply::acknowledge`].
    ErrorNotification(ErrorNotification, PendingReply),
    /// The application answers: reply with [`PendingReply::answer`].
    Request(Box<FlowRequest>, PendingReply),
}

/// Holds what is needed for the one reply to an opened request.
#[derive(Debug)]
#[must_use = "the phone waits for the reply"]
pub struct PendingReply {
    session_key: SessionKey,
    opened_by: Fingerprint,
    screen: Option<ScreenId>,
    flow_token: Option<FlowToken>,
    messages: Arc<Messages>,
}

/// Holds the HTTP reply: always `text/plain`.
#[derive(Debug)]
#[must_use = "the phone waits for the reply"]
pub struct Reply {
    /// HTTP status: 200 or one of [`EndpointError::status`].
    pub status: u16,
    /// Sealed text in standard, padded base64 without quotes or line breaks;
    /// empty if the request could not be opened or the application failed.
    pub body: String,
    /// What went wrong, for log and metrics; the phone does not see it.
    pub error: Option<EndpointError>,
    spent: Option<FlowResponse>,
}

impl Reply {
    /// Takes out what the body was written from, if that is still there. Dropping it
    /// takes time, in which the body can be on its way.
    pub fn take_spent(&mut self) -> Option<FlowResponse> {
        self.spent.take()
    }

    /// Answers a request that never came as far as the application.
    pub fn refusal(error: EndpointError) -> Self {
        Self {
            status: error.status(),
            body: String::new(),
            error: Some(error),
            spent: None,
        }
    }
}

/// Opened, but not yet sorted: for steps between opening and answering.
pub(crate) struct Opened {
    pub(crate) incoming: Incoming,
    pub(crate) reply: PendingReply,
}

impl Opened {
    pub(crate) fn parse(
        opened: OpenedRequest,
        messages: Arc<Messages>,
    ) -> Result<Self, RequestError> {
        let incoming = Incoming::parse(&opened.plaintext)?;
        let (screen, flow_token) = match &incoming {
            Incoming::Request { request, .. } => {
                (request.screen.clone(), request.flow_token.clone())
            }
            Incoming::Ping | Incoming::ErrorNotification(_) => (None, None),
        };
        Ok(Self {
            incoming,
            reply: PendingReply {
                session_key: opened.session_key,
                opened_by: opened.opened_by,
                screen,
                flow_token,
                messages,
            },
        })
    }
}

impl PendingReply {
    /// Says that the endpoint is alive.
    pub fn pong(self) -> Reply {
        let text = json!({"data": {"status": "active"}}).to_string();
        self.seal(200, text, None)
    }

    /// Confirms that an error notification has arrived.
    pub fn acknowledge(self) -> Reply {
        let text = json!({"data": {"acknowledged": true}}).to_string();
        self.seal(200, text, None)
    }

    /// Seals the application's reply, or what the phone may know of its error.
    pub fn answer(self, answer: Answer) -> Reply {
        let mut response = match answer {
            Ok(response) => response,
            Err(error) => return self.answer_error(error),
        };
        match response.write(self.screen.as_ref(), self.flow_token.as_ref()) {
            Ok(text) => Reply {
                spent: Some(response),
                ..self.seal(200, text, None)
            },
            Err(error) => self.answer_error(error.into()),
        }
    }

    /// Returns which key opened the request.
    pub fn opened_by(&self) -> Fingerprint {
        self.opened_by
    }

    fn answer_error(self, error: EndpointError) -> Reply {
        let text = match &error {
            EndpointError::FlowTokenInvalid { message } => {
                let text = json!({ "error_msg": message }).to_string();
                return self.seal(error.status(), text, Some(error));
            }
            EndpointError::InvalidData => &self.messages.invalid_data,
            EndpointError::DeadlineExceeded => &self.messages.deadline_exceeded,
            EndpointError::Unavailable(_) => &self.messages.unavailable,
            _ => return Reply::refusal(error),
        };
        match &self.screen {
            // A text on the screen that the user is on keeps what he has typed.
            Some(screen) => {
                let reply = json!({"screen": screen, "data": {"error_message": text}}).to_string();
                self.seal(200, reply, Some(error))
            }
            None => Reply::refusal(error),
        }
    }

    fn seal(self, status: u16, text: impl Into<Vec<u8>>, error: Option<EndpointError>) -> Reply {
        Reply {
            status,
            body: STANDARD.encode(self.session_key.seal(text)),
            error,
            spent: None,
        }
    }
}
