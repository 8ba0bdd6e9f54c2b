//! Says what data each screen needs and what each action sends, and checks an
//! endpoint's reply against it.
//!
//! Implements "Next screen response payload" of
//! [Implementing endpoints](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint)
//! and the data model of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).

mod check;
mod payload;
mod screen_id;

use std::collections::{BTreeSet, HashMap};

pub use check::{Arrival, Finding, FindingKind};
pub use payload::{ActionPayload, PayloadField};
pub use screen_id::{ScreenId, ScreenIdError};

use crate::{
    data_type::DataType,
    expression::{Dynamic, Scope},
    facts::PropertyKind,
    model::{DataField, FlowJson, Screen, Site},
    resolve,
};

/// Holds the data that one screen declares, apart from the document, so that
/// a server can keep it for as long as the Flow lives.
///
/// # Examples
///
/// ```
/// use flowgate_flow_json::{FlowJson, ScreenId};
/// use serde_json::json;
///
/// let flow = FlowJson::parse(br#"{"version": "7.3", "screens": [{
///     "id": "SLOTS", "title": "Slots", "terminal": true,
///     "data": {"free": {"type": "number", "__example__": 3}},
///     "layout": {"type": "SingleColumnLayout", "children": []}
/// }]}"#);
/// let contract = flow.screen_contract(&"SLOTS".parse::<ScreenId>()?).expect("it is declared");
///
/// assert!(contract.check(&json!({"free": 2})).is_empty());
/// let findings = contract.check(&json!({"free": "2"}));
/// assert_eq!(findings[0].pointer, "/free");
/// assert_eq!(findings[0].to_string(), "`/free` is a string, expected number");
/// # Ok::<(), flowgate_flow_json::ScreenIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenContract {
    pub(crate) screen: ScreenId,
    pub(crate) terminal: bool,
    pub(crate) refresh_on_back: bool,
    pub(crate) fields: Vec<ContractField>,
    /// The places in `fields`, sorted by name.
    pub(crate) sorted: Vec<u32>,
}

/// Holds one field that a screen needs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ContractField {
    /// The name of the field.
    pub name: String,
    /// The type of its value. Where a list feeds a component, the members
    /// that the component needs count as required.
    pub data_type: DataType,
}

impl ScreenContract {
    fn of(screen: Screen<'_>, id: ScreenId, needs: &Needs<'_>) -> Self {
        let mut fields: Vec<ContractField> = Vec::with_capacity(screen.data().len());
        for (index, field) in screen.data().iter().enumerate() {
            // Of a name that is declared twice the last declaration counts.
            let is_last = screen
                .data_field(&field.name)
                .is_some_and(|last| std::ptr::eq(last, &raw const screen.data()[index]));
            if is_last {
                fields.push(ContractField {
                    name: field.name.clone(),
                    data_type: with_needs(needs.get(&(screen.index(), field.name.as_str())), field),
                });
            }
        }
        let mut sorted: Vec<u32> = (0..fields.len() as u32).collect();
        sorted.sort_by(|a, b| fields[*a as usize].name.cmp(&fields[*b as usize].name));
        Self {
            screen: id,
            terminal: screen.is_terminal(),
            refresh_on_back: screen.refreshes_on_back(),
            fields,
            sorted,
        }
    }

    /// Returns the screen.
    pub fn screen(&self) -> &ScreenId {
        &self.screen
    }

    /// Says whether the Flow can end on the screen.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Says whether going back from the screen asks the endpoint.
    pub fn refreshes_on_back(&self) -> bool {
        self.refresh_on_back
    }

    /// Returns the fields that the screen needs, in the order of the
    /// document. All of them are required.
    pub fn fields(&self) -> &[ContractField] {
        &self.fields
    }

    /// Returns the field called `name`.
    pub fn field(&self, name: &str) -> Option<&ContractField> {
        let place = self
            .sorted
            .binary_search_by(|index| self.fields[*index as usize].name.as_str().cmp(name))
            .ok()?;
        self.fields.get(self.sorted[place] as usize)
    }

