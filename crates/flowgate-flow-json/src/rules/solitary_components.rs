//! Requires that RichText and NavigationList keep to themselves.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    model::{FlowJson, Screen},
    version::{V6_0, V6_3},
};

pub(super) struct SolitaryComponents;

impl Rule for SolitaryComponents {
    const FACTS: RuleFacts = RuleFacts {
        code: "solitary-components",
        summary: "RichText and NavigationList share their screen with almost nothing",
        errors: &[
            ErrorId::InvalidRichTextPlacement,
            ErrorId::InvalidComponentPlacement,
            ErrorId::InvalidPropertyKey,
        ],
        explanation: "Up to 6.2 a RichText is alone on its screen, from 6.3 on a Footer may stand \
            with it. A NavigationList stands alone or with a second one, and never on a \
            terminal screen.",
        bad: Example::layout(
            r#"
{"type": "TextHeading", "text": "Terms"},
{"type": «"RichText"», "text": "Our terms"},
§footer"#,
        ),
        good: Example::layout(
            r#"
{"type": "RichText", "text": "Our terms"},
§footer"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            check_rich_text(flow, report, screen);
            check_navigation_list(report, screen);
        }
    }
}

fn check_rich_text<'f>(flow: &'f FlowJson, report: &mut Report<'f>, screen: Screen<'f>) {
    let version = flow.version();
    let Some(text) = screen.components().find(|c| c.is(ComponentType::RichText)) else {
        return;
    };
    let other = screen.components().find(|component| {
        let footer_allowed = version >= V6_3 && component.is(ComponentType::Footer);
        !component.is(ComponentType::RichText) && !footer_allowed
    });
    if let Some(other) = other {
        report.add_error(
            if version < V6_0 {
                ErrorId::InvalidRichTextPlacement
            } else {
                ErrorId::InvalidComponentPlacement
            },
            &[At::Object(text.node()), At::Object(other.node())],
            format!(
                "RichText beside {}, expected it {}",
                other.title(),
                if version < V6_3 {
                    "alone on its screen"
                } else {
                    "alone or with a Footer"
                }
            ),
            if version < V6_3 && other.is(ComponentType::Footer) {
                format!("write \"version\": \"{V6_3}\" or newer, or use TextBody")
            } else {
                "use TextBody, with \"markdown\": true for bold and lists".to_owned()
            },
        );
    }
}

fn check_navigation_list<'f>(report: &mut Report<'f>, screen: Screen<'f>) {
    let Some(list) = screen
        .components()
        .find(|c| c.is(ComponentType::NavigationList))
    else {
        return;
    };
    if let Some(other) = screen
        .components()
        .find(|c| !c.is(ComponentType::NavigationList))
    {
        report.add_error(
            ErrorId::InvalidComponentPlacement,
            &[At::Object(other.node()), At::Object(list.node())],
            format!("{} beside a NavigationList", other.title()),
            "move it to another screen; the list has `label` and `description` of its own",
        );
    }
    if screen.is_terminal()
        && let Some(node) = screen.node().get("terminal")
    {
        report.error(
            ErrorId::InvalidPropertyKey,
            At::Key(node),
            format!("terminal screen `{}` has a NavigationList", screen.name()),
            "delete `terminal` and end the Flow on another screen",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<SolitaryComponents>();
    }

    #[test]
    fn a_footer_may_stand_with_a_rich_text_from_6_3_on() {
        finds::<SolitaryComponents>(
            ErrorId::InvalidComponentPlacement,
            Example::layout(r#"{"type": «"RichText"», "text": "a"}, §footer"#).version("6.2"),
        );
        finds::<SolitaryComponents>(
            ErrorId::InvalidRichTextPlacement,
            Example::layout(r#"{"type": «"RichText"», "text": "a"}, §footer"#).version("5.1"),
        );
    }

    #[test]
    fn a_navigation_list_is_alone() {
        let list = r#"{"id": "A", "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "NavigationList", "name": "n", "list-items": []}, {"type": «"TextBody"», "text": "x"}]}}"#;
        finds::<SolitaryComponents>(ErrorId::InvalidComponentPlacement, Example::screens(list));
        finds::<SolitaryComponents>(
            ErrorId::InvalidPropertyKey,
            Example::screens(
                r#"{"id": "A", «"terminal"»: true, "layout": {"type": "SingleColumnLayout", "children": [
                    {"type": "NavigationList", "name": "n", "list-items": []}]}}"#,
            ),
        );
    }
}
