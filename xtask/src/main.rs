//! Routine commands of the workspace: `cargo xtask help` lists them.
#![forbid(unsafe_code)]

use std::env;
use std::process::ExitCode;

mod bench_peers;
mod ci;
mod doc;
mod fmt;
mod install;
mod lint;
mod machine_code;
mod measure;
mod run;
mod test;

use run::Failed;

/// Prints what there is to run.
const HELP: &str = "\
Routine commands of the workspace:

  cargo xtask fmt             writes all code in the one style; with --check only looks
  cargo xtask lint            runs clippy over everything; warnings are errors
  cargo xtask doc             writes the documentation; warnings are errors
  cargo xtask test [ARGS]     installs what the tests need, then runs all of them;
                              with arguments runs `cargo test` with these instead
  cargo xtask bench-peers     compares whole servers in one run: this project, Node,
                              Python, and bare actix-web; --help lists options
  cargo xtask machine-code    reads what the compiler made of the vector kernels:
                              no branch and no mask may depend on a secret
  cargo xtask ci              fmt --check, lint, doc, test and machine-code: what must pass
  cargo xtask differential    compares the vector backend with aws-lc-rs on a million
                              random ciphertexts
  cargo xtask timing          looks for differences in time between kinds of wrong
                              ciphertexts; wants an idle machine
  cargo xtask help            prints this";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_deref() {
        Some("fmt") => fmt::run(&rest),
        Some("lint") => lint::run(),
        Some("doc") => doc::run(),
        Some("test") => test::run(&rest),
        Some("bench-peers") => bench_peers::run(&rest),
        Some("machine-code") => machine_code::run(),
        Some(name @ ("differential" | "timing")) => measure::run(name, &rest),
        Some("ci") => ci::run(),
        None | Some("help" | "--help" | "-h") => {
            println!("{HELP}");
            Ok(())
        }
        Some(other) => Err(Failed::new(format!(
            "there is no command `{other}`; `cargo xtask help` lists them"
        ))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("xtask: {failed}");
            ExitCode::FAILURE
        }
    }
}
