//! The phone, against a small endpoint that is written here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_simulator::keys::{AppSecret, AppSecrets, KeyRing, PrivateKey, SealedRequest};
use flowgate_simulator::{Alteration, Load, Phone, PhoneError, Platform, Simulator, TokenGrant};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::client::{self, CLOUD, Client};

const NUMBER: &str = "100000000000001";

/// An endpoint that answers pings with whatever keys it has at the moment.
struct Endpoint {
    url: String,
    ring: Arc<Mutex<KeyRing>>,
    refused: Arc<AtomicU64>,
}

impl Endpoint {
    async fn start(ring: KeyRing, secret: AppSecret) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Self {
            url: format!("http://{}/flow", listener.local_addr().unwrap()),
            ring: Arc::new(Mutex::new(ring)),
            refused: Arc::default(),
        };
        let (ring, refused) = (endpoint.ring.clone(), endpoint.refused.clone());
        let secrets = Arc::new(AppSecrets::new(secret));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (ring, refused) = (ring.clone(), refused.clone());
                tokio::spawn(answer(stream, ring, secrets.clone(), refused));
            }
        });
        endpoint
    }
}

async fn answer(
    mut stream: TcpStream,
    ring: Arc<Mutex<KeyRing>>,
    secrets: Arc<AppSecrets>,
    refused: Arc<AtomicU64>,
) {
    let mut text = Vec::new();
    let (head, body) = loop {
        if stream.read_buf(&mut text).await.unwrap_or(0) == 0 {
            return;
        }
        let Some(end) = text.windows(4).position(|part| part == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&text[..end]).to_lowercase();
        let length: usize = header(&head, "content-length").parse().unwrap();
        if text.len() == end + 4 + length {
            break (head, text[end + 4..].to_vec());
        }
    };
    let signature = header(&head, "x-hub-signature-256");
    let (status, reply) = if secrets.verify(signature, &body).is_err() {
        (432, String::new())
    } else {
        match open(&ring.lock().unwrap(), &body) {
            Some(reply) => (200, reply),
            None => {
                refused.fetch_add(1, Ordering::Relaxed);
                (421, String::new())
            }
        }
    };
    let reply = format!(
        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reply}",
        reply.len()
    );
    let _ = stream.write_all(reply.as_bytes()).await;
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_default()
        .trim()
}

fn open(ring: &KeyRing, body: &[u8]) -> Option<String> {
    let envelope: Value = serde_json::from_slice(body).unwrap();
    let part = |name: &str| STANDARD.decode(envelope[name].as_str().unwrap()).unwrap();
    let sealed = SealedRequest {
        encrypted_aes_key: part("encrypted_aes_key"),
        initial_vector: part("initial_vector"),
        encrypted_flow_data: part("encrypted_flow_data").into(),
    };
    let opened = ring.open(sealed, None).ok()?;
    let reply = json!({ "data": { "status": "active" } }).to_string();
    Some(STANDARD.encode(opened.session_key.seal(reply.as_bytes())))
}

struct Chat {
    simulator: Simulator,
    client: Client,
    secret: AppSecret,
}

impl Chat {
    fn start() -> Self {
        let platform = Platform::builder().build().unwrap();
        let token = platform.issue_token(TokenGrant::new()).unwrap();
        let simulator = Simulator::builder(platform).start().unwrap();
        let client = Client::new(&simulator.cloud_url()).bearer(token.expose_secret());
        Self {
            simulator,
            client,
            secret: AppSecret::generate().unwrap(),
        }
    }

    async fn publish(&self, key: &PrivateKey) {
        let path = format!("{CLOUD}/{NUMBER}/whatsapp_business_encryption");
        let body = json!({ "business_public_key": key.public_key().to_spki_pem() });
        assert_eq!(self.client.post_json(&path, &body).await.0, 200);
    }

    fn phone(&self, endpoint: &str) -> Phone {
        let platform = self.simulator.platform();
        Phone::new(platform, client::id(NUMBER), endpoint, self.secret.clone()).unwrap()
    }
}

fn ping() -> Value {
    json!({ "version": "3.0", "action": "ping" })
}

