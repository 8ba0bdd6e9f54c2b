//! Requires a version that WhatsApp lists.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    json::Node,
    model::FlowJson,
    suggestion,
    version::{RECOMMENDED, V2_1, VERSIONS, Version, VersionState},
};

pub(super) struct KnownVersion;

impl Rule for KnownVersion {
    const FACTS: RuleFacts = RuleFacts {
        code: "known-version",
        summary: "the version is one that WhatsApp lists",
        errors: &[
            ErrorId::InvalidFlowJsonVersion,
            ErrorId::UnsupportedFlowJsonVersion,
        ],
        explanation: "Versions are strings of two whole numbers with a point between them. After \
            1.9 comes 1.10. Versions before 2.1 were never open to the public.",
        bad: Example::document(
            r#"
{"version": «"7.9"», "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let Some(node) = flow.member("version") else {
            return;
        };
        let known: Vec<_> = VERSIONS
            .iter()
            .rev()
            .map(|facts| facts.version.to_string())
            .collect();
        let help = format!(
            "write \"{RECOMMENDED}\"; the versions are {}",
            suggestion::list(known.iter().map(String::as_str))
        );
        let Some(text) = node.as_str() else {
            report.error(
                // WhatsApp's own sample of this id is the number 100.
                ErrorId::UnsupportedFlowJsonVersion,
                At::Value(node),
                format!(
                    "version is {}, expected a string such as \"{RECOMMENDED}\"",
                    node.kind().with_article()
                ),
                numeric_help(node).unwrap_or(help),
            );
            return;
        };
        match text.parse::<Version>() {
            Ok(version) if version < V2_1 => report.error(
                ErrorId::UnsupportedFlowJsonVersion,
                At::Value(node),
                format!("version `{text}` is not supported, expected {V2_1} or newer"),
                help,
            ),
            Ok(version) => match version.facts() {
                None => report.error(
                    ErrorId::InvalidFlowJsonVersion,
                    At::Value(node),
                    format!("version `{text}` does not exist"),
                    help,
                ),
                Some(facts) if facts.state == VersionState::Expired => report.error(
                    ErrorId::UnsupportedFlowJsonVersion,
                    At::Value(node),
                    format!("version `{text}` has expired: no phone opens it any more"),
                    help,
                ),
                Some(_) => {}
            },
            Err(_) => report.error(
                ErrorId::InvalidFlowJsonVersion,
                At::Value(node),
                format!("version `{text}` is not of the form major.minor"),
                help,
            ),
        }
    }
}

fn numeric_help(node: Node<'_>) -> Option<String> {
    let version: Version = node.raw().parse().ok()?;
    version.facts()?;
    Some(format!("write \"{version}\", in quotes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<KnownVersion>();
    }

    #[test]
    fn numbers_old_versions_and_words_are_told_apart() {
        finds::<KnownVersion>(
            ErrorId::UnsupportedFlowJsonVersion,
            Example::document(r#"{"version": «100», "screens": []}"#),
        );
        finds::<KnownVersion>(
            ErrorId::UnsupportedFlowJsonVersion,
            Example::document(r#"{"version": «"1.0"», "screens": []}"#),
        );
        finds::<KnownVersion>(
            ErrorId::InvalidFlowJsonVersion,
            Example::document(r#"{"version": «"A.B"», "screens": []}"#),
        );
        finds::<KnownVersion>(
            ErrorId::InvalidFlowJsonVersion,
            Example::document(r#"{"version": «"2024.0"», "screens": []}"#),
        );
    }
}
