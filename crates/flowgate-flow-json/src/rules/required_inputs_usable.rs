//! Warns of required inputs that nobody can fill in.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At,
    facts::ComponentType,
    json::Node,
    model::FlowJson,
};

pub(super) struct RequiredInputsUsable;

impl Rule for RequiredInputsUsable {
    const FACTS: RuleFacts = RuleFacts {
        code: "required-inputs-usable",
        summary: "a required input is shown, enabled and possible to fill in",
        errors: &[],
        explanation: "The button of the Footer stays grey until every required input has a value, \
            so one that is disabled or hidden stops the user for good. The same holds when more \
            options must be chosen than there are.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "code", "label": "Code", "required": true, "enabled": «false»}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "code", "label": "Code", "required": true}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for component in flow.components() {
            if !component.component_type().is_some_and(ComponentType::is_input) {
                continue;
            }
            let required = component.get("required").and_then(Node::as_bool) == Some(true);
            let has_value = component.get("init-value").is_some() || component.is_in_form();
            for (property, fault) in [("enabled", "disabled"), ("visible", "hidden")] {
                if let Some(node) = component.get(property)
                    && node.as_bool() == Some(false)
                    && required
                    // A disabled input may be filled by the Form.
                    && !(property == "enabled" && has_value)
                {
                    report.warning(
                        At::Value(node),
                        format!("{} is required and {fault}", component.title()),
                        format!("delete \"{property}\": false or \"required\": true"),
                    );
                }
            }
            if let Some(node) = component.get("min-selected-items")
                && let Some(minimum) = node.as_i64()
                && let Some(options) = component.get("data-source").filter(|o| o.is_array())
                && usize::try_from(minimum).is_ok_and(|minimum| minimum > options.len())
            {
                report.warning(
                    At::Value(node),
                    format!(
                        "{} demands {minimum} of {} options",
                        component.title(),
                        options.len()
                    ),
                    format!("write {} or less", options.len()),
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
        check_examples::<RequiredInputsUsable>();
    }
}
