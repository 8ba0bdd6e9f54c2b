//! Checks results against the data that screens declare.

use std::ops::Range;

use flowgate_flow_json::{DataType, ScreenContract, Severity, suggestion};

use super::{Contract, in_document, outcomes, selection};
use crate::{
    binding::{FlowEvent, Outcome, OutcomeKind},
    operation::Operation,
    problem::{Place, Problem},
    rules::data::{DATA_COMPLETE, DATA_DECLARED_BY_SCREEN, DATA_NEVER_NULL, DATA_TYPES_FIT},
};
use selection::{ResultField, ResultKind, ResultValue};

pub(super) fn check(contract: &Contract<'_>, problems: &mut Vec<Problem>) {
    for (operation, analysis) in &contract.operations {
        // What the schema does not give is missing in the data as well.
        if !analysis.problems.is_empty() {
            continue;
        }
        for (outcome, result) in outcomes::results(contract, operation, analysis) {
            for (target, arrives_anew) in targets(operation, outcome) {
                if let Some(screen) = contract.screen(&target) {
                    let comparison = Comparison {
                        contract,
                        operation,
                        outcome: &outcome.span,
                        screen,
                        arrives_anew,
                    };
                    comparison.check(&result, problems);
                }
            }
        }
    }
}

/// Returns the screens that an outcome shows, and whether the user comes there
/// from another one, so that all data must come along.
fn targets(operation: &Operation, outcome: &Outcome) -> Vec<(String, bool)> {
    operation
        .bindings
        .iter()
        .filter_map(|binding| match &outcome.kind {
            OutcomeKind::Screen(target) => {
                let same = binding.event != FlowEvent::Init
                    && binding.from() == Some(target.text.as_str());
                Some((target.text.clone(), !same))
            }
            OutcomeKind::Stay => Some((binding.from()?.to_owned(), false)),
            OutcomeKind::Complete | OutcomeKind::Expired => None,
        })
        .collect()
}

/// The key of a text that phones show without a declaration.
const ERROR_MESSAGE: &str = "error_message";

struct Comparison<'c> {
    contract: &'c Contract<'c>,
    operation: &'c Operation,
    outcome: &'c Range<usize>,
    screen: &'c ScreenContract,
    arrives_anew: bool,
}

impl Comparison<'_> {
    fn check(&self, result: &[ResultField], problems: &mut Vec<Problem>) {
        for field in result {
            match self.screen.field(&field.key) {
                Some(declared) => {
                    let path = format!("`{}`", field.key);
                    self.value(&field.value, &declared.data_type, field, &path, problems);
                    if self.arrives_anew && field.value.nullable {
                        self.null(field, &path, problems);
                    }
                }
                None if field.key == ERROR_MESSAGE => {
                    let path = format!("`{}`", field.key);
                    self.value(&field.value, &DataType::String, field, &path, problems);
                }
                None => self.undeclared(field, problems),
            }
        }
        if self.arrives_anew {
            self.complete(result, problems);
        }
    }

    fn screen_id(&self) -> &str {
        self.screen.screen().as_str()
    }

    /// The declaration of a field, or the screen.
    fn declaration(&self, field: &str) -> Place {
        let screen = self.contract.directory.flow().screen(self.screen_id());
        screen.map_or(Place::Flow, |screen| match screen.data_field(field) {
            Some(field) => Place::FlowKey(field.node),
            None => Place::FlowObject(screen.node().id()),
        })
    }

    fn complete(&self, result: &[ResultField], problems: &mut Vec<Problem>) {
        for declared in self.screen.fields() {
            let name = &declared.name;
            if result.iter().any(|field| field.key == *name) {
                continue;
            }
            let selected = result.iter().map(|field| field.key.as_str());
            let help = match suggestion::suggest(name, selected) {
                Some(close) => format!("`{close}` is selected; give it the alias `{name}`"),
                None => format!("select it: {name}: …, of type {}", declared.data_type),
            };
            let place = in_document(self.operation, self.outcome);
            let message = format!(
                "`{}` needs `{name}`, which is not selected",
                self.screen_id()
            );
            let problem = Problem::error(DATA_COMPLETE.code, place, message, help);
            problems.push(problem.label(self.declaration(name), "declared here"));
        }
    }

    fn undeclared(&self, field: &ResultField, problems: &mut Vec<Problem>) {
        let declared = || self.screen.fields().iter().map(|field| field.name.as_str());
        let place = in_document(self.operation, &field.span);
        let message = format!("`{}` does not declare `{}`", self.screen_id(), field.key);
        let help = suggestion::did_you_mean(&field.key, declared(), || {
            "declare it in the data of the screen, or do not select it".to_owned()
        });
        // Phones refuse any data for a screen that declares none, and
        // overlook more than is declared.
        let severity = if declared().next().is_none() {
            Severity::Error
        } else {
            Severity::Warning
        };
        let problem = Problem::error(DATA_DECLARED_BY_SCREEN.code, place, message, help);
        let screen = self.declaration(&field.key);
        problems.push(problem.severity(severity).label(screen, "the screen"));
    }

    fn null(&self, field: &ResultField, path: &str, problems: &mut Vec<Problem>) {
        let place = in_document(self.operation, &field.span);
        let message = format!(
            "{path} can be null or missing, but `{}` always needs it",
            self.screen_id()
        );
        let help = "let the type in the schema end in `!`, or write @default(value: …) behind it; \
                    select it without @skip, @include and conditions on its type";
        let problem = Problem::error(DATA_NEVER_NULL.code, place, message, help);
        problems.push(problem.label(self.declaration(top(path)), "declared here"));
    }

    fn value(
        &self,
        found: &ResultValue,
        expected: &DataType,
        field: &ResultField,
        path: &str,
        problems: &mut Vec<Problem>,
    ) {
        match (&found.kind, expected) {
            (_, DataType::Any) => {}
            (ResultKind::List(item), DataType::Array(array)) => {
                self.value(item, &array.items, field, path, problems);
            }
            (ResultKind::Object(fields), DataType::Object(object)) => {
                for inner in fields {
                    if let Some(declared) = object.property(&inner.key) {
                        let path = format!("{path}.`{}`", inner.key);
                        self.value(&inner.value, declared, inner, &path, problems);
                        if inner.value.nullable && object.required.contains(&inner.key) {
                            self.null(inner, &path, problems);
                        }
                    }
                }
                for name in &object.required {
                    if !fields.iter().any(|inner| inner.key == *name) {
                        let place = in_document(self.operation, &field.span);
                        let message = format!("{path} needs `{name}`, which is not selected");
                        let help = format!("select it: {name}: …");
                        let problem = Problem::error(DATA_COMPLETE.code, place, message, help);
                        let declaration = self.declaration(top(path));
                        problems.push(problem.label(declaration, "declared here"));
                    }
                }
            }
            (_, expected) => {
                let found = found.data_type();
                if !found.fits(expected) {
                    let place = in_document(self.operation, &field.span);
                    let message = format!("{path} is {found}, expected {expected}");
                    let help = format!(
                        "select a field that gives {expected}, or declare {found} in the data of `{}`",
                        self.screen_id()
                    );
                    let problem = Problem::error(DATA_TYPES_FIT.code, place, message, help);
                    let declaration = self.declaration(top(path));
                    problems.push(problem.label(declaration, "declared here"));
                }
            }
        }
    }
}

/// Returns the declared field that a path begins with.
fn top(path: &str) -> &str {
    path.split('`').nth(1).unwrap_or_default()
}
