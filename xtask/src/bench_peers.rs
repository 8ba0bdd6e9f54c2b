//! `cargo xtask bench-peers`: this project and other servers side by side.

use crate::install::{NODE, Needed, PYTHON, install_programs, python_environment};
use crate::run::{Failed, cargo, program, run as run_shown, target};

const NEEDED: [Needed; 3] = [
    NODE,
    PYTHON,
    Needed {
        programs: &["taskset"],
        package: "util-linux",
    },
];

/// Installs and builds what takes part, and runs the comparison with these
/// arguments.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failed> {
    install_programs(&NEEDED)?;
    let python = python_environment(
        "peers-python",
        "benches/peers/python/requirements.txt",
        "import cryptography, httptools, uvicorn, uvloop",
    )?;
    run_shown(&mut cargo([
        "build",
        "--locked",
        "--release",
        "--package",
        "flowgate-benches",
        "--bins",
    ]))?;
    let mut peers = program(target().join("release/peers"), arguments);
    run_shown(peers.arg("--python").arg(python.join("bin/python3")))
}
