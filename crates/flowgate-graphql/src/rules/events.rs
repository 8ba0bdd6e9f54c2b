//! Rules about the events of a Flow.

use super::{Example, RuleFacts};

pub(crate) const SCREENS_EXIST: RuleFacts = RuleFacts {
    code: "screens-exist",
    summary: "screens that documents name are in the Flow JSON",
    explanation: "Names are compared letter by letter. To end the Flow write @complete, not the \
        reserved name SUCCESS.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: «"CONFIRMATION"») @screen(id: «"STRAT"») {
  slots { id title }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const OPERATIONS_BOUND: RuleFacts = RuleFacts {
    code: "operations-bound",
    summary: "each operation says which event runs it",
    explanation: "An operation without @flow never runs.",
    bad: Example::document(
        r#"
query «Again» @screen(id: "START") { slots { id title } }
query Open @flow(on: INIT) @screen(id: "START") { slots { id title } }
§choose
§book"#,
    ),
    good: Example::document(
        r#"
query Again @flow(on: BACK, from: "CONFIRM") @screen(id: "START") { slots { id title } }
query Open @flow(on: INIT) @screen(id: "START") { slots { id title } }
§choose
§book"#,
    ),
};

pub(crate) const EVENTS_BOUND: RuleFacts = RuleFacts {
    code: "events-bound",
    summary: "each event that the Flow sends runs an operation",
    explanation: "A Flow with endpoint sends INIT when it is opened, DATA_EXCHANGE for each \
        data_exchange action, and BACK for each screen with refresh_on_back. An event that \
        nothing answers fails on the phone.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @screen(id: "START") {
  slots { id title }
}
query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START", when: {trigger: "next"}) {
  chosen: slot(id: $slot) @screen(id: "CONFIRM") { slot: id }
}
§book"#,
    )
    .payload(r#""slot": "${form.slot}", "trigger": "next""#)
    .confirm(r#"«"refresh_on_back"»: true,"#),
    good: Example::usual(),
};

pub(crate) const EVENTS_BOUND_ONCE: RuleFacts = RuleFacts {
    code: "events-bound-once",
    summary: "no event runs two operations",
    explanation: "Several exchanges of one screen are told apart by `when`, which asks for \
        different values of one key of the payload; one operation without `when` takes what \
        the others leave.",
    bad: Example::document(
        r#"
§open
query Reopen «@flow»(on: INIT) @screen(id: "START") {
  slots { id title }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const EVENTS_HAPPEN: RuleFacts = RuleFacts {
    code: "events-happen",
    summary: "events that operations wait for do happen",
    explanation: "BACK comes from screens with refresh_on_back, DATA_EXCHANGE from screens with a \
        data_exchange action; what `when` asks for must be in the payload of one of them.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @flow(on: BACK, from: «"START"») @screen(id: "START") {
  slots { id title }
}
query Choose($slot: ID!)
  @flow(on: DATA_EXCHANGE, from: "START")
  «@flow»(on: DATA_EXCHANGE, from: "START", when: {trigger: "next"}) {
  chosen: slot(id: $slot) @screen(id: "CONFIRM") { slot: id }
}
§book"#,
    ),
    good: Example::document(
        r#"
§open
query Choose($slot: ID!)
  @flow(on: DATA_EXCHANGE, from: "START", when: {trigger: "next"}) {
  chosen: slot(id: $slot) @screen(id: "CONFIRM") { slot: id }
}
§book"#,
    )
    .payload(r#""slot": "${form.slot}", "trigger": "next""#),
};

pub(crate) const QUERIES_TO_READ: RuleFacts = RuleFacts {
    code: "queries-to-read",
    summary: "INIT and BACK run queries, and nothing runs a subscription",
    explanation: "People open a Flow and go back as often as they like; that must change nothing. \
        What changes something is a mutation on DATA_EXCHANGE.",
    bad: Example::document(
        r#"
§open
§choose
mutation «Book»($slot: ID = "", $name: String = "")
  @flow(on: DATA_EXCHANGE, from: "CONFIRM") @flow(on: BACK, from: "CONFIRM", when: {again: true}) {
  book(slot: $slot, name: $name) {
    ... on Booking @complete { booking: number }
    ... on SlotTaken @screen(id: "START") { slots: free { id title } error_message: message }
  }
}"#,
    ),
    good: Example::usual(),
};
