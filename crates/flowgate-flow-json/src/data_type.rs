//! Describes the data that a screen declares as types that can be compared
//! and checked.
//!
//! Implements the data model of
//! [Flow JSON, "Screens"](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson):
//! a subset of JSON Schema with string, number, boolean, object and array.

use std::fmt;

use crate::json::{JsonKind, Node};

/// Describes the values that a field may have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataType {
    /// Any value; what a declaration leaves open.
    Any,
    /// A string.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object.
    Object(ObjectType),
    /// A list.
    Array(ArrayType),
    /// A value of one of several types.
    OneOf(Vec<DataType>),
}

/// Describes an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectType {
    /// The declared members, in the order of the declaration.
    pub properties: Vec<(String, DataType)>,
    /// The members that must be there.
    pub required: Vec<String>,
}

impl ObjectType {
    /// Returns the type of the member called `name`.
    pub fn property(&self, name: &str) -> Option<&DataType> {
        self.properties
            .iter()
            .find(|(property, _)| property == name)
            .map(|(_, data_type)| data_type)
    }
}

/// Describes a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArrayType {
    /// The type of every item.
    pub items: Box<DataType>,
    /// The fewest items.
    pub min_items: Option<usize>,
    /// The most items.
    pub max_items: Option<usize>,
    /// Whether no two items may be equal.
    pub unique_items: bool,
}

impl DataType {
    /// Describes a list whose items are of type `items`.
    pub fn array_of(items: DataType) -> Self {
        Self::Array(ArrayType {
            items: Box::new(items),
            min_items: None,
            max_items: None,
            unique_items: false,
        })
    }

    /// Describes an object of the given members, none of them demanded.
    pub fn object_of(properties: Vec<(String, DataType)>) -> Self {
        Self::Object(ObjectType {
            properties,
            required: Vec::new(),
        })
    }

    /// Reads a declaration; what it leaves open or says wrongly is
    /// [`DataType::Any`], because the rules report it.
    pub(crate) fn declared(schema: Node<'_>) -> Self {
        let Some(data_type) = schema.get("type") else {
            return Self::Any;
        };
        match data_type.as_str() {
            Some(name) => Self::named(name, schema),
            None => {
                let mut types: Vec<_> = data_type
                    .items()
                    .filter_map(Node::as_str)
                    .map(|name| Self::named(name, schema))
                    .collect();
                // `null` and unknown words say nothing about the value.
                types.retain(|data_type| *data_type != Self::Any);
                match types.len() {
                    0 => Self::Any,
                    1 => types.remove(0),
                    _ => Self::OneOf(types),
                }
            }
        }
    }

    fn named(name: &str, schema: Node<'_>) -> Self {
        match name {
            "string" => Self::String,
            "number" | "integer" => Self::Number,
            "boolean" => Self::Boolean,
            "object" => Self::Object(ObjectType {
                properties: schema
                    .get("properties")
                    .into_iter()
                    .flat_map(Node::members)
                    .filter(|(_, property)| property.is_object())
                    .map(|(name, property)| (name.to_owned(), Self::declared(property)))
                    .collect(),
                required: schema
                    .get("required")
                    .into_iter()
                    .flat_map(Node::items)
                    .filter_map(Node::as_str)
                    .map(str::to_owned)
                    .collect(),
            }),
            "array" => {
                let number = |name| {
                    schema
                        .get(name)
                        .and_then(Node::as_i64)
                        .and_then(|number| usize::try_from(number).ok())
                };
                Self::Array(ArrayType {
                    items: Box::new(
                        schema
                            .get("items")
                            .filter(|items| items.is_object())
                            .map_or(Self::Any, Self::declared),
                    ),
                    min_items: number("minItems"),
                    max_items: number("maxItems"),
                    unique_items: schema.get("uniqueItems").and_then(Node::as_bool) == Some(true),
                })
            }
            _ => Self::Any,
        }
    }

