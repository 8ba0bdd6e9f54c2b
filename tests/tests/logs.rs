//! Nothing secret and nothing personal reaches the log, at any level, of any
//! crate in the process, whatever happens.
//!
//! One test, because the log belongs to the whole process.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use actix_web::web;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_actix::{Flow, FlowEndpoint, FlowMiddleware, FlowReply};
use flowgate_keys::SIGNATURE_HEADER;
use flowgate_protocol::{EndpointError, FlowResponse, FlowTokenSecret, Router, SignedFlowTokens};
use flowgate_tests::http::{Connection, post};
use flowgate_tests::phone::Phone;
use flowgate_tests::server::TestServer;
use flowgate_tests::vectors::{from_hex, good_envelopes};
use flowgate_tests::{
    SECOND_TEST_KEY, TEST_APP_SECRET, TEST_KEY, test_app_secret, test_channel, test_channel_builder,
};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Stands in every value that a user typed.
const PERSONAL: &str = "Zoe-personal-data";
/// Stands in every value that the application answered.
const ANSWERED: &str = "answered-personal-data";
/// Stands in the flow token.
const TOKEN: &str = "token-that-is-secret";
/// Signs flow tokens. For tests only.
const TOKEN_SECRET: &str = "token-signing-secret-for-tests-only";

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

#[test]
fn no_secret_and_no_personal_data_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    whole_exchanges();
    failing_exchanges();
    behind_the_middleware();
    vectors();

    let log = log.text();
    // It was the log of all that, and not of nothing.
    for expected in [
        "answered",
        "refused",
        "failed",
        "WELCOME",
        "actix",
        "a phone could not use the previous reply",
    ] {
        assert!(log.contains(expected), "`{expected}` was not logged");
    }
    for secret in secrets() {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "`{secret}` was logged");
    }
}

fn whole_exchanges() {
    let router = Router::new(())
        .on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME").with("x", ANSWERED)) })
        .on_data_exchange("WELCOME", |_, _| async { Ok(FlowResponse::stay(ANSWERED)) })
        .on_back("WELCOME", |_, _| async {
            Ok(FlowResponse::complete().with("x", ANSWERED))
        });
    let server = TestServer::of(router);
    let phone = Phone::of(&server).flow_token(TOKEN);
    phone.assert_alive();
    let statuses = [
        phone.init(),
        phone.submit("WELCOME", json!({"name": PERSONAL})),
        phone.event("BACK", "WELCOME", json!({"name": PERSONAL})),
        phone.submit(
            "WELCOME",
            json!({"error": PERSONAL, "error_message": PERSONAL}),
        ),
    ]
    .map(|reply| reply.status);
    assert_eq!(statuses, [200; 4]);
}

