//! Describes what is wrong with a document in the fields that WhatsApp uses.
//!
//! Implements the validation errors of the
//! [Flows API](https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi)
//! and the ids of
//! [Error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes).

use std::{fmt, ops::Range};

use serde::{Serialize, Serializer};

use crate::{
    json::{Document, Node},
    source_text::SourceText,
};

/// Says how bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// WhatsApp accepts it and people may not like it.
    Warning,
    /// WhatsApp refuses it, or the Flow breaks on the phone.
    Error,
}

impl Severity {
    /// Returns the severity in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Holds one finding.
///
/// The first nine fields are those of WhatsApp's API, so that both can be
/// compared; the rest is ours.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The id under which WhatsApp reports it; `None` if WhatsApp does not.
    pub error: Option<ErrorId>,
    /// The class of the id.
    pub error_type: Option<ErrorType>,
    /// What was found and what was expected.
    pub message: String,
    /// The line where it begins, counted from one.
    pub line_start: usize,
    /// The line where it ends.
    pub line_end: usize,
    /// The column where it begins, counted from one, in Unicode scalar values.
    pub column_start: usize,
    /// The column behind its last character.
    pub column_end: usize,
    /// All places that belong to it, the main one first.
    pub pointers: Vec<Pointer>,
    /// The code of the rule; `flowgate check --explain CODE` says more.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What to type or do next.
    pub help: String,
    /// The place as an RFC 6901 pointer.
    pub pointer: String,
    /// Places in other files that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// The bytes of the text that are shown.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// Holds one place in another file and what it has to do with a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Label {
    /// The file, as people know it.
    pub file: String,
    /// The line where it begins, counted from one.
    pub line_start: usize,
    /// The line where it ends.
    pub line_end: usize,
    /// The column where it begins, counted from one.
    pub column_start: usize,
    /// The column behind its last character.
    pub column_end: usize,
    /// What is there.
    pub message: String,
}

impl Label {
    /// Describes the bytes `span` of the text of another file.
    pub fn new(
        file: impl Into<String>,
        source: &SourceText,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let start = source.position(span.start);
        let end = source.position(span.end);
        Self {
            file: file.into(),
            line_start: start.line,
            line_end: end.line,
            column_start: start.column,
            column_end: end.column,
            message: message.into(),
        }
    }
}

/// Holds one place in the text, as WhatsApp's API lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pointer {
    /// The line where it begins, counted from one.
    pub line_start: usize,
    /// The line where it ends.
    pub line_end: usize,
    /// The column where it begins, counted from one.
    pub column_start: usize,
    /// The column behind its last character.
    pub column_end: usize,
    /// The place, such as `screens[0].layout.children[0].type`.
    pub path: String,
}

/// Names a place for a finding.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum At<'d> {
    /// The value itself.
    Value(Node<'d>),
    /// The name of a member.
    Key(Node<'d>),
    /// An object as a whole, shown by its `type` or `id` if it has one.
    Object(Node<'d>),
    /// A part of a string, counted in bytes of its decoded value.
    Within(Node<'d>, Range<usize>),
    /// Bytes of the text.
    Bytes(Range<usize>),
}

impl<'d> At<'d> {
    /// Returns the bytes of the text that are shown.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Value(node) => node.span(),
            Self::Key(node) => node.key_span().unwrap_or_else(|| node.span()),
            Self::Object(node) => ["type", "id", "name"]
                .iter()
                .filter_map(|name| node.get(name))
                .find(|label| label.as_str().is_some())
                .map_or_else(
                    || {
                        let start = node.span().start;
                        if node.is_object() || node.is_array() {
                            start..start + 1
                        } else {
                            node.span()
                        }
                    },
                    Node::span,
                ),
            Self::Within(node, range) => node.span_within(range.clone()),
            Self::Bytes(span) => span.clone(),
        }
    }

    fn node(&self) -> Option<Node<'d>> {
        match self {
            Self::Value(node) | Self::Key(node) | Self::Object(node) | Self::Within(node, _) => {
                Some(*node)
            }
            Self::Bytes(_) => None,
        }
    }
}

impl Diagnostic {
    /// Describes a finding of another check at a place of a Flow JSON.
    pub fn in_flow_json(
        document: &Document,
        code: &'static str,
        severity: Severity,
        place: At<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let places = [place];
        Self::new(
            document,
            code,
            severity,
            None,
            &places,
            message.into(),
            help.into(),
        )
    }

    /// Describes a finding in the bytes `span` of a document that is no Flow
    /// JSON.
    pub fn in_text(
        source: &SourceText,
        code: &'static str,
        severity: Severity,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let first = bytes_pointer(source, &span);
        Self {
            error: None,
            error_type: None,
            message: message.into(),
            line_start: first.line_start,
            line_end: first.line_end,
            column_start: first.column_start,
            column_end: first.column_end,
            pointers: vec![first],
            code,
            severity,
            help: help.into(),
            pointer: String::new(),
            labels: Vec::new(),
            span,
        }
    }

