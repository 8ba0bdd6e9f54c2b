//! Programs that are not ours play the phone against a running server: Node's
//! crypto, Python's cryptography, and WebCrypto in a browser.
//!
//! What they send and expect is in `foreign/script.json`; they check the opened
//! replies themselves.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::fs;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use actix_web::{HttpResponse, web};
use flowgate_actix::FlowEndpoint;
use flowgate_protocol::{
    Endpoint, EndpointError, FlowResponse, FlowToken, FlowTokenClaims, Router, TokenCheck,
};
use flowgate_tests::server::TestServer;
use flowgate_tests::{
    TEST_APP_SECRET, TEST_KEY, foreign_path, program, test_channel_builder, vector_path,
};
use futures_util::future::{BoxFuture, ready};
use serde::Deserialize;
use serde_json::{Value, json};

/// Starting a browser on a machine that is busy takes its time.
const LIMIT: Duration = Duration::from_secs(120);

/// Refuses the one token that the script calls ended.
struct Ended;

impl TokenCheck for Ended {
    fn check<'a>(
        &'a self,
        flow_token: Option<&'a FlowToken>,
        _: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        let ended = flow_token.is_some_and(|token| token.expose_secret() == "ended-token");
        Box::pin(ready(if ended {
            let text = "Diese Buchung ist schon abgeschlossen ✅";
            Err(EndpointError::flow_token_invalid(text))
        } else {
            Ok(None)
        }))
    }
}

/// The other side of `foreign/script.json`.
fn flow() -> FlowEndpoint<impl Endpoint> {
    let router = Router::new(())
        .on_init(|_, _| async {
            Ok(FlowResponse::screen("WELCOME").with("greeting", "Grüße aus Zürich 🌱"))
        })
        .on_data_exchange("WELCOME", |_, request| async move {
            Ok(match request.text("name") {
                Some("") => FlowResponse::stay("please say who you are"),
                _ => FlowResponse::screen("SUMMARY").with("echo", request.data),
            })
        })
        .on_back("SUMMARY", |_, _| async {
            Ok(FlowResponse::screen("WELCOME").with("greeting", "welcome back"))
        })
        .on_data_exchange("SUMMARY", |_, _| async {
            Ok(FlowResponse::complete().with("booking", "№ 7"))
        });
    let channel = test_channel_builder().token_check(Ended).build();
    FlowEndpoint::new(channel, router)
}

fn script() -> Value {
    let text = fs::read(foreign_path("script.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn step_names() -> Vec<String> {
    let script = script();
    let steps = script.as_array().unwrap().iter();
    let names: Vec<String> = steps
        .map(|step| step["name"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.len() >= 10, "the script has lost its steps");
    names
}

/// Runs a program against the server and expects each step to be reported.
#[track_caller]
fn check(mut command: Command, program: &str) {
    let server = TestServer::of_flow(flow());
    command
        .arg(foreign_path(program))
        .arg(server.url("/flow"))
        .arg(vector_path("keys/public.spki.pem"))
        .arg(TEST_APP_SECRET)
        .arg(foreign_path("script.json"));
    let ended = program::run(&mut command, LIMIT);
    assert!(ended.status.success(), "{}", ended.stderr);
    let expected: Vec<String> = step_names()
        .iter()
        .map(|name| format!("ok: {name}"))
        .collect();
    assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn nodes_crypto_talks_to_the_server() {
    check(program::node(), "node/phone.mjs");
}

#[test]
fn pythons_cryptography_talks_to_the_server() {
    check(program::python(), "python/phone.py");
}

/// What the page reports.
#[derive(Debug, Deserialize)]
struct Report {
    done: Vec<String>,
    failed: Option<String>,
}

#[test]
fn a_browsers_webcrypto_talks_to_the_server() {
    let flow = flow();
    let (report, reported) = mpsc::channel();
    let settings = json!({
        "endpoint": "/flow",
        "public_key": TEST_KEY.public_key().to_spki_pem(),
        "app_secret": TEST_APP_SECRET,
        "script": script(),
    });
    let server = TestServer::start(move |config| {
        let (report, settings) = (report.clone(), settings.clone());
        let file = |name: &str, content_type: &'static str| {
            let text = fs::read_to_string(foreign_path("browser").join(name)).unwrap();
            web::get().to(move || {
                let reply = HttpResponse::Ok()
                    .content_type(content_type)
                    .body(text.clone());
                ready(reply)
            })
        };
        config
            .service(flow.clone())
            .route(
                "/phone.html",
                file("phone.html", "text/html; charset=utf-8"),
            )
            .route(
                "/phone.js",
                file("phone.js", "text/javascript; charset=utf-8"),
            )
            .route(
                "/settings.json",
                web::get().to(move || ready(HttpResponse::Ok().json(&settings))),
            )
            .route(
                "/report",
                web::post().to(move |body: web::Bytes| {
                    report.send(body).unwrap();
                    ready(HttpResponse::NoContent())
                }),
            );
    });
    let profile = tempfile::tempdir().unwrap();
    let mut browser = program::chromium(profile.path());
    let browser = program::run_in_background(browser.arg(server.url("/phone.html")));
    let report = reported.recv_timeout(LIMIT);
    drop(browser);
    let report = report.expect("the page reported nothing");
    let report: Report = serde_json::from_slice(&report).unwrap();
    assert_eq!(report.failed, None);
    assert_eq!(report.done, step_names());
}
