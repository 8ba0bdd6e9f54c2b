//! The On-Premises API as documented: login, setting, errors, TLS.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_simulator::{
    Clock, Home, OnPremisesReadShape, Platform, PlatformSetup, Shapes, Simulator,
};
use serde_json::{Value, json};

use crate::client::{self, Client, form, key, multipart};

const LOGIN: &str = "/v1/users/login";
const SETTING: &str = "/v1/settings/business/whatsapp_business_encryption";
const NUMBER: &str = "100000000000004";
const PASSWORD: &str = "Simulator-1";

struct Installation {
    simulator: Simulator,
}

impl Installation {
    fn start() -> Self {
        Self::with(Platform::builder().on_premises_password(PASSWORD))
    }

    fn with(setup: PlatformSetup) -> Self {
        let platform = setup.build().unwrap();
        let simulator = Simulator::builder(platform).start().unwrap();
        Self { simulator }
    }

    fn platform(&self) -> &Platform {
        self.simulator.platform()
    }

    fn client(&self) -> Client {
        Client::new(&self.simulator.on_premises_url())
    }

    async fn log_in(&self, password: &str, body: Option<Value>) -> (u16, Value) {
        let client = self.client().authorization(basic("admin", password));
        match body {
            Some(body) => client.post_json(LOGIN, &body).await,
            None => client.send("POST", LOGIN, None).await,
        }
    }

    async fn logged_in(&self) -> Client {
        let (status, reply) = self.log_in(PASSWORD, None).await;
        assert_eq!(status, 200, "{reply}");
        self.client()
            .bearer(reply["users"][0]["token"].as_str().unwrap())
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

#[track_caller]
fn assert_error(reply: &(u16, Value), status: u16, code: i64) {
    let error = &reply.1["errors"][0];
    assert_eq!(
        (reply.0, &error["code"]),
        (status, &json!(code)),
        "{}",
        reply.1
    );
    assert!(error["title"].is_string() && error["details"].is_string());
    assert_eq!(reply.1["meta"]["api_status"], "stable");
}

#[tokio::test]
async fn first_login_changes_the_password() {
    let installation = Installation::with(Platform::builder());
    assert_error(&installation.log_in("secret", None).await, 400, 1008);
    let weak = json!({ "new_password": "secret-1" });
    assert_error(&installation.log_in("secret", Some(weak)).await, 400, 1009);
    let new = json!({ "new_password": PASSWORD });
    assert_eq!(installation.log_in("secret", Some(new)).await.0, 200);
    assert_error(&installation.log_in("secret", None).await, 401, 1005);
    assert_eq!(installation.log_in(PASSWORD, None).await.0, 200);
}

#[tokio::test]
async fn login_answers_as_in_the_reference() {
    let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_519_313_366));
    let setup = Platform::builder()
        .clock(clock)
        .on_premises_password(PASSWORD);
    let installation = Installation::with(setup);
    let (status, reply) = installation.log_in(PASSWORD, None).await;
    assert_eq!(status, 200);
    assert_eq!(
        reply["users"][0]["expires_after"],
        "2018-03-01 15:29:26+00:00"
    );
    assert_eq!(
        reply["meta"],
        json!({ "version": "v2.53.3", "api_status": "stable" })
    );
}

#[tokio::test]
async fn logins_with_other_credentials_are_refused() {
    let installation = Installation::start();
    for authorization in [
        basic("admin", "wrong"),
        basic("root", PASSWORD),
        format!("Basic {}", STANDARD.encode("admin")),
        "Basic %".to_owned(),
        "Bearer x".to_owned(),
    ] {
        let client = installation.client().authorization(authorization);
        assert_error(&client.send("POST", LOGIN, None).await, 401, 1005);
    }
    assert_error(
        &installation.client().send("POST", LOGIN, None).await,
        401,
        1005,
    );
}

