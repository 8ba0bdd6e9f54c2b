//! Follows a selection through the schema: finds what the schema would refuse,
//! and which data comes out.
//!
//! Implements of "Validation" in the
//! [GraphQL specification](https://spec.graphql.org/October2021/#sec-Validation):
//! fields, leaf selections, field merging, arguments, fragments, values,
//! directives and variables. Order, uniqueness of names that the parser
//! refuses, and subscriptions are not looked at here.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use async_graphql::{
    Name, Pos, Positioned,
    parser::types::{
        BaseType, Directive, Field, FieldDefinition, InputValueDefinition, Selection, SelectionSet,
        Type, TypeKind,
    },
};
use async_graphql_value::Value;
use flowgate_flow_json::{DataType, SourceText, suggestion};

use crate::{
    binding::Outcomes,
    defaults::DefaultValue,
    operation::Operation,
    place,
    problem::{Place, Problem},
    rules::schema::{
        ARGUMENTS_FIT, DEFAULTS_FIT, DIRECTIVES_KNOWN, FIELDS_EXIST, FRAGMENTS_FIT,
        RESPONSES_UNAMBIGUOUS, SELECTIONS_END_IN_VALUES, VARIABLES_FIT,
    },
    schema::{SchemaSdl, named_type},
};

/// One field of a result.
#[derive(Clone, Debug)]
pub(crate) struct ResultField {
    pub(crate) key: String,
    pub(crate) span: Range<usize>,
    pub(crate) value: ResultValue,
    /// What is selected, to recognise the same field written twice.
    source: String,
    /// The type that the field belongs to.
    parent: String,
}

/// What a field of a result can be.
#[derive(Clone, Debug)]
pub(crate) struct ResultValue {
    pub(crate) kind: ResultKind,
    /// Whether it can be null or missing.
    pub(crate) nullable: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum ResultKind {
    Leaf(DataType),
    Object(Vec<ResultField>),
    List(Box<ResultValue>),
}

/// Holds what is known of one operation.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) problems: Vec<Problem>,
    /// The result of the whole operation.
    pub(crate) result: Vec<ResultField>,
    /// The type of each root field, by key.
    pub(crate) root_types: HashMap<String, Type>,
}

/// Follows an operation through the schema.
pub(crate) fn analyse(schema: &SchemaSdl, source: &SourceText, operation: &Operation) -> Analysis {
    let mut walk = Walk::new(schema, source, operation);
    let mut result = Vec::new();
    let definition = operation.definition();
    match schema.root(definition.ty) {
        Some(root) => {
            let set = &definition.selection_set.node;
            walk.selection(set, root, root, false, &mut result);
            walk.variables();
        }
        None => walk.problem_at(
            FIELDS_EXIST.code,
            operation.span.clone(),
            format!("the schema has no {}", definition.ty),
            "use an operation that the schema has",
        ),
    }
    Analysis {
        problems: walk.problems,
        result,
        root_types: walk.root_types,
    }
}

/// Returns the data that comes out under the root field `key` if its object is
/// of type `condition`.
pub(crate) fn result_of_type(
    schema: &SchemaSdl,
    source: &SourceText,
    operation: &Operation,
    key: &str,
    condition: &str,
) -> Vec<ResultField> {
    let mut walk = Walk::new(schema, source, operation);
    let mut result = Vec::new();
    let definition = operation.definition();
    let Some(root) = schema.root(definition.ty) else {
        return result;
    };
    for selection in &definition.selection_set.node.items {
        if let Selection::Field(field) = &selection.node
            && field.node.response_key().node == *key
            && let Some(declared) = schema.field(root, &field.node.name.node)
        {
            let set = &field.node.selection_set.node;
            let parent = named_type(&declared.ty.node);
            walk.selection(set, parent, condition, false, &mut result);
        }
    }
    result
}

struct Walk<'w> {
    schema: &'w SchemaSdl,
    source: &'w SourceText,
    operation: &'w Operation,
    problems: Vec<Problem>,
    root_types: HashMap<String, Type>,
    used_variables: HashSet<Name>,
    /// The fragments that are being followed.
    open_fragments: Vec<Name>,
    depth: usize,
}

