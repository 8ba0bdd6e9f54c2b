//! Makes variables of what a phone sent: those that the operation declares, of
//! the types it declares.
//!
//! Fields of a form arrive as strings, whatever the operation wants of them.
//! Implements "Input Coercion" of the
//! [GraphQL specification](https://spec.graphql.org/October2021/#sec-Scalars),
//! extended by texts that stand for numbers and truth values.

use async_graphql::{
    Name, Value, Variables,
    parser::types::{BaseType, OperationDefinition, Type, TypeKind},
};
use serde_json::{Map, Number, Value as Json};

use crate::schema::SchemaSdl;

/// Most items of a list that are taken. No component sends as many.
pub(crate) const MAX_LIST_ITEMS: usize = 500;

/// Says that a value does not fit its variable. It tells which, never what.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value of `${variable}` does not fit its type")]
pub(crate) struct Misfit {
    pub(crate) variable: String,
}

/// Holds the variables of one call.
#[derive(Debug)]
pub(crate) struct Coerced {
    pub(crate) variables: Variables,
    /// How many values were sent that nothing declares.
    pub(crate) ignored: usize,
}

/// Takes the variables of `operation` out of `data`. The keys in `read`
/// decided which operation runs, and are not missed.
pub(crate) fn coerce(
    schema: &SchemaSdl,
    operation: &OperationDefinition,
    mut data: Map<String, Json>,
    read: &dyn Fn(&str) -> bool,
) -> Result<Coerced, Misfit> {
    let mut coercion = Coercion { schema, ignored: 0 };
    let mut variables = Variables::default();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        let misfit = || Misfit {
            variable: name.to_string(),
        };
        let declared = &definition.var_type.node;
        let value = match data.remove(name.as_str()) {
            Some(value) => coercion.value(declared, value).ok_or_else(misfit)?,
            None => Value::Null,
        };
        if value != Value::Null {
            variables.insert(name.clone(), value);
        } else if !declared.nullable && definition.default_value.is_none() {
            return Err(misfit());
        }
    }
    let unread = data.keys().filter(|key| !read(key)).count();
    Ok(Coerced {
        variables,
        ignored: coercion.ignored + unread,
    })
}

struct Coercion<'s> {
    schema: &'s SchemaSdl,
    ignored: usize,
}

impl Coercion<'_> {
    /// Returns the value in the declared type, null for one that is missing,
    /// or `None` if it does not fit.
    fn value(&mut self, declared: &Type, value: Json) -> Option<Value> {
        match &declared.base {
            _ if value.is_null() => Some(Value::Null),
            BaseType::List(_) if is_empty_text(&value) => Some(Value::Null),
            BaseType::List(item) => self.list(item, value),
            BaseType::Named(name) if name == "String" => text(value).map(Value::String),
            // What has not been filled in or chosen arrives as an empty text.
            BaseType::Named(_) if is_empty_text(&value) => Some(Value::Null),
            BaseType::Named(name) => self.named(name, value),
        }
    }

    fn list(&mut self, item: &Type, value: Json) -> Option<Value> {
        let items = match value {
            Json::Array(items) => items,
            single => vec![single],
        };
        if items.len() > MAX_LIST_ITEMS {
            return None;
        }
        let mut list = Vec::with_capacity(items.len());
        for value in items {
            let value = self.value(item, value)?;
            if value == Value::Null && !item.nullable {
                return None;
            }
            list.push(value);
        }
        Some(Value::List(list))
    }

    fn named(&mut self, name: &str, value: Json) -> Option<Value> {
        match name {
            "ID" => match value {
                Json::String(text) => Some(Value::String(text)),
                Json::Number(number) if !number.is_f64() => Some(Value::String(number.to_string())),
                _ => None,
            },
            "Int" => integer(&value).map(|number| Value::Number(number.into())),
            "Float" => float(&value).map(Value::Number),
            "Boolean" => match value {
                Json::Bool(value) => Some(Value::Boolean(value)),
                Json::String(text) if text == "true" => Some(Value::Boolean(true)),
                Json::String(text) if text == "false" => Some(Value::Boolean(false)),
                _ => None,
            },
            name => match self.schema.kind(name) {
                Some(TypeKind::Enum(declared)) => match value {
                    Json::String(text) => declared
                        .values
                        .iter()
                        .find(|value| value.node.value.node == *text)
                        .map(|value| Value::Enum(value.node.value.node.clone())),
                    _ => None,
                },
                Some(TypeKind::InputObject(_)) => match value {
                    Json::Object(members) => self.object(name, members),
                    _ => None,
                },
                // What a scalar of the schema's own takes, only the schema
                // knows.
                _ => Value::from_json(value).ok(),
            },
        }
    }

    fn object(&mut self, type_name: &str, mut members: Map<String, Json>) -> Option<Value> {
        let mut object = async_graphql::indexmap::IndexMap::new();
        let schema = self.schema;
        for field in schema.input_fields(type_name) {
            let name = &field.name.node;
            let declared = &field.ty.node;
            let value = match members.remove(name.as_str()) {
                Some(value) => self.value(declared, value)?,
                None => Value::Null,
            };
            if value != Value::Null {
                object.insert(Name::clone(name), value);
            } else if !declared.nullable && field.default_value.is_none() {
                return None;
            }
        }
        self.ignored += members.len();
        Some(Value::Object(object))
    }
}

