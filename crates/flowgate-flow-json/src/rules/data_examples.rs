//! Requires an example for every field, of the field's type.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    data_type::DataType,
    diagnostic::{At, ErrorId},
    json::{JsonKind, Node},
    model::FlowJson,
};

pub(super) struct DataExamples;

impl Rule for DataExamples {
    const FACTS: RuleFacts = RuleFacts {
        code: "data-examples",
        summary: "every field of `data` has an `__example__` of its type",
        errors: &[
            ErrorId::MissingRequiredProperty,
            ErrorId::InvalidScreenData,
        ],
        explanation: "The example is what the preview in WhatsApp Manager shows. It may be empty \
            and may hold more than the declaration, but what it holds must have the declared \
            type. null is no value of any type.",
        bad: Example::data(
            r#"
"price": {"type": "number", "__example__": «"12.50"»}"#,
        ),
        good: Example::data(
            r#"
"price": {"type": "number", "__example__": 12.50}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            for field in screen.data() {
                let schema = flow.node(field.node);
                if !schema.is_object() {
                    continue;
                }
                let Some(example) = field.example else {
                    report.error(
                        ErrorId::MissingRequiredProperty,
                        At::Key(schema),
                        format!("`{}` has no `__example__`", field.name),
                        format!("add \"__example__\": {}", sample(&field.data_type)),
                    );
                    continue;
                };
                let example = flow.node(example);
                if let Some((node, expected)) = mismatch(&field.data_type, example) {
                    report.error(
                        ErrorId::InvalidScreenData,
                        At::Value(node),
                        format!(
                            "the example of `{}` holds {}, expected {expected}",
                            field.name,
                            node.kind().with_article()
                        ),
                        format!("write {} here, or declare another type", sample(expected)),
                    );
                }
            }
        }
    }
}

fn sample(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Number => "10",
        DataType::Boolean => "true",
        DataType::Array(_) => "[]",
        DataType::Object(_) => "{}",
        _ => "\"text\"",
    }
}

/// Finds the first part of an example that is not of its declared type.
fn mismatch<'f, 't>(expected: &'t DataType, node: Node<'f>) -> Option<(Node<'f>, &'t DataType)> {
    match (expected, node.kind()) {
        (DataType::Array(array), JsonKind::Array) => {
            node.items().find_map(|item| mismatch(&array.items, item))
        }
        (DataType::Object(object), JsonKind::Object) => node
            .members()
            .find_map(|(name, member)| mismatch(object.property(name)?, member)),
        _ if expected.describes(node) => None,
        _ => Some((node, expected)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<DataExamples>();
    }

    #[test]
    fn examples_are_compared_at_any_depth() {
        finds::<DataExamples>(
            ErrorId::InvalidScreenData,
            Example::data(
                r#""a": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}},
                    "__example__": [{"id": "1", "more": 1}, {"id": «2»}]}"#,
            ),
        );
        finds::<DataExamples>(
            ErrorId::MissingRequiredProperty,
            Example::data(r#"«"a"»: {"type": "string"}"#),
        );
        accepts::<DataExamples>(Example::data(
            r#""a": {"type": "string", "__example__": ""}"#,
        ));
    }
}
