//! Writes findings for people and for programs.
//!
//! Nothing here reads a file or knows a terminal: each function turns
//! [`CheckedFile`]s into one string.

mod explain;
mod github;
mod json;
mod sarif;
mod text;

pub use explain::explain;
pub use github::github;
pub use json::{JSON_FORMAT_VERSION, json};
pub use sarif::sarif;
pub use text::{Color, text};

use crate::{
    diagnostic::{Diagnostic, Severity},
    model::FlowJson,
};

/// Holds one document, what it is called, and what was found in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct CheckedFile {
    /// The path, or another name for people.
    pub path: String,
    /// The document.
    pub flow: FlowJson,
    /// What was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Lines at the top that are not counted when lines are shown: those of
    /// the frame around an example.
    hidden_lines: usize,
}

impl CheckedFile {
    /// Reads and checks a document.
    pub fn check(path: impl Into<String>, text: &[u8]) -> Self {
        let flow = FlowJson::parse(text);
        let diagnostics = flow.check();
        Self {
            path: path.into(),
            flow,
            diagnostics,
            hidden_lines: 0,
        }
    }

    /// Counts the findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }
}

fn total(files: &[CheckedFile], severity: Severity) -> usize {
    files.iter().map(|file| file.count(severity)).sum()
}
