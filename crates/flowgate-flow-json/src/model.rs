//! Reads a document into screens, components, actions and references, each
//! with the place where it was written.
//!
//! Implements [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).
//!
//! Nothing that was written is lost: a property or component that the tables
//! do not know is kept without facts, and the rules report it. Handles such as
//! [`Screen`] and [`Component`] are cheap to copy and borrow from [`FlowJson`].

mod build;
mod routing;

use std::collections::HashMap;

pub use routing::{Route, RoutingModel};

use crate::{
    data_type::DataType,
    expression::Dynamic,
    facts::{ActionName, ComponentType, InputValue, ObjectFacts, PropertyFacts},
    json::{Document, JsonProblem, Node, NodeId},
    version::Version,
};

/// Holds one Flow JSON document as it was written and what it means.
///
/// It is made by [`FlowJson::parse`], which never fails: whatever can be
/// understood is here, and [`FlowJson::check`] reports the rest.
#[derive(Debug)]
pub struct FlowJson {
    pub(crate) document: Document,
    pub(crate) json_problems: Vec<JsonProblem>,
    /// Whether the JSON was understood to its end.
    pub(crate) complete: bool,
    /// Whether some parts were left out because there are far too many.
    pub(crate) truncated: bool,
    pub(crate) declared_version: Option<Version>,
    pub(crate) screens: Vec<ScreenData>,
    pub(crate) components: Vec<ComponentData>,
    pub(crate) objects: Vec<ObjectData>,
    pub(crate) members: Vec<MemberData>,
    pub(crate) actions: Vec<ActionData>,
    pub(crate) uses: Vec<UseData>,
    pub(crate) screen_index: HashMap<String, usize>,
    pub(crate) routing: RoutingModel,
}

#[derive(Debug)]
pub(crate) struct ScreenData {
    pub(crate) node: NodeId,
    pub(crate) id: Option<String>,
    pub(crate) data: Vec<DataField>,
    /// The last field of each name, which is the one that counts.
    pub(crate) data_index: HashMap<String, usize>,
    pub(crate) actions: std::ops::Range<usize>,
    pub(crate) components: std::ops::Range<usize>,
    /// The first input of each name.
    pub(crate) inputs: HashMap<String, usize>,
}

#[derive(Debug)]
pub(crate) struct ComponentData {
    pub(crate) node: NodeId,
    pub(crate) component_type: Option<ComponentType>,
    pub(crate) screen: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) slot: Slot,
    pub(crate) object: Option<usize>,
    /// The index behind the last component inside this one.
    pub(crate) end: usize,
}

/// Says in which list of its parent a component stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// The children of the layout, of a Form, or of an unknown component.
    Children,
    /// The `then` branch of an If.
    Then,
    /// The `else` branch of an If.
    Else,
    /// The case of a Switch whose list is this value.
    Case(NodeId),
}

#[derive(Debug)]
pub(crate) struct ObjectData {
    pub(crate) node: NodeId,
    pub(crate) facts: &'static ObjectFacts,
    pub(crate) component: Option<usize>,
    pub(crate) members: std::ops::Range<usize>,
}

#[derive(Debug)]
pub(crate) struct MemberData {
    pub(crate) node: NodeId,
    pub(crate) facts: Option<&'static PropertyFacts>,
}

#[derive(Debug)]
pub(crate) struct ActionData {
    pub(crate) node: NodeId,
    pub(crate) screen: usize,
    pub(crate) component: usize,
    pub(crate) property: &'static PropertyFacts,
    /// Whether it stands on an item of the component.
    pub(crate) on_item: bool,
    pub(crate) name: Option<ActionName>,
}

#[derive(Debug)]
pub(crate) struct UseData {
    pub(crate) node: NodeId,
    pub(crate) screen: usize,
    pub(crate) component: Option<usize>,
    pub(crate) site: Site,
    pub(crate) value: Dynamic,
}

/// Says where a dynamic string stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Site {
    /// It is the whole value of a property.
    Property(&'static PropertyFacts),
    /// It stands inside the list or map of a property.
    Element(&'static PropertyFacts),
    /// It is the payload of an action or part of it.
    Payload { action: usize, top_level: bool },
}

impl Site {
    pub(crate) fn property(self) -> Option<&'static PropertyFacts> {
        match self {
            Self::Property(facts) | Self::Element(facts) => Some(facts),
            Self::Payload { .. } => None,
        }
    }
}

