//! Tabulates the document, its screens and their layout.
//!
//! Implements "Top-level Flow JSON properties", "Screens" and "Layout" of
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).

use super::{ObjectFacts, PropertyKind, boolean, object, object_type, property, text};
use crate::version::{V3_0, V3_1, V5_1};

pub(crate) static FLOW: ObjectFacts = object(
    "the document",
    &[
        // Its absence has an error of its own: `version-present`.
        property("version", PropertyKind::Version).fixed(),
        property("screens", PropertyKind::Screens)
            .required()
            .fixed(),
        property("data_api_version", PropertyKind::DataApiVersion).fixed(),
        property("routing_model", PropertyKind::RoutingModel).fixed(),
        property("data_channel_uri", PropertyKind::Url)
            .fixed()
            .until(V3_0),
    ],
);

pub(crate) static SCREEN: ObjectFacts = object(
    "a screen",
    &[
        property("id", PropertyKind::ScreenId).required().fixed(),
        property("layout", PropertyKind::Object(&LAYOUT))
            .required()
            .fixed(),
        text("title"),
        boolean("terminal").fixed(),
        boolean("success").fixed().since(V3_1),
        boolean("refresh_on_back").fixed(),
        property("data", PropertyKind::DataModel).fixed(),
        property("sensitive", PropertyKind::Texts)
            .fixed()
            .since(V5_1),
    ],
);

pub(crate) static LAYOUT: ObjectFacts = object(
    "SingleColumnLayout",
    &[
        object_type(),
        property("children", PropertyKind::Components)
            .required()
            .fixed(),
    ],
);
