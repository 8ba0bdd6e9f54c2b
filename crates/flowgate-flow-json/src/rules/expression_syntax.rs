//! Requires that conditions, expressions and references can be read.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId, Severity},
    expression::{Dynamic, ExpressionProblemKind, ReferenceProblem},
    model::{FlowJson, Site},
    version::V7_2,
};

pub(super) struct ExpressionSyntax;

impl Rule for ExpressionSyntax {
    const FACTS: RuleFacts = RuleFacts {
        code: "expression-syntax",
        summary: "conditions, expressions and references are written correctly",
        errors: &[
            ErrorId::InvalidPropertyValue,
            ErrorId::InvalidScreenDynamicData,
            ErrorId::InvalidActionPayloadProperty,
        ],
        explanation: "A condition compares references with numbers, texts in single quotes, true \
            and false, with == != < <= > >= && || ! and parentheses. An expression stands in \
            backticks and may also calculate with + - * / % and join texts by writing them side \
            by side. Everything outside ${…} that is no operator is a text in single quotes.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "animal", "label": "Animal"},
{"type": "If", "condition": "${form.animal} == «cat»", "then": [{"type": "TextBody", "text": "Meow"}]}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "animal", "label": "Animal"},
{"type": "If", "condition": "${form.animal} == 'cat'", "then": [{"type": "TextBody", "text": "Meow"}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for dynamic in flow.uses() {
            let Dynamic::Malformed(problem) = dynamic.value() else {
                continue;
            };
            let node = dynamic.node();
            let in_payload = matches!(dynamic.site(), Site::Payload { .. });
            let backticks = node.as_str().is_some_and(|text| text.starts_with('`'));
            let error = match problem.kind {
                ExpressionProblemKind::Reference(_) if in_payload => {
                    ErrorId::InvalidActionPayloadProperty
                }
                ExpressionProblemKind::Reference(_) => ErrorId::InvalidScreenDynamicData,
                _ => ErrorId::InvalidPropertyValue,
            };
            let severity = match problem.kind {
                // Two sources use an index and no page of WhatsApp's knows it.
                ExpressionProblemKind::Reference(ReferenceProblem::Index) => Severity::Warning,
                _ if in_payload && backticks && flow.version() < V7_2 => Severity::Warning,
                _ => Severity::Error,
            };
            let subject = match dynamic.site() {
                Site::Property(facts) | Site::Element(facts) => facts.name,
                Site::Payload { .. } => "payload",
            };
            report.add(
                severity,
                Some(error),
                &[At::Within(node, problem.span.clone())],
                format!("in `{subject}`: {}", problem.kind),
                problem.kind.help(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ExpressionSyntax>();
    }

    #[test]
    fn conditions_of_the_error_page_are_refused() {
        for condition in [
            "« »",
            "«( )»",
            "«)»)${form.value_1}((",
            "${form.val} «)» -a",
            "«${form.a} ${form.b}»",
            "${form.a} «=» 1",
        ] {
            let text = format!(
                r#"{{"type": "If", "condition": "{condition}", "then": [{{"type": "TextBody", "text": "x"}}]}}"#
            );
            finds::<ExpressionSyntax>(
                ErrorId::InvalidPropertyValue,
                Example::children(Box::leak(text.into_boxed_str())),
            );
        }
    }

    #[test]
    fn malformed_references_are_refused() {
        finds::<ExpressionSyntax>(
            ErrorId::InvalidScreenDynamicData,
            Example::children(
                r#"{"type": "TextBody", "text": "«${item.title}»"},
                   {"type": "TextBody", "text": "Hello «${data.}»"},
                   {"type": "TextBody", "text": "«${screen.A.name}»"}"#,
            ),
        );
    }
}
