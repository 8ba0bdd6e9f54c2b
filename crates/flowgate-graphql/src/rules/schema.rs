//! Rules about documents and the schema.

use super::{Example, RuleFacts};

pub(crate) const FIELDS_EXIST: RuleFacts = RuleFacts {
    code: "fields-exist",
    summary: "selected fields exist in the schema",
    explanation: "Give a field another name in the result with an alias: title: name. The schema \
        itself (__schema) cannot be asked for.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id «titel» }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const SELECTIONS_END_IN_VALUES: RuleFacts = RuleFacts {
    code: "selections-end-in-values",
    summary: "objects are selected down to their values, and values have no fields",
    explanation: "Behind a field that gives objects its own fields follow in braces; behind one \
        that gives a text, a number or another value nothing does.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id «title» { text } }
}
query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  «slot»(id: $slot) @screen(id: "CONFIRM")
}
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const ARGUMENTS_FIT: RuleFacts = RuleFacts {
    code: "arguments-fit",
    summary: "arguments exist, fit their types, and required ones are given",
    explanation: "The schema says of each argument its type; one that ends in `!` and has no \
        default must be given.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots(«date»: "2026-11-23") { id title }
}
query Choose @flow(on: DATA_EXCHANGE, from: "START") @screen(id: "CONFIRM") {
  «slot» { slot: id }
  again: slot(id: «true») { slot: id }
}
§book"#,
    ),
    good: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots(day: "2026-11-23") { id title }
}
§choose
§book"#,
    ),
};

pub(crate) const VARIABLES_FIT: RuleFacts = RuleFacts {
    code: "variables-fit",
    summary: "variables are declared, used, and of the type that is expected where they are used",
    explanation: "A variable that may be null, such as ID, cannot stand where a value is required, \
        such as ID!, unless it or the argument has a default.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots(day: «$day») { id title }
}
query Choose($slot: ID, «$news»: Boolean) @flow(on: DATA_EXCHANGE, from: "START") {
  chosen: slot(id: «$slot») @screen(id: "CONFIRM") { slot: id }
}
mutation Book($slot: ID!, $name: «Text»!) @flow(on: DATA_EXCHANGE, from: "CONFIRM") {
  book(slot: $slot, name: "Zoë") {
    ... on Booking @complete { booking: number }
    ... on SlotTaken @screen(id: "START") { slots: free { id title } error_message: message }
  }
}"#,
    ),
    good: Example::usual(),
};

pub(crate) const FRAGMENTS_FIT: RuleFacts = RuleFacts {
    code: "fragments-fit",
    summary: "fragments exist in the same file and stand on types that can occur there",
    explanation: "A fragment on a type that the object never has selects nothing. A fragment does \
        not contain itself.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { ...«Slots» ... on «Booking» { number } ... on «Sloth» { id } }
}
fragment Slot on Slot { id title }
§choose
§book"#,
    ),
    good: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { ...Slot }
}
fragment Slot on Slot { id title }
§choose
§book"#,
    ),
};

pub(crate) const DIRECTIVES_KNOWN: RuleFacts = RuleFacts {
    code: "directives-known",
    summary: "directives are @skip, @include or those that bind operations to the Flow",
    explanation: "Schemas refuse directives that they do not know. @flow, @screen, @stay, \
        @complete and @expired are taken out before an operation runs.",
    bad: Example::document(
        r#"
query Open «@flows»(on: INIT) @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id title «@uppercase» }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const RESPONSES_UNAMBIGUOUS: RuleFacts = RuleFacts {
    code: "responses-unambiguous",
    summary: "one name in a result stands for one field",
    explanation: "Two fields with one alias, or one field with two sets of arguments, cannot both \
        be in the result.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id title «title»: note }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const DEFAULTS_FIT: RuleFacts = RuleFacts {
    code: "defaults-fit",
    summary: "what stands for null is of the type of its field",
    explanation: "@default(value: \"-\") behind a field that can be null says what the phone gets \
        then. For a list of objects it is the empty list; for a single object there is none.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id @default(value: «"-"») title: note @default(value: «7») }
}
query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") @stay {
  slot(id: $slot) @default(value: «{}») { id }
}
§book"#,
    ),
    good: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id title: note @default(value: "-") }
}
§choose
§book"#,
    ),
};
