//! Requires an entry screen and that all screens belong together.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    json::Node,
    model::FlowJson,
};

pub(super) struct ScreensConnected;

impl Rule for ScreensConnected {
    const FACTS: RuleFacts = RuleFacts {
        code: "screens-connected",
        summary: "one screen begins the Flow and every screen is connected with it",
        errors: &[ErrorId::InvalidRoutingModel],
        explanation: "The entry screen is one that no route leads to. In a Flow with endpoint the \
            routing model connects the screens, in one without the `navigate` actions do.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, §layout},
{"id": «"LOST"», "title": "Lost", "terminal": true, §layout}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action":
    {"name": "navigate", "next": {"type": "screen", "name": "FOUND"}, "payload": {}}}
]}},
{"id": "FOUND", "title": "Found", "terminal": true, §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let routing = flow.routing();
        let count = flow.screens.len();
        if count < 2 {
            return;
        }
        let connector = if flow.has_endpoint() || routing.is_written() {
            "a route in the routing model"
        } else {
            "a navigate action"
        };
        let model = flow.member("routing_model").or_else(|| flow.member("screens"));
        if routing.entry_screens().next().is_none()
            && let Some(model) = model
        {
            report.error(
                ErrorId::InvalidRoutingModel,
                At::Key(model),
                "no entry screen: something leads to every screen",
                "let one screen be the target of nothing; the Flow begins there",
            );
        }
        // Screens that are reached from each other in either direction belong
        // together; the group of the first screen counts as the Flow.
        let mut group: Vec<usize> = (0..count).collect();
        for route in routing.routes() {
            let (a, b) = (root(&mut group, route.from), root(&mut group, route.to));
            group[a.max(b)] = a.min(b);
        }
        let main = root(&mut group, 0);
        let mut reported = std::collections::HashSet::new();
        let named: std::collections::HashSet<_> = flow
            .member("routing_model")
            .into_iter()
            .flat_map(Node::members)
            .flat_map(|(from, targets)| {
                std::iter::once(from).chain(targets.items().filter_map(Node::as_str))
            })
            .collect();
        for screen in flow.screens() {
            // That a screen is missing from the model is an error of its own.
            let missing = flow.has_endpoint()
                && routing.is_written()
                && screen.id().is_some_and(|id| !named.contains(id));
            if missing {
                continue;
            }
            let own = root(&mut group, screen.index());
            if own == main {
                continue;
            }
            // A name used twice is reported elsewhere and never connected.
            if screen
                .id()
                .and_then(|id| flow.screen(id))
                .is_none_or(|first| first.index() != screen.index())
            {
                continue;
            }
            if reported.insert(own) {
                let members: Vec<_> = flow
                    .screens()
                    .filter(|other| root(&mut group, other.index()) == own)
                    .map(crate::model::Screen::name)
                    .collect();
                let message = if members.len() == 1 {
                    format!("screen `{}` is not connected with the other screens", members[0])
                } else {
                    format!(
                        "screens {} are not connected with the other screens",
                        crate::suggestion::list(members)
                    )
                };
                report.error(
                    ErrorId::InvalidRoutingModel,
                    At::Object(screen.node()),
                    message,
                    format!("add {connector} that leads to it, or delete it"),
                );
            }
        }
    }
}

/// Finds the screen that stands for a group, and shortens the way to it.
fn root(group: &mut [usize], mut screen: usize) -> usize {
    while group[screen] != screen {
        group[screen] = group[group[screen]];
        screen = group[screen];
    }
    screen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ScreensConnected>();
    }

    #[test]
    fn a_flow_needs_a_beginning() {
        finds::<ScreensConnected>(
            ErrorId::InvalidRoutingModel,
            Example::document(
                r#"{"version": "7.3", "data_api_version": "4.0", "screens": [{"id": "A"}, {"id": "B"}],
                    «"routing_model"»: {"A": ["B"], "B": ["A"]}}"#,
            ),
        );
    }
}
