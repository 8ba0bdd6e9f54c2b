//! Requires that the data of a screen is declared completely.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    json::{JsonKind, Node},
    model::FlowJson,
    suggestion,
};

pub(super) struct DataFieldsDeclared;

impl Rule for DataFieldsDeclared {
    const FACTS: RuleFacts = RuleFacts {
        code: "data-fields-declared",
        summary: "every field of `data` has a type, and every list says what is in it",
        errors: &[ErrorId::InvalidScreenData],
        explanation: "A field is declared as in JSON Schema: `type` is string, number, boolean, \
            object or array; an array has `items`, an object `properties`. `__example__` stands \
            only directly under a field.",
        bad: Example::data(
            r#"
"cities": {"type": «"array"», "__example__": []}"#,
        ),
        good: Example::data(
            r#"
"cities": {"type": "array", "items": {"type": "string"}, "__example__": []}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            for field in screen.data() {
                check_schema(report, flow.node(field.node), true);
            }
        }
    }
}

const TYPES: [&str; 5] = ["string", "number", "boolean", "object", "array"];

fn check_schema<'f>(report: &mut Report<'f>, schema: Node<'f>, top: bool) {
    let error = ErrorId::InvalidScreenData;
    let name = schema.key().unwrap_or("items");
    if name == "__example__" && !top {
        // Reported by its parent, which knows that it is no field.
        return;
    }
    if !schema.is_object() {
        report.error(
            error,
            At::Value(schema),
            format!(
                "the declaration of `{name}` is {}, expected an object",
                schema.kind().with_article()
            ),
            format!(
                "write \"{name}\": {{\"type\": \"{}\", \"__example__\": {}}}",
                match schema.kind() {
                    JsonKind::Null => "string",
                    kind => kind.name(),
                },
                if schema.is_array() { "[]" } else { schema.raw() }
            ),
        );
        return;
    }
    if let Some(example) = schema.get("__example__").filter(|_| !top) {
        report.error(
            error,
            At::Key(example),
            "`__example__` below the top of a field",
            "move it to the field itself",
        );
    }
    let Some(node) = schema.get("type") else {
        report.error(
            error,
            if top {
                At::Key(schema)
            } else {
                At::Object(schema)
            },
            format!("`{name}` has no type"),
            "add \"type\": \"string\"",
        );
        return;
    };
    // JSON Schema has lists of types. They are known to be published inside
    // a field, and no page of WhatsApp's mentions them.
    let is_union = !top && node.is_array() && !node.is_empty();
    if is_union && node.items().all(|item| item.as_str().is_some()) {
        report.warning(
            At::Value(node),
            format!("`{name}` has several types, which is not documented"),
            "write a single type such as \"string\"",
        );
        return;
    }
    let Some(data_type) = node.as_str() else {
        report.error(
            error,
            At::Value(node),
            format!(
                "the type of `{name}` is {}, expected a string",
                node.kind().with_article()
            ),
            format!("write one of {}", suggestion::list(TYPES)),
        );
        return;
    };
    match data_type {
        "array" => check_items(report, schema, node),
        "object" => {
            for (member, property) in schema.get("properties").into_iter().flat_map(Node::members)
            {
                if member == "__example__" {
                    report.error(
                        error,
                        At::Key(property),
                        "`__example__` below the top of a field",
                        "move it to the field itself",
                    );
                } else {
                    check_schema(report, property, false);
                }
            }
        }
        "integer" => report.warning(
            At::Value(node),
            "type `integer` is not documented",
            "write \"number\"",
        ),
        known if TYPES.contains(&known) => {}
        unknown => report.error(
            error,
            At::Value(node),
            format!(
                "unknown type `{unknown}`, expected one of {}",
                suggestion::list(TYPES)
            ),
            suggestion::did_you_mean(unknown, TYPES, || "write \"string\"".into()),
        ),
    }
}

fn check_items<'f>(report: &mut Report<'f>, schema: Node<'f>, data_type: Node<'f>) {
    let name = schema.key().unwrap_or("items");
    match schema.get("items") {
        None => report.error(
            ErrorId::InvalidScreenData,
            At::Value(data_type),
            format!("`{name}` is an array without `items`"),
            "add \"items\": {\"type\": \"object\", \"properties\": {\"id\": {\"type\": \"string\"}, \
             \"title\": {\"type\": \"string\"}}}",
        ),
        Some(items) => match items.kind() {
            JsonKind::Object => check_schema(report, items, false),
            JsonKind::Boolean => {}
            kind => report.error(
                ErrorId::InvalidScreenData,
                At::Value(items),
                format!(
                    "`items` of `{name}` is {}, expected an object or a boolean",
                    kind.with_article()
                ),
                "write \"items\": {\"type\": \"string\"}",
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<DataFieldsDeclared>();
    }

    #[test]
    fn every_offence_of_the_error_page_is_found() {
        finds::<DataFieldsDeclared>(
            ErrorId::InvalidScreenData,
            Example::data(
                r#"«"a"»: {}, "b": {"type": «1»}, "c": {"type": "array", "items": «"string"»},
                   "d": {"type": "object", "properties": {"x": «{»}, «"__example__"»: {}}},
                   "e": {"type": "array", "items": {"type": "string", «"__example__"»: ""}},
                   "f": {"type": «"text"»}, "g": «"string"»"#,
            ),
        );
    }

    #[test]
    fn open_lists_are_allowed() {
        accepts::<DataFieldsDeclared>(Example::data(
            r#""a": {"type": "array", "items": true, "__example__": []}"#,
        ));
    }
}
