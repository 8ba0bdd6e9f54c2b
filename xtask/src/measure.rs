//! `cargo xtask differential` and `cargo xtask timing`: programs of the benchmarks
//! that judge the unwrap backends rather than time them.

use crate::run::{Failed, cargo};

/// Runs a program of the benchmarks as a release, with arguments of its own.
pub(crate) fn run(name: &str, arguments: &[String]) -> Result<(), Failed> {
    let mut run = cargo(["run", "--release", "--locked", "--quiet"]);
    run.args(["--package", "flowgate-benches", "--bin", name, "--"]);
    crate::run::run(run.args(arguments))
}
