//! What the directives of an operation say: which events run it and what its
//! result becomes.

use std::{fmt, ops::Range};

use flowgate_protocol::Action;
use serde_json::{Map, Value};

/// Names what happens on a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FlowEvent {
    /// The user opens the Flow.
    Init,
    /// The user submits a screen, or changes a component on it.
    DataExchange,
    /// The user goes back from a screen with `refresh_on_back`.
    Back,
}

impl FlowEvent {
    pub(crate) const ALL: [Self; 3] = [Self::Init, Self::DataExchange, Self::Back];

    /// Returns the name as `@flow(on:)` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "INIT",
            Self::DataExchange => "DATA_EXCHANGE",
            Self::Back => "BACK",
        }
    }

    pub(crate) fn of(action: Action) -> Option<Self> {
        match action {
            Action::Init => Some(Self::Init),
            Action::DataExchange => Some(Self::DataExchange),
            Action::Back => Some(Self::Back),
            Action::Ping => None,
        }
    }
}

impl fmt::Display for FlowEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One `@flow` directive.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) event: FlowEvent,
    /// The screen that the request names; none with INIT.
    pub(crate) from: Option<Named>,
    pub(crate) when: Vec<Condition>,
    /// The directive.
    pub(crate) span: Range<usize>,
}

impl Binding {
    pub(crate) fn from(&self) -> Option<&str> {
        self.from.as_ref().map(|from| from.text.as_str())
    }

    pub(crate) fn matches(&self, data: &Map<String, Value>) -> bool {
        self.when.iter().all(|condition| {
            data.get(&condition.key)
                .is_some_and(|value| *value == condition.value)
        })
    }

    /// Writes the event for messages: `DATA_EXCHANGE from `A``.
    pub(crate) fn shown(&self) -> String {
        match self.from() {
            Some(from) => format!("{} from `{from}`", self.event),
            None => self.event.to_string(),
        }
    }
}

/// A text of a document and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

/// One member of `when`: the payload has this value under this key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// What a result becomes.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) kind: OutcomeKind,
    /// The directive.
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OutcomeKind {
    /// The data of this screen.
    Screen(Named),
    /// Data for the screen that the user is on.
    Stay,
    /// The parameters of the completion message.
    Complete,
    /// The reason why the Flow is closed.
    Expired,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Where the outcomes of an operation stand.
#[derive(Clone, Debug)]
pub(crate) enum Outcomes {
    /// On the operation: the whole result is the data.
    Operation(Outcome),
    /// On a root field: its object is the data.
    Field { key: String, outcome: Outcome },
    /// On fragments under a root field: the type of its object decides.
    Fragments { key: String, arms: Vec<Arm> },
    /// Nowhere, or in places that contradict each other; reported.
    Unclear,
}

/// A fragment with its outcome.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    /// The type condition; a union or interface covers several types.
    pub(crate) condition: String,
    pub(crate) outcome: Outcome,
}
