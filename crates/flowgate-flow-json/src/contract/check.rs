//! Checks a value against the data that a screen declares.
//!
//! This runs for every reply of an endpoint: a value that fits is walked once
//! and nothing is allocated.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::ScreenContract;
use crate::{
    data_type::{ArrayType, DataType, ObjectType},
    diagnostic::Severity,
    json::{JsonKind, escape_pointer},
    suggestion,
};

/// Says how the user comes to the screen that the data is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// From another screen: all declared data must be there.
    NewScreen,
    /// From the same screen, which keeps the data it has: what is missing is
    /// only a warning.
    SameScreen,
}

/// Holds one thing that is wrong with the data for a screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The property, as an RFC 6901 pointer into the checked value.
    pub pointer: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub kind: FindingKind,
    /// A declared name that was probably meant.
    pub suggestion: Option<String>,
}

/// Says what is wrong with one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The data is no object.
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A declared property is missing.
    Missing {
        /// The declared type.
        expected: String,
    },
    /// The value is null, which WhatsApp does not know.
    Null,
    /// The value is of another type.
    WrongType {
        /// The declared type.
        expected: String,
        /// The type of the value.
        found: &'static str,
    },
    /// The screen does not declare the property.
    Undeclared,
    /// The list has too few items.
    TooFewItems {
        /// The number of items.
        found: usize,
        /// The fewest that are declared.
        minimum: usize,
    },
    /// The list has too many items.
    TooManyItems {
        /// The number of items.
        found: usize,
        /// The most that are declared.
        maximum: usize,
    },
    /// The list holds one value twice.
    RepeatedItem,
    /// More findings than are listed.
    More,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() {
            "the data"
        } else {
            &format!("`{}`", self.pointer)
        };
        match &self.kind {
            FindingKind::NotAnObject { found } => {
                write!(f, "{place} is {}, expected an object", article(found))
            }
            FindingKind::Missing { expected } => {
                write!(f, "{place} is missing, expected {expected}")
            }
            FindingKind::Null => {
                write!(
                    f,
                    "{place} is null, which WhatsApp refuses; leave it out or send an empty value"
                )
            }
            FindingKind::WrongType { expected, found } => {
                write!(f, "{place} is {}, expected {expected}", article(found))
            }
            FindingKind::Undeclared => write!(f, "{place} is not declared by the screen"),
            FindingKind::TooFewItems { found, minimum } => {
                write!(f, "{place} has {found} items, expected at least {minimum}")
            }
            FindingKind::TooManyItems { found, maximum } => {
                write!(f, "{place} has {found} items, expected at most {maximum}")
            }
            FindingKind::RepeatedItem => write!(f, "{place} is in the list twice"),
            FindingKind::More => f.write_str("more findings are not listed"),
        }?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean `{suggestion}`?")?;
        }
        Ok(())
    }
}

impl ScreenContract {
    /// Checks the `data` of a reply that brings the user to this screen from
    /// another one. An empty result means that the phone will accept it.
    ///
    /// `error_message`, a string that the phone shows, and
    /// `extension_message_response` need no declaration. Further undeclared
    /// properties are tolerated by phones and reported as information, unless
    /// the screen declares nothing at all.
    pub fn check(&self, data: &Value) -> Vec<Finding> {
        self.check_arrival(data, Arrival::NewScreen)
    }

    /// Checks the `data` of a reply, as [`ScreenContract::check`] does, for
    /// either way to come to the screen.
    pub fn check_arrival(&self, data: &Value, arrival: Arrival) -> Vec<Finding> {
        match data {
            Value::Object(members) => self.check_members(members, arrival),
            other => vec![Finding {
                pointer: String::new(),
                severity: Severity::Error,
                kind: FindingKind::NotAnObject {
                    found: kind(other).name(),
                },
                suggestion: None,
            }],
        }
    }

    /// Checks the members of the `data` of a reply, as
    /// [`ScreenContract::check_arrival`] does.
    pub fn check_members(
        &self,
        members: &serde_json::Map<String, Value>,
        arrival: Arrival,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut checker = Checker {
            findings: &mut findings,
        };
        let mut present = 0;
        for (name, value) in members {
            let place = Place {
                outer: None,
                step: Step::Key(name),
            };
            match self.field(name) {
                Some(field) => {
                    present += 1;
                    checker.value(&field.data_type, value, &place);
                }
                None if name == "error_message" => {
                    checker.value(&DataType::String, value, &place);
                }
                None if name == "extension_message_response" => {}
                None => {
                    let severity = if self.fields.is_empty() {
                        Severity::Error
                    } else {
                        Severity::Info
                    };
                    let close = suggestion::suggest(
                        name,
                        self.fields.iter().map(|field| field.name.as_str()),
                    );
                    checker.report(severity, &place, FindingKind::Undeclared);
                    if let (Some(last), Some(close)) = (checker.findings.last_mut(), close) {
                        last.suggestion = Some(close.to_owned());
                    }
                }
            }
        }
        if present < self.fields.len() {
            let severity = match arrival {
                Arrival::NewScreen => Severity::Error,
                Arrival::SameScreen => Severity::Warning,
            };
            for field in &self.fields {
                if !members.contains_key(&field.name) {
                    let place = Place {
                        outer: None,
                        step: Step::Key(&field.name),
                    };
                    checker.report(
                        severity,
                        &place,
                        FindingKind::Missing {
                            expected: field.data_type.to_string(),
                        },
                    );
                }
            }
        }
        findings
    }
}

