//! What handlers do, good and bad, as a phone sees it: panics, deadlines, flow
//! tokens, notifications, overload, metrics.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, SystemTime};

use flowgate_actix::{FlowEndpoint, METRICS_CONTENT_TYPE, health_at};
use flowgate_keys::{
    AppSecrets, Backend, CannotDecrypt, KeyRing, OaepMessage, OpenPool, RSA_MODULUS_BYTES, Unwrap,
};
use flowgate_protocol::{
    Answer, Channel, Endpoint, EndpointError, ErrorNotification, FlowRequest, FlowResponse,
    FlowToken, FlowTokenClaims, FlowTokenSecret, Router, SignedFlowTokens, TokenCheck,
};
use flowgate_tests::http::{Connection, get};
use flowgate_tests::phone::{Phone, TEST_FLOW_TOKEN};
use flowgate_tests::server::TestServer;
use flowgate_tests::{PATIENCE, TEST_KEY, test_app_secret, test_channel, test_channel_builder};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

/// Short for a test, and long for a busy machine to reach the handler.
const DEADLINE: Duration = Duration::from_secs(1);

/// Never answers.
async fn hang(_: Arc<()>, _: FlowRequest) -> Answer {
    pending().await
}

/// Panics after the handler has been called.
async fn panic_later(_: Arc<()>, _: FlowRequest) -> Answer {
    panic!("a handler that fails")
}

#[test]
fn a_handler_that_panics_costs_one_reply() {
    let server = TestServer::of(
        Router::new(())
            .on_init(panic_later)
            .on_data_exchange("AT_ONCE", |_, _| -> std::future::Ready<Answer> {
                panic!("a handler that fails at once")
            }),
    );
    let phone = Phone::of(&server);
    for _ in 0..20 {
        for reply in [phone.init(), phone.submit("AT_ONCE", json!({}))] {
            assert_eq!((reply.status, reply.json), (500, Value::Null));
        }
        phone.assert_alive();
    }
    let metrics = get(server.address(), "/metrics");
    let count = r#"flowgate_errors_total{error="panicked"} 40"#;
    assert!(metrics.text().contains(count), "{}", metrics.text());
}

#[test]
fn a_handler_that_outlives_its_deadline_is_answered_on_its_screen() {
    let router = Router::new(()).on_init(hang).on_data_exchange("SLOW", hang);
    let flow = FlowEndpoint::new(test_channel(), router).deadline(DEADLINE);
    let server = TestServer::of_flow(flow);
    let phone = Phone::of(&server);

    let reply = phone.submit("SLOW", json!({}));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json["screen"], "SLOW");
    let message = reply.json["data"]["error_message"].as_str().unwrap();
    assert!(!message.is_empty());

    // At INIT there is no screen yet on which a text could be shown.
    let reply = phone.init();
    assert_eq!((reply.status, reply.json), (500, Value::Null));
    phone.assert_alive();
}

/// Tells when it is dropped.
struct Dropped(mpsc::Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        // A test that has ended does not listen any more.
        let _ = self.0.send(());
    }
}

#[test]
fn a_handler_that_outlives_its_deadline_is_cut_off() {
    let (dropped, was_dropped) = mpsc::channel();
    let router = Router::new(()).on_init(move |_, _| {
        let guard = Dropped(dropped.clone());
        async move {
            let _guard = guard;
            pending().await
        }
    });
    let flow = FlowEndpoint::new(test_channel(), router).deadline(DEADLINE);
    let server = TestServer::of_flow(flow);
    assert_eq!(Phone::of(&server).init().status, 500);
    was_dropped.recv_timeout(PATIENCE).unwrap();
}

/// Never decides on a token.
struct Undecided;

impl TokenCheck for Undecided {
    fn check<'a>(
        &'a self,
        _: Option<&'a FlowToken>,
        _: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        Box::pin(pending())
    }
}

#[test]
fn a_token_check_that_outlives_the_deadline_is_the_servers_fault() {
    let channel = test_channel_builder().token_check(Undecided);
    let router = Router::new(()).on_init(hang);
    let flow = FlowEndpoint::new(channel.build(), router).deadline(DEADLINE);
    let server = TestServer::of_flow(flow);
    let reply = Phone::of(&server).init();
    assert_eq!((reply.status, reply.json), (500, Value::Null));
    let metrics = get(server.address(), "/metrics");
    let count = r#"flowgate_errors_total{error="deadline_exceeded"} 1"#;
    assert!(metrics.text().contains(count), "{}", metrics.text());
    Phone::of(&server).assert_alive();
}

#[test]
fn errors_of_the_application_are_not_told_to_the_phone() {
    let server = TestServer::of(
        Router::new(())
            .on_init(|_, _| async { Err(EndpointError::internal("the database is down")) })
            .on_data_exchange("STAY", |_, _| async { Err(EndpointError::InvalidData) })
            .on_data_exchange("SUCCESS_BY_NAME", |_, _| async {
                Ok(FlowResponse::screen("SUCCESS"))
            }),
    );
    let phone = Phone::of(&server);
    for reply in [phone.init(), phone.submit("SUCCESS_BY_NAME", json!({}))] {
        assert_eq!((reply.status, reply.json), (500, Value::Null));
    }
    let reply = phone.submit("STAY", json!({}));
    assert_eq!((reply.status, &reply.json["screen"]), (200, &json!("STAY")));
    assert!(reply.json["data"]["error_message"].is_string());
}

