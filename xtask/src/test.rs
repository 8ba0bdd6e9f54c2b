//! `cargo xtask test`: everything that the tests need, then all tests.
//!
//! Some tests run programs that are not ours: Node, Python with `cryptography`
//! and `pywa`, OpenSSL and a headless Chromium.

use std::env;
use std::ffi::OsString;
use std::iter;
use std::process::Command;

use crate::run::{Failed, cargo, program, run as run_shown, run_and_read, succeeds, target};

/// Feature sets that the tests do not build by themselves: nothing but the
/// portable crates, and what applications test with. The same packages each
/// time, so that cargo builds what they depend on once.
const FEATURE_SETS: [&[&str]; 2] = [&[], &["--features", "flowgate-protocol/testing"]];

/// The crates that have features.
const CRATES_WITH_FEATURES: [&str; 4] = [
    "flowgate-keys",
    "flowgate-protocol",
    "flowgate-actix",
    "flowgate-platform",
];

/// A program that tests run, and the Debian package that brings it.
struct Needed {
    programs: &'static [&'static str],
    package: &'static str,
}

const NEEDED: [Needed; 4] = [
    Needed {
        programs: &["node"],
        package: "nodejs",
    },
    Needed {
        programs: &["python3"],
        package: "python3",
    },
    Needed {
        programs: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
    },
    Needed {
        programs: &["openssl"],
        package: "openssl",
    },
];

/// Runs all tests; with arguments only `cargo test` with these.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    install_programs()?;
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

/// Installs the Debian packages of missing programs as root, or says how to.
fn install_programs() -> Result<(), Failed> {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|needed| !needed.programs.iter().any(|name| is_installed(name)))
        .map(|needed| needed.package)
        .collect();
    install_packages(&missing)
}

/// Installs the Debian package of a program that is missing, or says how to.
pub(crate) fn install(program: &str, package: &'static str) -> Result<(), Failed> {
    if is_installed(program) {
        return Ok(());
    }
    install_packages(&[package])
}

fn install_packages(packages: &[&str]) -> Result<(), Failed> {
    if packages.is_empty() {
        return Ok(());
    }
    if !is_root() || !is_installed("apt-get") {
        return Err(Failed::new(format!(
            "this needs {list}; on Debian: sudo apt-get install {list}",
            list = packages.join(" ")
        )));
    }
    run_shown(&mut apt_get(&["update"]))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    run_shown(apt_get(&install).args(packages))
}

/// Returns `apt-get`, which asks nothing and says little.
fn apt_get(arguments: &[&str]) -> Command {
    let mut apt_get = program("apt-get", ["--quiet", "--quiet"]);
    apt_get
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}

/// Returns a `PATH` whose `python3` has the packages that the scripts of the
/// tests import: an environment in `target/python`, made if it is not there.
fn path_with_python_packages() -> Result<OsString, Failed> {
    let folder = target().join("python");
    let python = folder.join("bin/python3");
    let imports = ["-c", "import cryptography, pywa"];
    if !succeeds(&mut program(&python, imports)) {
        // Debian keeps what an environment is made with in a package of its own.
        if !succeeds(&mut program("python3", ["-c", "import ensurepip"])) {
            install_packages(&["python3-venv"])?;
        }
        run_shown(program("python3", ["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--requirement"];
        run_shown(program(&python, pip).arg("tests/foreign/python/requirements.txt"))?;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = iter::once(folder.join("bin")).chain(env::split_paths(&path));
    env::join_paths(folders).map_err(|error| Failed::new(format!("PATH: {error}")))
}

fn is_installed(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Tells whether this process may install packages.
fn is_root() -> bool {
    program("id", ["-u"])
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
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
