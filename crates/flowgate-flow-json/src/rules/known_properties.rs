//! Requires that every property is one that its object has.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
    suggestion,
};

pub(super) struct KnownProperties;

impl Rule for KnownProperties {
    const FACTS: RuleFacts = RuleFacts {
        code: "known-properties",
        summary: "every property is one that its object has",
        errors: &[ErrorId::InvalidPropertyKey],
        explanation: "WhatsApp refuses a document with a property it does not know, at any level. \
            Most are slips of the pen, or properties of another component.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "email", "label": "E-mail", «"helperText"»: "as on your invoice"}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "email", "label": "E-mail", "helper-text": "as on your invoice"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        for object in flow.objects() {
            if report.is_full() {
                return;
            }
            for property in object.properties().filter(|p| p.facts.is_none()) {
                let name = property.name();
                let known = object
                    .facts()
                    .properties
                    .iter()
                    .filter(|facts| facts.exists_in(version))
                    .map(|facts| facts.name);
                report.error(
                    ErrorId::InvalidPropertyKey,
                    At::Key(property.node),
                    format!("{} has no property `{name}`", object.title()),
                    suggestion::did_you_mean(name, known.clone(), || {
                        format!("delete it; the properties are {}", suggestion::list(known))
                    }),
                );
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
        check_examples::<KnownProperties>();
    }

    #[test]
    fn every_level_is_looked_at() {
        finds::<KnownProperties>(
            ErrorId::InvalidPropertyKey,
            Example::document(
                r#"{"version": "7.3", «"verison"»: "7.3", "screens": [{
                "id": "START", "title": "Start", "terminal": true, «"name"»: "x",
                "layout": {"type": "SingleColumnLayout", «"padding"»: 1, "children": [
                    {"type": "Dropdown", "name": "a", "label": "A",
                     "data-source": [{"id": "1", "title": "One", «"value"»: 1}]},
                    {"type": "Footer", "label": "Send",
                     "on-click-action": {"name": "complete", «"payloadx"»: {}, "payload": {}}}]}}]}"#,
            ),
        );
    }
}