#[tokio::test]
async fn json_and_form_store_the_key_and_form_data_does_not() {
    let installation = Installation::start();
    let client = installation.logged_in().await;
    let meta = json!({ "meta": { "version": "v2.53.3", "api_status": "stable" } });
    assert_eq!(client.get(SETTING).await, (200, meta.clone()));
    let (form_type, form_body) = form(&[("public_key", key())]);
    let body = json!({ "public_key": key() }).to_string();
    for (content_type, body) in [(form_type.as_str(), form_body), ("application/json", body)] {
        let reply = client.post(SETTING, content_type, body).await;
        assert_eq!(reply, (200, meta.clone()));
        let (_, read) = client.get(SETTING).await;
        assert_eq!(read["business_public_key"], key());
        assert_eq!(read["business_public_key_signature_status"], "VALID");
        let id = client::id(NUMBER);
        installation.platform().remove_key(&id).unwrap();
    }
    let (content_type, body) = multipart(&[("public_key", key())]);
    assert_error(&client.post(SETTING, &content_type, body).await, 400, 1009);
}

#[tokio::test]
async fn wrong_parameters_have_their_codes() {
    let installation = Installation::start();
    let client = installation.logged_in().await;
    let cloud_name = json!({ "business_public_key": key() });
    assert_error(&client.post_json(SETTING, &cloud_name).await, 400, 1008);
    let short = json!({ "public_key": client::KEY_OF_1024_BITS });
    assert_error(&client.post_json(SETTING, &short).await, 400, 1009);
    assert_error(&client.get("/v1/settings").await, 404, 1006);
    assert_error(&client.send("PUT", SETTING, None).await, 405, 1006);
}

#[tokio::test]
async fn read_has_three_possible_shapes() {
    let installation = Installation::start();
    let client = installation.logged_in().await;
    client
        .post_json(SETTING, &json!({ "public_key": key() }))
        .await;
    for (shape, path) in [
        (OnPremisesReadShape::Flat, "/business_public_key"),
        (OnPremisesReadShape::Data, "/data/0/business_public_key"),
        (OnPremisesReadShape::Settings, "/settings/public_key"),
    ] {
        installation.platform().set_shapes(Shapes {
            on_premises_read: shape,
            ..Shapes::default()
        });
        let (_, reply) = client.get(SETTING).await;
        assert_eq!(reply.pointer(path).unwrap(), key());
    }
}

#[tokio::test]
async fn tokens_end_by_time_by_calls_and_by_logout() {
    let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_750_000_000));
    let setup = Platform::builder()
        .clock(clock.clone())
        .on_premises_password(PASSWORD)
        .login_lifetime(Duration::from_secs(60));
    let installation = Installation::with(setup);
    assert_error(&installation.client().get(SETTING).await, 401, 1005);

    let client = installation.logged_in().await;
    clock.advance(Duration::from_secs(59));
    assert_eq!(client.get(SETTING).await.0, 200);
    clock.advance(Duration::from_secs(1));
    assert_error(&client.get(SETTING).await, 401, 1005);

    let client = installation.logged_in().await;
    installation.platform().expire_logins_after(1);
    assert_eq!(client.get(SETTING).await.0, 200);
    assert_error(&client.get(SETTING).await, 401, 1005);

    let client = installation.logged_in().await;
    assert_eq!(client.send("POST", "/v1/users/logout", None).await.0, 200);
    assert_error(&client.get(SETTING).await, 401, 1005);
}

#[tokio::test]
async fn installation_without_number_or_setting_says_so() {
    let installation = Installation::start();
    let client = installation.logged_in().await;
    let id = client::id(NUMBER);
    installation.platform().move_to(&id, Home::Cloud).unwrap();
    assert_error(&client.get(SETTING).await, 503, 1011);

    let setup = Platform::builder()
        .on_premises_password(PASSWORD)
        .on_premises_version("2.49.3");
    let installation = Installation::with(setup);
    let client = installation.logged_in().await;
    assert_error(&client.get(SETTING).await, 404, 1006);
}

#[tokio::test]
async fn tls_is_trusted_through_its_own_authority_alone() {
    let setup = Platform::builder().on_premises_password(PASSWORD);
    let simulator = Simulator::builder(setup.build().unwrap())
        .on_premises_tls()
        .start()
        .unwrap();
    let url = simulator.on_premises_url();
    let authority = simulator.authority_pem().unwrap();
    assert!(url.starts_with("https://127.0.0.1:"));
    for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
        let client = Client::trusting(&url, authority).authorization(basic("admin", PASSWORD));
        assert_eq!(client.send("POST", LOGIN, None).await.0, 200);
    }
    let stranger = Client::new(&url).try_send("POST", LOGIN, None).await;
    assert!(stranger.unwrap_err().is_connect());
}
