//! Checks that each result becomes something that the phone accepts.

use async_graphql::parser::types::{BaseType, Type};
use flowgate_flow_json::{DataType, FlowJson, Screen, Severity, suggestion};

use super::{Contract, events, in_document, selection};
use crate::{
    binding::{Arm, Binding, FlowEvent, Outcome, OutcomeKind, Outcomes},
    guard::{can_follow, is_entry},
    operation::Operation,
    problem::{Place, Problem},
    result::EXPIRED_MESSAGE,
    rules::outcomes::{
        COMPLETE_ON_TERMINAL, EXPIRED_SAYS_WHY, OUTCOMES_BEHIND_OBJECTS, OUTCOMES_COVER_TYPES,
        OUTCOMES_FOLLOW_ROUTES,
    },
    schema::named_type,
};
use selection::{Analysis, ResultField, ResultKind};

pub(super) fn check(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    for (operation, analysis) in &contract.operations {
        check_places(contract, operation, analysis, problems);
        for (outcome, result) in results(contract, operation, analysis) {
            for binding in &operation.bindings {
                check_route(contract, operation, binding, outcome, problems);
            }
            if outcome.kind == OutcomeKind::Expired {
                check_expired(operation, outcome, &result, problems);
            }
        }
    }
}

/// Returns each outcome of an operation with the data that it gets.
pub(super) fn results<'o>(
    contract: &Contract<'_>,
    operation: &'o Operation,
    analysis: &Analysis,
) -> Vec<(&'o Outcome, Vec<ResultField>)> {
    match &operation.outcomes {
        Outcomes::Operation(outcome) => vec![(outcome, analysis.result.clone())],
        Outcomes::Field { key, outcome } => {
            let fields = analysis.result.iter().find(|field| field.key == *key);
            match fields.map(|field| &field.value.kind) {
                Some(ResultKind::Object(fields)) => vec![(outcome, fields.clone())],
                _ => Vec::new(),
            }
        }
        Outcomes::Fragments { key, arms } => arms
            .iter()
            .map(|arm| {
                let source = contract.source(operation);
                let schema = contract.schema;
                let result =
                    selection::result_of_type(schema, source, operation, key, &arm.condition);
                (&arm.outcome, result)
            })
            .collect(),
        Outcomes::Unclear => Vec::new(),
    }
}

/// Checks that outcomes stand where there is an object to look at, and that
/// every type it can have leads somewhere.
fn check_places(
    contract: &Contract<'_>,
    operation: &Operation,
    analysis: &Analysis,
    problems: &mut Vec<Problem>,
) {
    let Some(key) = selection::outcome_key(&operation.outcomes) else {
        return;
    };
    let (Some(declared), Some(field)) = (
        analysis.root_types.get(key),
        analysis.result.iter().find(|field| field.key == key),
    ) else {
        return;
    };
    let place = in_document(operation, &field.span);
    let name = named_type(declared);
    if is_list(declared) || contract.schema.is_leaf(name) {
        problems.push(Problem::error(
            OUTCOMES_BEHIND_OBJECTS.code,
            place,
            format!("`{key}` is of type {declared}, expected one object that becomes the data"),
            "write the outcome behind the operation: then the whole result is the data",
        ));
        return;
    }
    if let Outcomes::Fragments { arms, .. } = &operation.outcomes {
        check_types(contract, operation, name, &place, arms, problems);
    }
}

fn check_types(
    contract: &Contract<'_>,
    operation: &Operation,
    name: &str,
    place: &Place,
    arms: &[Arm],
    problems: &mut Vec<Problem>,
) {
    let mut covered: Vec<(&str, &Arm)> = Vec::new();
    for arm in arms {
        for possible in contract.schema.possible_types(&arm.condition) {
            match covered.iter().find(|(known, _)| *known == possible) {
                Some((_, first)) => {
                    let place = in_document(operation, &arm.outcome.span);
                    let first = in_document(operation, &first.outcome.span);
                    let message = format!("a `{possible}` has an outcome already");
                    let help = "keep one of both";
                    let problem = Problem::error(OUTCOMES_COVER_TYPES.code, place, message, help);
                    problems.push(problem.label(first, "the first one"));
                }
                None => covered.push((possible, arm)),
            }
        }
    }
    let missing: Vec<_> = contract
        .schema
        .possible_types(name)
        .into_iter()
        .filter(|possible| !covered.iter().any(|(known, _)| known == possible))
        .collect();
    if !missing.is_empty() {
        let list = suggestion::list(missing.iter().copied());
        problems.push(Problem::error(
            OUTCOMES_COVER_TYPES.code,
            place.clone(),
            format!("`{name}` can be {list}, without an outcome"),
            format!("add ... on {} @stay {{ error_message: … }}", missing[0]),
        ));
    }
}

