//! Checks real documents and the samples of WhatsApp's error-codes page.
//!
//! They are read from the folder that `FLOWGATE_CORPUS` names. Without it the
//! tests say that they were skipped; with it they fail if it holds nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a test may end where its own files are not as they should be"
)]

use std::{env, fs, path::PathBuf};

use flowgate_flow_json::{Diagnostic, FlowJson, Severity, graph, render::CheckedFile};
use serde_json::{Value, json};

/// Returns the files of one folder, or `None` if no corpus is named.
fn files(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let Some(corpus) = env::var_os("FLOWGATE_CORPUS") else {
        println!("skipped: FLOWGATE_CORPUS is not set");
        return None;
    };
    let folder = PathBuf::from(corpus).join("flow-json").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.sort();
    Some(files)
}

#[test]
fn real_documents_have_no_error() {
    let Some(files) = files("valid") else { return };
    let mut wrong = String::new();
    for (name, text) in files {
        let file = CheckedFile::check(name, &text);
        for found in &file.diagnostics {
            if found.severity == Severity::Error {
                wrong.push_str(&format!("{}: {found:#?}\n", file.path));
            }
        }
        assert!(file.flow().unwrap().declared_version().is_some());
        assert!(graph::svg(file.flow().unwrap()).ends_with("</svg>\n"));
        for contract in file.flow().unwrap().screen_contracts() {
            let screen = file
                .flow()
                .unwrap()
                .screen(contract.screen().as_str())
                .unwrap();
            let data: Value = screen
                .data()
                .iter()
                .filter_map(|field| {
                    let example = file.flow().unwrap().document().node(field.example?);
                    let value: Value = serde_json::from_str(example.raw()).unwrap();
                    Some((field.name.clone(), value))
                })
                .collect::<serde_json::Map<_, _>>()
                .into();
            let findings = contract.check(&data);
            assert!(findings.is_empty(), "{}: {findings:#?}", file.path);
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn doubtful_documents_have_an_error() {
    let Some(files) = files("suspect") else {
        return;
    };
    for (name, text) in files {
        let found = FlowJson::parse(&text).check();
        assert!(
            found.iter().any(|found| found.severity == Severity::Error),
            "{name} passes"
        );
    }
}

#[test]
fn every_sample_of_the_error_page_is_reported_at_its_place() {
    let Some(files) = files("invalid") else {
        return;
    };
    let mut wrong = String::new();
    for (name, text) in files {
        let row: usize = name.split("--").nth(1).unwrap()[..3].parse().unwrap();
        let entry: Value = serde_json::from_slice(&text).unwrap();
        let expected: Vec<&str> = entry["expected_codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_str().unwrap())
            .collect();
        let document = match row {
            // The sample forbids `data_api_version` in 3.0, which all Flows
            // with an endpoint have; what left the document in 3.0 is
            // `data_channel_uri`.
            14 => r#"{"version": "3.0", "data_channel_uri": "https://example.com", "screens": []}"#
                .to_owned(),
            _ => match completed(row) {
                Some(document) => document.to_owned(),
                None => framed(&entry["sample"], row).to_string(),
            },
        };
        let found = FlowJson::parse(document.as_bytes()).check();
        let matching: Vec<&Diagnostic> = found
            .iter()
            .filter(|found| {
                let id = found.error.map_or("", |error| error.name());
                expected.contains(&id)
                    // Any id for versions will do: the sample is a placeholder.
                    || (row == 19 && id == "INVALID_FLOW_JSON_VERSION")
            })
            .collect();
        let place = place(row);
        if !matching.iter().any(|found| found.pointer == place) {
            let pointers: Vec<_> = matching.iter().map(|found| &found.pointer).collect();
            wrong.push_str(&format!(
                "{name}: expected {expected:?} at `{place}`, found it at {pointers:?} in\n{document}\n"
            ));
        }
    }
    assert_eq!(wrong, "");
}

/// Sets a fragment into the smallest document around it.
fn framed(sample: &Value, row: usize) -> Value {
    // The page names the missing version as the error only in one row.
    let mut document = json!({"version": "4.0", "screens": []});
    if sample.get("screens").is_some() {
        for (name, value) in sample.as_object().unwrap() {
            document[name] = value.clone();
        }
        if row == 17 {
            document.as_object_mut().unwrap().remove("version");
        }
        return document;
    }
    let mut screen = json!({"id": "FIRST_SCREEN", "terminal": true});
    if sample.get("layout").is_some() {
        for (name, value) in sample.as_object().unwrap() {
            screen[name] = value.clone();
        }
    } else if let Some(action) = sample.get("on-unselect-action") {
        document["version"] = "7.2".into();
        screen["data"] = sample["data"].clone();
        screen["layout"] = json!({"type": "SingleColumnLayout", "children": [
            {"type": "OptIn", "name": "terms", "label": "Terms", "on-unselect-action": action}]});
    } else {
        let children = match sample.get("children") {
            Some(children) if sample.get("type").is_none() => children.clone(),
            _ => json!([sample]),
        };
        screen["layout"] = json!({"type": "SingleColumnLayout", "children": children});
    }
    document["screens"] = json!([screen]);
    document
}

/// Completes the samples that are cut short on the page.
fn completed(row: usize) -> Option<&'static str> {
    Some(match row {
        15 => {
            r#"{"version": "2.1", "screens": [{"layout": {"type": "SingleColumnLayout", "children": [
            {"type": "TextInput", "name": "path2", "label": "Path"},
            {"type": "Form", "name": "flow_path", "children": [{"type": "TextInput", "name": "path", "label": "Path"}]}]}}]}"#
        }
        21 => {
            r#"{"version": "4.0", "data_api_version": "3.0", "routing_model": {"ABC": []},
            "screens": [{"id": "FIRST_SCREEN"}, {"id": "ABC"}]}"#
        }
        27 | 28 | 32 => {
            r#"{"version": "4.0", "data_api_version": "3.0", "screens": [{"id": "FIRST_SCREEN"}, {"id": "SECOND_SCREEN"}],
            "routing_model": {"FIRST_SCREEN": ["SECOND_SCREEN"], "SECOND_SCREEN": ["FIRST_SCREEN"]}}"#
        }
        30 => {
            r#"{"version": "4.0", "data_api_version": "3.0", "screens": [{"id": "FIRST_SCREEN"}],
            "routing_model": {"FIRST_SCREEN": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]}}"#
        }
        41 => {
            r#"{"version": "2.1", "screens": [{"id": "FIRST_SCREEN", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "Footer", "label": "Go", "on-click-action": {"name": "navigate",
            "next": {"type": "screen", "name": "SECOND_SCREEN"}, "payload": {"name": "some name"}}}]}},
            {"id": "SECOND_SCREEN", "layout": {"type": "SingleColumnLayout", "children": []}}]}"#
        }
        44 => {
            r#"{"version": "2.1", "screens": [{"id": "FIRST_SCREEN", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "Footer", "label": "Go", "on-click-action": {"name": "navigate",
            "next": {"type": "screen", "name": "SECOND_SCREEN"}, "payload": {"name": 123}}}]}},
            {"id": "SECOND_SCREEN", "data": {"name": {"type": "string"}}}]}"#
        }
        46 => {
            r#"{"version": "2.1", "screens": [{"id": "FIRST_SCREEN", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "Footer", "label": "Go", "on-click-action": {"name": "navigate",
            "next": {"type": "screen", "name": "not_present"}, "payload": {}}}]}}]}"#
        }
        48 => {
            r#"{"version": "2.1", "screens": [{"id": "FIRST_SCREEN", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "Form", "children": [{"type": "Footer", "label": "Done", "on-click-action":
            {"name": "navigate", "payload": {"text": "${form.not_present}"}}}]}]}}]}"#
        }
        53 => {
            r#"{"version": "2.1", "screens": [{"id": "FIRST_SCREEN", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "Form", "name": "form_name", "children": [{"type": "Footer", "label": "Done", "on-click-action":
            {"name": "navigate", "payload": {"text": "${form.form_name}"}}}]}]}}]}"#
        }
        75 => {
            r#"{"version": "4.0", "screens": [{"id": "PATH_SIMULATION", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "If", "then": [{"type": "OptIn", "name": "name"}], "else": [{"type": "TextInput", "name": "name1"}]},
            {"type": "Switch", "cases": {"case1": [{"type": "DatePicker", "name": "name"}],
            "case2": [{"type": "TextArea", "name": "name1"}]}},
            {"type": "Form", "children": [{"name": "name"}, {"name": "name1"}]}]}}]}"#
        }
        79 => {
            r#"{"version": "2.1", "screens": [{"id": "screenA", "title": "Screen Title",
            "layout": {"type": "SingleColumnLayout", "children": []}}]}"#
        }
        80 => {
            r#"{"version": "4.0", "screens": [{"layout": {"type": "SingleColumnLayout", "children": [
            {"type": "TextInput", "name": "path2", "label": "Path"},
            {"type": "Form", "name": "flow_path", "children": [{"type": "TextInput", "name": "path", "label": "Path"}]}]}}]}"#
        }
        _ => return None,
    })
}

