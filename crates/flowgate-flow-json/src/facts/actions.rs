//! Tabulates actions and the places that allow them.
//!
//! Implements "Actions" of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).

use super::{
    ActionName::{self, Complete, DataExchange, Navigate, OpenUrl, UpdateData},
    ObjectFacts, PropertyKind, object, property, word,
};
use crate::version::{V2_1, V6_0, V7_1, Version};

/// All actions share one table; `actions-complete` says which members each
/// action needs and `actions-fit-their-place` where each may stand.
pub(crate) static ACTION: ObjectFacts = object(
    "an action",
    &[
        property("name", PropertyKind::Any).required().fixed(),
        property("next", PropertyKind::Object(&NEXT)).fixed(),
        property("payload", PropertyKind::Payload).fixed(),
        property("url", PropertyKind::Url),
    ],
);

pub(crate) static NEXT: ObjectFacts = object(
    "the target of navigate",
    &[
        word("type", &["screen"]).required().fixed(),
        property("name", PropertyKind::Any).required().fixed(),
    ],
);

type Allowed = &'static [(ActionName, Version)];

pub(super) const FOOTER_CLICK: Allowed =
    &[(DataExchange, V2_1), (Navigate, V2_1), (Complete, V2_1)];

pub(super) const LINK_CLICK: Allowed = &[(DataExchange, V2_1), (Navigate, V2_1), (OpenUrl, V6_0)];

pub(super) const LIST_CLICK: Allowed = &[(DataExchange, V2_1), (Navigate, V2_1)];

pub(super) const SELECT: Allowed = &[(DataExchange, V2_1), (UpdateData, V6_0)];

pub(super) const SELECT_CHIP: Allowed = &[(DataExchange, V2_1), (UpdateData, V7_1)];

pub(super) const SELECT_DATE: Allowed = &[(DataExchange, V2_1)];

pub(super) const UPDATE: Allowed = &[(UpdateData, V6_0)];
