//! Measures what the steps of an exchange cost, and how much a server takes.
//!
//! The bench targets run under criterion, one step at a time, and compare with
//! their own last run.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

pub mod business;
pub mod exchange;
pub mod known_key;
pub mod payload;
