//! Tabulates the components.
//!
//! Implements [Components](https://developers.facebook.com/docs/whatsapp/flows/reference/components)
//! and [Media upload](https://developers.facebook.com/docs/whatsapp/flows/reference/media_upload).

use super::{
    DateValue, InputValue, ObjectFacts, PropertyFacts, PropertyKind,
    actions::{FOOTER_CLICK, LINK_CLICK, LIST_CLICK, SELECT, SELECT_CHIP, SELECT_DATE, UPDATE},
    boolean, integer, object, object_type, property, text, word,
};
use crate::version::{V2_1, V4_0, V5_0, V5_1, V6_0, V6_1, V6_2, V6_3, V7_0, V7_1, Version};

const fn component(
    name: &'static str,
    since: Version,
    properties: &'static [PropertyFacts],
) -> ObjectFacts {
    ObjectFacts {
        name,
        since,
        properties,
        input: None,
    }
}

const fn input(
    name: &'static str,
    since: Version,
    value: InputValue,
    properties: &'static [PropertyFacts],
) -> ObjectFacts {
    ObjectFacts {
        name,
        since,
        properties,
        input: Some(value),
    }
}

const fn name() -> PropertyFacts {
    property("name", PropertyKind::Name).required().fixed()
}

const fn label(maximum: usize) -> PropertyFacts {
    text("label").required().characters(maximum)
}

const fn visible() -> PropertyFacts {
    boolean("visible")
}

const fn enabled() -> PropertyFacts {
    boolean("enabled")
}

const fn required() -> PropertyFacts {
    boolean("required")
}

const fn helper_text() -> PropertyFacts {
    text("helper-text").characters(80)
}

const fn init_value(kind: PropertyKind) -> PropertyFacts {
    property("init-value", kind).since(V4_0)
}

const fn error_message() -> PropertyFacts {
    text("error-message").since(V4_0)
}

const fn description() -> PropertyFacts {
    text("description").since(V4_0).characters(300)
}

const fn label_variant() -> PropertyFacts {
    word("label-variant", &["large"]).since(V7_0)
}

const fn media_size() -> PropertyFacts {
    word("media-size", &["regular", "large"]).since(V5_0)
}

const fn options(minimum: usize, maximum: usize) -> PropertyFacts {
    property("data-source", PropertyKind::List(&OPTION))
        .required()
        .items(minimum, maximum)
}

const fn on_select() -> PropertyFacts {
    property("on-select-action", PropertyKind::Action(SELECT)).fixed()
}

const fn on_unselect() -> PropertyFacts {
    property("on-unselect-action", PropertyKind::Action(UPDATE))
        .fixed()
        .since(V6_0)
}

const fn on_click(facts: PropertyKind) -> PropertyFacts {
    property("on-click-action", facts).fixed()
}

const FONT_WEIGHTS: &[&str] = &["bold", "italic", "bold_italic", "normal"];

const DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const MIME_TYPES: &[&str] = &[
    "application/gzip",
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-7z-compressed",
    "application/zip",
    "image/avif",
    "image/gif",
    "image/heic",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "text/plain",
    "video/mp4",
    "video/mpeg",
];

/// The largest file of a picker in KiB.
const MAX_FILE_KILOBYTES: i64 = 25_600;

/// The most files of a picker; also the number if none is given.
pub(crate) const MAX_UPLOADS: i64 = 30;

/// One choice of CheckboxGroup, RadioButtonsGroup, Dropdown or ChipsSelector.
pub(crate) static OPTION: ObjectFacts = object(
    "an option",
    &[
        text("id").required(),
        text("title").required().characters(30),
        text("description").characters(300),
        text("metadata").characters(20),
        boolean("enabled"),
        property("image", PropertyKind::Image).since(V5_0),
        text("alt-text").since(V5_0),
        property("color", PropertyKind::Color).since(V5_0),
        property("on-select-action", PropertyKind::Action(UPDATE))
            .fixed()
            .since(V6_0),
        on_unselect(),
    ],
);

/// One entry of a NavigationList.
pub(crate) static NAVIGATION_ITEM: ObjectFacts = object(
    "a list item",
    &[
        text("id"),
        property("main-content", PropertyKind::Object(&MAIN_CONTENT)).required(),
        property("start", PropertyKind::Object(&START)),
        property("end", PropertyKind::Object(&END)),
        text("badge").characters(15),
        property("tags", PropertyKind::Texts).items(0, 3),
        on_click(PropertyKind::Action(LIST_CLICK)),
    ],
);