fn failing_exchanges() {
    let router = Router::new(())
        .on_init(|_, _| async { panic!("a handler that fails") })
        .on_data_exchange("WELCOME", |_, request| async move {
            #[derive(serde::Deserialize)]
            struct Form {
                name: u8,
            }
            let form: Form = request.data_as()?;
            Ok(FlowResponse::complete().with("name", form.name))
        })
        .on_back("WELCOME", |_, _| async {
            Err(EndpointError::internal("the database is down"))
        });
    let server = TestServer::of(router);
    let phone = Phone::of(&server).flow_token(TOKEN);
    let statuses = [
        phone.init(),
        phone.submit("WELCOME", json!({"name": PERSONAL})),
        phone.event("BACK", "WELCOME", json!({"name": PERSONAL})),
        phone.submit(PERSONAL, json!({"name": PERSONAL})),
        phone.send(&json!({"action": PERSONAL, "flow_token": TOKEN})),
        phone.send(&json!({"action": "INIT", "data": [PERSONAL]})),
        phone.send(&json!({"action": "INIT", "version": {"x": PERSONAL}})),
        phone.send(&json!({"action": "INIT", "version": format!("3éééé{PERSONAL}")})),
        phone
            .clone()
            .public_key(SECOND_TEST_KEY.public_key())
            .init(),
    ]
    .map(|reply| reply.status);
    assert_eq!(statuses, [500, 200, 500, 400, 400, 400, 400, 500, 421]);

    let clear = json!({"action": "INIT", "flow_token": TOKEN, "data": {"name": PERSONAL}});
    let clear = clear.to_string();
    let signature = test_app_secret().sign(clear.as_bytes());
    for (headers, status) in [
        (&[(SIGNATURE_HEADER, signature.as_str())][..], 400),
        (&[(SIGNATURE_HEADER, "sha256=00")], 432),
        (&[], 432),
    ] {
        let http = post("/flow", headers, clear.as_bytes());
        let reply = Connection::open(server.address()).request(&http);
        assert_eq!(reply.status(), status);
    }

    let tokens = FlowTokenSecret::new(TOKEN_SECRET.as_bytes()).unwrap();
    let tokens = SignedFlowTokens::new("a-flow", tokens);
    let channel = test_channel_builder().token_check(tokens).build();
    let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
    let server = TestServer::of_flow(FlowEndpoint::new(channel, router));
    let reply = Phone::of(&server).flow_token(TOKEN).init();
    assert_eq!(reply.status, 427);
}

fn behind_the_middleware() {
    async fn handler(Flow(request): Flow) -> FlowReply {
        assert!(request.data.is_empty(), "a handler that fails");
        FlowResponse::screen("WELCOME").with("x", ANSWERED).into()
    }
    let middleware = FlowMiddleware::new(test_channel());
    let server = TestServer::start(move |config| {
        let resource = web::resource("/flow").wrap(middleware.clone());
        config.service(resource.route(web::post().to(handler)));
    });
    let phone = Phone::of(&server).flow_token(TOKEN);
    assert_eq!(phone.init().status, 200);
    let reply = phone.submit("WELCOME", json!({"name": PERSONAL}));
    assert_eq!(reply.status, 500);
}

/// Requests whose AES keys are known.
fn vectors() {
    let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
    let server = TestServer::of(router);
    let mut connection = Connection::open(server.address());
    for good in good_envelopes() {
        let headers = [(SIGNATURE_HEADER, good.signature.as_str())];
        connection.request(&post("/flow", &headers, good.body.as_bytes()));
    }
}

/// Lists what must not be found, in the forms in which it could be printed.
fn secrets() -> Vec<String> {
    let mut secrets: Vec<String> = [PERSONAL, ANSWERED, TOKEN, TOKEN_SECRET, TEST_APP_SECRET]
        .map(str::to_owned)
        .to_vec();
    for good in good_envelopes() {
        let aes_key = from_hex(&good.aes_key_hex);
        let listed = format!("{aes_key:?}");
        secrets.push(STANDARD.encode(&aes_key));
        secrets.push(listed.trim_matches(['[', ']']).to_owned());
        secrets.push(good.aes_key_hex.to_uppercase());
        secrets.push(good.aes_key_hex);
        // With its vector and key at hand, the ciphertext is the text.
        secrets.push(STANDARD.encode(from_hex(&good.iv_hex)));
        secrets.push(good.reply_body.chars().take(40).collect());
        // What stands between the quotes of the payload, but for names that the
        // protocol or the Flow gives.
        let given = [
            "version",
            "data_exchange",
            "flow_token",
            "error_message",
            "invalid-screen-transition",
            "DETAILS",
            "SUMMARY",
        ];
        let texts = good.plaintext.split('"');
        let texts = texts.filter(|text| text.len() >= 7 && !given.contains(text));
        secrets.extend(texts.map(|text| text.chars().take(40).collect()));
    }
    let pem = TEST_KEY.to_pkcs8_pem();
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    secrets.extend(lines.map(str::to_owned));
    secrets
}
