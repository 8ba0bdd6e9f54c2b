//! The lender as a GraphQL schema, for all versions of the Flow.
//!
//! Customers are who the claims of the flow token say, never who variables say.
//! `schema.graphql` beside this crate is its reviewed text.

mod mutation;
mod query;
mod types;

use std::time::SystemTime;

use async_graphql::{Context, EmptySubscription, Result, SchemaBuilder};
use flowgate::graphql::{FlowContext, limits};

use crate::business::Desk;

use mutation::Mutation;
use query::Query;

/// The schema with all it needs to be asked.
pub(crate) type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Makes the schema, which tells nobody about itself.
pub(crate) fn schema() -> Schema {
    // Nothing but the documents of the Flow reaches it.
    limits::checked_documents(builder().data(Desk::default())).finish()
}

/// Writes the schema in the schema definition language.
pub(crate) fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
}

/// Returns the customer of the request: the message that was sent to him.
fn customer<'a>(context: &Context<'a>) -> Result<&'a str> {
    let flow: &FlowContext = context.data()?;
    match &flow.claims {
        Some(claims) => Ok(&claims.id),
        None => Err("a request without claims".into()),
    }
}

/// Returns the name of the request, the same however often it arrives.
fn request(context: &Context<'_>) -> Result<String> {
    let flow: &FlowContext = context.data()?;
    match &flow.idempotency_key {
        Some(key) => Ok(key.to_string()),
        None => Err("a request without a name".into()),
    }
}

fn desk<'a>(context: &Context<'a>) -> Result<&'a Desk> {
    context.data()
}

fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_the_reviewed_one() {
        assert_eq!(
            sdl(),
            include_str!("../schema.graphql"),
            "review the change, then write it with `cargo run -p loan-quote -- --print-schema`"
        );
    }
}
