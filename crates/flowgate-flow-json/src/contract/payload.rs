//! Says what each action sends.

use super::ScreenId;
use crate::{
    data_type::DataType,
    facts::{ActionName, ComponentType},
    json::NodeId,
    model::{Action, FlowJson},
    resolve,
};

/// Holds what one action of a Flow sends, apart from the document.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ActionPayload {
    /// The screen that the action stands on.
    pub screen: ScreenId,
    /// The type of the component.
    pub component: Option<ComponentType>,
    /// The name of the component, if it has one.
    pub component_name: Option<String>,
    /// The property that holds the action, such as `on-click-action`.
    pub trigger: &'static str,
    /// What the action does.
    pub action: ActionName,
    /// The screen that `navigate` goes to.
    pub target: Option<ScreenId>,
    /// The members of the payload, in the order of the document.
    pub fields: Vec<PayloadField>,
    /// The object that declares the action.
    pub node: NodeId,
}

/// Holds one member of a payload.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PayloadField {
    /// The name.
    pub name: String,
    /// The type: of the component or field that a reference reads, of the
    /// result of an expression, or of the value that is written out. What
    /// cannot be told is [`DataType::Any`].
    pub data_type: DataType,
    /// The value.
    pub node: NodeId,
}

impl ActionPayload {
    fn of(flow: &FlowJson, action: Action<'_>) -> Option<Self> {
        let component = action.component();
        let screen = action.screen();
        Some(Self {
            screen: screen.id()?.parse().ok()?,
            component: component.component_type(),
            component_name: component.name().map(str::to_owned),
            trigger: action.trigger(),
            action: action.name()?,
            target: action.target().and_then(|target| target.parse().ok()),
            fields: action
                .payload()
                .into_iter()
                .flat_map(crate::json::Node::members)
                .map(|(name, value)| PayloadField {
                    name: name.to_owned(),
                    data_type: resolve::type_of_value(flow, screen, value),
                    node: value.id(),
                })
                .collect(),
            node: action.node().id(),
        })
    }

    /// Returns the member called `name`.
    pub fn field(&self, name: &str) -> Option<&PayloadField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl FlowJson {
    /// Returns what each action sends, in the order of the document. Actions
    /// of unknown name and on screens without id are left out; the rules
    /// report them.
    pub fn action_payloads(&self) -> Vec<ActionPayload> {
        self.actions()
            .filter_map(|action| ActionPayload::of(self, action))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_take_their_types_from_inputs_data_and_literals() {
        let flow = FlowJson::parse(
            br#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"A": []}, "screens": [
            {"id": "A", "title": "A", "terminal": true,
             "data": {"slot": {"type": "number", "__example__": 1}},
             "layout": {"type": "SingleColumnLayout", "children": [
                {"type": "OptIn", "name": "terms", "label": "Terms"},
                {"type": "CheckboxGroup", "name": "days", "label": "Days", "data-source": [{"id": "a", "title": "A"}]},
                {"type": "CalendarPicker", "name": "stay", "mode": "range",
                 "label": {"start-date": "From", "end-date": "To"}},
                {"type": "Footer", "label": "Send", "on-click-action": {"name": "data_exchange", "payload": {
                    "terms": "${form.terms}", "days": "${form.days}", "from": "${form.stay.start-date}",
                    "slot": "${data.slot}", "next": "`${data.slot} + 1`", "trigger": "send", "more": {"x": [1, 2]},
                    "gone": "${data.none}"}}}]}}]}"#,
        );
        let payloads = flow.action_payloads();

        assert_eq!(payloads.len(), 1);
        let payload = &payloads[0];
        assert_eq!(payload.screen.as_str(), "A");
        assert_eq!(payload.component, Some(ComponentType::Footer));
        assert_eq!(payload.trigger, "on-click-action");
        assert_eq!(payload.action, ActionName::DataExchange);
        let types: Vec<_> = payload
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.data_type.to_string()))
            .collect();
        let expected = [
            ("terms", "boolean"),
            ("days", "array of string"),
            ("from", "string"),
            ("slot", "number"),
            ("next", "number"),
            ("trigger", "string"),
            ("more", "object"),
            ("gone", "any"),
        ];
        assert_eq!(types, expected.map(|(name, text)| (name, text.to_owned())));
    }
}
