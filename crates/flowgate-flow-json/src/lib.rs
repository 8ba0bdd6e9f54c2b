//! Reads and checks Flow JSON, the language in which the screens of a
//! [WhatsApp Flow](https://developers.facebook.com/docs/whatsapp/flows) are
//! written.
//!
//! # Concepts
//!
//! A **Flow** is a short sequence of **screens** inside a chat. A screen has a
//! **layout** of **components**: texts, inputs, a Footer with a button. A
//! component's **action** goes to the next screen, asks the business's
//! **endpoint**, or ends the Flow. A screen **declares** the **data** it
//! shows; **references** such as `${data.slots}` or `${form.email}` and
//! **expressions** in backticks put data and answers into the components. The
//! **routing model** says which screen can follow which.
//!
//! WhatsApp checks all this when a Flow is uploaded, one mistake at a time, and
//! some of it only on the phone. This crate finds the mistakes without
//! network and without keys, all at once, each with its line, the reason, and
//! what to type; under the ids that WhatsApp itself reports.
//!
//! ```
//! use flowgate_flow_json::{ErrorId, FlowJson};
//!
//! let text = br#"{
//!   "version": "7.3",
//!   "screens": [{
//!     "id": "START", "title": "Start", "terminal": true,
//!     "layout": {"type": "SingleColumnLayout", "children": [
//!       {"type": "TextInput", "name": "email", "label": "E-mail"},
//!       {"type": "Footer", "label": "Send", "on-click-action":
//!         {"name": "complete", "payload": {"mail": "${form.mail}"}}}
//!     ]}
//!   }]
//! }"#;
//!
//! let flow = FlowJson::parse(text);
//! let found = flow.check();
//!
//! assert_eq!(found.len(), 1);
//! assert_eq!(found[0].error, Some(ErrorId::InvalidOnClickActionPayload));
//! assert_eq!((found[0].line_start, found[0].column_start), (8, 51));
//! assert_eq!(found[0].help, "did you mean `email`?");
//! ```
//!
//! # What is here
//!
//! - [`FlowJson::parse`] reads any bytes into a model that knows where each
//!   part was written. It never fails and keeps what it does not know.
//! - [`FlowJson::check`] applies the [`rules`] and returns [`Diagnostic`]s.
//!   The properties, limits and versions behind them are tables in [`facts`]
//!   and [`version`].
//! - [`FlowJson::screen_contracts`] says what data each screen needs;
//!   [`ScreenContract::check`] holds an endpoint's reply against it in a few
//!   microseconds. [`FlowJson::action_payloads`] says what each action sends.
//! - [`render`] writes findings for people, programs and code scanners;
//!   [`graph`] draws the routing model.
//!
//! # What is not here
//!
//! Nothing opens a file, a socket or the environment. Whether phones accept a
//! regular expression, and whether an image is what it claims, is not checked.
//!
//! # Limits
//!
//! Documents may have [`json::MAX_DOCUMENT_BYTES`] and nest
//! [`json::MAX_DEPTH`] levels deep; beyond that they are refused without being
//! read. A rule lists its first 500 findings.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod contract;
mod data_type;
mod diagnostic;
pub mod expression;
pub mod facts;
pub mod graph;
pub mod json;
mod model;
pub mod render;
mod resolve;
mod rules;
mod source_text;
pub mod suggestion;
pub mod version;

pub use contract::{
    ActionPayload, Arrival, ContractField, Finding, FindingKind, PayloadField, ScreenContract,
    ScreenId, ScreenIdError,
};
pub use data_type::{ArrayType, DataType, ObjectType};
pub use diagnostic::{At, Diagnostic, ErrorId, ErrorType, Label, Pointer, Severity};
pub use facts::{ActionName, ComponentType, InputValue};
pub use model::{
    Action, Component, DataField, FlowJson, Property, Route, RoutingModel, Screen, Slot,
    looks_like_flow_json,
};
pub use rules::{Example, RuleFacts, rules};
pub use source_text::SourceText;
pub use version::Version;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
