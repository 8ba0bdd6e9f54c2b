//! The business behind the Flow: what can be booked and who has booked it, as a
//! GraphQL schema over SQLite or PostgreSQL.
//!
//! The program beside this library binds it to the screens of the Flow.
#![forbid(unsafe_code)]

mod calendar;
mod customer;
mod database;
pub mod graphiql;
mod schema;
mod store;

pub use calendar::Calendar;
pub use customer::{Customer, Session};
pub use database::{Database, OpenError};
pub use schema::{Audience, Mutation, Query, Schema, schema, sdl, with_session};
pub use store::Store;
