//! Requires that the routing model names all screens and nothing else.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
    suggestion,
};

pub(super) struct RoutingNamesScreens;

impl Rule for RoutingNamesScreens {
    const FACTS: RuleFacts = RuleFacts {
        code: "routing-names-screens",
        summary: "the routing model names every screen and nothing else",
        errors: &[
            ErrorId::InvalidRoutingModel,
            ErrorId::InvalidPropertyType,
        ],
        explanation: "Every screen of a Flow with endpoint is a key of the routing model or the \
            destination of one, and every name in it is a screen. SUCCESS is no screen: an \
            endpoint may always answer with it.",
        bad: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": [«"DETAIL"»]}, "screens": [
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}},
{"id": «"DETAILS"», "title": "Details", "terminal": true, §layout}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": ["DETAILS"]}, "screens": [
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "terminal": true, §layout}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let Some(model) = flow.member("routing_model").filter(|model| model.is_object()) else {
            return;
        };
        let mut named = std::collections::HashSet::new();
        for (from, targets) in model.members() {
            named.insert(from);
            check_name(flow, report, from, At::Key(targets));
            if !targets.is_array() {
                report.error(
                    ErrorId::InvalidPropertyType,
                    At::Value(targets),
                    format!(
                        "the screens after `{from}` are {}, expected a list of ids",
                        targets.kind().with_article()
                    ),
                    "write the ids in [ and ]",
                );
            }
            for target in targets.items() {
                match target.as_str() {
                    Some(id) => {
                        named.insert(id);
                        check_name(flow, report, id, At::Value(target));
                    }
                    None => report.error(
                        ErrorId::InvalidPropertyType,
                        At::Value(target),
                        format!(
                            "a screen id is {}, expected a string",
                            target.kind().with_article()
                        ),
                        "write the id of a screen in quotes",
                    ),
                }
            }
        }
        // Meta's own samples of Flows with a single screen leave the model
        // empty.
        if !flow.has_endpoint() || (model.is_empty() && flow.screens.len() == 1) {
            return;
        }
        for screen in flow.screens() {
            let Some(id) = screen.id().filter(|id| !named.contains(id)) else {
                continue;
            };
            report.add_error(
                ErrorId::InvalidRoutingModel,
                &[
                    screen
                        .node()
                        .get("id")
                        .map_or_else(|| At::Object(screen.node()), At::Value),
                    At::Key(model),
                ],
                format!("screen id `{id}` is not in the routing model"),
                format!("add \"{id}\": [] to the routing model, or to the list of a screen before it"),
            );
        }
    }
}

fn check_name<'f>(flow: &'f FlowJson, report: &mut Report<'f>, id: &str, at: At<'f>) {
    if flow.screen(id).is_some() {
        return;
    }
    report.error(
        ErrorId::InvalidRoutingModel,
        at,
        format!("`{id}` in the routing model is no screen"),
        suggestion::did_you_mean(id, flow.screen_ids(), || {
            if id == "SUCCESS" {
                return "delete it; an endpoint may answer SUCCESS without a route".into();
            }
            format!("add a screen with \"id\": \"{id}\", or delete it here")
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<RoutingNamesScreens>();
    }
}
