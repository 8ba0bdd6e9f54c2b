//! Holds what is known about every object of Flow JSON as data: its
//! properties, their types, limits and the versions that have them.
//!
//! Implements the tables of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson),
//! [Components](https://developers.facebook.com/docs/whatsapp/flows/reference/components) and
//! [Media upload](https://developers.facebook.com/docs/whatsapp/flows/reference/media_upload),
//! with the versions of the
//! [changelog](https://developers.facebook.com/docs/whatsapp/flows/changelog).
//!
//! The rules read these tables; a number or name written here stands nowhere
//! else.

mod actions;
mod components;
mod document;
mod kind;

pub(crate) use actions::ACTION;
pub use components::ComponentType;
pub(crate) use components::{COMPONENTS, MAX_UPLOADS, OPTION, find_component};
pub(crate) use document::{FLOW, LAYOUT, SCREEN};

use crate::{
    diagnostic::ErrorId,
    version::{V2_1, Version},
};

/// Describes one kind of object of Flow JSON.
#[derive(Debug)]
#[non_exhaustive]
pub struct ObjectFacts {
    /// The component type, or a plain name for other objects.
    pub name: &'static str,
    /// The first version that has it.
    pub since: Version,
    /// Its properties.
    pub properties: &'static [PropertyFacts],
    /// What an input of this type yields; `None` for all other objects.
    pub input: Option<InputValue>,
}

impl ObjectFacts {
    /// Returns the property called `name`.
    pub fn property(&self, name: &str) -> Option<&'static PropertyFacts> {
        self.properties.iter().find(|facts| facts.name == name)
    }
}

/// Says what value the user's input has in `${form.…}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InputValue {
    /// A string.
    Text,
    /// A list of the ids that were chosen.
    Texts,
    /// `true` or `false`.
    Boolean,
    /// A date as a string.
    Date,
    /// A date, or two dates in the members `start-date` and `end-date`.
    Calendar,
    /// A list of uploaded files.
    Media,
}

/// Describes one property.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PropertyFacts {
    /// The property as it is written.
    pub name: &'static str,
    /// What it holds.
    pub kind: PropertyKind,
    /// The first version that has it.
    pub since: Version,
    /// The first version that no longer has it.
    pub until: Option<Version>,
    /// The first version that demands it.
    pub required_since: Option<Version>,
    /// Whether a reference or expression may stand in place of the value.
    pub dynamic: bool,
    /// The characters that a phone shows before it cuts the text.
    pub max_characters: Option<usize>,
    /// The smallest and largest number.
    pub range: Option<(i64, i64)>,
    /// The fewest and most items of a list.
    pub items: Option<(usize, usize)>,
}

impl PropertyFacts {
    /// Says whether `version` has the property.
    pub fn exists_in(&self, version: Version) -> bool {
        version >= self.since && self.until.is_none_or(|until| version < until)
    }

    /// Says whether `version` demands the property.
    pub fn is_required_in(&self, version: Version) -> bool {
        self.required_since.is_some_and(|since| version >= since)
    }

    const fn required(self) -> Self {
        self.required_from(V2_1)
    }

    const fn required_from(mut self, version: Version) -> Self {
        self.required_since = Some(version);
        self
    }

    const fn since(mut self, version: Version) -> Self {
        self.since = version;
        self
    }

    const fn until(mut self, version: Version) -> Self {
        self.until = Some(version);
        self
    }

    const fn fixed(mut self) -> Self {
        self.dynamic = false;
        self
    }

    const fn characters(mut self, maximum: usize) -> Self {
        self.max_characters = Some(maximum);
        self
    }

    const fn between(mut self, minimum: i64, maximum: i64) -> Self {
        self.range = Some((minimum, maximum));
        self
    }

    const fn items(mut self, minimum: usize, maximum: usize) -> Self {
        self.items = Some((minimum, maximum));
        self
    }
}