fn is_list(declared: &Type) -> bool {
    matches!(declared.base, BaseType::List(_))
}

fn check_route(
    contract: &Contract<'_>,
    operation: &Operation,
    binding: &Binding,
    outcome: &Outcome,
    problems: &mut Vec<Problem>,
) {
    let flow = contract.directory.flow();
    let from = binding.from().and_then(|from| flow.screen(from));
    let place = in_document(operation, &outcome.span);
    let event = in_document(operation, &binding.span);
    let mut refuse = |message: String, help: String| {
        let problem = Problem::error(OUTCOMES_FOLLOW_ROUTES.code, place.clone(), message, help);
        problems.push(problem.label(event.clone(), "the event"));
    };
    match &outcome.kind {
        OutcomeKind::Screen(target) => {
            let Some(to) = flow.screen(&target.text) else {
                let place = in_document(operation, &target.span);
                problems.push(events::unknown_screen(contract, place, &target.text));
                return;
            };
            match from {
                None if binding.event == FlowEvent::Init && !is_entry(flow, to.index()) => {
                    let entries = entries(flow);
                    refuse(
                        format!(
                            "INIT cannot show `{}`, which other screens lead to",
                            target.text
                        ),
                        format!("a Flow begins with {}", suggestion::list(entries)),
                    );
                }
                Some(from) if !can_follow(flow, from.index(), to.index()) => {
                    let from = from.id().unwrap_or_default();
                    refuse(
                        format!("`{}` cannot follow `{from}`", target.text),
                        format!(
                            "add \"{}\" to the routes of \"{from}\" in the routing model, or show another screen",
                            target.text
                        ),
                    );
                }
                _ => {}
            }
        }
        OutcomeKind::Stay => match from {
            None if binding.event == FlowEvent::Init => refuse(
                "INIT comes from no screen on which the user could stay".to_owned(),
                "name the screen: @screen(id: \"…\")".to_owned(),
            ),
            Some(from) if !can_follow(flow, from.index(), from.index()) => refuse(
                format!(
                    "phones refuse to stay on `{}`, which has a NavigationList",
                    from.id().unwrap_or_default()
                ),
                "show another screen: @screen(id: \"…\")".to_owned(),
            ),
            _ => {}
        },
        OutcomeKind::Complete => {
            if let Some(from) = from.filter(|from| !from.is_terminal()) {
                let problem = Problem::error(
                    COMPLETE_ON_TERMINAL.code,
                    place,
                    format!(
                        "the Flow ends on `{}`, which is not terminal",
                        from.id().unwrap_or_default()
                    ),
                    "add \"terminal\": true to the screen",
                );
                let screen = Place::FlowObject(from.node().id());
                problems.push(
                    problem
                        .severity(Severity::Warning)
                        .label(screen, "the screen"),
                );
            }
        }
        OutcomeKind::Expired => {}
    }
}

fn entries(flow: &FlowJson) -> Vec<&str> {
    flow.screens()
        .filter(|screen| is_entry(flow, screen.index()))
        .filter_map(Screen::id)
        .collect()
}

fn check_expired(
    operation: &Operation,
    outcome: &Outcome,
    result: &[ResultField],
    problems: &mut Vec<Problem>,
) {
    let message = result.iter().find(|field| field.key == EXPIRED_MESSAGE);
    let fits = message.is_some_and(|field| {
        !field.value.nullable
            && matches!(
                &field.value.kind,
                ResultKind::Leaf(DataType::String | DataType::Any)
            )
    });
    if !fits {
        problems.push(Problem::error(
            EXPIRED_SAYS_WHY.code,
            in_document(operation, &outcome.span),
            format!("@expired needs `{EXPIRED_MESSAGE}`, a text that is never null"),
            format!("select it: @expired {{ {EXPIRED_MESSAGE}: message }}"),
        ));
    }
}
