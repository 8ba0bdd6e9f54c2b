//! Replies and errors as handlers behind the middleware return them.

use std::cell::RefCell;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError};
use flowgate_protocol::{EndpointError, FlowRequest, FlowResponse};
use serde_json::json;

/// Returns a reply from a handler behind a [`FlowMiddleware`](crate::FlowMiddleware).
///
/// Handlers that can fail return `Result<FlowReply, FlowError>`.
#[derive(Debug, Clone)]
pub struct FlowReply(pub FlowResponse);

/// Returns an error from a handler behind a [`FlowMiddleware`](crate::FlowMiddleware).
///
/// The middleware takes the error out of it, with all its sources, for log and
/// metrics.
pub struct FlowError {
    status: u16,
    error: RefCell<Option<EndpointError>>,
}

impl FlowError {
    /// Takes the error out; none if that has happened before.
    pub(crate) fn take(&self) -> Option<EndpointError> {
        self.error.borrow_mut().take()
    }
}

impl From<FlowResponse> for FlowReply {
    fn from(response: FlowResponse) -> Self {
        Self(response)
    }
}

impl Responder for FlowReply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let extensions = request.extensions();
        let flow_request = extensions.get::<FlowRequest>();
        let screen = flow_request.and_then(|request| request.screen.as_ref());
        let flow_token = flow_request.and_then(|request| request.flow_token.as_ref());
        match self.0.to_json(screen, flow_token) {
            Ok(text) => HttpResponse::Ok()
                .content_type("application/json")
                .body(text),
            Err(error) => HttpResponse::from_error(FlowError::from(EndpointError::from(error))),
        }
    }
}

impl From<EndpointError> for FlowError {
    fn from(error: EndpointError) -> Self {
        Self {
            status: error.status(),
            error: RefCell::new(Some(error)),
        }
    }
}

impl ResponseError for FlowError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match &*self.error.borrow() {
            Some(EndpointError::FlowTokenInvalid { message }) => {
                response.json(json!({ "error_msg": message }))
            }
            _ => response.finish(),
        }
    }
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.error.borrow() {
            Some(error) => error.fmt(f),
            None => write!(f, "answered with status {}", self.status),
        }
    }
}

impl fmt::Debug for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