#[tokio::test]
async fn phone_encrypts_with_what_was_uploaded() {
    let chat = Chat::start();
    let key = PrivateKey::generate().unwrap();
    chat.publish(&key).await;
    let endpoint = Endpoint::start(KeyRing::new(&key).unwrap(), chat.secret.clone()).await;
    let active = json!({ "data": { "status": "active" } });

    let reply = chat.phone(&endpoint.url).send(&ping()).await.unwrap();
    assert_eq!((reply.status, reply.body), (200, active.clone()));
    assert!(!reply.key_refetched);

    let control = chat.simulator.control_url();
    let secret = chat.secret.clone();
    let phone = Phone::over_control(control, client::id(NUMBER), &endpoint.url, secret).unwrap();
    assert_eq!(phone.send(&ping()).await.unwrap().body, active);
}

#[tokio::test]
async fn phone_refuses_keys_that_are_not_in_order() {
    let chat = Chat::start();
    let id = client::id(NUMBER);
    let phone = chat.phone("http://127.0.0.1:9/flow");
    let error = phone.send(&ping()).await.unwrap_err();
    assert!(
        matches!(error, PhoneError::PublicKeyMissing { .. }),
        "{error}"
    );

    let key = PrivateKey::generate().unwrap();
    chat.publish(&key).await;
    chat.simulator.platform().re_register(&id).unwrap();
    let error = phone.send(&ping()).await.unwrap_err();
    assert!(
        matches!(error, PhoneError::SignatureMismatch { .. }),
        "{error}"
    );

    chat.publish(&key).await;
    let platform = chat.simulator.platform();
    platform
        .alter_key(&id, Alteration::EscapedLineBreaks)
        .unwrap();
    let error = phone.send(&ping()).await.unwrap_err();
    assert!(matches!(error, PhoneError::UnreadableKey(_)), "{error}");
}

#[tokio::test]
async fn phone_fetches_the_key_again_on_421_and_tries_once() {
    let chat = Chat::start();
    let (old, new) = (
        PrivateKey::generate().unwrap(),
        PrivateKey::generate().unwrap(),
    );
    chat.publish(&old).await;
    let endpoint = Endpoint::start(KeyRing::new(&old).unwrap(), chat.secret.clone()).await;
    let phone = chat.phone(&endpoint.url);
    phone.send(&ping()).await.unwrap();

    // Removed too early, but published: one 421, then the new key.
    chat.publish(&new).await;
    *endpoint.ring.lock().unwrap() = KeyRing::new(&new).unwrap();
    assert!(phone.send(&ping()).await.unwrap().key_refetched);
    assert!(!phone.send(&ping()).await.unwrap().key_refetched);
    assert_eq!(endpoint.refused.load(Ordering::Relaxed), 1);

    // Published but not deployed: two 421, then an error.
    chat.publish(&old).await;
    phone.forget_key();
    let error = phone.send(&ping()).await.unwrap_err();
    assert!(matches!(error, PhoneError::CannotDecrypt), "{error}");
    assert_eq!(endpoint.refused.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn unknown_signature_is_an_unexpected_status() {
    let chat = Chat::start();
    let key = PrivateKey::generate().unwrap();
    chat.publish(&key).await;
    let other = AppSecret::generate().unwrap();
    let endpoint = Endpoint::start(KeyRing::new(&key).unwrap(), other).await;
    let error = chat.phone(&endpoint.url).send(&ping()).await.unwrap_err();
    assert!(
        matches!(error, PhoneError::UnexpectedStatus { status: 432 }),
        "{error}"
    );
}

#[tokio::test]
async fn rotation_under_load_is_not_noticed_if_done_in_order() {
    let chat = Chat::start();
    let (old, new) = (
        PrivateKey::generate().unwrap(),
        PrivateKey::generate().unwrap(),
    );
    chat.publish(&old).await;
    let endpoint = Endpoint::start(KeyRing::new(&old).unwrap(), chat.secret.clone()).await;
    // One keeps the old key until a 421, the other changes by itself.
    let phones = [
        chat.phone(&endpoint.url),
        chat.phone(&endpoint.url).refresh_after(1),
    ];
    let load = Load::start(phones, &ping(), Duration::from_millis(1));
    load.more(6).await;

    let both = KeyRing::builder(&new).older(&old).build().unwrap();
    *endpoint.ring.lock().unwrap() = both;
    chat.publish(&new).await;
    load.more(6).await;
    *endpoint.ring.lock().unwrap() = KeyRing::new(&new).unwrap();
    load.more(6).await;

    let report = load.stop().await;
    assert_eq!(report.failed, 0, "{:?}", report.failures);
    assert_eq!(report.succeeded, report.sent);
    assert_eq!(report.key_refetched, 1);
}
