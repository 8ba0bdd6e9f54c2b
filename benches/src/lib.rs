//! Measures what the steps of an exchange cost, and how much a server takes.
//!
//! Two kinds of measurement share the set-ups in this crate:
//!
//! - the bench targets run under criterion, one step at a time, and compare with
//!   their own last run: for whoever changes a step;
//! - the programs `summary` and `throughput` run the backends in turns, round by
//!   round, so that a busy or throttled machine hits all of them alike, and
//!   print medians side by side: for whoever reads numbers.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

pub mod business;
pub mod client;
pub mod endurance;
pub mod exchange;
pub mod known_key;
pub mod load;
pub mod machine;
pub mod openssl;
pub mod options;
pub mod padding;
pub mod payload;
pub mod peers;
pub mod random;
pub mod server;
pub mod throughput;
pub mod welch;
