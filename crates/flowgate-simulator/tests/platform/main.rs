//! The stand-in as clients see it: over HTTP, with bodies as other clients
//! write them.
#![allow(clippy::unwrap_used, reason = "the crate holds tests and their client")]

mod client;
mod cloud_api;
mod control_api;
mod faults;
mod on_premises_api;
mod phone;
mod state_file;