    /// Describes a value that is written out in the document.
    pub(crate) fn of_literal(node: Node<'_>) -> Self {
        match node.kind() {
            JsonKind::Null => Self::Any,
            JsonKind::Boolean => Self::Boolean,
            JsonKind::Number => Self::Number,
            JsonKind::String => Self::String,
            JsonKind::Array => {
                let mut items = node.items().map(Self::of_literal);
                let first = items.next().unwrap_or(Self::Any);
                let uniform = items.all(|item| item == first);
                Self::array_of(if uniform { first } else { Self::Any })
            }
            JsonKind::Object => Self::object_of(
                node.members()
                    .map(|(name, member)| (name.to_owned(), Self::of_literal(member)))
                    .collect(),
            ),
        }
    }

    /// Returns the type of a member, or `None` if the type has no such member.
    pub fn member(&self, name: &str) -> Option<&DataType> {
        match self {
            Self::Any => Some(&Self::Any),
            Self::Object(object) => object.property(name),
            Self::OneOf(types) => types.iter().find_map(|data_type| data_type.member(name)),
            _ => None,
        }
    }

    /// Says whether a value of this type can stand where `expected` is
    /// declared. What either side leaves open fits.
    pub fn fits(&self, expected: &DataType) -> bool {
        match (self, expected) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::OneOf(types), _) => types.iter().any(|data_type| data_type.fits(expected)),
            (_, Self::OneOf(types)) => types.iter().any(|data_type| self.fits(data_type)),
            (Self::Array(found), Self::Array(expected)) => found.items.fits(&expected.items),
            (Self::Object(found), Self::Object(expected)) => {
                found.properties.iter().all(|(name, data_type)| {
                    expected
                        .property(name)
                        .is_none_or(|expected| data_type.fits(expected))
                })
            }
            (found, expected) => found == expected,
        }
    }

    /// Says whether a value written in the document is of this type, at any
    /// depth that the type describes.
    pub(crate) fn describes(&self, node: Node<'_>) -> bool {
        match (self, node.kind()) {
            (Self::Any, _)
            | (Self::String, JsonKind::String)
            | (Self::Number, JsonKind::Number)
            | (Self::Boolean, JsonKind::Boolean) => true,
            (Self::OneOf(types), _) => types.iter().any(|data_type| data_type.describes(node)),
            (Self::Array(array), JsonKind::Array) => {
                node.items().all(|item| array.items.describes(item))
            }
            (Self::Object(object), JsonKind::Object) => node.members().all(|(name, member)| {
                object
                    .property(name)
                    .is_none_or(|data_type| data_type.describes(member))
            }),
            _ => false,
        }
    }

    /// Names the outermost type as Flow JSON does.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object(_) => "object",
            Self::Array(_) => "array",
            Self::OneOf(_) => "one of several types",
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(array) if *array.items != Self::Any => {
                write!(f, "array of {}", array.items)
            }
            Self::OneOf(types) => {
                for (index, data_type) in types.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" or ")?;
                    }
                    data_type.fmt(f)?;
                }
                Ok(())
            }
            other => f.write_str(other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn declared(schema: &str) -> DataType {
        let reading = json::read(schema.as_bytes());
        DataType::declared(reading.document.root().unwrap())
    }

    const LIST: &str = r#"{"type": "array", "items": {"type": "object",
        "properties": {"id": {"type": "string"}}}}"#;

    #[test]
    fn declarations_become_types() {
        assert_eq!(
            declared(LIST),
            DataType::array_of(DataType::object_of(vec![("id".into(), DataType::String)]))
        );
        assert_eq!(declared(r#"{"type": 1}"#), DataType::Any);
        assert_eq!(declared(LIST).to_string(), "array of object");
    }

    #[test]
    fn what_is_left_open_fits_and_what_differs_does_not() {
        let list = declared(LIST);
        let other = declared(
            r#"{"type": "array", "items": {"type": "object",
                "properties": {"id": {"type": "number"}}}}"#,
        );
        let open = declared(r#"{"type": "array", "items": true}"#);

        assert!(list.fits(&list));
        assert!(list.fits(&open));
        assert!(open.fits(&list));
        assert!(!list.fits(&other));
        assert!(!DataType::String.fits(&list));
        let either = DataType::OneOf(vec![DataType::String, DataType::Number]);
        assert!(either.fits(&DataType::Number));
        assert!(DataType::String.fits(&either));
        assert!(!DataType::Boolean.fits(&either));
    }
}
