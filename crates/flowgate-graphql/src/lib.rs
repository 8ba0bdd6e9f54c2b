//! Answers WhatsApp Flows with GraphQL operations, and checks both against each
//! other before a phone does.
//!
//! # Concepts
//!
//! The **schema** describes the business, such as slots and bookings, and
//! knows nothing of screens. Beside the Flow JSON lie **documents** with named
//! **operations**: each says which **event** of the Flow runs it and what its
//! result becomes, its **outcome**. Query text never comes from outside.
//!
//! ```graphql
//! query Choices($department: ID)
//!   @flow(on: INIT)
//!   @flow(on: DATA_EXCHANGE, from: "APPOINTMENT", when: {trigger: "department_selected"})
//!   @flow(on: BACK, from: "DETAILS")
//!   @screen(id: "APPOINTMENT") {
//!   department: departments { id title: name }
//!   time: slots(department: $department) { id title: time enabled: isFree }
//! }
//!
//! mutation Confirm($slot: ID!, $email: String!)
//!   @flow(on: DATA_EXCHANGE, from: "SUMMARY") {
//!   book(slot: $slot, email: $email) {
//!     ... on Booking      @complete { booking_id: id }
//!     ... on InvalidInput @stay     { error_message: message }
//!     ... on SessionEnded @expired  { error_msg: message }
//!   }
//! }
//! ```
//!
//! | directive | |
//! |---|---|
//! | `@flow(on: INIT)` | runs when the Flow is opened |
//! | `@flow(on: DATA_EXCHANGE, from: "SCREEN")` | … when the screen is submitted or a component on it changes |
//! | `@flow(on: BACK, from: "SCREEN")` | … when the user goes back from a screen with `refresh_on_back` |
//! | `when: {trigger: "x"}` | … and the payload has these values; one binding without `when` takes what others leave |
//! | `@screen(id: "SCREEN")` | the result is the data of that screen |
//! | `@stay` | … of the screen where the user is; `error_message` is shown there |
//! | `@complete` | … comes back in the completion message, with the flow token |
//! | `@expired` | closes the Flow (HTTP 427) with the text `error_msg` |
//! | `@default(value: "-")` | behind a field: what stands for null, which WhatsApp does not know |
//!
//! An outcome stands behind the operation (the whole result), behind one of
//! its fields (that object), or behind fragments directly under one field (the
//! type decides). `@flow` can be repeated.
//!
//! # Example
//!
//! ```
//! use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
//! use flowgate_graphql::{FlowDirectory, GraphqlEndpoint};
//!
//! struct Query;
//!
//! #[Object]
//! impl Query {
//!     async fn greeting(&self) -> &str {
//!         "Welcome"
//!     }
//! }
//!
//! # let flow = r#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": []}, "screens": [
//! #   {"id": "START", "title": "Start", "terminal": true, "data": {"text": {"type": "string", "__example__": ""}},
//! #    "layout": {"type": "SingleColumnLayout", "children": []}}]}"#;
//! let directory = FlowDirectory::from_sources(
//!     ("flow.json", flow),
//!     [("open.graphql", r#"query Open @flow(on: INIT) @screen(id: "START") { text: greeting }"#)],
//! );
//! let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
//! let endpoint = GraphqlEndpoint::builder(directory, schema.sdl(), schema).build()?;
//! # Ok::<(), flowgate_graphql::ContractError>(())
//! ```
//!
//! The endpoint is an [`Endpoint`](flowgate_protocol::Endpoint): give it to a
//! server, or to `TestPhone` in tests.
//!
//! # What is checked
//!
//! [`check`], which `build` calls, holds documents against the schema, results
//! against the data that screens declare, outcomes against the routing model,
//! events against what binds them, and payloads against variables; [`rules`]
//! lists all of it. What only the values show, the **guard** sees: every reply
//! is checked before it is sealed ([`GuardMode`]).
//!
//! # At run time
//!
//! - Variables are those that the operation declares, from the payload. Texts
//!   become numbers, truth values, enums and lists as declared; empty texts
//!   are missing values, except for `String`. What does not fit is answered on
//!   the screen, never with HTTP 500.
//! - Who is asking is in the request's data: [`FlowContext`], and what
//!   [`GraphqlEndpointBuilder::request_data`] adds.
//! - Nulls are left out, or what `@default` says. Any error of the schema replaces the whole result:
//!
//! | `extensions.code` | answered with |
//! |---|---|
//! | [`FLOW_MESSAGE`] | the error's message, on the screen |
//! | [`FLOW_EXPIRED`] | the error's message; the Flow is closed |
//! | [`BAD_USER_INPUT`], or async-graphql refuses a value | `Messages::invalid_data`, on the screen |
//! | anything else | `Messages::unavailable`, on the screen; operation, path and code in the log |
//!
//! Where there is no screen, at INIT, the last three fail with HTTP 400, 427
//! and 500.
//!
//! # In production
//!
//! Phones cannot send queries, so that limits protect against mistakes, and
//! against whoever else reaches the schema. [`limits::production`] sets them, and
//! [`limits::checked_documents`] where nobody else reaches it.
//!
//! # Features
//!
//! - `remote`: operations run on a GraphQL server elsewhere,
//!   [`remote::RemoteSchema`].
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod binding;
mod check;
mod context;
mod counts;
mod defaults;
mod directory;
mod document;
mod endpoint;
mod execute;
mod guard;
pub mod limits;
mod operation;
mod place;
mod print;
mod problem;
#[cfg(feature = "remote")]
pub mod remote;
mod result;
mod rules;
mod schema;
mod variables;

pub use binding::FlowEvent;
pub use check::{CheckedFile, check, check_all};
pub use context::FlowContext;
pub use counts::{Counters, Counts};
pub use directory::{FLOW_JSON_FILE, FlowDirectory, FlowDirectoryError, SCHEMA_FILE};
pub use endpoint::{ContractError, GraphqlEndpoint, GraphqlEndpointBuilder};
pub use execute::{OperationCall, RunOperation};
pub use guard::{GuardMode, Violation};
pub use operation::Operation;
#[cfg(feature = "remote")]
pub use remote::{RemoteSchema, RemoteSchemaBuilder, RemoteSchemaError};
pub use result::{BAD_USER_INPUT, FLOW_EXPIRED, FLOW_MESSAGE};
pub use rules::{Example, RuleFacts, explain, rules};
pub use schema::SchemaSdl;

/// The library of schemas whose types stand in this interface.
pub use async_graphql;
