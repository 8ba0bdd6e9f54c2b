//! The clear request as an argument of a handler.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::error::ErrorInternalServerError;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use flowgate_protocol::FlowRequest;

/// Extracts the opened request behind a [`FlowMiddleware`](crate::FlowMiddleware).
///
/// Without the middleware it answers 500 and says so in the log: a handler that
/// asks for it must never run on an unverified body.
#[derive(Debug, Clone)]
pub struct Flow(pub FlowRequest);

impl FromRequest for Flow {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let flow_request = request.extensions().get::<FlowRequest>().cloned();
        ready(flow_request.map(Self).ok_or_else(|| {
            tracing::error!(
                "a handler takes `Flow`, but no `FlowMiddleware` is wrapped around its service"
            );
            ErrorInternalServerError("")
        }))
    }
}

impl Deref for Flow {
    type Target = FlowRequest;

    fn deref(&self) -> &FlowRequest {
        &self.0
    }
}
