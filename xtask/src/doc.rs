//! `cargo xtask doc`: the documentation, warnings as errors.

use crate::run::{Failed, cargo};

/// Writes the documentation of our crates.
pub(crate) fn run() -> Result<(), Failed> {
    let mut doc = cargo([
        "doc",
        "--workspace",
        "--all-features",
        "--no-deps",
        "--locked",
    ]);
    crate::run::run(doc.env("RUSTDOCFLAGS", "--deny warnings"))
}
