//! Limits of a schema that answers Flows in production.

use async_graphql::{ObjectType, SchemaBuilder, SubscriptionType, ValidationMode};

/// Deepest nesting of fields.
pub const MAX_DEPTH: usize = 12;

/// Most fields of one operation, or what the schema counts as complexity.
pub const MAX_COMPLEXITY: usize = 500;

/// Most directives on one field.
pub const MAX_DIRECTIVES: usize = 4;

/// Sets the limits of production: depth, complexity and directives, no
/// introspection and no suggestions.
///
/// Screens show little: a document beyond these limits is a mistake. Call the
/// builder's own methods afterwards to choose others.
pub fn production<Query, Mutation, Subscription>(
    builder: SchemaBuilder<Query, Mutation, Subscription>,
) -> SchemaBuilder<Query, Mutation, Subscription>
where
    Query: ObjectType + 'static,
    Mutation: ObjectType + 'static,
    Subscription: SubscriptionType + 'static,
{
    builder
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES)
        .disable_introspection()
        .disable_suggestions()
}

/// Sets the limits of [`production`] for a schema that answers Flows and nothing
/// else, and spares it to validate the same documents at each request.
///
/// The documents of a Flow are checked against the schema once, when the endpoint
/// is built. Where others can send queries, use [`production`]: a field that does
/// not exist would be null here instead of being an error.
pub fn checked_documents<Query, Mutation, Subscription>(
    builder: SchemaBuilder<Query, Mutation, Subscription>,
) -> SchemaBuilder<Query, Mutation, Subscription>
where
    Query: ObjectType + 'static,
    Mutation: ObjectType + 'static,
    Subscription: SubscriptionType + 'static,
{
    production(builder).validation_mode(ValidationMode::Fast)
}
