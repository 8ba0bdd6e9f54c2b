//! Warns of payload members that clash with WhatsApp's own.

use super::{Example, Report, Rule, RuleFacts};
use crate::{diagnostic::At, facts::ActionName, json::Node, model::FlowJson};

pub(super) struct PayloadNamesFree;

impl Rule for PayloadNamesFree {
    const FACTS: RuleFacts = RuleFacts {
        code: "payload-names-free",
        summary: "payloads leave the names of error notifications alone",
        errors: &[],
        explanation: "When something goes wrong on the phone, WhatsApp sends the endpoint a \
            request whose data has `error` or `error_key` and `error_message`. A payload with \
            such a member looks like one.",
        bad: Example::layout(
            r#"
{"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {«"error"»: "none"}}}"#,
        ),
        good: Example::layout(
            r#"
{"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {"remark": "none"}}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for action in flow.actions() {
            if !action.is(ActionName::Complete) && !action.is(ActionName::DataExchange) {
                continue;
            }
            for (name, value) in action.payload().into_iter().flat_map(Node::members) {
                if RESERVED.contains(&name) {
                    report.warning(
                        At::Key(value),
                        format!("payload member `{name}` looks like an error notification"),
                        "give it another name",
                    );
                }
            }
        }
    }
}

const RESERVED: [&str; 3] = ["error", "error_key", "error_message"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<PayloadNamesFree>();
    }
}
