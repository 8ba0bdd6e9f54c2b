//! Checks Flow JSON, GraphQL documents and schema against each other, before
//! a phone does.

mod data;
mod events;
mod outcomes;
mod payload;
mod selection;

use std::sync::Arc;

use flowgate_flow_json::{At, Diagnostic, Label, ScreenContract, SourceText, json::Node};

pub use flowgate_flow_json::render::CheckedFile;

use crate::{
    FlowDirectory, SchemaSdl,
    operation::Operation,
    problem::{Place, Problem},
    rules::documents::FLOW_JSON_READABLE,
};
use selection::Analysis;

/// Checks a Flow against the schema that answers it, and returns its files
/// with what was found in each: `flow.json` first, then the documents, then the
/// schema if something was found in it.
///
/// What the rules of Flow JSON alone say is not in it; [`check_all`] adds that.
///
/// ```
/// use flowgate_graphql::{FlowDirectory, SchemaSdl, check};
/// # let flow = r#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": []}, "screens": [
/// #   {"id": "START", "title": "Start", "terminal": true, "data": {"text": {"type": "string", "__example__": ""}},
/// #    "layout": {"type": "SingleColumnLayout", "children": []}}]}"#;
///
/// let directory = FlowDirectory::from_sources(
///     ("flow.json", flow),
///     [("open.graphql", r#"query Open @flow(on: INIT) @screen(id: "START") { txet }"#)],
/// );
/// let schema = SchemaSdl::new("schema.graphql", "type Query { text: String! }");
/// let files = check(&directory, &schema);
///
/// let found = &files[1].diagnostics[0];
/// assert_eq!((found.line_start, found.column_start), (1, 51));
/// assert_eq!(found.message, "`Query` has no field `txet`");
/// assert_eq!(found.help, "did you mean `text`?");
/// ```
pub fn check(directory: &FlowDirectory, schema: &SchemaSdl) -> Vec<CheckedFile> {
    let mut problems: Vec<Problem> = directory.problems().cloned().collect();
    problems.extend(schema.problem.clone());
    problems.extend(unreadable_flow(directory));
    // With a file that was not read, most other findings would be false.
    if problems.is_empty() || !problems.iter().any(hides_others) {
        problems.extend(Contract::new(directory, schema).problems());
    }
    Findings { directory, schema }.files(problems)
}

/// Checks as [`check`] does, and the Flow JSON by its own rules as well.
pub fn check_all(directory: &FlowDirectory, schema: &SchemaSdl) -> Vec<CheckedFile> {
    let mut files = check(directory, schema);
    if let Some(flow) = files.first_mut() {
        flow.diagnostics.extend(directory.flow.check());
        flow.diagnostics
            .sort_by_key(|found| (found.span.start, found.span.end));
    }
    files
}

/// Says whether the finding keeps a file from being understood.
fn hides_others(problem: &Problem) -> bool {
    problem.code == crate::rules::documents::GRAPHQL_SYNTAX.code
        || problem.code == FLOW_JSON_READABLE.code
}

fn unreadable_flow(directory: &FlowDirectory) -> Option<Problem> {
    let flow = &directory.flow;
    let is_readable = flow.is_complete() && flow.screens().next().is_some();
    (!is_readable).then(|| {
        Problem::error(
            FLOW_JSON_READABLE.code,
            Place::Flow,
            "the Flow JSON cannot be read or has no screens",
            "see what `flowgate check` says about the file",
        )
    })
}

/// Everything that the rules look at, made once.
struct Contract<'c> {
    directory: &'c FlowDirectory,
    schema: &'c SchemaSdl,
    screens: Vec<ScreenContract>,
    operations: Vec<(&'c Operation, Analysis)>,
}

impl<'c> Contract<'c> {
    fn new(directory: &'c FlowDirectory, schema: &'c SchemaSdl) -> Self {
        let documents = directory.documents.iter();
        Self {
            directory,
            schema,
            screens: directory.flow.screen_contracts(),
            operations: documents
                .flat_map(|document| {
                    let operations = document.operations.iter();
                    operations.map(|operation| {
                        let analysis = selection::analyse(schema, &document.source, operation);
                        (operation.as_ref(), analysis)
                    })
                })
                .collect(),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (_, analysis) in &self.operations {
            problems.extend(analysis.problems.iter().cloned());
        }
        events::check(self, &mut problems);
        outcomes::check(self, &mut problems);
        data::check(self, &mut problems);
        payload::check(self, &mut problems);
        problems
    }

    fn source(&self, operation: &Operation) -> &'c SourceText {
        &self.directory.documents[operation.document].source
    }

