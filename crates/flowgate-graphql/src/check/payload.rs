//! Checks that the payloads of actions feed the variables of operations.

use async_graphql::parser::types::{BaseType, Type, TypeKind, VariableDefinition};
use flowgate_flow_json::{ActionPayload, DataType, PayloadField, Severity, suggestion};

use super::{
    Contract,
    events::{can_run, exchanges, literal},
    in_document,
    selection::is_required,
};
use crate::{
    binding::{Binding, FlowEvent},
    operation::Operation,
    place,
    problem::{Place, Problem},
    rules::payload::{PAYLOADS_FEED_VARIABLES, PAYLOADS_FIT_VARIABLES, PAYLOADS_TAKEN},
};

pub(super) fn check(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    for (operation, _) in &contract.operations {
        for binding in &operation.bindings {
            match binding.event {
                FlowEvent::Init | FlowEvent::Back => {
                    check_empty(contract, operation, binding, problems);
                }
                FlowEvent::DataExchange => {
                    for action in exchanges(contract, binding.from().unwrap_or_default()) {
                        if can_run(contract, binding, &action) {
                            check_action(contract, operation, &action, problems);
                        }
                    }
                }
            }
        }
        check_ever_sent(contract, operation, problems);
    }
    check_taken(contract, problems);
}

fn variables(operation: &Operation) -> impl Iterator<Item = &VariableDefinition> {
    let definitions = &operation.definition().variable_definitions;
    definitions.iter().map(|variable| &variable.node)
}

fn is_needed(variable: &VariableDefinition) -> bool {
    !variable.var_type.node.nullable && variable.default_value.is_none()
}

fn variable_place(
    contract: &Contract<'_>,
    operation: &Operation,
    variable: &VariableDefinition,
) -> Place {
    let source = contract.source(operation);
    in_document(operation, &place::variable(source, variable.name.pos))
}

/// INIT and BACK bring no payload.
fn check_empty(
    contract: &Contract<'_>,
    operation: &Operation,
    binding: &Binding,
    problems: &mut Vec<Problem>,
) {
    for variable in variables(operation).filter(|variable| is_needed(variable)) {
        let name = &variable.name.node;
        let declared = &variable.var_type.node;
        let place = variable_place(contract, operation, variable);
        let message = format!(
            "{} sends nothing, but `${name}` must have a value",
            binding.event
        );
        let optional = declared.to_string();
        let help = format!(
            "declare it as ${name}: {}, or take what it stands for from the FlowContext",
            optional.trim_end_matches('!')
        );
        let problem = Problem::error(PAYLOADS_FEED_VARIABLES.code, place, message, help);
        problems.push(problem.label(in_document(operation, &binding.span), "the event"));
    }
}

fn check_action(
    contract: &Contract<'_>,
    operation: &Operation,
    action: &ActionPayload,
    problems: &mut Vec<Problem>,
) {
    for variable in variables(operation) {
        let name = variable.name.node.as_str();
        let place = variable_place(contract, operation, variable);
        match action.field(name) {
            Some(field) => check_field(contract, variable, place, field, problems),
            None if is_needed(variable) => {
                let sent = action.fields.iter().map(|field| field.name.as_str());
                let help = suggestion::did_you_mean(name, sent, || {
                    format!("add \"{name}\": \"${{form.{name}}}\" to the payload")
                });
                let message = format!(
                    "`${name}` must have a value, but `{}` does not send it",
                    action.screen
                );
                let problem = Problem::error(PAYLOADS_FEED_VARIABLES.code, place, message, help);
                problems.push(problem.label(Place::FlowObject(action.node), "the action"));
            }
            None => {}
        }
    }
}

fn check_field(
    contract: &Contract<'_>,
    variable: &VariableDefinition,
    place: Place,
    field: &PayloadField,
    problems: &mut Vec<Problem>,
) {
    let declared = &variable.var_type.node;
    let node = contract.directory.flow().document().node(field.node);
    let name = &variable.name.node;
    let message = match misfit(contract, &field.data_type, declared) {
        Some(found) => format!(
            "`${name}` is of type {declared}, but `{}` sends {found}",
            field.name
        ),
        None => {
            let BaseType::Named(type_name) = &declared.base else {
                return;
            };
            let Some(TypeKind::Enum(values)) = contract.schema.kind(type_name) else {
                return;
            };
            match literal(node) {
                Some(serde_json::Value::String(text))
                    if !text.is_empty()
                        && !values
                            .values
                            .iter()
                            .any(|value| value.node.value.node == *text) =>
                {
                    format!("`${name}` is of type {declared}, which has no value `{text}`")
                }
                _ => return,
            }
        }
    };
    let help = format!("change the type of `${name}`, or what the payload sends");
    let problem = Problem::error(PAYLOADS_FIT_VARIABLES.code, place, message, help);
    problems.push(problem.label(Place::FlowValue(field.node), "sent here"));
}

