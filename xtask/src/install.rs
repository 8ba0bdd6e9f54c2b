//! What commands need beside cargo: Debian packages, and Python environments in
//! the folder of what is built.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failed, program, run, succeeds, target};

/// Where Debian keeps a folder of server programs for each version of
/// PostgreSQL; they are not in `PATH`.
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// A program that a command runs, and the Debian package that brings it.
pub(crate) struct Needed {
    /// Names under which it may be installed; one is enough.
    pub(crate) programs: &'static [&'static str],
    /// What to install.
    pub(crate) package: &'static str,
}

/// Node, whatever runs on it.
pub(crate) const NODE: Needed = Needed {
    programs: &["node"],
    package: "nodejs",
};

/// Python, whatever runs on it.
pub(crate) const PYTHON: Needed = Needed {
    programs: &["python3"],
    package: "python3",
};

/// Installs the Debian packages of missing programs as root, or says how to.
pub(crate) fn install_programs(needed: &[Needed]) -> Result<(), Failed> {
    let missing: Vec<&str> = needed
        .iter()
        .filter(|needed| !needed.programs.iter().any(|name| is_installed(name)))
        .map(|needed| needed.package)
        .collect();
    install_packages(&missing)
}

fn install_packages(packages: &[&str]) -> Result<(), Failed> {
    if packages.is_empty() {
        return Ok(());
    }
    if !is_root() || !is_installed("apt-get") {
        return Err(Failed::new(format!(
            "{list} missing; on Debian: sudo apt-get install {list}",
            list = packages.join(" ")
        )));
    }
    run(&mut apt_get(&["update"]))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    run(apt_get(&install).args(packages))
}

/// Returns `apt-get`, which asks nothing and says little.
fn apt_get(arguments: &[&str]) -> Command {
    let mut apt_get = program("apt-get", ["--quiet", "--quiet"]);
    apt_get
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}

/// Returns the folder of a Python environment with the packages of a
/// requirements file; made if `imports` do not work in it.
pub(crate) fn python_environment(
    name: &str,
    requirements: &str,
    imports: &str,
) -> Result<PathBuf, Failed> {
    let folder = target().join(name);
    let python = folder.join("bin/python3");
    if !succeeds(&mut program(&python, ["-c", imports])) {
        // Debian keeps what an environment is made with in a package of its own.
        if !succeeds(&mut program("python3", ["-c", "import ensurepip"])) {
            install_packages(&["python3-venv"])?;
        }
        run(program("python3", ["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--requirement"];
        run(program(&python, pip).arg(requirements))?;
    }
    Ok(folder)
}

fn is_installed(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir(POSTGRES_VERSIONS)
        .into_iter()
        .flatten()
        .flatten();
    env::split_paths(&path)
        .chain(versions.map(|version| version.path().join("bin")))
        .any(|folder| folder.join(name).is_file())
}

/// Tells whether this process may install packages.
fn is_root() -> bool {
    program("id", ["-u"])
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
