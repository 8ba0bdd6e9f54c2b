//! Requires that a Flow that asks an endpoint says so.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ActionName,
    model::FlowJson,
};

pub(super) struct EndpointDeclared;

impl Rule for EndpointDeclared {
    const FACTS: RuleFacts = RuleFacts {
        code: "endpoint-declared",
        summary: "a Flow that asks an endpoint has `data_api_version` and `routing_model`",
        errors: &[
            ErrorId::MissingRequiredProperty,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "`data_exchange` and `refresh_on_back` ask the endpoint. The document must \
            then have `data_api_version`, and with it a `routing_model` that lists which screen \
            can follow which.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Send", "on-click-action": {"name": «"data_exchange"», "payload": {}}}
]}}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": []}, "screens": [
{"id": "START", "title": "Start", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Send", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        if let Some(node) = flow.member("data_api_version") {
            if flow.member("routing_model").is_none() {
                report.error(
                    ErrorId::MissingRequiredProperty,
                    At::Key(node),
                    "`data_api_version` without `routing_model`",
                    "add \"routing_model\": {\"FIRST_SCREEN\": [\"SECOND_SCREEN\"], …}",
                );
            }
            return;
        }
        for action in flow.actions().filter(|a| a.is(ActionName::DataExchange)) {
            report.error(
                ErrorId::MissingRequiredProperty,
                At::Object(action.node()),
                "`data_exchange` in a Flow without `data_api_version`",
                "add \"data_api_version\": \"4.0\" and a routing_model to the document",
            );
        }
        for screen in flow.screens().filter(|screen| screen.refreshes_on_back()) {
            if let Some(node) = screen.node().get("refresh_on_back") {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(node),
                    "`refresh_on_back` in a Flow without `data_api_version`",
                    "delete it, or add \"data_api_version\": \"4.0\" and a routing_model",
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
        check_examples::<EndpointDeclared>();
    }

    #[test]
    fn the_other_two_cases() {
        finds::<EndpointDeclared>(
            ErrorId::MissingRequiredProperty,
            Example::document(r#"{"version": "7.3", «"data_api_version"»: "4.0", "screens": []}"#),
        );
        finds::<EndpointDeclared>(
            ErrorId::InvalidPropertyValue,
            Example::screens(r#"{"id": "A", "refresh_on_back": «true»}, {"id": "B", "refresh_on_back": false}"#),
        );
    }
}