    pub(crate) fn new(
        document: &Document,
        code: &'static str,
        severity: Severity,
        error: Option<ErrorId>,
        places: &[At<'_>],
        message: String,
        help: String,
    ) -> Self {
        let pointers: Vec<_> = places
            .iter()
            .map(|place| pointer(document, place))
            .collect();
        let main = places.first();
        let span = main.map_or(0..0, At::span);
        let first = main.map_or_else(
            || pointer(document, &At::Bytes(0..0)),
            |place| pointer(document, place),
        );
        Self {
            error,
            error_type: error.map(ErrorId::error_type),
            message,
            line_start: first.line_start,
            line_end: first.line_end,
            column_start: first.column_start,
            column_end: first.column_end,
            pointers,
            code,
            severity,
            help,
            pointer: main
                .and_then(At::node)
                .map(Node::pointer)
                .unwrap_or_default(),
            labels: Vec::new(),
            span,
        }
    }
}

fn pointer(document: &Document, place: &At<'_>) -> Pointer {
    Pointer {
        path: place.node().map(Node::path).unwrap_or_default(),
        ..bytes_pointer(document.source(), &place.span())
    }
}

fn bytes_pointer(source: &SourceText, span: &Range<usize>) -> Pointer {
    let start = source.position(span.start);
    let end = source.position(span.end);
    Pointer {
        line_start: start.line,
        line_end: end.line,
        column_start: start.column,
        column_end: end.column,
        path: String::new(),
    }
}

/// Says to which class WhatsApp counts an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum ErrorType {
    /// The document does not follow the schema of its version.
    #[serde(rename = "JSON_SCHEMA_ERROR")]
    JsonSchema,
    /// The parts of the document do not fit together.
    #[serde(rename = "FLOW_JSON_ERROR")]
    FlowJson,
}

macro_rules! error_ids {
    ($($variant:ident $id:literal $class:ident),* $(,)?) => {
        /// Names an error as WhatsApp's API does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorId {
            $(
                #[doc = concat!("`", $id, "`.")]
                $variant,
            )*
        }

        impl ErrorId {
            /// All ids.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the id as WhatsApp spells it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// Returns the class. Which id belongs to which class is not
            /// documented; the ids of the page's schema section are counted
            /// to the schema.
            pub fn error_type(self) -> ErrorType {
                match self {
                    $(Self::$variant => ErrorType::$class,)*
                }
            }
        }
    };
}

