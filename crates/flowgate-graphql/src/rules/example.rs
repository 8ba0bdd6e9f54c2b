//! Holds the examples of the rules: the parts of a small Flow in which a wrong
//! and a right one differ.

use crate::{FlowDirectory, SchemaSdl, check, check::CheckedFile};

/// Holds one example: parts of the files of a Flow, set into the smallest whole
/// Flow when they are checked.
///
/// The places that the rule points at are marked with `«` and `»`.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    document: &'static str,
    flow: &'static str,
    payload: &'static str,
    confirm: &'static str,
}

impl Example {
    /// A document; `§open`, `§choose` and `§book` stand for its usual parts.
    pub(crate) const fn document(document: &'static str) -> Self {
        Self {
            document,
            flow: FLOW,
            payload: PAYLOAD,
            confirm: CONFIRM,
        }
    }

    /// The usual document, with changes elsewhere.
    pub(crate) const fn usual() -> Self {
        Self::document("§open\n§choose\n§book")
    }

    /// A whole Flow JSON.
    pub(crate) const fn flow(mut self, flow: &'static str) -> Self {
        self.flow = flow;
        self
    }

    /// What the screen `START` sends.
    pub(crate) const fn payload(mut self, payload: &'static str) -> Self {
        self.payload = payload;
        self
    }

    /// A member of the screen `CONFIRM`.
    pub(crate) const fn confirm(mut self, confirm: &'static str) -> Self {
        self.confirm = confirm;
        self
    }

    /// Returns the parts of the files as people see them, without marks: those
    /// in which this example or `other` differs from the usual Flow.
    pub fn text_beside(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        let mut add = |title: &str, own: &str, others: &str, usual: &str| {
            if own != usual || others != usual {
                let own = own
                    .replace("§payload", PAYLOAD)
                    .replace("§confirm", CONFIRM);
                parts.push(format!("{title}:\n{}", own.trim()));
            }
        };
        add("flow.json", self.flow, other.flow, FLOW);
        add(
            "payload of START in flow.json",
            self.payload,
            other.payload,
            PAYLOAD,
        );
        add(
            "member of CONFIRM in flow.json",
            self.confirm,
            other.confirm,
            CONFIRM,
        );
        let mut document = self.document.to_owned();
        for (name, text) in PARTS {
            let is_shared = other.document.contains(name);
            document = document.replace(name, if is_shared { "" } else { text });
        }
        if !document.trim().is_empty() {
            parts.push(format!("exchange.graphql:\n{}", document.trim()));
        }
        without_marks(&parts.join("\n\n"))
    }

    fn files(&self) -> [(&'static str, String); 3] {
        let flow = self
            .flow
            .replace("§payload", self.payload.trim())
            .replace("§confirm", self.confirm.trim());
        let mut document = self.document.to_owned();
        for (name, text) in PARTS {
            document = document.replace(name, text);
        }
        [
            ("flow.json", flow),
            ("exchange.graphql", document),
            ("schema.graphql", SCHEMA.to_owned()),
        ]
    }

    /// Checks the whole Flow around the example.
    pub(crate) fn check(&self) -> Vec<CheckedFile> {
        let [flow, document, schema] = self
            .files()
            .map(|(name, text)| (name, without_marks(&text)));
        let directory =
            FlowDirectory::from_sources((flow.0, &flow.1), [(document.0, document.1.as_str())]);
        check::check(&directory, &SchemaSdl::new(schema.0, &schema.1))
    }

    /// Returns the marked places, each as file, first byte and text.
    #[cfg(test)]
    pub(crate) fn marked(&self) -> Vec<(String, usize, String)> {
        let mut marked = Vec::new();
        for (name, text) in self.files() {
            let mut clean = String::new();
            let mut open = Vec::new();
            for character in text.chars() {
                match character {
                    '«' => open.push(clean.len()),
                    '»' => {
                        let start = open.pop().unwrap_or_default();
                        marked.push((name.to_owned(), start, clean[start..].to_owned()));
                    }
                    other => clean.push(other),
                }
            }
        }
        marked
    }

    /// Returns the places where `code` is found, in the same form.
    #[cfg(test)]
    pub(crate) fn found(&self, code: &str) -> Vec<(String, usize, String)> {
        let mut found = Vec::new();
        for file in self.check() {
            for diagnostic in file.diagnostics.iter().filter(|found| found.code == code) {
                let text = file.source().slice(diagnostic.span.clone());
                found.push((file.path.clone(), diagnostic.span.start, text.to_owned()));
            }
        }
        found
    }
}

fn without_marks(text: &str) -> String {
    text.replace(['«', '»'], "")
}

const FLOW: &str = r#"{
  "version": "7.3",
  "data_api_version": "4.0",
  "routing_model": {"START": ["CONFIRM"], "CONFIRM": []},
  "screens": [
    {"id": "START", "title": "Start", "data": {
        "slots": {"type": "array", "__example__": [], "items": {"type": "object", "properties": {
          "id": {"type": "string"}, "title": {"type": "string"}, "enabled": {"type": "boolean"}}}}
      },
      "layout": {"type": "SingleColumnLayout", "children": [
        {"type": "Dropdown", "name": "slot", "label": "Slot", "data-source": "${data.slots}"},
        {"type": "OptIn", "name": "news", "label": "News"},
        {"type": "Footer", "label": "Next", "on-click-action": {"name": "data_exchange", "payload": {
          §payload
        }}}
      ]}},
    {"id": "CONFIRM", "title": "Confirm", "terminal": true,
      §confirm
      "data": {"slot": {"type": "string", "__example__": "10:30"}},
      "layout": {"type": "SingleColumnLayout", "children": [
        {"type": "TextBody", "text": "${data.slot}"},
        {"type": "TextInput", "name": "name", "label": "Name"},
        {"type": "Footer", "label": "Book", "on-click-action": {"name": "data_exchange", "payload": {
          "slot": "${data.slot}", "name": "${form.name}"
        }}}
      ]}}
  ]
}"#;

const PAYLOAD: &str = r#""slot": "${form.slot}""#;

const CONFIRM: &str = r#""refresh_on_back": true,"#;

/// The parts that most documents share.
const PARTS: [(&str, &str); 3] = [("§open", OPEN), ("§choose", CHOOSE), ("§book", BOOK)];

const OPEN: &str = r#"query Open @flow(on: INIT) @flow(on: BACK, from: "CONFIRM") @screen(id: "START") {
  slots { id title }
}"#;

const CHOOSE: &str = r#"query Choose($slot: ID!) @flow(on: DATA_EXCHANGE, from: "START") {
  chosen: slot(id: $slot) @screen(id: "CONFIRM") { slot: id }
}"#;

const BOOK: &str = r#"mutation Book($slot: ID!, $name: String!) @flow(on: DATA_EXCHANGE, from: "CONFIRM") {
  book(slot: $slot, name: $name) {
    ... on Booking @complete { booking: number }
    ... on SlotTaken @screen(id: "START") { slots: free { id title } error_message: message }
  }
}"#;

const SCHEMA: &str = r#"type Query {
  slots(day: Date): [Slot!]!
  slot(id: ID!): Slot
}
type Mutation { book(slot: ID!, name: String!): BookResult! }
type Slot { id: ID! title: String! enabled: Boolean! seats: Int! note: String }
union BookResult = Booking | SlotTaken
type Booking { number: Int! }
type SlotTaken { message: String! free: [Slot!]! }
enum Part { MORNING EVENING }
scalar Date
"#;
