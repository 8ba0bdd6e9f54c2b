//! An On-Premises installation: login, sessions that end, first passwords.

use std::sync::{Arc, Mutex};

use flowgate_platform::{Bootstrap, OnPremisesApi, Password, PhoneNumber};
use serde_json::{Value, json};

use crate::server::{Reply, Request, Server};
use crate::stand_in::{KEYS, retries};

/// An installation with one user.
struct Installation {
    password: String,
    /// The password is the initial one and must be changed.
    is_fresh: bool,
    logins: usize,
    token: Option<String>,
    /// Calls that a token is good for.
    token_calls: usize,
    calls_left: usize,
    expires_after: Option<String>,
    key: Option<String>,
}

impl Installation {
    fn answer(&mut self, request: &Request) -> Reply {
        let authorization = request.header("authorization").unwrap_or_default();
        if request.target == "/v1/users/login" {
            let body = request.json();
            // base64 of `admin:` and the password.
            let expected = format!("Basic {}", base64(&format!("admin:{}", self.password)));
            if authorization != expected || (self.is_fresh && body["new_password"].is_null()) {
                return refused();
            }
            if let Some(new) = body["new_password"].as_str() {
                new.clone_into(&mut self.password);
                self.is_fresh = false;
            }
            self.logins += 1;
            let token = format!("session{}", self.logins);
            self.token = Some(token.clone());
            self.calls_left = self.token_calls;
            let mut user = json!({ "token": token });
            if let Some(expires_after) = &self.expires_after {
                user["expires_after"] = expires_after.as_str().into();
            }
            return Reply::Http(
                200,
                "Date: Thu, 01 Mar 2018 15:29:26 GMT\r\n".to_owned(),
                json!({"users": [user], "meta": {"version": "2.51.1"}}).to_string(),
            );
        }
        assert_eq!(
            request.target,
            "/v1/settings/business/whatsapp_business_encryption"
        );
        let token = self.token.clone().unwrap_or_default();
        if authorization != format!("Bearer {token}") || self.calls_left == 0 {
            return refused();
        }
        self.calls_left -= 1;
        if request.method == "POST" {
            self.key = Some(request.json()["public_key"].as_str().unwrap().to_owned());
            return Reply::json(
                200,
                json!({"meta": {"api_status": "stable", "version": "2.51.1"}}),
            );
        }
        let key: Value = self.key.clone().into();
        Reply::json(
            200,
            json!({"business_public_key": key, "business_public_key_signature_status": "VALID"}),
        )
    }
}

fn refused() -> Reply {
    Reply::json(
        401,
        json!({"errors": [{"code": 1005, "title": "Access denied", "details": "Invalid credentials"}]}),
    )
}

fn base64(text: &str) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text)
}

async fn start(installation: Installation) -> (Server, Arc<Mutex<Installation>>) {
    let shared = Arc::new(Mutex::new(installation));
    let state = Arc::clone(&shared);
    let server = Server::start(move |request| state.lock().unwrap().answer(request)).await;
    (server, shared)
}

fn installation() -> Installation {
    Installation {
        password: "Passw0rd!".to_owned(),
        is_fresh: false,
        logins: 0,
        token: None,
        token_calls: usize::MAX,
        calls_left: 0,
        expires_after: None,
        key: None,
    }
}

fn api(server: &Server, password: &str) -> OnPremisesApi {
    OnPremisesApi::builder(&server.url, "admin", Password::new(password).unwrap())
        .build()
        .unwrap()
}

async fn publish(api: &OnPremisesApi) -> Result<(), String> {
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries().0)
        .ensure_published(&[PhoneNumber::on_premises(api)])
        .await;
    match &report.numbers[0].failure {
        None => Ok(()),
        Some(failure) => Err(failure.to_string()),
    }
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_renewed() {
    // One call each: the read, the upload and the read back need one of their own.
    let (server, state) = start(Installation {
        token_calls: 1,
        ..installation()
    })
    .await;
    publish(&api(&server, "Passw0rd!")).await.unwrap();
    let state = state.lock().unwrap();
    assert_eq!(state.logins, 3);
    assert_eq!(state.key, Some(KEYS[0].to_spki_pem()));
}

#[tokio::test]
async fn an_announced_end_is_not_run_into() {
    // Ends 20 s after the date of the server's own clock.
    let (server, state) = start(Installation {
        expires_after: Some("2018-03-01 15:29:46+00:00".to_owned()),
        ..installation()
    })
    .await;
    publish(&api(&server, "Passw0rd!")).await.unwrap();
    assert_eq!(state.lock().unwrap().logins, 3);
    let calls = server.requests();
    assert_eq!(calls.len(), 6, "no call was refused");
}

#[tokio::test]
async fn a_long_session_is_used_again() {
    let (server, state) = start(Installation {
        expires_after: Some("2018-03-08 15:29:26+00:00".to_owned()),
        ..installation()
    })
    .await;
    let api = api(&server, "Passw0rd!");
    publish(&api).await.unwrap();
    publish(&api).await.unwrap();
    assert_eq!(state.lock().unwrap().logins, 1);
}

#[tokio::test]
async fn a_fresh_installation_gets_its_new_password_once() {
    let (server, state) = start(Installation {
        password: "secret".to_owned(),
        is_fresh: true,
        ..installation()
    })
    .await;
    let api = || {
        OnPremisesApi::builder(&server.url, "admin", Password::new("secret").unwrap())
            .new_password(Password::new("N3w-Passw0rd").unwrap())
            .unwrap()
            .build()
            .unwrap()
    };
    publish(&api()).await.unwrap();
    assert_eq!(state.lock().unwrap().password, "N3w-Passw0rd");
    // A second run, after a crash for instance, logs in with the new one.
    publish(&api()).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_not_shown() {
    let (server, _) = start(installation()).await;
    let text = publish(&api(&server, "Wr0ng-password")).await.unwrap_err();
    assert!(text.contains("Access denied"), "{text}");
    assert!(text.contains("check user and password"), "{text}");
    assert!(!text.contains("Wr0ng-password"), "{text}");
    assert_eq!(server.requests().len(), 1);
}
