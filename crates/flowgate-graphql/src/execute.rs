//! The seam between the events of a Flow and what runs GraphQL operations.

use async_graphql::{Data, Executor, Request, Response, Variables};

use crate::{FlowContext, Operation};

/// Holds one operation with everything it runs with.
#[derive(Debug)]
#[non_exhaustive]
pub struct OperationCall<'a> {
    /// The operation: a trusted document of the business.
    pub operation: &'a Operation,
    /// The values of the variables that it declares, of the types it declares.
    pub variables: Variables,
    /// On whose behalf it runs.
    pub context: FlowContext,
    /// What the application added for this request.
    pub data: Data,
}

/// Runs operations: a schema of this process, or a server elsewhere.
///
/// Every [`Executor`] of async-graphql does: schemas of the derive macros,
/// dynamic schemas, and wrappers around them.
pub trait RunOperation: Send + Sync + 'static {
    /// Runs one operation. Dropped when the deadline passes.
    fn run(&self, call: OperationCall<'_>) -> impl Future<Output = Response> + Send;
}

impl<E: Executor> RunOperation for E {
    async fn run(&self, call: OperationCall<'_>) -> Response {
        // The document has been parsed when the Flow was loaded.
        let mut request = Request::new("")
            .operation_name(call.operation.name())
            .variables(call.variables)
            .disable_introspection();
        request.set_parsed_query(call.operation.executable().clone());
        request.data = call.data;
        request.data.insert(call.context);
        self.execute(request).await
    }
}
