//! Warns of error messages that show at once.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At, expression::Dynamic, facts::PropertyKind, json::Node, model::FlowJson,
};

pub(super) struct ErrorMessagesDynamic;

impl Rule for ErrorMessagesDynamic {
    const FACTS: RuleFacts = RuleFacts {
        code: "error-messages-dynamic",
        summary: "error messages come from data",
        errors: &[],
        explanation: "An error message that is written out shows as soon as the screen opens, \
            before the user has typed anything. Let it come from the screen's data, where the \
            endpoint fills it.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "age", "label": "Age", "error-message": «"too young"»}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"age_error": {"type": "string", "__example__": ""}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextInput", "name": "age", "label": "Age", "error-message": "${data.age_error}"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for object in flow.objects() {
            for (node, facts) in object.known() {
                let is_message = facts.name == "error-message"
                    || matches!(facts.kind, PropertyKind::ErrorMessages);
                if !is_message {
                    continue;
                }
                if is_fixed(node) {
                    report.warning(
                        At::Value(node),
                        "a fixed error message shows as soon as the screen opens",
                        "write a reference such as \"${data.error}\"",
                    );
                }
                for part in node.children().filter(|part| is_fixed(*part)) {
                    report.warning(
                        At::Value(part),
                        "a fixed error message shows as soon as the screen opens",
                        "write a reference such as \"${data.error}\"",
                    );
                }
            }
        }
    }
}

fn is_fixed(node: Node<'_>) -> bool {
    node.as_str()
        .is_some_and(|text| !text.is_empty() && Dynamic::parse(text).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ErrorMessagesDynamic>();
    }
}
