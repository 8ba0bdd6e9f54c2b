//! Writes findings in the format of code scanners.
//!
//! Implements [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).

use serde_json::{Value, json};

use super::CheckedFile;
use crate::{diagnostic::Severity, rules::rules};

/// Describes a rule of another check to a code scanner.
#[derive(Clone, Copy, Debug)]
pub struct RuleSummary {
    /// The code, which findings carry.
    pub code: &'static str,
    /// What must hold, in one sentence without a period.
    pub summary: &'static str,
    /// Why the rule exists and what to do.
    pub explanation: &'static str,
}

/// Writes all findings of all files as one SARIF log. It describes the rules
/// of Flow JSON, and those in `more`.
pub fn sarif(files: &[CheckedFile], more: &[RuleSummary]) -> String {
    let rules: Vec<_> = rules()
        .map(|rule| RuleSummary {
            code: rule.code,
            summary: rule.summary,
            explanation: rule.explanation,
        })
        .chain(more.iter().copied())
        .collect();
    let results: Vec<Value> = files
        .iter()
        .flat_map(|file| {
            let rules = &rules;
            file.diagnostics.iter().map(move |diagnostic| {
                json!({
                    "ruleId": diagnostic.code,
                    "ruleIndex": rules.iter().position(|rule| rule.code == diagnostic.code),
                    "level": match diagnostic.severity {
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                        Severity::Info => "note",
                    },
                    "message": {"text": format!("{}; {}", diagnostic.message, diagnostic.help)},
                    "locations": [{
                        "physicalLocation": {
                            "artifactLocation": {"uri": uri(&file.path)},
                            "region": {
                                "startLine": diagnostic.line_start,
                                "startColumn": diagnostic.column_start,
                                "endLine": diagnostic.line_end,
                                "endColumn": diagnostic.column_end,
                            },
                        },
                        "logicalLocations": [{"fullyQualifiedName": diagnostic.pointer}],
                    }],
                    "relatedLocations": diagnostic.labels.iter().map(|label| json!({
                        "message": {"text": label.message},
                        "physicalLocation": {
                            "artifactLocation": {"uri": uri(&label.file)},
                            "region": {
                                "startLine": label.line_start,
                                "startColumn": label.column_start,
                                "endLine": label.line_end,
                                "endColumn": label.column_end,
                            },
                        },
                    })).collect::<Vec<_>>(),
                    "properties": {"error": diagnostic.error, "help": diagnostic.help},
                })
            })
        })
        .collect();
    let described: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.explanation},
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "flowgate check",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": described,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("a JSON value can always be written");
    text.push('\n');
    text
}

/// Writes a relative or absolute path as a URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                uri.push(byte as char);
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_point_to_their_rule_and_place() {
        let file = CheckedFile::check("my flow.json", b"{\"version\": \"7.3\", \"screens\": []}");
        let log: Value = serde_json::from_str(&sarif(&[file], &[])).unwrap();
        let run = &log["runs"][0];
        let result = &run["results"][0];
        assert_eq!(result["ruleId"], "item-counts");
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "item-counts");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20flow.json");
        assert_eq!(place["region"]["startColumn"], 31);
        assert_eq!(place["region"]["endColumn"], 33);
    }
}
