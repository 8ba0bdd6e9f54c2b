//! Bad input over HTTP: the right status, nothing in the body, and a server
//! that goes on answering.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::time::Duration;

use flowgate_actix::FlowEndpoint;
use flowgate_keys::SIGNATURE_HEADER;
use flowgate_protocol::{Endpoint, FlowResponse, Router};
use flowgate_tests::http::{Connection, HttpReply, get, post};
use flowgate_tests::phone::{Phone, open};
use flowgate_tests::server::TestServer;
use flowgate_tests::{TEST_KEY, test_app_secret, test_channel};
use serde_json::{Value, json};

const LIMIT_BYTES: usize = 64 * 1024;

fn flow() -> FlowEndpoint<impl Endpoint> {
    let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
    FlowEndpoint::new(test_channel(), router).body_limit_bytes(LIMIT_BYTES)
}

fn server() -> TestServer {
    TestServer::of_flow(flow())
}

/// Writes a POST request with a valid signature of whatever the body is.
fn signed(body: &[u8]) -> Vec<u8> {
    let signature = test_app_secret().sign(body);
    post("/flow", &[(SIGNATURE_HEADER, &signature)], body)
}

/// Sends bytes over a connection of their own and expects to be refused with
/// nothing but a status, by a server that goes on.
#[track_caller]
fn refused(server: &TestServer, request: &[u8], status: u16) -> HttpReply {
    let reply = Connection::open(server.address()).request(request);
    assert_eq!(reply.status(), status);
    assert!(reply.body.is_empty(), "{status} has a body");
    Phone::of(server).assert_alive();
    reply
}

/// Encrypts any clear text, and changes the body before it is signed.
fn sealed(clear: &[u8], change: impl FnOnce(String) -> Vec<u8>) -> Vec<u8> {
    let phone = Phone::of_address(([127, 0, 0, 1], 0).into());
    signed(&change(
        String::from_utf8(phone.encrypt(clear).body).unwrap(),
    ))
}

const PING: &[u8] = br#"{"version":"3.0","action":"ping"}"#;

#[test]
fn an_empty_body_is_malformed() {
    refused(&server(), &signed(b""), 400);
}

#[test]
fn bodies_that_are_no_envelope_are_malformed() {
    let server = server();
    let deep_list = [b"[".repeat(30_000), b"]".repeat(30_000)].concat();
    let deep_object = br#"{"x":"#.repeat(10_000);
    for body in [
        &b"null"[..],
        b"[]",
        b"{}",
        b"\"text\"",
        b"{\"encrypted_flow_data\":",
        b"encrypted_flow_data=x&encrypted_aes_key=y&initial_vector=z",
        b"\xff\xfe\x00\x01",
        b"\0",
        &deep_list,
        &deep_object,
        PING,
    ] {
        refused(&server, &signed(body), 400);
    }
}

/// Sets a field of an envelope to a list of a depth that no form has.
fn nested(body: &str, field: &str) -> Vec<u8> {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let mut fields: Vec<String> = body[1..body.len() - 1]
        .split(',')
        .filter(|pair| !pair.contains(field))
        .map(str::to_owned)
        .collect();
    fields.push(format!("\"{field}\":{deep}"));
    format!("{{{}}}", fields.join(",")).into_bytes()
}

#[test]
fn nesting_in_a_field_of_the_envelope_is_malformed() {
    let server = server();
    for field in ["encrypted_flow_data", "encrypted_aes_key", "initial_vector"] {
        refused(&server, &sealed(PING, |body| nested(&body, field)), 400);
    }
}

#[test]
fn nesting_in_an_unknown_field_is_passed_over() {
    let server = server();
    let request = Phone::of(&server).encrypt(PING);
    let body = nested(str::from_utf8(&request.body).unwrap(), "unknown");
    let http = Connection::open(server.address()).request(&signed(&body));
    assert_eq!(open(&request, http).status, 200);
}

