//! Findings for programs, and files that are damaged in any way.

use flowgate_flow_json::render::{self, Color};
use flowgate_graphql::{CheckedFile, FlowDirectory, RuleFacts, SchemaSdl, check_all, rules};
use proptest::prelude::*;
use serde_json::Value;

const FLOW: &str = include_str!("book/flow.json");
const EXCHANGE: &str = include_str!("book/exchange.graphql");
const BOOK: &str = include_str!("book/book.graphql");

const SCHEMA: &str = "scalar Day enum Part { MORNING EVENING }
type Query { slots(day: Day, part: Part): [Slot!]! slot(id: ID!, seats: Int!): Chosen! hint: String! }
type Mutation { book(name: String!): BookResult! }
type Slot { id: ID! time: String! isFree: Boolean! note: String }
type Chosen { summary: String! }
union BookResult = Booking | SlotTaken | NameTooShort | SessionEnded
interface Failure { message: String! }
type Booking { number: Int! key: String! note: String }
type SlotTaken { message: String! freeSlots: [Slot!]! }
type NameTooShort implements Failure { message: String! }
type SessionEnded { message: String! }";

fn check(flow: &str, exchange: &str, schema: &str) -> Vec<CheckedFile> {
    let documents = [("exchange.graphql", exchange), ("book.graphql", BOOK)];
    let directory = FlowDirectory::from_sources(("flow.json", flow), documents);
    check_all(&directory, &SchemaSdl::new("schema.graphql", schema))
}

#[test]
fn sound_files_have_no_findings() {
    for file in check(FLOW, EXCHANGE, SCHEMA) {
        assert!(file.diagnostics.is_empty(), "{:#?}", file.diagnostics);
    }
}

#[test]
fn programs_learn_the_place_in_the_second_file() {
    let files = check(
        FLOW,
        &EXCHANGE.replace("title: time", "title: note"),
        SCHEMA,
    );

    let json: Value = serde_json::from_str(&render::json(&files)).unwrap();
    let found = &json["files"][1]["validation_errors"][0];
    assert_eq!(found["code"], "data-never-null");
    assert_eq!(
        (&found["line_start"], &found["error"]),
        (&12.into(), &Value::Null)
    );
    assert_eq!(found["labels"][0]["file"], "flow.json");
    assert_eq!(found["labels"][0]["line_start"], 10);

    let summaries: Vec<_> = rules().map(RuleFacts::summary).collect();
    let log: Value = serde_json::from_str(&render::sarif(&files, &summaries)).unwrap();
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let related = &result["relatedLocations"][0]["physicalLocation"];
    assert_eq!(related["artifactLocation"]["uri"], "flow.json");
    assert_eq!(related["region"]["startLine"], 10);
    let index = result["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(
        run["tool"]["driver"]["rules"][index]["id"],
        "data-never-null"
    );
}

/// Cuts a piece out of a text and puts another in.
fn damaged(text: &'static str) -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just(""),
        Just("{"),
        Just("}"),
        Just("("),
        Just(")"),
        Just("@flow"),
        Just("@stay"),
        Just("@default(value: [{a: 1}])"),
        Just("$x"),
        Just("..."),
        Just("... on Slot"),
        Just("\""),
        Just("\"\"\""),
        Just("Ä😀"),
        Just(": ["),
        Just("!"),
        Just("null"),
        Just("fragment"),
        Just("slots"),
    ];
    let length = text.chars().count();
    (0..length, 0..12_usize, pieces).prop_map(move |(start, cut, piece)| {
        let before: String = text.chars().take(start).collect();
        let after: String = text.chars().skip(start + cut).collect();
        format!("{before}{piece}{after}")
    })
}

proptest! {
    #[test]
    fn damaged_files_are_reported_and_nothing_panics(
        (flow, exchange, schema) in prop_oneof![
            damaged(EXCHANGE).prop_map(|exchange| (FLOW.to_owned(), exchange, SCHEMA.to_owned())),
            damaged(SCHEMA).prop_map(|schema| (FLOW.to_owned(), EXCHANGE.to_owned(), schema)),
            damaged(FLOW).prop_map(|flow| (flow, EXCHANGE.to_owned(), SCHEMA.to_owned())),
        ]
    ) {
        let files = check(&flow, &exchange, &schema);
        for file in &files {
            for found in &file.diagnostics {
                prop_assert!(file.source().text().get(found.span.clone()).is_some());
            }
        }
        let text = render::text(&files, Color::Never);
        prop_assert!(text.contains("checked "));
    }
}
