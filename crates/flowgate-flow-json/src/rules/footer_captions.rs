//! Requires that the captions of a Footer go together.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    model::FlowJson,
};

pub(super) struct FooterCaptions;

impl Rule for FooterCaptions {
    const FACTS: RuleFacts = RuleFacts {
        code: "footer-captions",
        summary: "a Footer has a left and a right caption, or one in the centre",
        errors: &[
            ErrorId::InvalidDependencies,
            ErrorId::NotKeywordSchemaValidationFailed,
        ],
        explanation: "`left-caption` and `right-caption` come together; `center-caption` comes \
            alone.",
        bad: Example::layout(
            r#"
{"type": "Footer", "label": "Pay", «"left-caption"»: "2 items",
 "on-click-action": {"name": "complete", "payload": {}}}"#,
        ),
        good: Example::layout(
            r#"
{"type": "Footer", "label": "Pay", "left-caption": "2 items", "right-caption": "24 €",
 "on-click-action": {"name": "complete", "payload": {}}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for footer in flow.components().filter(|c| c.is(ComponentType::Footer)) {
            let left = footer.get("left-caption");
            let right = footer.get("right-caption");
            if let Some(center) = footer.get("center-caption")
                && (left.is_some() || right.is_some())
            {
                report.error(
                    ErrorId::NotKeywordSchemaValidationFailed,
                    At::Key(center),
                    "`center-caption` together with `left-caption` or `right-caption`",
                    "keep either the one in the centre or the two at the sides",
                );
            }
            let (present, missing) = match (left, right) {
                (Some(present), None) => (present, "right-caption"),
                (None, Some(present)) => (present, "left-caption"),
                _ => continue,
            };
            report.error(
                ErrorId::InvalidDependencies,
                At::Key(present),
                format!(
                    "`{}` without `{missing}`",
                    present.key().unwrap_or_default()
                ),
                format!("add \"{missing}\": \"text\", or write \"center-caption\" instead"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<FooterCaptions>();
    }

    #[test]
    fn the_centre_stands_alone() {
        finds::<FooterCaptions>(
            ErrorId::NotKeywordSchemaValidationFailed,
            Example::layout(
                r#"{"type": "Footer", "label": "A", "left-caption": "l", «"center-caption"»: "c", "right-caption": "r",
                    "on-click-action": {"name": "complete", "payload": {}}}"#,
            ),
        );
    }
}