/// Records what the application gets to see.
#[derive(Clone, Default)]
struct Recorder(Arc<Recorded>);

#[derive(Default)]
struct Recorded {
    requests: AtomicUsize,
    notifications: Mutex<Vec<ErrorNotification>>,
}

impl Endpoint for Recorder {
    async fn answer(&self, _: FlowRequest) -> Answer {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        Ok(FlowResponse::screen("WELCOME"))
    }

    async fn error_notified(&self, notification: ErrorNotification) {
        self.0.notifications.lock().unwrap().push(notification);
    }
}

#[test]
fn pings_and_notifications_are_answered_by_the_framework() {
    let recorder = Recorder::default();
    let server = TestServer::of(recorder.clone());
    let phone = Phone::of(&server);
    phone.assert_alive();
    let data = json!({"error": "payload-schema-error", "error_message": "a text"});
    for (action, screen) in [
        ("data_exchange", "DETAILS"),
        ("INIT", ""),
        ("BACK", "DETAILS"),
    ] {
        let reply = phone.event(action, screen, data.clone());
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json, json!({"data": {"acknowledged": true}}));
    }
    assert_eq!(recorder.0.requests.load(Ordering::Relaxed), 0);
    let notifications = recorder.0.notifications.lock().unwrap();
    assert_eq!(notifications.len(), 3);
    assert_eq!(notifications[0].error, "payload-schema-error");
    assert_eq!(notifications[0].error_message, "a text");
    assert_eq!(notifications[0].screen.as_ref().unwrap(), &"DETAILS");
    assert_eq!(notifications[1].screen, None);
}

/// Hears of errors and never comes back.
struct SlowListener;

impl Endpoint for SlowListener {
    async fn answer(&self, _: FlowRequest) -> Answer {
        Ok(FlowResponse::screen("WELCOME"))
    }

    async fn error_notified(&self, _: ErrorNotification) {
        pending::<()>().await;
    }
}

#[test]
fn a_slow_listener_does_not_hold_the_acknowledgement_beyond_the_deadline() {
    let flow = FlowEndpoint::new(test_channel(), SlowListener).deadline(DEADLINE);
    let server = TestServer::of_flow(flow);
    let data = json!({"error": "payload-schema-error", "error_message": "a text"});
    let reply = Phone::of(&server).submit("DETAILS", data);
    assert_eq!(reply.json, json!({"data": {"acknowledged": true}}));
}

#[test]
fn a_token_that_is_not_ours_or_not_any_more_closes_the_flow() {
    let secret = FlowTokenSecret::new(b"a secret for tests, 32 bytes long").unwrap();
    let tokens = SignedFlowTokens::new("book-appointment", secret)
        .expired_message("Diese Buchung ist schon abgeschlossen ✅");
    let hour = Duration::from_secs(3600);
    let now = SystemTime::now();
    let good = tokens.issue("customer-1", now).unwrap();
    let old = tokens
        .clone()
        .lifetime(hour)
        .issue("customer-1", now - 2 * hour);
    let old = old.unwrap();

    let channel = test_channel_builder().token_check(tokens).build();
    let router = Router::new(()).on_init(|_, request| async move {
        let subject = request.claims.unwrap().subject;
        Ok(FlowResponse::screen("WELCOME").with("subject", subject))
    });
    let server = TestServer::of_flow(FlowEndpoint::new(channel, router));
    let phone = Phone::of(&server);

    let reply = phone.clone().flow_token(good.expose_secret()).init();
    assert_eq!(reply.json["data"]["subject"], "customer-1");
    for bad in [old.expose_secret(), "unused", "", "x.y.z"] {
        let reply = phone.clone().flow_token(bad).init();
        assert_eq!(reply.status, 427, "{bad}");
        let expected = json!({"error_msg": "Diese Buchung ist schon abgeschlossen ✅"});
        assert_eq!(reply.json, expected);
        assert_eq!(reply.http.header("content-type"), Some("text/plain"));
    }
    // A ping has no token and needs none.
    phone.assert_alive();
}

#[test]
fn the_same_submission_completes_the_flow_once() {
    let calls = AtomicUsize::new(0);
    let router = Router::new(calls).on_data_exchange("SUMMARY", |calls, _| async move {
        let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(FlowResponse::complete().with("booking", call))
    });
    let server = TestServer::of(router);
    let phone = Phone::of(&server);
    let expected = json!({"params": {"booking": 1, "flow_token": TEST_FLOW_TOKEN}});
    for _ in 0..3 {
        let reply = phone.submit("SUMMARY", json!({"slot": "9"}));
        assert_eq!(reply.json["screen"], "SUCCESS");
        assert_eq!(reply.json["data"]["extension_message_response"], expected);
    }
    let reply = phone.submit("SUMMARY", json!({"slot": "10"}));
    let params = &reply.json["data"]["extension_message_response"]["params"];
    assert_eq!(params["booking"], 2);
}

