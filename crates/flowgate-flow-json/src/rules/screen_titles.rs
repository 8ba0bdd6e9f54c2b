//! Prefers screens with a title.

use super::{Example, Report, Rule, RuleFacts};
use crate::{diagnostic::At, model::FlowJson};

pub(super) struct ScreenTitles;

impl Rule for ScreenTitles {
    const FACTS: RuleFacts = RuleFacts {
        code: "screen-titles",
        summary: "every screen has a title",
        errors: &[],
        explanation: "The title stands in the bar at the top and is what a screen reader says \
            first. WhatsApp documents it as optional, and its own examples all have one.",
        bad: Example::screens(
            r#"
{"id": «"START"», "terminal": true,
  §layout
}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Book a table", "terminal": true,
  §layout
}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            let title = screen.node().get("title");
            if title.is_none_or(|title| title.as_str().is_some_and(|t| t.trim().is_empty())) {
                report.warning(
                    title.map_or_else(|| At::Object(screen.node()), At::Value),
                    format!("screen `{}` has no title", screen.name()),
                    "add \"title\": \"what the screen is for\"",
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
        check_examples::<ScreenTitles>();
    }
}