/// Holds one field of the data that a screen declares.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DataField {
    /// The name of the field.
    pub name: String,
    /// The declaration.
    pub node: NodeId,
    /// The declared type.
    pub data_type: DataType,
    /// The `__example__`.
    pub example: Option<NodeId>,
}

impl FlowJson {
    /// Reads a document. Whatever is wrong with it, the result holds all that
    /// was understood; [`FlowJson::check`] says what was not.
    ///
    /// # Examples
    ///
    /// ```
    /// use flowgate_flow_json::FlowJson;
    ///
    /// let flow = FlowJson::parse(br#"{"version": "7.3", "screens": [{"id": "START"}]}"#);
    ///
    /// assert_eq!(flow.screens().count(), 1);
    /// assert!(!flow.check().is_empty(), "a screen needs a layout");
    /// ```
    pub fn parse(text: &[u8]) -> Self {
        build::build(crate::json::read(text))
    }

    /// Returns the JSON document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Says whether the text is JSON to its end.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the version that the document declares, if it can be read.
    pub fn declared_version(&self) -> Option<Version> {
        self.declared_version
    }

    /// Returns the version whose rules apply: the declared one, or the
    /// closest that WhatsApp lists, or the recommended one.
    pub fn version(&self) -> Version {
        build::effective_version(self.declared_version)
    }

    /// Says whether the Flow talks to an endpoint, that is, whether it has a
    /// `data_api_version`.
    pub fn has_endpoint(&self) -> bool {
        self.member("data_api_version").is_some()
    }

    /// Returns a member of the document.
    pub fn member(&self, name: &str) -> Option<Node<'_>> {
        self.document.root()?.get(name)
    }

    /// Iterates over the screens in the order of the document.
    pub fn screens(&self) -> impl DoubleEndedIterator<Item = Screen<'_>> + Clone {
        (0..self.screens.len()).map(|index| Screen { flow: self, index })
    }

    /// Returns the first screen whose id is `id`.
    pub fn screen(&self, id: &str) -> Option<Screen<'_>> {
        self.screen_index.get(id).map(|index| Screen {
            flow: self,
            index: *index,
        })
    }

    /// Iterates over all components of all screens in the order of the
    /// document; a component comes before those inside it.
    pub fn components(&self) -> impl Iterator<Item = Component<'_>> {
        (0..self.components.len()).map(|index| Component { flow: self, index })
    }

    /// Iterates over all actions in the order of the document.
    pub fn actions(&self) -> impl Iterator<Item = Action<'_>> {
        (0..self.actions.len()).map(|index| Action { flow: self, index })
    }

    /// Returns the routing model: the written one, or the one that follows
    /// from the `navigate` actions.
    pub fn routing(&self) -> &RoutingModel {
        &self.routing
    }

    pub(crate) fn component(&self, index: usize) -> Component<'_> {
        Component { flow: self, index }
    }

    pub(crate) fn screen_at(&self, index: usize) -> Screen<'_> {
        Screen { flow: self, index }
    }

    pub(crate) fn action_at(&self, index: usize) -> Action<'_> {
        Action { flow: self, index }
    }

    pub(crate) fn node(&self, id: NodeId) -> Node<'_> {
        self.document.node(id)
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.objects.iter().map(|data| Object { flow: self, data })
    }

    pub(crate) fn uses(&self) -> impl Iterator<Item = Use<'_>> {
        self.uses.iter().map(|data| Use { flow: self, data })
    }

    pub(crate) fn screen_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.screens
            .iter()
            .filter_map(|screen| screen.id.as_deref())
    }
}

/// Points at one screen of a [`FlowJson`].
#[derive(Clone, Copy, Debug)]
pub struct Screen<'f> {
    flow: &'f FlowJson,
    index: usize,
}

