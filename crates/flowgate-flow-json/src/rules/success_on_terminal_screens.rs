//! Requires that only terminal screens say whether they succeed.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
};

pub(super) struct SuccessOnTerminalScreens;

impl Rule for SuccessOnTerminalScreens {
    const FACTS: RuleFacts = RuleFacts {
        code: "success-on-terminal-screens",
        summary: "only terminal screens have `success`",
        errors: &[ErrorId::NotKeywordSchemaValidationFailed],
        explanation: "`success` says how the Flow ended, so it makes sense only where it ends.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", «"success"»: true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DONE"}, "payload": {}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true, §layout}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DONE"}, "payload": {}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true, "success": true, §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens().filter(|screen| !screen.is_terminal()) {
            if let Some(node) = screen.node().get("success") {
                report.error(
                    ErrorId::NotKeywordSchemaValidationFailed,
                    At::Key(node),
                    format!("screen `{}` has `success` and is not terminal", screen.name()),
                    "delete it, or add \"terminal\": true",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<SuccessOnTerminalScreens>();
    }
}