impl<'w> Walk<'w> {
    fn new(schema: &'w SchemaSdl, source: &'w SourceText, operation: &'w Operation) -> Self {
        Self {
            schema,
            source,
            operation,
            problems: Vec::new(),
            root_types: HashMap::new(),
            used_variables: HashSet::new(),
            open_fragments: Vec::new(),
            depth: 0,
        }
    }

    fn span(&self, pos: Pos) -> Range<usize> {
        place::token(self.source, pos)
    }

    fn problem(
        &mut self,
        code: &'static str,
        pos: Pos,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let span = self.span(pos);
        self.problem_at(code, span, message, help);
    }

    fn problem_at(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let place = Place::Document(self.operation.document, span);
        self.problems
            .push(Problem::error(code, place, message, help));
    }

    /// Follows a selection on `type_name`; the object is known to be of the
    /// type `narrowed`.
    fn selection(
        &mut self,
        set: &SelectionSet,
        type_name: &str,
        narrowed: &str,
        conditional: bool,
        result: &mut Vec<ResultField>,
    ) {
        self.depth += 1;
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    self.field(field, type_name, conditional, result);
                }
                Selection::InlineFragment(fragment) => {
                    let conditional = self.directives(&fragment.node.directives) || conditional;
                    let condition = match &fragment.node.type_condition {
                        Some(condition) => &condition.node.on,
                        None => &Positioned::new(Name::new(type_name), fragment.pos),
                    };
                    let set = &fragment.node.selection_set.node;
                    self.fragment(condition, set, type_name, narrowed, conditional, result);
                }
                Selection::FragmentSpread(spread) => {
                    let conditional = self.directives(&spread.node.directives) || conditional;
                    let name = &spread.node.fragment_name;
                    let fragments = &self.operation.executable.fragments;
                    let Some(fragment) = fragments.get(&name.node) else {
                        let known = fragments.keys().map(Name::as_str);
                        let help = suggestion::did_you_mean(&name.node, known, || {
                            format!(
                                "write fragment {} on {type_name} {{…}} in this file",
                                name.node
                            )
                        });
                        let message = format!("no fragment is called `{}`", name.node);
                        self.problem(FRAGMENTS_FIT.code, name.pos, message, help);
                        continue;
                    };
                    if self.open_fragments.contains(&name.node) {
                        self.problem(
                            FRAGMENTS_FIT.code,
                            name.pos,
                            format!("fragment `{}` contains itself", name.node),
                            "delete this spread",
                        );
                        continue;
                    }
                    self.open_fragments.push(name.node.clone());
                    let condition = &fragment.node.type_condition.node.on;
                    let set = &fragment.node.selection_set.node;
                    self.fragment(condition, set, type_name, narrowed, conditional, result);
                    self.open_fragments.pop();
                }
            }
        }
        self.depth -= 1;
    }

    fn fragment(
        &mut self,
        condition: &Positioned<Name>,
        set: &SelectionSet,
        parent: &str,
        narrowed: &str,
        conditional: bool,
        result: &mut Vec<ResultField>,
    ) {
        let name = condition.node.as_str();
        let possible = self.schema.possible_types(name);
        if possible.is_empty() {
            let (message, help) = match self.schema.kind(name) {
                Some(_) => (
                    format!("`{name}` has no fields to select"),
                    "name an object, an interface or a union".to_owned(),
                ),
                None => (
                    format!("the schema has no type `{name}`"),
                    suggestion::did_you_mean(name, self.schema.type_names(), || {
                        "name a type of the schema".to_owned()
                    }),
                ),
            };
            self.problem(FRAGMENTS_FIT.code, condition.pos, message, help);
            return;
        }
        if !self.schema.overlap(name, parent) {
            let possible = self.schema.possible_types(parent);
            let help = format!("it can be {}", suggestion::list(possible));
            let message = format!("`{parent}` is never `{name}`");
            self.problem(FRAGMENTS_FIT.code, condition.pos, message, help);
            return;
        }
        if !self.schema.overlap(name, narrowed) {
            return;
        }
        let narrowed_types = self.schema.possible_types(narrowed);
        let always = narrowed_types.iter().all(|one| possible.contains(one));
        let narrowed = if always { narrowed } else { name };
        self.selection(set, name, narrowed, conditional || !always, result);
    }

    fn field(
        &mut self,
        field: &Positioned<Field>,
        type_name: &str,
        conditional: bool,
        result: &mut Vec<ResultField>,
    ) {
        let conditional = self.directives(&field.node.directives) || conditional;
        let name = &field.node.name;
        let key = field.node.response_key();
        if name.node == *"__typename" {
            if field
                .node
                .alias
                .as_ref()
                .is_some_and(|alias| alias.node != *crate::document::TYPENAME_KEY)
            {
                result.push(ResultField {
                    key: key.node.to_string(),
                    span: self.span(key.pos),
                    value: ResultValue {
                        kind: ResultKind::Leaf(DataType::String),
                        nullable: conditional,
                    },
                    source: "__typename".to_owned(),
                    parent: type_name.to_owned(),
                });
            }
            return;
        }
        let schema = self.schema;
        let Some(definition) = schema.field(type_name, &name.node) else {
            self.unknown_field(name, type_name);
            return;
        };
        self.arguments(field, definition);
        let declared = &definition.ty.node;
        if self.depth == 1 {
            self.root_types
                .insert(key.node.to_string(), declared.clone());
        }
        let inner = named_type(declared);
        let set = &field.node.selection_set.node;
        let kind = if schema.is_leaf(inner) {
            if !set.items.is_empty() {
                self.problem(
                    SELECTIONS_END_IN_VALUES.code,
                    name.pos,
                    format!("`{}` is of type `{inner}`, which has no fields", name.node),
                    "delete the braces behind it",
                );
            }
            ResultKind::Leaf(self.leaf_type(inner))
        } else {
            if set.items.is_empty() {
                let fields = schema.fields(inner).map(|field| field.name.node.as_str());
                let fields = suggestion::list(fields);
                self.problem(
                    SELECTIONS_END_IN_VALUES.code,
                    name.pos,
                    format!(
                        "`{}` is of type `{inner}`, whose fields must be selected",
                        name.node
                    ),
                    if fields.is_empty() {
                        format!("write {} {{ … }}", name.node)
                    } else {
                        format!("write {} {{ … }} with some of {fields}", name.node)
                    },
                );
            }
            let mut below = Vec::new();
            self.selection(set, inner, inner, false, &mut below);
            ResultKind::Object(below)
        };
        let source = format!("{} {:?}", name.node, arguments_text(&field.node.arguments));
        let mut value = wrapped(declared, kind, conditional);
        if let Some(default) = self.operation.default_values.get(&field.pos) {
            self.default_value(default, declared);
            value.nullable = conditional;
        }
        self.add(
            result,
            ResultField {
                key: key.node.to_string(),
                span: self.span(key.pos),
                value,
                source,
                parent: type_name.to_owned(),
            },
            key.pos,
        );
    }

    /// Checks what stands for null where `declared` is given.
    fn default_value(&mut self, default: &DefaultValue, declared: &Type) {
        let (place, code) = (default.pos, DEFAULTS_FIT.code);
        let is_empty_list =
            matches!(&default.value, async_graphql::Value::List(list) if list.is_empty());
        let inner = named_type(declared);
        if !declared.nullable {
            let message = format!("{declared} is never null, so that nothing can stand for it");
            self.problem(code, place, message, "delete @default");
        } else if !self.schema.is_leaf(inner) {
            if !(is_empty_list && matches!(declared.base, BaseType::List(_))) {
                let message = format!("{} cannot stand for {declared}", default.value);
                let help = "for a list of objects write @default(value: []); for an object there \
                            is none";
                self.problem(code, place, message, help);
            }
        } else {
            let before = self.problems.len();
            let wanted = Type {
                nullable: false,
                ..declared.clone()
            };
            self.value(&default.value.clone().into_value(), place, &wanted, false);
            for problem in &mut self.problems[before..] {
                problem.code = code;
            }
        }
    }

    /// Adds a field to those of its object; the same one twice is one.
    fn add(&mut self, result: &mut Vec<ResultField>, field: ResultField, pos: Pos) {
        let same = result.iter_mut().find(|known| {
            known.key == field.key
                && (known.parent == field.parent
                    || self.schema.overlap(&known.parent, &field.parent))
        });
        match same {
            None => result.push(field),
            Some(known) if known.source == field.source => known.value.merge(field.value),
            Some(known) => {
                let first = Place::Document(self.operation.document, known.span.clone());
                let message = format!("`{}` stands for two different fields", field.key);
                let help = "give one of them another alias";
                self.problem(RESPONSES_UNAMBIGUOUS.code, pos, message, help);
                if let Some(problem) = self.problems.pop() {
                    self.problems.push(problem.label(first, "the first one"));
                }
            }
        }
    }

    fn unknown_field(&mut self, name: &Positioned<Name>, type_name: &str) {
        let (message, help) = if name.node.starts_with("__") {
            (
                format!(
                    "`{}` asks for the schema, which operations may not",
                    name.node
                ),
                "delete it".to_owned(),
            )
        } else if matches!(self.schema.kind(type_name), Some(TypeKind::Union(_))) {
            let types = suggestion::list(self.schema.possible_types(type_name));
            (
                format!("`{type_name}` is a union and has no field `{}`", name.node),
                format!(
                    "write ... on a type {{ {} }}; the types are {types}",
                    name.node
                ),
            )
        } else {
            let fields = || {
                self.schema
                    .fields(type_name)
                    .map(|field| field.name.node.as_str())
            };
            (
                format!("`{type_name}` has no field `{}`", name.node),
                suggestion::did_you_mean(&name.node, fields(), || {
                    format!("its fields are {}", suggestion::list(fields()))
                }),
            )
        };
        self.problem(FIELDS_EXIST.code, name.pos, message, help);
    }

    fn leaf_type(&self, name: &str) -> DataType {
        match name {
            "String" | "ID" => DataType::String,
            "Int" | "Float" => DataType::Number,
            "Boolean" => DataType::Boolean,
            name => match self.schema.kind(name) {
                Some(TypeKind::Enum(_)) => DataType::String,
                // How a scalar of the schema's own is written, only the schema
                // knows.
                _ => DataType::Any,
            },
        }
    }

    /// Checks directives and says whether what they stand on may be left out.
    fn directives(&mut self, directives: &[Positioned<Directive>]) -> bool {
        let mut conditional = false;
        for directive in directives {
            let name = &directive.node.name.node;
            if name == "skip" || name == "include" {
                conditional = true;
                match directive.node.get_argument("if") {
                    Some(value) => {
                        let wanted = Type {
                            base: BaseType::Named(Name::new("Boolean")),
                            nullable: false,
                        };
                        self.value(&value.node, value.pos, &wanted, false);
                    }
                    None => self.problem(
                        ARGUMENTS_FIT.code,
                        directive.pos,
                        format!("`@{name}` needs the argument `if`"),
                        format!("write @{name}(if: $variable)"),
                    ),
                }
            } else {
                let known = crate::document::OURS.into_iter().chain(["skip", "include"]);
                let help = suggestion::did_you_mean(name, known, || {
                    "delete it; operations know @skip, @include and the directives of the Flow"
                        .to_owned()
                });
                let message = format!("no directive is called `@{name}`");
                self.problem(DIRECTIVES_KNOWN.code, directive.pos, message, help);
            }
        }
        conditional
    }

    fn arguments(&mut self, field: &Positioned<Field>, definition: &FieldDefinition) {
        let declared = || definition.arguments.iter().map(|argument| &argument.node);
        for (name, value) in &field.node.arguments {
            match declared().find(|argument| argument.name.node == name.node) {
                Some(argument) => {
                    let has_default = argument.default_value.is_some();
                    self.value(&value.node, value.pos, &argument.ty.node, has_default);
                }
                None => {
                    let known = || declared().map(|argument| argument.name.node.as_str());
                    let help = suggestion::did_you_mean(&name.node, known(), || {
                        match suggestion::list(known()) {
                            list if list.is_empty() => "delete it".to_owned(),
                            list => format!("its arguments are {list}"),
                        }
                    });
                    let field = &field.node.name.node;
                    let message = format!("`{field}` has no argument `{}`", name.node);
                    self.problem(ARGUMENTS_FIT.code, name.pos, message, help);
                }
            }
        }
        for argument in declared() {
            if is_required(argument) && field.node.get_argument(&argument.name.node).is_none() {
                let name = &argument.name.node;
                self.problem(
                    ARGUMENTS_FIT.code,
                    field.node.name.pos,
                    format!("`{}` needs the argument `{name}`", field.node.name.node),
                    format!(
                        "write {}({name}: …), of type {}",
                        field.node.name.node, argument.ty.node
                    ),
                );
            }
        }
    }

    /// Checks a value that is written where `wanted` is expected.
    fn value(&mut self, value: &Value, pos: Pos, wanted: &Type, has_default: bool) {
        let misfit = || format!("{value} does not fit the type {wanted}");
        match (value, &wanted.base) {
            (Value::Variable(name), _) => self.variable_use(name, pos, wanted, has_default),
            (Value::Null, _) => {
                if !wanted.nullable {
                    self.problem(ARGUMENTS_FIT.code, pos, misfit(), "write a value");
                }
            }
            (Value::List(items), BaseType::List(item)) => {
                for value in items {
                    self.value(value, pos, item, false);
                }
            }
            // A single value stands for a list of one.
            (single, BaseType::List(item)) => self.value(single, pos, item, false),
            (_, BaseType::Named(name)) => match self.schema.kind(name) {
                Some(TypeKind::InputObject(_)) => self.input_object(value, pos, name),
                Some(TypeKind::Enum(declared)) => {
                    let names = || {
                        declared
                            .values
                            .iter()
                            .map(|value| value.node.value.node.as_str())
                    };
                    let known = matches!(value, Value::Enum(written) if names().any(|name| *written == *name));
                    if !known {
                        let help = format!("write one of {}", suggestion::list(names()));
                        self.problem(ARGUMENTS_FIT.code, pos, misfit(), help);
                    }
                }
                _ => {
                    let fits = match name.as_str() {
                        "String" => matches!(value, Value::String(_)),
                        "ID" => match value {
                            Value::String(_) => true,
                            Value::Number(number) => !number.is_f64(),
                            _ => false,
                        },
                        "Int" => matches!(value, Value::Number(number) if !number.is_f64()),
                        "Float" => matches!(value, Value::Number(_)),
                        "Boolean" => matches!(value, Value::Boolean(_)),
                        _ => true,
                    };
                    if !fits {
                        let help = format!("write a value of type {name}");
                        self.problem(ARGUMENTS_FIT.code, pos, misfit(), help);
                    }
                }
            },
        }
    }

    fn input_object(&mut self, value: &Value, pos: Pos, type_name: &str) {
        let Value::Object(members) = value else {
            let message = format!("{value} does not fit the type {type_name}");
            self.problem(ARGUMENTS_FIT.code, pos, message, "write an object: {…}");
            return;
        };
        let schema = self.schema;
        let declared = || schema.input_fields(type_name);
        for (name, value) in members {
            match declared().find(|field| field.name.node == *name) {
                Some(field) => {
                    self.value(value, pos, &field.ty.node, field.default_value.is_some());
                }
                None => {
                    let known = || declared().map(|field| field.name.node.as_str());
                    let help = suggestion::did_you_mean(name, known(), || {
                        format!("its fields are {}", suggestion::list(known()))
                    });
                    let message = format!("`{type_name}` has no field `{name}`");
                    self.problem(ARGUMENTS_FIT.code, pos, message, help);
                }
            }
        }
        for field in declared() {
            if is_required(field) && !members.contains_key(&field.name.node) {
                let message = format!("`{type_name}` needs the field `{}`", field.name.node);
                let help = format!("add {}: …, of type {}", field.name.node, field.ty.node);
                self.problem(ARGUMENTS_FIT.code, pos, message, help);
            }
        }
    }

    fn variable_use(&mut self, name: &Name, pos: Pos, wanted: &Type, has_default: bool) {
        self.used_variables.insert(name.clone());
        let definitions = &self.operation.definition().variable_definitions;
        let Some(variable) = definitions
            .iter()
            .map(|variable| &variable.node)
            .find(|variable| variable.name.node == *name)
        else {
            let known = definitions
                .iter()
                .map(|variable| variable.node.name.node.as_str());
            let help = suggestion::did_you_mean(name, known, || {
                format!("declare it: {}(${name}: {wanted})", self.operation.name)
            });
            let message = format!("`{}` does not declare `${name}`", self.operation.name);
            self.problem(VARIABLES_FIT.code, pos, message, help);
            return;
        };
        let declared = &variable.var_type.node;
        let wanted_here = if has_default || variable.default_value.is_some() {
            Type {
                nullable: true,
                ..wanted.clone()
            }
        } else {
            wanted.clone()
        };
        if !can_stand_for(declared, &wanted_here) {
            let place = Place::Document(self.operation.document, self.span(variable.var_type.pos));
            let message = format!("`${name}` is of type {declared}, but {wanted} is expected");
            let help = format!("declare it as ${name}: {wanted}");
            self.problem(VARIABLES_FIT.code, pos, message, help);
            if let Some(problem) = self.problems.pop() {
                self.problems.push(problem.label(place, "declared here"));
            }
        }
    }

    /// Checks the declarations of the variables once their uses are known.
    fn variables(&mut self) {
        for variable in &self.operation.definition().variable_definitions {
            let variable = &variable.node;
            let declared = &variable.var_type;
            let name = &variable.name.node;
            let type_name = named_type(&declared.node);
            if !self.schema.is_input(type_name) {
                let (message, help) = if self.schema.kind(type_name).is_some() {
                    (
                        format!("`{type_name}` is no type of variables"),
                        "use a scalar, an enum or an input object".to_owned(),
                    )
                } else {
                    let known = self.schema.type_names();
                    let known = known.chain(crate::schema::BUILT_IN_SCALARS);
                    (
                        format!("the schema has no type `{type_name}`"),
                        suggestion::did_you_mean(type_name, known, || {
                            "use a scalar, an enum or an input object of the schema".to_owned()
                        }),
                    )
                };
                self.problem(VARIABLES_FIT.code, declared.pos, message, help);
            } else if !self.used_variables.contains(name) {
                self.problem_at(
                    VARIABLES_FIT.code,
                    place::variable(self.source, variable.name.pos),
                    format!("`${name}` is declared and not used"),
                    "delete it, or use it as an argument",
                );
            }
            if let Some(default) = &variable.default_value {
                let value = default.node.clone().into_value();
                self.value(&value, default.pos, &declared.node, false);
            }
        }
        let directives = &self.operation.definition().directives;
        self.directives(directives);
    }
}

