//! Requires known actions with the members that they need.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::ActionName,
    json::Node,
    model::FlowJson,
    suggestion,
};

pub(super) struct ActionsComplete;

impl Rule for ActionsComplete {
    const FACTS: RuleFacts = RuleFacts {
        code: "actions-complete",
        summary: "every action is known and has what it needs, and nothing else",
        errors: &[
            ErrorId::InvalidEnumValue,
            ErrorId::MissingRequiredProperty,
            ErrorId::InvalidPropertyKey,
            ErrorId::InvalidPropertyType,
            ErrorId::InvalidPropertyValueFormat,
        ],
        explanation: "`navigate` needs `next`, `open_url` needs `url` and takes no payload, and \
            `update_data` needs a payload. Leaving the payload out of `complete` or \
            `data_exchange` is not documented; write {}.",
        bad: Example::children(
            r#"
{"type": "EmbeddedLink", "text": "Terms", "on-click-action": {"name": «"open_url"», "payload": {}}}"#,
        ),
        good: Example::children(
            r#"
{"type": "EmbeddedLink", "text": "Terms", "on-click-action": {"name": "open_url", "url": "https://example.com/terms"}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for action in flow.actions() {
            let node = action.node();
            let Some(name) = action.name() else {
                if let Some(written) = node.get("name") {
                    let text = written.as_str().unwrap_or_default();
                    let known = || ActionName::ALL.iter().map(|action| action.name());
                    report.error(
                        ErrorId::InvalidEnumValue,
                        At::Value(written),
                        format!(
                            "unknown action `{}`, expected {}",
                            written.as_str().unwrap_or_else(|| written.kind().name()),
                            suggestion::list(known())
                        ),
                        suggestion::did_you_mean(text, known(), || {
                            "write the name of an action".into()
                        }),
                    );
                }
                continue;
            };
            let needed = match name {
                ActionName::Navigate => Some(("next", r#"{"type": "screen", "name": "SCREEN"}"#)),
                ActionName::OpenUrl => Some(("url", r#""https://example.com""#)),
                ActionName::UpdateData => Some(("payload", r#"{"field": "value"}"#)),
                ActionName::DataExchange | ActionName::Complete => None,
            };
            if let Some((member, sample)) = needed
                && node.get(member).is_none()
            {
                report.error(
                    ErrorId::MissingRequiredProperty,
                    At::Object(node),
                    format!("`{}` without `{member}`", name.name()),
                    format!(r#"add "{member}": {sample}"#),
                );
            }
            if needed.is_none() && action.payload().is_none() {
                report.warning(
                    At::Object(node),
                    format!("`{}` without `payload`", name.name()),
                    r#"add "payload": {}"#,
                );
            }
            for member in ["next", "url", "payload"] {
                let fits = match member {
                    "next" => name == ActionName::Navigate,
                    "url" => name == ActionName::OpenUrl,
                    _ => name != ActionName::OpenUrl,
                };
                // Where the needed member is missing as well, saying so is enough.
                let complete = needed.is_none_or(|(needed, _)| node.get(needed).is_some());
                if let Some(value) = node.get(member).filter(|_| !fits && complete) {
                    report.error(
                        ErrorId::InvalidPropertyKey,
                        At::Key(value),
                        format!("`{}` has no `{member}`", name.name()),
                        "delete it",
                    );
                }
            }
            if let Some(url) = node.get("url").filter(|_| name == ActionName::OpenUrl)
                && let Some(text) = url.as_str()
                && Dynamic::parse(text).is_none()
                && !is_absolute(text)
            {
                report.error(
                    ErrorId::InvalidPropertyValueFormat,
                    At::Value(url),
                    format!("`{text}` is no absolute address"),
                    format!("write \"https://{}\"", text.trim_start_matches('/')),
                );
            }
            for (member, value) in node.get("next").into_iter().flat_map(Node::members) {
                if member == "name" && value.as_str().is_none() {
                    report.error(
                        ErrorId::InvalidPropertyType,
                        At::Value(value),
                        format!(
                            "the target is {}, expected the id of a screen",
                            value.kind().with_article()
                        ),
                        "write the id of a screen in quotes",
                    );
                }
            }
        }
        if let Some(uri) = flow.member("data_channel_uri")
            && let Some(text) = uri.as_str()
            && !is_absolute(text)
            && !text.trim().is_empty()
        {
            report.error(
                ErrorId::InvalidPropertyValueFormat,
                At::Value(uri),
                format!("`{text}` is no absolute address"),
                "write an address that begins with https://",
            );
        }
    }
}

/// Says whether a text has a scheme and something behind it.
fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.trim_start_matches('/').is_empty()
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ActionsComplete>();
    }

    #[test]
    fn each_action_has_its_members() {
        finds::<ActionsComplete>(
            ErrorId::InvalidEnumValue,
            Example::layout(
                r#"{"type": "Footer", "label": "Go", "on-click-action": {"name": «"submit"», "payload": {}}}"#,
            ),
        );
        finds::<ActionsComplete>(
            ErrorId::MissingRequiredProperty,
            Example::layout(
                r#"{"type": "Footer", "label": "Go", "on-click-action": {"name": «"navigate"», "payload": {}}}"#,
            ),
        );
        finds::<ActionsComplete>(
            ErrorId::InvalidPropertyValueFormat,
            Example::children(
                r#"{"type": "OptIn", "name": "o", "label": "O", "on-click-action": {"name": "open_url", "url": «"www.example.com"»}}"#,
            ),
        );
        finds::<ActionsComplete>(
            ErrorId::InvalidPropertyKey,
            Example::layout(
                r#"{"type": "Footer", "label": "Go", "on-click-action": {"name": "complete", «"next"»: {"type": "screen", "name": "A"}, "payload": {}}}"#,
            ),
        );
    }
}
