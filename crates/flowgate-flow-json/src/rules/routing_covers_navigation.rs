//! Requires that `navigate` follows the written routing model.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
};

pub(super) struct RoutingCoversNavigation;

impl Rule for RoutingCoversNavigation {
    const FACTS: RuleFacts = RuleFacts {
        code: "routing-covers-navigation",
        summary: "every navigate of a Flow with endpoint follows a route",
        errors: &[ErrorId::InvalidRoutingModel],
        explanation: "In a Flow with endpoint the phone refuses a step that the routing model \
            does not list.",
        bad: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0",
 "routing_model": {"START": ["DETAILS"], "DETAILS": ["DONE"], "DONE": []}, "screens": [
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": «"DONE"»}, "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true, §layout}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0",
 "routing_model": {"START": ["DETAILS", "DONE"], "DETAILS": ["DONE"], "DONE": []}, "screens": [
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DONE"}, "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true, §layout}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        if !flow.has_endpoint() || flow.member("routing_model").is_none() {
            return;
        }
        let routes: std::collections::HashSet<_> = if flow.routing().is_written() {
            flow.routing().routes().iter().map(|r| (r.from, r.to)).collect()
        } else {
            std::collections::HashSet::new()
        };
        for action in flow.actions() {
            let (Some(target), Some(node)) = (action.target(), action.target_node()) else {
                continue;
            };
            let Some(to) = flow.screen(target) else {
                continue;
            };
            let from = action.screen();
            if from.index() == to.index() || routes.contains(&(from.index(), to.index())) {
                continue;
            }
            report.error(
                ErrorId::InvalidRoutingModel,
                At::Value(node),
                format!(
                    "navigate from `{}` to `{target}`, which the routing model does not list",
                    from.name()
                ),
                if routes.contains(&(to.index(), from.index())) {
                    "delete it; users go back with the arrow at the top".to_owned()
                } else {
                    format!("add \"{target}\" to the list of \"{}\" in the routing model", from.name())
                },
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
        check_examples::<RoutingCoversNavigation>();
    }
}
