//! Requires the properties that an object cannot do without.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::PropertyKind,
    model::FlowJson,
};

pub(super) struct RequiredProperties;

impl Rule for RequiredProperties {
    const FACTS: RuleFacts = RuleFacts {
        code: "required-properties",
        summary: "no required property is missing",
        errors: &[ErrorId::MissingRequiredProperty],
        explanation: "Some properties depend on the version: CheckboxGroup and RadioButtonsGroup \
            need a label from 4.0 on.",
        bad: Example::children(r#"{"type": «"TextInput"», "name": "email"}"#),
        good: Example::children(r#"{"type": "TextInput", "name": "email", "label": "E-mail"}"#),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        for object in flow.objects() {
            for facts in object.facts().required() {
                let wanted = facts.is_required_in(version) && facts.name != "type";
                if !wanted || object.node().get(facts.name).is_some() {
                    continue;
                }
                let sample = match facts.kind {
                    PropertyKind::Any | PropertyKind::ScreenId => r#""NAME""#,
                    kind => kind.sample(),
                };
                report.error(
                    ErrorId::MissingRequiredProperty,
                    At::Object(object.node()),
                    format!("{} has no `{}`", object.title(), facts.name),
                    format!(r#"add "{}": {sample}"#, facts.name),
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
        check_examples::<RequiredProperties>();
    }

    #[test]
    fn the_label_of_a_group_is_required_from_4_0_on() {
        let group = r#"{"type": "Form", "name": "form", "children": [{"type": "CheckboxGroup",
            "name": "c", "data-source": [{"id": "1", "title": "One"}]}]}"#;
        accepts::<RequiredProperties>(Example::children(group).version("3.1"));
        finds::<RequiredProperties>(
            ErrorId::MissingRequiredProperty,
            Example::children(
                r#"{"type": «"CheckboxGroup"», "name": "c", "data-source": [{"id": «"1"»}]}"#,
            )
            .version("4.0"),
        );
    }
}
