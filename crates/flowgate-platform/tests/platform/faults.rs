//! The fault table: each failure of the platform with its message, what is said
//! to do about it, and how long it may take.

use std::time::Duration;

use flowgate_platform::{Bootstrap, CloudApi, PublishFailure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::Reply;
use crate::stand_in::{KEYS, StandIn, TOKEN, refusal, retries};

/// What one fault looks like from outside.
struct Seen {
    text: String,
    /// How often the platform was asked.
    attempts: usize,
    /// How long was waited between.
    waited: Duration,
}

/// Publishes one number while the platform answers everything with a fault.
async fn publish_under(fault: Reply) -> Seen {
    let stand_in = StandIn::start(&["1001"]).await;
    let faults = std::iter::repeat_n(fault, 100);
    stand_in.state.lock().unwrap().faults.extend(faults);
    publish(&stand_in).await
}

async fn publish(stand_in: &StandIn) -> Seen {
    let (retries, clock) = retries();
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries)
        .ensure_published(&stand_in.numbers())
        .await;
    Seen {
        text: failure_text(report.numbers[0].failure.as_ref().unwrap()),
        attempts: stand_in.server.requests().len(),
        waited: clock.waits().iter().sum(),
    }
}

fn failure_text(failure: &PublishFailure) -> String {
    let text = failure.to_string();
    assert!(!text.contains(TOKEN), "{text}");
    assert!(!text.ends_with('.'), "{text}");
    text
}

#[track_caller]
fn check(seen: &Seen, attempts: usize, expected: &[&str]) {
    for words in expected {
        assert!(
            seen.text.contains(words),
            "expected `{words}` in: {}",
            seen.text
        );
    }
    assert_eq!(seen.attempts, attempts, "{}", seen.text);
    assert!(seen.waited <= Duration::from_secs(60), "{:?}", seen.waited);
}

#[tokio::test]
async fn an_expired_token_is_told_at_once_without_repeating_it() {
    let message = format!("Error validating access token {TOKEN}: Session has expired");
    let seen = publish_under(refusal(401, 190, Some(463), &message)).await;
    check(
        &seen,
        1,
        &[
            "Session has expired",
            "code 190, subcode 463, HTTP 401, trace AbCdEf",
            "new token",
        ],
    );
}

#[tokio::test]
async fn missing_permission_is_told_at_once() {
    for code in [10, 200, 299] {
        let seen = publish_under(refusal(403, code, None, "Permissions error")).await;
        check(
            &seen,
            1,
            &[
                "\"Permissions error\"",
                "HTTP 403",
                "`whatsapp_business_messaging`",
            ],
        );
    }
}

#[tokio::test]
async fn a_wrong_id_is_told_at_once() {
    for fault in [
        refusal(
            404,
            803,
            None,
            "Some of the aliases you requested do not exist",
        ),
        refusal(400, 100, Some(33), "Unsupported get request."),
    ] {
        let seen = publish_under(fault).await;
        check(&seen, 1, &["phone number id", "not the telephone number"]);
    }
}

#[tokio::test]
async fn an_unregistered_number_is_told_at_once() {
    let seen = publish_under(refusal(400, 133010, None, "Phone number not registered")).await;
    check(&seen, 1, &["register the phone number first"]);
}

#[tokio::test]
async fn a_refused_key_is_told_at_once() {
    let seen = publish_under(refusal(400, 100, None, "Invalid parameter")).await;
    check(&seen, 1, &["\"Invalid parameter\"", "2048 bits"]);
}

#[tokio::test]
async fn retry_after_is_respected_and_success_follows() {
    let stand_in = StandIn::start(&["1001"]).await;
    stand_in.state.lock().unwrap().faults.push_back(Reply::Http(
        429,
        "Retry-After: 7\r\nContent-Type: application/json\r\n".to_owned(),
        r#"{"error": {"message": "Rate limit hit", "code": 80007}}"#.to_owned(),
    ));
    let (retries, clock) = retries();
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries)
        .ensure_published(&stand_in.numbers())
        .await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(clock.waits(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_longer_retry_after_than_our_patience_is_told_instead_of_waited_for() {
    let seen = publish_under(Reply::Http(
        429,
        "Retry-After: 3600\r\n".to_owned(),
        r#"{"error": {"message": "Rate limit hit", "code": 80007}}"#.to_owned(),
    ))
    .await;
    check(
        &seen,
        1,
        &[
            "\"Rate limit hit\"",
            "retry after 3600 s",
            "wait and try again",
        ],
    );
    assert_eq!(seen.waited, Duration::ZERO);
}

#[tokio::test]
async fn a_limit_for_one_number_keeps_the_others_from_calling() {
    let stand_in = StandIn::start(&["1001", "1002", "1003"]).await;
    stand_in.state.lock().unwrap().faults.push_back(Reply::Http(
        429,
        "Retry-After: 3600\r\n".to_owned(),
        r#"{"error": {"message": "Rate limit hit", "code": 80007}}"#.to_owned(),
    ));
    let (retries, clock) = retries();
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries)
        .concurrency(1)
        .ensure_published(&stand_in.numbers())
        .await;
    assert_eq!(report.failed().count(), 3);
    let text = failure_text(report.numbers[2].failure.as_ref().unwrap());
    assert!(text.contains("left alone for another 3600 s"), "{text}");
    assert_eq!(stand_in.server.requests().len(), 1);
    assert!(clock.waits().is_empty());
}

#[tokio::test]
async fn a_failing_signature_service_is_tried_again_and_then_told() {
    let seen = publish_under(refusal(500, 131000, None, "Something went wrong")).await;
    check(
        &seen,
        6,
        &["code 131000, HTTP 500", "try again in some minutes"],
    );
}

#[tokio::test]
async fn a_failing_signature_service_that_recovers_is_no_failure() {
    let stand_in = StandIn::start(&["1001"]).await;
    for _ in 0..3 {
        let fault = refusal(500, 131000, None, "Something went wrong");
        stand_in.state.lock().unwrap().faults.push_back(fault);
    }
    let (retries, _) = retries();
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries)
        .ensure_published(&stand_in.numbers())
        .await;
    assert!(report.is_complete(), "{report:?}");
}

