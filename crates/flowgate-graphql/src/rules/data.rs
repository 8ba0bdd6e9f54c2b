//! Rules about results and the data that screens declare.

use super::{Example, RuleFacts};

pub(crate) const DATA_COMPLETE: RuleFacts = RuleFacts {
    code: "data-complete",
    summary: "whoever comes to a screen brings all data that it declares",
    explanation: "Phones show an error if something is missing. Only who stays on a screen, or \
        comes back to it with BACK from itself, may leave out what does not change. Of list \
        items the members count that the component shows.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  «slots» { id }
}
query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  chosen: slot(id: $slot) «@screen»(id: "CONFIRM") { __typename }
}
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const DATA_DECLARED_BY_SCREEN: RuleFacts = RuleFacts {
    code: "data-declared-by-screen",
    summary: "data for a screen is declared there",
    explanation: "Phones overlook data that a screen does not declare, and refuse any for a screen \
        that declares none. error_message needs no declaration.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id title }
  «more»: slots { id title }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const DATA_TYPES_FIT: RuleFacts = RuleFacts {
    code: "data-types-fit",
    summary: "selected fields are of the types that the screen declares",
    explanation: "Phones compare types at every depth. Texts, ids and enums are strings, Int and \
        Float are numbers; of a scalar of the schema's own nothing is known here, and the reply \
        is checked when it is sent.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id «title»: seats }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const DATA_NEVER_NULL: RuleFacts = RuleFacts {
    code: "data-never-null",
    summary: "data that a screen always needs cannot be null",
    explanation: "WhatsApp knows no null: what is null is left out, and phones refuse data that is \
        not complete. A type in the schema that ends in `!` is never null; @skip, @include and \
        fragments on types make a field one that can be missing. Where the schema promises \
        nothing, write @default(value: \"-\") behind the field.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id «title»: note }
}
§choose
§book"#,
    ),
    good: Example::usual(),
};
