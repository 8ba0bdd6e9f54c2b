//! Builds the model from a document in one walk.

use std::collections::HashMap;

use super::{
    ActionData, ComponentData, DataField, FlowJson, MemberData, ObjectData, RoutingModel,
    ScreenData, Site, Slot, UseData,
};
use crate::{
    data_type::DataType,
    expression::{Dynamic, Mode},
    facts::{self, ACTION, ActionName, FLOW, ObjectFacts, PropertyFacts, PropertyKind, SCREEN},
    json::{Document, Node, NodeId, ReadJson},
    version::{RECOMMENDED, V2_1, V6_0, Version},
};

/// Screens beyond these are counted but not read: far more than WhatsApp
/// allows, and few enough that no document can exhaust the memory.
const MAX_MODELLED_SCREENS: usize = 2_000;

/// Components beyond these are not read.
const MAX_MODELLED_COMPONENTS: usize = 200_000;

/// Properties beyond these are not read.
const MAX_MODELLED_MEMBERS: usize = 2_000_000;

pub(super) fn effective_version(declared: Option<Version>) -> Version {
    declared.map_or(RECOMMENDED, |version| version.clamp(V2_1, RECOMMENDED))
}

pub(super) fn build(reading: ReadJson) -> FlowJson {
    let ReadJson {
        document,
        problems,
        complete,
    } = reading;
    let declared_version = document
        .root()
        .and_then(|root| root.get("version"))
        .and_then(Node::as_str)
        .and_then(|text| text.parse().ok());
    let mut builder = Builder {
        document: &document,
        mode: if effective_version(declared_version) < V6_0 {
            Mode::Condition
        } else {
            Mode::ConditionWithArithmetic
        },
        truncated: false,
        screens: Vec::new(),
        components: Vec::new(),
        objects: Vec::new(),
        members: Vec::new(),
        actions: Vec::new(),
        uses: Vec::new(),
    };
    builder.document();
    let Builder {
        truncated,
        screens,
        components,
        objects,
        members,
        actions,
        uses,
        ..
    } = builder;
    let mut screen_index = HashMap::with_capacity(screens.len());
    for (index, screen) in screens.iter().enumerate() {
        if let Some(id) = &screen.id {
            screen_index.entry(id.clone()).or_insert(index);
        }
    }
    let routing = RoutingModel::read(&document, &screens, &screen_index, &actions);
    FlowJson {
        document,
        json_problems: problems,
        complete,
        truncated,
        declared_version,
        screens,
        components,
        objects,
        members,
        actions,
        uses,
        screen_index,
        routing,
    }
}

struct Builder<'d> {
    document: &'d Document,
    /// How the condition of an If is read.
    mode: Mode,
    truncated: bool,
    screens: Vec<ScreenData>,
    components: Vec<ComponentData>,
    objects: Vec<ObjectData>,
    members: Vec<MemberData>,
    actions: Vec<ActionData>,
    uses: Vec<UseData>,
}

/// Where in the document the walk is.
#[derive(Clone, Copy)]
struct Place {
    screen: usize,
    component: Option<usize>,
    on_item: bool,
}

impl<'d> Builder<'d> {
    fn document(&mut self) {
        let Some(root) = self.document.root().filter(|root| root.is_object()) else {
            return;
        };
        self.object(root, &FLOW, None);
        let screens = root.get("screens").into_iter().flat_map(Node::items);
        for (index, screen) in screens.filter(|screen| screen.is_object()).enumerate() {
            if index == MAX_MODELLED_SCREENS {
                self.truncated = true;
                break;
            }
            self.screen(screen);
        }
    }

    fn screen(&mut self, node: Node<'d>) {
        let screen = self.screens.len();
        let start = self.components.len();
        let first_action = self.actions.len();
        let place = Place {
            screen,
            component: None,
            on_item: false,
        };
        self.screens.push(ScreenData {
            node: node.id(),
            id: node.get("id").and_then(Node::as_str).map(str::to_owned),
            data_index: HashMap::new(),
            data: data_fields(node),
            actions: first_action..first_action,
            components: start..start,
            inputs: HashMap::new(),
        });
        self.object(node, &SCREEN, Some(place));
        if let Some(layout) = node.get("layout") {
            // A layout of unknown type is still read for its children.
            if let Some(children) = layout.get("children") {
                self.children(children, screen, None, Slot::Children);
            }
        }
        let end = self.components.len();
        let mut inputs = HashMap::new();
        for (offset, component) in self.components[start..end].iter().enumerate() {
            let is_input = component
                .component_type
                .is_some_and(facts::ComponentType::is_input);
            let name = self
                .document
                .node(component.node)
                .get("name")
                .and_then(Node::as_str);
            if let Some(name) = name.filter(|_| is_input) {
                inputs.entry(name.to_owned()).or_insert(start + offset);
            }
        }
        let data = &mut self.screens[screen];
        data.data_index = data
            .data
            .iter()
            .enumerate()
            .map(|(index, field)| (field.name.clone(), index))
            .collect();
        data.actions = first_action..self.actions.len();
        data.components = start..end;
        data.inputs = inputs;
    }

    fn children(&mut self, list: Node<'d>, screen: usize, parent: Option<usize>, slot: Slot) {
        for child in list.items().filter(|child| child.is_object()) {
            if self.components.len() >= MAX_MODELLED_COMPONENTS {
                self.truncated = true;
                return;
            }
            self.component(child, screen, parent, slot);
        }
    }

