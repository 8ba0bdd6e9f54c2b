//! Requires that no two screens have one id.

use std::collections::HashMap;

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
};

pub(super) struct UniqueScreenIds;

impl Rule for UniqueScreenIds {
    const FACTS: RuleFacts = RuleFacts {
        code: "unique-screen-ids",
        summary: "no two screens have one id",
        errors: &[ErrorId::DuplicateScreenIds],
        explanation: "Screens are found by their id, in `navigate`, in the routing model and in \
            the answers of the endpoint.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, §layout},
{"id": «"START"», "title": "Again", "terminal": true, §layout}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "EmbeddedLink", "text": "More", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "MORE"}, "payload": {}}},
  §footer
]}},
{"id": "MORE", "title": "More", "terminal": true, §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let mut first = HashMap::new();
        for screen in flow.screens() {
            let Some(node) = screen.node().get("id") else {
                continue;
            };
            let Some(id) = node.as_str() else {
                continue;
            };
            match first.get(id) {
                None => {
                    first.insert(id, node);
                }
                Some(earlier) => report.add_error(
                    ErrorId::DuplicateScreenIds,
                    &[At::Value(node), At::Value(*earlier)],
                    format!("screen id `{id}` is used twice"),
                    "give this screen an id of its own and use it where you mean this screen",
                ),
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
        check_examples::<UniqueScreenIds>();
    }
}
