//! Requires that a pattern stands where it works and is explained.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    json::Node,
    model::FlowJson,
    suggestion,
};

pub(super) struct PatternExplained;

impl Rule for PatternExplained {
    const FACTS: RuleFacts = RuleFacts {
        code: "pattern-explained",
        summary: "a pattern comes with a helper text and an input type that can have one",
        errors: &[
            ErrorId::MissingRequiredProperty,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "A user who cannot see the pattern must be told what to type, so \
            `helper-text` is required. Only text, number, password and passcode inputs have a \
            pattern. It is written without slashes.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "plate", "label": "Plate", «"pattern"»: "[A-Z]+-[0-9]+"}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "plate", "label": "Plate", "pattern": "[A-Z]+-[0-9]+",
 "helper-text": "such as AB-123"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for input in flow.components().filter(|c| c.is(ComponentType::TextInput)) {
            let Some(pattern) = input.get("pattern") else {
                continue;
            };
            if input.get("helper-text").is_none() {
                report.error(
                    ErrorId::MissingRequiredProperty,
                    At::Key(pattern),
                    format!("{} has a pattern and no `helper-text`", input.title()),
                    "add \"helper-text\": \"what to type\"",
                );
            }
            if let Some(node) = input.get("input-type")
                && let Some(kind) = node.as_str()
                && (kind == "email" || kind == "phone")
            {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(node),
                    format!(
                        "an input of type {kind} has no pattern, expected {}",
                        suggestion::list(WITH_PATTERN)
                    ),
                    "delete the pattern, or write \"input-type\": \"text\"",
                );
            }
            if let Some(text) = pattern.as_str().filter(|text| is_in_slashes(text)) {
                report.warning(
                    At::Value(pattern),
                    "the pattern is written in slashes",
                    format!("write {}", without_slashes(pattern, text)),
                );
            }
        }
    }
}

const WITH_PATTERN: [&str; 4] = ["text", "number", "password", "passcode"];

fn is_in_slashes(text: &str) -> bool {
    text.len() > 2 && text.starts_with('/') && text.ends_with('/')
}

fn without_slashes(node: Node<'_>, text: &str) -> String {
    let raw = node.raw();
    if raw.len() == text.len() + 2 {
        format!("\"{}\"", &text[1..text.len() - 1])
    } else {
        "it without them".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<PatternExplained>();
    }
}