    fn component(&mut self, node: Node<'d>, screen: usize, parent: Option<usize>, slot: Slot) {
        let index = self.components.len();
        let component_type = node
            .get("type")
            .and_then(Node::as_str)
            .and_then(facts::find_component);
        self.components.push(ComponentData {
            node: node.id(),
            component_type,
            screen,
            parent,
            slot,
            object: None,
            end: index + 1,
        });
        if let Some(component_type) = component_type {
            let object = self.object(
                node,
                component_type.facts(),
                Some(Place {
                    screen,
                    component: Some(index),
                    on_item: false,
                }),
            );
            self.components[index].object = object;
        }
        // Children are read whatever the type, so that what a mistyped
        // component holds is still checked and still has names.
        for (name, value) in node.members() {
            match name {
                "children" => self.children(value, screen, Some(index), Slot::Children),
                "then" => self.children(value, screen, Some(index), Slot::Then),
                "else" => self.children(value, screen, Some(index), Slot::Else),
                "cases" => {
                    for (_, case) in value.members() {
                        self.children(case, screen, Some(index), Slot::Case(case.id()));
                    }
                }
                _ => {}
            }
        }
        self.components[index].end = self.components.len();
    }

    /// Records an object whose properties are tabulated and reads on below.
    fn object(
        &mut self,
        node: Node<'d>,
        facts: &'static ObjectFacts,
        place: Option<Place>,
    ) -> Option<usize> {
        if self.members.len() >= MAX_MODELLED_MEMBERS {
            self.truncated = true;
            return None;
        }
        let index = self.objects.len();
        let start = self.members.len();
        for (name, value) in node.members() {
            self.members.push(MemberData {
                node: value.id(),
                facts: facts.property(name),
            });
        }
        let end = self.members.len();
        self.objects.push(ObjectData {
            node: node.id(),
            facts,
            component: place.and_then(|place| place.component),
            members: start..end,
        });
        if let Some(place) = place {
            for member in start..end {
                let MemberData { node, facts } = self.members[member];
                if let Some(facts) = facts {
                    self.property(self.document.node(node), facts, place);
                }
            }
        }
        Some(index)
    }

    fn property(&mut self, node: Node<'d>, facts: &'static PropertyFacts, place: Place) {
        match facts.kind {
            PropertyKind::Object(object) if node.is_object() => {
                self.object(node, object, Some(place));
            }
            PropertyKind::List(object) if node.is_array() => {
                for item in node.items().filter(|item| item.is_object()) {
                    let place = Place {
                        on_item: true,
                        ..place
                    };
                    self.object(item, object, Some(place));
                }
            }
            PropertyKind::Action(_) => self.action(node, facts, place),
            PropertyKind::Condition => {
                if let Some(text) = node.as_str() {
                    let value = Dynamic::parse_condition(text, self.mode);
                    self.uses.push(UseData {
                        node: node.id(),
                        screen: place.screen,
                        component: place.component,
                        site: Site::Property(facts),
                        value,
                    });
                }
            }
            PropertyKind::Components
            | PropertyKind::Cases
            | PropertyKind::DataModel
            | PropertyKind::ScreenId
            | PropertyKind::Payload => {}
            _ => self.strings(node, Site::Property(facts), Site::Element(facts), place),
        }
    }

    /// Records the dynamic strings in a value: `outer` says where the value
    /// itself stands, `inner` where the strings inside it do.
    fn strings(&mut self, node: Node<'d>, outer: Site, inner: Site, place: Place) {
        if let Some(text) = node.as_str() {
            if let Some(value) = Dynamic::parse(text) {
                self.uses.push(UseData {
                    node: node.id(),
                    screen: place.screen,
                    component: place.component,
                    site: outer,
                    value,
                });
            }
            return;
        }
        for child in node.children() {
            self.strings(child, inner, inner, place);
        }
    }

    fn action(&mut self, node: Node<'d>, property: &'static PropertyFacts, place: Place) {
        let Some(component) = place.component else {
            return;
        };
        if !node.is_object() {
            return;
        }
        self.object(node, &ACTION, Some(place));
        let action = self.actions.len();
        self.actions.push(ActionData {
            node: node.id(),
            screen: place.screen,
            component,
            property,
            on_item: place.on_item,
            name: node
                .get("name")
                .and_then(Node::as_str)
                .and_then(ActionName::find),
        });
        let Some(payload) = node.get("payload") else {
            return;
        };
        let inner = Site::Payload {
            action,
            top_level: false,
        };
        let member = Site::Payload {
            action,
            top_level: true,
        };
        if payload.is_object() {
            for (_, value) in payload.members() {
                self.strings(value, member, inner, place);
            }
        } else {
            self.strings(payload, inner, inner, place);
        }
    }
}

fn data_fields(screen: Node<'_>) -> Vec<DataField> {
    screen
        .get("data")
        .into_iter()
        .flat_map(Node::members)
        .map(|(name, schema)| DataField {
            name: name.to_owned(),
            node: schema.id(),
            data_type: DataType::declared(schema),
            example: schema.get("__example__").map(Node::id),
        })
        .collect()
}

/// Finds the targets of `navigate` actions that stand in example data, where
/// the items of a dynamic list carry their actions.
pub(super) fn navigations_in_examples<'d>(
    document: &'d Document,
    data: &[DataField],
) -> Vec<(&'d str, NodeId)> {
    let mut found = Vec::new();
    for example in data.iter().filter_map(|field| field.example) {
        let mut open = vec![document.node(example)];
        while let Some(node) = open.pop() {
            if node.get("name").and_then(Node::as_str) == Some(ActionName::Navigate.name())
                && let Some(target) = node.get("next").and_then(|next| next.get("name"))
                && let Some(id) = target.as_str()
            {
                found.push((id, target.id()));
            }
            open.extend(node.children());
        }
    }
    found
}
