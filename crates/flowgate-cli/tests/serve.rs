//! `flowgate serve` as an operator runs it: a ready endpoint between phones and
//! a GraphQL server that is not ours.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use flowgate_tests::phone::{Phone, TEST_FLOW_TOKEN};
use flowgate_tests::process::{Process, clear_settings};
use flowgate_tests::program::{self, Ended};
use flowgate_tests::{TEST_APP_SECRET, foreign_path, vector_path};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Opens the GraphQL server. A test secret.
const TOKEN: &str = "token-of-a-test";

const UNAVAILABLE: &str = "Something went wrong on our side. Please try again.";
const INVALID: &str = "Please check what you have entered and try again.";

/// Longest run of a gateway that does not start.
const LIMIT: Duration = Duration::from_secs(60);

/// The GraphQL server, as a process of its own.
struct Business {
    url: String,
    _process: Process,
}

impl Business {
    fn start(introspection: &str) -> Self {
        let mut command = program::python_with("graphql");
        command
            .arg(foreign_path("python/graphql_server.py"))
            .arg(TOKEN)
            .env("INTROSPECTION", introspection);
        let mut process = Process::start(&mut command);
        let url = process.read_to_line("http://").trim().to_owned();
        Self {
            url,
            _process: process,
        }
    }
}

fn flow_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../flowgate-graphql/tests/book")
}

/// Returns the gateway in front of a GraphQL server.
fn gateway(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowgate"));
    clear_settings(&mut command);
    command
        .args(["serve", "--graphql", url, "--listen", "127.0.0.1:0"])
        .arg("--private-key-file")
        .arg(vector_path("keys/pkcs8.pem"))
        .env("FLOWGATE_APP_SECRET", TEST_APP_SECRET)
        .env(
            "FLOWGATE_GRAPHQL_HEADER",
            format!("Authorization: Bearer {TOKEN}"),
        );
    command
}

fn with_flow(mut command: Command) -> Command {
    command.arg("--flow").arg(flow_folder());
    command
}

/// Starts the gateway and returns a phone that talks to it.
fn start(mut command: Command) -> (Process, Phone) {
    let mut process = Process::start(&mut command);
    let line = process.read_to_line("POST http://");
    let address = line.trim_start_matches("POST http://").split('/').next();
    let address: SocketAddr = address.unwrap().parse().unwrap();
    (process, Phone::of_address(address))
}

fn exchange(phone: &Phone, action: &str, screen: &str, data: Value) -> (u16, Value) {
    let reply = phone.send(
        &json!({"version": "3.0", "action": action, "screen": screen,
        "data": data, "flow_token": TEST_FLOW_TOKEN}),
    );
    (reply.status, reply.json)
}