pub(crate) static MAIN_CONTENT: ObjectFacts = object(
    "main-content",
    &[
        text("title").required().characters(30),
        text("description").characters(20),
        text("metadata").characters(80),
    ],
);

pub(crate) static START: ObjectFacts = object(
    "start",
    &[
        property("image", PropertyKind::Image).required(),
        text("alt-text"),
    ],
);

pub(crate) static END: ObjectFacts = object(
    "end",
    &[
        text("title").characters(10),
        text("description").characters(10),
        text("metadata").characters(10),
    ],
);

pub(crate) static CAROUSEL_IMAGE: ObjectFacts = object(
    "an image",
    &[
        property("src", PropertyKind::Image).required(),
        text("alt-text").required(),
    ],
);

static TEXT_HEADING: ObjectFacts = component(
    "TextHeading",
    V2_1,
    &[
        object_type(),
        text("text").required().characters(80),
        visible(),
    ],
);

static TEXT_SUBHEADING: ObjectFacts = component(
    "TextSubheading",
    V2_1,
    &[
        object_type(),
        text("text").required().characters(80),
        visible(),
    ],
);

static TEXT_BODY: ObjectFacts = component(
    "TextBody",
    V2_1,
    &[
        object_type(),
        property("text", PropertyKind::TextOrTexts)
            .required()
            .characters(4096),
        word("font-weight", FONT_WEIGHTS),
        boolean("strikethrough"),
        boolean("markdown").since(V5_1),
        visible(),
    ],
);

static TEXT_CAPTION: ObjectFacts = component(
    "TextCaption",
    V2_1,
    &[
        object_type(),
        property("text", PropertyKind::TextOrTexts)
            .required()
            .characters(409),
        word("font-weight", FONT_WEIGHTS),
        boolean("strikethrough"),
        boolean("markdown").since(V5_1),
        visible(),
    ],
);

static RICH_TEXT: ObjectFacts = component(
    "RichText",
    V5_1,
    &[
        object_type(),
        property("text", PropertyKind::TextOrTexts).required(),
        visible(),
    ],
);

static TEXT_INPUT: ObjectFacts = input(
    "TextInput",
    V2_1,
    InputValue::Text,
    &[
        object_type(),
        name(),
        label(20),
        label_variant(),
        word(
            "input-type",
            &["text", "number", "email", "password", "passcode", "phone"],
        ),
        property("pattern", PropertyKind::Pattern).since(V6_2),
        required(),
        property("min-chars", PropertyKind::LooseInteger),
        property("max-chars", PropertyKind::LooseInteger),
        helper_text(),
        enabled(),
        visible(),
        init_value(PropertyKind::Text),
        error_message().characters(30),
    ],
);

static TEXT_AREA: ObjectFacts = input(
    "TextArea",
    V2_1,
    InputValue::Text,
    &[
        object_type(),
        name(),
        label(20),
        label_variant(),
        required(),
        property("max-length", PropertyKind::LooseInteger),
        helper_text(),
        enabled(),
        visible(),
        init_value(PropertyKind::Text),
        error_message(),
    ],
);

static CHECKBOX_GROUP: ObjectFacts = input(
    "CheckboxGroup",
    V2_1,
    InputValue::Texts,
    &[
        object_type(),
        name(),
        options(1, 20),
        text("label").required_from(V4_0).characters(30),
        description(),
        required(),
        enabled(),
        visible(),
        integer("min-selected-items"),
        integer("max-selected-items"),
        on_select(),
        on_unselect(),
        init_value(PropertyKind::Texts),
        error_message(),
        media_size(),
    ],
);

static RADIO_BUTTONS_GROUP: ObjectFacts = input(
    "RadioButtonsGroup",
    V2_1,
    InputValue::Text,
    &[
        object_type(),
        name(),
        options(1, 20),
        text("label").required_from(V4_0).characters(30),
        description(),
        required(),
        enabled(),
        visible(),
        on_select(),
        on_unselect(),
        // The table of Components says array, the one of Flow JSON string.
        init_value(PropertyKind::TextOrTexts),
        error_message(),
        media_size(),
    ],
);

static DROPDOWN: ObjectFacts = input(
    "Dropdown",
    V2_1,
    InputValue::Text,
    &[
        object_type(),
        name(),
        label(20),
        options(1, 200),
        required(),
        enabled(),
        visible(),
        on_select(),
        on_unselect(),
        init_value(PropertyKind::Text),
        error_message(),
    ],
);

