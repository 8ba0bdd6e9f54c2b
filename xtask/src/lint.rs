//! `cargo xtask lint`: clippy over all code, warnings as errors.

use crate::run::{Failed, cargo};

/// Runs clippy over all packages, targets and features.
pub(crate) fn run() -> Result<(), Failed> {
    crate::run::run(&mut cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--",
        "--deny",
        "warnings",
    ]))
}