/// Findings beyond these are not listed.
const MAX_FINDINGS: usize = 100;

/// Leads from a value up to the whole, on the stack; a pointer is written only
/// for what is reported.
struct Place<'p> {
    outer: Option<&'p Place<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        let mut pointer = match self.outer {
            Some(outer) => outer.pointer(),
            None => String::new(),
        };
        pointer.push('/');
        match self.step {
            Step::Key(key) => pointer.push_str(&escape_pointer(key)),
            Step::Index(index) => pointer.push_str(&index.to_string()),
        }
        pointer
    }
}

struct Checker<'c> {
    findings: &'c mut Vec<Finding>,
}

impl Checker<'_> {
    fn report(&mut self, severity: Severity, place: &Place<'_>, kind: FindingKind) {
        if self.findings.len() > MAX_FINDINGS {
            return;
        }
        let finding = if self.findings.len() == MAX_FINDINGS {
            Finding {
                pointer: String::new(),
                severity: Severity::Info,
                kind: FindingKind::More,
                suggestion: None,
            }
        } else {
            Finding {
                pointer: place.pointer(),
                severity,
                kind,
                suggestion: None,
            }
        };
        self.findings.push(finding);
    }

    fn value(&mut self, expected: &DataType, value: &Value, place: &Place<'_>) {
        match (expected, value) {
            (_, Value::Null) => self.report(Severity::Error, place, FindingKind::Null),
            (DataType::String, Value::String(_))
            | (DataType::Number, Value::Number(_))
            | (DataType::Boolean, Value::Bool(_))
            | (DataType::Any, Value::String(_) | Value::Number(_) | Value::Bool(_)) => {}
            (DataType::Any, Value::Array(_) | Value::Object(_)) => self.nulls(value, place),
            (DataType::Array(array), Value::Array(items)) => self.array(array, items, place),
            (DataType::Object(object), Value::Object(members)) => {
                self.object(object, members, place);
            }
            (DataType::OneOf(types), _) => {
                let mut trial = Vec::new();
                let fits = types.iter().any(|data_type| {
                    trial.clear();
                    Checker {
                        findings: &mut trial,
                    }
                    .value(data_type, value, place);
                    trial.is_empty()
                });
                if !fits {
                    self.wrong_type(expected, value, place);
                }
            }
            _ => self.wrong_type(expected, value, place),
        }
    }

    fn wrong_type(&mut self, expected: &DataType, value: &Value, place: &Place<'_>) {
        self.report(
            Severity::Error,
            place,
            FindingKind::WrongType {
                expected: expected.to_string(),
                found: kind(value).name(),
            },
        );
    }

    fn array(&mut self, array: &ArrayType, items: &[Value], place: &Place<'_>) {
        let found = items.len();
        if let Some(minimum) = array.min_items.filter(|minimum| found < *minimum) {
            self.report(
                Severity::Error,
                place,
                FindingKind::TooFewItems { found, minimum },
            );
        }
        if let Some(maximum) = array.max_items.filter(|maximum| found > *maximum) {
            self.report(
                Severity::Error,
                place,
                FindingKind::TooManyItems { found, maximum },
            );
        }
        for (index, item) in items.iter().enumerate() {
            let place = Place {
                outer: Some(place),
                step: Step::Index(index),
            };
            self.value(&array.items, item, &place);
            // Comparing every pair is bearable only for lists that a phone
            // could show.
            if array.unique_items && index < MAX_COMPARED_ITEMS && items[..index].contains(item) {
                self.report(Severity::Error, &place, FindingKind::RepeatedItem);
            }
        }
    }

    fn object(
        &mut self,
        object: &ObjectType,
        members: &serde_json::Map<String, Value>,
        place: &Place<'_>,
    ) {
        for (name, value) in members {
            let place = Place {
                outer: Some(place),
                step: Step::Key(name),
            };
            // Undeclared members are tolerated below the top: lists bring
            // their actions along without declaring them.
            match object.property(name) {
                Some(data_type) => self.value(data_type, value, &place),
                None => self.value(&DataType::Any, value, &place),
            }
        }
        for name in &object.required {
            if !members.contains_key(name) {
                let place = Place {
                    outer: Some(place),
                    step: Step::Key(name),
                };
                let expected = object
                    .property(name)
                    .map_or_else(|| "any value".to_owned(), ToString::to_string);
                self.report(Severity::Error, &place, FindingKind::Missing { expected });
            }
        }
    }

    fn nulls(&mut self, value: &Value, place: &Place<'_>) {
        match value {
            Value::Null => self.report(Severity::Error, place, FindingKind::Null),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let step = Step::Index(index);
                    self.nulls(
                        item,
                        &Place {
                            outer: Some(place),
                            step,
                        },
                    );
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let step = Step::Key(name);
                    self.nulls(
                        member,
                        &Place {
                            outer: Some(place),
                            step,
                        },
                    );
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

const MAX_COMPARED_ITEMS: usize = 500;

fn kind(value: &Value) -> JsonKind {
    match value {
        Value::Null => JsonKind::Null,
        Value::Bool(_) => JsonKind::Boolean,
        Value::Number(_) => JsonKind::Number,
        Value::String(_) => JsonKind::String,
        Value::Array(_) => JsonKind::Array,
        Value::Object(_) => JsonKind::Object,
    }
}

fn article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        "array" | "object" => format!("an {kind}"),
        other => format!("a {other}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::FlowJson;

    fn contract(data: &str) -> ScreenContract {
        let document = format!(
            r#"{{"version": "7.3", "screens": [{{"id": "A", "data": {data}, "layout":
            {{"type": "SingleColumnLayout", "children": [
            {{"type": "Dropdown", "name": "d", "label": "D", "data-source": "${{data.list}}"}}]}}}}]}}"#
        );
        FlowJson::parse(document.as_bytes())
            .screen_contracts()
            .remove(0)
    }

    const DATA: &str = r#"{
        "name": {"type": "string", "__example__": ""},
        "count": {"type": "number", "__example__": 1},
        "list": {"type": "array", "__example__": [], "items": {"type": "object", "properties": {
            "id": {"type": "string"}, "title": {"type": "string"}, "enabled": {"type": "boolean"}}}}}"#;

    #[track_caller]
    fn check(data: &Value, arrival: Arrival, expected: &[(Severity, &str)]) {
        let found: Vec<_> = contract(DATA)
            .check_arrival(data, arrival)
            .iter()
            .map(|finding| (finding.severity, finding.to_string()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(severity, text)| (*severity, (*text).to_owned()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn data_that_fits_has_no_findings() {
        check(
            &json!({"name": "Ada", "count": 1.5, "error_message": "sold out",
                "list": [{"id": "a", "title": "A", "on-select-action": {"name": "update_data"}}]}),
            Arrival::NewScreen,
            &[],
        );
    }

    #[test]
    fn each_offence_names_its_property() {
        check(
            &json!({"name": null, "count": "1", "list": [{"id": 7, "enabled": true}, "x", {"id": "b", "title": "B", "z": {"y": null}}]}),
            Arrival::NewScreen,
            &[
                (Severity::Error, "`/count` is a string, expected number"),
                (Severity::Error, "`/list/0/id` is a number, expected string"),
                (
                    Severity::Error,
                    "`/list/0/title` is missing, expected string",
                ),
                (Severity::Error, "`/list/1` is a string, expected object"),
                (
                    Severity::Error,
                    "`/list/2/z/y` is null, which WhatsApp refuses; leave it out or send an empty value",
                ),
                (
                    Severity::Error,
                    "`/name` is null, which WhatsApp refuses; leave it out or send an empty value",
                ),
            ],
        );
    }

    #[test]
    fn what_is_missing_depends_on_the_way_to_the_screen() {
        let data = json!({"name": "Ada", "list": []});
        let message = "`/count` is missing, expected number";
        check(&data, Arrival::NewScreen, &[(Severity::Error, message)]);
        check(&data, Arrival::SameScreen, &[(Severity::Warning, message)]);
    }

    #[test]
    fn undeclared_properties_are_pointed_out() {
        check(
            &json!({"name": "Ada", "count": 1, "list": [], "cuont": 2}),
            Arrival::NewScreen,
            &[(
                Severity::Info,
                "`/cuont` is not declared by the screen; did you mean `count`?",
            )],
        );
        let findings = contract("{}").check(&json!({"x": 1}));
        assert_eq!(findings[0].severity, Severity::Error);
        assert!(contract("{}").check(&json!({})).is_empty());
        let findings = contract("{}").check(&json!([]));
        assert_eq!(
            findings[0].to_string(),
            "the data is an array, expected an object"
        );
    }

    #[test]
    fn declared_limits_of_lists_hold() {
        let contract = contract(
            r#"{"l": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2,
                "uniqueItems": true, "__example__": []}}"#,
        );
        let texts = |data: Value| -> Vec<String> {
            contract
                .check(&data)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(
            texts(json!({"l": []})),
            ["`/l` has 0 items, expected at least 1"]
        );
        assert_eq!(
            texts(json!({"l": ["a", "b", "a"]})),
            [
                "`/l` has 3 items, expected at most 2",
                "`/l/2` is in the list twice"
            ]
        );
    }

    #[test]
    fn a_flood_of_findings_is_cut() {
        let items: Vec<_> = (0..1000).map(|_| json!(1)).collect();
        let findings = contract(DATA).check(&json!({"list": items}));
        assert_eq!(findings.len(), MAX_FINDINGS + 1);
        assert_eq!(findings[MAX_FINDINGS].kind, FindingKind::More);
    }
}
