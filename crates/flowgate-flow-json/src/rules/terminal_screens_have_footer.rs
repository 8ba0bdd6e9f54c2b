//! Requires a Footer on every terminal screen.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    model::{Component, FlowJson, Slot},
};

pub(super) struct TerminalScreensHaveFooter;

impl Rule for TerminalScreensHaveFooter {
    const FACTS: RuleFacts = RuleFacts {
        code: "terminal-screens-have-footer",
        summary: "every terminal screen has a Footer",
        errors: &[ErrorId::MissingFooterOnTerminalScreen],
        explanation: "The Footer holds the button that ends the Flow. A Footer in both branches \
            of an If, or in every case of a Switch, counts.",
        bad: Example::screens(
            r#"
{"id": «"START"», "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextBody", "text": "Thank you"}
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextBody", "text": "Thank you"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens().filter(|screen| screen.is_terminal()) {
            if !screen.children().any(always_shows_footer) {
                report.error(
                    ErrorId::MissingFooterOnTerminalScreen,
                    At::Object(screen.node()),
                    format!("terminal screen `{}` has no Footer", screen.name()),
                    "add {\"type\": \"Footer\", \"label\": \"Send\", \"on-click-action\": \
                     {\"name\": \"complete\", \"payload\": {}}}",
                );
            }
        }
    }
}

/// Says whether a Footer is shown whatever the conditions. A branch that has
/// none is left to the rule on branches, so that one mistake is reported once.
fn always_shows_footer(component: Component<'_>) -> bool {
    if component.is(ComponentType::Footer) {
        return true;
    }
    match component.component_type() {
        Some(ComponentType::If) => component
            .children()
            .any(|child| child.slot() == Slot::Then && always_shows_footer(child)),
        _ => component.children().any(always_shows_footer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<TerminalScreensHaveFooter>();
    }

    #[test]
    fn footers_in_branches_and_forms_count() {
        accepts::<TerminalScreensHaveFooter>(Example::layout(
            r#"{"type": "If", "condition": "${form.a}", "then": [§footer], "else": [§footer]}"#,
        ));
        accepts::<TerminalScreensHaveFooter>(Example::layout(
            r#"{"type": "Form", "name": "f", "children": [§footer]}"#,
        ));
    }
}
