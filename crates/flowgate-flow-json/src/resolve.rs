//! Finds out what a reference reads and of which type an expression is.
//!
//! Implements "Dynamic properties" and "Global references" of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).

use std::borrow::Cow;

use crate::{
    data_type::DataType,
    expression::{Dynamic, Expression, ExpressionKind, Operator, Reference, Scope},
    facts::ComponentType,
    json::Node,
    model::{FlowJson, Screen},
};

/// Says why a reference reads nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing<'f> {
    /// The screen it names does not exist.
    Screen,
    /// The screen it names declares no such field.
    Field(Screen<'f>),
    /// The screen it names has no such input.
    Input(Screen<'f>),
    /// It names a Form, which has no value itself.
    Form,
    /// The value has no such member.
    Member {
        /// The type of the value.
        of: &'static str,
        /// The member.
        name: String,
    },
    /// It reaches into a list.
    List,
}

impl PartialEq for Screen<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index() == other.index()
    }
}

impl Eq for Screen<'_> {}

/// Returns the screen whose values a reference reads.
pub(crate) fn screen_of<'f>(
    flow: &'f FlowJson,
    screen: Screen<'f>,
    reference: &Reference,
) -> Option<Screen<'f>> {
    match &reference.screen {
        None => Some(screen),
        Some(id) => flow.screen(id),
    }
}

/// Returns the type of what a reference reads that stands on `screen`.
pub(crate) fn resolve<'f>(
    flow: &'f FlowJson,
    screen: Screen<'f>,
    reference: &Reference,
) -> Result<Cow<'f, DataType>, Missing<'f>> {
    let target = screen_of(flow, screen, reference).ok_or(Missing::Screen)?;
    let name = reference.name();
    let whole = match reference.scope {
        Scope::Data => match target.data_field(name) {
            Some(field) => Cow::Borrowed(&field.data_type),
            None => return Err(Missing::Field(target)),
        },
        Scope::Form => match target.input(name) {
            Some(input) => Cow::Owned(input.data_type().unwrap_or(DataType::Any)),
            None => {
                let names_form = target.components().any(|component| {
                    component.is(ComponentType::Form) && component.name() == Some(name)
                });
                return Err(if names_form {
                    Missing::Form
                } else {
                    Missing::Input(target)
                });
            }
        },
    };
    let steps = &reference.path[1..];
    match whole {
        Cow::Borrowed(whole) => member(whole, steps).map(Cow::Borrowed),
        Cow::Owned(whole) if steps.is_empty() => Ok(Cow::Owned(whole)),
        Cow::Owned(whole) => member(&whole, steps).map(|found| Cow::Owned(found.clone())),
    }
}

fn member<'t, 'f>(whole: &'t DataType, steps: &[String]) -> Result<&'t DataType, Missing<'f>> {
    let mut found = whole;
    for step in steps {
        if matches!(found, DataType::Array(_)) {
            return Err(Missing::List);
        }
        found = found.member(step).ok_or_else(|| Missing::Member {
            of: found.name(),
            name: step.clone(),
        })?;
    }
    Ok(found)
}

/// Returns the type of a dynamic string; what cannot be told is
/// [`DataType::Any`].
pub(crate) fn type_of(flow: &FlowJson, screen: Screen<'_>, value: &Dynamic) -> DataType {
    match value {
        Dynamic::Reference(reference) => {
            resolve(flow, screen, reference).map_or(DataType::Any, Cow::into_owned)
        }
        Dynamic::Mixed(_) => DataType::String,
        Dynamic::Expression(expression) => type_of_expression(flow, screen, expression),
        Dynamic::Malformed(_) => DataType::Any,
    }
}

/// Returns the type that an expression yields.
pub(crate) fn type_of_expression(
    flow: &FlowJson,
    screen: Screen<'_>,
    expression: &Expression,
) -> DataType {
    match &expression.kind {
        ExpressionKind::Number(_) => DataType::Number,
        ExpressionKind::Text(_) | ExpressionKind::Join(_) => DataType::String,
        ExpressionKind::Boolean(_) | ExpressionKind::Not(_) => DataType::Boolean,
        ExpressionKind::Reference(reference) => {
            resolve(flow, screen, reference).map_or(DataType::Any, Cow::into_owned)
        }
        ExpressionKind::Group(inner) => type_of_expression(flow, screen, inner),
        ExpressionKind::Binary { operator, .. } => match operator {
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::Remainder => DataType::Number,
            _ => DataType::Boolean,
        },
    }
}

/// Returns the type of a payload value: written out, dynamic, or both.
pub(crate) fn type_of_value(flow: &FlowJson, screen: Screen<'_>, node: Node<'_>) -> DataType {
    if let Some(value) = node.as_str().and_then(Dynamic::parse) {
        return type_of(flow, screen, &value);
    }
    if node.is_object() {
        return DataType::object_of(
            node.members()
                .map(|(name, member)| (name.to_owned(), type_of_value(flow, screen, member)))
                .collect(),
        );
    }
    if node.is_array() {
        let mut items = node.items().map(|item| type_of_value(flow, screen, item));
        let first = items.next().unwrap_or(DataType::Any);
        let uniform = items.all(|item| item == first);
        return DataType::array_of(if uniform { first } else { DataType::Any });
    }
    DataType::of_literal(node)
}
