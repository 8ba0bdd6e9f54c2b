//! Requires that `update_data` changes fields of the screen to their types.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::{Dynamic, Scope},
    facts::{ActionName, PropertyKind},
    json::Node,
    model::{FlowJson, Screen},
    resolve, suggestion,
};

pub(super) struct UpdateDataFits;

impl Rule for UpdateDataFits {
    const FACTS: RuleFacts = RuleFacts {
        code: "update-data-fits",
        summary: "update_data changes declared fields of its screen to values of their type",
        errors: &[
            ErrorId::InvalidActionPayloadProperty,
            ErrorId::InvalidUpdateDataActionPayload,
        ],
        explanation: "Every key of the payload is a field in the screen's `data`. A field cannot \
            be set to itself, and one list has its select actions either on the component or on \
            its items.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"show_note": {"type": "boolean", "__example__": false}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "OptIn", "name": "terms", "label": "I agree",
   "on-select-action": {"name": "update_data", "payload": {«"show_notes"»: true}}},
  {"type": "TextBody", "text": "Thank you", "visible": "${data.show_note}"},
  §footer
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"show_note": {"type": "boolean", "__example__": false}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "OptIn", "name": "terms", "label": "I agree",
   "on-select-action": {"name": "update_data", "payload": {"show_note": true}}},
  {"type": "TextBody", "text": "Thank you", "visible": "${data.show_note}"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for action in flow.actions() {
            if report.is_full() {
                return;
            }
            if action.is(ActionName::UpdateData)
                && let Some(payload) = action.payload()
            {
                check_payload(flow, report, action.screen(), payload);
            }
        }
        for component in flow.components() {
            let own = ["on-select-action", "on-unselect-action"]
                .iter()
                .find_map(|name| component.get(name))
                .filter(|action| is_update(*action));
            let Some(own) = own else {
                continue;
            };
            let on_item = component
                .properties()
                .filter(|property| {
                    property
                        .facts
                        .is_some_and(|facts| matches!(facts.kind, PropertyKind::List(_)))
                })
                .flat_map(|property| property.node.items())
                .flat_map(Node::members)
                .find(|(name, value)| name.ends_with("select-action") && is_update(*value));
            if let Some((_, on_item)) = on_item {
                report.add_error(
                    ErrorId::InvalidUpdateDataActionPayload,
                    &[At::Key(on_item), At::Key(own)],
                    format!("{} has update_data both itself and on an item", component.title()),
                    "keep one of the two",
                );
            }
        }
    }
}

fn is_update(action: Node<'_>) -> bool {
    action.get("name").and_then(Node::as_str) == Some(ActionName::UpdateData.name())
}

fn check_payload<'f>(
    flow: &'f FlowJson,
    report: &mut Report<'f>,
    screen: Screen<'f>,
    payload: Node<'f>,
) {
    for (name, value) in payload.members() {
        let Some(field) = screen.data_field(name) else {
            report.error(
                ErrorId::InvalidActionPayloadProperty,
                At::Key(value),
                format!("screen `{}` declares no `{name}`", screen.name()),
                suggestion::did_you_mean(
                    name,
                    screen.data().iter().map(|field| field.name.as_str()),
                    || format!("add \"{name}\" to the data of the screen"),
                ),
            );
            continue;
        };
        if let Some(Dynamic::Reference(reference)) = value.as_str().and_then(Dynamic::parse)
            && reference.scope == Scope::Data
            && reference.screen.is_none()
            && reference.path == [name]
        {
            report.error(
                ErrorId::InvalidUpdateDataActionPayload,
                At::Value(value),
                format!("`{name}` is set to itself"),
                "write another value or delete it",
            );
            continue;
        }
        let found = resolve::type_of_value(flow, screen, value);
        if !found.fits(&field.data_type) {
            report.add_error(
                ErrorId::InvalidUpdateDataActionPayload,
                &[At::Value(value), At::Key(flow.node(field.node))],
                format!("`{name}` is set to {found}, and the screen declares {}", field.data_type),
                format!("declare \"type\": \"{}\" or set another value", found.name()),
            );
        }
        // Items that the action puts into a list bring actions of their own.
        for nested in value.items().flat_map(Node::members) {
            let (key, action) = nested;
            if key.ends_with("select-action")
                && is_update(action)
                && let Some(payload) = action.get("payload")
            {
                check_payload(flow, report, screen, payload);
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
        check_examples::<UpdateDataFits>();
    }

    #[test]
    fn types_and_self_assignment_are_checked() {
        let frame = |payload: &'static str| Example::screens(payload);
        finds::<UpdateDataFits>(
            ErrorId::InvalidUpdateDataActionPayload,
            frame(
                r#"{"id": "A", "terminal": true, "data": {"x": {"type": "boolean", "__example__": true}},
                "layout": {"type": "SingleColumnLayout", "children": [{"type": "OptIn", "name": "o", "label": "O",
                "on-select-action": {"name": "update_data", "payload": {"x": «"yes"»}},
                "on-unselect-action": {"name": "update_data", "payload": {"x": «"${data.x}"»}}}]}}"#,
            ),
        );
    }
}
