//! Requires one of the listed words where only those are allowed.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::PropertyKind,
    json::Node,
    model::FlowJson,
    suggestion,
};

pub(super) struct AllowedValues;

impl Rule for AllowedValues {
    const FACTS: RuleFacts = RuleFacts {
        code: "allowed-values",
        summary: "a property with a fixed set of values has one of them",
        errors: &[ErrorId::InvalidEnumValue],
        explanation: "The values are compared letter by letter, upper and lower case included.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "code", "label": "Code", "input-type": «"pin"»}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "code", "label": "Code", "input-type": "passcode"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for object in flow.objects() {
            for (node, facts) in object.known() {
                match facts.kind {
                    PropertyKind::Word(words) => {
                        check_word(report, node, facts.name, words);
                    }
                    PropertyKind::Words(words) => {
                        for item in node.items() {
                            check_word(report, item, facts.name, words);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn check_word<'f>(
    report: &mut Report<'f>,
    node: Node<'f>,
    property: &str,
    words: &'static [&'static str],
) {
    let Some(text) = node.as_str() else {
        return;
    };
    if words.contains(&text) || Dynamic::parse(text).is_some() {
        return;
    }
    report.error(
        ErrorId::InvalidEnumValue,
        At::Value(node),
        format!(
            "`{text}` is no value of `{property}`, expected {}",
            suggestion::list(words.iter().copied())
        ),
        suggestion::did_you_mean(text, words.iter().copied(), || {
            format!("write \"{}\"", words.first().unwrap_or(&""))
        }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<AllowedValues>();
    }

    #[test]
    fn items_of_lists_are_checked_one_by_one() {
        finds::<AllowedValues>(
            ErrorId::InvalidEnumValue,
            Example::children(
                r#"{"type": "CalendarPicker", "name": "c", "label": "C",
                    "include-days": ["Mon", «"Tuesday"»]}"#,
            ),
        );
    }
}