impl ResultValue {
    fn merge(&mut self, other: Self) {
        self.nullable &= other.nullable;
        match (&mut self.kind, other.kind) {
            (ResultKind::List(item), ResultKind::List(other)) => item.merge(*other),
            (ResultKind::Object(fields), ResultKind::Object(others)) => {
                for other in others {
                    match fields.iter_mut().find(|field| field.key == other.key) {
                        Some(field) => field.value.merge(other.value),
                        None => fields.push(other),
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns the type as Flow JSON knows it.
    pub(crate) fn data_type(&self) -> DataType {
        match &self.kind {
            ResultKind::Leaf(data_type) => data_type.clone(),
            ResultKind::Object(fields) => DataType::object_of(
                fields
                    .iter()
                    .map(|field| (field.key.clone(), field.value.data_type()))
                    .collect(),
            ),
            ResultKind::List(item) => DataType::array_of(item.data_type()),
        }
    }
}

/// Returns the keys under which the outcomes of an operation expect an object.
pub(crate) fn outcome_key(outcomes: &Outcomes) -> Option<&str> {
    match outcomes {
        Outcomes::Field { key, .. } | Outcomes::Fragments { key, .. } => Some(key),
        Outcomes::Operation(_) | Outcomes::Unclear => None,
    }
}

fn wrapped(declared: &Type, kind: ResultKind, conditional: bool) -> ResultValue {
    let kind = match &declared.base {
        BaseType::Named(_) => kind,
        BaseType::List(item) => ResultKind::List(Box::new(wrapped(item, kind, false))),
    };
    ResultValue {
        kind,
        nullable: declared.nullable || conditional,
    }
}

fn arguments_text(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> Vec<String> {
    let mut written: Vec<_> = arguments
        .iter()
        .map(|(name, value)| format!("{}: {}", name.node, value.node))
        .collect();
    written.sort_unstable();
    written
}

pub(crate) fn is_required(input: &InputValueDefinition) -> bool {
    !input.ty.node.nullable && input.default_value.is_none()
}

/// Says whether a variable of one type can stand where the other is expected.
fn can_stand_for(declared: &Type, wanted: &Type) -> bool {
    if declared.nullable && !wanted.nullable {
        return false;
    }
    match (&declared.base, &wanted.base) {
        (BaseType::Named(declared), BaseType::Named(wanted)) => declared == wanted,
        (BaseType::List(declared), BaseType::List(wanted)) => can_stand_for(declared, wanted),
        _ => false,
    }
}
