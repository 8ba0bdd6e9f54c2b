//! One `.graphql` file: reads its operations and takes the directives out that
//! bind them.
//!
//! Implements "Document" of the
//! [GraphQL specification](https://spec.graphql.org/October2021/#sec-Document);
//! schemas do not know these directives and would refuse them.

mod directives;

pub(crate) use directives::OURS;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, Pos, Positioned,
    parser::{
        Error as SyntaxError, parse_query,
        types::{
            Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
            OperationDefinition, Selection, SelectionSet,
        },
    },
};
use flowgate_flow_json::SourceText;

use crate::{
    binding::{Arm, Outcome, Outcomes},
    defaults::{DefaultValues, Defaults},
    operation::Operation,
    place, print,
    problem::{Place, Problem},
    rules::documents::{GRAPHQL_SYNTAX, OPERATIONS_NAMED, OUTCOMES_PLACED},
};

/// The name under which the type of a deciding object is asked for.
pub(crate) const TYPENAME_KEY: &str = "flowgate__typename";

/// Holds one file with what was found in it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) source: Arc<SourceText>,
    pub(crate) operations: Vec<Arc<Operation>>,
    pub(crate) problems: Vec<Problem>,
}

impl Document {
    /// Reads a file; `index` is its place in the directory.
    pub(crate) fn read(index: usize, name: &str, text: &str) -> Self {
        let source = Arc::new(SourceText::new(text.trim_start_matches('\u{feff}')));
        let mut reader = Reader {
            index,
            source: &source,
            problems: Vec::new(),
            defaults: DefaultValues::new(),
        };
        let operations = match parse_query(source.text()) {
            Ok(document) => reader.operations(document),
            Err(error) => {
                reader.syntax_error(&error);
                Vec::new()
            }
        };
        let problems = reader.problems;
        Self {
            name: name.to_owned(),
            source,
            operations,
            problems,
        }
    }
}

/// Returns what the parser says without the picture it draws around it.
pub(crate) fn syntax_message(error: &SyntaxError) -> String {
    match error {
        SyntaxError::Syntax { message, .. } => message
            .rsplit_once("= ")
            .map_or(message.as_str(), |(_, reason)| reason)
            .trim()
            .to_owned(),
        other => other.to_string(),
    }
}

struct Reader<'s> {
    index: usize,
    source: &'s SourceText,
    problems: Vec<Problem>,
    defaults: DefaultValues,
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

