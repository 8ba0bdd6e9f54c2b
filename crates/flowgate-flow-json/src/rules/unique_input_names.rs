//! Requires that no two inputs of a screen have one name.

use std::collections::HashMap;

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    model::FlowJson,
};

pub(super) struct UniqueInputNames;

impl Rule for UniqueInputNames {
    const FACTS: RuleFacts = RuleFacts {
        code: "unique-input-names",
        summary: "no two inputs of a screen have one name",
        errors: &[ErrorId::DuplicateFormComponentNames],
        explanation: "${form.name} reads the input called name, so a screen has it once: inside \
            and outside of Forms and over all branches of If and Switch, shown or not.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "phone", "label": "Phone"},
{"type": "TextInput", "name": «"phone"», "label": "Second phone"}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "phone", "label": "Phone"},
{"type": "TextInput", "name": "second_phone", "label": "Second phone"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            let mut first = HashMap::new();
            let named = screen.components().filter(|component| {
                component.component_type().is_some_and(ComponentType::is_input)
                    // Children of a Form that lack a type are meant as inputs.
                    || (component.get("type").is_none() && component.is_in_form())
            });
            for component in named {
                let Some(node) = component.get("name") else {
                    continue;
                };
                let Some(name) = node.as_str() else {
                    continue;
                };
                match first.get(name) {
                    None => {
                        first.insert(name, node);
                    }
                    Some(earlier) => report.add_error(
                        ErrorId::DuplicateFormComponentNames,
                        &[At::Value(node), At::Value(*earlier)],
                        format!("screen `{}` has two inputs called `{name}`", screen.name()),
                        "give this input a name of its own",
                    ),
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
        check_examples::<UniqueInputNames>();
    }

    #[test]
    fn branches_count_together() {
        finds::<UniqueInputNames>(
            ErrorId::DuplicateFormComponentNames,
            Example::children(
                r#"{"type": "If", "condition": "${form.a}",
                    "then": [{"type": "OptIn", "name": "a", "label": "A"}],
                    "else": [{"type": "TextInput", "name": «"a"», "label": "A"}]}"#,
            ),
        );
    }
}