impl<'f> Screen<'f> {
    fn screen(self) -> &'f ScreenData {
        &self.flow.screens[self.index]
    }

    /// Returns the place of the screen in the list of screens.
    pub fn index(self) -> usize {
        self.index
    }

    /// Returns the object that declares the screen.
    pub fn node(self) -> Node<'f> {
        self.flow.node(self.screen().node)
    }

    /// Returns the id, if it is a string.
    pub fn id(self) -> Option<&'f str> {
        self.screen().id.as_deref()
    }

    /// Returns the id, or a stand-in for messages.
    pub(crate) fn name(self) -> &'f str {
        self.id().unwrap_or("(no id)")
    }

    /// Returns the title, if it is a string.
    pub fn title(self) -> Option<&'f str> {
        self.node().get("title").and_then(Node::as_str)
    }

    /// Says whether the Flow can end here.
    pub fn is_terminal(self) -> bool {
        self.flag("terminal")
    }

    /// Says whether ending here counts as success.
    pub fn is_success(self) -> bool {
        self.node().get("success").and_then(Node::as_bool) != Some(false)
    }

    /// Says whether going back from here asks the endpoint.
    pub fn refreshes_on_back(self) -> bool {
        self.flag("refresh_on_back")
    }

    fn flag(self, name: &str) -> bool {
        self.node().get(name).and_then(Node::as_bool) == Some(true)
    }

    /// Returns the data that the screen declares.
    pub fn data(self) -> &'f [DataField] {
        &self.screen().data
    }

    /// Returns the field called `name` of the data that the screen declares.
    pub fn data_field(self, name: &str) -> Option<&'f DataField> {
        let index = *self.screen().data_index.get(name)?;
        self.data().get(index)
    }

    /// Iterates over all components of the screen in the order of the
    /// document; a component comes before those inside it.
    pub fn components(self) -> impl DoubleEndedIterator<Item = Component<'f>> + Clone {
        let flow = self.flow;
        self.screen()
            .components
            .clone()
            .map(move |index| Component { flow, index })
    }

    /// Iterates over the components that stand directly in the layout.
    pub fn children(self) -> impl Iterator<Item = Component<'f>> {
        let range = self.screen().components.clone();
        siblings(self.flow, range.start, range.end)
    }

    /// Returns the first input called `name`.
    pub fn input(self, name: &str) -> Option<Component<'f>> {
        let index = *self.screen().inputs.get(name)?;
        Some(Component {
            flow: self.flow,
            index,
        })
    }

    /// Iterates over the actions of the screen.
    pub fn actions(self) -> impl Iterator<Item = Action<'f>> {
        let flow = self.flow;
        self.screen()
            .actions
            .clone()
            .map(move |index| Action { flow, index })
    }

    pub(crate) fn input_names(self) -> impl Iterator<Item = &'f str> {
        self.screen().inputs.keys().map(String::as_str)
    }
}

fn siblings(flow: &FlowJson, start: usize, end: usize) -> impl Iterator<Item = Component<'_>> {
    let mut next = start;
    std::iter::from_fn(move || {
        (next < end).then(|| {
            let component = Component { flow, index: next };
            next = component.data().end;
            component
        })
    })
}

/// Points at one component of a [`FlowJson`].
#[derive(Clone, Copy, Debug)]
pub struct Component<'f> {
    flow: &'f FlowJson,
    index: usize,
}

