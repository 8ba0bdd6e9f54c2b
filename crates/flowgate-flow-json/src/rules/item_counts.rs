//! Requires that lists have neither too few nor too many items.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::{ComponentType, MAX_DROPDOWN_OPTIONS_WITH_IMAGES},
    model::{Component, FlowJson},
};

pub(super) struct ItemCounts;

impl Rule for ItemCounts {
    const FACTS: RuleFacts = RuleFacts {
        code: "item-counts",
        summary: "lists have neither too few nor too many items",
        errors: &[
            ErrorId::MinItemsRequired,
            ErrorId::MaxItemsRequired,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "A document has at least one screen; CheckboxGroup and RadioButtonsGroup \
            have 1 to 20 options, Dropdown 1 to 200 (100 with images), ChipsSelector 2 to 20, \
            NavigationList 1 to 20 items with up to 3 tags, ImageCarousel 1 to 3 images.",
        bad: Example::children(
            r#"
{"type": "ChipsSelector", "name": "topics", "label": "Topics",
 "data-source": «[{"id": "news", "title": "News"}]»}"#,
        ),
        good: Example::children(
            r#"
{"type": "ChipsSelector", "name": "topics", "label": "Topics",
 "data-source": [{"id": "news", "title": "News"}, {"id": "offers", "title": "Offers"}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        if let Some(screens) = flow.member("screens")
            && (screens.is_empty() || !screens.is_array())
        {
            report.error(
                ErrorId::MinItemsRequired,
                At::Value(screens),
                "the document has no screens, expected a list with at least one",
                r#"write "screens": [{"id": "START", "title": "Start", "layout": {…}}]"#,
            );
        }
        for object in flow.objects() {
            for (node, facts) in object.known() {
                let Some((minimum, mut maximum)) = facts.items else {
                    continue;
                };
                if !node.is_array() {
                    continue;
                }
                let component_type = object.component().and_then(Component::component_type);
                if component_type == Some(ComponentType::Dropdown)
                    && node.items().any(|option| option.get("image").is_some())
                {
                    maximum = MAX_DROPDOWN_OPTIONS_WITH_IMAGES;
                }
                let found = node.len();
                let too_few = found < minimum;
                if !too_few && found <= maximum {
                    continue;
                }
                let error = if component_type == Some(ComponentType::ImageCarousel) {
                    ErrorId::InvalidPropertyValue
                } else if too_few {
                    ErrorId::MinItemsRequired
                } else {
                    ErrorId::MaxItemsRequired
                };
                report.error(
                    error,
                    At::Value(node),
                    format!(
                        "`{}` of {} has {found} {}, expected {minimum} to {maximum}",
                        facts.name,
                        object.title(),
                        if found == 1 { "item" } else { "items" }
                    ),
                    if too_few {
                        "add what is missing".to_owned()
                    } else {
                        format!("delete {} of them", found - maximum)
                    },
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
        check_examples::<ItemCounts>();
    }

    #[test]
    fn a_document_needs_a_screen() {
        finds::<ItemCounts>(
            ErrorId::MinItemsRequired,
            Example::document(r#"{"version": "7.3", "screens": «[]»}"#),
        );
    }

    #[test]
    fn too_many_are_reported() {
        finds::<ItemCounts>(
            ErrorId::MaxItemsRequired,
            Example::layout(
                r#"{"type": "NavigationList", "name": "n", "list-items": [{"main-content": {"title": "T"},
                    "tags": «["a", "b", "c", "d"]», "on-click-action": {"name": "complete", "payload": {}}}]}"#,
            ),
        );
    }
}
