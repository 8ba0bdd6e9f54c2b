//! The program as it is run: a process of its own, real HTTP, a database.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot start the server fails"
)]

mod contract;
mod databases;
mod flow;
mod graphiql;
mod hostile;
mod program;