impl<'f> Component<'f> {
    fn data(self) -> &'f ComponentData {
        &self.flow.components[self.index]
    }

    pub(crate) fn index(self) -> usize {
        self.index
    }

    /// Returns the object that declares the component.
    pub fn node(self) -> Node<'f> {
        self.flow.node(self.data().node)
    }

    /// Returns the type; `None` if WhatsApp has no such component.
    pub fn component_type(self) -> Option<ComponentType> {
        self.data().component_type
    }

    /// Returns the type as it was written.
    pub fn type_name(self) -> &'f str {
        self.get("type")
            .and_then(Node::as_str)
            .unwrap_or("component")
    }

    /// Says whether the component is of type `component_type`.
    pub fn is(self, component_type: ComponentType) -> bool {
        self.component_type() == Some(component_type)
    }

    /// Says what the user's input yields; `None` if this is no input.
    pub fn input_value(self) -> Option<InputValue> {
        self.component_type()?.facts().input
    }

    /// Returns a property as it was written, whether the component has such a
    /// property or not.
    pub fn get(self, name: &str) -> Option<Node<'f>> {
        self.node().get(name)
    }

    /// Iterates over the properties in the order of the document.
    pub fn properties(self) -> impl Iterator<Item = Property<'f>> {
        let members = match self.data().object {
            Some(object) => self.flow.objects[object].members.clone(),
            None => 0..0,
        };
        let flow = self.flow;
        flow.members[members].iter().map(move |member| Property {
            node: flow.node(member.node),
            facts: member.facts,
        })
    }

    /// Returns the name of an input, Form or NavigationList.
    pub fn name(self) -> Option<&'f str> {
        self.get("name").and_then(Node::as_str)
    }

    /// Returns the screen.
    pub fn screen(self) -> Screen<'f> {
        Screen {
            flow: self.flow,
            index: self.data().screen,
        }
    }

    /// Returns the component that this one stands in.
    pub fn parent(self) -> Option<Component<'f>> {
        self.data().parent.map(|index| Component {
            flow: self.flow,
            index,
        })
    }

    /// Says in which list of its parent the component stands.
    pub fn slot(self) -> Slot {
        self.data().slot
    }

    /// Iterates over the components that stand directly in this one.
    pub fn children(self) -> impl Iterator<Item = Component<'f>> {
        siblings(self.flow, self.index + 1, self.data().end)
    }

    /// Iterates over the components that this one stands in, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Component<'f>> {
        std::iter::successors(self.parent(), |component| component.parent())
    }

    /// Says whether the component stands in a Form.
    pub fn is_in_form(self) -> bool {
        self.ancestors()
            .any(|component| component.is(ComponentType::Form))
    }

    /// Says how to call the component in a message.
    pub(crate) fn title(self) -> String {
        match self.name() {
            Some(name) => format!("{} `{name}`", self.type_name()),
            None => self.type_name().to_owned(),
        }
    }

    /// Returns the type that the user's input has in `${form.…}`; `None` if
    /// this is no input.
    pub fn data_type(self) -> Option<DataType> {
        Some(match self.input_value()? {
            // Whether a number input yields a number or its digits is not
            // documented, so both are accepted.
            InputValue::Text
                if self.is(ComponentType::TextInput)
                    && self.get("input-type").and_then(Node::as_str) == Some("number") =>
            {
                DataType::OneOf(vec![DataType::String, DataType::Number])
            }
            InputValue::Text | InputValue::Date => DataType::String,
            InputValue::Texts => DataType::array_of(DataType::String),
            InputValue::Boolean => DataType::Boolean,
            InputValue::Calendar => {
                let range = DataType::object_of(vec![
                    ("start-date".into(), DataType::String),
                    ("end-date".into(), DataType::String),
                ]);
                match self.get("mode").and_then(Node::as_str) {
                    Some("range") => range,
                    Some("single") | None => DataType::String,
                    Some(_) => DataType::OneOf(vec![DataType::String, range]),
                }
            }
            InputValue::Media => DataType::array_of(DataType::Any),
        })
    }
}

/// Holds one property of a component.
#[derive(Clone, Copy, Debug)]
pub struct Property<'f> {
    /// The value.
    pub node: Node<'f>,
    /// What is known about it; `None` if the component has no such property.
    pub facts: Option<&'static PropertyFacts>,
}

impl<'f> Property<'f> {
    /// Returns the property as it was written.
    pub fn name(self) -> &'f str {
        self.node.key().unwrap_or_default()
    }

    /// Returns the value as a reference, mixed text or expression; `None` if
    /// it is none of them.
    pub fn dynamic(self) -> Option<Dynamic> {
        Dynamic::parse(self.node.as_str()?)
    }
}

/// Points at one object whose properties are tabulated.
#[derive(Clone, Copy)]
pub(crate) struct Object<'f> {
    flow: &'f FlowJson,
    data: &'f ObjectData,
}

