//! A correct Flow endpoint in one closure: keys that can be swapped, a ping that
//! is answered, metrics as flowgate-actix prints them.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_keys::{AppSecret, AppSecrets, KeyRing, SIGNATURE_HEADER, SealedRequest};
use serde_json::Value;

use crate::server::{Reply, Request, Server};

pub(crate) const APP_SECRET: &str = "app-secret";

pub(crate) struct FlowServer {
    pub(crate) server: Server,
    pub(crate) ring: Arc<Mutex<KeyRing>>,
}

impl FlowServer {
    pub(crate) async fn start(ring: KeyRing) -> Self {
        let ring = Arc::new(Mutex::new(ring));
        let shared = Arc::clone(&ring);
        let server = Server::start(move |request| answer(&shared.lock().unwrap(), request)).await;
        Self { server, ring }
    }

    /// What a restart with other keys does; counts start at 0.
    pub(crate) fn restart_with(&self, ring: KeyRing) {
        *self.ring.lock().unwrap() = ring;
    }

    pub(crate) fn url(&self, path: &str) -> flowgate_platform::Url {
        format!("{}{path}", self.server.url).parse().unwrap()
    }
}

pub(crate) fn app_secret() -> AppSecret {
    AppSecret::new(APP_SECRET).unwrap()
}

fn answer(ring: &KeyRing, request: &Request) -> Reply {
    if request.target == "/metrics" {
        let lines = ring.usage().map(|(key, count)| {
            let key = key.fingerprint();
            format!("flowgate_requests_opened_total{{key=\"{key}\"}} {count}\n")
        });
        return Reply::Http(200, String::new(), lines.collect());
    }
    let signature = request.header(SIGNATURE_HEADER).unwrap_or_default();
    let secrets = AppSecrets::new(app_secret());
    if secrets.verify(signature, request.body.as_bytes()).is_err() {
        return Reply::Http(432, String::new(), String::new());
    }
    let envelope = request.json();
    let part = |name: &str| STANDARD.decode(envelope[name].as_str().unwrap()).unwrap();
    let sealed = SealedRequest {
        encrypted_aes_key: part("encrypted_aes_key"),
        initial_vector: part("initial_vector"),
        encrypted_flow_data: part("encrypted_flow_data").into(),
    };
    let Ok(opened) = ring.open(sealed, None) else {
        return Reply::Http(421, String::new(), String::new());
    };
    let clear: Value = serde_json::from_slice(&opened.plaintext).unwrap();
    assert_eq!(clear["action"], "ping");
    let reply = opened.session_key.seal(br#"{"data":{"status":"active"}}"#);
    Reply::Http(
        200,
        "Content-Type: text/plain\r\n".to_owned(),
        STANDARD.encode(reply),
    )
}
