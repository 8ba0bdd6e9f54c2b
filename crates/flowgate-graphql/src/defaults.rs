//! The values that stand for null: `@default(value: …)` behind a field.
//!
//! WhatsApp knows no null, and many schemas do not promise values.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, Value,
    parser::types::{FragmentDefinition, Selection, SelectionSet},
};
use serde_json::Value as Json;

/// The value of one field, as it was written.
#[derive(Clone, Debug)]
pub(crate) struct DefaultValue {
    pub(crate) value: Value,
    pub(crate) json: Json,
    pub(crate) pos: Pos,
}

/// The values of one document, by the position of their fields.
pub(crate) type DefaultValues = HashMap<Pos, DefaultValue>;

/// The values below one object of a result, by key.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    fields: HashMap<String, Field>,
}

#[derive(Debug, Default)]
struct Field {
    value: Option<Json>,
    below: Defaults,
}

impl Defaults {
    /// Finds where in the result of a selection values stand for null.
    pub(crate) fn of(
        values: &DefaultValues,
        set: &SelectionSet,
        fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    ) -> Self {
        let mut defaults = Self::default();
        if !values.is_empty() {
            let mut open = Vec::new();
            defaults.collect(values, set, fragments, &mut open);
        }
        defaults
    }

    fn collect<'s>(
        &mut self,
        values: &DefaultValues,
        set: &'s SelectionSet,
        fragments: &'s HashMap<Name, Positioned<FragmentDefinition>>,
        open: &mut Vec<&'s Name>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    let own = self.fields.entry(key.to_owned()).or_default();
                    if let Some(default) = values.get(&field.pos) {
                        own.value = Some(default.json.clone());
                    }
                    let below = &field.node.selection_set.node;
                    own.below.collect(values, below, fragments, open);
                }
                Selection::InlineFragment(fragment) => {
                    let below = &fragment.node.selection_set.node;
                    self.collect(values, below, fragments, open);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = fragments.get(name)
                        && !open.contains(&name)
                    {
                        open.push(name);
                        let below = &fragment.node.selection_set.node;
                        self.collect(values, below, fragments, open);
                        open.pop();
                    }
                }
            }
        }
    }

    /// Returns the values below the object under `key`.
    pub(crate) fn below(&self, key: &str) -> Option<&Self> {
        self.fields.get(key).map(|field| &field.below)
    }

    /// Returns what stands for null under `key`.
    pub(crate) fn value(&self, key: &str) -> Option<&Json> {
        self.fields.get(key)?.value.as_ref()
    }
}