#[test]
fn a_phone_talks_to_a_graphql_server_through_the_gateway() {
    let business = Business::start("on");
    let (process, phone) = start(with_flow(gateway(&business.url)));
    phone.assert_alive();

    let (status, reply) = exchange(&phone, "INIT", "", json!({}));
    let slot = json!({"id": "a", "title": "any day MORNING", "enabled": true});
    let hint = format!("INIT for {TEST_FLOW_TOKEN}");
    assert_eq!(status, 200);
    assert_eq!(
        reply,
        json!({"screen": "SLOTS", "data": {"slots": [slot], "hint": hint}})
    );

    let day = json!({"trigger": "day_selected", "day": "2026-11-23", "part": "EVENING"});
    let (_, reply) = exchange(&phone, "data_exchange", "SLOTS", day);
    assert_eq!(reply["data"]["slots"][0]["title"], "2026-11-23 EVENING");

    let choice = json!({"slot": "a", "seats": "2"});
    let (_, reply) = exchange(&phone, "data_exchange", "SLOTS", choice);
    assert_eq!(
        reply,
        json!({"screen": "CONFIRM", "data": {"summary": "2 at a"}})
    );

    let book = |name: &str| exchange(&phone, "data_exchange", "CONFIRM", json!({"name": name}));
    let stays = |text: &str| {
        (
            200,
            json!({"screen": "CONFIRM", "data": {"error_message": text}}),
        )
    };
    assert_eq!(book("Z"), stays("Please tell us your whole name."));
    assert_eq!(book("message"), stays("Not on Sundays."));
    assert_eq!(book("broken"), stays(UNAVAILABLE));
    assert_eq!(
        book("ended"),
        (427, json!({"error_msg": "This offer has ended."}))
    );
    let (_, reply) = book("taken");
    assert_eq!(reply["screen"], "SLOTS");
    assert_eq!(reply["data"]["error_message"], "Somebody was faster.");
    let (_, reply) = book("Zoë");
    let params = &reply["data"]["extension_message_response"]["params"];
    assert_eq!(
        (&params["booking_id"], &params["flow_token"]),
        (&json!(7), &json!(TEST_FLOW_TOKEN))
    );
    assert_eq!(params["key"].as_str().unwrap().len(), 64);

    // What the server, not the gateway, finds wrong with a value.
    let day = json!({"trigger": "day_selected", "day": "someday"});
    let (status, reply) = exchange(&phone, "data_exchange", "SLOTS", day);
    assert_eq!(
        (status, &reply["data"]),
        (200, &json!({"error_message": INVALID}))
    );

    // The server goes away: phones read a text on their screens.
    drop(business);
    let (status, reply) = exchange(&phone, "data_exchange", "SLOTS", json!({"slot": "a"}));
    assert_eq!(
        (status, &reply["data"]),
        (200, &json!({"error_message": UNAVAILABLE}))
    );

    let ended = process.terminate();
    assert!(ended.status.success(), "{ended:?}");
    assert!(
        ended.stderr.contains("operation `Book` failed at `book`"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("REMOTE_UNREACHABLE"),
        "{}",
        ended.stderr
    );
    for secret in [TOKEN, TEST_FLOW_TOKEN, "SELECT", "someday", "Zoë"] {
        assert!(!ended.stderr.contains(secret), "{secret}: {}", ended.stderr);
    }
}

#[track_caller]
fn refused(mut command: Command, code: i32) -> Ended {
    let ended = program::run(&mut command, LIMIT);
    assert_eq!(ended.status.code(), Some(code), "{ended:?}");
    assert!(!ended.stderr.contains(TOKEN), "{ended:?}");
    ended
}

/// Copies the Flow with changes to the text of each file.
fn changed_flow(change: impl Fn(&str) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["flow.json", "book.graphql", "exchange.graphql"] {
        let text = fs::read_to_string(flow_folder().join(file)).unwrap();
        fs::write(folder.path().join(file), change(&text)).unwrap();
    }
    folder
}

#[test]
fn a_flow_that_does_not_fit_the_server_is_not_served() {
    let business = Business::start("on");
    let folder = changed_flow(|text| {
        text.replace("isFree", "isFeee")
            .replace("id: \"SLOTS\"", "id: \"SLOT\"")
    });
    let mut command = gateway(&business.url);
    command.arg("--flow").arg(folder.path());
    let ended = refused(command, 1);
    for part in [
        "error[fields-exist]: `Slot` has no field `isFeee`",
        "help: did you mean `isFree`?",
        "error[screens-exist]: the Flow has no screen `SLOT`",
        "exchange.graphql:",
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

#[test]
fn warnings_stop_a_start_where_they_are_denied() {
    let business = Business::start("on");
    let payload = "\"payload\": {";
    let more = format!("{payload}\"colour\": \"red\", ");
    let folder = changed_flow(|text| text.replacen(payload, &more, 1));
    let mut command = gateway(&business.url);
    command.arg("--flow").arg(folder.path());
    command.arg("--deny-warnings");
    let ended = refused(command, 1);
    let expected = "warning[payloads-taken]: no operation takes `colour`";
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}

#[test]
fn a_server_that_keeps_its_schema_to_itself_needs_a_file() {
    let business = Business::start("off");
    let ended = refused(with_flow(gateway(&business.url)), 6);
    assert!(
        ended.stderr.contains("--schema schema.graphql"),
        "{}",
        ended.stderr
    );

    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.graphql");
    let server = fs::read_to_string(foreign_path("python/graphql_server.py")).unwrap();
    fs::write(&schema, server.split("\"\"\"").nth(3).unwrap()).unwrap();
    let mut command = with_flow(gateway(&business.url));
    command.arg("--schema").arg(&schema);
    let (_process, phone) = start(command);
    let (status, reply) = exchange(&phone, "INIT", "", json!({}));
    assert_eq!((status, &reply["screen"]), (200, &json!("SLOTS")));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let mut wrong_token = with_flow(gateway("http://127.0.0.1:9/graphql"));
    wrong_token.env("FLOWGATE_GRAPHQL_HEADER", "no colon");
    assert!(
        refused(wrong_token, 2)
            .stderr
            .contains("a header has no colon")
    );

    let mut no_flow = gateway("http://127.0.0.1:9/graphql");
    no_flow.args(["--flow", "nowhere"]);
    assert!(refused(no_flow, 3).stderr.contains("cannot read `nowhere`"));

    let no_url = with_flow(gateway("nothing"));
    assert!(
        refused(no_url, 2)
            .stderr
            .contains("is no http or https URL")
    );

    let business = Business::start("on");
    let mut wrong_token = with_flow(gateway(&business.url));
    wrong_token.env("FLOWGATE_GRAPHQL_HEADER", "Authorization: Bearer another");
    assert!(refused(wrong_token, 6).stderr.contains("REMOTE_STATUS_401"));
}
