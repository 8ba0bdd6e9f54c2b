//! Requires inputs inside the Form where there is one, and always before 4.0.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    model::FlowJson,
    version::V4_0,
};

pub(super) struct InputsInsideForm;

impl Rule for InputsInsideForm {
    const FACTS: RuleFacts = RuleFacts {
        code: "inputs-inside-form",
        summary: "if a screen has a Form, all its inputs are inside",
        errors: &[ErrorId::ComponentsOutsideForm, ErrorId::KeywordOneOf],
        explanation: "Before 4.0 every input stands in a Form. From 4.0 on the Form is optional, \
            but a screen that has one has all its inputs in it, those in branches included.",
        bad: Example::children(
            r#"
{"type": «"TextInput"», "name": "name", "label": "Name"},
{"type": "Form", "name": "form", "children": [
  {"type": "TextInput", "name": "city", "label": "City"}
]}"#,
        ),
        good: Example::children(
            r#"
{"type": "Form", "name": "form", "children": [
  {"type": "TextInput", "name": "name", "label": "Name"},
  {"type": "TextInput", "name": "city", "label": "City"}
]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let old = flow.version() < V4_0;
        for screen in flow.screens() {
            let has_form = screen.components().any(|c| c.is(ComponentType::Form));
            if !has_form && !old {
                continue;
            }
            for component in screen.components() {
                let is_input = component.component_type().is_some_and(ComponentType::is_input);
                if !is_input || component.is_in_form() {
                    continue;
                }
                let title = component.title();
                if old {
                    report.error(
                        ErrorId::KeywordOneOf,
                        At::Object(component.node()),
                        format!("{title} outside a Form, which is required before version {V4_0}"),
                        "put it in {\"type\": \"Form\", \"name\": \"form\", \"children\": […]}",
                    );
                } else {
                    report.error(
                        ErrorId::ComponentsOutsideForm,
                        At::Object(component.node()),
                        format!("{title} outside the Form of screen `{}`", screen.name()),
                        "move it into the Form, or delete the Form around the other inputs",
                    );
                }
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
        check_examples::<InputsInsideForm>();
    }

    #[test]
    fn before_4_0_a_form_is_required() {
        finds::<InputsInsideForm>(
            ErrorId::KeywordOneOf,
            Example::children(r#"{"type": «"TextInput"», "name": "a", "label": "A"}"#)
                .version("3.1"),
        );
        accepts::<InputsInsideForm>(Example::children(
            r#"{"type": "TextInput", "name": "a", "label": "A"}"#,
        ));
    }
}
