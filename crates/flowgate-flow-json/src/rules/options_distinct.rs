//! Requires options that can be told apart and look alike.

use std::collections::HashMap;

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::{OPTION, PropertyKind},
    json::Node,
    model::FlowJson,
};

pub(super) struct OptionsDistinct;

impl Rule for OptionsDistinct {
    const FACTS: RuleFacts = RuleFacts {
        code: "options-distinct",
        summary: "options have ids of their own, and either images or colours",
        errors: &[ErrorId::DataSourceItemsHaveBothImageAndColor],
        explanation: "The answer is the id of the option, so two options with one id cannot be \
            told apart. A list has images or colours, not both.",
        bad: Example::children(
            r#"
{"type": "Dropdown", "name": "size", "label": "Size", "data-source": [
  {"id": "s", "title": "Small"},
  {"id": «"s"», "title": "Large"}
]}"#,
        ),
        good: Example::children(
            r#"
{"type": "Dropdown", "name": "size", "label": "Size", "data-source": [
  {"id": "s", "title": "Small"},
  {"id": "l", "title": "Large"}
]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for component in flow.components() {
            for property in component.properties() {
                let is_options = property.facts.is_some_and(|facts| {
                    matches!(facts.kind, PropertyKind::List(item) if std::ptr::eq(item, &raw const OPTION))
                });
                if is_options {
                    check_options(report, property.node);
                }
            }
        }
    }
}

fn check_options<'f>(report: &mut Report<'f>, options: Node<'f>) {
    let mut first = HashMap::new();
    for option in options.items() {
        let Some(node) = option.get("id") else {
            continue;
        };
        let Some(id) = node.as_str() else {
            continue;
        };
        if id.is_empty() {
            report.warning(
                At::Value(node),
                "the id of an option is empty",
                "write an id; it is the answer that you receive",
            );
        } else if first.contains_key(id) {
            report.warning(
                At::Value(node),
                format!("two options have the id `{id}`"),
                "give this option an id of its own",
            );
        } else {
            first.insert(id, node);
        }
    }
    let image = options.items().find_map(|option| option.get("image"));
    let color = options.items().find_map(|option| option.get("color"));
    if let (Some(image), Some(color)) = (image, color) {
        report.add_error(
            ErrorId::DataSourceItemsHaveBothImageAndColor,
            &[At::Key(color), At::Key(image)],
            "options with images and with colours in one list",
            "give all options images, or all of them colours",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<OptionsDistinct>();
    }

    #[test]
    fn images_and_colours_do_not_mix() {
        finds::<OptionsDistinct>(
            ErrorId::DataSourceItemsHaveBothImageAndColor,
            Example::children(
                r#"{"type": "Dropdown", "name": "d", "label": "D", "data-source": [
                    {"id": "a", "title": "A", "image": "iVBORw0KGgo="}, {"id": "b", "title": "B", «"color"»: "00FF00"}]}"#,
            ),
        );
    }
}
