//! Prefers a version with which Flows can still be published.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At,
    model::FlowJson,
    version::{RECOMMENDED, Version, VersionState},
};

pub(super) struct PublishableVersion;

impl Rule for PublishableVersion {
    const FACTS: RuleFacts = RuleFacts {
        code: "publishable-version",
        summary: "the version can still be published",
        errors: &[],
        explanation: "WhatsApp freezes old versions: published Flows keep working, and a new Flow \
            of such a version can be neither published nor updated (Graph API error 139002). The \
            list of states is that of WhatsApp's changelog of March 2026.",
        bad: Example::document(
            r#"
{"version": «"4.0"», "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  "layout": {"type": "SingleColumnLayout", "children": [
    {"type": "Form", "name": "form", "children": [
      {"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}
    ]}
  ]}
}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  "layout": {"type": "SingleColumnLayout", "children": [
    {"type": "Form", "name": "form", "children": [
      {"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": {}}}
    ]}
  ]}
}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let Some(node) = flow.member("version") else {
            return;
        };
        let Some(facts) = flow.declared_version().and_then(Version::facts) else {
            return;
        };
        let version = facts.version;
        match facts.state {
            VersionState::Frozen => report.info(
                At::Value(node),
                format!("version `{version}` is frozen: WhatsApp no longer publishes Flows of it"),
                format!("write \"{RECOMMENDED}\" before you publish and check again"),
            ),
            VersionState::EarlyRelease => report.info(
                At::Value(node),
                format!("version `{version}` is an early release: not every phone opens it"),
                "expect messages that cannot be delivered (error 131026)",
            ),
            VersionState::Active | VersionState::Expired => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<PublishableVersion>();
    }
}
