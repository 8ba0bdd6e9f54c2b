//! Requires that the payload of `navigate` is what the next screen declares.

use std::collections::HashSet;

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    model::{Action, FlowJson, Screen},
    resolve,
    suggestion,
};

pub(super) struct NavigatePayloadFits;

impl Rule for NavigatePayloadFits {
    const FACTS: RuleFacts = RuleFacts {
        code: "navigate-payload-fits",
        summary: "the payload of navigate has the fields and types that the next screen declares",
        errors: &[
            ErrorId::InvalidNavigateActionPayload,
            ErrorId::MissingNavigationActionPayload,
        ],
        explanation: "The payload becomes the data of the next screen, so its keys and types must \
            be those in that screen's `data`. From 4.0 on the next screen can also read this one \
            with ${screen.ID.form.name} and needs no payload at all. In a Flow with endpoint a \
            missing key is only a warning, because the endpoint may have sent the data.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextInput", "name": "name", "label": "Name"},
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DONE"}, "payload": {"nmae": «"${form.name}"»}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true,
 "data": {"nmae": {"type": "boolean", "__example__": true}},
 §layout}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextInput", "name": "name", "label": "Name"},
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "DONE"}, "payload": {"name": "${form.name}"}}}
]}},
{"id": "DONE", "title": "Done", "terminal": true,
 "data": {"name": {"type": "string", "__example__": "Ada"}},
 §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for action in flow.actions() {
            let Some(next) = action.target().and_then(|target| flow.screen(target)) else {
                continue;
            };
            if report.is_full() {
                return;
            }
            if next.index() != action.screen().index() {
                check_payload(flow, report, action, next);
            }
        }
    }
}

fn check_payload<'f>(
    flow: &'f FlowJson,
    report: &mut Report<'f>,
    action: Action<'f>,
    next: Screen<'f>,
) {
    let screen = next.name();
    let Some(payload) = action.payload() else {
        if !next.data().is_empty() {
            let message = format!("navigate without payload, and screen `{screen}` declares data");
            let fields = suggestion::list(next.data().iter().map(|field| field.name.as_str()));
            let help = format!("add a payload with {fields}");
            if flow.has_endpoint() {
                report.warning(At::Object(action.node()), message, help);
            } else {
                report.error(
                    ErrorId::MissingNavigationActionPayload,
                    At::Object(action.node()),
                    message,
                    help,
                );
            }
        }
        return;
    };
    if !payload.is_object() {
        return;
    }
    if next.data().is_empty() {
        if !payload.is_empty() {
            report.error(
                ErrorId::InvalidNavigateActionPayload,
                At::Key(payload),
                format!("the payload has fields, and screen `{screen}` declares no data"),
                format!("add \"data\" to screen \"{screen}\", or write \"payload\": {{}}"),
            );
        }
        return;
    }
    for (name, value) in payload.members() {
        let Some(field) = next.data_field(name) else {
            report.error(
                ErrorId::InvalidNavigateActionPayload,
                At::Key(value),
                format!("screen `{screen}` declares no `{name}`"),
                suggestion::did_you_mean(
                    name,
                    next.data().iter().map(|field| field.name.as_str()),
                    || format!("add \"{name}\" to the data of screen \"{screen}\""),
                ),
            );
            continue;
        };
        let found = resolve::type_of_value(flow, action.screen(), value);
        if !found.fits(&field.data_type) {
            let what = if value.as_str().and_then(Dynamic::parse).is_some() {
                format!("`{}` is {found}", value.as_str().unwrap_or_default())
            } else {
                format!("`{name}` is {found}")
            };
            report.add_error(
                ErrorId::InvalidNavigateActionPayload,
                &[At::Value(value), At::Key(flow.node(field.node))],
                format!("{what}, and screen `{screen}` declares {}", field.data_type),
                format!("declare \"type\": \"{}\" or pass another value", found.name()),
            );
        }
    }
    let sent: HashSet<_> = payload.members().map(|(name, _)| name).collect();
    let missing: Vec<_> = next
        .data()
        .iter()
        .map(|field| field.name.as_str())
        .filter(|name| !sent.contains(name))
        .collect();
    if missing.is_empty() {
        return;
    }
    let message = format!(
        "the payload lacks {}, which screen `{screen}` declares",
        suggestion::list(missing.iter().copied())
    );
    let help = format!("add {} to the payload", suggestion::list(missing));
    if flow.has_endpoint() {
        report.warning(At::Key(payload), message, help);
    } else {
        report.error(
            ErrorId::InvalidNavigateActionPayload,
            At::Key(payload),
            message,
            help,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<NavigatePayloadFits>();
    }

    fn two_screens(first: &str, second: &str) -> String {
        format!(
            r#"{{"version": "7.3", "screens": [{{"id": "A", "layout": {{"type": "SingleColumnLayout",
            "children": [{{"type": "Footer", "label": "Go", "on-click-action": {{"name": "navigate",
            "next": {{"type": "screen", "name": "B"}} {first}}}}}]}}}}, {{"id": "B", "terminal": true {second}}}]}}"#
        )
    }

    #[track_caller]
    fn check(first: &str, second: &str, expected: &[(&str, ErrorId)]) {
        let document = two_screens(first, second);
        let flow = FlowJson::parse(document.as_bytes());
        let found: Vec<_> = flow
            .check()
            .into_iter()
            .filter(|found| found.code == NavigatePayloadFits::FACTS.code)
            .map(|found| (document[found.span.clone()].to_owned(), found.error))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(text, error)| ((*text).to_owned(), Some(*error)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_four_ways_to_miss_are_told_apart() {
        let data = r#", "data": {"name": {"type": "string", "__example__": "x"}}"#;
        let error = ErrorId::InvalidNavigateActionPayload;
        check(r#", "payload": {"name": "x"}"#, "", &[("\"payload\"", error)]);
        check(r#", "payload": {"name": 123}"#, data, &[("123", error)]);
        check(
            r#", "payload": {"nam": "x", "name": "y"}"#,
            data,
            &[("\"nam\"", error)],
        );
        check(r#", "payload": {}"#, data, &[("\"payload\"", error)]);
        check(
            "",
            data,
            &[("\"navigate\"", ErrorId::MissingNavigationActionPayload)],
        );
        check(r#", "payload": {}"#, "", &[]);
    }
}
