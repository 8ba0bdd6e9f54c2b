//! Rules about what screens send and operations take.

use super::{Example, RuleFacts};

pub(crate) const PAYLOADS_FEED_VARIABLES: RuleFacts = RuleFacts {
    code: "payloads-feed-variables",
    summary: "events send what variables need",
    explanation: "A variable takes its value from the payload's member of the same name. INIT and \
        BACK have no payload. Who is asking is not in variables but in the FlowContext, which \
        resolvers take from the request's data.",
    bad: Example::document(
        r#"
query Open(«$day»: Date!) @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots(day: $day) { id title }
}
query Choose(«$slot»: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  chosen: slot(id: $slot) @screen(id: "CONFIRM") { slot: id }
}
§book"#,
    )
    .payload(r#""slots": "${form.slot}""#),
    good: Example::usual(),
};

pub(crate) const PAYLOADS_FIT_VARIABLES: RuleFacts = RuleFacts {
    code: "payloads-fit-variables",
    summary: "what a payload sends fits the type of its variable",
    explanation: "Texts become numbers, truth values, dates and enums where a variable wants them; \
        numbers become texts. A list does not become a single value, nor a truth value a number. \
        Which type a component sends, its documentation says.",
    bad: Example::document(
        r#"
§open
query Choose(«$slot»: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  chosen: slot(id: $slot) @screen(id: "CONFIRM") { slot: id }
}
§book"#,
    )
    .payload(r#""slot": "${form.news}""#),
    good: Example::usual(),
};

pub(crate) const PAYLOADS_TAKEN: RuleFacts = RuleFacts {
    code: "payloads-taken",
    summary: "what a payload sends is taken by an operation",
    explanation: "Members of a payload that no variable takes and no `when` asks for are ignored \
        and counted. Often the name is misspelt on one side.",
    bad: Example::usual().payload(r#""slot": "${form.slot}", «"news"»: "${form.news}""#),
    good: Example::usual(),
};