/// Says what is sent if no value of it fits the variable.
fn misfit(contract: &Contract<'_>, sent: &DataType, declared: &Type) -> Option<String> {
    let fits = match (&declared.base, sent) {
        (_, DataType::Any) => true,
        (_, DataType::OneOf(types)) => types
            .iter()
            .any(|sent| misfit(contract, sent, declared).is_none()),
        (BaseType::List(item), DataType::Array(array)) => {
            misfit(contract, &array.items, item).is_none()
        }
        (BaseType::List(item), single) => misfit(contract, single, item).is_none(),
        (BaseType::Named(name), sent) => match contract.schema.kind(name) {
            Some(TypeKind::InputObject(_)) => match sent {
                DataType::Object(object) => contract.schema.input_fields(name).all(|field| {
                    match object.property(&field.name.node) {
                        Some(sent) => misfit(contract, sent, &field.ty.node).is_none(),
                        None => !is_required(field),
                    }
                }),
                _ => false,
            },
            Some(TypeKind::Enum(_)) => *sent == DataType::String,
            _ => match name.as_str() {
                "String" => matches!(
                    sent,
                    DataType::String | DataType::Number | DataType::Boolean
                ),
                "ID" | "Int" | "Float" => matches!(sent, DataType::String | DataType::Number),
                "Boolean" => matches!(sent, DataType::String | DataType::Boolean),
                // What a scalar of the schema's own takes, only the schema
                // knows.
                _ => true,
            },
        },
    };
    (!fits).then(|| sent.to_string())
}

/// A variable that no event brings a value for is a slip of the pen.
fn check_ever_sent(contract: &Contract<'_>, operation: &Operation, problems: &mut Vec<Problem>) {
    let actions: Vec<_> = operation
        .bindings
        .iter()
        .filter(|binding| binding.event == FlowEvent::DataExchange)
        .flat_map(|binding| {
            let mut actions = exchanges(contract, binding.from().unwrap_or_default());
            actions.retain(|action| can_run(contract, binding, action));
            actions
        })
        .collect();
    for variable in variables(operation).filter(|variable| !is_needed(variable)) {
        let name = variable.name.node.as_str();
        if actions.iter().any(|action| action.field(name).is_some()) {
            continue;
        }
        let sent = actions.iter().flat_map(|action| &action.fields);
        let help = suggestion::did_you_mean(name, sent.map(|field| field.name.as_str()), || {
            "delete it, or send it in the payload of an action".to_owned()
        });
        let place = variable_place(contract, operation, variable);
        let message = format!("no event of `{}` sends `{name}`", operation.name);
        let problem = Problem::error(PAYLOADS_FEED_VARIABLES.code, place, message, help);
        problems.push(problem.severity(Severity::Warning));
    }
}

/// What is sent and never taken is ignored, which is rarely meant.
fn check_taken(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    for action in contract.directory.flow().action_payloads() {
        if action.action != flowgate_flow_json::ActionName::DataExchange {
            continue;
        }
        let answering: Vec<_> = contract
            .operations
            .iter()
            .filter(|(operation, _)| {
                operation.bindings.iter().any(|binding| {
                    binding.event == FlowEvent::DataExchange
                        && binding.from() == Some(action.screen.as_str())
                })
            })
            .map(|(operation, _)| *operation)
            .collect();
        if answering.is_empty() {
            continue;
        }
        for field in &action.fields {
            let taken = answering.iter().any(|operation| {
                variables(operation).any(|variable| variable.name.node == *field.name)
                    || operation
                        .bindings
                        .iter()
                        .any(|binding| binding.when.iter().any(|it| it.key == field.name))
            });
            if taken {
                continue;
            }
            let known = answering
                .iter()
                .flat_map(|operation| variables(operation))
                .map(|variable| variable.name.node.as_str());
            let help = suggestion::did_you_mean(&field.name, known, || {
                "declare it as a variable, or do not send it".to_owned()
            });
            let message = format!("no operation takes `{}`", field.name);
            let place = Place::FlowKey(field.node);
            let problem = Problem::error(PAYLOADS_TAKEN.code, place, message, help);
            problems.push(problem.severity(Severity::Warning));
        }
    }
}
