//! `cargo xtask fmt`: one style for all code.

use crate::run::{Failed, cargo};

/// Writes all code in the one style, or with `--check` says what is not.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    match arguments {
        [] => crate::run::run(&mut cargo(["fmt", "--all"])),
        [check] if check == "--check" => check_only(),
        _ => Err(Failed::new("`cargo xtask fmt` takes `--check` or nothing")),
    }
}

/// Says what is not in the one style.
pub(crate) fn check_only() -> Result<(), Failed> {
    crate::run::run(&mut cargo(["fmt", "--all", "--", "--check"]))
}