#[test]
fn nesting_inside_the_encrypted_payload_is_malformed() {
    let server = server();
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let clear = format!(r#"{{"version":"3.0","action":"INIT","data":{{"x":{deep}}}}}"#);
    refused(&server, &sealed(clear.as_bytes(), String::into_bytes), 400);
}

#[test]
fn encrypted_payloads_that_are_no_request_are_malformed() {
    let server = server();
    for clear in [
        &b""[..],
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{\"action\":\"INIT\",\"data\":{\"x\":\"\xc3\x28\"}}",
        br#"{"action":"navigate"}"#,
        br#"{"version":"3.0"}"#,
        br#"{"action":"INIT","action":"BACK"}"#,
        br#"{"action":{"x":1}}"#,
    ] {
        refused(&server, &sealed(clear, String::into_bytes), 400);
    }
}

#[test]
fn events_that_nothing_answers_are_refused() {
    let server = server();
    let phone = Phone::of(&server);
    for reply in [
        phone.submit("NOWHERE", json!({})),
        phone.back("WELCOME"),
        phone.submit("", json!({})),
    ] {
        assert_eq!((reply.status, reply.json), (400, Value::Null));
        phone.assert_alive();
    }
}

#[test]
fn invalid_utf8_in_the_envelope_is_malformed() {
    let broken = |body: String| {
        let mut body = body.into_bytes();
        body[30] = 0xff;
        body
    };
    refused(&server(), &sealed(PING, broken), 400);
}

#[test]
fn a_field_that_comes_twice_is_malformed() {
    let server = server();
    for field in ["encrypted_flow_data", "encrypted_aes_key", "initial_vector"] {
        let twice = |body: String| {
            let value: Value = serde_json::from_str(&body).unwrap();
            format!("{},\"{field}\":{}}}", &body[..body.len() - 1], value[field]).into_bytes()
        };
        refused(&server, &sealed(PING, twice), 400);
    }
}

#[test]
fn every_byte_of_an_envelope_matters() {
    // The signature is made after the change: the body alone must betray it.
    let server = server();
    let mut connection = Connection::open(server.address());
    let phone = Phone::of(&server);
    let body = phone.encrypt(PING).body;
    for at in (0..body.len()).step_by(7) {
        let mut changed = body.clone();
        changed[at] ^= 1;
        let reply = connection.request(&signed(&changed));
        assert!(
            matches!(reply.status(), 400 | 421) && reply.body.is_empty(),
            "byte {at} of {} is answered with {}",
            String::from_utf8_lossy(&changed),
            reply.status_line
        );
    }
    phone.assert_alive();
}

#[test]
fn escaped_slashes_and_unknown_fields_are_fine() {
    let server = server();
    let phone = Phone::of(&server);
    let request = phone.encrypt(PING);
    let body = String::from_utf8(request.body.clone()).unwrap();
    let escaped = body.replace('/', "\\/");
    let spaced = body.replace(':', " :\r\n\t").replace('}', " }\n");
    let more = body.replacen('{', r#"{"unknown":{"x":[1,null]},"#, 1);
    let unicode = body.replace('=', "\\u003d");
    for body in [escaped, spaced, more, unicode] {
        let http = Connection::open(server.address()).request(&signed(body.as_bytes()));
        let reply = open(&request, http);
        assert_eq!(reply.status, 200, "{body}");
        assert_eq!(reply.json["data"]["status"], "active");
    }
}

#[test]
fn the_content_type_does_not_matter() {
    // Which headers WhatsApp sends is not documented.
    let server = server();
    let request = Phone::of(&server).encrypt(PING);
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data"),
        Some("no type at all"),
    ] {
        let mut headers = vec![(SIGNATURE_HEADER, request.signature.as_str())];
        headers.extend(content_type.map(|value| ("Content-Type", value)));
        let http = post("/flow", &headers, &request.body);
        let reply = open(&request, Connection::open(server.address()).request(&http));
        assert_eq!(reply.status, 200, "{content_type:?}");
    }
}

#[test]
fn signatures_that_are_missing_wrong_or_several_are_refused() {
    let server = server();
    let request = Phone::of(&server).encrypt(PING);
    let good = request.signature.as_str();
    let other = "sha256=0000000000000000000000000000000000000000000000000000000000000000";
    let long = format!("{good}00");
    let huge = "sha256=".to_owned() + &"a".repeat(20_000);
    let cases: [&[&str]; 13] = [
        &[],
        &[""],
        &["sha256="],
        &[other],
        &[&good[..good.len() - 2]],
        &[&long],
        &[&huge],
        &[&good["sha256=".len()..]],
        &[&good.replace("sha256", "sha1")],
        &[&good.replace("sha256", "SHA256")],
        &[good, good],
        &[good, other],
        &[other, good],
    ];
    let mut replies = Vec::new();
    for signatures in cases {
        let headers: Vec<_> = signatures
            .iter()
            .map(|signature| (SIGNATURE_HEADER, *signature))
            .collect();
        let http = post("/flow", &headers, &request.body);
        replies.push(refused(&server, &http, 432).without_date());
    }
    assert!(replies.iter().all(|reply| *reply == replies[0]));
}

#[test]
fn a_signature_that_is_no_text_is_refused() {
    let server = server();
    let body = Phone::of(&server).encrypt(PING).body;
    let mut http =
        b"POST /flow HTTP/1.1\r\nHost: test\r\nX-Hub-Signature-256: sha256=\xff\xfe\r\n".to_vec();
    http.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    http.extend_from_slice(&body);
    refused(&server, &http, 432);
}

#[test]
fn the_case_of_the_header_and_of_its_digits_does_not_matter() {
    let server = server();
    let request = Phone::of(&server).encrypt(PING);
    let upper = request.signature.to_uppercase().replace("SHA256", "sha256");
    let http = post("/flow", &[("x-HUB-signature-256", &upper)], &request.body);
    let reply = open(&request, Connection::open(server.address()).request(&http));
    assert_eq!(reply.status, 200);
}

#[test]
fn a_signature_is_checked_over_the_bytes_as_they_came() {
    // The same JSON, written otherwise.
    let server = server();
    let request = Phone::of(&server).encrypt(PING);
    let body = String::from_utf8(request.body).unwrap() + " ";
    let headers = [(SIGNATURE_HEADER, request.signature.as_str())];
    refused(&server, &post("/flow", &headers, body.as_bytes()), 432);
}

#[test]
fn a_body_announced_over_the_limit_is_refused_before_it_is_sent() {
    let server = server();
    for length in [
        (LIMIT_BYTES + 1).to_string(),
        "1099511627776".to_owned(),
        usize::MAX.to_string(),
    ] {
        let mut connection = Connection::open(server.address());
        let head = format!("POST /flow HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n");
        let reply = connection.request(head.as_bytes());
        assert_eq!(reply.status(), 413, "{length}");
        assert!(reply.body.is_empty());
        assert!(connection.is_closed(), "the server waits for the body");
        Phone::of(&server).assert_alive();
    }
}

#[test]
fn a_body_of_just_the_limit_is_read() {
    let server = server();
    let clear = |bytes: usize| {
        let request = Phone::of(&server).encrypt(PING);
        let mut body = request.body.clone();
        body.resize(bytes, b' ');
        (request, body)
    };
    let (request, body) = clear(LIMIT_BYTES);
    let http = Connection::open(server.address()).request(&signed(&body));
    assert_eq!(open(&request, http).status, 200);
    let (_, body) = clear(LIMIT_BYTES + 1);
    let reply = Connection::open(server.address()).request(&signed(&body));
    assert_eq!(reply.status(), 413);
}

#[test]
fn chunks_without_end_are_refused_at_the_limit() {
    let server = server();
    let mut connection = Connection::open(server.address());
    connection
        .send(b"POST /flow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    let chunk = [b"400\r\n", &b"x".repeat(0x400)[..], b"\r\n"].concat();
    // The end never comes; one chunk more than the limit is enough.
    for _ in 0..=LIMIT_BYTES / 0x400 {
        connection.send(&chunk).unwrap();
    }
    let reply = connection.reply();
    assert_eq!((reply.status(), reply.body.len()), (413, 0));
    assert!(connection.is_closed(), "the server waits for the end");
    Phone::of(&server).assert_alive();
}

#[test]
fn a_body_in_chunks_is_read_to_its_end() {
    let server = server();
    let request = Phone::of(&server).encrypt(PING);
    let mut http = format!(
        "POST /flow HTTP/1.1\r\nHost: test\r\n{SIGNATURE_HEADER}: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        request.signature
    )
    .into_bytes();
    for chunk in request.body.chunks(10) {
        http.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        http.extend_from_slice(chunk);
        http.extend_from_slice(b"\r\n");
    }
    http.extend_from_slice(b"0\r\n\r\n");
    let reply = open(&request, Connection::open(server.address()).request(&http));
    assert_eq!(reply.status, 200);
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up() {
    let server = TestServer::of_flow(flow().deadline(Duration::from_millis(50)));
    for sent in [&b""[..], b"{\"encrypted_flow_data\":"] {
        let mut connection = Connection::open(server.address());
        connection
            .send(b"POST /flow HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n")
            .unwrap();
        connection.send(sent).unwrap();
        let reply = connection.reply();
        assert_eq!((reply.status(), reply.body.len()), (408, 0));
        assert!(connection.is_closed(), "the server waits for the rest");
    }
}

#[test]
fn chunks_that_come_too_slowly_are_given_up() {
    let server = TestServer::of_flow(flow().deadline(Duration::from_millis(50)));
    let mut connection = Connection::open(server.address());
    connection
        .send(b"POST /flow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
        .unwrap();
    let reply = connection.reply();
    assert_eq!((reply.status(), reply.body.len()), (408, 0));
    assert!(connection.is_closed(), "the server waits for the rest");
}

#[test]
fn a_client_that_hangs_up_in_the_middle_harms_nobody() {
    let server = server();
    for _ in 0..50 {
        let mut connection = Connection::open(server.address());
        connection
            .send(b"POST /flow HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n{")
            .unwrap();
    }
    Phone::of(&server).assert_alive();
}

#[test]
fn other_methods_and_paths_are_refused() {
    let server = server();
    for (method, path, status) in [
        ("GET", "/flow", 405),
        ("PUT", "/flow", 405),
        ("DELETE", "/flow", 405),
        ("POST", "/flo", 404),
        ("POST", "/flow/", 404),
        ("GET", "/", 404),
    ] {
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
        let reply = refused(&server, request.as_bytes(), status);
        if status == 405 {
            assert_eq!(reply.header("allow"), Some("POST"), "{method}");
        }
    }
}

#[test]
fn good_and_bad_requests_share_one_connection() {
    let server = server();
    let phone = Phone::of(&server);
    let mut connection = Connection::open(server.address());
    for bad in [&b""[..], b"[]", b"{}"] {
        let request = phone.encrypt(PING);
        let http = connection.request(&phone.http(&request));
        assert_eq!(open(&request, http).status, 200);
        assert_eq!(connection.request(&signed(bad)).status(), 400);
    }
}

#[test]
fn what_is_refused_is_counted_and_nothing_else_is_told() {
    let server = server();
    let phone = Phone::of(&server);
    refused(&server, &signed(b"[]"), 400);
    refused(&server, &post("/flow", &[], b"[]"), 432);
    let wrong_key = phone
        .clone()
        .public_key(flowgate_tests::SECOND_TEST_KEY.public_key());
    let wrong = wrong_key.http(&wrong_key.encrypt(PING));
    refused(&server, &wrong, 421);
    let metrics = get(server.address(), "/metrics");
    for count in [
        r#"flowgate_errors_total{error="envelope"} 1"#,
        r#"flowgate_errors_total{error="signature"} 1"#,
        r#"flowgate_errors_total{error="cannot_decrypt"} 1"#,
        r#"flowgate_replies_total{status="421"} 1"#,
        r#"flowgate_replies_total{status="200"} 3"#,
    ] {
        assert!(metrics.text().contains(count), "{}", metrics.text());
    }
    let key = TEST_KEY.fingerprint().to_string();
    let opened = format!(r#"flowgate_requests_opened_total{{key="{key}"}} 3"#);
    assert!(metrics.text().contains(&opened), "{}", metrics.text());
}
