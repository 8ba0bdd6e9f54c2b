//! Requires that the routing model lists only steps forward, once, without loops.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::{FlowJson, Route},
};

pub(super) struct RoutingForwardOnly;

impl Rule for RoutingForwardOnly {
    const FACTS: RuleFacts = RuleFacts {
        code: "routing-forward-only",
        summary: "routes lead forward only: not to the same screen, not back, not in a loop",
        errors: &[ErrorId::InvalidRoutingModel],
        explanation: "Going back along a route and staying on a screen are always possible and \
            are not written. A loop would give the Flow no direction.",
        bad: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0", "screens": [
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "terminal": true, §layout}],
"routing_model": {
  "START": ["DETAILS"],
  "DETAILS": [«"START"»]
}}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0", "screens": [
{"id": "START", "title": "Start", "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {}}}
]}},
{"id": "DETAILS", "title": "Details", "terminal": true, §layout}],
"routing_model": {
  "START": ["DETAILS"],
  "DETAILS": []
}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let routing = flow.routing();
        // Where the routes follow from `navigate`, staying on a screen is
        // reported at the action.
        let subject = if routing.is_written() {
            "route"
        } else {
            "navigate"
        };
        for route in routing.routes() {
            if route.from == route.to && routing.is_written() {
                report.error(
                    ErrorId::InvalidRoutingModel,
                    At::Value(flow.node(route.node)),
                    format!("route from `{}` to itself", names(flow, route).0),
                    "delete it; staying on a screen needs no route",
                );
            }
        }
        // Of the two directions the one written later is the way back.
        let mut seen = std::collections::HashSet::new();
        let mut looping = Vec::new();
        for route in routing.routes() {
            let (from, to) = names(flow, route);
            if route.from != route.to && seen.contains(&(route.to, route.from)) {
                report.error(
                    ErrorId::InvalidRoutingModel,
                    At::Value(flow.node(route.node)),
                    format!("{subject} back from `{from}` to `{to}`, which already leads to `{from}`"),
                    "delete it; users go back with the arrow at the top",
                );
            } else {
                seen.insert((route.from, route.to));
                if route.from != route.to {
                    looping.push(*route);
                }
            }
        }
        for (route, screens) in loops(flow.screens.len(), &looping) {
            let ids: Vec<_> = screens
                .iter()
                .map(|screen| flow.screen_at(*screen).name())
                .collect();
            report.error(
                ErrorId::InvalidRoutingModel,
                At::Value(flow.node(route.node)),
                format!("the routes loop: {}", ids.join(" → ")),
                "delete this step; users go back with the arrow at the top",
            );
        }
    }
}

fn names<'f>(flow: &'f FlowJson, route: &Route) -> (&'f str, &'f str) {
    (
        flow.screen_at(route.from).name(),
        flow.screen_at(route.to).name(),
    )
}

/// Loops beyond these are not listed; each can be as long as the Flow.
const MAX_LOOPS: usize = 100;

/// Finds the routes that close a loop, each with the screens on the loop.
fn loops(screens: usize, routes: &[Route]) -> Vec<(Route, Vec<usize>)> {
    let mut next: Vec<Vec<Route>> = vec![Vec::new(); screens];
    for route in routes {
        next[route.from].push(*route);
    }
    let mut found = Vec::new();
    // 0: not seen, 1: on the way to here, 2: done.
    let mut state = vec![0_u8; screens];
    for start in 0..screens {
        if state[start] != 0 {
            continue;
        }
        let mut way = vec![(start, 0)];
        state[start] = 1;
        while let Some((screen, done)) = way.last_mut() {
            let Some(route) = next[*screen].get(*done).copied() else {
                state[*screen] = 2;
                way.pop();
                continue;
            };
            *done += 1;
            match state[route.to] {
                0 => {
                    state[route.to] = 1;
                    way.push((route.to, 0));
                }
                1 if found.len() < MAX_LOOPS => {
                    let mut screens: Vec<_> = way
                        .iter()
                        .map(|(screen, _)| *screen)
                        .skip_while(|screen| *screen != route.to)
                        .collect();
                    screens.push(route.to);
                    found.push((route, screens));
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<RoutingForwardOnly>();
    }

    #[test]
    fn loops_of_any_length_are_found() {
        finds::<RoutingForwardOnly>(
            ErrorId::InvalidRoutingModel,
            Example::document(
                r#"{"version": "7.3", "data_api_version": "4.0",
                    "screens": [{"id": "A"}, {"id": "B"}, {"id": "C"}, {"id": "D"}],
                    "routing_model": {"A": ["B"], "B": ["C", "D"], "C": [«"A"»], "D": [«"D"»]}}"#,
            ),
        );
    }

    #[test]
    fn two_ways_to_one_screen_are_no_loop() {
        accepts::<RoutingForwardOnly>(Example::document(
            r#"{"version": "7.3", "data_api_version": "4.0",
                "screens": [{"id": "A"}, {"id": "B"}, {"id": "C"}, {"id": "D"}],
                "routing_model": {"A": ["B", "C"], "B": ["D"], "C": ["D"]}}"#,
        ));
    }
}