/// The place that each row of the page is about.
fn place(row: usize) -> &'static str {
    const CHILD: &str = "/screens/0/layout/children/0";
    match row {
        2 => "/screens/0/layout",
        6 | 15 | 80 | 81 => CHILD,
        8 | 40 => "/screens/0/layout/children/0/on-click-action",
        9 => "/screens/0/layout/children/0/left-caption",
        10 => "/screens/0/layout/children/0/center-caption",
        14 => "/data_channel_uri",
        17 => "",
        19 => "/version",
        21 => "/screens/0/id",
        25 => "/screens/2",
        26 | 79 => "/screens",
        27 => "/routing_model",
        28 | 32 => "/routing_model/SECOND_SCREEN/0",
        30 => "/routing_model/FIRST_SCREEN",
        34 | 35 => "/screens/0/layout/children/0/children/0/on-click-action/payload/input",
        36 | 38 => "/screens/0/layout/children/1/on-click-action/payload/photo",
        41 => "/screens/0/layout/children/0/on-click-action/payload",
        44 => "/screens/0/layout/children/0/on-click-action/payload/name",
        46 => "/screens/0/layout/children/0/on-click-action/next/name",
        47 => "/screens/0/layout/children/0/children/1/on-click-action/payload/text",
        48 | 53 => "/screens/0/layout/children/0/children/0/on-click-action/payload/text",
        54 => "/screens/0/layout/children/0/text",
        56 => "/screens/0/layout/children/0/children/0/data-source",
        57 => "/screens/0/data/initial_values/properties/__example__",
        58 => "/screens/0/data/name",
        60 => "/screens/0/data/name/type",
        61 => "/screens/0/data/name/items",
        62 => "/screens/0/data/name/__example__",
        63 => "/screens/0/layout/children/0/label",
        64 => "/screens/1/layout/children/0/text",
        66 => "/screens/0/layout/children/0/error-message",
        70 => "/screens/0/layout/children/0/min-uploaded-photos",
        71 | 72 => "/screens/0/layout/children/0/on-click-action",
        74 => "/screens/0/layout/children/0/children/1/name",
        75 => "/screens/0/layout/children/1/cases/case1/0/name",
        76 => "/screens/1/id",
        77 => "/screens/0/id",
        78 => "/screens/0",
        83 | 93 => "/screens/0/layout/children/0/cases/case1",
        84 => "/screens/0/layout/children/1",
        85 => "/screens/0/layout/children/0/then",
        86 | 88 | 92 => "/screens/0/layout/children/0/condition",
        94 => "/screens/0/layout/children/0/init-values/photo",
        96 => "/screens/0/layout/children/1/on-click-action/payload/doc/first/second/1",
        97 => "/screens/0/layout/children/2/on-click-action/payload/photo",
        99 => "/screens/0/layout/children/0/on-unselect-action/payload/property",
        other => panic!("row {other} of the page has no place here yet"),
    }
}

#[test]
fn a_typical_document_cut_anywhere_is_answered() {
    let Some(files) = files("valid") else { return };
    let (_, text) = files
        .iter()
        .find(|(_, text)| (4_000..9_000).contains(&text.len()))
        .expect("some document is of that size");
    for length in (0..text.len()).step_by(7) {
        let found = FlowJson::parse(&text[..length]).check();
        assert!(!found.is_empty());
        for found in found {
            assert!(found.line_start >= 1 && found.line_end >= found.line_start);
        }
    }
}
