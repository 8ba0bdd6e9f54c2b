//! Checks that each event of the Flow runs one operation, and each operation
//! an event.

use flowgate_flow_json::{ActionName, ActionPayload, json::Node, suggestion};
use serde_json::Value;

use async_graphql::parser::types::OperationType;

use super::{Contract, in_document};
use crate::{
    binding::{Binding, FlowEvent},
    operation::Operation,
    problem::{Place, Problem},
    rules::events::{
        EVENTS_BOUND, EVENTS_BOUND_ONCE, EVENTS_HAPPEN, OPERATIONS_BOUND, QUERIES_TO_READ,
        SCREENS_EXIST,
    },
};

pub(super) fn check(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    for (operation, _) in &contract.operations {
        if operation.bindings.is_empty() {
            problems.push(Problem::error(
                OPERATIONS_BOUND.code,
                in_document(operation, &operation.span),
                format!("no event runs `{}`", operation.name),
                "write @flow(on: INIT), or @flow(on: DATA_EXCHANGE, from: \"SCREEN\") behind it",
            ));
        }
        for binding in &operation.bindings {
            check_binding(contract, operation, binding, problems);
        }
        check_kind(operation, problems);
    }
    check_once(contract, problems);
    check_all_bound(contract, problems);
}

fn check_binding(
    contract: &Contract<'_>,
    operation: &Operation,
    binding: &Binding,
    problems: &mut Vec<Problem>,
) {
    let Some(from) = &binding.from else {
        return;
    };
    let flow = contract.directory.flow();
    let place = in_document(operation, &from.span);
    let Some(screen) = flow.screen(&from.text) else {
        problems.push(unknown_screen(contract, place, &from.text));
        return;
    };
    if binding.event == FlowEvent::Back {
        if !screen.refreshes_on_back() {
            let message = format!("`{}` sends no BACK", from.text);
            let help = "add \"refresh_on_back\": true to the screen, or delete this @flow";
            let problem = Problem::error(EVENTS_HAPPEN.code, place, message, help);
            problems.push(problem.label(Place::FlowObject(screen.node().id()), "the screen"));
        }
        return;
    }
    let actions = exchanges(contract, &from.text);
    if actions.is_empty() {
        let message = format!("`{}` has no data_exchange action", from.text);
        let help = "add one to the screen, or delete this @flow";
        let problem = Problem::error(EVENTS_HAPPEN.code, place, message, help);
        problems.push(problem.label(Place::FlowObject(screen.node().id()), "the screen"));
    } else if !binding.when.is_empty()
        && !actions
            .iter()
            .any(|action| can_match(contract, binding, action))
    {
        let message = format!("no action of `{}` sends what `when` asks for", from.text);
        let help = "compare it with the payloads of the screen's data_exchange actions";
        let place = in_document(operation, &binding.span);
        let mut problem = Problem::error(EVENTS_HAPPEN.code, place, message, help);
        for action in actions {
            problem = problem.label(Place::FlowObject(action.node), "an action of the screen");
        }
        problems.push(problem);
    }
}

pub(super) fn unknown_screen(contract: &Contract<'_>, place: Place, id: &str) -> Problem {
    let help = suggestion::did_you_mean(id, contract.screen_ids(), || {
        format!(
            "the screens are {}",
            suggestion::list(contract.screen_ids())
        )
    });
    let message = format!("the Flow has no screen `{id}`");
    Problem::error(SCREENS_EXIST.code, place, message, help)
}

fn check_kind(operation: &Operation, problems: &mut Vec<Problem>) {
    let reads = operation
        .bindings
        .iter()
        .find(|binding| binding.event != FlowEvent::DataExchange);
    let (message, help) = match (operation.definition().ty, reads) {
        (OperationType::Subscription, _) => (
            format!(
                "`{}` is a subscription, which no event can run",
                operation.name
            ),
            "make it a query",
        ),
        (OperationType::Mutation, Some(binding)) => (
            format!("{} runs the mutation `{}`", binding.event, operation.name),
            "bind a query: phones send this event again whenever they like",
        ),
        _ => return,
    };
    let place = in_document(operation, &operation.span);
    problems.push(Problem::error(QUERIES_TO_READ.code, place, message, help));
}

fn check_once(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    let all: Vec<(&Operation, &Binding)> = contract
        .operations
        .iter()
        .flat_map(|(operation, _)| operation.bindings.iter().map(move |it| (*operation, it)))
        .collect();
    for (index, (operation, binding)) in all.iter().enumerate() {
        let earlier = all[..index]
            .iter()
            .find(|(_, other)| is_same_event(binding, other));
        if let Some((first, other)) = earlier {
            let message = format!("{} runs `{}` already", binding.shown(), first.name);
            let help = if binding.when.is_empty() && other.when.is_empty() {
                "delete one of both, or tell them apart: when: {trigger: \"…\"}"
            } else {
                "let both `when` ask for different values of one key"
            };
            let place = in_document(operation, &binding.span);
            let problem = Problem::error(EVENTS_BOUND_ONCE.code, place, message, help);
            problems.push(problem.label(in_document(first, &other.span), "the first one"));
        }
    }
}

