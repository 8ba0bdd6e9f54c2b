//! The business behind the Flow: what can be booked and who has booked it, as a
//! GraphQL schema over SQLite or PostgreSQL.
//!
//! [`flow`] binds it to the screens of the Flow; the program beside this library
//! serves it.
#![forbid(unsafe_code)]

mod calendar;
mod customer;
mod database;
pub mod flow;
pub mod graphiql;
mod schema;
mod store;
mod token_of_ours;

pub use calendar::Calendar;
pub use customer::{Customer, Session};
pub use database::{Database, OpenError};
pub use schema::{Audience, Mutation, Query, Schema, add_session, schema, sdl};
pub use store::Store;
pub use token_of_ours::TokenOfOurs;