fn is_empty_text(value: &Json) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

fn text(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn integer(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64().or_else(|| {
            // `3.0` is a whole number too.
            number
                .as_f64()
                .filter(|number| number.fract() == 0.0 && number.abs() < MAX_WHOLE_FLOAT)
                .map(|number| number as i64)
        }),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Above this, floating-point numbers skip whole ones.
const MAX_WHOLE_FLOAT: f64 = 9_007_199_254_740_992.0;

fn float(value: &Json) -> Option<Number> {
    match value {
        Json::Number(number) => Some(number.clone()),
        // Words such as `inf` and `nan`, which are no numbers here, parse to
        // such as JSON cannot hold.
        Json::String(text) => text.trim().parse().ok().and_then(Number::from_f64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, types::DocumentOperations};
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "type Query { a: Int } scalar Date enum Room { SMALL LARGE }
        input Stay { from: Date!, nights: Int = 1, tags: [String!], room: Room, more: Stay }";

    fn run(variable: &str, data: Json) -> Result<Coerced, Misfit> {
        let document = parse_query(format!("query Q({variable}) {{ a }}")).unwrap();
        let DocumentOperations::Multiple(operations) = document.operations else {
            panic!("it has a name");
        };
        let operation = operations.into_values().next().unwrap().node;
        let Json::Object(data) = data else {
            panic!("data of a request is an object");
        };
        coerce(&SchemaSdl::new("s", SCHEMA), &operation, data, &|key| {
            key == "trigger"
        })
    }

    #[track_caller]
    fn becomes(declared: &str, value: Json, expected: Json) {
        let coerced = run(&format!("$x: {declared}"), json!({"x": value})).unwrap();
        let variables = serde_json::to_value(&coerced.variables).unwrap();
        assert_eq!(variables.get("x").cloned().unwrap_or(Json::Null), expected);
    }

    #[track_caller]
    fn misfits(declared: &str, value: Json) {
        let error = run(&format!("$x: {declared}"), json!({"x": value})).unwrap_err();
        assert_eq!(error.to_string(), "the value of `$x` does not fit its type");
    }

    #[test]
    fn texts_become_what_the_operation_declares() {
        becomes("Int", json!(" 42 "), json!(42));
        becomes("Int", json!(3.0), json!(3));
        becomes("Float", json!("1.5"), json!(1.5));
        becomes("Float", json!(2), json!(2));
        becomes("Boolean", json!("true"), json!(true));
        becomes("Boolean", json!(false), json!(false));
        becomes("ID", json!(7), json!("7"));
        becomes("String", json!(7), json!("7"));
        becomes("String", json!(true), json!("true"));
        becomes("Room", json!("LARGE"), json!("LARGE"));
        becomes("Date", json!("2026-11-23"), json!("2026-11-23"));
        becomes("[Int!]", json!(["1", 2]), json!([1, 2]));
        becomes("[ID]", json!("a"), json!(["a"]));
        becomes(
            "Stay",
            json!({"from": "2026-11-23", "nights": "2", "tags": "a", "room": "SMALL"}),
            json!({"from": "2026-11-23", "nights": 2, "tags": ["a"], "room": "SMALL"}),
        );
    }

    #[test]
    fn what_was_not_filled_in_is_missing() {
        for declared in [
            "Int",
            "Float",
            "Boolean",
            "ID",
            "Room",
            "Date",
            "[String!]",
            "Stay",
        ] {
            becomes(declared, json!(""), Json::Null);
            misfits(&format!("{declared}!"), json!(""));
        }
        becomes("String!", json!(""), json!(""));
        assert!(run("$x: Int!", json!({})).is_err());
        assert!(run("$x: Int! = 5", json!({})).unwrap().variables.is_empty());
        assert!(run("$x: Int! = 5", json!({"x": ""})).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let digits = "9".repeat(1_000_000);
        for (declared, value) in [
            ("Int", json!(digits)),
            ("Int", json!(1.5)),
            ("Int", json!(1e300)),
            ("Int", json!(u64::MAX)),
            ("Int", json!(true)),
            ("Int", json!([1])),
            ("Int", json!("1; drop")),
            ("Float", json!(digits)),
            ("Float", json!("NaN")),
            ("Float", json!("inf")),
            ("Boolean", json!("yes")),
            ("Boolean", json!(1)),
            ("ID", json!(1.5)),
            ("ID", json!({"a": 1})),
            ("String", json!(["a"])),
            ("Room", json!("small")),
            ("Room", json!(1)),
            ("[Int]", json!(["a"])),
            ("[Int!]", json!([null])),
            ("[Int]", json!(vec![1; MAX_LIST_ITEMS + 1])),
            ("Stay", json!("a")),
            ("Stay", json!({})),
            ("Stay", json!({"from": "2026-11-23", "more": {"nights": 1}})),
        ] {
            misfits(declared, value);
        }
    }

    #[test]
    fn what_nothing_declares_is_ignored_and_counted() {
        let coerced = run(
            "$x: Stay",
            json!({"x": {"from": "a", "y": 1}, "trigger": "t", "z": 1, "__proto__": {}}),
        )
        .unwrap();
        assert_eq!(coerced.ignored, 3);
        assert_eq!(coerced.variables.len(), 1);
    }
}
