//! The schema that operations run against, as its definition language says it.
//!
//! Implements the reading of "Type System" of the
//! [GraphQL specification](https://spec.graphql.org/October2021/#sec-Type-System).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, Pos,
    parser::{
        parse_schema,
        types::{
            BaseType, FieldDefinition, InputValueDefinition, OperationType, Type, TypeDefinition,
            TypeKind, TypeSystemDefinition,
        },
    },
};
use flowgate_flow_json::SourceText;

use crate::{
    document::syntax_message,
    place,
    problem::{Place, Problem},
    rules::documents::GRAPHQL_SYNTAX,
};

/// Holds a schema in its definition language: of this process by
/// `schema.sdl()`, or of a server elsewhere.
///
/// Taking it never fails because of what it says: [`check`](crate::check)
/// reports it.
#[derive(Debug)]
pub struct SchemaSdl {
    pub(crate) name: String,
    pub(crate) source: Arc<SourceText>,
    pub(crate) problem: Option<Problem>,
    types: HashMap<String, TypeKind>,
    query: Option<String>,
    mutation: Option<String>,
}

/// The scalars that every schema has.
pub(crate) const BUILT_IN_SCALARS: [&str; 5] = ["String", "Int", "Float", "Boolean", "ID"];

impl From<String> for SchemaSdl {
    /// Takes the text of the schema of this process.
    fn from(text: String) -> Self {
        Self::new("schema", &text)
    }
}

impl SchemaSdl {
    /// Takes the text of a schema; `name` is shown in findings.
    pub fn new(name: impl Into<String>, text: &str) -> Self {
        let mut schema = Self {
            name: name.into(),
            source: Arc::new(SourceText::new(text.trim_start_matches('\u{feff}'))),
            problem: None,
            types: HashMap::new(),
            query: None,
            mutation: None,
        };
        match parse_schema(schema.source.text()) {
            Ok(document) => {
                for definition in document.definitions {
                    schema.define(definition);
                }
            }
            Err(error) => {
                let pos = error
                    .positions()
                    .next()
                    .unwrap_or(Pos { line: 1, column: 1 });
                schema.problem = Some(Problem::error(
                    GRAPHQL_SYNTAX.code,
                    Place::Schema(place::token(&schema.source, pos)),
                    syntax_message(&error),
                    "mend the text there; what comes behind it has not been read",
                ));
            }
        }
        schema
    }

    /// Returns the name and the text.
    pub fn source(&self) -> (&str, &str) {
        (&self.name, self.source.text())
    }

    fn define(&mut self, definition: TypeSystemDefinition) {
        match definition {
            TypeSystemDefinition::Schema(schema) => {
                let name = |name: async_graphql::Positioned<Name>| name.node.to_string();
                self.query = schema.node.query.map(name).or(self.query.take());
                self.mutation = schema.node.mutation.map(name).or(self.mutation.take());
            }
            TypeSystemDefinition::Type(definition) => {
                let TypeDefinition { name, kind, .. } = definition.node;
                match self.types.get_mut(name.node.as_str()) {
                    Some(known) => extend(known, kind),
                    None => {
                        self.types.insert(name.node.to_string(), kind);
                    }
                }
            }
            TypeSystemDefinition::Directive(_) => {}
        }
    }