impl Reader<'_> {
    fn place(&self, pos: Pos) -> Place {
        Place::Document(self.index, place::token(self.source, pos))
    }

    fn problem(
        &mut self,
        code: &'static str,
        pos: Pos,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let place = self.place(pos);
        self.problems
            .push(Problem::error(code, place, message, help));
    }

    fn syntax_error(&mut self, error: &SyntaxError) {
        let pos = error
            .positions()
            .next()
            .unwrap_or(Pos { line: 1, column: 1 });
        let help = match error {
            SyntaxError::MissingOperation => {
                "write an operation: query Name @flow(on: INIT) @screen(id: \"START\") {…}"
            }
            SyntaxError::OperationDuplicated { .. } | SyntaxError::FragmentDuplicated { .. } => {
                "give the second one another name"
            }
            SyntaxError::MultipleOperations { .. } => "give each operation a name",
            _ => "mend the text there; what comes behind it has not been read",
        };
        self.problem(GRAPHQL_SYNTAX.code, pos, syntax_message(error), help);
    }

    fn operations(&mut self, document: ExecutableDocument) -> Vec<Arc<Operation>> {
        let ExecutableDocument {
            operations,
            mut fragments,
        } = document;
        for fragment in fragments.values_mut() {
            self.refuse_ours(&mut fragment.node.directives);
            self.refuse_ours_below(&mut fragment.node.selection_set.node);
        }
        let mut named = match operations {
            DocumentOperations::Multiple(operations) => operations.into_iter().collect(),
            DocumentOperations::Single(operation) => {
                self.problem(
                    OPERATIONS_NAMED.code,
                    operation.pos,
                    "an operation without a name",
                    "give it a name, which logs and traces show: query Choices …",
                );
                Vec::new()
            }
        };
        named.sort_by_key(|(_, operation)| operation.pos);
        named
            .into_iter()
            .map(|(name, operation)| Arc::new(self.operation(name, operation, &fragments)))
            .collect()
    }

    fn operation(
        &mut self,
        name: Name,
        mut operation: Positioned<OperationDefinition>,
        fragments: &Fragments,
    ) -> Operation {
        let span = place::word_after(self.source, operation.pos, &name);
        let definition = &mut operation.node;
        let (bindings, on_operation) = self.take_from_operation(&mut definition.directives);
        for variable in &mut definition.variable_definitions {
            self.refuse_ours(&mut variable.node.directives);
        }
        let on_fields = self.take_from_root(&mut definition.selection_set.node, fragments);
        let outcomes = self.decide(span.clone(), &name, on_operation, on_fields);
        if let Outcomes::Fragments { key, .. } = &outcomes {
            ask_for_type(&mut definition.selection_set.node, key);
        }
        let set = &definition.selection_set.node;
        let used = used_fragments(set, fragments);
        let defaults = Defaults::of(&self.defaults, set, &used);
        let executable = ExecutableDocument {
            operations: DocumentOperations::Multiple([(name.clone(), operation)].into()),
            fragments: used,
        };
        Operation {
            text: print::document(&executable),
            name: name.to_string(),
            document: self.index,
            span,
            executable,
            bindings,
            outcomes,
            defaults,
            default_values: self.defaults.clone(),
        }
    }

    /// Takes the outcomes out of the fields of the operation and of the
    /// fragments directly below them.
    fn take_from_root(
        &mut self,
        selection_set: &mut SelectionSet,
        fragments: &Fragments,
    ) -> Vec<Outcomes> {
        let mut found = Vec::new();
        for selection in &mut selection_set.items {
            match &mut selection.node {
                Selection::Field(field) => {
                    self.take_default(field);
                    let field = &mut field.node;
                    let key = field.response_key().node.to_string();
                    for outcome in self.take_outcomes(&mut field.directives) {
                        let key = key.clone();
                        found.push(Outcomes::Field { key, outcome });
                    }
                    let arms = self.take_arms(field, fragments);
                    if !arms.is_empty() {
                        found.push(Outcomes::Fragments { key, arms });
                    }
                }
                Selection::FragmentSpread(spread) => self.refuse_ours(&mut spread.node.directives),
                Selection::InlineFragment(fragment) => {
                    self.refuse_ours(&mut fragment.node.directives);
                    self.refuse_ours_below(&mut fragment.node.selection_set.node);
                }
            }
        }
        found
    }

    fn take_arms(&mut self, field: &mut Field, fragments: &Fragments) -> Vec<Arm> {
        let mut arms = Vec::new();
        for selection in &mut field.selection_set.node.items {
            let condition = match &selection.node {
                Selection::Field(_) => None,
                Selection::FragmentSpread(spread) => fragments
                    .get(&spread.node.fragment_name.node)
                    .map(|fragment| fragment.node.type_condition.node.on.node.to_string()),
                Selection::InlineFragment(fragment) => fragment
                    .node
                    .type_condition
                    .as_ref()
                    .map(|condition| condition.node.on.node.to_string()),
            };
            if let Selection::Field(field) = &mut selection.node {
                self.take_default(field);
            }
            match condition {
                Some(condition) => {
                    for outcome in self.take_outcomes(selection.node.directives_mut()) {
                        arms.push(Arm {
                            condition: condition.clone(),
                            outcome,
                        });
                    }
                }
                None => self.refuse_ours(selection.node.directives_mut()),
            }
            if let Some(below) = selection_set_of(&mut selection.node) {
                self.refuse_ours_below(below);
            }
        }
        arms
    }

    fn decide(
        &mut self,
        span: std::ops::Range<usize>,
        name: &str,
        on_operation: Vec<Outcome>,
        on_fields: Vec<Outcomes>,
    ) -> Outcomes {
        let mut all: Vec<Outcomes> = on_operation.into_iter().map(Outcomes::Operation).collect();
        all.extend(on_fields);
        if all.len() == 1 {
            return all.remove(0);
        }
        let (place, message, help) = match all.get(1) {
            None => (
                span,
                format!("`{name}` does not say what its result becomes"),
                "write @screen(id: \"…\"), @stay, @complete or @expired behind the operation, \
                 behind one of its fields, or behind fragments under that field",
            ),
            Some(second) => (
                match second {
                    Outcomes::Operation(outcome) | Outcomes::Field { outcome, .. } => {
                        outcome.span.clone()
                    }
                    Outcomes::Fragments { arms, .. } => {
                        arms.first().map_or(span, |arm| arm.outcome.span.clone())
                    }
                    Outcomes::Unclear => span,
                },
                format!("`{name}` says a second time what its result becomes"),
                "keep one: behind the operation, behind one of its fields, or behind fragments \
                 under one field",
            ),
        };
        self.problems.push(Problem::error(
            OUTCOMES_PLACED.code,
            Place::Document(self.index, place),
            message,
            help,
        ));
        Outcomes::Unclear
    }

    /// Takes directives out that mean nothing where they stand.
    fn refuse_ours(&mut self, directives: &mut Vec<Positioned<Directive>>) {
        for directive in directives.extract_if(.., |directive| directives::is_ours(directive)) {
            let name = directive.node.name.node.as_str();
            let help = directives::place_of(name);
            self.problem(
                OUTCOMES_PLACED.code,
                directive.pos,
                format!("`@{name}` has no meaning here"),
                help,
            );
        }
    }

    fn refuse_ours_below(&mut self, selection_set: &mut SelectionSet) {
        for selection in &mut selection_set.items {
            if let Selection::Field(field) = &mut selection.node {
                self.take_default(field);
            }
            self.refuse_ours(selection.node.directives_mut());
            if let Some(below) = selection_set_of(&mut selection.node) {
                self.refuse_ours_below(below);
            }
        }
    }
}

