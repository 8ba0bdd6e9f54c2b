//! The program as it is run: a process of its own, real HTTP, two versions of
//! the Flow at once.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot start the server fails"
)]

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, SystemTime};

use flowgate::protocol::{FlowTokenSecret, SignedFlowTokens};
use flowgate_tests::endpoint_program::address;
use flowgate_tests::phone::{Phone, PhoneReply};
use flowgate_tests::process::{Process, clear_settings};
use flowgate_tests::program::run;
use flowgate_tests::{TEST_APP_SECRET, vector_path};
use serde_json::{Value, json};

/// Signs nothing but tests.
const TEST_TOKEN_SECRET: &str = "a secret for flow tokens of tests";

/// The server; it ends with the test.
struct Program {
    address: SocketAddr,
    _process: Process,
}

impl Program {
    fn start() -> Self {
        let mut process = Process::start(program().args(["--listen", "127.0.0.1:0"]));
        Self {
            address: address(&process.read_to_line("POST ")),
            _process: process,
        }
    }

    /// Returns the phone of a customer who got a message with this version.
    fn phone(&self, version: &str) -> Phone {
        let token = tokens().flow_version(version);
        let token = token.issue("customer", SystemTime::now()).unwrap();
        Phone::of_address(self.address).flow_token(token.expose_secret())
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loan-quote"));
    clear_settings(&mut command);
    command
        .env("FLOWGATE_PRIVATE_KEY_FILE", vector_path("keys/pkcs8.pem"))
        .env("FLOWGATE_APP_SECRET", TEST_APP_SECRET)
        .env("FLOWGATE_TOKEN_SECRET", TEST_TOKEN_SECRET);
    command
}

fn tokens() -> SignedFlowTokens {
    let secret = FlowTokenSecret::new(TEST_TOKEN_SECRET.as_bytes()).unwrap();
    SignedFlowTokens::new("loan-quote", secret)
}

fn car_loan() -> Value {
    json!({"product": "car", "amount": "10000", "months": "48"})
}

/// Asks for a quote on LOAN, which must lead to `next`; returns the quote's id.
#[track_caller]
fn quote(phone: &Phone, next: &str) -> Value {
    let reply = phone.submit("LOAN", car_loan());
    assert_eq!((reply.status, &reply.json["screen"]), (200, &json!(next)));
    let summary = "Car loan of EUR 10000 over 48 months at 4.90 %\nEUR 229.85 a month";
    assert_eq!(reply.json["data"]["summary"], summary);
    reply.json["data"]["quote"].clone()
}

fn apply(phone: &Phone, quote: &Value) -> PhoneReply {
    let data = json!({"quote": quote, "name": "Zoë", "accepted": true});
    phone.submit("OFFER", data)
}

fn completion(reply: &PhoneReply) -> &Value {
    &reply.json["data"]["extension_message_response"]["params"]
}

#[track_caller]
fn assert_stays(reply: &PhoneReply, screen: &str, message: &str) {
    assert_eq!((reply.status, &reply.json["screen"]), (200, &json!(screen)));
    let shown = reply.json["data"]["error_message"].as_str().unwrap();
    assert!(shown.contains(message), "{shown}");
}

#[test]
fn two_versions_are_open_at_once() {
    let program = Program::start();
    let (old, new) = (program.phone("1"), program.phone("2"));
    assert_eq!(old.init().json["screen"], "LOAN");
    assert_eq!(new.init().json["screen"], "LOAN");
    let old_quote = quote(&old, "OFFER");
    let new_quote = quote(&new, "INCOME");
    let income = json!({"quote": new_quote, "income": "3000"});
    let offer = new.submit("INCOME", income.clone());
    assert_eq!(offer.json["screen"], "OFFER");
    assert_eq!(offer.json["data"]["quote"], new_quote);
    // A screen that the version does not have.
    let unknown = old.submit("INCOME", income);
    assert!((400..500).contains(&unknown.status), "{}", unknown.status);
    for (phone, quote) in [(&old, old_quote), (&new, new_quote)] {
        let done = apply(phone, &quote);
        let parameters = completion(&done);
        assert!(parameters["application"].is_i64());
        assert_eq!(
            (
                &parameters["product"],
                &parameters["amount"],
                &parameters["monthly_cents"]
            ),
            (&json!("car"), &json!(10_000), &json!(22_985))
        );
    }
}

#[test]
fn tokens_decide_and_strangers_are_refused() {
    let server = Program::start();
    for phone in [
        server.phone("3"),
        Phone::of_address(server.address),
        Phone::of_address(server.address).flow_token(
            tokens()
                .issue("customer", SystemTime::now())
                .unwrap()
                .expose_secret(),
        ),
    ] {
        let reply = phone.init();
        assert_eq!(reply.status, 427);
        assert!(reply.json["error_msg"].is_string());
    }
    let issued = run(
        program().args(["--issue-token", "1"]),
        Duration::from_secs(30),
    );
    assert!(issued.status.success(), "{}", issued.stderr);
    let phone = Phone::of_address(server.address).flow_token(issued.stdout.trim());
    assert_eq!(phone.init().json["screen"], "LOAN");
}

#[test]
fn exchanges_of_one_screen_are_told_apart() {
    let program = Program::start();
    let phone = program.phone("2");
    let first = phone.init().json["data"].clone();
    assert_eq!(
        (&first["is_months_enabled"], &first["estimate"]),
        (&json!(false), &json!("Choose a loan."))
    );

    let choice = json!({"trigger": "product_selected", "product": "home"});
    let product = phone.submit("LOAN", choice).json;
    assert_eq!(product["screen"], "LOAN");
    assert_eq!(product["data"]["amounts"], "EUR 5000 to 80000");
    assert_eq!(
        product["data"]["months"][3],
        json!({"id": "120", "title": "10 years"})
    );
    assert_eq!(product["data"]["is_months_enabled"], true);

    let mut choice = car_loan();
    choice["trigger"] = "term_selected".into();
    choice["promotion"] = "".into();
    let estimate =
        |choice: &Value| phone.submit("LOAN", choice.clone()).json["data"]["estimate"].clone();
    assert!(estimate(&choice).as_str().unwrap().contains("4.90 %"));
    choice["trigger"] = "code_entered".into();
    choice["promotion"] = "Spring".into();
    assert!(estimate(&choice).as_str().unwrap().contains("3.90 %"));
    choice["promotion"] = "AUTUMN".into();
    assert_eq!(estimate(&choice), "We do not know this code.");
    choice["amount"] = "".into();
    assert_eq!(estimate(&choice), "Enter an amount and choose a term.");
    // Without a trigger it is the button.
    choice.as_object_mut().unwrap().remove("trigger");
    choice["amount"] = "10000".into();
    choice["promotion"] = "SPRING".into();
    assert_eq!(phone.submit("LOAN", choice).json["screen"], "INCOME");
}

#[test]
fn mistakes_keep_the_user_on_the_screen() {
    let program = Program::start();
    let phone = program.phone("2");
    for (key, value, message) in [
        ("amount", json!("100"), "between 3000 and 60000"),
        ("amount", json!("ten"), "Please check"),
        ("amount", json!(""), "Please check"),
        ("amount", json!("-5"), "Please check"),
        ("amount", json!("99999999999999999999999"), "Please check"),
        ("months", json!("7"), "how long"),
        ("product", json!("boat"), "choose a loan"),
        ("product", json!(["car"]), "Please check"),
        ("promotion", json!("'; DROP TABLE quote; --"), "this code"),
    ] {
        let mut data = car_loan();
        data[key] = value;
        assert_stays(&phone.submit("LOAN", data), "LOAN", message);
    }
    let id = quote(&phone, "INCOME");
    let poor = json!({"quote": id, "income": "500"});
    assert_stays(&phone.submit("INCOME", poor), "INCOME", "two fifths");
    for (name, accepted, message) in [
        (" ", true, "your name"),
        (&*"x".repeat(101), true, "shorten"),
        ("Zoë", false, "accept the terms"),
    ] {
        let data = json!({"quote": id, "name": name, "accepted": accepted});
        assert_stays(&phone.submit("OFFER", data), "OFFER", message);
    }
}

#[test]
fn a_quote_belongs_to_the_one_who_asked() {
    let program = Program::start();
    for version in ["1", "2"] {
        let (owner, thief) = (program.phone(version), program.phone(version));
        let next = if version == "1" { "OFFER" } else { "INCOME" };
        let id = quote(&owner, next);
        assert_stays(&apply(&thief, &id), "LOAN", "no longer holds");
        assert_stays(&apply(&owner, &json!("none")), "LOAN", "no longer holds");
        // The latest one counts.
        let newer = quote(&owner, next);
        assert_stays(&apply(&owner, &id), "LOAN", "no longer holds");
        assert!(completion(&apply(&owner, &newer))["application"].is_i64());
    }
}

#[test]
fn going_back_shows_what_was_chosen() {
    let program = Program::start();
    for (version, screen) in [("1", "OFFER"), ("2", "INCOME")] {
        let phone = program.phone(version);
        quote(&phone, screen);
        let back = phone.back(screen).json;
        assert_eq!(back["screen"], "LOAN");
        assert_eq!(back["data"]["amounts"], "EUR 3000 to 60000");
        assert!(
            back["data"]["estimate"]
                .as_str()
                .unwrap()
                .contains("229.85")
        );
    }
}

#[test]
fn the_same_application_again_has_no_second_effect() {
    let program = Program::start();
    let phone = program.phone("1");
    let id = quote(&phone, "OFFER");
    let first = apply(&phone, &id);
    assert!(completion(&first)["application"].is_i64());
    assert_eq!(apply(&phone, &id).json, first.json);
    // Anything else has come to its end.
    let other = json!({"quote": id, "name": "Zoe", "accepted": true});
    for reply in [
        phone.submit("OFFER", other),
        phone.submit("LOAN", car_loan()),
        phone.init(),
    ] {
        assert_eq!(reply.status, 427);
        let number = completion(&first)["application"].to_string();
        assert!(reply.json["error_msg"].as_str().unwrap().contains(&number));
    }
}
