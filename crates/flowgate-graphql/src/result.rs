//! Turns the result of an operation into the data of a reply.

use std::collections::HashMap;

use async_graphql::{Name, PathSegment, Response, ServerError, Value, indexmap::IndexMap};
use flowgate_protocol::{EndpointError, FlowResponse};
use serde_json::{Map, Value as Json};

use crate::{
    binding::{Outcome, OutcomeKind, Outcomes},
    defaults::Defaults,
    document::TYPENAME_KEY,
    operation::Operation,
    schema::SchemaSdl,
};

/// The extension code of an error whose message the user may read, on the
/// screen where he is.
pub const FLOW_MESSAGE: &str = "FLOW_MESSAGE";

/// The extension code of an error after which the Flow is closed, with its
/// message (HTTP 427).
pub const FLOW_EXPIRED: &str = "FLOW_EXPIRED";

/// The extension code of an error that says that a value does not fit the
/// form; other servers write it as well.
pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

/// Says which part of a result becomes what, with the types resolved.
#[derive(Debug)]
pub(crate) enum ResultPlan {
    Whole(OutcomeKind),
    Field(String, OutcomeKind),
    /// By the name of the object's type.
    ByType(String, HashMap<String, OutcomeKind>),
}

impl ResultPlan {
    /// Makes the plan of an operation; `None` if its outcomes are unclear.
    pub(crate) fn of(operation: &Operation, schema: &SchemaSdl) -> Option<Self> {
        let kind = |outcome: &Outcome| outcome.kind.clone();
        match &operation.outcomes {
            Outcomes::Operation(outcome) => Some(Self::Whole(kind(outcome))),
            Outcomes::Field { key, outcome } => Some(Self::Field(key.clone(), kind(outcome))),
            Outcomes::Fragments { key, arms } => {
                let mut by_type = HashMap::new();
                for arm in arms {
                    for name in schema.possible_types(&arm.condition) {
                        by_type
                            .entry(name.to_owned())
                            .or_insert_with(|| kind(&arm.outcome));
                    }
                }
                Some(Self::ByType(key.clone(), by_type))
            }
            Outcomes::Unclear => None,
        }
    }
}

/// Says why a schema gave no result that can be shown. It holds names of the
/// document only, no values.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SchemaFailure {
    #[error(
        "operation `{operation}` failed{}{}",
        if path.is_empty() { String::new() } else { format!(" at `{path}`") },
        code.as_ref().map(|code| format!(" with code `{code}`")).unwrap_or_default()
    )]
    Failed {
        operation: String,
        path: String,
        code: Option<String>,
    },
    #[error("operation `{operation}` gave nothing under `{key}`")]
    NoResult { operation: String, key: String },
    #[error("operation `{operation}` gave a type without outcome under `{key}`")]
    NoOutcome { operation: String, key: String },
    #[error("operation `{operation}` closes the Flow without `{EXPIRED_MESSAGE}`")]
    NoExpiredMessage { operation: String },
}

/// The key under which a result says why the Flow is closed.
pub(crate) const EXPIRED_MESSAGE: &str = "error_msg";

/// Makes a reply of what the schema answered.
pub(crate) fn reply(
    operation: &Operation,
    plan: &ResultPlan,
    response: Response,
    has_screen: bool,
) -> Result<FlowResponse, EndpointError> {
    if !response.errors.is_empty() {
        return failed(operation, &response.errors, has_screen);
    }
    let Value::Object(mut fields) = response.data else {
        return Err(EndpointError::unavailable(SchemaFailure::NoResult {
            operation: operation.name.clone(),
            key: String::new(),
        }));
    };
    let (kind, fields, defaults) = match plan {
        ResultPlan::Whole(kind) => (kind, fields, Some(&operation.defaults)),
        ResultPlan::Field(key, kind) => {
            let fields = object(operation, &mut fields, key)?;
            (kind, fields, operation.defaults.below(key))
        }
        ResultPlan::ByType(key, by_type) => {
            let mut object = object(operation, &mut fields, key)?;
            let kind = match object.swap_remove(TYPENAME_KEY) {
                Some(Value::String(name)) => by_type.get(&name),
                Some(Value::Enum(name)) => by_type.get(name.as_str()),
                _ => None,
            };
            let kind = kind.ok_or_else(|| {
                EndpointError::unavailable(SchemaFailure::NoOutcome {
                    operation: operation.name.clone(),
                    key: key.clone(),
                })
            })?;
            (kind, object, operation.defaults.below(key))
        }
    };
    let data = json_object(fields, defaults);
    let reply = match kind {
        OutcomeKind::Screen(screen) => FlowResponse::screen(screen.text.as_str()),
        OutcomeKind::Stay => FlowResponse::refresh(),
        OutcomeKind::Complete => FlowResponse::complete(),
        OutcomeKind::Expired => return Err(expired(operation, &data)),
    };
    Ok(data
        .into_iter()
        .fold(reply, |reply, (key, value)| reply.with(key, value)))
}

