//! Answers the events of a Flow with GraphQL operations.

use std::{collections::HashMap, fmt, sync::Arc};

use async_graphql::Data;
use flowgate_flow_json::{Severity, render};
use flowgate_protocol::{Answer, Count, Endpoint, EndpointError, FlowRequest, ScreenId};
use serde_json::{Map, Value};
use tracing::Instrument;

use crate::{
    Counters, Counts, FlowContext, FlowDirectory, FlowEvent, GuardMode, OperationCall,
    RunOperation, SchemaSdl,
    binding::Binding,
    check::{self, CheckedFile},
    guard::ReplyGuard,
    operation::Operation,
    result::{self, ResultPlan},
    variables,
};

/// Answers each event of a Flow with the operation that is bound to it.
///
/// See the [crate's documentation](crate) for an example.
pub struct GraphqlEndpoint<E> {
    executor: E,
    schema: SchemaSdl,
    events: Events,
    guard: ReplyGuard,
    mode: GuardMode,
    request_data: Option<RequestData>,
    counters: Arc<Counters>,
    screens: Vec<ScreenId>,
}

type RequestData = Box<dyn Fn(&FlowRequest, &mut Data) + Send + Sync>;

/// Collects what a [`GraphqlEndpoint`] needs.
#[must_use = "an endpoint is made by `build`"]
pub struct GraphqlEndpointBuilder<E> {
    directory: FlowDirectory,
    schema: SchemaSdl,
    executor: E,
    mode: GuardMode,
    denies_warnings: bool,
    request_data: Option<RequestData>,
}

/// Holds everything that keeps a Flow and a schema from working together.
///
/// Its text, also as `Debug`, is the rendered report: each finding with file,
/// line, column and what to change.
pub struct ContractError {
    files: Vec<CheckedFile>,
}

impl ContractError {
    /// Returns all files with what was found in each, warnings included.
    pub fn files(&self) -> &[CheckedFile] {
        &self.files
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the Flow and the schema do not fit together\n\n")?;
        f.write_str(render::text(&self.files, render::Color::Never).trim_end())
    }
}

impl fmt::Debug for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ContractError {}

impl<E: RunOperation> GraphqlEndpoint<E> {
    /// Starts an endpoint for the Flow in `directory`, whose operations run on
    /// `executor`; `schema` is what that executor says of itself, such as
    /// `schema.sdl()`.
    pub fn builder(
        directory: FlowDirectory,
        schema: impl Into<SchemaSdl>,
        executor: E,
    ) -> GraphqlEndpointBuilder<E> {
        GraphqlEndpointBuilder {
            directory,
            schema: schema.into(),
            executor,
            mode: GuardMode::default(),
            denies_warnings: false,
            request_data: None,
        }
    }

    /// Returns the counters, which go on counting when the endpoint has been
    /// given to a server.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Returns what runs the operations.
    pub fn executor(&self) -> &E {
        &self.executor
    }
}

impl<E: RunOperation> GraphqlEndpointBuilder<E> {
    /// Sets what becomes of a reply that the phone would refuse. Defaults to
    /// [`GuardMode::SafeMessage`].
    pub fn guard(mut self, mode: GuardMode) -> Self {
        self.mode = mode;
        self
    }

    /// Lets warnings keep the endpoint from being built, as errors do: what phones
    /// overlook is a mistake all the same. Defaults to writing them to the log, so
    /// that a Flow that is published and works can be served.
    pub fn deny_warnings(mut self) -> Self {
        self.denies_warnings = true;
        self
    }

    /// Adds data to the context of every request, beside the [`FlowContext`]:
    /// DataLoaders, which live as long as one request, or the tenant, which
    /// follows from the flow token. Defaults to nothing.
    pub fn request_data(
        mut self,
        add: impl Fn(&FlowRequest, &mut Data) + Send + Sync + 'static,
    ) -> Self {
        self.request_data = Some(Box::new(add));
        self
    }

    /// Checks Flow, documents and schema against each other.
    ///
    /// # Errors
    ///
    /// [`ContractError`] with all findings, if one of them is an error, or a
    /// warning and these are denied. Otherwise they go to the log.
    pub fn build(self) -> Result<GraphqlEndpoint<E>, ContractError> {
        let files = check::check(&self.directory, &self.schema);
        let denied = |file: &CheckedFile| {
            file.count(Severity::Error) > 0
                || self.denies_warnings && file.count(Severity::Warning) > 0
        };
        if files.iter().any(denied) {
            return Err(ContractError { files });
        }
        for file in &files {
            for found in &file.diagnostics {
                tracing::warn!(
                    file = file.path,
                    line = found.line_start,
                    code = found.code,
                    "{}",
                    found.message
                );
            }
        }
        let guard = ReplyGuard::new(Arc::clone(&self.directory.flow));
        let screens = self.directory.flow.screens();
        let screens = screens.filter_map(|screen| screen.id().map(ScreenId::from));
        Ok(GraphqlEndpoint {
            screens: screens.collect(),
            events: Events::of(&self.directory, &self.schema),
            guard,
            executor: self.executor,
            schema: self.schema,
            mode: self.mode,
            request_data: self.request_data,
            counters: Arc::default(),
        })
    }
}

