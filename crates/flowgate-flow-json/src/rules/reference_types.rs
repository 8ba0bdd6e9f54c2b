//! Requires that what a reference reads has the type of the property.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    data_type::DataType,
    diagnostic::{At, ErrorId},
    expression::{Dynamic, Reference, Scope},
    facts::{ObjectFacts, PropertyKind},
    model::{FlowJson, Screen, Site},
    resolve, suggestion,
};

pub(super) struct ReferenceTypes;

impl Rule for ReferenceTypes {
    const FACTS: RuleFacts = RuleFacts {
        code: "reference-types",
        summary: "what a reference reads has the type of the property it stands in",
        errors: &[ErrorId::InvalidScreenDynamicData],
        explanation: "A text takes a string, `visible` a boolean, `data-source` a list of objects \
            that declare at least `id` and `title`. The type is the one declared in the screen's \
            `data`, or the one that an input yields.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"cities": {"type": "array", "__example__": [], "items":
   {"type": "object", "properties": {"id": {"type": "string"}}}}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Dropdown", "name": "city", "label": "City", "data-source": «"${data.cities}"»},
  §footer
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"cities": {"type": "array", "__example__": [], "items":
   {"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}}}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Dropdown", "name": "city", "label": "City", "data-source": "${data.cities}"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for dynamic in flow.uses() {
            let Site::Property(facts) = dynamic.site() else {
                continue;
            };
            if matches!(facts.kind, PropertyKind::Condition) || !facts.dynamic {
                continue;
            }
            let screen = dynamic.screen();
            let node = dynamic.node();
            let found = resolve::type_of(flow, screen, dynamic.value());
            let expected = facts.kind.data_type();
            let fits = match dynamic.value() {
                // The result of an expression is shown as text wherever a
                // text is wanted.
                Dynamic::Expression(_) if DataType::String.fits(&expected) => true,
                _ => found.fits(&expected),
            };
            let places = |reference: Option<&Reference>| {
                let mut places = vec![At::Value(node)];
                if let Some(declared) = reference.and_then(|r| declaration(flow, screen, r)) {
                    places.push(declared);
                }
                places
            };
            let reference = match dynamic.value() {
                Dynamic::Reference(reference) => Some(reference),
                _ => None,
            };
            if !fits {
                report.add_error(
                    ErrorId::InvalidScreenDynamicData,
                    &places(reference),
                    format!(
                        "`{}` takes {expected}, and `{}` is {found}",
                        facts.name,
                        node.as_str().unwrap_or_default()
                    ),
                    match reference {
                        Some(reference) if reference.scope == Scope::Data => format!(
                            "declare \"type\": \"{}\" in the data of the screen",
                            expected_name(&expected)
                        ),
                        _ => format!("refer to a value of type {expected}"),
                    },
                );
            } else if let (PropertyKind::List(item), DataType::Array(array)) = (facts.kind, &found)
                && let Some(missing) = missing_member(item, &array.items)
            {
                report.add_error(
                    ErrorId::InvalidScreenDynamicData,
                    &places(reference),
                    format!(
                        "the items of `{}` declare no `{missing}`, which {} needs",
                        node.as_str().unwrap_or_default(),
                        dynamic
                            .component()
                            .map_or("the list", crate::model::Component::type_name)
                    ),
                    format!(
                        "add \"{missing}\": {{\"type\": \"{}\"}} to the properties of the items",
                        expected_name(
                            &item
                                .property(missing)
                                .map_or(DataType::String, |facts| facts.kind.data_type())
                        )
                    ),
                );
            }
        }
    }
}

/// Finds where the field that a reference reads is declared.
fn declaration<'f>(
    flow: &'f FlowJson,
    screen: Screen<'f>,
    reference: &Reference,
) -> Option<At<'f>> {
    if reference.scope != Scope::Data {
        return None;
    }
    let screen = resolve::screen_of(flow, screen, reference)?;
    let field = screen.data_field(reference.name())?;
    Some(At::Key(flow.node(field.node)))
}

fn expected_name(expected: &DataType) -> &'static str {
    match expected {
        DataType::OneOf(types) => types.first().map_or("string", DataType::name),
        other => other.name(),
    }
}

/// Finds a member that every item needs and the declaration lacks. Items
/// whose members are not declared at all are left to the run time.
fn missing_member(facts: &'static ObjectFacts, items: &DataType) -> Option<&'static str> {
    let DataType::Object(object) = items else {
        return None;
    };
    if object.properties.is_empty() {
        return None;
    }
    let missing: Vec<_> = facts
        .required()
        .map(|property| property.name)
        .filter(|name| object.property(name).is_none())
        .collect();
    let names: Vec<_> = object.properties.iter().map(|(name, _)| name.as_str()).collect();
    // Of several, the one that somebody misspelt is the most helpful.
    missing
        .iter()
        .copied()
        .find(|name| suggestion::suggest(name, names.iter().copied()).is_some())
        .or_else(|| missing.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ReferenceTypes>();
    }

    const DATA: &str = r#""data": {"flag": {"type": "boolean", "__example__": true},
        "name": {"type": "string", "__example__": ""}}"#;

    #[track_caller]
    fn check(component: &str, expected: &[&str]) {
        let document = format!(
            r#"{{"version": "7.3", "screens": [{{"id": "A", "terminal": true, {DATA},
            "layout": {{"type": "SingleColumnLayout", "children": [{component}]}}}}]}}"#
        );
        let flow = FlowJson::parse(document.as_bytes());
        let found: Vec<_> = flow
            .check()
            .into_iter()
            .filter(|found| found.code == ReferenceTypes::FACTS.code)
            .map(|found| document[found.span.clone()].to_owned())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn types_are_compared_by_property() {
        check(
            r#"{"type": "TextBody", "text": "${data.flag}", "visible": "${data.name}"}"#,
            &["\"${data.flag}\"", "\"${data.name}\""],
        );
        check(
            r#"{"type": "TextBody", "text": "${data.name}", "visible": "${data.flag}"}"#,
            &[],
        );
        check(
            r#"{"type": "TextBody", "text": "a", "visible": "`${data.flag} && true`"}"#,
            &[],
        );
        check(
            r#"{"type": "TextBody", "text": "a", "visible": "`'x' ${data.name}`"}"#,
            &["\"`'x' ${data.name}`\""],
        );
    }

    #[test]
    fn picker_errors_are_a_string_or_an_object() {
        check(
            r#"{"type": "PhotoPicker", "name": "p", "label": "P", "error-message": "${data.flag}"}"#,
            &["\"${data.flag}\""],
        );
    }
}
