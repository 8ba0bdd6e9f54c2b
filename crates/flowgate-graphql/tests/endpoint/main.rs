//! Tests endpoints on schemas as phones see them.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod business;
mod dynamic_schema;
mod guard;
mod hostile_payloads;
mod outcomes;

/// The text that phones show when the application cannot answer.
const UNAVAILABLE: &str = "Something went wrong on our side. Please try again.";

/// The text that phones show when something does not fit the form.
const INVALID: &str = "Please check what you have entered and try again.";
