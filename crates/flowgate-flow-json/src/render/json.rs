//! Writes findings as JSON for other programs.

use serde::Serialize;

use super::{CheckedFile, total};
use crate::{
    diagnostic::{Diagnostic, Severity},
    version::Version,
};

/// The version of the format. Members may be added to it; a change of what is
/// there gets a new number.
pub const JSON_FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'r> {
    format_version: u32,
    summary: Summary,
    files: Vec<File<'r>>,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
}

#[derive(Serialize)]
struct File<'r> {
    path: &'r str,
    version: Option<Version>,
    validation_errors: &'r [Diagnostic],
}

/// Writes all findings of all files as one JSON object:
///
/// ```json
/// {
///   "format_version": 1,
///   "summary": {"files": 1, "errors": 1, "warnings": 0, "infos": 0},
///   "files": [{
///     "path": "flow.json",
///     "version": "7.3",
///     "validation_errors": [{
///       "error": "INVALID_PROPERTY_KEY",
///       "error_type": "JSON_SCHEMA_ERROR",
///       "message": "the document has no property `verison`",
///       "line_start": 2, "line_end": 2, "column_start": 3, "column_end": 12,
///       "pointers": [{"line_start": 2, "line_end": 2, "column_start": 3, "column_end": 12, "path": "verison"}],
///       "code": "known-properties",
///       "severity": "error",
///       "help": "did you mean `version`?",
///       "pointer": "/verison"
///     }]
///   }]
/// }
/// ```
///
/// The members up to `pointers` are those of
/// [WhatsApp's API](https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi);
/// `error` and `error_type` are null for findings that WhatsApp does not
/// report. Lines and columns count from one, columns in Unicode scalar values,
/// and `column_end` is the column behind the last character. Findings that
/// concern a second file have `labels`: a list of such places with `file` and
/// `message`.
pub fn json(files: &[CheckedFile]) -> String {
    let report = Report {
        format_version: JSON_FORMAT_VERSION,
        summary: Summary {
            files: files.len(),
            errors: total(files, Severity::Error),
            warnings: total(files, Severity::Warning),
            infos: total(files, Severity::Info),
        },
        files: files
            .iter()
            .map(|file| File {
                path: &file.path,
                version: file.flow().and_then(crate::FlowJson::declared_version),
                validation_errors: &file.diagnostics,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)
        .expect("the report consists of strings, numbers and lists only");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_sample_is_what_is_written() {
        let source = include_str!("json.rs");
        let sample: String = source
            .lines()
            .skip_while(|line| *line != "/// ```json")
            .skip(1)
            .take_while(|line| *line != "/// ```")
            .map(|line| line.trim_start_matches("///"))
            .collect();
        let sample: serde_json::Value = serde_json::from_str(&sample).unwrap();
        let file = CheckedFile::check("flow.json", b"{\"version\": \"7.3\",\n  \"verison\": 1}");
        let mut written: serde_json::Value = serde_json::from_str(&json(&[file])).unwrap();
        let found = written["files"][0]["validation_errors"]
            .as_array()
            .unwrap()
            .iter()
            .find(|found| found["code"] == "known-properties")
            .cloned();
        written["files"][0]["validation_errors"] =
            serde_json::Value::Array(found.into_iter().collect());
        written["summary"]["errors"] = 1.into();
        assert_eq!(written, sample);
    }
}
