//! Requires screen ids of letters and underscores that are not reserved.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
    version::V7_0,
};

pub(super) struct ScreenIdForm;

impl Rule for ScreenIdForm {
    const FACTS: RuleFacts = RuleFacts {
        code: "screen-id-form",
        summary: "screen ids consist of letters and underscores and are not reserved",
        errors: &[
            ErrorId::PatternMismatch,
            ErrorId::MinCharsRequired,
            ErrorId::ScreenIdIsReservedKeyword,
        ],
        explanation: "Digits, hyphens and blanks are refused. SUCCESS is reserved, in upper and \
            lower case: an endpoint answers with it to end the Flow.",
        bad: Example::screens(
            r#"
{"id": «"STEP_1"», "title": "First step", "terminal": true,
  §layout
}"#,
        ),
        good: Example::screens(
            r#"
{"id": "STEP_ONE", "title": "First step", "terminal": true,
  §layout
}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            let Some(node) = screen.node().get("id") else {
                continue;
            };
            let Some(id) = node.as_str() else {
                continue;
            };
            if id.is_empty() {
                report.error(
                    ErrorId::MinCharsRequired,
                    At::Value(node),
                    "the screen id is empty, expected at least one character",
                    "write an id such as \"START\"",
                );
            } else if id.eq_ignore_ascii_case(RESERVED) {
                report.error(
                    ErrorId::ScreenIdIsReservedKeyword,
                    At::Value(node),
                    format!("screen id `{id}` is reserved"),
                    "write another id, such as \"DONE\"; an endpoint ends a Flow by answering \
                     with SUCCESS, which needs no screen",
                );
            } else if !id.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                || (flow.version() >= V7_0 && id.bytes().all(|byte| byte == b'_'))
            {
                report.error(
                    ErrorId::PatternMismatch,
                    At::Value(node),
                    format!("screen id `{id}` may hold only letters and underscores"),
                    format!("write \"{}\"", repaired(id)),
                );
            }
        }
    }
}

const RESERVED: &str = "SUCCESS";

/// Proposes an id with the offending characters replaced.
fn repaired(id: &str) -> String {
    const DIGITS: [&str; 10] = [
        "ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE",
    ];
    let mut repaired = String::new();
    for character in id.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '_' => repaired.push(character),
            '0'..='9' => {
                if !repaired.is_empty() && !repaired.ends_with('_') {
                    repaired.push('_');
                }
                repaired.push_str(DIGITS[character as usize - '0' as usize]);
            }
            _ => repaired.push('_'),
        }
    }
    if repaired.chars().all(|character| character == '_') {
        return "START".to_owned();
    }
    repaired
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ScreenIdForm>();
    }

    #[test]
    fn reserved_and_empty_ids_have_their_own_errors() {
        finds::<ScreenIdForm>(
            ErrorId::ScreenIdIsReservedKeyword,
            Example::screens(r#"{"id": «"SUCCESS"»}, {"id": «"success"»}, {"id": "SUCCESS_PAGE"}"#),
        );
        finds::<ScreenIdForm>(
            ErrorId::MinCharsRequired,
            Example::screens(r#"{"id": «""»}"#),
        );
    }

    #[test]
    fn the_proposed_id_is_valid() {
        assert_eq!(repaired("STEP_1"), "STEP_ONE");
        assert_eq!(repaired("page-2b"), "page_TWOb");
        assert_eq!(repaired("—"), "START");
    }
}
