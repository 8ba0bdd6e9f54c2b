//! Reads `@flow`, `@screen`, `@stay`, `@complete` and `@expired`.

use async_graphql::{
    Positioned,
    parser::types::{Directive, Field},
};
use async_graphql_value::Value;
use flowgate_flow_json::suggestion;

use super::Reader;
use crate::{
    binding::{Binding, Condition, FlowEvent, Named, Outcome, OutcomeKind},
    defaults::DefaultValue,
    place,
    rules::documents::{DIRECTIVES_COMPLETE, OUTCOMES_PLACED},
};

pub(super) const FLOW: &str = "flow";
const DEFAULT: &str = "default";
const SCREEN: &str = "screen";
const STAY: &str = "stay";
const COMPLETE: &str = "complete";
const EXPIRED: &str = "expired";

/// The directives that bind an operation and shape its result.
pub(crate) const OURS: [&str; 6] = [FLOW, SCREEN, STAY, COMPLETE, EXPIRED, DEFAULT];

pub(super) fn is_ours(directive: &Positioned<Directive>) -> bool {
    OURS.contains(&directive.node.name.node.as_str())
}

/// Says where a directive has a meaning.
pub(super) fn place_of(name: &str) -> &'static str {
    match name {
        FLOW => "write it behind the name and the variables of an operation",
        DEFAULT => "write it behind a field",
        _ => {
            "write it behind an operation, behind one of its fields, or behind a fragment on a \
             type directly under that field"
        }
    }
}

