//! Requires that a Flow is completed only on terminal screens.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::{ActionName, ComponentType},
    model::FlowJson,
};

pub(super) struct CompleteOnTerminalScreens;

impl Rule for CompleteOnTerminalScreens {
    const FACTS: RuleFacts = RuleFacts {
        code: "complete-on-terminal-screens",
        summary: "complete stands only on terminal screens, and their Footer ends the Flow",
        errors: &[ErrorId::InvalidCompleteAction],
        explanation: "`complete` ends the Flow, and a Flow ends on a terminal screen. The other \
            way round, a Footer of a terminal screen that navigates keeps the Flow from ending, \
            which WhatsApp advises against and does not refuse.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Send", "on-click-action": {"name": «"complete"», "payload": {}}}
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for action in flow.actions() {
            let screen = action.screen();
            if action.is(ActionName::Complete) && !screen.is_terminal() {
                report.error(
                    ErrorId::InvalidCompleteAction,
                    At::Object(action.node()),
                    format!("`complete` on screen `{}`, which is not terminal", screen.name()),
                    "add \"terminal\": true to the screen, or navigate to the last screen",
                );
            } else if action.is(ActionName::Navigate)
                && screen.is_terminal()
                && action.component().is(ComponentType::Footer)
            {
                report.warning(
                    At::Object(action.node()),
                    format!(
                        "the Footer of terminal screen `{}` navigates, so the Flow does not end here",
                        screen.name()
                    ),
                    "complete here, or delete \"terminal\": true",
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
        check_examples::<CompleteOnTerminalScreens>();
    }

    #[test]
    fn a_terminal_footer_should_not_navigate() {
        warns::<CompleteOnTerminalScreens>(
            crate::Severity::Warning,
            Example::layout(
                r#"{"type": "Footer", "label": "Go", "on-click-action":
                    {"name": «"navigate"», "next": {"type": "screen", "name": "A"}, "payload": {}}}"#,
            ),
        );
    }
}