static CHIPS_SELECTOR: ObjectFacts = input(
    "ChipsSelector",
    V6_3,
    InputValue::Texts,
    &[
        object_type(),
        name(),
        label(80),
        description(),
        options(2, 20),
        integer("min-selected-items"),
        integer("max-selected-items"),
        required(),
        enabled(),
        visible(),
        init_value(PropertyKind::Texts),
        error_message(),
        property("on-select-action", PropertyKind::Action(SELECT_CHIP)).fixed(),
        on_unselect().since(V7_1),
    ],
);

static OPT_IN: ObjectFacts = input(
    "OptIn",
    V2_1,
    InputValue::Boolean,
    &[
        object_type(),
        name(),
        label(120),
        required(),
        visible(),
        on_click(PropertyKind::Action(LINK_CLICK)),
        property("on-select-action", PropertyKind::Action(UPDATE))
            .fixed()
            .since(V6_0),
        on_unselect(),
        init_value(PropertyKind::Boolean),
    ],
);

static FOOTER: ObjectFacts = component(
    "Footer",
    V2_1,
    &[
        object_type(),
        label(35),
        on_click(PropertyKind::Action(FOOTER_CLICK)).required(),
        text("left-caption").characters(15),
        text("center-caption").characters(15),
        text("right-caption").characters(15),
        enabled(),
    ],
);

static EMBEDDED_LINK: ObjectFacts = component(
    "EmbeddedLink",
    V2_1,
    &[
        object_type(),
        text("text").required().characters(25),
        on_click(PropertyKind::Action(LINK_CLICK)).required(),
        visible(),
    ],
);

static DATE_PICKER: ObjectFacts = input(
    "DatePicker",
    V2_1,
    InputValue::Date,
    &[
        object_type(),
        name(),
        label(40),
        property("min-date", PropertyKind::Date),
        property("max-date", PropertyKind::Date),
        property("unavailable-dates", PropertyKind::Dates),
        required(),
        helper_text(),
        enabled(),
        visible(),
        property("on-select-action", PropertyKind::Action(SELECT_DATE)).fixed(),
        init_value(PropertyKind::Date),
        error_message().characters(80),
    ],
);

static CALENDAR_PICKER: ObjectFacts = input(
    "CalendarPicker",
    V6_1,
    InputValue::Calendar,
    &[
        object_type(),
        name(),
        word("mode", &["single", "range"]),
        text("title").characters(80),
        text("description").characters(300),
        property("label", PropertyKind::PerDate(DateValue::Text))
            .required()
            .characters(40),
        property("helper-text", PropertyKind::PerDate(DateValue::Text)).characters(80),
        property("required", PropertyKind::PerDate(DateValue::Boolean)),
        property("min-date", PropertyKind::Date),
        property("max-date", PropertyKind::Date),
        property("unavailable-dates", PropertyKind::Dates),
        property("include-days", PropertyKind::Words(DAYS)),
        integer("min-days"),
        integer("max-days"),
        enabled(),
        visible(),
        property("on-select-action", PropertyKind::Action(SELECT_DATE)).fixed(),
        init_value(PropertyKind::PerDate(DateValue::Date)),
        property("error-message", PropertyKind::PerDate(DateValue::Text)).characters(80),
    ],
);

static IMAGE: ObjectFacts = component(
    "Image",
    V2_1,
    &[
        object_type(),
        property("src", PropertyKind::Image).required(),
        integer("width"),
        integer("height"),
        word("scale-type", &["cover", "contain"]),
        property("aspect-ratio", PropertyKind::Number),
        text("alt-text"),
        visible(),
    ],
);

static IMAGE_CAROUSEL: ObjectFacts = component(
    "ImageCarousel",
    V7_1,
    &[
        object_type(),
        property("images", PropertyKind::List(&CAROUSEL_IMAGE))
            .required()
            .items(1, 3),
        word("aspect-ratio", &["4:3", "16:9"]),
        word("scale-type", &["contain", "cover"]),
        visible(),
    ],
);

static IF: ObjectFacts = component(
    "If",
    V4_0,
    &[
        object_type(),
        property("condition", PropertyKind::Condition).required(),
        property("then", PropertyKind::Components)
            .required()
            .fixed(),
        property("else", PropertyKind::Components).fixed(),
    ],
);

