//! Requires text where text is demanded: names from 4.0 on, every string of a
//! component from 6.0 on.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::PropertyKind,
    json::Node,
    model::FlowJson,
    version::{V4_0, V6_0},
};

pub(super) struct NoBlankText;

impl Rule for NoBlankText {
    const FACTS: RuleFacts = RuleFacts {
        code: "no-blank-text",
        summary: "names and texts are not blank",
        errors: &[ErrorId::PatternMismatch],
        explanation: "From 4.0 on the name of an input may not be empty or blank, from 6.0 on no \
            text of a component may be. To show nothing, leave the property or the component \
            out, or hide it with `visible`.",
        bad: Example::children(r#"{"type": "TextBody", "text": «" "»}"#),
        good: Example::children(r#"{"type": "TextBody", "text": "Welcome"}"#),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        for component in flow.components() {
            for property in component.properties() {
                let Some(facts) = property.facts else {
                    continue;
                };
                let strict = match facts.kind {
                    PropertyKind::Name => version >= V4_0,
                    // An initial value may well be empty, and an If or Switch
                    // with a blank condition is reported by its own rule.
                    PropertyKind::Condition | PropertyKind::SwitchValue => false,
                    _ => version >= V6_0 && facts.name != "init-value",
                };
                if strict && is_blank(property.node) {
                    report.error(
                        ErrorId::PatternMismatch,
                        At::Value(property.node),
                        format!("`{}` of {} is blank", facts.name, component.title()),
                        match facts.kind {
                            PropertyKind::Name => "give it a name, such as \"email\"",
                            _ => "write a text or delete the property",
                        },
                    );
                }
            }
        }
    }
}

fn is_blank(node: Node<'_>) -> bool {
    node.as_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<NoBlankText>();
    }

    #[test]
    fn older_versions_are_more_patient() {
        accepts::<NoBlankText>(
            Example::children(r#"{"type": "TextBody", "text": ""}"#).version("5.1"),
        );
        finds::<NoBlankText>(
            ErrorId::PatternMismatch,
            Example::children(r#"{"type": "TextInput", "name": «"\n"», "label": ""}"#)
                .version("4.0"),
        );
    }
}
