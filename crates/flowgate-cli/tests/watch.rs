//! `flowgate check --watch`: checks again when a file has changed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

const FLOW: &str = r#"{"version": "7.3", "screens": [{"id": "START", "title": "Start", "terminal": true,
  "layout": {"type": "SingleColumnLayout", "children": [
    {"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}]}}]}"#;

/// The program; ended with the test.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads what is printed up to the next summary.
fn next_report(lines: &mut BufReader<ChildStdout>) -> String {
    let mut report = String::new();
    loop {
        let start = report.len();
        assert_ne!(lines.read_line(&mut report).unwrap(), 0, "ended: {report}");
        if report[start..].starts_with("checked ") {
            return report;
        }
    }
}

#[test]
fn a_changed_file_is_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flow.json");
    fs::write(&file, FLOW.replace("complete", "complet")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgate"))
        .args(["check", "--watch"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let _watching = Watching(child);

    let first = next_report(&mut lines);
    assert!(
        first.contains("error[") && first.contains("complet"),
        "{first}"
    );
    fs::write(&file, FLOW).unwrap();
    let second = next_report(&mut lines);
    assert!(!second.contains("error["), "{second}");
}

#[test]
fn a_changed_document_is_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let flow = FLOW.replace(
        "\"screens\"",
        "\"data_api_version\": \"4.0\", \"routing_model\": {\"START\": []}, \"screens\"",
    );
    fs::write(folder.path().join("flow.json"), flow).unwrap();
    let document = folder.path().join("open.graphql");
    let open = "query Open @flow(on: INIT) @screen(id: \"START\") { __typename }";
    fs::write(&document, open.replace("START", "STRAT")).unwrap();
    let schema = folder.path().join("schema.graphql");
    fs::write(&schema, "type Query { any: Int }").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgate"))
        .args(["check", "--watch", "--schema"])
        .arg(&schema)
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let _watching = Watching(child);

    let first = next_report(&mut lines);
    assert!(first.contains("error[screens-exist]"), "{first}");
    fs::write(&document, open).unwrap();
    let second = next_report(&mut lines);
    assert!(!second.contains("error["), "{second}");
}
