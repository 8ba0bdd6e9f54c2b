//! Requires that a NavigationList leads somewhere, in one way.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    json::Node,
    model::FlowJson,
};

pub(super) struct NavigationListItems;

impl Rule for NavigationListItems {
    const FACTS: RuleFacts = RuleFacts {
        code: "navigation-list-items",
        summary: "a NavigationList has its action on itself or on every item, and one badge at most",
        errors: &[
            ErrorId::MissingRequiredProperty,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "Tapping an item does what the component's `on-click-action` says, or what \
            the item's own says: every item has one, or none has. `end` is not shown with large \
            media, and only one item may have a badge.",
        bad: Example::document(
            r#"
{"version": "7.3", "screens": [
{"id": "MENU", "title": "Menu", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "NavigationList", "name": "menu", "list-items": [
    {"id": "a", "main-content": {"title": "Book"}, "on-click-action":
      {"name": "navigate", "next": {"type": "screen", "name": "BOOK"}, "payload": {}}},
    «{»"id": "b", "main-content": {"title": "Ask"}}
  ]}
]}},
{"id": "BOOK", "title": "Book", "terminal": true, §layout}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "screens": [
{"id": "MENU", "title": "Menu", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "NavigationList", "name": "menu",
   "on-click-action": {"name": "navigate", "next": {"type": "screen", "name": "BOOK"}, "payload": {}},
   "list-items": [
    {"id": "a", "main-content": {"title": "Book"}},
    {"id": "b", "main-content": {"title": "Ask"}}
  ]}
]}},
{"id": "BOOK", "title": "Book", "terminal": true, §layout}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for list in flow.components().filter(|c| c.is(ComponentType::NavigationList)) {
            let own = list.get("on-click-action");
            let items = || {
                list.get("list-items")
                    .into_iter()
                    .flat_map(Node::items)
                    .filter(|item| item.is_object())
            };
            let with_action = items().find_map(|item| item.get("on-click-action"));
            match (own, with_action) {
                (Some(own), Some(item)) => report.add_error(
                    ErrorId::InvalidPropertyValue,
                    &[At::Key(own), At::Key(item)],
                    format!("{} has an action both itself and on an item", list.title()),
                    "keep one of the two",
                ),
                (Some(_), None) => {}
                (None, Some(_)) => {
                    for item in items().filter(|item| item.get("on-click-action").is_none()) {
                        report.error(
                            ErrorId::MissingRequiredProperty,
                            At::Bytes(item.span().start..item.span().start + 1),
                            format!("an item of {} has no `on-click-action`", list.title()),
                            "add one, or put a single one on the component",
                        );
                    }
                }
                // Items that come from data may bring their action along.
                (None, None) if items().next().is_some() => report.error(
                    ErrorId::MissingRequiredProperty,
                    At::Object(list.node()),
                    format!("{} has no `on-click-action`", list.title()),
                    "add \"on-click-action\" to the component or to every item",
                ),
                (None, None) => {}
            }
            let large = list.get("media-size").and_then(Node::as_str) == Some("large");
            if large && let Some(end) = items().find_map(|item| item.get("end")) {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Key(end),
                    "`end` in a list with large media",
                    "delete it, or write \"media-size\": \"regular\"",
                );
            }
            if let Some(second) = items().filter_map(|item| item.get("badge")).nth(1) {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Key(second),
                    format!("{} has more than one badge", list.title()),
                    "keep the badge of one item",
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
        check_examples::<NavigationListItems>();
    }
}
