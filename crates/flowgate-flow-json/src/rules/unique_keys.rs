//! Requires that no object has two members of one name.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId, Severity},
    json::JsonProblemKind,
    model::FlowJson,
};

pub(super) struct UniqueKeys;

impl Rule for UniqueKeys {
    const FACTS: RuleFacts = RuleFacts {
        code: "unique-keys",
        summary: "no object has two members of one name",
        errors: &[ErrorId::InvalidPropertyKey],
        explanation: "Most programs that read JSON keep the last of two equal names and forget \
            the first without a word, so one of the two is lost. WhatsApp does not report it.",
        bad: Example::children(
            r#"
{"type": "TextBody", "text": "Welcome", «"text"»: "Good-bye"}"#,
        ),
        good: Example::children(r#"{"type": "TextBody", "text": "Welcome"}"#),
    };

    const READS_FRAGMENTS: bool = true;

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for problem in &flow.json_problems {
            if let JsonProblemKind::DuplicateKey { first, .. } = &problem.kind {
                report.add(
                    Severity::Error,
                    Some(ErrorId::InvalidPropertyKey),
                    &[At::Bytes(problem.span.clone()), At::Bytes(first.clone())],
                    problem.kind.to_string(),
                    problem.kind.help(),
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
        check_examples::<UniqueKeys>();
    }
}
