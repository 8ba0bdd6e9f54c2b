//! Holds what is wrong before it is known how it is shown.

use std::ops::Range;

use flowgate_flow_json::{Severity, json::NodeId};

/// Names a place in one of the files of a Flow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// Bytes of the document with this index.
    Document(usize, Range<usize>),
    /// Bytes of the schema.
    Schema(Range<usize>),
    /// A value of the Flow JSON.
    FlowValue(NodeId),
    /// An object of the Flow JSON, shown by its name.
    FlowObject(NodeId),
    /// The name of a member of the Flow JSON.
    FlowKey(NodeId),
    /// The beginning of the Flow JSON.
    Flow,
}

/// Holds one finding with the code of its rule.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) severity: Severity,
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) help: String,
    /// Other places and what is there.
    pub(crate) labels: Vec<(Place, String)>,
}

impl Problem {
    pub(crate) fn error(
        code: &'static str,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Error,
            place,
            message: message.into(),
            help: help.into(),
            labels: Vec::new(),
        }
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn label(mut self, place: Place, message: impl Into<String>) -> Self {
        self.labels.push((place, message.into()));
        self
    }
}
