//! `flowgate check --schema` over broken copies of the Flow of
//! `examples/book-appointment`; its server is held against the same copies.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::path::Path;
use std::process::{Command, Output};

use flowgate_tests::broken_flow::{book_appointment, book_appointment_schema};

fn check(folder: &Path, flow: &str, schema: impl AsRef<Path>, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flowgate"))
        .args(["check", flow, "--schema"])
        .arg(schema.as_ref())
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn each_mistake_is_shown_with_its_place_and_what_to_do() {
    for copy in book_appointment() {
        let folder = tempfile::tempdir().unwrap();
        let place = copy.write_to(&folder.path().join("flow"));
        let deny: &[&str] = if copy.is_error() {
            &[]
        } else {
            &["--deny-warnings"]
        };
        let output = check(folder.path(), "flow", book_appointment_schema(), deny);
        let report = String::from_utf8(output.stdout).unwrap();
        for expected in [
            &format!("{}[{}]", copy.severity, copy.code),
            &format!("flow/{place}"),
            &copy.help,
        ] {
            assert!(report.contains(expected), "{expected} is not in: {report}");
        }
        assert_eq!(output.status.code(), Some(1), "{}", copy.code);
    }
}

#[test]
fn the_examples_are_sound() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for (example, flow) in [
        ("book-appointment", "flows/appointment"),
        ("loan-quote", "flows/v1"),
        ("loan-quote", "flows/v2"),
    ] {
        let folder = examples.join(example);
        let output = check(&folder, flow, "schema.graphql", &["--deny-warnings"]);
        let report = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert!(report.contains("no problems found"), "{report}");
    }
}
