//! `cargo xtask ci`: everything that must pass.

use crate::run::Failed;
use crate::{doc, fmt, lint, machine_code, test};

/// Runs the checks, the quick ones first.
pub(crate) fn run() -> Result<(), Failed> {
    fmt::check_only()?;
    lint::run()?;
    doc::run()?;
    test::run(&[])?;
    machine_code::run()
}
