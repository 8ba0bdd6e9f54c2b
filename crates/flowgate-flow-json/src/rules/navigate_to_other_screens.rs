//! Requires that `navigate` leads to another screen that exists.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    model::FlowJson,
    suggestion,
};

pub(super) struct NavigateToOtherScreens;

impl Rule for NavigateToOtherScreens {
    const FACTS: RuleFacts = RuleFacts {
        code: "navigate-to-other-screens",
        summary: "navigate leads to another screen that exists",
        errors: &[ErrorId::InvalidNavigateActionNextScreenName],
        explanation: "The name in `next` is the id of a screen. A screen cannot navigate to \
            itself; to change it in place, use `update_data` or `data_exchange`.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": «"DETALS"»}, "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "terminal": true, §layout}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DETAILS"}, "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "terminal": true, §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for action in flow.actions() {
            let (Some(target), Some(node)) = (action.target(), action.target_node()) else {
                continue;
            };
            match flow.screen(target) {
                None if Dynamic::parse(target).is_some() => report.warning(
                    At::Value(node),
                    "the target of navigate is dynamic, which WhatsApp does not document",
                    "write the id of a screen, one navigate for each in an If or Switch",
                ),
                None => report.error(
                    ErrorId::InvalidNavigateActionNextScreenName,
                    At::Value(node),
                    format!("navigate to `{target}`, which is no screen"),
                    suggestion::did_you_mean(target, flow.screen_ids(), || {
                        format!("add a screen with \"id\": \"{target}\"")
                    }),
                ),
                Some(screen) if screen.index() == action.screen().index() => report.error(
                    ErrorId::InvalidNavigateActionNextScreenName,
                    At::Value(node),
                    format!("screen `{target}` navigates to itself"),
                    "use update_data to change the screen in place",
                ),
                Some(_) => {}
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
        check_examples::<NavigateToOtherScreens>();
    }

    #[test]
    fn a_screen_cannot_navigate_to_itself() {
        finds::<NavigateToOtherScreens>(
            ErrorId::InvalidNavigateActionNextScreenName,
            Example::layout(
                r#"{"type": "Footer", "label": "Go", "on-click-action":
                    {"name": "navigate", "next": {"type": "screen", "name": «"START"»}, "payload": {}}}"#,
            ),
        );
    }
}
