//! Rules about what results become.

use super::{Example, RuleFacts};

pub(crate) const OUTCOMES_BEHIND_OBJECTS: RuleFacts = RuleFacts {
    code: "outcomes-behind-objects",
    summary: "an outcome behind a field stands behind one object",
    explanation: "The fields of the object become the data. Of a list or a single value there are \
        none; then the outcome stands behind the operation.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") {
  «slots» @screen(id: "START") { id title }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const OUTCOMES_COVER_TYPES: RuleFacts = RuleFacts {
    code: "outcomes-cover-types",
    summary: "where the type decides, each type that is possible leads somewhere, once",
    explanation: "If the schema learns a new result, the Flow must say what the phone shows then. \
        A fragment on an interface covers all types that implement it.",
    bad: Example::document(
        r#"
§open
§choose
mutation Book($slot: ID!, $name: String!) @flow(on: DATA_EXCHANGE, from: "CONFIRM") {
  «book»(slot: $slot, name: $name) {
    ... on Booking @complete { booking: number }
    ... on Booking «@stay» { error_message: __typename }
  }
}"#,
    ),
    good: Example::usual(),
};

pub(crate) const OUTCOMES_FOLLOW_ROUTES: RuleFacts = RuleFacts {
    code: "outcomes-follow-routes",
    summary: "results lead to screens that the routing model allows",
    explanation: "A Flow begins with a screen that no route leads to. From a screen the phone goes \
        on along a route, back along one, or stays; INIT has no screen to stay on, and a screen \
        with a NavigationList is not shown again.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") «@stay» { __typename }
query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") @flow(on: INIT, when: {a: 1}) {
  chosen: slot(id: $slot) «@screen»(id: "CONFIRM") { slot: id }
}
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const COMPLETE_ON_TERMINAL: RuleFacts = RuleFacts {
    code: "complete-on-terminal",
    summary: "a Flow is completed from a terminal screen",
    explanation: "\"terminal\": true marks the screens on which a Flow can end; WhatsApp wants a \
        Footer on them. Phones accept the end of a Flow from others as well, so far.",
    bad: Example::document(
        r#"
§open
query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  chosen: slot(id: $slot) «@complete» { slot: id }
}
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const EXPIRED_SAYS_WHY: RuleFacts = RuleFacts {
    code: "expired-says-why",
    summary: "@expired selects error_msg, a text that is never null",
    explanation: "The phone closes the Flow (HTTP 427) and shows this text; without one it shows \
        `undefined`.",
    bad: Example::document(
        r#"
§open
§choose
mutation Book($slot: ID!, $name: String!) @flow(on: DATA_EXCHANGE, from: "CONFIRM") {
  book(slot: $slot, name: $name) {
    ... on Booking @complete { booking: number }
    ... on SlotTaken «@expired» { error_message: message }
  }
}"#,
    ),
    good: Example::document(
        r#"
§open
§choose
mutation Book($slot: ID!, $name: String!) @flow(on: DATA_EXCHANGE, from: "CONFIRM") {
  book(slot: $slot, name: $name) {
    ... on Booking @complete { booking: number }
    ... on SlotTaken @expired { error_msg: message }
  }
}"#,
    ),
};