impl<'f> Object<'f> {
    pub(crate) fn node(self) -> Node<'f> {
        self.flow.node(self.data.node)
    }

    pub(crate) fn facts(self) -> &'static ObjectFacts {
        self.data.facts
    }

    pub(crate) fn component(self) -> Option<Component<'f>> {
        self.data.component.map(|index| self.flow.component(index))
    }

    /// Says how to call the object in a message.
    pub(crate) fn title(self) -> String {
        match self.component() {
            Some(component) if component.node().id() == self.data.node => component.title(),
            _ => self.data.facts.name.to_owned(),
        }
    }

    pub(crate) fn properties(self) -> impl Iterator<Item = Property<'f>> {
        let flow = self.flow;
        flow.members[self.data.members.clone()]
            .iter()
            .map(move |member| Property {
                node: flow.node(member.node),
                facts: member.facts,
            })
    }

    /// Iterates over the properties that the tables know.
    pub(crate) fn known(self) -> impl Iterator<Item = (Node<'f>, &'static PropertyFacts)> {
        self.properties()
            .filter_map(|property| Some((property.node, property.facts?)))
    }
}

/// Points at one action of a [`FlowJson`].
#[derive(Clone, Copy, Debug)]
pub struct Action<'f> {
    flow: &'f FlowJson,
    index: usize,
}

impl<'f> Action<'f> {
    fn data(self) -> &'f ActionData {
        &self.flow.actions[self.index]
    }

    /// Returns the object that declares the action.
    pub fn node(self) -> Node<'f> {
        self.flow.node(self.data().node)
    }

    /// Returns the name; `None` if WhatsApp has no such action.
    pub fn name(self) -> Option<ActionName> {
        self.data().name
    }

    /// Says whether the action is called `name`.
    pub fn is(self, name: ActionName) -> bool {
        self.name() == Some(name)
    }

    /// Returns the screen.
    pub fn screen(self) -> Screen<'f> {
        self.flow.screen_at(self.data().screen)
    }

    /// Returns the component that the action belongs to.
    pub fn component(self) -> Component<'f> {
        self.flow.component(self.data().component)
    }

    /// Returns the property that holds the action, such as `on-click-action`.
    pub fn trigger(self) -> &'static str {
        self.data().property.name
    }

    pub(crate) fn place(self) -> &'static PropertyFacts {
        self.data().property
    }

    /// Says whether the action stands on an item of the component.
    pub fn is_on_item(self) -> bool {
        self.data().on_item
    }

    /// Returns the payload.
    pub fn payload(self) -> Option<Node<'f>> {
        self.node().get("payload")
    }

    /// Returns the id of the screen that `navigate` goes to.
    pub fn target(self) -> Option<&'f str> {
        self.target_node()?.as_str()
    }

    pub(crate) fn target_node(self) -> Option<Node<'f>> {
        if !self.is(ActionName::Navigate) {
            return None;
        }
        self.node().get("next")?.get("name")
    }
}

/// Points at one dynamic string.
#[derive(Clone, Copy)]
pub(crate) struct Use<'f> {
    flow: &'f FlowJson,
    data: &'f UseData,
}

impl<'f> Use<'f> {
    pub(crate) fn node(self) -> Node<'f> {
        self.flow.node(self.data.node)
    }

    pub(crate) fn value(self) -> &'f Dynamic {
        &self.data.value
    }

    pub(crate) fn site(self) -> Site {
        self.data.site
    }

    pub(crate) fn screen(self) -> Screen<'f> {
        self.flow.screen_at(self.data.screen)
    }

    pub(crate) fn component(self) -> Option<Component<'f>> {
        self.data.component.map(|index| self.flow.component(index))
    }

    pub(crate) fn action(self) -> Option<Action<'f>> {
        match self.data.site {
            Site::Payload { action, .. } => Some(self.flow.action_at(action)),
            Site::Property(_) | Site::Element(_) => None,
        }
    }
}

/// Says whether a text is meant as Flow JSON: an object with `screens`, or
/// something broken in which `"screens"` is written.
pub fn looks_like_flow_json(text: &[u8]) -> bool {
    let flow = FlowJson::parse(text);
    if flow.complete {
        return flow.member("screens").is_some_and(Node::is_array);
    }
    text.windows(SCREENS.len()).any(|window| window == SCREENS)
}

const SCREENS: &[u8] = b"\"screens\"";
