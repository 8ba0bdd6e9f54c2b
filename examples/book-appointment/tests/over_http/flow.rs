//! All that a phone does, and how the program starts and ends.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flowgate::keys::{AppSecrets, PublicKey, SIGNATURE_HEADER};
use flowgate::protocol::phone::PhoneRequest;
use flowgate_tests::http::{Connection, get, post};
use flowgate_tests::phone::open;
use flowgate_tests::program::{node, python, run};
use flowgate_tests::{TEST_APP_SECRET, foreign_path, vector_path};
use serde_json::{Value, json};

use crate::program::{Program, program};

#[test]
fn all_actions_and_the_error_notification_are_answered() {
    let program = Program::with_test_key();
    let phone = program.phone("over-http");
    phone.assert_alive();

    let first = phone.init();
    assert_eq!(
        (first.status, &first.json["screen"]),
        (200, &json!("APPOINTMENT"))
    );

    let mut choices = json!({"trigger": "department_selected", "department": "beauty"});
    let mut choose = |key: &str, trigger: Value, list: &str| {
        choices["trigger"] = trigger;
        let reply = phone.submit("APPOINTMENT", choices.clone()).json;
        choices[key] = reply["data"][list][0]["id"].clone();
        reply
    };
    choose("location", "department_selected".into(), "location");
    choose("date", "location_selected".into(), "date");
    let times = choose("time", "date_selected".into(), "time");
    assert_eq!(times["screen"], "APPOINTMENT");
    choices.as_object_mut().unwrap().remove("trigger");
    assert_eq!(
        phone.submit("APPOINTMENT", choices.clone()).json["screen"],
        "DETAILS"
    );

    let back = phone.back("DETAILS");
    assert_eq!(
        (back.status, &back.json["screen"]),
        (200, &json!("APPOINTMENT"))
    );
    assert_eq!(back.json["data"]["time"], times["data"]["time"]);

    let notified = phone.event(
        "data_exchange",
        "DETAILS",
        json!({"error": "payload-schema-error", "error_message": "shown by the phone"}),
    );
    assert_eq!(notified.json, json!({"data": {"acknowledged": true}}));

    let details = json!({
        "name": "Zoë", "email": "zoe@example.com", "phone": "", "more_details": "",
        "colour": "sent for nothing",
    });
    phone.submit("SUMMARY", json!({"accepted": ["does not fit"]}));
    phone.submit("APPOINTMENT", choices);
    assert_eq!(phone.submit("DETAILS", details).json["screen"], "SUMMARY");
    let done = phone.submit("SUMMARY", json!({"accepted": true})).json;
    let params = &done["data"]["extension_message_response"]["params"];
    assert_eq!(params["flow_token"], "over-http");
    assert!(params["booking_id"].is_i64());

    let closed = phone.init();
    assert_eq!(closed.status, 427);
    assert!(closed.json["error_msg"].is_string());

    let metrics = get(program.address, "/metrics");
    let metrics = metrics.text();
    assert!(
        metrics.contains(r#"flowgate_error_notifications_total{key="payload-schema-error"} 1"#)
    );
    assert!(metrics.contains(r#"flowgate_replies_total{status="427"} 1"#));
    for count in [
        "flowgate_graphql_ignored_values_total 1",
        "flowgate_graphql_misfits_total 1",
        "flowgate_graphql_schema_errors_total 0",
        "flowgate_graphql_reply_violations_total 0",
    ] {
        assert!(metrics.contains(count), "{count} is not in: {metrics}");
    }
    assert_eq!(get(program.address, "/health").text(), "ok\n");
}

/// Plays `script.json` with a program that is not ours.
#[track_caller]
fn play(mut phone: Command, source: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/script.json");
    let steps: Value = serde_json::from_slice(&std::fs::read(&script).unwrap()).unwrap();
    let program = Program::with_test_key();
    phone
        .arg(foreign_path(source))
        .arg(format!("http://{}/flow", program.address))
        .arg(vector_path("keys/public.spki.pem"))
        .arg(TEST_APP_SECRET)
        .arg(script);
    let ended = run(&mut phone, Duration::from_secs(120));
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(
        ended.stdout.lines().count(),
        steps.as_array().unwrap().len()
    );
}

#[test]
fn nodes_crypto_plays_the_flow() {
    play(node(), "node/phone.mjs");
}

#[test]
fn pythons_cryptography_plays_the_flow() {
    play(python(), "python/phone.py");
}

#[test]
fn without_any_setting_it_makes_a_key_and_prints_what_to_try() {
    let program = Program::in_development();
    let line = program.lines.last().unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let flag = |name: &str| {
        let at = words.iter().position(|word| *word == name).unwrap();
        words[at + 1]
    };
    assert_eq!(&words[..3], ["cargo", "flowgate", "send"]);
    assert_eq!(
        flag("--endpoint"),
        format!("http://{}/flow", program.address)
    );
    let file = |name: &str| -> PathBuf { program.folder.path().join(flag(name)) };
    let public_key = PublicKey::read_file(file("--public-key-file")).unwrap();
    let secrets = AppSecrets::read_file(file("--app-secret-file")).unwrap();
    let clear = json!({
        "version": "3.0",
        "action": flag("--action"),
        "flow_token": flag("--flow-token"),
    });
    let request =
        PhoneRequest::new(&public_key, secrets.first(), clear.to_string().as_bytes()).unwrap();
    let headers = [(SIGNATURE_HEADER, request.signature.as_str())];
    let http = Connection::open(program.address).request(&post("/flow", &headers, &request.body));
    let reply = open(&request, http);
    assert_eq!(
        (reply.status, &reply.json["screen"]),
        (200, &json!("APPOINTMENT"))
    );
}

#[test]
fn half_a_configuration_ends_with_the_name_of_what_is_missing() {
    let key = vector_path("keys/pkcs8.pem");
    for (variables, missing) in [
        (
            ("FLOWGATE_PRIVATE_KEY_FILE", key.to_str().unwrap()),
            "FLOWGATE_APP_SECRET_FILE",
        ),
        (
            ("FLOWGATE_APP_SECRET", "secret"),
            "FLOWGATE_PRIVATE_KEY_FILE",
        ),
        (
            ("FLOWGATE_PASSPHRASE", "secret"),
            "FLOWGATE_PRIVATE_KEY_FILE",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let ended = program(folder.path()).envs([variables]).output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(missing), "{stderr}");
        assert!(!stderr.contains("secret\""), "{stderr}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[cfg(unix)]
#[test]
fn a_polite_stop_ends_it_without_an_error() {
    let program = Program::with_test_key();
    program.phone("any").assert_alive();
    let ended = program.stop();
    let log = ended.stderr;
    assert!(ended.status.success(), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    assert!(!log.contains(TEST_APP_SECRET));
}
