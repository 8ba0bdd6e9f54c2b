//! Writes a parsed document as text, for servers that are not in this process.

use std::fmt::{self, Display, Formatter, Write};

use async_graphql::{
    Name, Positioned,
    parser::types::{
        Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection,
        SelectionSet,
    },
};
use async_graphql_value::Value;

/// Writes a document; fragments follow in the order of their names, so that
/// the text is always the same.
pub(crate) fn document(document: &ExecutableDocument) -> String {
    Printed(document).to_string()
}

struct Printed<'d>(&'d ExecutableDocument);

impl Display for Printed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, operation) in self.0.operations.iter() {
            write_operation(f, name.map(Name::as_str), &operation.node)?;
        }
        let mut fragments: Vec<_> = self.0.fragments.iter().collect();
        fragments.sort_by_key(|(name, _)| *name);
        for (name, fragment) in fragments {
            f.write_char(' ')?;
            write_fragment(f, name, &fragment.node)?;
        }
        Ok(())
    }
}

fn write_operation(
    f: &mut Formatter<'_>,
    name: Option<&str>,
    operation: &OperationDefinition,
) -> fmt::Result {
    write!(f, "{} {}", operation.ty, name.unwrap_or_default())?;
    for (index, variable) in operation.variable_definitions.iter().enumerate() {
        f.write_str(if index == 0 { "(" } else { ", " })?;
        let variable = &variable.node;
        write!(f, "${}: {}", variable.name.node, variable.var_type.node)?;
        if let Some(value) = &variable.default_value {
            write!(f, " = {}", value.node)?;
        }
    }
    if !operation.variable_definitions.is_empty() {
        f.write_char(')')?;
    }
    write_directives(f, &operation.directives)?;
    write_selection_set(f, &operation.selection_set.node)
}

fn write_fragment(f: &mut Formatter<'_>, name: &str, fragment: &FragmentDefinition) -> fmt::Result {
    write!(
        f,
        "fragment {name} on {}",
        fragment.type_condition.node.on.node
    )?;
    write_directives(f, &fragment.directives)?;
    write_selection_set(f, &fragment.selection_set.node)
}

fn write_selection_set(f: &mut Formatter<'_>, selection_set: &SelectionSet) -> fmt::Result {
    if selection_set.items.is_empty() {
        return Ok(());
    }
    f.write_str(" {")?;
    for selection in &selection_set.items {
        f.write_char(' ')?;
        match &selection.node {
            Selection::Field(field) => write_field(f, &field.node)?,
            Selection::FragmentSpread(spread) => {
                write!(f, "...{}", spread.node.fragment_name.node)?;
                write_directives(f, &spread.node.directives)?;
            }
            Selection::InlineFragment(fragment) => {
                f.write_str("...")?;
                if let Some(condition) = &fragment.node.type_condition {
                    write!(f, " on {}", condition.node.on.node)?;
                }
                write_directives(f, &fragment.node.directives)?;
                write_selection_set(f, &fragment.node.selection_set.node)?;
            }
        }
    }
    f.write_str(" }")
}

fn write_field(f: &mut Formatter<'_>, field: &Field) -> fmt::Result {
    if let Some(alias) = &field.alias {
        write!(f, "{}: ", alias.node)?;
    }
    write!(f, "{}", field.name.node)?;
    write_arguments(f, &field.arguments)?;
    write_directives(f, &field.directives)?;
    write_selection_set(f, &field.selection_set.node)
}

fn write_directives(f: &mut Formatter<'_>, directives: &[Positioned<Directive>]) -> fmt::Result {
    for directive in directives {
        write!(f, " @{}", directive.node.name.node)?;
        write_arguments(f, &directive.node.arguments)?;
    }
    Ok(())
}

fn write_arguments(
    f: &mut Formatter<'_>,
    arguments: &[(Positioned<Name>, Positioned<Value>)],
) -> fmt::Result {
    for (index, (name, value)) in arguments.iter().enumerate() {
        f.write_str(if index == 0 { "(" } else { ", " })?;
        write!(f, "{}: {}", name.node, value.node)?;
    }
    if arguments.is_empty() {
        Ok(())
    } else {
        f.write_char(')')
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn what_is_printed_reads_the_same() {
        let text = r#"mutation Book($slot: ID!, $tags: [String!]! = ["a\"\n"], $n: Int = 1) {
            done: book(input: {slot: $slot, tags: $tags, at: {x: 1.5, y: null, z: NOON}}) @include(if: true) {
                __typename ... on Booking { id } ...Rest @skip(if: false) ... { x }
            }
        } fragment Rest on Node { id more { id } }"#;
        let first = document(&parse_query(text).unwrap());
        let second = document(&parse_query(&first).unwrap());
        assert_eq!(first, second);
        assert_eq!(
            first,
            r#"mutation Book($slot: ID!, $tags: [String!]! = ["a\"\n"], $n: Int = 1) { done: book(input: {slot: $slot, tags: $tags, at: {x: 1.5, y: null, z: NOON}}) @include(if: true) { __typename ... on Booking { id } ...Rest @skip(if: false) ... { x } } } fragment Rest on Node { id more { id } }"#
        );
    }
}
