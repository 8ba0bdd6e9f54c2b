//! Requires that every reference in a property reads something.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::{Reference, Scope},
    model::{FlowJson, Screen, Site},
    resolve::{self, Missing},
    suggestion,
};

pub(super) struct ReferencesResolve;

impl Rule for ReferencesResolve {
    const FACTS: RuleFacts = RuleFacts {
        code: "references-resolve",
        summary: "every reference in a component or title reads an input or a declared field",
        errors: &[
            ErrorId::InvalidScreenDynamicData,
            ErrorId::InvalidScreenData,
        ],
        explanation: "${data.x} reads the field x in the screen's `data`, ${form.x} the input \
            called x on the same screen, ${screen.ID.data.x} and ${screen.ID.form.x} those of \
            another screen; on its own screen a reference is written without the screen. A \
            reference cannot reach into a list.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"greeting": {"type": "string", "__example__": "Hello"}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextHeading", "text": "«${data.greting}»"},
  §footer
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"greeting": {"type": "string", "__example__": "Hello"}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextHeading", "text": "${data.greeting}"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for dynamic in flow.uses() {
            if matches!(dynamic.site(), Site::Payload { .. }) {
                continue;
            }
            if report.is_full() {
                return;
            }
            let screen = dynamic.screen();
            for reference in dynamic.value().references() {
                let at = At::Within(dynamic.node(), reference.span.clone());
                if reference.screen.as_deref() == screen.id() && screen.id().is_some() {
                    report_own_screen(report, at.clone(), screen, reference);
                }
                let Err(missing) = resolve::resolve(flow, screen, reference) else {
                    continue;
                };
                // A field that exists and has no such part is a matter of its
                // schema, wherever it is.
                let schema = reference.scope == Scope::Data
                    && matches!(missing, Missing::List | Missing::Member { .. });
                let error = if reference.screen.is_some() && !schema {
                    ErrorId::InvalidScreenData
                } else {
                    ErrorId::InvalidScreenDynamicData
                };
                let (message, help) = explain(flow, screen, reference, &missing);
                report.error(error, at, message, help);
            }
        }
    }
}

/// Reports a reference to its own screen by name.
pub(super) fn report_own_screen<'f>(
    report: &mut Report<'f>,
    at: At<'f>,
    screen: Screen<'f>,
    reference: &Reference,
) {
    let local = Reference {
        screen: None,
        ..reference.clone()
    };
    report.error(
        ErrorId::InvalidScreenData,
        at,
        format!("`{reference}` names screen `{}`, on which it stands", screen.name()),
        format!("write \"{local}\""),
    );
}

/// Says why a reference reads nothing and what to do.
pub(super) fn explain(
    flow: &FlowJson,
    screen: Screen<'_>,
    reference: &Reference,
    missing: &Missing<'_>,
) -> (String, String) {
    let name = reference.name();
    match missing {
        Missing::Screen => {
            let id = reference.screen.as_deref().unwrap_or_default();
            (
                format!("`{reference}` names screen `{id}`, which does not exist"),
                suggestion::did_you_mean(id, flow.screen_ids(), || {
                    "write the id of a screen of this Flow".into()
                }),
            )
        }
        Missing::Field(target) => (
            format!(
                "`{reference}` reads `{name}`, which screen `{}` does not declare in its data",
                target.name()
            ),
            suggestion::did_you_mean(
                name,
                target.data().iter().map(|field| field.name.as_str()),
                || {
                    if reference.screen.is_none() && screen.input(name).is_some() {
                        return format!("write \"${{form.{name}}}\", which reads the input");
                    }
                    format!(
                        "add \"data\": {{\"{name}\": {{\"type\": \"string\", \"__example__\": \"…\"}}}} to screen \"{}\"",
                        target.name()
                    )
                },
            ),
        ),
        Missing::Input(target) => (
            format!(
                "`{reference}` reads input `{name}`, which screen `{}` does not have",
                target.name()
            ),
            suggestion::did_you_mean(name, target.input_names(), || {
                if target.data_field(name).is_some() {
                    let scope = Scope::Data.name();
                    return match &reference.screen {
                        None => format!("write \"${{{scope}.{name}}}\", which reads the data"),
                        Some(id) => format!("write \"${{screen.{id}.{scope}.{name}}}\""),
                    };
                }
                let elsewhere = flow.screens().find(|other| other.input(name).is_some());
                if let Some(id) = elsewhere.and_then(Screen::id) {
                    return format!("write \"${{screen.{id}.form.{name}}}\", where that input is");
                }
                format!("add an input with \"name\": \"{name}\"")
            }),
        ),
        Missing::Form => (
            format!("`{reference}` names a Form, which has no value of its own"),
            match reference.path.get(1) {
                Some(input) => format!("write \"${{form.{input}}}\"; form is the same for every Form"),
                None => "write the name of an input, such as \"${form.email}\"".into(),
            },
        ),
        Missing::Member { of, name } => (
            format!("`{reference}` reads member `{name}` of a value of type {of}"),
            "declare the member in the data of the screen, or refer to the value itself".into(),
        ),
        Missing::List => (
            format!("`{reference}` reaches into a list"),
            "refer to the list as a whole, or declare a field of its own for the item".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ReferencesResolve>();
    }

    #[test]
    fn references_to_other_screens_are_checked() {
        finds::<ReferencesResolve>(
            ErrorId::InvalidScreenData,
            Example::screens(
                r#"{"id": "A", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [
                    {"type": "TextBody", "text": "«${screen.B.data.x}»"},
                    {"type": "TextBody", "text": "«${screen.NONE.form.x}»"}]}}, {"id": "B"}"#,
            ),
        );
        finds::<ReferencesResolve>(
            ErrorId::InvalidScreenData,
            Example::screens(
                r#"{"id": "A", "terminal": true, "data": {"x": {"type": "string", "__example__": ""}},
                    "layout": {"type": "SingleColumnLayout", "children": [
                    {"type": "TextBody", "text": "«${screen.A.data.x}»"}]}}"#,
            ),
        );
    }

    #[test]
    fn lists_are_closed() {
        finds::<ReferencesResolve>(
            ErrorId::InvalidScreenDynamicData,
            Example::screens(
                r#"{"id": "A", "terminal": true,
                    "data": {"x": {"type": "array", "items": {"type": "string"}, "__example__": []}},
                    "layout": {"type": "SingleColumnLayout", "children": [
                    {"type": "TextBody", "text": "«${data.x.items}»"},
                    {"type": "TextBody", "text": "«${data.y}»", "visible": "«${form.z}»"}]}}"#,
            ),
        );
    }
}
