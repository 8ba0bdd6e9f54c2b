//! Requires that the document states its version.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
    version::RECOMMENDED,
};

pub(super) struct VersionPresent;

impl Rule for VersionPresent {
    const FACTS: RuleFacts = RuleFacts {
        code: "version-present",
        summary: "the document is an object with a version",
        errors: &[ErrorId::MissingFlowJsonVersion, ErrorId::InvalidPropertyType],
        explanation: "The version decides which components and properties exist and which rules \
            apply. It is a string such as \"7.3\".",
        bad: Example::document(
            r#"
«{»"screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let Some(root) = flow.document.root() else {
            return;
        };
        if !root.is_object() {
            report.error(
                ErrorId::InvalidPropertyType,
                At::Object(root),
                format!(
                    "the document is {}, expected an object",
                    root.kind().with_article()
                ),
                format!(r#"begin with {{"version": "{RECOMMENDED}", "screens": [{{…}}]}}"#),
            );
            return;
        }
        if root.get("version").is_none() {
            report.error(
                ErrorId::MissingFlowJsonVersion,
                At::Object(root),
                "the document has no version",
                format!(r#"add "version": "{RECOMMENDED}""#),
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
        check_examples::<VersionPresent>();
    }

    #[test]
    fn a_list_is_no_document() {
        finds::<VersionPresent>(ErrorId::InvalidPropertyType, Example::document("«[»]"));
    }
}
