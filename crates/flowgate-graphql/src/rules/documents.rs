//! Rules about files by themselves.

use super::{Example, RuleFacts};

pub(crate) const FLOW_JSON_READABLE: RuleFacts = RuleFacts {
    code: "flow-json-readable",
    summary: "the Flow JSON beside the documents can be read and has screens",
    explanation: "Events, data and routes are those of the Flow JSON; without it nothing can be \
        compared.",
    bad: Example::usual().flow("«{» \"version\": \"7.3\", \"screens\": [] }"),
    good: Example::usual(),
};

pub(crate) const GRAPHQL_SYNTAX: RuleFacts = RuleFacts {
    code: "graphql-syntax",
    summary: "documents and schema follow the grammar of GraphQL",
    explanation: "A file that cannot be read to its end is not looked at any further. Names in one \
        file are distinct.",
    bad: Example::document(
        r#"query Open @flow(on: INIT) @screen(id: "START") {
  slots { id title
«»"#,
    ),
    good: Example::usual(),
};

pub(crate) const OPERATIONS_NAMED: RuleFacts = RuleFacts {
    code: "operations-named",
    summary: "each operation has a name of its own",
    explanation: "Logs, traces and findings show the name. Servers that know their clients' \
        documents know them by it.",
    bad: Example::document(
        r#"«query» @flow(on: INIT) @screen(id: "START") {
  slots { id title }
}"#,
    ),
    good: Example::usual(),
};

pub(crate) const DIRECTIVES_COMPLETE: RuleFacts = RuleFacts {
    code: "directives-complete",
    summary: "@flow and @screen say all that they must and nothing else",
    explanation: "@flow(on: INIT), @flow(on: DATA_EXCHANGE, from: \"SCREEN\") or @flow(on: BACK, \
        from: \"SCREEN\"); `from` is the screen that is submitted or left. `when: {trigger: \
        \"page_changed\"}` tells several exchanges of one screen apart by values of the payload. \
        @screen(id: \"SCREEN\") names the screen that is shown.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT, «from»: "START") @flow(on: BACK, from: «""») @screen(id: "START") {
  slots { id title }
}
query Choose($slot: ID!) @flow(on: «SUBMIT», from: "START") @flow(on: DATA_EXCHANGE, from: "START", when: «"a"») {
  chosen: slot(id: $slot) «@screen»(«name»: "CONFIRM") { slot: id }
}
§book"#,
    ),
    good: Example::usual(),
};

pub(crate) const OUTCOMES_PLACED: RuleFacts = RuleFacts {
    code: "outcomes-placed",
    summary: "each operation says in one place what its result becomes",
    explanation: "@screen, @stay, @complete and @expired stand behind the operation (the whole \
        result is the data), behind one of its fields (its object is the data), or behind \
        fragments directly under one field (the type of the object decides). @flow stands behind \
        the operation.",
    bad: Example::document(
        r#"
query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id «@stay» title }
}
query «Choose»($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  slot(id: $slot) { slot: id }
}
mutation Book($slot: ID!, $name: String!) @flow(on: DATA_EXCHANGE, from: "CONFIRM") @complete {
  book(slot: $slot, name: $name) {
    ... on Booking «@complete» { booking: number }
  }
}"#,
    ),
    good: Example::usual(),
};