    /// Returns the name of the type whose fields an operation selects.
    pub(crate) fn root(&self, operation: OperationType) -> Option<&str> {
        let (named, default) = match operation {
            OperationType::Query => (&self.query, "Query"),
            OperationType::Mutation => (&self.mutation, "Mutation"),
            OperationType::Subscription => return None,
        };
        match named {
            Some(name) => Some(name),
            // Without a `schema` definition the names are the usual ones.
            None if self.query.is_none() && self.types.contains_key(default) => Some(default),
            None => None,
        }
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&TypeKind> {
        self.types.get(name)
    }

    pub(crate) fn type_names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// Returns the field of an object or interface.
    pub(crate) fn field(&self, type_name: &str, field: &str) -> Option<&FieldDefinition> {
        self.fields(type_name)
            .find(|definition| definition.name.node == *field)
    }

    /// Iterates over the fields of an object or interface.
    pub(crate) fn fields(&self, type_name: &str) -> impl Iterator<Item = &FieldDefinition> {
        let fields = match self.kind(type_name) {
            Some(TypeKind::Object(object)) => object.fields.as_slice(),
            Some(TypeKind::Interface(interface)) => interface.fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(|field| &field.node)
    }

    /// Iterates over the fields of an input object.
    pub(crate) fn input_fields(
        &self,
        type_name: &str,
    ) -> impl Iterator<Item = &InputValueDefinition> {
        let fields = match self.kind(type_name) {
            Some(TypeKind::InputObject(object)) => object.fields.as_slice(),
            _ => &[],
        };
        fields.iter().map(|field| &field.node)
    }

    /// Says whether values of the type have no fields; unknown types count as
    /// composite.
    pub(crate) fn is_leaf(&self, type_name: &str) -> bool {
        matches!(
            self.kind(type_name),
            Some(TypeKind::Scalar | TypeKind::Enum(_))
        ) || (BUILT_IN_SCALARS.contains(&type_name) && self.kind(type_name).is_none())
    }

    /// Says whether variables can be of the type.
    pub(crate) fn is_input(&self, type_name: &str) -> bool {
        self.is_leaf(type_name) || matches!(self.kind(type_name), Some(TypeKind::InputObject(_)))
    }

    /// Returns the objects that a value of the type can be, in the order of
    /// their names: the type itself, the members of a union, those that
    /// implement an interface.
    pub(crate) fn possible_types(&self, type_name: &str) -> Vec<&str> {
        let mut possible: Vec<&str> = match self.types.get_key_value(type_name) {
            Some((name, TypeKind::Object(_))) => vec![name],
            Some((_, TypeKind::Union(union))) => {
                let members = union.members.iter();
                members.map(|member| member.node.as_str()).collect()
            }
            Some((_, TypeKind::Interface(_))) => self
                .types
                .iter()
                .filter(|(_, kind)| match kind {
                    TypeKind::Object(object) => {
                        object.implements.iter().any(|name| name.node == *type_name)
                    }
                    _ => false,
                })
                .map(|(name, _)| name.as_str())
                .collect(),
            _ => Vec::new(),
        };
        possible.sort_unstable();
        possible
    }

    /// Says whether a value can be of both types.
    pub(crate) fn overlap(&self, one: &str, other: &str) -> bool {
        let one: HashSet<_> = self.possible_types(one).into_iter().collect();
        self.possible_types(other)
            .iter()
            .any(|name| one.contains(name))
    }
}

/// Returns the name at the heart of a type: of `[Slot!]!` it is `Slot`.
pub(crate) fn named_type(declared: &Type) -> &str {
    match &declared.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named_type(item),
    }
}

fn extend(known: &mut TypeKind, more: TypeKind) {
    match (known, more) {
        (TypeKind::Object(known), TypeKind::Object(more)) => {
            known.fields.extend(more.fields);
            known.implements.extend(more.implements);
        }
        (TypeKind::Interface(known), TypeKind::Interface(more)) => {
            known.fields.extend(more.fields);
        }
        (TypeKind::Union(known), TypeKind::Union(more)) => known.members.extend(more.members),
        (TypeKind::Enum(known), TypeKind::Enum(more)) => known.values.extend(more.values),
        (TypeKind::InputObject(known), TypeKind::InputObject(more)) => {
            known.fields.extend(more.fields);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_named_or_usual() {
        let usual = SchemaSdl::new("s", "type Query { a: Int } type Mutation { b: Int }");
        assert_eq!(usual.root(OperationType::Query), Some("Query"));
        assert_eq!(usual.root(OperationType::Mutation), Some("Mutation"));
        let named = SchemaSdl::new(
            "s",
            "schema { query: Q } type Q { a: Int } type Mutation { b: Int }",
        );
        assert_eq!(named.root(OperationType::Query), Some("Q"));
        assert_eq!(named.root(OperationType::Mutation), None);
    }

    #[test]
    fn extensions_and_abstract_types_are_put_together() {
        let schema = SchemaSdl::new(
            "s",
            "type Query { a: U } extend type Query { b: N } union U = B | A interface N { id: ID }
             type A implements N { id: ID } type B { x: Int } scalar Date",
        );
        assert!(schema.problem.is_none(), "{:?}", schema.problem);
        assert!(schema.field("Query", "b").is_some());
        assert_eq!(schema.possible_types("U"), ["A", "B"]);
        assert_eq!(schema.possible_types("N"), ["A"]);
        assert!(schema.overlap("U", "N") && !schema.overlap("N", "B"));
        assert!(schema.is_leaf("Date") && schema.is_leaf("Int") && !schema.is_leaf("A"));
    }
}
