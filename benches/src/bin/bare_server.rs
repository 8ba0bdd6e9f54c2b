//! A peer: actix-web and a cryptographic library with nothing between them.
//! `../../peers/README.md` says how a peer is started.
//!
//! Requests are opened on the thread of their connection, as a first version of
//! an endpoint does it.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::sync::mpsc;
use std::thread;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Nonce};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Parser, ValueEnum};
use flowgate_benches::business::Business;
use flowgate_benches::peers::{business_from_environment, serve_until_input_ends};
use flowgate_benches::server::PATH;
use flowgate_protocol::keys::{AppSecret, PrivateKey};
use hmac::{Hmac, Mac};
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::OsRng;
use rsa::{Oaep, RsaPrivateKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

#[derive(Parser)]
#[command(about = "Answers Flows with actix-web and a bare library, for comparison")]
struct Args {
    /// Library of the private-key operation
    #[arg(long)]
    library: Library,
}

#[derive(Clone, Copy, ValueEnum)]
enum Library {
    AwsLcRs,
    Rsa,
}

enum Key {
    AwsLcRs(Box<OaepPrivateDecryptingKey>),
    Rsa(Box<RsaPrivateKey>),
}

struct Endpoint {
    key: Key,
    app_secret: AppSecret,
}

#[derive(Deserialize)]
struct Envelope {
    encrypted_aes_key: String,
    encrypted_flow_data: String,
    initial_vector: String,
}

#[derive(Serialize)]
struct Response<'a> {
    screen: &'a Value,
    data: &'a Value,
}

struct Opened {
    request: Value,
    aes: AesGcm<Aes128, U16>,
    initial_vector: Vec<u8>,
}

impl Key {
    fn new(library: Library, key: &PrivateKey) -> Self {
        let der = key.pkcs8_der();
        match library {
            Library::AwsLcRs => {
                let key = PrivateDecryptingKey::from_pkcs8(der).unwrap();
                Self::AwsLcRs(Box::new(OaepPrivateDecryptingKey::new(key).unwrap()))
            }
            Library::Rsa => Self::Rsa(Box::new(RsaPrivateKey::from_pkcs8_der(der).unwrap())),
        }
    }

    fn unwrap(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::AwsLcRs(key) => {
                let mut buffer = vec![0; key.min_output_size()];
                let message = key
                    .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut buffer, None)
                    .ok()?;
                Some(message.to_vec())
            }
            Self::Rsa(key) => key
                .decrypt_blinded(&mut OsRng, Oaep::new::<rsa::sha2::Sha256>(), ciphertext)
                .ok(),
        }
    }
}

impl Endpoint {
    fn is_signed(&self, body: &[u8], header: &str) -> bool {
        let secret = self.app_secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(body);
        let signature = header.strip_prefix("sha256=").unwrap_or_default();
        base16ct::lower::decode_vec(signature)
            .is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    }

    fn open(&self, body: &[u8]) -> Option<Opened> {
        let envelope: Envelope = serde_json::from_slice(body).ok()?;
        let aes_key = self
            .key
            .unwrap(&STANDARD.decode(envelope.encrypted_aes_key).ok()?)?;
        let initial_vector = STANDARD.decode(envelope.initial_vector).ok()?;
        let sealed = STANDARD.decode(envelope.encrypted_flow_data).ok()?;
        let aes = AesGcm::new_from_slice(&aes_key).ok()?;
        let nonce = Nonce::<U16>::try_from(initial_vector.as_slice()).ok()?;
        let clear = aes.decrypt(&nonce, sealed.as_slice()).ok()?;
        Some(Opened {
            request: serde_json::from_slice(&clear).ok()?,
            aes,
            initial_vector,
        })
    }
}

impl Opened {
    fn reply(&self) -> String {
        let response = serde_json::to_vec(&Response {
            screen: &self.request["screen"],
            data: &self.request["data"],
        });
        let inverted: Vec<u8> = self.initial_vector.iter().map(|byte| !byte).collect();
        let nonce = Nonce::<U16>::try_from(inverted.as_slice()).unwrap();
        let sealed = self.aes.encrypt(&nonce, response.unwrap().as_slice());
        STANDARD.encode(sealed.unwrap())
    }
}

async fn answer(
    endpoint: web::Data<Endpoint>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let signature = request.headers().get("x-hub-signature-256");
    let signature = signature.and_then(|value| value.to_str().ok());
    if !endpoint.is_signed(&body, signature.unwrap_or_default()) {
        return HttpResponse::new(StatusCode::from_u16(432).unwrap());
    }
    match endpoint.open(&body) {
        Some(opened) => HttpResponse::Ok()
            .content_type("text/plain")
            .body(opened.reply()),
        None => HttpResponse::new(StatusCode::MISDIRECTED_REQUEST),
    }
}

fn main() {
    let library = Args::parse().library;
    let Business { key, app_secret } = business_from_environment();
    let endpoint = web::Data::new(Endpoint {
        key: Key::new(library, &key),
        app_secret,
    });
    let (started, starting) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async {
            let app = move || {
                App::new()
                    .app_data(endpoint.clone())
                    .app_data(web::PayloadConfig::new(1 << 20))
                    .route(PATH, web::post().to(answer))
            };
            let server = HttpServer::new(app).bind(("127.0.0.1", 0)).unwrap();
            started.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    });
    serve_until_input_ends(starting.recv().unwrap());
}
