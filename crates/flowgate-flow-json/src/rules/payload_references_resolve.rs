//! Requires that every reference in a payload reads something.

use std::collections::HashSet;

use super::{Example, Report, Rule, RuleFacts, references_resolve};
use crate::{
    diagnostic::{At, ErrorId, Severity},
    expression::{Dynamic, Scope},
    facts::{ActionName, ComponentType},
    model::FlowJson,
    resolve::{self, Missing},
    version::{V4_0, V7_2},
};

pub(super) struct PayloadReferencesResolve;

impl Rule for PayloadReferencesResolve {
    const FACTS: RuleFacts = RuleFacts {
        code: "payload-references-resolve",
        summary: "every reference in a payload reads an input or a declared field",
        errors: &[
            ErrorId::InvalidOnClickActionPayload,
            ErrorId::InvalidActionPayloadProperty,
            ErrorId::InvalidScreenData,
            ErrorId::InvalidFooterPayloadOutsideForm,
        ],
        explanation: "${form.x} reads the input called x on the same screen, ${data.x} the field \
            x in the screen's `data`, ${screen.ID.form.x} and ${screen.ID.data.x} those of \
            another screen. A Form has no value of its own. Expressions in backticks are checked \
            by WhatsApp from 7.2 on; before that a slip shows only on the phone.",
        bad: Example::layout(
            r#"
{"type": "TextInput", "name": "email", "label": "E-mail"},
{"type": "Footer", "label": "Send", "on-click-action":
  {"name": "complete", "payload": {"mail": "«${form.mail}»"}}}"#,
        ),
        good: Example::layout(
            r#"
{"type": "TextInput", "name": "email", "label": "E-mail"},
{"type": "Footer", "label": "Send", "on-click-action":
  {"name": "complete", "payload": {"mail": "${form.email}"}}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        let with_form: HashSet<_> = flow
            .components()
            .filter(|component| component.is(ComponentType::Form))
            .map(|form| form.screen().index())
            .collect();
        for dynamic in flow.uses() {
            let Some(action) = dynamic.action() else {
                continue;
            };
            if report.is_full() {
                return;
            }
            let screen = dynamic.screen();
            let in_expression = matches!(dynamic.value(), Dynamic::Expression(_));
            for reference in dynamic.value().references() {
                let at = At::Within(dynamic.node(), reference.span.clone());
                if version < V4_0
                    && reference.scope == Scope::Form
                    && reference.screen.is_none()
                    && !action.component().is_in_form()
                    && with_form.contains(&screen.index())
                {
                    report.error(
                        ErrorId::InvalidFooterPayloadOutsideForm,
                        at,
                        format!("`{reference}` outside the Form"),
                        "move the component into the Form",
                    );
                    continue;
                }
                if reference.screen.as_deref() == screen.id() && screen.id().is_some() {
                    references_resolve::report_own_screen(report, at.clone(), screen, reference);
                }
                let Err(missing) = resolve::resolve(flow, screen, reference) else {
                    continue;
                };
                let error = match missing {
                    Missing::Screen => ErrorId::InvalidScreenData,
                    _ if reference.screen.is_some() => ErrorId::InvalidScreenData,
                    _ if action.is(ActionName::UpdateData) || in_expression => {
                        ErrorId::InvalidActionPayloadProperty
                    }
                    _ => ErrorId::InvalidOnClickActionPayload,
                };
                let severity = if in_expression && version < V7_2 {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                let (message, help) = references_resolve::explain(flow, screen, reference, &missing);
                report.add(severity, Some(error), &[at], message, help);
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
        check_examples::<PayloadReferencesResolve>();
    }

    #[test]
    fn a_form_has_no_value() {
        finds::<PayloadReferencesResolve>(
            ErrorId::InvalidOnClickActionPayload,
            Example::layout(
                r#"{"type": "Form", "name": "form", "children": [{"type": "Footer", "label": "Go",
                    "on-click-action": {"name": "complete", "payload": {"a": "«${form.form}»", "b": {"c": ["«${data.x}»"]}}}}]}"#,
            ),
        );
    }

    #[test]
    fn expressions_are_checked_too() {
        finds::<PayloadReferencesResolve>(
            ErrorId::InvalidActionPayloadProperty,
            Example::children(
                r#"{"type": "OptIn", "name": "o", "label": "O", "on-select-action":
                    {"name": "update_data", "payload": {"x": "`'a' «${data.b}»`"}}}"#,
            ),
        );
    }

    #[test]
    fn before_4_0_a_footer_outside_the_form_cannot_read_it() {
        finds::<PayloadReferencesResolve>(
            ErrorId::InvalidFooterPayloadOutsideForm,
            Example::layout(
                r#"{"type": "Form", "name": "form", "children": [{"type": "TextInput", "name": "a", "label": "A"}]},
                {"type": "Footer", "label": "Go", "on-click-action": {"name": "complete", "payload": {"a": "«${form.a}»"}}}"#,
            )
            .version("3.1"),
        );
    }
}
