//! Says which written values and which references a kind of property takes.

use super::{DateValue, ObjectFacts, PropertyFacts, PropertyKind};
use crate::{
    data_type::DataType,
    json::{JsonKind, Node},
};

impl PropertyKind {
    /// Says whether a value that is written out has the right JSON type. What
    /// stands inside a list is checked as well.
    pub(crate) fn takes(self, node: Node<'_>) -> bool {
        let kind = node.kind();
        match self {
            Self::Any => true,
            Self::Text
            | Self::Name
            | Self::Type
            | Self::Word(_)
            | Self::Date
            | Self::Image
            | Self::Url
            | Self::Pattern
            | Self::Color
            | Self::Condition
            | Self::SwitchValue
            | Self::MediaErrors
            | Self::Version
            | Self::DataApiVersion
            | Self::ScreenId => kind == JsonKind::String,
            Self::TextOrTexts => kind == JsonKind::String || all(node, JsonKind::String),
            Self::Texts | Self::Words(_) | Self::Dates => all(node, JsonKind::String),
            Self::Boolean => kind == JsonKind::Boolean,
            Self::Integer => node.as_f64().is_some_and(|number| number.fract() == 0.0),
            Self::Number => kind == JsonKind::Number,
            Self::LooseInteger => {
                node.as_f64().is_some_and(|number| number.fract() == 0.0)
                    || node.as_str().is_some_and(|text| {
                        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
                    })
            }
            Self::PerDate(value) => kind == JsonKind::Object || kind == value.json_kind(),
            Self::Object(_)
            | Self::Action(_)
            | Self::Cases
            | Self::InitValues
            | Self::ErrorMessages
            | Self::Payload
            | Self::DataModel
            | Self::RoutingModel => kind == JsonKind::Object,
            Self::List(_) | Self::Components | Self::Screens => all(node, JsonKind::Object),
        }
    }

    /// Describes what the property takes, for a sentence that begins with
    /// "expected".
    pub(crate) fn expectation(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::TextOrTexts => "a string or a list of strings",
            Self::Texts | Self::Words(_) | Self::Dates => "a list of strings",
            Self::Boolean => "a boolean",
            Self::Integer | Self::LooseInteger => "a whole number",
            Self::Number => "a number",
            Self::PerDate(DateValue::Boolean) => {
                "a boolean, or an object with start-date and end-date"
            }
            Self::PerDate(_) => "a string, or an object with start-date and end-date",
            Self::Object(_)
            | Self::Action(_)
            | Self::Cases
            | Self::InitValues
            | Self::ErrorMessages
            | Self::Payload
            | Self::DataModel
            | Self::RoutingModel => "an object",
            Self::List(_) | Self::Components | Self::Screens => "a list of objects",
            _ => "a string",
        }
    }

    /// Shows a value of the right type, for a help line.
    pub(crate) fn sample(self) -> &'static str {
        match self {
            Self::Boolean | Self::PerDate(DateValue::Boolean) => "true",
            Self::Integer | Self::Number | Self::LooseInteger => "10",
            Self::Texts | Self::Words(_) => r#"["one", "two"]"#,
            Self::Dates => r#"["2026-12-24"]"#,
            Self::Date | Self::PerDate(DateValue::Date) => r#""2026-12-24""#,
            Self::List(_) | Self::Components | Self::Screens => "[{…}]",
            Self::Object(_)
            | Self::Action(_)
            | Self::Cases
            | Self::InitValues
            | Self::ErrorMessages
            | Self::Payload
            | Self::DataModel
            | Self::RoutingModel => "{…}",
            _ => r#""text""#,
        }
    }

    /// Returns the type that a reference in place of the value must have.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Text
            | Self::Name
            | Self::Type
            | Self::Word(_)
            | Self::Date
            | Self::Image
            | Self::Url
            | Self::Pattern
            | Self::Color
            | Self::ScreenId
            | Self::Version
            | Self::DataApiVersion => DataType::String,
            Self::TextOrTexts => {
                DataType::OneOf(vec![DataType::String, DataType::array_of(DataType::String)])
            }
            Self::Texts | Self::Words(_) | Self::Dates => DataType::array_of(DataType::String),
            Self::Boolean => DataType::Boolean,
            Self::Integer | Self::Number => DataType::Number,
            Self::LooseInteger => DataType::OneOf(vec![DataType::Number, DataType::String]),
            Self::SwitchValue => {
                DataType::OneOf(vec![DataType::String, DataType::Number, DataType::Boolean])
            }
            Self::PerDate(value) => DataType::OneOf(vec![
                value.data_type(),
                DataType::object_of(vec![
                    ("start-date".into(), value.data_type()),
                    ("end-date".into(), value.data_type()),
                ]),
            ]),
            Self::Object(facts) => facts.data_type(),
            Self::List(facts) => DataType::array_of(facts.data_type()),
            Self::MediaErrors => {
                DataType::OneOf(vec![DataType::String, DataType::object_of(Vec::new())])
            }
            Self::InitValues | Self::ErrorMessages => DataType::object_of(Vec::new()),
            Self::Any
            | Self::Action(_)
            | Self::Components
            | Self::Cases
            | Self::Condition
            | Self::Payload
            | Self::DataModel
            | Self::RoutingModel
            | Self::Screens => DataType::Any,
        }
    }
}

impl ObjectFacts {
    fn data_type(&self) -> DataType {
        DataType::object_of(
            self.properties
                .iter()
                .map(|property| (property.name.to_owned(), property.kind.data_type()))
                .collect(),
        )
    }

    /// Iterates over the properties that every version demands.
    pub(crate) fn required(&self) -> impl Iterator<Item = &'static PropertyFacts> {
        self.properties
            .iter()
            .filter(|property| property.required_since.is_some())
    }
}

impl DateValue {
    fn json_kind(self) -> JsonKind {
        match self {
            Self::Text | Self::Date => JsonKind::String,
            Self::Boolean => JsonKind::Boolean,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Date => DataType::String,
            Self::Boolean => DataType::Boolean,
        }
    }
}

fn all(node: Node<'_>, kind: JsonKind) -> bool {
    node.is_array() && node.items().all(|item| item.kind() == kind)
}
