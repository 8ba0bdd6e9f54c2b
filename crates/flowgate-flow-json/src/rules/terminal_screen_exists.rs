//! Requires that a Flow can end, and end well.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
};

pub(super) struct TerminalScreenExists;

impl Rule for TerminalScreenExists {
    const FACTS: RuleFacts = RuleFacts {
        code: "terminal-screen-exists",
        summary: "at least one screen is terminal and counts as success",
        errors: &[
            ErrorId::MissingTerminalScreen,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "A terminal screen is where the Flow ends and its answers are sent. Terminal \
            screens may be marked `success: false`, but not all of them.",
        bad: Example::document(
            r#"
{"version": "7.3", «"screens"»: [{
  "id": "START", "title": "Start",
  "layout": {"type": "SingleColumnLayout", "children": [{"type": "TextBody", "text": "Hello"}]}
}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        if flow.screens.is_empty() {
            return;
        }
        let terminal: Vec<_> = flow.screens().filter(|screen| screen.is_terminal()).collect();
        if terminal.is_empty() {
            if let Some(screens) = flow.member("screens") {
                report.error(
                    ErrorId::MissingTerminalScreen,
                    At::Key(screens),
                    "no screen is terminal, so the Flow never ends",
                    "add \"terminal\": true and a Footer with a complete action to the last screen",
                );
            }
        } else if terminal.iter().all(|screen| !screen.is_success()) {
            let places: Vec<_> = terminal
                .iter()
                .filter_map(|screen| screen.node().get("success"))
                .map(At::Value)
                .collect();
            report.add_error(
                ErrorId::InvalidPropertyValue,
                &places,
                "all terminal screens have `success: false`, expected one that succeeds",
                "delete `success` on the screen where the Flow ends well",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<TerminalScreenExists>();
    }

    #[test]
    fn one_ending_must_succeed() {
        finds::<TerminalScreenExists>(
            ErrorId::InvalidPropertyValue,
            Example::screens(
                r#"{"id": "A", "terminal": true, "success": «false»}, {"id": "B", "terminal": true, "success": false}"#,
            ),
        );
        accepts::<TerminalScreenExists>(Example::screens(
            r#"{"id": "A", "terminal": true, "success": false}, {"id": "B", "terminal": true}"#,
        ));
    }
}
