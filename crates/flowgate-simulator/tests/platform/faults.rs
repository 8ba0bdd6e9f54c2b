//! Faults as a client sees them.

use std::time::Duration;

use flowgate_simulator::{Api, Disturbance, Fault, Platform, Simulator, TokenGrant};
use serde_json::json;

use crate::client::{CLOUD, Client, key};

const NUMBER: &str = "100000000000001";

struct Faulty {
    simulator: Simulator,
    client: Client,
    path: String,
}

impl Faulty {
    fn start() -> Self {
        let platform = Platform::builder().build().unwrap();
        let token = platform.issue_token(TokenGrant::new()).unwrap();
        let simulator = Simulator::builder(platform).start().unwrap();
        let client = Client::new(&simulator.cloud_url()).bearer(token.expose_secret());
        Self {
            simulator,
            client,
            path: format!("{CLOUD}/{NUMBER}/whatsapp_business_encryption"),
        }
    }

    fn inject(&self, fault: Fault) {
        self.simulator.platform().inject(fault);
    }

    async fn upload(&self) -> reqwest::Result<reqwest::Response> {
        let body = json!({ "business_public_key": key() }).to_string();
        self.client
            .try_send("POST", &self.path, Some(("application/json", body)))
            .await
    }

    fn has_key(&self) -> bool {
        self.simulator.platform().phone_numbers()[0].key.is_some()
    }
}

#[tokio::test]
async fn errors_have_the_form_of_the_api() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::error(500, 131_000)).times(1));
    faulty.inject(Fault::new(Disturbance::too_many_calls(7)).times(1));
    let (status, body) = faulty.client.get(&faulty.path).await;
    assert_eq!(status, 500);
    assert_eq!(body["error"]["code"], 131_000);
    assert_eq!(body["error"]["is_transient"], true);
    let reply = faulty.upload().await.unwrap();
    assert_eq!(reply.status(), 429);
    assert_eq!(reply.headers()["retry-after"], "7");
    assert!(!faulty.has_key());
    assert_eq!(faulty.upload().await.unwrap().status(), 200);

    faulty.inject(Fault::new(Disturbance::error(500, 1014)).on(Api::OnPremises));
    let client = Client::new(&faulty.simulator.on_premises_url());
    let (status, body) = client.get("/v1/users/login").await;
    assert_eq!(status, 500);
    assert_eq!(body["errors"][0]["code"], 1014);
}

#[tokio::test]
async fn truncated_json_is_valid_http() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::TruncatedJson).times(1));
    let reply = faulty.upload().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.text().await.unwrap(), r#"{"succes"#);
    assert!(faulty.has_key());
}

#[tokio::test]
async fn pages_redirects_and_empty_replies_come_as_they_are() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::HtmlPage { status: 502 }).times(1));
    faulty.inject(Fault::new(Disturbance::EmptyReply { status: 503 }).times(1));
    let location = "https://example.com/".to_owned();
    faulty.inject(Fault::new(Disturbance::Redirect { location }).times(1));
    let reply = faulty.upload().await.unwrap();
    assert_eq!(reply.status(), 502);
    assert_eq!(reply.headers()["content-type"], "text/html; charset=utf-8");
    assert!(reply.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let reply = faulty.upload().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), reply.text().await.unwrap()),
        (503, String::new())
    );
    assert_eq!(
        faulty.upload().await.unwrap().headers()["location"],
        "https://example.com/"
    );
    assert!(!faulty.has_key());
}

#[tokio::test]
async fn dropped_connection_ends_before_the_first_byte() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::DropConnection));
    let error = faulty.upload().await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert!(!faulty.has_key());

    // The raw bytes leave no doubt.
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = faulty.simulator.cloud_url().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /v23.0/1/x HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
}

#[tokio::test]
async fn lost_reply_leaves_the_effect() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::DropConnection).carried_out());
    faulty.upload().await.unwrap_err();
    assert!(faulty.has_key());
}

#[tokio::test]
async fn cut_body_ends_in_the_middle() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::CutBody));
    let reply = faulty.upload().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.bytes().await.is_err());
    assert!(faulty.has_key());
}

#[tokio::test]
async fn hanging_call_never_ends_and_slow_one_does() {
    let faulty = Faulty::start();
    faulty.inject(Fault::new(Disturbance::Slow { milliseconds: 1 }).times(1));
    assert_eq!(faulty.upload().await.unwrap().status(), 200);
    faulty.inject(Fault::new(Disturbance::Hang));
    let waiting = tokio::time::timeout(Duration::from_millis(50), faulty.upload());
    assert!(waiting.await.is_err());
    let log = faulty.simulator.platform().requests();
    let last = log.last().unwrap();
    assert_eq!((last.fault, last.status), (Some("hang"), None));
    // Dropping the stand-in does not wait for the call.
}
