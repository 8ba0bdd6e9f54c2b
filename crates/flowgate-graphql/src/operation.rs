//! One trusted operation, ready to run.

use std::{fmt, ops::Range};

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};

use crate::{
    binding::{Binding, Outcomes},
    defaults::{DefaultValues, Defaults},
};

/// Holds one operation of a document, without the directives that bind it.
pub struct Operation {
    pub(crate) name: String,
    /// The document that it stands in.
    pub(crate) document: usize,
    /// Its name in the text.
    pub(crate) span: Range<usize>,
    pub(crate) executable: ExecutableDocument,
    pub(crate) text: String,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) outcomes: Outcomes,
    pub(crate) defaults: Defaults,
    pub(crate) default_values: DefaultValues,
}

impl Operation {
    /// Returns the name, which is unique in its Flow.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says whether the operation changes something.
    pub fn is_mutation(&self) -> bool {
        self.definition().ty == OperationType::Mutation
    }

    /// Returns the operation and its fragments as a document that every
    /// GraphQL server understands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the same document, parsed.
    pub fn executable(&self) -> &ExecutableDocument {
        &self.executable
    }

    pub(crate) fn definition(&self) -> &OperationDefinition {
        let mut operations = self.executable.operations.iter();
        let (_, operation) = operations
            .next()
            .expect("each document holds one operation");
        &operation.node
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("name", &self.name)
            .field("bindings", &self.bindings.len())
            .finish_non_exhaustive()
    }
}
