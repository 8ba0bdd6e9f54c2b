//! Payloads that no form sends: each is answered on a screen or refused, never
//! with HTTP 500, and never with a word of the database.

use flowgate_tests::http::{Connection, post};
use flowgate_tests::phone::{Phone, PhoneReply, open};
use flowgate_tests::postgres::Postgres;
use serde_json::{Map, Value, json};

use crate::program::Program;

/// The screens with the keys that their forms send.
const SCREENS: [(&str, &[&str]); 3] = [
    (
        "APPOINTMENT",
        &[
            "trigger",
            "department",
            "location",
            "date",
            "time",
            "keep_contact",
        ],
    ),
    ("DETAILS", &["name", "email", "phone", "more_details"]),
    ("SUMMARY", &["accepted"]),
];

/// What would show that a text has reached a database or a parser as code.
const TRACES: [&str; 12] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "sqlite",
    "sqlx",
    "postgres",
    "syntax error",
    "constraint",
    "no such",
    "relation ",
    "panicked",
    "__schema",
];

/// Values of a size that no form sends.
fn huge_values() -> Vec<Value> {
    vec![
        json!(vec!["beauty"; 100_000]),
        json!(vec![json!({"a": 1}); 10_000]),
        json!("9".repeat(1_000_000)),
        json!("x".repeat(1_000_000)),
    ]
}

fn odd_values() -> Vec<Value> {
    let mut deep = json!("bottom");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\0"),
        json!("\u{202e}\u{feff}"),
        json!([]),
        json!({}),
        json!([null, [], {}]),
        deep,
        json!({"__typename": "Offer", "$ne": null, "id": "beauty"}),
        json!("x' OR '1'='1"),
        json!("'; DROP TABLE booking; --"),
        json!("beauty' UNION SELECT customer, request FROM booking --"),
        json!("$1"),
        json!("%"),
        json!("}) { __schema { types { name } } }"),
        json!("\" }) { departments { id } } #"),
        json!("query { __schema { types { name } } }"),
        json!("${data.department}"),
        json!("{{7*7}}"),
        json!("2026-02-30"),
        json!("0000-00-00"),
        json!("99999999999999-01-01"),
        json!("24:00"),
    ]
}

#[track_caller]
fn assert_harmless(reply: &PhoneReply, what: &str) {
    let answered = reply.status == 200 && reply.json["screen"].is_string();
    let refused = (400..500).contains(&reply.status);
    assert!(answered || refused, "{what}: {}", reply.http.status_line);
    let told = reply.json.to_string();
    // Texts come back to those who have entered them, on SUMMARY.
    if reply.json["screen"] != "SUMMARY" {
        for trace in TRACES {
            assert!(!told.contains(trace), "{what}: {told:.500}");
        }
    }
}

fn summary_of(value: &Value) -> String {
    format!("{:.60}", value.to_string())
}

/// Sends every odd value under every key, alone and among good ones, and every
/// huge one among good ones.
#[track_caller]
fn hostile_payloads_are_harmless(program: &Program) {
    for (screen, keys) in SCREENS {
        for key in keys {
            let phone = |number| program.phone(&format!("{screen} {key} {number}"));
            let among = |value| -> Value {
                let mut data = good(screen);
                data.insert((*key).to_owned(), value);
                data.into()
            };
            for (number, value) in odd_values().into_iter().enumerate() {
                let what = format!("{screen}, {key}: {}", summary_of(&value));
                let phone = phone(number);
                assert_harmless(&phone.submit(screen, json!({ *key: value })), &what);
                assert_harmless(&phone.submit(screen, among(value)), &what);
            }
            for value in huge_values() {
                let what = format!("{screen}, {key}: {}", summary_of(&value));
                assert_harmless(&phone(0).submit(screen, among(value)), &what);
            }
        }
    }
}

fn good(screen: &str) -> Map<String, Value> {
    let good = match screen {
        "APPOINTMENT" => json!({
            "trigger": "department_selected", "department": "beauty", "location": "covent_garden",
        }),
        "DETAILS" => json!({"name": "Zoë", "email": "zoe@example.com"}),
        _ => json!({"accepted": true}),
    };
    good.as_object().unwrap().clone()
}