/// Says what a property holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PropertyKind {
    /// Any JSON value.
    Any,
    /// A string.
    Text,
    /// A string, or a list of strings shown as paragraphs.
    TextOrTexts,
    /// A list of strings.
    Texts,
    /// The name of an input.
    Name,
    /// The discriminator of an object.
    Type,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A whole number that may also be written as a string of digits.
    LooseInteger,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A list of some of a few words.
    Words(&'static [&'static str]),
    /// A date: `YYYY-MM-DD`, before 5.0 milliseconds since 1970.
    Date,
    /// A list of dates.
    Dates,
    /// An image in base64 without the prefix `data:`.
    Image,
    /// An absolute address.
    Url,
    /// A regular expression.
    Pattern,
    /// Colour as six hexadecimal digits.
    Color,
    /// A value for each end of a date range, or a single one.
    PerDate(DateValue),
    /// An object of fixed properties.
    Object(&'static ObjectFacts),
    /// A list of objects of fixed properties.
    List(&'static ObjectFacts),
    /// An action, with the names allowed here and the versions that do.
    Action(&'static [(ActionName, Version)]),
    /// A list of components.
    Components,
    /// A map from the value of a Switch to a list of components.
    Cases,
    /// The condition of an If.
    Condition,
    /// The reference that a Switch looks at.
    SwitchValue,
    /// A map from input name to initial value.
    InitValues,
    /// A map from input name to error text.
    ErrorMessages,
    /// A text, or a map from media id to text.
    MediaErrors,
    /// The payload of an action.
    Payload,
    /// The data that a screen declares.
    DataModel,
    /// The routing model.
    RoutingModel,
    /// The list of screens.
    Screens,
    /// The version of Flow JSON.
    Version,
    /// The version of the data API.
    DataApiVersion,
    /// The id of a screen.
    ScreenId,
}

/// Says what a CalendarPicker in range mode takes for each of the two dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DateValue {
    /// A string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A date.
    Date,
}

/// Names an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionName {
    /// Goes to another screen.
    Navigate,
    /// Asks the endpoint.
    DataExchange,
    /// Ends the Flow.
    Complete,
    /// Changes the data of the current screen.
    UpdateData,
    /// Opens a web page.
    OpenUrl,
}

impl ActionName {
    /// All actions, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Navigate,
        Self::DataExchange,
        Self::Complete,
        Self::UpdateData,
        Self::OpenUrl,
    ];

    /// Returns the action as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Navigate => "navigate",
            Self::DataExchange => "data_exchange",
            Self::Complete => "complete",
            Self::UpdateData => "update_data",
            Self::OpenUrl => "open_url",
        }
    }

    /// Finds the action that is written `name`.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

const fn property(name: &'static str, kind: PropertyKind) -> PropertyFacts {
    PropertyFacts {
        name,
        kind,
        since: V2_1,
        until: None,
        required_since: None,
        dynamic: true,
        max_characters: None,
        range: None,
        items: None,
    }
}

const fn text(name: &'static str) -> PropertyFacts {
    property(name, PropertyKind::Text)
}

const fn boolean(name: &'static str) -> PropertyFacts {
    property(name, PropertyKind::Boolean)
}

const fn integer(name: &'static str) -> PropertyFacts {
    property(name, PropertyKind::Integer)
}

