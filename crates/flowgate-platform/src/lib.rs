//! The business public key at WhatsApp's platform: publish, verify, rotate.
//!
//! No Flow with a data endpoint works until WhatsApp holds the **business public
//! key** of the **phone number** that sends it, and has **signed** it: phones
//! fetch the key, check the signature and encrypt for it. This crate speaks to
//! the **Cloud API** and to **On-Premises** installations and sees to it that
//! each number holds the key and that its signature is `VALID`.
//!
//! - [`Bootstrap::ensure_published`]: reads, compares, uploads where needed, and
//!   reads back until the signature is valid. At server start or from the
//!   command line.
//! - [`Rotation`]: replaces the key pair in stages that can be interrupted,
//!   without losing a request.
//! - [`Doctor`]: examines an endpoint in any language, and the published keys.
//! - [`CloudApi`], [`OnPremisesApi`]: the calls themselves, one method each.
//!
//! It does not hold private keys and does not answer requests: see
//! `flowgate-keys` and `flowgate-actix`.
//!
//! Types of other crates in the public interface: [`Url`] and [`Certificate`]
//! of reqwest.
//!
//! # Features
//!
//! - `aws-lc` (default): the unwrap backend on aws-lc-rs.
//! - `args`: flags and variables for programs, in the module `args`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod access_token;
#[cfg(feature = "args")]
pub mod args;
mod bootstrap;
mod cloud_api;
mod connection;
mod doctor;
mod endpoint_client;
mod error;
mod on_premises_api;
mod phone_number;
mod published_key;
mod refusal;
mod retry;
mod rotation;

pub use reqwest::{Certificate, Url};

pub use access_token::{AccessToken, CredentialError, Password};
pub use bootstrap::{Bootstrap, BootstrapReport, NumberReport, PublishFailure, UploadReason};
pub use cloud_api::{
    CloudApi, CloudApiBuilder, GRAPH_URL, GRAPH_VERSION, ListedPhoneNumber, NotAWabaId,
    REQUEST_TIMEOUT, WabaId,
};
pub use connection::read_ca_file;
pub use doctor::{Check, Code, Doctor, DoctorError, DoctorReport, Finding, Severity};
pub use error::{BodyForm, PlatformError};
pub use on_premises_api::{OnPremisesApi, OnPremisesApiBuilder};
pub use phone_number::PhoneNumber;
pub use published_key::{PublishedKey, SignatureStatus};
pub use refusal::{Api, Cause, Refusal};
pub use retry::{Observer, Retries, RetryPolicy, SystemTimer, Timer};
pub use rotation::{
    Advance, KeyProtection, Rotation, RotationError, RotationMode, RotationPlan, RotationTools,
    Stage, StateFile, StateStore, Waiting,
};