/// Fails unless everything is there and in order.
#[track_caller]
fn assert_sound(program: &Program) {
    let reply = program.phone("afterwards").init();
    assert_eq!(
        (reply.status, &reply.json["screen"]),
        (200, &json!("APPOINTMENT"))
    );
    assert_eq!(
        reply.json["data"]["department"].as_array().unwrap().len(),
        5
    );
    assert_eq!(reply.json["data"]["location"].as_array().unwrap().len(), 4);
}

/// Fails if the log shows a failure, or what was entered.
fn assert_log_is_clean(program: Program) {
    let ended = program.stop();
    let log = ended.stderr;
    assert!(ended.status.success());
    for trace in [
        "ERROR",
        "panicked",
        "DROP TABLE",
        "zoe@example.com",
        "9999999999",
    ] {
        let line = log.lines().find(|line| line.contains(trace));
        assert_eq!(line, None, "{trace}");
    }
}

#[test]
fn over_sqlite() {
    let program = Program::with_test_key();
    hostile_payloads_are_harmless(&program);
    assert_sound(&program);
    assert_log_is_clean(program);
}

#[test]
fn over_postgres() {
    let program = Program::with_database(&Postgres::shared().new_database());
    hostile_payloads_are_harmless(&program);
    assert_sound(&program);
    assert_log_is_clean(program);
}

#[test]
fn unknown_keys_screens_and_actions_are_harmless() {
    let program = Program::with_test_key();
    let phone = program.phone("a");
    let many: Map<String, Value> = (0..100_000)
        .map(|number| (format!("key {number}"), json!(number)))
        .collect();
    assert_harmless(&phone.submit("DETAILS", many.into()), "many keys");
    let odd = json!({"__proto__": {}, "customer": "b", "request": "c", "$customer": 1, "": ""});
    assert_harmless(&phone.submit("SUMMARY", odd), "odd keys");
    for screen in [
        "",
        "TERMS",
        "SUCCESS",
        "NONE",
        "'; DROP TABLE booking; --",
        "\0",
    ] {
        assert_harmless(&phone.submit(screen, json!({})), screen);
        assert_harmless(&phone.back(screen), screen);
        assert_harmless(&phone.event("INIT", screen, json!({})), screen);
    }
    assert_harmless(
        &phone.event("destroy", "SUMMARY", json!({})),
        "an action of its own",
    );
    assert_sound(&program);
}

#[test]
fn numbers_without_end_are_harmless() {
    let program = Program::with_test_key();
    let phone = program.phone("a");
    let digits = "9".repeat(1_000_000);
    for data in [
        format!(r#"{{"department": {digits}}}"#),
        format!(r#"{{"accepted": {digits}}}"#),
        format!(r#"{{"accepted": -{digits}.{digits}e{digits}}}"#),
        format!(r#"{{"accepted": 1e{digits}}}"#),
        r#"{"accepted": 1e999}"#.to_owned(),
    ] {
        for screen in ["APPOINTMENT", "SUMMARY"] {
            let clear = format!(
                r#"{{"version": "3.0", "action": "data_exchange", "screen": "{screen}",
                    "data": {data}, "flow_token": "a"}}"#
            );
            assert_harmless(
                &send_text(&program, &phone, &clear),
                &data[..40.min(data.len())],
            );
        }
    }
    assert_sound(&program);
}

#[test]
fn what_looks_like_a_query_is_not_run() {
    let program = Program::with_test_key();
    let phone = program.phone("a");
    let clear = json!({
        "version": "3.0", "action": "INIT", "flow_token": "a",
        "query": "{ __schema { types { name } } }",
        "operationName": "Book", "extensions": {"persistedQuery": {}},
        "data": {"query": "mutation { book(acceptTerms: true) { __typename } }"},
    });
    let reply = phone.send(&clear);
    assert_harmless(&reply, "a query");
    assert_eq!(reply.json["screen"], "APPOINTMENT");
}

fn send_text(program: &Program, phone: &Phone, clear: &str) -> PhoneReply {
    let request = phone.encrypt(clear.as_bytes());
    let headers = [(flowgate::keys::SIGNATURE_HEADER, request.signature.as_str())];
    let http = Connection::open(program.address).request(&post("/flow", &headers, &request.body));
    open(&request, http)
}
