//! Limits of a schema that answers Flows in production.

use async_graphql::{ObjectType, SchemaBuilder, SubscriptionType};

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
/// builder's own methods afterwards to choose others. A schema that nothing but
/// checked documents reach can do with `ValidationMode::Fast` as well, which
/// saves about a tenth of the time.
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
