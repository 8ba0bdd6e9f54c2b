//! Times things in turns, and says on what machine.
//!
//! What is compared runs in one process, round by round, each contender for the
//! same time and each round beginning with another one. What else the machine
//! does then hits all of them alike, and medians forget the rounds that it hit.
#![forbid(unsafe_code)]

pub mod calls;
pub mod processor;
pub mod rounds;
mod statistics;
pub mod table;

pub use statistics::{median, percentile};