/// Takes much longer for a request than a worker takes for everything else.
struct Slow(Box<dyn Unwrap>);

impl Unwrap for Slow {
    fn backend(&self) -> Backend {
        self.0.backend()
    }

    fn unwrap(&self, wrapped: &[u8; RSA_MODULUS_BYTES]) -> Result<OaepMessage, CannotDecrypt> {
        for _ in 0..64 {
            self.0.unwrap(wrapped)?;
        }
        self.0.unwrap(wrapped)
    }
}

#[test]
fn under_overload_some_are_answered_and_the_rest_refused_at_once() {
    let slow = Slow(Backend::Rsa.load(&TEST_KEY).unwrap());
    let ring = KeyRing::with_unwrap(TEST_KEY.public_key().clone(), Box::new(slow));
    let channel = Channel::builder(ring, AppSecrets::new(test_app_secret()))
        .pool(Arc::new(OpenPool::with_size(1, 1)))
        .build();
    let flow = FlowEndpoint::new(channel, Recorder::default());
    let server = TestServer::with_workers(1, move |config| {
        config.service(flow.clone());
    });
    let phone = Phone::of(&server);
    let ping = || phone.http(&phone.encrypt(br#"{"version":"3.0","action":"ping"}"#));
    let mut senders = [(); 16].map(|()| (Connection::open(server.address()), ping()));
    for (connection, request) in &mut senders {
        connection.send(request).unwrap();
    }
    let mut refused = 0;
    for (connection, _) in &mut senders {
        let reply = connection.reply();
        match reply.status() {
            200 => assert!(!reply.body.is_empty()),
            status => {
                assert_eq!((status, reply.body.len()), (503, 0));
                refused += 1;
            }
        }
    }
    // Opening gets more than half of the time, but not so much that 16 requests of a
    // hundred milliseconds were answered before any is refused.
    assert!((1..16).contains(&refused), "{refused} of 16 refused");

    // Whoever was refused is not forgotten: he may try again.
    for (connection, request) in &mut senders {
        assert_eq!(connection.request(request).status(), 200);
    }
}

#[test]
fn metrics_say_what_happened_and_name_no_screen_of_the_phones_choice() {
    let router = Router::new(())
        .on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) })
        .on_data_exchange("WELCOME", |_, _| async { Ok(FlowResponse::refresh()) });
    let server = TestServer::of(router);
    let phone = Phone::of(&server);
    phone.assert_alive();
    phone.init();
    phone.submit("WELCOME", json!({}));
    for number in 0..30 {
        phone.submit(&format!("INVENTED_{number}"), json!({}));
        let data = json!({"error": format!("invented-{number}"), "error_message": "x"});
        phone.submit(&format!("INVENTED_{number}"), data);
    }
    let known = json!({"error": "payload-schema-error", "error_message": "x"});
    phone.submit("WELCOME", known);

    let metrics = get(server.address(), "/metrics");
    assert_eq!(metrics.status(), 200);
    assert_eq!(metrics.header("content-type"), Some(METRICS_CONTENT_TYPE));
    let text = metrics.text();
    for count in [
        r#"flowgate_exchange_duration_seconds_count{action="ping",screen=""} 1"#,
        r#"flowgate_exchange_duration_seconds_count{action="INIT",screen=""} 1"#,
        r#"flowgate_exchange_duration_seconds_count{action="data_exchange",screen="WELCOME"} 1"#,
        r#"flowgate_exchange_duration_seconds_count{action="data_exchange",screen="other"} 30"#,
        r#"flowgate_exchange_duration_seconds_count{action="error_notification",screen="other"} 30"#,
        r#"flowgate_replies_total{status="400"} 30"#,
        r#"flowgate_errors_total{error="no_handler"} 30"#,
        r#"flowgate_error_notifications_total{key="other"} 30"#,
        r#"flowgate_error_notifications_total{key="payload-schema-error"} 1"#,
        "flowgate_in_flight 0",
        "flowgate_open_queue_depth 0",
        r#"flowgate_open_batches_total{size="4"} 0"#,
        "flowgate_unwraps_redone_total 0",
        "# EOF",
    ] {
        assert!(text.contains(count), "no `{count}` in\n{text}");
    }
    assert!(!text.to_lowercase().contains("invented"), "{text}");
    assert!(!text.contains(TEST_FLOW_TOKEN), "{text}");
}

#[test]
fn health_is_told_beside_the_flow_at_any_path() {
    let flow = FlowEndpoint::new(test_channel(), Recorder::default()).path("/shops/7/flow");
    let server = TestServer::start(move |config| {
        config.service(health_at("/health")).service(flow.clone());
    });
    let health = get(server.address(), "/health");
    assert_eq!((health.status(), health.text()), (200, "ok\n"));
    Phone::of(&server).path("/shops/7/flow").assert_alive();
    assert_eq!(get(server.address(), "/flow").status(), 404);
}