error_ids! {
    InvalidFlowJson "INVALID_FLOW_JSON" JsonSchema,
    InvalidPropertyKey "INVALID_PROPERTY_KEY" JsonSchema,
    InvalidPropertyValue "INVALID_PROPERTY_VALUE" JsonSchema,
    InvalidPropertyType "INVALID_PROPERTY_TYPE" JsonSchema,
    InvalidPropertyValueFormat "INVALID_PROPERTY_VALUE_FORMAT" JsonSchema,
    MinItemsRequired "MIN_ITEMS_REQUIRED" JsonSchema,
    MaxItemsRequired "MAX_ITEMS_REQUIRED" JsonSchema,
    MinCharsRequired "MIN_CHARS_REQUIRED" JsonSchema,
    MissingRequiredTypeProperty "MISSING_REQUIRED_TYPE_PROPERTY" JsonSchema,
    MissingRequiredProperty "MISSING_REQUIRED_PROPERTY" JsonSchema,
    PatternMismatch "PATTERN_MISMATCH" JsonSchema,
    InvalidEnumValue "INVALID_ENUM_VALUE" JsonSchema,
    InvalidDependencies "INVALID_DEPENDENCIES" JsonSchema,
    NotKeywordSchemaValidationFailed "NOT_KEYWORD_SCHEMA_VALIDATION_FAILED" JsonSchema,
    KeywordOneOf "KEYWORD_ONE_OF" JsonSchema,
    MissingFlowJsonVersion "MISSING_FLOW_JSON_VERSION" FlowJson,
    InvalidFlowJsonVersion "INVALID_FLOW_JSON_VERSION" FlowJson,
    UnsupportedFlowJsonVersion "UNSUPPORTED_FLOW_JSON_VERSION" FlowJson,
    NoSupportedDataApiVersion "NO_SUPPORTED_DATA_API_VERSION" FlowJson,
    MaxScreensNumber "MAX_SCREENS_NUMBER" FlowJson,
    DuplicateScreenIds "DUPLICATE_SCREEN_IDS" FlowJson,
    ScreenIdIsReservedKeyword "SCREEN_ID_IS_RESERVED_KEYWORD" FlowJson,
    MissingTerminalScreen "MISSING_TERMINAL_SCREEN" FlowJson,
    MissingFooterOnTerminalScreen "MISSING_FOOTER_ON_TERMINAL_SCREEN" FlowJson,
    InvalidRoutingModel "INVALID_ROUTING_MODEL" FlowJson,
    InvalidCompleteAction "INVALID_COMPLETE_ACTION" FlowJson,
    InvalidNavigateActionNextScreenName "INVALID_NAVIGATE_ACTION_NEXT_SCREEN_NAME" FlowJson,
    InvalidNavigateActionPayload "INVALID_NAVIGATE_ACTION_PAYLOAD" FlowJson,
    MissingNavigationActionPayload "MISSING_NAVIGATION_ACTION_PAYLOAD" FlowJson,
    InvalidOnClickActionPayload "INVALID_ON_CLICK_ACTION_PAYLOAD" FlowJson,
    InvalidActionPayloadProperty "INVALID_ACTION_PAYLOAD_PROPERTY" FlowJson,
    InvalidUpdateDataActionPayload "INVALID_UPDATE_DATA_ACTION_PAYLOAD" FlowJson,
    InvalidFooterPayloadOutsideForm "INVALID_FOOTER_PAYLOAD_OUTSIDE_FORM" FlowJson,
    InvalidScreenData "INVALID_SCREEN_DATA" FlowJson,
    InvalidScreenDynamicData "INVALID_SCREEN_DYNAMIC_DATA" FlowJson,
    InvalidTextDynamicData "INVALID_TEXT_DYNAMIC_DATA" FlowJson,
    MaxFooterPerScreen "MAX_FOOTER_PER_SCREEN" FlowJson,
    MaxEmbeddedLinkPerScreen "MAX_EMBEDDED_LINK_PER_SCREEN" FlowJson,
    MaxImagePerScreen "MAX_IMAGE_PER_SCREEN" FlowJson,
    MaxOptInPerScreen "MAX_OPT_IN_PER_SCREEN" FlowJson,
    MaxAllowedComponentsPerScreen "MAX_ALLOWED_COMPONENTS_PER_SCREEN" FlowJson,
    ComponentTypeMaxNumberPerScreen "COMPONENT_TYPE_MAX_NUMBER_PER_SCREEN" FlowJson,
    MinValueGreaterThanMax "MIN_VALUE_GREATER_THAN_MAX" FlowJson,
    MinimumValueRequired "MINIMUM_VALUE_REQUIRED" FlowJson,
    MaximumValueRequired "MAXIMUM_VALUE_REQUIRED" FlowJson,
    DuplicateFormComponentNames "DUPLICATE_FORM_COMPONENT_NAMES" FlowJson,
    ComponentsOutsideForm "COMPONENTS_OUTSIDE_FORM" FlowJson,
    NativeComponentInFormInitValues "NATIVE_COMPONENT_IN_FORM_INIT_VALUES" FlowJson,
    MissingFooterInIfElseBranches "MISSING_FOOTER_IN_IF_ELSE_BRANCHES" FlowJson,
    MissingFooterInSwitchBranches "MISSING_FOOTER_IN_SWITCH_BRANCHES" FlowJson,
    MoreThanOneFooter "MORE_THAN_ONE_FOOTER" FlowJson,
    MaximumIfNesting "MAXIMUM_IF_NESTING" FlowJson,
    EmptySwitchCases "EMPTY_SWITCH_CASES" FlowJson,
    InvalidRichTextPlacement "INVALID_RICHTEXT_PLACEMENT" FlowJson,
    InvalidComponentPlacement "INVALID_COMPONENT_PLACEMENT" FlowJson,
    DataSourceItemsHaveBothImageAndColor "DATA_SOURCE_ITEMS_HAVE_BOTH_IMAGE_AND_COLOR" FlowJson,
    InvalidSensitiveField "INVALID_SENSITIVE_FIELD" FlowJson,
    InvalidDateRange "INVALID_DATE_RANGE" FlowJson,
    InvalidMinMaxDays "INVALID_MIN_MAX_DAYS" FlowJson,
    InvalidDateSingleInitValueFormat "INVALID_DATE_SINGLE_INIT_VALUE_FORMAT" FlowJson,
    MissingCalendarPickerRangeModeProp "MISSING_CALENDAR_PICKER_RANGE_MODE_PROP" FlowJson,
    UnexpectedCalendarPickerRangeModeProp "UNEXPECTED_CALENDAR_PICKER_RANGE_MODE_PROP" FlowJson,
}

impl fmt::Display for ErrorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for ErrorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
