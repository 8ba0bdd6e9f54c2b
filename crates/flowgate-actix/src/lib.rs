//! actix-web for WhatsApp Flows: encrypted requests in, encrypted replies out.
//!
//! Two ways to serve a Flow:
//!
//! - [`FlowEndpoint`], a ready service for anything that implements
//!   [`Endpoint`](flowgate_protocol::Endpoint), such as a
//!   [`Router`](flowgate_protocol::Router);
//! - [`FlowMiddleware`], wrapped around any actix service: its handlers take a
//!   [`Flow`] and return a [`FlowReply`], or plain JSON.
//!
//! Both verify the signature over the raw bytes, open requests from a bounded
//! queue whenever a worker has nothing to read, answer pings and error
//! notifications themselves, keep body limit and deadline, catch panics, and count
//! what happens ([`Metrics`]).
//!
//! # Features
//!
//! - `aws-lc` (default): the unwrap backend on aws-lc-rs.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod exchange;
mod extractor;
mod flow_endpoint;
mod metrics;
mod middleware;
mod opener;
mod responder;
mod settings;

pub use extractor::Flow;
pub use flow_endpoint::{FlowEndpoint, health_at};
pub use metrics::{CONTENT_TYPE as METRICS_CONTENT_TYPE, Metrics};
pub use middleware::{FlowMiddleware, FlowMiddlewareService};
pub use responder::{FlowError, FlowReply};
pub use settings::{DEFAULT_BODY_LIMIT_BYTES, DEFAULT_DEADLINE};
