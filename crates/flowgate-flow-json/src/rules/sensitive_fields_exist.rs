//! Requires that `sensitive` names inputs of the screen.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    json::Node,
    model::FlowJson,
    suggestion,
};

pub(super) struct SensitiveFieldsExist;

impl Rule for SensitiveFieldsExist {
    const FACTS: RuleFacts = RuleFacts {
        code: "sensitive-fields-exist",
        summary: "every name in `sensitive` is an input of the screen",
        errors: &[ErrorId::InvalidSensitiveField],
        explanation: "`sensitive` hides answers in the summary that stays in the chat. A name \
            that no input has hides nothing.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "sensitive": [«"emial"»],
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextInput", "name": "email", "label": "E-mail"},
  §footer
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, "sensitive": ["email"],
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextInput", "name": "email", "label": "E-mail"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            for node in screen.node().get("sensitive").into_iter().flat_map(Node::items) {
                let Some(name) = node.as_str() else {
                    continue;
                };
                if screen.input(name).is_none() {
                    report.error(
                        ErrorId::InvalidSensitiveField,
                        At::Value(node),
                        format!("screen `{}` has no input `{name}`", screen.name()),
                        suggestion::did_you_mean(name, screen.input_names(), || {
                            "write the name of an input of this screen".into()
                        }),
                    );
                }
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
        check_examples::<SensitiveFieldsExist>();
    }
}
