//! Requires that a Form's initial values and error messages belong to inputs.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    data_type::DataType,
    diagnostic::{At, ErrorId, Severity},
    facts::ComponentType,
    json::Node,
    model::{Component, FlowJson},
    resolve, suggestion,
    version::{V4_0, V7_0},
};

pub(super) struct FormValuesFit;

impl Rule for FormValuesFit {
    const FACTS: RuleFacts = RuleFacts {
        code: "form-values-fit",
        summary: "initial values and error messages of a Form belong to its inputs and fit them",
        errors: &[
            ErrorId::InvalidPropertyValue,
            ErrorId::NativeComponentInFormInitValues,
            ErrorId::InvalidPropertyKey,
        ],
        explanation: "The keys of `init-values` and `error-messages` are names of inputs in the \
            Form; the values have the type that the input yields, which WhatsApp checks from 7.0 \
            on. PhotoPicker and DocumentPicker have no initial value. Inside a Form an input has \
            no `init-value` and no `error-message` of its own; outside it has.",
        bad: Example::children(
            r#"
{"type": "Form", "name": "form", "init-values": {«"nmae"»: "Ada"}, "children": [
  {"type": "TextInput", "name": "name", "label": "Name"}
]}"#,
        ),
        good: Example::children(
            r#"
{"type": "Form", "name": "form", "init-values": {"name": "Ada"}, "children": [
  {"type": "TextInput", "name": "name", "label": "Name"}
]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let strict = if flow.version() >= V7_0 {
            Severity::Error
        } else {
            Severity::Warning
        };
        for component in flow.components() {
            if component.is(ComponentType::Form) {
                check_map(flow, report, component, "init-values", strict);
                check_map(flow, report, component, "error-messages", strict);
            } else if component.component_type().is_some_and(ComponentType::is_input)
                && flow.version() >= V4_0
                && component.is_in_form()
            {
                check_input(report, component);
            }
        }
    }
}

fn check_input<'f>(report: &mut Report<'f>, component: Component<'f>) {
    let is_picker = component
        .component_type()
        .is_some_and(ComponentType::is_media_picker);
    for (name, map) in [("init-value", "init-values"), ("error-message", "error-messages")] {
        let known = component
            .component_type()
            .is_some_and(|known| known.facts().property(name).is_some());
        if let Some(node) = component.get(name).filter(|_| known && !is_picker) {
            report.error(
                ErrorId::InvalidPropertyKey,
                At::Key(node),
                format!("`{name}` of {} inside a Form", component.title()),
                format!(
                    "write \"{map}\": {{\"{}\": {}}} on the Form",
                    component.name().unwrap_or("name"),
                    node.raw()
                ),
            );
        }
    }
}

fn check_map<'f>(
    flow: &'f FlowJson,
    report: &mut Report<'f>,
    form: Component<'f>,
    property: &'static str,
    strict: Severity,
) {
    let screen = form.screen();
    for (name, value) in form.get(property).into_iter().flat_map(Node::members) {
        if report.is_full() {
            return;
        }
        let Some(input) = screen.input(name) else {
            report.add(
                strict,
                Some(ErrorId::InvalidPropertyValue),
                &[At::Key(value)],
                format!("`{property}` has `{name}`, which is no input of the screen"),
                suggestion::did_you_mean(name, screen.input_names(), || "delete it".into()),
            );
            continue;
        };
        if property == "error-messages" {
            continue;
        }
        if input.component_type().is_some_and(ComponentType::is_media_picker) {
            report.error(
                ErrorId::NativeComponentInFormInitValues,
                At::Key(value),
                format!("`{property}` has a value for {}, which takes none", input.title()),
                "delete it",
            );
            continue;
        }
        let Some(expected) = initial_type(input) else {
            continue;
        };
        let found = resolve::type_of_value(flow, screen, value);
        if !found.fits(&expected) {
            report.add(
                strict,
                Some(ErrorId::InvalidPropertyValue),
                &[At::Value(value)],
                format!("the initial value of {} is {found}, expected {expected}", input.title()),
                format!("write a value of type {expected}"),
            );
        }
    }
}

/// A choice of one may be given as a string or, in one of WhatsApp's tables,
/// as a list.
fn initial_type(input: Component<'_>) -> Option<DataType> {
    let value = input.data_type()?;
    Some(if input.is(ComponentType::RadioButtonsGroup) {
        DataType::OneOf(vec![value, DataType::array_of(DataType::String)])
    } else {
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<FormValuesFit>();
    }

    #[test]
    fn pickers_take_no_initial_value() {
        finds::<FormValuesFit>(
            ErrorId::NativeComponentInFormInitValues,
            Example::children(
                r#"{"type": "Form", "name": "f", "init-values": {«"photo"»: "abc"}, "children": [
                    {"type": "PhotoPicker", "name": "photo", "label": "Photo"}]}"#,
            ),
        );
    }

    #[test]
    fn types_and_places_are_checked() {
        finds::<FormValuesFit>(
            ErrorId::InvalidPropertyValue,
            Example::children(
                r#"{"type": "Form", "name": "f", "init-values": {"o": «"yes"», "c": «"a"»}, "children": [
                    {"type": "OptIn", "name": "o", "label": "O"},
                    {"type": "CheckboxGroup", "name": "c", "label": "C", "data-source": [{"id": "a", "title": "A"}]}]}"#,
            ),
        );
        finds::<FormValuesFit>(
            ErrorId::InvalidPropertyKey,
            Example::children(
                r#"{"type": "Form", "name": "f", "children": [
                    {"type": "TextInput", "name": "a", "label": "A", «"init-value"»: "x", «"error-message"»: "y"}]}"#,
            ),
        );
    }
}