const fn word(name: &'static str, words: &'static [&'static str]) -> PropertyFacts {
    property(name, PropertyKind::Word(words))
}

const fn object_type() -> PropertyFacts {
    property("type", PropertyKind::Type).required().fixed()
}

const fn object(name: &'static str, properties: &'static [PropertyFacts]) -> ObjectFacts {
    ObjectFacts {
        name,
        since: V2_1,
        properties,
        input: None,
    }
}

/// The most screens that a Flow may have.
pub const MAX_SCREENS: usize = 100;

/// The most components that a screen may have.
pub const MAX_COMPONENTS_PER_SCREEN: usize = 50;

/// The most screens that can follow one screen.
pub const MAX_BRANCHES: usize = 10;

/// The deepest nesting of If in If.
pub const MAX_IF_NESTING: usize = 3;

/// The most ImageCarousels of a Flow.
pub const MAX_CAROUSELS_PER_FLOW: usize = 3;

/// The most files that a `complete` payload may carry, from version 5.0.
pub const MAX_COMPLETE_FILES: i64 = 10;

/// The most kibibytes that the files of a `complete` payload may have
/// together, from version 5.0.
pub const MAX_COMPLETE_KILOBYTES: i64 = 100 * 1024;

/// The most bytes that an image should have.
pub const MAX_IMAGE_BYTES: usize = 300 * 1024;

/// The most bytes that an image in a list should have from version 6.0.
pub const MAX_LIST_IMAGE_BYTES: usize = 100 * 1024;

/// The most options of a Dropdown if one of them has an image.
pub const MAX_DROPDOWN_OPTIONS_WITH_IMAGES: usize = 100;

/// How often a component may stand on one screen.
#[derive(Debug)]
pub(crate) struct CountLimit {
    pub(crate) component: &'static str,
    pub(crate) most: usize,
    pub(crate) since: Version,
    pub(crate) error: ErrorId,
}

const fn at_most(
    component: &'static str,
    most: usize,
    since: Version,
    error: ErrorId,
) -> CountLimit {
    CountLimit {
        component,
        most,
        since,
        error,
    }
}

const ANY_COMPONENT: ErrorId = ErrorId::ComponentTypeMaxNumberPerScreen;

/// The limits per screen. Footer is missing because the branches of If and
/// Switch count as alternatives for it; see the rule `one-footer-per-path`.
pub(crate) static COUNT_LIMITS: &[CountLimit] = &[
    at_most("EmbeddedLink", 2, V2_1, ErrorId::MaxEmbeddedLinkPerScreen),
    at_most("Image", 3, V2_1, ErrorId::MaxImagePerScreen),
    at_most("OptIn", 5, V2_1, ErrorId::MaxOptInPerScreen),
    at_most("NavigationList", 2, V2_1, ANY_COMPONENT),
    at_most("ImageCarousel", 2, V2_1, ANY_COMPONENT),
    at_most("RichText", 1, V2_1, ANY_COMPONENT),
    at_most("Form", 1, crate::version::V7_0, ANY_COMPONENT),
];

/// The components that may stand in the branches of If and Switch, and the
/// first version that allows it.
pub(crate) static BRANCH_CHILDREN: &[(&str, Version)] = &[
    ("TextHeading", V2_1),
    ("TextSubheading", V2_1),
    ("TextBody", V2_1),
    ("TextCaption", V2_1),
    ("CheckboxGroup", V2_1),
    ("DatePicker", V2_1),
    ("Dropdown", V2_1),
    ("EmbeddedLink", V2_1),
    ("Footer", V2_1),
    ("Image", V2_1),
    ("OptIn", V2_1),
    ("RadioButtonsGroup", V2_1),
    ("TextArea", V2_1),
    ("TextInput", V2_1),
    ("ChipsSelector", crate::version::V7_1),
];

/// The pairs of properties of which the first may not exceed the second.
pub(crate) static MINIMUM_AND_MAXIMUM: &[(&str, &str)] = &[
    ("min-selected-items", "max-selected-items"),
    ("min-chars", "max-chars"),
    ("min-uploaded-photos", "max-uploaded-photos"),
    ("min-uploaded-documents", "max-uploaded-documents"),
    ("min-days", "max-days"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_table_names_a_property_twice() {
        for facts in
            COMPONENTS
                .iter()
                .copied()
                .chain([&FLOW, &SCREEN, &LAYOUT, &ACTION, &actions::NEXT])
        {
            let mut names: Vec<_> = facts.properties.iter().map(|p| p.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", facts.name);
        }
    }

    #[test]
    fn other_tables_name_only_components() {
        let names = COUNT_LIMITS
            .iter()
            .map(|limit| limit.component)
            .chain(BRANCH_CHILDREN.iter().map(|(name, _)| *name));
        for name in names {
            assert!(find_component(name).is_some(), "{name}");
        }
    }
}
