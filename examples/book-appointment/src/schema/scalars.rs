//! Scalars of the schema: dates and times.

use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::calendar::{Date, Time};

/// A day, written `2026-11-23`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => text.parse().map_err(misfit),
            _ => Err(misfit("no text")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A time of day, written `09:30`.
#[Scalar]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => text.parse().map_err(misfit),
            _ => Err(misfit("no text")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// Says that a value has not the form of its type, in the way that clients of
/// other servers know as well.
fn misfit<T: InputType>(reason: impl std::fmt::Display) -> InputValueError<T> {
    InputValueError::custom(reason).with_extension("code", "BAD_USER_INPUT")
}
