//! Asks for words for those who do not see an image.

use super::{Example, Report, Rule, RuleFacts};
use crate::{diagnostic::At, facts::ComponentType, model::FlowJson};

pub(super) struct ImageDescriptions;

impl Rule for ImageDescriptions {
    const FACTS: RuleFacts = RuleFacts {
        code: "image-descriptions",
        summary: "every image has an `alt-text`",
        errors: &[],
        explanation: "A screen reader says the `alt-text` in place of the image.",
        bad: Example::children(r#"{"type": «"Image"», "src": "iVBORw0KGgo="}"#),
        good: Example::children(
            r#"{"type": "Image", "src": "iVBORw0KGgo=", "alt-text": "Our shop"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for image in flow.components().filter(|c| c.is(ComponentType::Image)) {
            if image.get("alt-text").is_none() {
                report.info(
                    At::Object(image.node()),
                    "image without `alt-text`",
                    "add \"alt-text\": \"what the image shows\"",
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
        check_examples::<ImageDescriptions>();
    }
}
