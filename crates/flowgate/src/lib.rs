//! Answer WhatsApp Flows from Rust.
//!
//! A WhatsApp **Flow** is a form of several **screens** inside a chat. Its
//! screens get their data from the business's **data endpoint** over an
//! encrypted channel. flowgate is that endpoint: you write what happens when the
//! Flow opens, when a screen is submitted and when the user goes back.
//!
//! ```no_run
//! use flowgate::prelude::*;
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), StartError> {
//!     let router = Router::new(())
//!         .on_init(|_, _| async { Ok(FlowResponse::screen("NAME")) })
//!         .on_data_exchange("NAME", |_, request| async move {
//!             match request.text("name") {
//!                 None | Some("") => Ok(FlowResponse::stay("Please tell us your name.")),
//!                 Some(name) => Ok(FlowResponse::complete().with("name", name)),
//!             }
//!         });
//!     Server::from_args()?.run(router).await
//! }
//! ```
//!
//! [`Server`](server::Server) takes keys and secrets from flags and environment,
//! see [`config`]; started with neither, it makes a development key and says how
//! to send it a request. To put a Flow into an actix application of your own,
//! use [`actix::FlowEndpoint`] or [`actix::FlowMiddleware`].
//!
//! # Features
//!
//! - `aws-lc` (default): the unwrap backend on aws-lc-rs; without it the pure
//!   Rust one is used.
//! - `server` (default): a complete server from flags and environment.
//! - `config`: keys and secrets from flags, environment and files.
//! - `actix`: the ready endpoint service and the middleware.
//! - `graphql`: Flows answered by GraphQL operations.
//! - `platform`: WhatsApp's platform. With `server`, a server publishes its
//!   public key when it starts, if it is told to.
//! - `testing`: an in-memory phone for the tests of applications.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "config")]
pub mod config;
#[cfg(all(feature = "server", feature = "platform"))]
mod publication;
#[cfg(feature = "server")]
pub mod server;

/// actix-web: the ready endpoint service and the middleware.
#[cfg(feature = "actix")]
pub use flowgate_actix as actix;
/// Flows answered by GraphQL operations.
#[cfg(feature = "graphql")]
pub use flowgate_graphql as graphql;
/// WhatsApp's platform: publishes, verifies and rotates the public key.
#[cfg(feature = "platform")]
pub use flowgate_platform as platform;
/// Requests, replies and the channel between them.
pub use flowgate_protocol as protocol;
/// Keys and what they open.
pub use flowgate_protocol::keys;

/// What most endpoints use.
pub mod prelude {
    #[cfg(feature = "actix")]
    pub use crate::actix::{Flow, FlowEndpoint, FlowError, FlowMiddleware, FlowReply};
    #[cfg(feature = "graphql")]
    pub use crate::graphql::{FlowContext, FlowDirectory, GraphqlEndpoint};
    pub use crate::protocol::{
        Action, Answer, Channel, Endpoint, EndpointError, FlowRequest, FlowResponse, FlowToken,
        Router, ScreenId,
    };
    #[cfg(feature = "server")]
    pub use crate::server::{Server, StartError};
}
