//! Requires that the text is JSON.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId, Severity},
    json::JsonProblemKind,
    model::FlowJson,
};

pub(super) struct ValidJson;

impl Rule for ValidJson {
    const FACTS: RuleFacts = RuleFacts {
        code: "valid-json",
        summary: "the document is JSON",
        errors: &[ErrorId::InvalidFlowJson],
        explanation: "JSON allows no comments, no comma before a closing bracket and no single \
            quotes, and nothing may follow the document. WhatsApp then says only that the Flow \
            JSON is invalid; here every offence is listed as far as the text can be followed. \
            The limits on size (10 MB) and nesting (128 levels) are checked here as well.",
        bad: Example::document(
            r#"
{
  "version": "7.3",
  "screens": []«,»
}"#,
        ),
        good: Example::document(
            r#"
{
  "version": "7.3",
  "screens": [{
    "id": "START",
    "title": "Start",
    "terminal": true,
    "layout": {
      "type": "SingleColumnLayout",
      "children": [{
        "type": "Footer",
        "label": "Send",
        "on-click-action": {"name": "complete", "payload": {}}
      }]
    }
  }]
}"#,
        ),
    };

    const READS_FRAGMENTS: bool = true;

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for problem in &flow.json_problems {
            let severity = match problem.kind {
                JsonProblemKind::DuplicateKey { .. } => continue,
                JsonProblemKind::ByteOrderMark => Severity::Warning,
                _ => Severity::Error,
            };
            report.add(
                severity,
                Some(ErrorId::InvalidFlowJson),
                &[At::Bytes(problem.span.clone())],
                problem.kind.to_string(),
                problem.kind.help(),
            );
        }
        if flow.truncated {
            report.add(
                Severity::Error,
                Some(ErrorId::InvalidFlowJson),
                &[At::Bytes(0..0)],
                "the document has more screens or components than are read".into(),
                "check for a generator that repeats itself".into(),
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
        check_examples::<ValidJson>();
    }

    #[test]
    fn a_cut_document_is_reported_once_and_alone() {
        let flow = FlowJson::parse(br#"{"version": "7.3", "screens": ["#);
        let found = flow.check();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].line_start, found[0].column_start), (1, 31));
    }
}
