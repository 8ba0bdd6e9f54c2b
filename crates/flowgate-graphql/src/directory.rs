//! The files of one version of a Flow: its Flow JSON and the GraphQL documents
//! beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use flowgate_flow_json::FlowJson;

use crate::{document::Document, operation::Operation, problem::Problem};

/// The name of the Flow JSON in a directory.
pub const FLOW_JSON_FILE: &str = "flow.json";

/// The name of a file that may hold the schema; it is no document.
pub const SCHEMA_FILE: &str = "schema.graphql";

/// Holds one version of a Flow: `flow.json`, and any number of `.graphql`
/// documents with the operations that answer its events.
///
/// Loading never fails because of what the files say:
/// [`check`](crate::check) reports it, with file, line and column.
///
/// Several versions of a Flow live side by side, a directory each.
#[derive(Debug)]
pub struct FlowDirectory {
    pub(crate) flow_name: String,
    pub(crate) flow: Arc<FlowJson>,
    pub(crate) documents: Vec<Document>,
}

/// Says why the files of a Flow could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {error}", path.display())]
#[non_exhaustive]
pub struct FlowDirectoryError {
    /// The file or folder.
    pub path: PathBuf,
    /// The cause.
    #[source]
    pub error: io::Error,
}

impl FlowDirectory {
    /// Reads `flow.json` and all `.graphql` files of a folder, except
    /// `schema.graphql`. Folders inside it are not looked at.
    ///
    /// # Errors
    ///
    /// [`FlowDirectoryError`] if a file cannot be read or is no UTF-8.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, FlowDirectoryError> {
        let folder = folder.as_ref();
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| FlowDirectoryError { path, error }
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let is_document = path.extension().is_some_and(|end| end == "graphql")
                && path.file_name().is_some_and(|name| name != SCHEMA_FILE);
            if is_document {
                paths.push(path);
            }
        }
        paths.sort();
        let flow_path = folder.join(FLOW_JSON_FILE);
        let flow = fs::read(&flow_path).map_err(failed(&flow_path))?;
        let mut documents = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            documents.push((shown(&path), text));
        }
        Ok(Self::new(
            shown(&flow_path),
            &flow,
            documents
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str())),
        ))
    }

    /// Takes the files as name and text, so that a program can embed them:
    ///
    /// ```
    /// use flowgate_graphql::FlowDirectory;
    ///
    /// # macro_rules! include_str { ($name:literal) => { "" } }
    /// let directory = FlowDirectory::from_sources(
    ///     ("flow.json", include_str!("../flows/book/flow.json")),
    ///     [("exchange.graphql", include_str!("../flows/book/exchange.graphql"))],
    /// );
    /// ```
    pub fn from_sources<'s>(
        flow_json: (&str, &str),
        documents: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Self {
        Self::new(flow_json.0.to_owned(), flow_json.1.as_bytes(), documents)
    }

    fn new<'s>(
        flow_name: String,
        flow: &[u8],
        documents: impl IntoIterator<Item = (&'s str, &'s str)>,
    ) -> Self {
        Self {
            flow_name,
            flow: Arc::new(FlowJson::parse(flow)),
            documents: documents
                .into_iter()
                .enumerate()
                .map(|(index, (name, text))| Document::read(index, name, text))
                .collect(),
        }
    }

    /// Returns the Flow JSON.
    pub fn flow(&self) -> &FlowJson {
        &self.flow
    }

    /// Iterates over the files as name and text, `flow.json` first.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let flow = (self.flow_name.as_str(), self.flow.document().text());
        let documents = self.documents.iter();
        std::iter::once(flow)
            .chain(documents.map(|document| (document.name.as_str(), document.source.text())))
    }

    /// Iterates over the operations of all documents, in the order of the
    /// files and of their text.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.documents
            .iter()
            .flat_map(|document| document.operations.iter().map(Arc::as_ref))
    }

    /// What is wrong with the documents by themselves.
    pub(crate) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.documents
            .iter()
            .flat_map(|document| &document.problems)
    }
}

/// Writes a path as people do, without the current folder.
fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.display().to_string()
}