/// Says whether one request can run both. One without conditions takes what
/// those with conditions leave.
fn is_same_event(one: &Binding, other: &Binding) -> bool {
    if one.event != other.event || one.from() != other.from() {
        return false;
    }
    if one.when.is_empty() != other.when.is_empty() {
        return false;
    }
    !one.when.iter().any(|condition| {
        other
            .when
            .iter()
            .any(|it| it.key == condition.key && it.value != condition.value)
    })
}

fn check_all_bound(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    let flow = contract.directory.flow();
    let actions = flow.action_payloads();
    let bindings: Vec<&Binding> = contract
        .operations
        .iter()
        .flat_map(|(operation, _)| &operation.bindings)
        .collect();
    let bound = |event, from| {
        bindings
            .iter()
            .filter(move |binding| binding.event == event && binding.from() == from)
    };
    if let Some(version) = flow.member("data_api_version")
        && bound(FlowEvent::Init, None).next().is_none()
    {
        problems.push(Problem::error(
            EVENTS_BOUND.code,
            Place::FlowKey(version.id()),
            "no operation answers INIT, with which the Flow is opened",
            "write query Open @flow(on: INIT) @screen(id: \"…\") {…}",
        ));
    }
    for screen in flow.screens() {
        if let Some(id) = screen.id()
            && screen.refreshes_on_back()
            && bound(FlowEvent::Back, Some(id)).next().is_none()
        {
            let member = screen.node().get("refresh_on_back");
            problems.push(Problem::error(
                EVENTS_BOUND.code,
                member.map_or(Place::Flow, |member| Place::FlowKey(member.id())),
                format!("no operation answers BACK from `{id}`"),
                format!(
                    "write @flow(on: BACK, from: \"{id}\") behind the query of the screen before"
                ),
            ));
        }
    }
    for action in &actions {
        if action.action != ActionName::DataExchange {
            continue;
        }
        let from = action.screen.as_str();
        let is_bound = bound(FlowEvent::DataExchange, Some(from))
            .any(|binding| always_matches(contract, binding, action));
        let could = bound(FlowEvent::DataExchange, Some(from))
            .any(|binding| can_match(contract, binding, action));
        if is_bound {
            continue;
        }
        let message = if could {
            format!("some values that `{from}` sends here run no operation")
        } else {
            format!("no operation answers this data_exchange of `{from}`")
        };
        problems.push(Problem::error(
            EVENTS_BOUND.code,
            Place::FlowObject(action.node),
            message,
            format!("write @flow(on: DATA_EXCHANGE, from: \"{from}\") behind an operation"),
        ));
    }
}

/// Returns the actions of a screen that ask the endpoint.
pub(super) fn exchanges(contract: &Contract<'_>, screen: &str) -> Vec<ActionPayload> {
    let mut payloads = contract.directory.flow().action_payloads();
    payloads.retain(|payload| {
        payload.action == ActionName::DataExchange && payload.screen.as_str() == screen
    });
    payloads
}

/// Says whether the action can send what the binding asks for.
fn can_match(contract: &Contract<'_>, binding: &Binding, action: &ActionPayload) -> bool {
    binding.when.iter().all(|condition| {
        action.field(&condition.key).is_some_and(|field| {
            literal(contract.directory.flow().document().node(field.node))
                .is_none_or(|value| value == condition.value)
        })
    })
}

/// Says whether the action can run the operation of a binding: one without
/// conditions takes what those with conditions leave.
pub(super) fn can_run(contract: &Contract<'_>, binding: &Binding, action: &ActionPayload) -> bool {
    let is_taken = || {
        contract
            .operations
            .iter()
            .flat_map(|(operation, _)| &operation.bindings)
            .filter(|other| other.event == binding.event && other.from() == binding.from())
            .any(|other| !other.when.is_empty() && always_matches(contract, other, action))
    };
    can_match(contract, binding, action) && !(binding.when.is_empty() && is_taken())
}

/// Says whether whatever the action sends is what the binding asks for.
fn always_matches(contract: &Contract<'_>, binding: &Binding, action: &ActionPayload) -> bool {
    binding.when.iter().all(|condition| {
        action.field(&condition.key).is_some_and(|field| {
            literal(contract.directory.flow().document().node(field.node))
                .is_some_and(|value| value == condition.value)
        })
    })
}

/// Returns a value that is written out; `None` for references and expressions.
pub(super) fn literal(node: Node<'_>) -> Option<Value> {
    if let Some(text) = node.as_str() {
        let is_dynamic = text.contains("${") || text.starts_with('`');
        return (!is_dynamic).then(|| text.into());
    }
    serde_json::from_str(node.raw()).ok()
}