/// Returns what is selected below, but not what a fragment elsewhere selects.
fn selection_set_of(selection: &mut Selection) -> Option<&mut SelectionSet> {
    match selection {
        Selection::Field(field) => Some(&mut field.node.selection_set.node),
        Selection::InlineFragment(fragment) => Some(&mut fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => None,
    }
}

/// Asks for the name of the type under the root field `key`.
fn ask_for_type(selection_set: &mut SelectionSet, key: &str) {
    for selection in &mut selection_set.items {
        let pos = selection.pos;
        if let Selection::Field(field) = &mut selection.node
            && field.node.response_key().node == *key
            && !field.node.selection_set.node.items.is_empty()
        {
            let typename = Field {
                alias: Some(Positioned::new(Name::new(TYPENAME_KEY), pos)),
                name: Positioned::new(Name::new("__typename"), pos),
                arguments: Vec::new(),
                directives: Vec::new(),
                selection_set: Positioned::new(SelectionSet::default(), pos),
            };
            field.node.selection_set.node.items.insert(
                0,
                Positioned::new(Selection::Field(Positioned::new(typename, pos)), pos),
            );
        }
    }
}

/// Returns the fragments that a selection uses, directly or through others.
fn used_fragments(selection_set: &SelectionSet, fragments: &Fragments) -> Fragments {
    let mut used = HashSet::new();
    collect_spreads(selection_set, fragments, &mut used);
    fragments
        .iter()
        .filter(|(name, _)| used.contains(*name))
        .map(|(name, fragment)| (name.clone(), fragment.clone()))
        .collect()
}

fn collect_spreads(selection_set: &SelectionSet, fragments: &Fragments, used: &mut HashSet<Name>) {
    for selection in &selection_set.items {
        match &selection.node {
            Selection::Field(field) => {
                collect_spreads(&field.node.selection_set.node, fragments, used);
            }
            Selection::InlineFragment(fragment) => {
                collect_spreads(&fragment.node.selection_set.node, fragments, used);
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if used.insert(name.clone())
                    && let Some(fragment) = fragments.get(name)
                {
                    collect_spreads(&fragment.node.selection_set.node, fragments, used);
                }
            }
        }
    }
}
