//! Two keys and two app secrets at once: nothing is lost while either is
//! replaced.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use flowgate_actix::FlowEndpoint;
use flowgate_keys::{AppSecret, AppSecrets, KeyRing, PrivateKey};
use flowgate_protocol::phone::PhoneRequest;
use flowgate_protocol::{Channel, FlowResponse, Router};
use flowgate_tests::http::{Connection, get};
use flowgate_tests::phone::Phone;
use flowgate_tests::server::TestServer;
use flowgate_tests::{SECOND_TEST_KEY, TEST_KEY, test_app_secret};

fn serve(ring: KeyRing, secrets: AppSecrets) -> (TestServer, Channel) {
    let channel = Channel::builder(ring, secrets).build();
    let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
    let server = TestServer::of_flow(FlowEndpoint::new(channel.clone(), router));
    (server, channel)
}

#[test]
fn requests_for_the_new_and_the_old_key_are_answered_and_counted() {
    let (new, old) = (&*SECOND_TEST_KEY, &*TEST_KEY);
    let ring = KeyRing::builder(new).older(old).build().unwrap();
    let (server, channel) = serve(ring, AppSecrets::new(test_app_secret()));
    assert_eq!(channel.key_ring().newest(), new.public_key());

    for (key, times) in [(old, 3), (new, 2)] {
        let phone = Phone::of(&server).public_key(key.public_key());
        for _ in 0..times {
            assert_eq!(phone.init().json["screen"], "WELCOME");
        }
    }
    let stranger = PrivateKey::generate().unwrap();
    let phone = Phone::of(&server).public_key(stranger.public_key());
    assert_eq!(phone.init().status, 421);

    let usage: Vec<_> = channel
        .key_ring()
        .usage()
        .map(|(key, count)| (key.fingerprint(), count))
        .collect();
    assert_eq!(usage, [(new.fingerprint(), 2), (old.fingerprint(), 3)]);
    let metrics = get(server.address(), "/metrics");
    for (key, count) in usage {
        let line = format!(r#"flowgate_requests_opened_total{{key="{key}"}} {count}"#);
        assert!(metrics.text().contains(&line), "{}", metrics.text());
    }
}

#[test]
fn a_key_that_was_taken_out_makes_the_phone_fetch_the_new_one() {
    let ring = KeyRing::new(&SECOND_TEST_KEY).unwrap();
    let (server, _) = serve(ring, AppSecrets::new(test_app_secret()));
    let reply = Phone::of(&server).init();
    assert_eq!((reply.status, reply.http.body.len()), (421, 0));
    let phone = Phone::of(&server).public_key(SECOND_TEST_KEY.public_key());
    assert_eq!(phone.init().status, 200);
}

#[test]
fn the_old_and_the_new_app_secret_are_both_taken() {
    let ring = KeyRing::new(&TEST_KEY).unwrap();
    let secrets = AppSecrets::from_text("new-test-secret, old-test-secret").unwrap();
    let (server, _) = serve(ring, secrets);
    for (secret, status) in [
        ("new-test-secret", 200),
        ("old-test-secret", 200),
        ("other-test-secret", 432),
        ("new-test-secret, old-test-secret", 432),
    ] {
        let secret = AppSecret::new(secret).unwrap();
        let clear = br#"{"action":"ping"}"#;
        let request = PhoneRequest::new(TEST_KEY.public_key(), &secret, clear).unwrap();
        let http = Phone::of(&server).http(&request);
        let reply = Connection::open(server.address()).request(&http);
        assert_eq!(reply.status(), status);
    }
}
