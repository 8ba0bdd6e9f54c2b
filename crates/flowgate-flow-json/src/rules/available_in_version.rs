//! Requires that components and properties exist in the declared version.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::{ComponentType, PropertyKind},
    json::Node,
    model::{FlowJson, Site},
    version::{V3_0, V4_0, V6_0},
};

pub(super) struct AvailableInVersion;

impl Rule for AvailableInVersion {
    const FACTS: RuleFacts = RuleFacts {
        code: "available-in-version",
        summary: "components, properties and expressions exist in the declared version",
        errors: &[ErrorId::InvalidPropertyKey, ErrorId::InvalidPropertyValue],
        explanation: "Each version of Flow JSON has its own list of components and properties. \
            Using one that is newer than the version at the top of the document is an error, and \
            so is `data_channel_uri` from 3.0 on, where the address of the endpoint is set in \
            WhatsApp Manager or with the API.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "plate", "label": "Plate", «"pattern"»: "[A-Z]+", "helper-text": "letters"}"#,
        )
        .version("6.1"),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "plate", "label": "Plate", "pattern": "[A-Z]+", "helper-text": "letters"}"#,
        )
        .version("6.2"),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        for component in flow.components() {
            let Some(facts) = component.component_type().map(ComponentType::facts) else {
                continue;
            };
            if version < facts.since {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Object(component.node()),
                    format!(
                        "{} exists from version {} on, and the document has version {version}",
                        facts.name, facts.since
                    ),
                    format!("write \"version\": \"{}\" or newer", facts.since),
                );
            }
        }
        for object in flow.objects() {
            for (node, facts) in object.known() {
                if facts.exists_in(version) {
                    continue;
                }
                let name = facts.name;
                if facts.until.is_some_and(|until| version >= until) {
                    report.error(
                        ErrorId::InvalidPropertyKey,
                        At::Key(node),
                        format!("`{name}` no longer exists from version {V3_0} on"),
                        "delete it and set the endpoint in WhatsApp Manager or with the Flows API",
                    );
                } else {
                    report.error(
                        ErrorId::InvalidPropertyKey,
                        At::Key(node),
                        format!(
                            "`{name}` of {} exists from version {} on, and the document has version {version}",
                            object.title(),
                            facts.since
                        ),
                        format!("write \"version\": \"{}\" or newer, or delete it", facts.since),
                    );
                }
            }
        }
        for dynamic in flow.uses() {
            let node = dynamic.node();
            if version < V6_0 && is_in_backticks(node) {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(node),
                    format!("expressions in backticks exist from version {V6_0} on"),
                    format!("write \"version\": \"{V6_0}\" or newer"),
                );
            } else if version < V4_0
                && let Some(global) = dynamic
                    .value()
                    .references()
                    .into_iter()
                    .find(|reference| reference.screen.is_some())
            {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Within(node, global.span.clone()),
                    format!("references to other screens exist from version {V4_0} on"),
                    format!(
                        "write \"version\": \"{V4_0}\" or newer, or pass the value in the payload"
                    ),
                );
            } else if version < V4_0
                && let Site::Property(facts) = dynamic.site()
                && facts.name == "title"
                && dynamic.component().is_none()
                && matches!(facts.kind, PropertyKind::Text)
                && matches!(dynamic.value(), Dynamic::Reference(_))
            {
                report.error(
                    ErrorId::InvalidPropertyValue,
                    At::Value(node),
                    format!("a screen's title may be a reference from version {V4_0} on"),
                    "write the title out",
                );
            }
        }
    }
}

fn is_in_backticks(node: Node<'_>) -> bool {
    node.as_str()
        .is_some_and(|text| text.len() > 1 && text.starts_with('`') && text.ends_with('`'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<AvailableInVersion>();
    }

    #[test]
    fn components_and_expressions_have_their_versions() {
        finds::<AvailableInVersion>(
            ErrorId::InvalidPropertyValue,
            Example::children(
                r#"{"type": «"ChipsSelector"», "name": "c", "label": "C", "data-source":
                    [{"id": "1", "title": "One"}, {"id": "2", "title": "Two"}]}"#,
            )
            .version("6.2"),
        );
        finds::<AvailableInVersion>(
            ErrorId::InvalidPropertyValue,
            Example::children(r#"{"type": "TextBody", "text": «"`'a' ${data.b}`"»}"#)
                .version("5.1"),
        );
        finds::<AvailableInVersion>(
            ErrorId::InvalidPropertyValue,
            Example::children(r#"{"type": "TextBody", "text": "«${screen.A.data.b}»"}"#)
                .version("3.1"),
        );
    }

    #[test]
    fn the_address_of_the_endpoint_left_the_document() {
        finds::<AvailableInVersion>(
            ErrorId::InvalidPropertyKey,
            Example::document(
                r#"{"version": "3.0", «"data_channel_uri"»: "https://example.org", "screens": []}"#,
            ),
        );
        accepts::<AvailableInVersion>(Example::document(
            r#"{"version": "2.1", "data_channel_uri": "https://example.org", "screens": []}"#,
        ));
    }
}
