//! Asks a server for its schema and writes it in the definition language.
//!
//! Implements "Introspection" of the
//! [GraphQL specification](https://spec.graphql.org/October2021/#sec-Introspection).

use std::fmt::Write;

use serde_json::Value as Json;

use crate::schema::BUILT_IN_SCALARS;

/// Asks for all that [`sdl`] writes; types nest seven deep, as other clients
/// ask.
pub(super) const QUERY: &str = "query Introspection { __schema { \
    queryType { name } mutationType { name } \
    types { kind name \
      fields(includeDeprecated: true) { name args { ...Input } type { ...Type } } \
      inputFields { ...Input } interfaces { name } \
      enumValues(includeDeprecated: true) { name } possibleTypes { name } } } } \
  fragment Input on __InputValue { name defaultValue type { ...Type } } \
  fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name \
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

/// Writes the schema of a reply; `None` if the reply does not hold one.
pub(super) fn sdl(reply: &Json) -> Option<String> {
    let schema = reply.pointer("/data/__schema")?;
    let mut sdl = String::from("schema {");
    for (root, member) in [("query", "queryType"), ("mutation", "mutationType")] {
        if let Some(name) = schema.get(member).and_then(name) {
            write!(sdl, " {root}: {name}").ok()?;
        }
    }
    sdl.push_str(" }\n");
    for definition in list(schema, "types") {
        let type_name = name(definition)?;
        if !type_name.starts_with("__") && !BUILT_IN_SCALARS.contains(&type_name) {
            sdl.push_str(&type_definition(type_name, definition)?);
            sdl.push('\n');
        }
    }
    Some(sdl)
}

fn type_definition(type_name: &str, definition: &Json) -> Option<String> {
    let names = |member, separator: &str| {
        let names: Vec<_> = list(definition, member).filter_map(name).collect();
        names.join(separator)
    };
    Some(match definition.get("kind")?.as_str()? {
        "SCALAR" => format!("scalar {type_name}"),
        "UNION" => format!("union {type_name} = {}", names("possibleTypes", " | ")),
        "ENUM" => format!("enum {type_name} {{ {} }}", names("enumValues", " ")),
        "INPUT_OBJECT" => {
            let fields = list(definition, "inputFields").map(input);
            let fields = fields.collect::<Option<Vec<_>>>()?;
            format!("input {type_name} {{ {} }}", fields.join(" "))
        }
        kind @ ("OBJECT" | "INTERFACE") => {
            let keyword = if kind == "OBJECT" {
                "type"
            } else {
                "interface"
            };
            let implements = match names("interfaces", " & ") {
                interfaces if interfaces.is_empty() => String::new(),
                interfaces => format!(" implements {interfaces}"),
            };
            let fields = list(definition, "fields").map(field);
            let fields = fields.collect::<Option<Vec<_>>>()?;
            format!(
                "{keyword} {type_name}{implements} {{\n  {}\n}}",
                fields.join("\n  ")
            )
        }
        _ => return None,
    })
}

fn field(field: &Json) -> Option<String> {
    let arguments = list(field, "args").map(input).collect::<Option<Vec<_>>>()?;
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    };
    Some(format!(
        "{}{arguments}: {}",
        name(field)?,
        type_reference(field.get("type")?)?
    ))
}

fn input(input: &Json) -> Option<String> {
    let default = match input.get("defaultValue").and_then(Json::as_str) {
        Some(value) => format!(" = {value}"),
        None => String::new(),
    };
    Some(format!(
        "{}: {}{default}",
        name(input)?,
        type_reference(input.get("type")?)?
    ))
}

fn type_reference(reference: &Json) -> Option<String> {
    Some(match reference.get("kind")?.as_str()? {
        "NON_NULL" => format!("{}!", type_reference(reference.get("ofType")?)?),
        "LIST" => format!("[{}]", type_reference(reference.get("ofType")?)?),
        _ => name(reference)?.to_owned(),
    })
}

fn name(value: &Json) -> Option<&str> {
    value.get("name")?.as_str()
}

/// Iterates over a list that is null for types of another kind.
fn list<'v>(value: &'v Json, member: &str) -> impl Iterator<Item = &'v Json> {
    value
        .get(member)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}