    /// Returns the declared data as one object type, to be compared with
    /// another type by [`DataType::fits`].
    pub fn data_type(&self) -> DataType {
        let mut data_type = DataType::object_of(
            self.fields
                .iter()
                .map(|field| (field.name.clone(), field.data_type.clone()))
                .collect(),
        );
        if let DataType::Object(object) = &mut data_type {
            object.required = self.fields.iter().map(|field| field.name.clone()).collect();
        }
        data_type
    }
}

/// The members that lists need because components show them, by screen and
/// field.
type Needs<'f> = HashMap<(usize, &'f str), BTreeSet<&'static str>>;

fn needs_of_components(flow: &FlowJson) -> Needs<'_> {
    let mut needs = Needs::new();
    for dynamic in flow.uses() {
        if let Site::Property(facts) = dynamic.site()
            && let PropertyKind::List(list) = facts.kind
            && let Dynamic::Reference(reference) = dynamic.value()
            && reference.scope == Scope::Data
            && reference.path.len() == 1
            && let Some(screen) = resolve::screen_of(flow, dynamic.screen(), reference)
        {
            needs
                .entry((screen.index(), reference.name()))
                .or_default()
                .extend(list.required().map(|property| property.name));
        }
    }
    needs
}

fn with_needs(needs: Option<&BTreeSet<&'static str>>, field: &DataField) -> DataType {
    let mut data_type = field.data_type.clone();
    if let Some(needs) = needs
        && let DataType::Array(array) = &mut data_type
        && let DataType::Object(item) = array.items.as_mut()
    {
        for (name, _) in &item.properties {
            if needs.contains(name.as_str()) && !item.required.contains(name) {
                item.required.push(name.clone());
            }
        }
    }
    data_type
}

impl FlowJson {
    /// Returns what the screen called `id` needs, or `None` if there is no
    /// such screen.
    pub fn screen_contract(&self, id: &ScreenId) -> Option<ScreenContract> {
        let screen = self.screen(id.as_str())?;
        Some(ScreenContract::of(
            screen,
            id.clone(),
            &needs_of_components(self),
        ))
    }

    /// Returns the contracts of all screens whose id can be used, in the
    /// order of the document.
    pub fn screen_contracts(&self) -> Vec<ScreenContract> {
        let needs = needs_of_components(self);
        self.screens()
            .filter_map(|screen| {
                let id: ScreenId = screen.id()?.parse().ok()?;
                // The first of several screens with one id counts.
                let first = self.screen(id.as_str())?;
                (first.index() == screen.index()).then(|| ScreenContract::of(screen, id, &needs))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = r#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"A": ["B"]}, "screens": [
        {"id": "A", "title": "A", "refresh_on_back": true, "data": {
            "z": {"type": "string", "__example__": ""},
            "list": {"type": "array", "__example__": [], "items": {"type": "object", "properties": {
                "id": {"type": "string"}, "title": {"type": "string"}, "note": {"type": "string"}}}}},
         "layout": {"type": "SingleColumnLayout", "children": [
            {"type": "Dropdown", "name": "d", "label": "D", "data-source": "${data.list}"}]}},
        {"id": "B", "title": "B", "terminal": true}]}"#;

    #[test]
    fn contracts_outlive_the_document() {
        fn assert_shareable<T: Send + Sync + 'static>(_: &T) {}
        let contracts = FlowJson::parse(FLOW.as_bytes()).screen_contracts();
        assert_shareable(&contracts);

        assert_eq!(contracts.len(), 2);
        assert_eq!(contracts[0].screen().as_str(), "A");
        assert!(contracts[0].refreshes_on_back());
        assert!(contracts[1].is_terminal());
        let names: Vec<_> = contracts[0].fields().iter().map(|f| &f.name).collect();
        assert_eq!(names, ["z", "list"]);
        assert_eq!(
            contracts[0].field("z").map(|field| &field.data_type),
            Some(&DataType::String)
        );
        assert_eq!(contracts[0].field("y"), None);
    }

    #[test]
    fn a_list_needs_what_its_component_shows() {
        let contracts = FlowJson::parse(FLOW.as_bytes()).screen_contracts();
        let DataType::Array(list) = &contracts[0].field("list").unwrap().data_type else {
            panic!("declared as an array");
        };
        let DataType::Object(item) = list.items.as_ref() else {
            panic!("declared as objects");
        };
        assert_eq!(item.required, ["id", "title"]);
    }
}