    fn screen(&self, id: &str) -> Option<&ScreenContract> {
        self.screens
            .iter()
            .find(|contract| contract.screen().as_str() == id)
    }

    fn screen_ids(&self) -> impl Iterator<Item = &str> {
        self.screens
            .iter()
            .map(|contract| contract.screen().as_str())
    }
}

/// Names bytes of the document that an operation stands in.
fn in_document(operation: &Operation, span: &std::ops::Range<usize>) -> Place {
    Place::Document(operation.document, span.clone())
}

/// Sorts findings to their files.
struct Findings<'f> {
    directory: &'f FlowDirectory,
    schema: &'f SchemaSdl,
}

impl Findings<'_> {
    fn files(&self, problems: Vec<Problem>) -> Vec<CheckedFile> {
        let mut flow = Vec::new();
        let mut documents: Vec<Vec<Diagnostic>> = vec![Vec::new(); self.directory.documents.len()];
        let mut schema = Vec::new();
        let mut seen: Vec<&Problem> = Vec::new();
        for problem in &problems {
            // What several events or fragments bring to light is one finding.
            let repeated = seen.iter().any(|known| {
                known.code == problem.code
                    && known.place == problem.place
                    && known.message == problem.message
            });
            if repeated {
                continue;
            }
            seen.push(problem);
            let list = match &problem.place {
                Place::Document(index, _) => &mut documents[*index],
                Place::Schema(_) => &mut schema,
                _ => &mut flow,
            };
            list.push(self.diagnostic(problem));
        }
        let sorted = |mut found: Vec<Diagnostic>| {
            found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
            found
        };
        let directory = self.directory;
        let mut files = vec![CheckedFile::flow_json(
            &directory.flow_name,
            Arc::clone(&directory.flow),
            sorted(flow),
        )];
        for (document, found) in directory.documents.iter().zip(documents) {
            let source = Arc::clone(&document.source);
            files.push(CheckedFile::text(&document.name, source, sorted(found)));
        }
        if !schema.is_empty() {
            let source = Arc::clone(&self.schema.source);
            files.push(CheckedFile::text(&self.schema.name, source, sorted(schema)));
        }
        files
    }

    fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        let Problem {
            code,
            severity,
            message,
            help,
            ..
        } = problem;
        let mut diagnostic = match &problem.place {
            Place::Document(_, span) | Place::Schema(span) => {
                let (_, source) = self.file(&problem.place);
                Diagnostic::in_text(source, code, *severity, span.clone(), message, help)
            }
            place => Diagnostic::in_flow_json(
                self.directory.flow.document(),
                code,
                *severity,
                self.at(place),
                message,
                help,
            ),
        };
        diagnostic.labels = problem
            .labels
            .iter()
            .map(|(place, message)| {
                let (file, source) = self.file(place);
                Label::new(file, source, self.span(place), message)
            })
            .collect();
        diagnostic
    }

    fn file(&self, place: &Place) -> (&str, &SourceText) {
        match place {
            Place::Document(index, _) => {
                let document = &self.directory.documents[*index];
                (&document.name, &document.source)
            }
            Place::Schema(_) => (&self.schema.name, &self.schema.source),
            _ => (
                &self.directory.flow_name,
                self.directory.flow.document().source(),
            ),
        }
    }

    fn span(&self, place: &Place) -> std::ops::Range<usize> {
        match place {
            Place::Document(_, span) | Place::Schema(span) => span.clone(),
            place => self.at(place).span(),
        }
    }

    fn at(&self, place: &Place) -> At<'_> {
        let node = |id| -> Node<'_> { self.directory.flow.document().node(id) };
        match place {
            Place::FlowValue(id) => At::Value(node(*id)),
            Place::FlowObject(id) => At::Object(node(*id)),
            Place::FlowKey(id) => At::Key(node(*id)),
            Place::Flow | Place::Document(..) | Place::Schema(_) => At::Bytes(0..1),
        }
    }
}
