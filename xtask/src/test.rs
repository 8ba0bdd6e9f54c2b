//! `cargo xtask test`: everything that the tests need, then all tests.
//!
//! Some tests run programs that are not ours: Node, Python with `cryptography`
//! and `pywa`, OpenSSL, a headless Chromium and PostgreSQL.

use std::env;
use std::ffi::OsString;
use std::iter;
use std::process::Command;

use crate::install::{NODE, Needed, PYTHON, install_programs, python_environment};
use crate::run::{Failed, cargo, run as run_shown, run_and_read};

/// Feature sets that the tests do not build by themselves: nothing but the
/// portable crates, and what applications test with. The same packages each
/// time, so that cargo builds what they depend on once.
const FEATURE_SETS: [&[&str]; 2] = [&[], &["--features", "flowgate-protocol/testing"]];

/// The crates that have features.
const CRATES_WITH_FEATURES: [&str; 5] = [
    "flowgate-keys",
    "flowgate-protocol",
    "flowgate-actix",
    "flowgate-graphql",
    "flowgate-platform",
];

const NEEDED: [Needed; 5] = [
    NODE,
    PYTHON,
    Needed {
        programs: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
    },
    Needed {
        programs: &["openssl"],
        package: "openssl",
    },
    Needed {
        programs: &["postgres"],
        package: "postgresql",
    },
];

/// Runs all tests; with arguments only `cargo test` with these.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    install_programs(&NEEDED)?;
    let path = path_with_python_packages()?;
    if arguments.is_empty() {
        for features in FEATURE_SETS {
            let mut check = cargo(["check", "--locked", "--no-default-features"]);
            for name in CRATES_WITH_FEATURES {
                check.args(["--package", name]);
            }
            run_shown(check.args(features))?;
        }
    }
    let mut test = cargo(["test", "--locked"]);
    if arguments.is_empty() {
        test.args(["--workspace", "--all-features"]);
        // Tests that run programs of other packages need not ask cargo again.
        test.env("FLOWGATE_PROGRAMS_ARE_BUILT", "1");
    }
    run_and_count(test.args(arguments).env("PATH", path))
}

/// Runs `cargo test`, shows what it prints, and closes with the sum of its many
/// closing lines.
fn run_and_count(test: &mut Command) -> Result<(), Failed> {
    let (mut passed, mut failed) = (0, 0);
    let outcome = run_and_read(test, |line| {
        if let Some((good, bad)) = counts(line) {
            passed += good;
            failed += bad;
        }
    });
    println!("{passed} passed, {failed} failed");
    outcome
}

/// Reads `test result: ok. 3 passed; 0 failed; …`.
fn counts(line: &str) -> Option<(u32, u32)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut parts = counts.split("; ");
    let passed = parts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = parts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some((passed, failed))
}

/// Returns a `PATH` whose `python3` has the packages that the scripts of the
/// tests import.
fn path_with_python_packages() -> Result<OsString, Failed> {
    let python = python_environment(
        "python",
        "tests/foreign/python/requirements.txt",
        "import cryptography, graphql, pywa",
    )?;
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = iter::once(python.join("bin")).chain(env::split_paths(&path));
    env::join_paths(folders).map_err(|error| Failed::new(format!("PATH: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_the_runner_are_counted() {
        let line = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(counts(line), Some((12, 0)));
        let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored";
        assert_eq!(counts(line), Some((3, 2)));
        for line in [
            "",
            "test result",
            "running 3 tests",
            "test result: ok. x passed; 0 failed",
        ] {
            assert_eq!(counts(line), None, "{line}");
        }
    }
}
