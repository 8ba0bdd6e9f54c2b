//! Requires that typed objects state their type.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::PropertyKind,
    model::FlowJson,
};

pub(super) struct TypesStated;

impl Rule for TypesStated {
    const FACTS: RuleFacts = RuleFacts {
        code: "types-stated",
        summary: "every layout, component and navigation target states its type",
        errors: &[ErrorId::MissingRequiredTypeProperty],
        explanation: "Without `type` WhatsApp cannot know which properties the object may have.",
        bad: Example::children(r#"«{»"text": "Welcome"}"#),
        good: Example::children(r#"{"type": "TextBody", "text": "Welcome"}"#),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for component in flow.components() {
            if component.get("type").is_none() {
                report.error(
                    ErrorId::MissingRequiredTypeProperty,
                    At::Object(component.node()),
                    "component without type",
                    r#"add "type": "TextBody", or the component you mean"#,
                );
            }
        }
        for object in flow.objects() {
            if object.component().is_some_and(|c| c.node().id() == object.node().id()) {
                continue;
            }
            let facts = object.facts();
            let Some(property) = facts.property("type") else {
                continue;
            };
            if object.node().get("type").is_none() {
                let value = match property.kind {
                    PropertyKind::Word(words) => words.first().copied().unwrap_or_default(),
                    _ => facts.name,
                };
                report.error(
                    ErrorId::MissingRequiredTypeProperty,
                    At::Object(object.node()),
                    format!("{} has no type", facts.name),
                    format!(r#"add "type": "{value}""#),
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
        check_examples::<TypesStated>();
    }

    #[test]
    fn layouts_and_targets_need_a_type() {
        finds::<TypesStated>(
            ErrorId::MissingRequiredTypeProperty,
            Example::screens(
                r#"{"id": "A", "layout": «{»"children": [{"type": "Footer", "label": "Go",
                    "on-click-action": {"name": "navigate", "next": {"name": «"B"»}, "payload": {}}}]}}"#,
            ),
        );
    }
}
