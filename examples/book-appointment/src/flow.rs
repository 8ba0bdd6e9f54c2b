//! Binds the schema of the business to the events of the Flow.

use flowgate::graphql::{ContractError, FlowDirectory, GraphqlEndpoint};
use flowgate::prelude::*;

use crate::customer::{Customer, Session};
use crate::schema::{Schema, add_session};
use crate::store::Store;

/// Returns the Flow in `flows/appointment`, as this program was built with it.
pub fn built_in() -> FlowDirectory {
    FlowDirectory::from_sources(
        (
            "flows/appointment/flow.json",
            include_str!("../flows/appointment/flow.json"),
        ),
        [(
            "flows/appointment/exchange.graphql",
            include_str!("../flows/appointment/exchange.graphql"),
        )],
    )
}

/// Makes the endpoint.
///
/// # Errors
///
/// [`ContractError`] with everything that keeps Flow and schema from working
/// together.
pub fn endpoint(
    directory: FlowDirectory,
    schema: &Schema,
    store: &Store,
) -> Result<GraphqlEndpoint<Schema>, ContractError> {
    let store = store.clone();
    GraphqlEndpoint::builder(directory, schema.sdl(), schema.clone())
        .request_data(move |request, data| {
            // The token check lets no request without a token of its own pass;
            // resolvers refuse those that have no session.
            if let Some(session) = session(request) {
                add_session(data, &store, session);
            }
        })
        .deny_warnings()
        .build()
}

fn session(request: &FlowRequest) -> Option<Session> {
    let token = request.flow_token.as_ref()?;
    Some(Session {
        customer: Customer::of_token(token.expose_secret()),
        // Openings and ways back, which have no key, run queries only.
        request: request
            .idempotency_key()
            .map(|key| key.to_string())
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
