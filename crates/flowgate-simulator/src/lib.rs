//! A stand-in for WhatsApp's platform and phones, for developing and testing
//! Flows without an account.
//!
//! No Flow with an endpoint works until WhatsApp holds the **business public
//! key** of the phone number and has **signed** it. The business uploads it
//! through one of two APIs: the **Cloud API** of `graph.facebook.com`, or the
//! **On-Premises API** of an installation of its own. **Phones** fetch the key,
//! check the signature, and encrypt every request with it.
//!
//! This crate plays both APIs with their paths, bodies, statuses and errors as
//! documented, keeps what was uploaded byte for byte, and plays the phone that
//! uses it. The **control API** makes it misbehave: numbers lose their
//! signature, tokens expire, replies get lost. It is written from Meta's
//! documents and shares no code with flowgate's own clients and servers, so
//! that clients and endpoints in any language can be tested against it.
//!
//! It is no WhatsApp: it sends no messages, it knows the paths listed below and
//! no others, and where the documents are silent it offers the possible shapes
//! ([`Shapes`]) rather than one truth.
//!
//! | API | calls |
//! |---|---|
//! | Cloud | `POST` and `GET /{version}/{phone-number-id}/whatsapp_business_encryption`, `GET /{version}/{account-id}/phone_numbers` |
//! | On-Premises | `POST /v1/users/login`, `POST /v1/users/logout`, `POST` and `GET /v1/settings/business/whatsapp_business_encryption` |
//! | control | see [`control`] |
//!
//! ```
//! use flowgate_simulator::{Disturbance, Fault, Platform, Simulator, TokenGrant};
//!
//! let platform = Platform::builder().build()?;
//! let simulator = Simulator::builder(platform.clone()).start()?;
//! let token = platform.issue_token(TokenGrant::new())?;
//!
//! // A client gets `simulator.cloud_url()` and `token.expose_secret()`. Its
//! // next two uploads fail; does it try again?
//! platform.inject(Fault::new(Disturbance::error(500, 131_000)).method("POST").times(2));
//! # let _ = (simulator, token);
//! # Ok::<(), flowgate_simulator::SimulatorError>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod clock;
mod cloud_api;
mod control_api;
mod error;
mod fault;
mod http;
mod on_premises_api;
mod parameters;
mod phone;
mod platform;
mod published_key;
mod server;
mod tls;

pub use clock::Clock;
pub use error::SimulatorError;
pub use fault::{Api, Disturbance, Effect, Fault};
pub use parameters::BodyEncoding;
pub use phone::{Load, LoadReport, Phone, PhoneError, PhoneReply};
pub use platform::{
    AccessToken, CallLimit, CloudReadShape, Home, NoKeyShape, NumberBehaviour, NumberSetup,
    OnPremisesReadShape, Permission, PhoneNumber, Platform, PlatformSetup, RequestRecord, Shapes,
    TokenGrant, UnknownIdShape,
};
pub use published_key::{
    Alteration, PublishedKey, SignatureStatus, UnreadableKey, ValidAfter, WhileWaiting,
};
pub use server::{Simulator, SimulatorBuilder};

/// The keys, for callers that name numbers and read what is stored.
pub use flowgate_keys as keys;

#[doc = include_str!("control_api.md")]
pub mod control {}
