//! Requires that every value has the JSON type of its property.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::{DateValue, PropertyFacts, PropertyKind},
    json::{JsonKind, Node},
    model::FlowJson,
};

pub(super) struct PropertyTypes;

impl Rule for PropertyTypes {
    const FACTS: RuleFacts = RuleFacts {
        code: "property-types",
        summary: "every value has the type of its property",
        errors: &[ErrorId::InvalidPropertyType, ErrorId::PatternMismatch],
        explanation: "A boolean is true or false without quotes, a number has no quotes either. \
            Where the property may be dynamic, a reference such as ${data.name} may stand \
            instead, in quotes and alone.",
        bad: Example::children(
            r#"
{"type": "TextArea", "name": "notes", "label": "Notes", "enabled": «"yes"»}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextArea", "name": "notes", "label": "Notes", "enabled": true}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for object in flow.objects() {
            for (node, facts) in object.known() {
                // Telling whether a text is dynamic costs more than its kind.
                if !skipped(facts) && !facts.kind.takes(node) && !is_dynamic(node, facts) {
                    report_type(report, node, facts, &object.title());
                }
            }
        }
        for component in flow.components() {
            for (_, case) in component.get("cases").into_iter().flat_map(Node::members) {
                if !PropertyKind::Components.takes(case) {
                    report.error(
                        ErrorId::InvalidPropertyType,
                        At::Value(case),
                        format!(
                            "case `{}` is {}, expected a list of components",
                            case.key().unwrap_or_default(),
                            case.kind().with_article()
                        ),
                        "write the components of the case in [ and ]",
                    );
                }
            }
        }
        for screen in flow.member("screens").into_iter().flat_map(Node::items) {
            if !screen.is_object() {
                report.error(
                    ErrorId::InvalidPropertyType,
                    At::Value(screen),
                    format!("a screen is {}, expected an object", screen.kind().with_article()),
                    r#"write {"id": "NAME", "title": "Title", "layout": {…}}"#,
                );
            }
        }
    }
}

/// Says whether another rule looks after the type of the property.
fn skipped(facts: &PropertyFacts) -> bool {
    matches!(
        facts.kind,
        PropertyKind::Version | PropertyKind::DataApiVersion | PropertyKind::Type
            | PropertyKind::Screens
    ) || facts.name == "layout"
}

fn is_dynamic(node: Node<'_>, facts: &PropertyFacts) -> bool {
    facts.dynamic
        && node
            .as_str()
            .is_some_and(|text| Dynamic::parse(text).is_some())
}

fn report_type<'f>(
    report: &mut Report<'f>,
    node: Node<'f>,
    facts: &PropertyFacts,
    title: &str,
) {
    let expected = facts.kind.expectation();
    let could_refer = facts.dynamic && node.kind() == JsonKind::String;
    // Where a reference could stand, WhatsApp reports a string of the wrong
    // kind as a mismatch with the pattern of references, but its sample of a
    // text in place of a boolean has the id for wrong types.
    let is_boolean = matches!(
        facts.kind,
        PropertyKind::Boolean | PropertyKind::PerDate(DateValue::Boolean)
    );
    let plain = node.as_str().map(str::trim);
    let mut help = match (facts.kind, plain) {
        (PropertyKind::Boolean, Some("true" | "false")) => {
            format!("write {} without quotes", plain.unwrap_or_default())
        }
        (PropertyKind::Integer | PropertyKind::Number, Some(text))
            if text.parse::<f64>().is_ok() =>
        {
            format!("write {text} without quotes")
        }
        (PropertyKind::List(_) | PropertyKind::Components, None) if node.is_object() => {
            "put the object in [ and ]".to_owned()
        }
        (PropertyKind::Texts | PropertyKind::Words(_) | PropertyKind::Dates, Some(text)) => {
            format!("write [\"{text}\"]")
        }
        (PropertyKind::Text, None)
            if matches!(node.kind(), JsonKind::Number | JsonKind::Boolean) =>
        {
            format!("write \"{}\", in quotes", node.raw())
        }
        _ => format!("write \"{}\": {}", facts.name, facts.kind.sample()),
    };
    if could_refer {
        help.push_str(", or a reference such as \"${data.name}\"");
    }
    let (node, found) = culprit(node, facts.kind);
    report.error(
        if could_refer && !is_boolean {
            ErrorId::PatternMismatch
        } else {
            ErrorId::InvalidPropertyType
        },
        At::Value(node),
        format!("`{}` of {title} is {found}, expected {expected}", facts.name),
        help,
    );
}

/// Finds the item to blame if only one item of a list is wrong.
fn culprit(node: Node<'_>, kind: PropertyKind) -> (Node<'_>, String) {
    let item_kind = match kind {
        PropertyKind::Texts
        | PropertyKind::Words(_)
        | PropertyKind::Dates
        | PropertyKind::TextOrTexts => JsonKind::String,
        PropertyKind::List(_) | PropertyKind::Components | PropertyKind::Screens => {
            JsonKind::Object
        }
        _ => return (node, node.kind().with_article().to_owned()),
    };
    match node.items().find(|item| item.kind() != item_kind) {
        Some(item) => (
            item,
            format!("a list with {} in it", item.kind().with_article()),
        ),
        None => (node, node.kind().with_article().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<PropertyTypes>();
    }

    #[test]
    fn a_text_where_a_reference_could_stand_is_a_pattern_mismatch() {
        finds::<PropertyTypes>(
            ErrorId::PatternMismatch,
            Example::children(
                r#"{"type": "TextInput", "name": "n", "label": "N", "max-chars": «"Hundred"»}"#,
            ),
        );
        accepts::<PropertyTypes>(Example::children(
            r#"{"type": "TextInput", "name": "n", "label": "N", "max-chars": "100"}"#,
        ));
    }

    #[test]
    fn other_types_are_named() {
        finds::<PropertyTypes>(
            ErrorId::InvalidPropertyType,
            Example::children(
                r#"{"type": "TextBody", "text": «42»},
                   {"type": "TextBody", "text": ["a", «1»]},
                   {"type": "If", "condition": "${form.a}", "then": «{}»},
                   {"type": "CheckboxGroup", "name": "c", "label": "C", "data-source": [«"x"»]}"#,
            ),
        );
    }
}
