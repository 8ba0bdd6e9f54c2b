//! The platform client against servers that behave, fail and misbehave.
//!
//! Nothing here sleeps: waiting goes through a clock that only counts.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its server fails"
)]

mod actix_metrics;
mod bootstrap;
mod clock;
mod doctor;
mod endpoint;
mod faults;
mod on_premises;
mod pywa;
mod rotation;
mod server;
mod simulator;
mod stand_in;
