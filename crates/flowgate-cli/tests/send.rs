//! `flowgate send` as a user meets it, against a running endpoint.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use flowgate_protocol::{EndpointError, FlowResponse, Router};
use flowgate_tests::server::TestServer;
use flowgate_tests::{TEST_APP_SECRET, vector_path};
use serde_json::{Value, json};

fn server() -> TestServer {
    TestServer::of(
        Router::new(())
            .on_init(|_, _| async { Ok(FlowResponse::screen("NAME").with("greeting", "Zoë")) })
            .on_data_exchange("NAME", |_, request| async move {
                Ok(FlowResponse::complete().with("name", request.text("name").unwrap_or("?")))
            })
            .on_data_exchange("CLOSED", |_, _| async {
                Err(EndpointError::flow_token_invalid("ask for a new one"))
            })
            .on_data_exchange("BROKEN", |_, _| async {
                Err(EndpointError::internal("a secret reason"))
            }),
    )
}

/// Runs `flowgate send` with key, secret and the given arguments.
fn send(server: &TestServer, arguments: &[&str], stdin: &str) -> Output {
    send_with(
        server,
        "keys/public.spki.pem",
        TEST_APP_SECRET,
        arguments,
        stdin,
    )
}

fn send_with(
    server: &TestServer,
    public_key: &str,
    app_secret: &str,
    arguments: &[&str],
    stdin: &str,
) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowgate"))
        .args([
            "send",
            "--endpoint",
            &server.url("/flow"),
            "--public-key-file",
        ])
        .arg(vector_path(public_key))
        .args(arguments)
        .env("FLOWGATE_APP_SECRET", app_secret)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has refused its arguments reads nothing any more.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn check(output: &Output, code: i32, parts: &[&str]) -> String {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let all = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{all}");
    for part in parts {
        assert!(all.contains(part), "`{part}` is missing:\n{all}");
    }
    assert!(!all.contains(TEST_APP_SECRET), "{all}");
    stdout
}

#[test]
fn the_opened_reply_its_status_and_time_are_shown() {
    let server = server();
    let output = send(&server, &["--action", "INIT", "--flow-token", "t"], "");
    check(
        &output,
        0,
        &[
            "status  200 success",
            "time ",
            " ms",
            r#""greeting": "Zoë""#,
        ],
    );
    let output = send(&server, &["--ping"], "");
    check(&output, 0, &[r#""status": "active""#]);
}

#[test]
fn screen_data_and_token_are_sent() {
    let server = server();
    let arguments = [
        "--action",
        "data_exchange",
        "--screen",
        "NAME",
        "--data",
        r#"{"name": "Zoë"}"#,
        "--flow-token",
        "token-1",
        "--format",
        "json",
    ];
    let stdout = check(&send(&server, &arguments, ""), 0, &[]);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["status"], 200);
    assert_eq!(document["warnings"], json!([]));
    assert_eq!(
        document["reply"]["data"]["extension_message_response"]["params"],
        json!({"name": "Zoë", "flow_token": "token-1"})
    );
}

#[test]
fn a_whole_request_comes_from_standard_input() {
    let clear = r#"{"version":"3.0","action":"ping"}"#;
    let output = send(&server(), &["--stdin"], clear);
    check(&output, 0, &[r#""status": "active""#]);
}

#[test]
fn refusals_are_explained() {
    let server = server();
    let screen = |id| {
        [
            "--action",
            "data_exchange",
            "--screen",
            id,
            "--flow-token",
            "t",
        ]
    };
    let output = send(&server, &screen("CLOSED"), "");
    check(
        &output,
        1,
        &["427 flow token no longer valid", "ask for a new one"],
    );
    let output = send(&server, &screen("BROKEN"), "");
    let stdout = check(&output, 1, &["500", "reply   empty", "its log says why"]);
    assert!(!stdout.contains("a secret reason"));
    let output = send(&server, &screen("UNKNOWN"), "");
    check(&output, 1, &["400", "unknown action or screen"]);
    let other_key = send_with(
        &server,
        "keys/second.public.pem",
        TEST_APP_SECRET,
        &["--ping"],
        "",
    );
    check(&other_key, 1, &["421", "flowgate keys inspect"]);
    let other_secret = send_with(&server, "keys/public.spki.pem", "other", &["--ping"], "");
    check(&other_secret, 1, &["432", "another app secret"]);
}

#[test]
fn an_endpoint_that_is_not_there_is_named() {
    let server = server();
    let url = server.url("/flow");
    let arguments = ["--endpoint", &url, "--ping"];
    drop(server);
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowgate"));
    let output = command
        .arg("send")
        .args(arguments)
        .args(["--app-secret", "s", "--public-key-file"])
        .arg(vector_path("keys/public.spki.pem"))
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    check(
        &output,
        6,
        &["no reply from", &url, "check that the server runs"],
    );
}

#[test]
fn mistakes_in_the_arguments_are_named() {
    let server = server();
    for (arguments, part) in [
        (&["--action", "init"][..], "INIT"),
        (&["--action", "BACK"], "--screen"),
        (&["--action", "INIT", "--data", "[1]"], "expected an object"),
        (&[], "--action"),
    ] {
        check(&send(&server, arguments, ""), 2, &[part]);
    }
    let private = send_with(&server, "keys/pkcs8.pem", TEST_APP_SECRET, &["--ping"], "");
    check(
        &private,
        1,
        &["private key where only public material may stand"],
    );
}