#[tokio::test]
async fn a_silent_platform_is_given_up() {
    let seen = publish_under(Reply::Silence).await;
    check(&seen, 6, &["no reply from 127.0.0.1:", "within 0.3 s"]);
}

#[tokio::test]
async fn refused_connections_are_tried_again_and_then_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stand_in = StandIn::start(&["1001"]).await;
    stand_in.server.url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let seen = publish(&stand_in).await;
    check(
        &seen,
        0,
        &[
            "no connection to 127.0.0.1:",
            "refused",
            "check host and port",
        ],
    );
    assert!(seen.waited > Duration::from_secs(10));
}

#[tokio::test]
async fn tls_that_fails_is_told_at_once() {
    // A server that speaks no TLS, the simplest of its failures.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stand_in = StandIn::start(&["1001"]).await;
    stand_in.server.url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let (retries, clock) = retries();
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries)
        .ensure_published(&stand_in.numbers())
        .await;
    let text = failure_text(report.numbers[0].failure.as_ref().unwrap());
    assert!(
        text.contains("no secure connection to 127.0.0.1:"),
        "{text}"
    );
    assert!(text.contains("--ca-file"), "{text}");
    assert!(clock.waits().is_empty());
}

#[tokio::test]
async fn truncated_json_is_tried_again_and_then_told() {
    let body = r#"{"data": [{"business_public_key": "-----BEGIN"#;
    let seen = publish_under(Reply::Http(200, String::new(), body.to_owned())).await;
    check(&seen, 6, &["HTTP 200 with JSON that ends early"]);
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_tried_again_and_then_told() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\"".to_vec();
    let seen = publish_under(Reply::Raw(cut)).await;
    check(&seen, 6, &["the connection to 127.0.0.1:", "broke off"]);
    let seen = publish_under(Reply::Raw(Vec::new())).await;
    assert!(seen.attempts >= 6, "{}", seen.text);
}

#[tokio::test]
async fn web_pages_are_named() {
    let page = |status, title: &str| {
        let body = format!("<html><head><title>{title}</title></head></html>");
        Reply::Http(status, "Content-Type: text/html\r\n".to_owned(), body)
    };
    let seen = publish_under(page(502, "502 Bad Gateway")).await;
    check(
        &seen,
        6,
        &[
            "HTTP 502 with the web page \"502 Bad Gateway\"",
            "a gateway answered",
        ],
    );
    let seen = publish_under(page(200, "Hotel WiFi login")).await;
    check(
        &seen,
        1,
        &[
            "HTTP 200 with the web page \"Hotel WiFi login\"",
            "check the URL",
        ],
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let seen = publish_under(Reply::Http(
        302,
        "Location: http://127.0.0.1:9/elsewhere\r\n".to_owned(),
        String::new(),
    ))
    .await;
    check(
        &seen,
        1,
        &["HTTP 302", "elsewhere", "not sent where a redirect points"],
    );
}

#[tokio::test]
async fn a_huge_body_is_not_read_to_its_end() {
    let seen = publish_under(Reply::Http(200, String::new(), "x".repeat(3 << 20))).await;
    check(&seen, 1, &["a body that is far too large"]);
}

#[tokio::test]
async fn a_mismatch_that_stays_is_told_within_the_bound() {
    let stand_in = StandIn::start(&["1001"]).await;
    stand_in
        .state
        .lock()
        .unwrap()
        .next_statuses
        .push_back("MISMATCH".to_owned());
    let seen = publish(&stand_in).await;
    for words in [
        "signature status is MISMATCH",
        "expected VALID",
        "registered",
    ] {
        assert!(seen.text.contains(words), "{}", seen.text);
    }
    assert_eq!(seen.waited, Duration::from_secs(30));
    assert_eq!(
        stand_in.uploads(),
        ["1001"],
        "one upload makes one signature"
    );
}

#[tokio::test]
async fn another_program_that_overwrites_the_key_is_told() {
    let stand_in = StandIn::start(&["1001"]).await;
    let (retries, _) = retries();
    // The upload succeeds, but somebody else's key is there afterwards.
    stand_in.set("1001", &KEYS[1].to_spki_pem(), "VALID");
    let read = Reply::json(200, serde_json::json!({"data": []}));
    let uploaded = Reply::json(200, serde_json::json!({"success": true}));
    stand_in
        .state
        .lock()
        .unwrap()
        .faults
        .extend([read, uploaded]);
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries)
        .ensure_published(&stand_in.numbers())
        .await;
    let text = failure_text(report.numbers[0].failure.as_ref().unwrap());
    assert!(text.contains(&KEYS[1].fingerprint().short()), "{text}");
    assert!(text.contains("another program"), "{text}");
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let builder = || CloudApi::builder(flowgate_platform::AccessToken::new(TOKEN).unwrap());
    for (api, words) in [
        (
            builder().base_url("http://graph.example").build(),
            "clear text",
        ),
        (builder().version("23").build(), "v23.0"),
        (builder().version("v23.0/../me").build(), "v23.0"),
        (builder().ca_file("/nonexistent.pem").build(), "CA file"),
    ] {
        let error = api.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
