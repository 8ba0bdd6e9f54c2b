//! Memory stays flat under bad requests.
//!
//! One test, because memory belongs to the whole process; the server runs in
//! it, so its memory is measured and the client's with it.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::fs;

use flowgate_actix::FlowEndpoint;
use flowgate_keys::SIGNATURE_HEADER;
use flowgate_protocol::{FlowResponse, Router};
use flowgate_tests::http::{Connection, post};
use flowgate_tests::phone::Phone;
use flowgate_tests::server::TestServer;
use flowgate_tests::{test_app_secret, test_channel};
use serde_json::json;

const BAD_REQUESTS: usize = 20_000;
const OVERSIZED_REQUESTS: usize = 500;
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// What an allocator may keep after the first rounds. A leak of half a kilobyte
/// per request would be more.
const GROWTH_LIMIT_KIB: usize = 8 * 1024;

/// Returns the resident memory of this process.
fn resident_kib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

#[test]
fn bad_requests_leave_nothing_behind() {
    let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
    let flow = FlowEndpoint::new(test_channel(), router).body_limit_bytes(BODY_LIMIT_BYTES);
    let server = TestServer::of_flow(flow);
    let phone = Phone::of(&server);

    // Allocations of the first requests stay: buffers, caches, threads.
    send_bad(&server, &phone, BAD_REQUESTS / 10);
    send_oversized(&server, OVERSIZED_REQUESTS / 10);
    let before = resident_kib();
    send_bad(&server, &phone, BAD_REQUESTS);
    send_oversized(&server, OVERSIZED_REQUESTS);
    let after = resident_kib();
    assert!(
        after < before + GROWTH_LIMIT_KIB,
        "{before} KiB became {after} KiB"
    );
    phone.assert_alive();
}

/// Sends requests that fail at each of the steps, and of which no two are the
/// same.
fn send_bad(server: &TestServer, phone: &Phone, count: usize) {
    let mut connection = Connection::open(server.address());
    let filling = "x".repeat(8 * 1024);
    let sealed = phone.encrypt(json!({"action": "none"}).to_string().as_bytes());
    for number in 0..count {
        let body = format!(r#"{{"encrypted_flow_data":"{number}","unknown":"{filling}"}}"#);
        let signature = test_app_secret().sign(body.as_bytes());
        let (signature, body, status) = match number % 8 {
            // Decrypted, and no request then.
            0 => (sealed.signature.clone(), sealed.body.clone(), 400),
            // Signed, and no envelope.
            1..4 => (signature, body.into_bytes(), 400),
            // Not signed.
            _ => (format!("sha256={number:064x}"), body.into_bytes(), 432),
        };
        let reply = connection.request(&post("/flow", &[(SIGNATURE_HEADER, &signature)], &body));
        assert_eq!(reply.status(), status);
    }
}

/// Sends bodies over the limit, in chunks that never end.
fn send_oversized(server: &TestServer, count: usize) {
    let head = b"POST /flow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = [
        format!("{:x}\r\n", BODY_LIMIT_BYTES + 1).as_bytes(),
        &vec![b'x'; BODY_LIMIT_BYTES + 1],
        b"\r\n",
    ]
    .concat();
    for _ in 0..count {
        let mut connection = Connection::open(server.address());
        connection.send(head).unwrap();
        // The server may have answered and closed before all is sent.
        let _ = connection.send(&chunk);
        assert_eq!(connection.reply().status(), 413);
    }
}
