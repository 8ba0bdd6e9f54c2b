//! Broken copies of this Flow: the server does not start, and says what to
//! change and where. `flowgate check` is held against the same copies.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use flowgate_tests::broken_flow::book_appointment;

use crate::program::{Program, program_with_test_key};

#[test]
fn each_kind_of_finding_is_held_against_a_copy() {
    let broken: BTreeSet<String> = book_appointment()
        .into_iter()
        .map(|copy| copy.code)
        .collect();
    let rules: BTreeSet<String> = flowgate::graphql::rules()
        .map(|rule| rule.code.to_owned())
        .collect();
    assert_eq!(broken, rules);
}

#[test]
fn each_kind_of_finding_stops_the_start() {
    for copy in book_appointment() {
        let folder = tempfile::tempdir().unwrap();
        let place = copy.write_to(&folder.path().join("flow"));
        let mut program = program_with_test_key(folder.path());
        program.args(["--flow", "flow"]).stdout(Stdio::null());
        let ended = program.output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{}: {stderr}", copy.code);
        for expected in [
            &format!("{}[{}]", copy.severity, copy.code),
            &format!("flow/{place}"),
            &copy.help,
        ] {
            assert!(stderr.contains(expected), "{expected} is not in: {stderr}");
        }
    }
}

#[test]
fn a_sound_copy_is_served() {
    let program = Program::with_flow(|folder| {
        fs::create_dir(folder).unwrap();
        for entry in fs::read_dir("flows/appointment").unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
    });
    assert_eq!(program.phone("a").init().json["screen"], "APPOINTMENT");
    let log = program.stop().stderr;
    assert!(!log.contains("WARN"), "{log}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = program_with_test_key(folder.path());
    let ended = program.args(["--flow", "nowhere"]).output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(stderr.contains("nowhere"), "{stderr}");
}
