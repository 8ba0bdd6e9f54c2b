//! The business as a GraphQL schema: departments, locations, slots, enquiries
//! and bookings.
//!
//! It knows nothing of screens. Which event of the Flow runs which operation,
//! and what becomes of the result, is written beside the Flow JSON. Mistakes of
//! customers are results, not errors: every mutation returns a union that says
//! how it went.
//!
//! `schema.graphql` beside this crate is its reviewed text.

mod enquiry;
mod loaders;
mod mutation;
mod offer;
mod query;
mod results;
mod scalars;

use async_graphql::{Data, EmptySubscription, SchemaBuilder};
use flowgate::graphql::limits;

use crate::calendar::Calendar;
use crate::customer::Session;
use crate::store::Store;

pub use mutation::Mutation;
pub use query::Query;

/// The schema with all it needs to be asked.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Says whom the schema tells about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Nobody: no introspection, no suggestions in messages, and limits.
    Production,
    /// Developers with GraphiQL.
    Developers,
}

/// Makes the schema.
pub fn schema(store: Store, calendar: Calendar, audience: Audience) -> Schema {
    let schema = builder().data(store).data(calendar);
    match audience {
        // Nothing but the documents of the Flow reaches it.
        Audience::Production => limits::checked_documents(schema),
        Audience::Developers => schema,
    }
    .finish()
}

/// Gives a request what belongs to it alone: its customer, and loaders that
/// fetch what its fields have in common once.
pub fn add_session(data: &mut Data, store: &Store, session: Session) {
    data.insert(session);
    data.insert(loaders::catalogue(store.clone()));
}

/// Writes the schema in the schema definition language.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
}

#[cfg(test)]
mod tests;
