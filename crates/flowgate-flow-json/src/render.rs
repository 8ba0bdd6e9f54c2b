//! Writes findings for people and for programs.
//!
//! Nothing here reads a file or knows a terminal: each function turns
//! [`CheckedFile`]s into one string.

mod explain;
mod github;
mod json;
mod sarif;
mod text;

pub use explain::{explain, explanation};
pub use github::github;
pub use json::{JSON_FORMAT_VERSION, json};
pub use sarif::{RuleSummary, sarif};
pub use text::{Color, finding, text};

use std::sync::Arc;

use crate::{
    diagnostic::{Diagnostic, Severity},
    model::FlowJson,
    source_text::SourceText,
};

/// Holds one document, what it is called, and what was found in it.
#[derive(Debug)]
#[non_exhaustive]
pub struct CheckedFile {
    /// The path, or another name for people.
    pub path: String,
    content: Content,
    /// What was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Lines at the top that are not counted when lines are shown: those of
    /// the frame around an example.
    hidden_lines: usize,
}

#[derive(Debug)]
enum Content {
    FlowJson(Arc<FlowJson>),
    Text(Arc<SourceText>),
}

impl CheckedFile {
    /// Takes a Flow JSON and what was found in it.
    pub fn flow_json(
        path: impl Into<String>,
        flow: Arc<FlowJson>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        Self::new(path.into(), Content::FlowJson(flow), diagnostics)
    }

    /// Takes a document of another language and what was found in it.
    pub fn text(
        path: impl Into<String>,
        source: Arc<SourceText>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        Self::new(path.into(), Content::Text(source), diagnostics)
    }

    fn new(path: String, content: Content, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            path,
            content,
            diagnostics,
            hidden_lines: 0,
        }
    }

    /// Returns the document, if it is a Flow JSON.
    pub fn flow(&self) -> Option<&FlowJson> {
        match &self.content {
            Content::FlowJson(flow) => Some(flow),
            Content::Text(_) => None,
        }
    }

    /// Returns the text of the document.
    pub fn source(&self) -> &SourceText {
        match &self.content {
            Content::FlowJson(flow) => flow.document().source(),
            Content::Text(source) => source,
        }
    }

    /// Reads and checks a document.
    pub fn check(path: impl Into<String>, text: &[u8]) -> Self {
        let flow = FlowJson::parse(text);
        let diagnostics = flow.check();
        Self::flow_json(path, Arc::new(flow), diagnostics)
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
