//! `flowgate doctor` as a user meets it: before endpoints with one fault each,
//! in both formats, with its exit codes.

use std::fs;

use flowgate_tests::certificates::{Authority, CertificateFault};
use flowgate_tests::faulty_endpoint::{EndpointFault, PLANTED, start};
use flowgate_tests::listener::Listener;
use flowgate_tests::{TEST_APP_SECRET, vector_path};
use serde_json::Value;

use crate::desk::{Desk, Ran};
use crate::scene::{ACCOUNT, NUMBERS, Scene};

/// A desk whose key is the one of the faulty endpoints.
fn desk() -> Desk {
    let mut desk = Desk::new();
    let key = vector_path("keys/public.spki.pem");
    desk.set("FLOWGATE_PUBLIC_KEY_FILE", key.to_str().unwrap());
    desk
}

#[track_caller]
fn examine(desk: &Desk, endpoint: &Listener, further: &[&str]) -> Ran {
    let url = endpoint.url("/flow");
    let doctor = ["doctor", "--endpoint", &url];
    desk.run(&[&doctor[..], further].concat())
}

/// The codes with their severities.
fn findings(document: &Value) -> Vec<(&str, &str)> {
    let findings = document["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            assert!(finding["problem"].is_string() && finding["help"].is_string());
            (
                finding["code"].as_str().unwrap(),
                finding["severity"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn each_planted_fault_is_named_and_decides_the_exit_code() {
    let desk = desk();
    let mut named = 0;
    for (fault, code) in PLANTED {
        if *fault == EndpointFault::Silent {
            // It takes WhatsApp's 10 s; the library's tests have a shorter one.
            continue;
        }
        let ran = examine(&desk, &start(*fault, None), &["--format", "json"]);
        let document = ran.json();
        let found = findings(&document);
        assert!(
            found.iter().any(|(name, _)| name == code),
            "{fault:?}: {document:#}"
        );
        let is_healthy = found.iter().all(|(_, severity)| *severity == "warning");
        assert_eq!(document["healthy"], is_healthy, "{fault:?}");
        ran.expect_code(if is_healthy { 0 } else { 1 });
        named += 1;
    }
    assert!(named >= 40, "only {named} faults");
}

#[test]
fn a_good_endpoint_has_nothing_to_mend() {
    let desk = desk();
    let endpoint = start(EndpointFault::None, None);
    let ran = examine(&desk, &endpoint, &[])
        .expect_code(0)
        .expect_output("ok    the endpoint answers a ping")
        .expect_output("nothing to mend");
    assert!(!ran.0.stdout.contains("FAIL"));
    let document = examine(&desk, &endpoint, &["--format", "json"]).json();
    assert_eq!(document["healthy"], true);
    assert!(document["checks"].as_array().unwrap().len() >= 9);
    assert!(findings(&document).is_empty());
}

#[test]
fn the_table_says_what_failed_why_and_what_to_do() {
    let desk = desk();
    let ran = examine(&desk, &start(EndpointFault::NotInverted, None), &[])
        .expect_code(1)
        .expect_output("FAIL  the endpoint answers a ping")
        .expect_output("error[vector-not-inverted]: the reply is sealed with the vector")
        .expect_output(" help: invert every bit")
        .expect_output("1 to mend");
    assert!(!ran.0.stdout.contains(TEST_APP_SECRET));
    // A warning alone is no failure.
    examine(&desk, &start(EndpointFault::ContentTypeJson, None), &[])
        .expect_code(0)
        .expect_output("warning[content-type]: the content type is `application/json`")
        .expect_output("1 to look at; phones get answers");
}

#[test]
fn an_endpoint_with_a_certificate_of_its_own_needs_its_authority() {
    let desk = desk();
    let authority = Authority::new();
    let ca_file = authority.write(desk.folder());
    let trust = ["--endpoint-ca-file", ca_file.to_str().unwrap()];
    let good = start(
        EndpointFault::None,
        Some(&authority.issue(CertificateFault::None)),
    );
    examine(&desk, &good, &[])
        .expect_code(1)
        .expect_output("error[tls-failed]");
    examine(&desk, &good, &trust).expect_code(0);
    let expired = start(
        EndpointFault::None,
        Some(&authority.issue(CertificateFault::Expired)),
    );
    examine(&desk, &expired, &trust)
        .expect_code(1)
        .expect_output("expired");
    // The other commands that call an endpoint take the same flag.
    let url = good.url("/flow");
    let ping = ["send", "--ping", "--endpoint", &url];
    desk.run(&[&ping[..], &trust].concat()).expect_code(0);
    desk.run(&ping).expect_code(6);
}

#[test]
fn published_keys_are_compared_if_numbers_are_named() {
    let scene = Scene::new();
    let url = scene.endpoint_front.url("/flow");
    let all = ["--all-numbers", "--waba", ACCOUNT];
    let doctor = ["doctor", "--endpoint", &url, "--format", "json"];
    let doctor = [&doctor[..], &all].concat();
    // The example of a router without handlers answers INIT with a failure.
    let codes = |ran: Ran| -> Vec<String> {
        let document = ran.json();
        let found = findings(&document).into_iter();
        let keys =
            found.filter(|(code, _)| code.starts_with("key-") || code.starts_with("platform-"));
        keys.map(|(code, _)| code.to_owned()).collect()
    };
    let ran = scene.desk.run(&doctor).expect_code(1);
    assert_eq!(codes(ran), ["key-missing"; 2]);
    let publish = [&["keys", "publish"], &all[..]].concat();
    scene.desk.run(&publish).expect_code(0);
    assert!(codes(scene.desk.run(&doctor)).is_empty());
    let id = flowgate_keys::PhoneNumberId::new(NUMBERS[0]).unwrap();
    scene.platform.re_register(&id).unwrap();
    assert_eq!(codes(scene.desk.run(&doctor)), ["key-signature"]);
}

#[test]
fn what_is_missing_or_cannot_be_read_has_its_exit_code() {
    let desk = desk();
    desk.run(&["doctor"])
        .expect_code(2)
        .expect_error("--endpoint");
    let endpoint = start(EndpointFault::None, None);
    let unreadable = ["--endpoint-ca-file", "nowhere.pem"];
    examine(&desk, &endpoint, &unreadable)
        .expect_code(3)
        .expect_error("nowhere.pem");
    fs::write(desk.file("empty.pem"), "").unwrap();
    examine(&desk, &endpoint, &["--endpoint-ca-file", "empty.pem"])
        .expect_code(3)
        .expect_error("no certificate");
    let ran = examine(
        &desk,
        &endpoint,
        &["--phone-number-id", "1", "--format", "json"],
    );
    let document = ran.expect_code(2).json();
    let help = document["error"]["help"].to_string();
    assert!(help.contains("FLOWGATE_ACCESS_TOKEN_FILE"), "{help}");
}
