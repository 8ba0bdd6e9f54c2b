//! Warns of texts that a phone cuts.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At, expression::Dynamic, facts::PropertyFacts, json::Node, model::FlowJson,
};

pub(super) struct TextLengths;

impl Rule for TextLengths {
    const FACTS: RuleFacts = RuleFacts {
        code: "text-lengths",
        summary: "texts are short enough to be shown whole",
        errors: &[],
        explanation: "WhatsApp accepts longer texts and cuts them on the phone.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "mail", "label": «"Your private e-mail address"»}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "mail", "label": "Private e-mail"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for object in flow.objects() {
            for (node, facts) in object.known() {
                let Some(maximum) = facts.max_characters else {
                    continue;
                };
                check_text(report, node, facts, maximum);
                // Both labels of a date range have the limit of one.
                for part in node.children() {
                    check_text(report, part, facts, maximum);
                }
            }
        }
    }
}

fn check_text<'f>(
    report: &mut Report<'f>,
    node: Node<'f>,
    facts: &PropertyFacts,
    maximum: usize,
) {
    let Some(text) = node.as_str() else {
        return;
    };
    if text.len() <= maximum || Dynamic::parse(text).is_some() {
        return;
    }
    let found = text.chars().count();
    if found > maximum {
        report.warning(
            At::Value(node),
            format!(
                "`{}` has {found} characters; phones cut it after {maximum}",
                facts.name
            ),
            format!("shorten it by {}", found - maximum),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<TextLengths>();
    }
}
