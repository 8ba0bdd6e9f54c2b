//! Limits how often components stand on a screen and in a Flow.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId, Severity},
    facts::{COUNT_LIMITS, ComponentType, MAX_CAROUSELS_PER_FLOW, MAX_COMPONENTS_PER_SCREEN},
    model::{Component, FlowJson, Slot},
};

pub(super) struct ComponentCounts;

impl Rule for ComponentCounts {
    const FACTS: RuleFacts = RuleFacts {
        code: "component-counts",
        summary: "no component stands on a screen more often than it may",
        errors: &[
            ErrorId::MaxEmbeddedLinkPerScreen,
            ErrorId::MaxImagePerScreen,
            ErrorId::MaxOptInPerScreen,
            ErrorId::ComponentTypeMaxNumberPerScreen,
            ErrorId::MaxAllowedComponentsPerScreen,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "A screen has at most 50 components, among them 2 EmbeddedLinks, 3 Images, 5 \
            OptIns, 2 NavigationLists, 2 ImageCarousels, one RichText, one Form (from 7.0) and \
            one PhotoPicker or DocumentPicker; a Flow has at most 3 ImageCarousels. Components \
            in all branches count, whether shown or not.",
        bad: Example::children(
            r#"
{"type": "PhotoPicker", "name": "front", "label": "Front"},
{"type": «"DocumentPicker"», "name": "papers", "label": "Papers"}"#,
        ),
        good: Example::children(r#"{"type": "PhotoPicker", "name": "front", "label": "Front"}"#),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            for limit in COUNT_LIMITS.iter().filter(|limit| flow.version() >= limit.since) {
                let mut matching = screen
                    .components()
                    .filter(|component| named(*component, limit.component));
                if let Some(first_extra) = matching.nth(limit.most) {
                    let found = limit.most + 1 + matching.count();
                    report.error(
                        limit.error,
                        At::Object(first_extra.node()),
                        format!(
                            "screen `{}` has {found} {}s, expected at most {}",
                            screen.name(),
                            limit.component,
                            limit.most
                        ),
                        "delete this one or move it to another screen",
                    );
                }
            }
            let mut pickers = screen
                .components()
                .filter(|c| c.component_type().is_some_and(ComponentType::is_media_picker));
            if let Some(second) = pickers.nth(1) {
                report.error(
                    ErrorId::ComponentTypeMaxNumberPerScreen,
                    At::Object(second.node()),
                    format!(
                        "screen `{}` has more than one PhotoPicker or DocumentPicker",
                        screen.name()
                    ),
                    "move it to a screen of its own",
                );
            }
            if let Some(extra) = screen.components().nth(MAX_COMPONENTS_PER_SCREEN) {
                // Whether containers and the branches that are not shown
                // count is not documented.
                let shown = screen
                    .components()
                    .filter(|component| is_always_shown(*component))
                    .count();
                report.add(
                    if shown > MAX_COMPONENTS_PER_SCREEN {
                        Severity::Error
                    } else {
                        Severity::Warning
                    },
                    Some(ErrorId::MaxAllowedComponentsPerScreen),
                    &[At::Object(extra.node())],
                    format!(
                        "screen `{}` has {} components, expected at most {MAX_COMPONENTS_PER_SCREEN}",
                        screen.name(),
                        screen.components().count()
                    ),
                    "move the rest to another screen".into(),
                );
            }
        }
        let carousel = flow
            .components()
            .filter(|component| component.is(ComponentType::ImageCarousel))
            .nth(MAX_CAROUSELS_PER_FLOW);
        if let Some(extra) = carousel {
            report.error(
                ErrorId::InvalidPropertyValue,
                At::Object(extra.node()),
                format!("the Flow has more than {MAX_CAROUSELS_PER_FLOW} ImageCarousels"),
                "delete this one",
            );
        }
    }
}

fn is_always_shown(component: Component<'_>) -> bool {
    let is_container = matches!(
        component.component_type(),
        Some(ComponentType::Form | ComponentType::If | ComponentType::Switch)
    );
    let in_branch = component.slot() != Slot::Children
        || component
            .ancestors()
            .any(|parent| parent.slot() != Slot::Children);
    !is_container && !in_branch
}

fn named(component: Component<'_>, name: &str) -> bool {
    component
        .component_type()
        .is_some_and(|component| component.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn fifty_components_are_enough() {
        let texts = |count: usize| {
            let text = r#"{"type": "TextBody", "text": "x"}"#;
            vec![text; count].join(",")
        };
        let document = |children: &str| {
            format!(
                r#"{{"version": "7.3", "screens": [{{"id": "A", "layout": {{"type": "SingleColumnLayout", "children": [{children}]}}}}]}}"#
            )
        };
        let severity = |children: &str| {
            let document = document(children);
            FlowJson::parse(document.as_bytes())
                .check()
                .into_iter()
                .find(|found| found.error == Some(ErrorId::MaxAllowedComponentsPerScreen))
                .map(|found| (found.severity, found.pointer))
        };
        assert_eq!(severity(&texts(50)), None);
        let place = "/screens/0/layout/children/50".to_owned();
        assert_eq!(severity(&texts(51)), Some((Severity::Error, place)));
        let branch = format!(
            r#"{},{{"type": "If", "condition": "${{form.a}}", "then": [{}]}}"#,
            texts(20),
            texts(40)
        );
        assert_eq!(
            severity(&branch).map(|(severity, _)| severity),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn examples_hold() {
        check_examples::<ComponentCounts>();
    }

    #[test]
    fn the_first_one_too_many_is_pointed_at() {
        finds::<ComponentCounts>(
            ErrorId::MaxOptInPerScreen,
            Example::children(
                r#"{"type": "OptIn", "name": "a", "label": "A"}, {"type": "OptIn", "name": "b", "label": "B"},
                   {"type": "OptIn", "name": "c", "label": "C"}, {"type": "OptIn", "name": "d", "label": "D"},
                   {"type": "OptIn", "name": "e", "label": "E"}, {"type": «"OptIn"», "name": "f", "label": "F"}"#,
            ),
        );
    }
}
