//! Checks rules against their examples.

use super::{Example, Rule, RuleFacts};
use crate::{Diagnostic, ErrorId, FlowJson, Severity};

/// Checks that a rule finds exactly the marked places of its bad example, and
/// nothing in its good one, which must be free of errors altogether.
#[track_caller]
pub(super) fn check_examples<R: Rule>() {
    let facts = &R::FACTS;
    let found = found(facts, &facts.bad);
    assert!(!found.is_empty(), "the bad example passes");
    for diagnostic in &found {
        match diagnostic.error {
            Some(error) => assert!(facts.errors.contains(&error), "{error} is not listed"),
            None => assert!(diagnostic.severity < Severity::Error),
        }
    }
    accepts::<R>(facts.good);
    let (document, _) = facts.good.framed();
    for diagnostic in FlowJson::parse(document.as_bytes()).check() {
        assert!(
            diagnostic.severity < Severity::Error,
            "the good example has an error: {diagnostic:#?}\n{document}"
        );
    }
}

/// Checks that a rule reports `error` at exactly the marked places.
#[track_caller]
pub(super) fn finds<R: Rule>(error: ErrorId, example: Example) {
    for diagnostic in found(&R::FACTS, &example) {
        assert_eq!(diagnostic.error, Some(error), "{diagnostic:#?}");
        assert!(R::FACTS.errors.contains(&error));
    }
}

/// Checks that a rule warns or informs at exactly the marked places.
#[track_caller]
pub(super) fn warns<R: Rule>(severity: Severity, example: Example) {
    for diagnostic in found(&R::FACTS, &example) {
        assert_eq!(diagnostic.severity, severity, "{diagnostic:#?}");
    }
}

/// Checks that a rule has nothing to say.
#[track_caller]
pub(super) fn accepts<R: Rule>(example: Example) {
    let (document, _) = example.framed();
    for diagnostic in FlowJson::parse(document.as_bytes()).check() {
        assert_ne!(
            diagnostic.code,
            R::FACTS.code,
            "{diagnostic:#?}\n{document}"
        );
    }
}

#[track_caller]
fn found(facts: &RuleFacts, example: &Example) -> Vec<Diagnostic> {
    let (document, mut places) = example.framed();
    let mut found = FlowJson::parse(document.as_bytes()).check();
    found.retain(|diagnostic| diagnostic.code == facts.code);
    let mut spans: Vec<_> = found.iter().map(|found| found.span.clone()).collect();
    let order = |span: &std::ops::Range<usize>| (span.start, span.end);
    places.sort_by_key(order);
    spans.sort_by_key(order);
    let show = |spans: &[std::ops::Range<usize>]| -> Vec<String> {
        spans
            .iter()
            .map(|span| format!("{}..{} {}", span.start, span.end, &document[span.clone()]))
            .collect()
    };
    assert_eq!(
        show(&spans),
        show(&places),
        "found against marked, in\n{document}\n{found:#?}"
    );
    found
}
