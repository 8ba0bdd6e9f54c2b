//! Limits the number of screens.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::MAX_SCREENS,
    model::FlowJson,
};

pub(super) struct ScreenCount;

impl Rule for ScreenCount {
    const FACTS: RuleFacts = RuleFacts {
        code: "screen-count",
        summary: "a Flow has at most 100 screens",
        errors: &[ErrorId::MaxScreensNumber],
        explanation: "Split a longer conversation over several Flows, or show the variants of a \
            screen with If and Switch.",
        bad: Example::document(
            r#"
{"version": "7.3", «"screens"»: [
  {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {},
  {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {},
  {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {},
  {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {},
  {}
]}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
  §layout
}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let Some(screens) = flow.member("screens").filter(|screens| screens.is_array()) else {
            return;
        };
        if screens.len() > MAX_SCREENS {
            report.error(
                ErrorId::MaxScreensNumber,
                At::Key(screens),
                format!(
                    "the document has {} screens, expected at most {MAX_SCREENS}",
                    screens.len()
                ),
                format!("delete {} of them", screens.len() - MAX_SCREENS),
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
        check_examples::<ScreenCount>();
    }
}
