//! The control API, every path.

use flowgate_simulator::{Platform, Simulator, TokenGrant};
use serde_json::{Value, json};

use crate::client::{CLOUD, Client, key};

const NUMBER: &str = "100000000000001";

struct Controlled {
    simulator: Simulator,
    control: Client,
    cloud: Client,
}

impl Controlled {
    fn start() -> Self {
        let platform = Platform::builder().build().unwrap();
        let token = platform.issue_token(TokenGrant::new()).unwrap();
        let simulator = Simulator::builder(platform).start().unwrap();
        Self {
            control: Client::new(&simulator.control_url()),
            cloud: Client::new(&simulator.cloud_url()).bearer(token.expose_secret()),
            simulator,
        }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
        let (status, reply) = self.control.send(method, path, body).await;
        assert_eq!(status, 200, "{method} {path}: {reply}");
        reply
    }

    async fn upload(&self) -> (u16, Value) {
        let path = format!("{CLOUD}/{NUMBER}/whatsapp_business_encryption");
        self.cloud
            .post_json(&path, &json!({ "business_public_key": key() }))
            .await
    }

    async fn number(&self) -> Value {
        self.call("GET", &format!("/numbers/{NUMBER}"), Value::Null)
            .await
    }

    async fn status(&self) -> Value {
        self.number().await["key"]["business_public_key_signature_status"].take()
    }
}

#[tokio::test]
async fn numbers_are_added_shown_and_changed() {
    let at = Controlled::start();
    let of = |rest: &str| format!("/numbers/{NUMBER}/{rest}");
    at.call("POST", "/numbers", json!({ "id": "42", "account": "77" }))
        .await;
    let number = at.call("GET", "/numbers/42", Value::Null).await;
    assert_eq!(number["account"], "77");
    assert_eq!(number["home"], "cloud");

    at.upload().await;
    assert_eq!(at.status().await, "VALID");
    at.call("POST", &of("re-register"), Value::Null).await;
    assert_eq!(at.status().await, "MISMATCH");
    at.call("PUT", &of("behaviour"), json!({ "mismatch_stays": true }))
        .await;
    at.upload().await;
    assert_eq!(at.status().await, "MISMATCH");
    at.call("POST", &of("alter-key"), json!({ "alteration": "blank" }))
        .await;
    assert_eq!(at.number().await["key"]["business_public_key"], " ");
    at.call("DELETE", &of("key"), Value::Null).await;
    assert_eq!(at.number().await["key"], Value::Null);
    at.call("POST", &of("deregister"), Value::Null).await;
    assert_eq!(at.number().await["registered"], false);
    at.call(
        "POST",
        "/numbers/100000000000004/move",
        json!({ "to": "cloud" }),
    )
    .await;
    at.call("POST", &of("move"), json!({ "to": "on_premises" }))
        .await;
    assert_eq!(at.number().await["home"], "on_premises");
}

#[tokio::test]
async fn tokens_clock_faults_limits_and_shapes_are_set() {
    let at = Controlled::start();
    let granted = at
        .call(
            "POST",
            "/tokens",
            json!({ "permissions": ["whatsapp_business_messaging"] }),
        )
        .await;
    assert!(granted["access_token"].as_str().unwrap().starts_with("EAA"));
    at.call("POST", "/logins/expire", Value::Null).await;
    at.call("POST", "/logins/expire", json!({ "after_calls": 3 }))
        .await;
    let before = at.call("GET", "/state", Value::Null).await["unix_seconds"].as_u64();
    let after = at
        .call("POST", "/clock", json!({ "advance_seconds": 1000 }))
        .await;
    assert!(after["unix_seconds"].as_u64() >= before.map(|before| before + 1000));

    let fault = json!({
        "on": { "method": "POST" }, "after": 0, "times": 2, "effect": "none",
        "disturbance": { "kind": "error", "status": 500, "code": 131_000 },
    });
    at.call("POST", "/faults", fault.clone()).await;
    assert_eq!(at.upload().await.0, 500);
    let left = at.call("GET", "/faults", Value::Null).await;
    assert_eq!(left["faults"][0]["times"], 1);
    at.call("DELETE", "/faults", Value::Null).await;
    assert_eq!(at.upload().await.0, 200);

    at.call("PUT", "/limits", json!([{ "calls": 0, "seconds": 60 }]))
        .await;
    assert_eq!(at.upload().await.0, 429);
    at.call("PUT", "/limits", json!([])).await;
    at.call("PUT", "/shapes", json!({ "cloud_read": "flat" }))
        .await;
    let path = format!("{CLOUD}/{NUMBER}/whatsapp_business_encryption");
    assert_eq!(at.cloud.get(&path).await.1["business_public_key"], key());
    at.call("POST", "/tokens/expire", Value::Null).await;
    assert_eq!(at.upload().await.0, 401);
}

#[tokio::test]
async fn requests_are_counted_and_never_hold_secrets() {
    let at = Controlled::start();
    at.upload().await;
    at.upload().await;
    let log = at.call("GET", "/requests", Value::Null).await;
    let path = format!("{CLOUD}/{NUMBER}/whatsapp_business_encryption");
    assert_eq!(log["counts"][format!("POST {path}")], 2);
    let first = &log["requests"][0];
    assert_eq!(
        (&first["api"], &first["encoding"], &first["status"]),
        (&json!("cloud"), &json!("json"), &json!(200))
    );
    assert!(!log.to_string().contains("EAA"));
    let state = at.call("GET", "/state", Value::Null).await;
    assert_eq!(state["numbers"].as_array().unwrap().len(), 4);
    assert!(!state.to_string().contains("EAA"));
    at.call("DELETE", "/requests", Value::Null).await;
    assert!(at.simulator.platform().requests().is_empty());
}

#[tokio::test]
async fn wrong_calls_say_what_is_wrong() {
    let at = Controlled::start();
    for (method, path, body, status) in [
        ("GET", "/numbers/1", "", 404),
        ("GET", "/numbers/x", "", 400),
        ("GET", "/nothing", "", 404),
        ("POST", "/numbers", r#"{"id": "100000000000001"}"#, 409),
        (
            "POST",
            "/numbers/100000000000001/move",
            r#"{"to": "on_premises"}"#,
            409,
        ),
        (
            "POST",
            "/numbers/100000000000001/alter-key",
            r#"{"alteration": "blank"}"#,
            409,
        ),
        (
            "POST",
            "/faults",
            r#"{"disturbance": {"kind": "fire"}}"#,
            400,
        ),
        ("POST", "/faults", "{", 400),
        ("PUT", "/shapes", r#"{"cloud": "flat"}"#, 400),
    ] {
        let body = ("application/json", body.to_owned());
        let (found, reply) = at.control.send(method, path, Some(body)).await;
        assert_eq!(found, status, "{method} {path}: {reply}");
        assert!(reply["error"].is_string(), "{method} {path}: {reply}");
    }
}

#[tokio::test]
async fn web_pages_cannot_steer_it() {
    let at = Controlled::start();
    let url = format!("{}/state", at.simulator.control_url());
    let client = reqwest::Client::new();
    let page = client.get(&url).header("Origin", "https://example.com");
    assert_eq!(page.send().await.unwrap().status(), 404);
    let rebound = client.get(&url).header("Host", "example.com");
    assert_eq!(rebound.send().await.unwrap().status(), 404);
}