static SWITCH: ObjectFacts = component(
    "Switch",
    V4_0,
    &[
        object_type(),
        property("value", PropertyKind::SwitchValue).required(),
        property("cases", PropertyKind::Cases).required().fixed(),
    ],
);

static FORM: ObjectFacts = component(
    "Form",
    V2_1,
    &[
        object_type(),
        name(),
        property("children", PropertyKind::Components)
            .required()
            .fixed(),
        property("init-values", PropertyKind::InitValues),
        property("error-messages", PropertyKind::ErrorMessages),
    ],
);

static NAVIGATION_LIST: ObjectFacts = component(
    "NavigationList",
    V6_2,
    &[
        object_type(),
        name(),
        property("list-items", PropertyKind::List(&NAVIGATION_ITEM))
            .required()
            .items(1, 20),
        text("label").characters(80),
        text("description").characters(300),
        media_size(),
        on_click(PropertyKind::Action(LIST_CLICK)),
        visible(),
    ],
);

static PHOTO_PICKER: ObjectFacts = input(
    "PhotoPicker",
    V4_0,
    InputValue::Media,
    &[
        object_type(),
        name(),
        label(80),
        description(),
        word("photo-source", &["camera_gallery", "camera", "gallery"]),
        integer("max-file-size-kb").between(1, MAX_FILE_KILOBYTES),
        integer("min-uploaded-photos").between(0, MAX_UPLOADS),
        integer("max-uploaded-photos").between(1, MAX_UPLOADS),
        enabled(),
        visible(),
        property("error-message", PropertyKind::MediaErrors),
    ],
);

static DOCUMENT_PICKER: ObjectFacts = input(
    "DocumentPicker",
    V4_0,
    InputValue::Media,
    &[
        object_type(),
        name(),
        label(80),
        description(),
        integer("max-file-size-kb").between(1, MAX_FILE_KILOBYTES),
        integer("min-uploaded-documents").between(0, MAX_UPLOADS),
        integer("max-uploaded-documents").between(1, MAX_UPLOADS),
        property("allowed-mime-types", PropertyKind::Words(MIME_TYPES)),
        enabled(),
        visible(),
        property("error-message", PropertyKind::MediaErrors),
    ],
);

macro_rules! component_types {
    ($($variant:ident => $facts:ident),* $(,)?) => {
        /// Names a component type, spelled as in Flow JSON.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ComponentType {
            $(
                #[doc = concat!("The component `", stringify!($variant), "`.")]
                $variant,
            )*
        }

        impl ComponentType {
            /// All component types.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns what is known about the component.
            pub fn facts(self) -> &'static ObjectFacts {
                match self {
                    $(Self::$variant => &$facts,)*
                }
            }
        }

        pub(crate) static COMPONENTS: &[&ObjectFacts] = &[$(&$facts),*];
    };
}

component_types! {
    TextHeading => TEXT_HEADING,
    TextSubheading => TEXT_SUBHEADING,
    TextBody => TEXT_BODY,
    TextCaption => TEXT_CAPTION,
    RichText => RICH_TEXT,
    TextInput => TEXT_INPUT,
    TextArea => TEXT_AREA,
    CheckboxGroup => CHECKBOX_GROUP,
    RadioButtonsGroup => RADIO_BUTTONS_GROUP,
    Dropdown => DROPDOWN,
    ChipsSelector => CHIPS_SELECTOR,
    OptIn => OPT_IN,
    Footer => FOOTER,
    EmbeddedLink => EMBEDDED_LINK,
    DatePicker => DATE_PICKER,
    CalendarPicker => CALENDAR_PICKER,
    Image => IMAGE,
    ImageCarousel => IMAGE_CAROUSEL,
    If => IF,
    Switch => SWITCH,
    Form => FORM,
    NavigationList => NAVIGATION_LIST,
    PhotoPicker => PHOTO_PICKER,
    DocumentPicker => DOCUMENT_PICKER,
}

impl ComponentType {
    /// Returns the type as it is written in Flow JSON.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Says whether the user enters something into it.
    pub fn is_input(self) -> bool {
        self.facts().input.is_some()
    }

    /// Says whether it is a PhotoPicker or a DocumentPicker.
    pub fn is_media_picker(self) -> bool {
        matches!(self, Self::PhotoPicker | Self::DocumentPicker)
    }
}

/// Finds the component type that is written `name`.
pub(crate) fn find_component(name: &str) -> Option<ComponentType> {
    ComponentType::ALL
        .iter()
        .copied()
        .find(|component| component.name() == name)
}