impl<E: RunOperation> GraphqlEndpoint<E> {
    async fn answer_event(&self, event: FlowEvent, request: FlowRequest) -> Answer {
        let Some(bound) = self
            .events
            .find(event, request.screen.as_ref(), &request.data)
        else {
            return Err(EndpointError::NoHandler {
                action: request.action,
                screen: request.screen,
            });
        };
        let context = FlowContext::of(event, &request);
        let mut data = Data::default();
        if let Some(add) = &self.request_data {
            add(&request, &mut data);
        }
        // INIT may name a screen; the Flow is opened all the same.
        let screen = request.screen.filter(|_| event != FlowEvent::Init);
        let operation = bound.operation.as_ref();
        let coerced =
            variables::coerce(&self.schema, operation.definition(), request.data, &|key| {
                bound
                    .binding
                    .when
                    .iter()
                    .any(|condition| condition.key == key)
            })
            .map_err(|misfit| {
                self.counters.misfit();
                tracing::warn!(operation = operation.name, "{misfit}");
                EndpointError::InvalidData
            })?;
        if coerced.ignored > 0 {
            self.counters.ignored(coerced.ignored);
            tracing::debug!(
                operation = operation.name,
                values = coerced.ignored,
                "the phone sent values that no variable takes"
            );
        }
        let response = self
            .executor
            .run(OperationCall {
                operation,
                variables: coerced.variables,
                context,
                data,
            })
            .instrument(tracing::info_span!("graphql", operation = operation.name))
            .await;
        if !response.errors.is_empty() {
            self.counters.schema_error();
        }
        let reply = result::reply(operation, &bound.plan, response, screen.is_some())?;
        match self.guard.check(event, screen.as_ref(), &reply) {
            Ok(()) => Ok(reply),
            Err(violation) => {
                self.counters.violation();
                match self.mode {
                    GuardMode::SafeMessage => Err(EndpointError::unavailable(violation)),
                    GuardMode::Strict => Err(EndpointError::internal(violation)),
                    GuardMode::LogOnly => {
                        tracing::error!(operation = operation.name, "{violation}");
                        Ok(reply)
                    }
                }
            }
        }
    }
}

impl<E: RunOperation> Endpoint for GraphqlEndpoint<E> {
    async fn answer(&self, request: FlowRequest) -> Answer {
        match FlowEvent::of(request.action) {
            Some(event) => self.answer_event(event, request).await,
            None => Err(EndpointError::NoHandler {
                action: request.action,
                screen: request.screen,
            }),
        }
    }

    fn screens(&self) -> &[ScreenId] {
        &self.screens
    }

    fn counts(&self) -> Vec<Count> {
        let Counts {
            ignored_values,
            misfits,
            schema_errors,
            violations,
        } = self.counters.counts();
        [
            (
                "graphql_ignored_values",
                "Values that phones sent and no operation declares",
                ignored_values,
            ),
            (
                "graphql_misfits",
                "Requests with a value that does not fit its variable",
                misfits,
            ),
            (
                "graphql_schema_errors",
                "Operations that ended with an error of the schema",
                schema_errors,
            ),
            (
                "graphql_reply_violations",
                "Replies that the phone would have refused",
                violations,
            ),
        ]
        .map(|(name, help, number)| Count { name, help, number })
        .into()
    }
}

impl<E> fmt::Debug for GraphqlEndpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphqlEndpoint")
            .field("screens", &self.screens)
            .field("guard", &self.mode)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for GraphqlEndpointBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphqlEndpointBuilder")
            .field("directory", &self.directory)
            .field("guard", &self.mode)
            .finish_non_exhaustive()
    }
}

/// Finds the operation of an event.
struct Events {
    init: Vec<Bound>,
    data_exchange: HashMap<String, Vec<Bound>>,
    back: HashMap<String, Vec<Bound>>,
}

/// One event with the operation that answers it.
struct Bound {
    binding: Binding,
    operation: Arc<Operation>,
    plan: ResultPlan,
}

impl Events {
    fn of(directory: &FlowDirectory, schema: &SchemaSdl) -> Self {
        let mut events = Self {
            init: Vec::new(),
            data_exchange: HashMap::new(),
            back: HashMap::new(),
        };
        let documents = directory.documents.iter();
        for operation in documents.flat_map(|document| &document.operations) {
            for binding in &operation.bindings {
                let Some(plan) = ResultPlan::of(operation, schema) else {
                    continue;
                };
                let from = binding.from().unwrap_or_default().to_owned();
                let list = match binding.event {
                    FlowEvent::Init => &mut events.init,
                    FlowEvent::DataExchange => events.data_exchange.entry(from).or_default(),
                    FlowEvent::Back => events.back.entry(from).or_default(),
                };
                list.push(Bound {
                    binding: binding.clone(),
                    operation: Arc::clone(operation),
                    plan,
                });
            }
        }
        let lists = std::iter::once(&mut events.init)
            .chain(events.data_exchange.values_mut())
            .chain(events.back.values_mut());
        for list in lists {
            // One without conditions takes what the others leave.
            list.sort_by_key(|bound| bound.binding.when.is_empty());
        }
        events
    }

    fn find(
        &self,
        event: FlowEvent,
        screen: Option<&ScreenId>,
        data: &Map<String, Value>,
    ) -> Option<&Bound> {
        let list = match event {
            FlowEvent::Init => &self.init,
            FlowEvent::DataExchange => self.data_exchange.get(screen?.as_str())?,
            FlowEvent::Back => self.back.get(screen?.as_str())?,
        };
        list.iter().find(|bound| bound.binding.matches(data))
    }
}
