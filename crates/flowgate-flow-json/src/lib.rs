//! Reads and checks Flow JSON: model, rules, diagnostics and data contracts.

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
mod suggestion;
pub mod version;

pub use contract::{
    ActionPayload, Arrival, ContractField, Finding, FindingKind, PayloadField, ScreenContract,
    ScreenId, ScreenIdError,
};
pub use data_type::{ArrayType, DataType, ObjectType};
pub use diagnostic::{Diagnostic, ErrorId, ErrorType, Pointer, Severity};
pub use facts::{ActionName, ComponentType, InputValue};
pub use model::{
    Action, Component, DataField, FlowJson, Property, Route, RoutingModel, Screen, Slot,
    looks_like_flow_json,
};
pub use rules::{Example, RuleFacts, rules};
pub use version::Version;
