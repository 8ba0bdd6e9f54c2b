//! The data-exchange protocol of WhatsApp Flows, free of web framework and
//! runtime.
//!
//! A **Flow** is a form of several **screens** inside a chat. When the user
//! opens it, submits a screen or goes back, the phone sends an encrypted
//! **request** to the business's **data endpoint** and shows what the
//! **reply** says. This crate turns the body of such an HTTP request into a
//! [`FlowRequest`], hands it to the application's [`Endpoint`], and turns the
//! [`FlowResponse`] into the body of the reply.
//!
//! ```text
//! raw bytes ─► VerifiedBody ─► Envelope ─► opened ─► FlowRequest ─► FlowResponse ─► Reply
//!              app secret      base64      RSA, GCM   typed          Endpoint       GCM, base64
//! ```
//!
//! [`Channel`] walks that way; a web adapter such as `flowgate-actix` reads the
//! body, keeps the deadline and writes the reply. It opens no socket and reads
//! no file and no clock: time is passed in.
//!
//! # Features
//!
//! - `aws-lc` (default): the unwrap backend on aws-lc-rs.
//! - `testing`: `testing::TestPhone`, a phone in memory for the tests of
//!   applications.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod channel;
mod completions;
pub mod danger;
mod endpoint;
mod envelope;
mod error;
mod exchange;
mod flow_token;
mod idempotency_key;
mod messages;
pub mod phone;
mod request;
mod response;
mod router;
mod screen_id;
#[cfg(feature = "testing")]
pub mod testing;
mod verified_body;

pub use channel::{Channel, ChannelBuilder};
pub use endpoint::{Answer, Count, Endpoint};
pub use envelope::{Envelope, EnvelopeError};
pub use error::EndpointError;
pub use exchange::{PendingReply, Received, Reply};
pub use flow_token::signed::{DEFAULT_LIFETIME, FlowTokenRejected};
pub use flow_token::{
    AnyFlowToken, FlowToken, FlowTokenClaims, FlowTokenSecret, FlowTokenSecretError,
    SignedFlowTokens, TokenCheck, TokenSignaturePolicy,
};
pub use futures_util::future::BoxFuture;
pub use idempotency_key::IdempotencyKey;
pub use messages::Messages;
pub use request::{Action, ErrorNotification, FlowRequest, RequestError};
pub use response::{FlowResponse, ResponseError};
pub use router::Router;
pub use screen_id::ScreenId;
pub use verified_body::{SignatureCheck, VerifiedBody};

/// The keys of the channel, for adapters and applications.
pub use flowgate_keys as keys;
