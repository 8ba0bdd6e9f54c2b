//! Requires known component and layout types.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::{COMPONENTS, LAYOUT},
    json::Node,
    model::FlowJson,
    suggestion,
};

pub(super) struct KnownComponents;

impl Rule for KnownComponents {
    const FACTS: RuleFacts = RuleFacts {
        code: "known-components",
        summary: "every component and layout is of a type that WhatsApp has",
        errors: &[ErrorId::InvalidPropertyValue],
        explanation: "WhatsApp decides by `type` which properties an object may have, so an \
            unknown type makes everything in it unknown.",
        bad: Example::children(r#"{"type": «"TextField"», "name": "city", "label": "City"}"#),
        good: Example::children(r#"{"type": "TextInput", "name": "city", "label": "City"}"#),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            let Some(layout) = screen.node().get("layout") else {
                continue;
            };
            let help = || format!(r#"write {{"type": "{}", "children": […]}}"#, LAYOUT.name);
            if !layout.is_object() {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(layout),
                    format!(
                        "layout of screen `{}` is {}, expected an object",
                        screen.name(),
                        layout.kind().with_article()
                    ),
                    help(),
                );
            } else if let Some(node) = layout.get("type")
                && node.as_str() != Some(LAYOUT.name)
            {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(node),
                    format!("unknown layout {}, expected `{}`", shown(node), LAYOUT.name),
                    help(),
                );
            }
        }
        for component in flow.components() {
            if component.component_type().is_some() || report.is_full() {
                continue;
            }
            if let Some(node) = component.get("type") {
                let known = || COMPONENTS.iter().map(|facts| facts.name);
                let name = node.as_str().unwrap_or_default();
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(node),
                    format!("unknown component {}", shown(node)),
                    suggestion::did_you_mean(name, known(), || {
                        let fitting: Vec<_> = known().collect();
                        format!("the components are `{}`", fitting.join("`, `"))
                    }),
                );
            }
        }
    }
}

fn shown(node: Node<'_>) -> String {
    match node.as_str() {
        Some(text) => format!("`{text}`"),
        None => node.kind().with_article().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<KnownComponents>();
    }

    #[test]
    fn layouts_are_checked() {
        finds::<KnownComponents>(
            ErrorId::InvalidPropertyValue,
            Example::screens(
                r#"{"id": "A", "layout": «"myNewLayout"»},
                   {"id": "B", "layout": {"type": «"Grid"», "children": []}}"#,
            ),
        );
    }
}