impl Reader<'_> {
    /// Takes events and outcomes out of the directives of an operation.
    pub(super) fn take_from_operation(
        &mut self,
        directives: &mut Vec<Positioned<Directive>>,
    ) -> (Vec<Binding>, Vec<Outcome>) {
        let mut bindings = Vec::new();
        let events = directives.extract_if(.., |directive| directive.node.name.node == *FLOW);
        for directive in events {
            bindings.extend(self.binding(&directive));
        }
        (bindings, self.take_outcomes(directives))
    }

    /// Takes the outcomes out of directives.
    pub(super) fn take_outcomes(
        &mut self,
        directives: &mut Vec<Positioned<Directive>>,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for directive in directives.extract_if(.., |directive| is_ours(directive)) {
            let name = directive.node.name.node.as_str();
            if matches!(name, FLOW | DEFAULT) {
                self.problem(
                    OUTCOMES_PLACED.code,
                    directive.pos,
                    format!("`@{name}` has no meaning here"),
                    place_of(name),
                );
            } else {
                outcomes.extend(self.outcome(&directive));
            }
        }
        outcomes
    }

    /// Takes what stands for null out of the directives of a field.
    pub(super) fn take_default(&mut self, field: &mut Positioned<Field>) {
        let directives = &mut field.node.directives;
        for directive in directives.extract_if(.., |it| it.node.name.node == *DEFAULT) {
            self.known_arguments(&directive, &["value"]);
            let written = argument(&directive, "value");
            let value = written.and_then(|(_, value)| {
                let constant = value.node.clone().into_const()?;
                let json = constant.clone().into_json().ok()?;
                (!json.is_null()).then_some(DefaultValue {
                    value: constant,
                    json,
                    pos: value.pos,
                })
            });
            match value {
                Some(value) => {
                    self.defaults.insert(field.pos, value);
                }
                None => self.problem(
                    DIRECTIVES_COMPLETE.code,
                    written.map_or(directive.pos, |(_, value)| value.pos),
                    "`@default` has no value to stand for null",
                    "write @default(value: \"…\"), without variables",
                ),
            }
        }
    }

    fn outcome(&mut self, directive: &Positioned<Directive>) -> Option<Outcome> {
        let name = directive.node.name.node.as_str();
        let kind = match name {
            SCREEN => {
                self.known_arguments(directive, &["id"]);
                OutcomeKind::Screen(self.text_argument(
                    directive,
                    "id",
                    "@screen(id: \"START\")",
                )?)
            }
            other => {
                self.known_arguments(directive, &[]);
                match other {
                    STAY => OutcomeKind::Stay,
                    COMPLETE => OutcomeKind::Complete,
                    _ => OutcomeKind::Expired,
                }
            }
        };
        Some(Outcome {
            kind,
            span: place::token(self.source, directive.pos),
        })
    }

    fn binding(&mut self, directive: &Positioned<Directive>) -> Option<Binding> {
        self.known_arguments(directive, &["on", "from", "when"]);
        let event = self.event(directive)?;
        let from = match event {
            FlowEvent::Init => {
                if let Some((name, _)) = argument(directive, "from") {
                    self.problem(
                        DIRECTIVES_COMPLETE.code,
                        name.pos,
                        "INIT comes from no screen",
                        "delete `from`",
                    );
                }
                None
            }
            FlowEvent::DataExchange | FlowEvent::Back => {
                let help = format!("@flow(on: {event}, from: \"SCREEN\")");
                Some(self.text_argument(directive, "from", &help)?)
            }
        };
        Some(Binding {
            event,
            from,
            when: self.conditions(directive),
            span: place::token(self.source, directive.pos),
        })
    }

    fn event(&mut self, directive: &Positioned<Directive>) -> Option<FlowEvent> {
        let names = FlowEvent::ALL.map(FlowEvent::name);
        let Some((_, value)) = argument(directive, "on") else {
            self.problem(
                DIRECTIVES_COMPLETE.code,
                directive.pos,
                "`@flow` does not say on which event",
                format!("add on: with {}", suggestion::list(names)),
            );
            return None;
        };
        let found = match &value.node {
            Value::Enum(name) => name.as_str(),
            Value::String(text) => text,
            _ => "",
        };
        let event = FlowEvent::ALL
            .into_iter()
            .find(|event| event.name() == found);
        if event.is_none() {
            let help = suggestion::did_you_mean(found, names, || {
                format!("write {}", suggestion::list(names))
            });
            self.problem(
                DIRECTIVES_COMPLETE.code,
                value.pos,
                format!("no event is called `{}`", value.node),
                help,
            );
        }
        event
    }

    fn conditions(&mut self, directive: &Positioned<Directive>) -> Vec<Condition> {
        let Some((_, value)) = argument(directive, "when") else {
            return Vec::new();
        };
        let mut conditions = Vec::new();
        let mut sound = true;
        if let Value::Object(members) = &value.node {
            for (key, member) in members {
                let value = match member {
                    Value::String(text) => text.as_str().into(),
                    Value::Enum(name) => name.as_str().into(),
                    Value::Boolean(value) => (*value).into(),
                    Value::Number(number) => serde_json::Value::Number(number.clone()),
                    _ => {
                        sound = false;
                        continue;
                    }
                };
                conditions.push(Condition {
                    key: key.to_string(),
                    value,
                });
            }
        }
        if !sound || conditions.is_empty() {
            self.problem(
                DIRECTIVES_COMPLETE.code,
                value.pos,
                format!("`when` is {}, expected values of the payload", value.node),
                "write when: {trigger: \"department_selected\"}, with texts, numbers, true or false",
            );
        }
        conditions
    }

    fn text_argument(
        &mut self,
        directive: &Positioned<Directive>,
        name: &str,
        example: &str,
    ) -> Option<Named> {
        let (pos, message) = match argument(directive, name) {
            Some((_, value)) => match &value.node {
                Value::String(text) if !text.is_empty() => {
                    return Some(Named {
                        text: text.clone(),
                        span: place::token(self.source, value.pos),
                    });
                }
                other => (
                    value.pos,
                    format!("`{name}` is {other}, expected a text that is not empty"),
                ),
            },
            None => (
                directive.pos,
                format!("`@{}` has no `{name}`", directive.node.name.node),
            ),
        };
        let help = format!("write {example}");
        self.problem(DIRECTIVES_COMPLETE.code, pos, message, help);
        None
    }

    fn known_arguments(&mut self, directive: &Positioned<Directive>, known: &[&'static str]) {
        let name = &directive.node.name.node;
        for (argument, _) in &directive.node.arguments {
            if !known.contains(&argument.node.as_str()) {
                let help = suggestion::did_you_mean(&argument.node, known.iter().copied(), || {
                    if known.is_empty() {
                        "delete it".to_owned()
                    } else {
                        format!(
                            "`@{name}` knows {}",
                            suggestion::list(known.iter().copied())
                        )
                    }
                });
                self.problem(
                    DIRECTIVES_COMPLETE.code,
                    argument.pos,
                    format!("`@{name}` has no argument `{}`", argument.node),
                    help,
                );
            }
        }
    }
}

type Argument<'d> = (&'d Positioned<async_graphql::Name>, &'d Positioned<Value>);

fn argument<'d>(directive: &'d Positioned<Directive>, name: &str) -> Option<Argument<'d>> {
    directive
        .node
        .arguments
        .iter()
        .find(|(argument, _)| argument.node == *name)
        .map(|(argument, value)| (argument, value))
}
