//! Warns of ways through a Flow that do not end well.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At,
    facts::ActionName,
    model::{FlowJson, Slot},
};

pub(super) struct RoutesEnd;

impl Rule for RoutesEnd {
    const FACTS: RuleFacts = RuleFacts {
        code: "routes-end",
        summary: "every way through the Flow ends at a terminal screen",
        errors: &[],
        explanation: "A user who comes to a screen that is not terminal and leads nowhere can \
            only go back. And where `navigate` depends on an If in a Flow without endpoint, \
            phones have refused the step until the routing model was written out.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "EmbeddedLink", "text": "Terms", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "TERMS"}, "payload": {}}},
  §footer
]}},
{"id": «"TERMS"», "title": "Terms", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Read", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DONE"}, "payload": {}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true, §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let routing = flow.routing();
        let count = flow.screens.len();
        if count > 1 {
            let mut leads_on = vec![false; count];
            for route in routing.routes() {
                leads_on[route.from] = true;
            }
            for screen in flow.screens() {
                // A screen that only shows text, such as the terms, is left
                // with the arrow at the top; one with a Footer promises more.
                let has_button = screen.components().any(|component| {
                    component.is(crate::facts::ComponentType::Footer)
                });
                if !screen.is_terminal() && !leads_on[screen.index()] && has_button {
                    report.warning(
                        At::Object(screen.node()),
                        format!(
                            "screen `{}` is not terminal and no screen follows it",
                            screen.name()
                        ),
                        "add a route to the next screen, or \"terminal\": true",
                    );
                }
            }
        }
        if flow.has_endpoint() || routing.is_written() {
            return;
        }
        for action in flow.actions().filter(|action| action.is(ActionName::Navigate)) {
            let component = action.component();
            let conditional = component.slot() != Slot::Children
                || component.ancestors().any(|c| c.slot() != Slot::Children);
            if conditional {
                report.warning(
                    At::Object(action.node()),
                    "navigate in a branch, in a Flow without routing model",
                    "write the routing_model out; phones have refused such steps without it",
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
        check_examples::<RoutesEnd>();
    }

    #[test]
    fn navigation_in_a_branch_wants_a_routing_model() {
        warns::<RoutesEnd>(
            crate::Severity::Warning,
            Example::screens(
                r#"{"id": "A", "layout": {"type": "SingleColumnLayout", "children": [
                    {"type": "If", "condition": "${form.x}", "then": [{"type": "EmbeddedLink", "text": "More",
                        "on-click-action": {"name": «"navigate"», "next": {"type": "screen", "name": "B"}}}]}]}},
                   {"id": "B", "terminal": true}"#,
            ),
        );
    }
}