fn object(
    operation: &Operation,
    fields: &mut IndexMap<Name, Value>,
    key: &str,
) -> Result<IndexMap<Name, Value>, EndpointError> {
    match fields.swap_remove(key) {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(EndpointError::unavailable(SchemaFailure::NoResult {
            operation: operation.name.clone(),
            key: key.to_owned(),
        })),
    }
}

fn expired(operation: &Operation, data: &Map<String, Json>) -> EndpointError {
    match data.get(EXPIRED_MESSAGE).and_then(Json::as_str) {
        Some(message) => EndpointError::flow_token_invalid(message),
        None => EndpointError::unavailable(SchemaFailure::NoExpiredMessage {
            operation: operation.name.clone(),
        }),
    }
}

/// Answers errors of the schema. Their messages may quote what was entered:
/// only those that are meant for the user are passed on, and none is logged.
fn failed(
    operation: &Operation,
    errors: &[ServerError],
    has_screen: bool,
) -> Result<FlowResponse, EndpointError> {
    for error in errors {
        match code(error) {
            Some(FLOW_MESSAGE) if has_screen => {
                return Ok(FlowResponse::stay(error.message.as_str()));
            }
            Some(FLOW_EXPIRED) => {
                return Err(EndpointError::flow_token_invalid(error.message.as_str()));
            }
            Some(BAD_USER_INPUT) => return Err(EndpointError::InvalidData),
            None if is_refused_input(error) => return Err(EndpointError::InvalidData),
            _ => {}
        }
    }
    let first = errors.first();
    Err(EndpointError::unavailable(SchemaFailure::Failed {
        operation: operation.name.clone(),
        path: first.map(shown_path).unwrap_or_default(),
        code: first
            .and_then(code)
            .filter(|code| is_plain(code))
            .map(str::to_owned),
    }))
}

fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Enum(code) => Some(code),
        _ => None,
    }
}

/// Recognises the errors with which libraries refuse the value of a variable
/// without a code.
fn is_refused_input(error: &ServerError) -> bool {
    REFUSED_INPUT
        .iter()
        .any(|beginning| error.message.starts_with(beginning))
}

/// How messages about values begin. Of async-graphql: a scalar that does not
/// parse, a value of another type, a validator that refuses. Of the reference
/// implementation and those made after it, with either quote: a variable that
/// does not fit.
const REFUSED_INPUT: [&str; 5] = [
    "Variable \"$",
    "Variable '$",
    "Failed to parse \"",
    "Expected input type \"",
    "Invalid value for argument ",
];

/// Codes that are shown in logs are such as people write.
fn is_plain(code: &str) -> bool {
    code.len() <= MAX_SHOWN_CODE_BYTES
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

const MAX_SHOWN_CODE_BYTES: usize = 64;

/// Writes the path of an error, which consists of names of the document.
fn shown_path(error: &ServerError) -> String {
    let mut path = String::new();
    for segment in &error.path {
        if !path.is_empty() {
            path.push('.');
        }
        match segment {
            PathSegment::Field(name) => path.push_str(name),
            PathSegment::Index(index) => path.push_str(&index.to_string()),
        }
    }
    path
}

/// Drops what WhatsApp does not know, null, unless a value stands for it, and
/// what only decides, the names of types.
fn json_object(fields: IndexMap<Name, Value>, defaults: Option<&Defaults>) -> Map<String, Json> {
    // Inserting one by one is faster for a few members than collecting, which
    // sorts them first.
    let mut object = Map::new();
    for (name, value) in fields {
        if name == TYPENAME_KEY || name == "__typename" {
            continue;
        }
        let value = match value {
            Value::Null => defaults.and_then(|defaults| defaults.value(&name)).cloned(),
            value => json(value, defaults.and_then(|defaults| defaults.below(&name))),
        };
        if let Some(value) = value {
            object.insert(name.as_str().to_owned(), value);
        }
    }
    object
}

fn json(value: Value, defaults: Option<&Defaults>) -> Option<Json> {
    match value {
        Value::Null => None,
        Value::Number(number) => Some(Json::Number(number)),
        Value::String(text) => Some(Json::String(text)),
        Value::Boolean(value) => Some(Json::Bool(value)),
        Value::Enum(name) => Some(Json::String(name.to_string())),
        Value::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            list.extend(items.into_iter().filter_map(|item| json(item, defaults)));
            Some(Json::Array(list))
        }
        Value::Object(fields) => Some(Json::Object(json_object(fields, defaults))),
        binary @ Value::Binary(_) => binary.into_json().ok(),
    }
}
