//! The doctor before endpoints with one fault each: every one is named.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Tag};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flowgate_keys::{AppSecret, AppSecrets, PrivateKey, SIGNATURE_HEADER};
use flowgate_platform::{Code, Doctor, DoctorReport, Timer};
use futures_util::future::BoxFuture;
use rsa::Oaep;
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::Sha256;
use serde_json::{Value, json};

use crate::clock::CountingClock;
use crate::endpoint::{APP_SECRET, app_secret};
use crate::server::{Reply, Request, Server};
use crate::stand_in::{StandIn, retries};

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate().unwrap());

/// What an endpoint does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Quoted,
    Wrapped,
    InClear,
    NewlineAtEnd,
    LineWrapped,
    UrlAlphabet,
    Binary,
    Gzip,
    Empty,
    Status201,
    NotInverted,
    FirstByteInverted,
    Vector12,
    TagInFront,
    NoTag,
    AssociatedData,
    OtherKey,
    KeptKey,
    NotJson,
    SignatureUnchecked,
    SignatureOverParsed,
    MissingSignatureCrashes,
    BadSignature401,
    Undecryptable500,
    GcmFailure500,
    MalformedCrashes,
    PingNotKnown,
    PingWithScreen,
    NoPing,
    ContentTypeJson,
    Redirect,
    WrongPath,
    TunnelPage,
    InitCrashes,
    InitWithoutData,
    InitWithNull,
    TokenClear427,
    Token427WithoutText,
    UnknownScreenCrashes,
    NotificationAsForm,
    EmptyNotificationMissed,
    WebhookPath,
    OldClock,
}

struct Endpoint {
    fault: Fault,
    kept: Mutex<Option<([u8; 16], [u8; 16])>>,
}

impl Endpoint {
    fn answer(&self, request: &Request) -> Reply {
        let fault = self.fault;
        let status = |status| Reply::Http(status, String::new(), String::new());
        if request.method == "GET" {
            let challenge = request
                .target
                .split("hub.challenge=")
                .nth(1)
                .unwrap_or_default();
            let challenge = challenge.split('&').next().unwrap_or_default();
            return match fault {
                Fault::WebhookPath => Reply::Http(200, String::new(), challenge.to_owned()),
                _ => status(404),
            };
        }
        match fault {
            Fault::Redirect => {
                return Reply::Http(308, "Location: /flow/\r\n".to_owned(), String::new());
            }
            Fault::WrongPath => return status(404),
            Fault::TunnelPage => {
                let page = "<!DOCTYPE html><html><title>Visit site</title></html>";
                return Reply::Http(
                    200,
                    "Content-Type: text/html\r\n".to_owned(),
                    page.to_owned(),
                );
            }
            _ => {}
        }
        if let Some(refused) = self.check_signature(request) {
            return status(refused);
        }
        let Some((key, iv, text)) = serde_json::from_str::<Value>(&request.body)
            .ok()
            .and_then(|envelope| parts(&envelope))
        else {
            return status(if fault == Fault::MalformedCrashes {
                500
            } else {
                400
            });
        };
        let key = match key {
            Some(key) => key,
            None => {
                return status(if fault == Fault::Undecryptable500 {
                    500
                } else {
                    421
                });
            }
        };
        let Some(clear) = open(&key, &iv, &text) else {
            let crashes = matches!(fault, Fault::Undecryptable500 | Fault::GcmFailure500);
            return status(if crashes { 500 } else { 421 });
        };
        let (code, answer) = self.application(&serde_json::from_slice(&clear).unwrap());
        match answer {
            None => status(code),
            Some(answer) => self.reply(code, key, iv, &answer),
        }
    }

    fn check_signature(&self, request: &Request) -> Option<u16> {
        let signature = request.header(SIGNATURE_HEADER);
        let body = match self.fault {
            Fault::SignatureUnchecked => return None,
            Fault::MissingSignatureCrashes if signature.is_none() => return Some(500),
            // What `JSON.stringify` makes of it.
            Fault::SignatureOverParsed => request.body.replace("\\/", "/"),
            _ => request.body.clone(),
        };
        let secrets = AppSecrets::new(app_secret());
        match secrets.verify(signature.unwrap_or_default(), body.as_bytes()) {
            Ok(()) => None,
            Err(_) if self.fault == Fault::BadSignature401 => Some(401),
            Err(_) => Some(432),
        }
    }

    fn application(&self, clear: &Value) -> (u16, Option<Value>) {
        let fault = self.fault;
        let data = &clear["data"];
        let is_notification = match fault {
            Fault::NotificationAsForm => false,
            Fault::EmptyNotificationMissed => data["error"].as_str().is_some_and(|e| !e.is_empty()),
            _ => data["error"].is_string(),
        };
        if is_notification {
            return (200, Some(json!({"data": {"acknowledged": true}})));
        }
        match (clear["action"].as_str().unwrap(), fault) {
            ("ping", Fault::NoPing) => (500, None),
            ("ping", Fault::PingNotKnown) => (200, Some(json!({"screen": "WELCOME", "data": {}}))),
            ("ping", Fault::PingWithScreen) => (
                200,
                Some(json!({"screen": "WELCOME", "data": {"status": "active"}})),
            ),
            ("ping", _) => (200, Some(json!({"data": {"status": "active"}}))),
            ("INIT", Fault::InitCrashes) => (500, None),
            ("INIT", Fault::InitWithoutData) => (200, Some(json!({"screen": "WELCOME"}))),
            ("INIT", Fault::InitWithNull) => (
                200,
                Some(json!({"screen": "WELCOME", "data": {"name": null}})),
            ),
            ("INIT", Fault::Token427WithoutText) => (427, Some(json!({"message": "over"}))),
            ("INIT", Fault::TokenClear427) => (427, Some(json!({"error_msg": "over"}))),
            ("INIT", _) => (200, Some(json!({"screen": "WELCOME", "data": {}}))),
            (_, Fault::UnknownScreenCrashes) => (500, None),
            (_, _) => (427, Some(json!({"error_msg": "not expected"}))),
        }
    }

    fn reply(&self, status: u16, key: [u8; 16], iv: [u8; 16], answer: &Value) -> Reply {
        let fault = self.fault;
        let mut text = answer.to_string();
        if fault == Fault::NotJson {
            text = "active".to_owned();
        }
        let inverted = iv.map(|byte| !byte);
        let sealed = match fault {
            Fault::NotInverted => seal(&key, &iv, &text, b""),
            Fault::FirstByteInverted => {
                let mut partly = iv;
                partly[0] = !partly[0];
                seal(&key, &partly, &text, b"")
            }
            Fault::Vector12 => {
                let mut buffer = text.into_bytes();
                let nonce: [u8; 12] = inverted[..12].try_into().unwrap();
                let tag = AesGcm::<Aes128, U12>::new(&key.into())
                    .encrypt_inout_detached(&nonce.into(), &[], InOutBuf::from(&mut buffer[..]))
                    .unwrap();
                [&buffer[..], &tag[..]].concat()
            }
            Fault::TagInFront => {
                let sealed = seal(&key, &inverted, &text, b"");
                let (text, tag) = sealed.split_at(sealed.len() - 16);
                [tag, text].concat()
            }
            Fault::NoTag => {
                let sealed = seal(&key, &inverted, &text, b"");
                sealed[..sealed.len() - 16].to_vec()
            }
            Fault::AssociatedData => seal(&key, &inverted, &text, b"flow"),
            Fault::OtherKey => seal(&[7; 16], &inverted, &text, b""),
            Fault::KeptKey => {
                let mut kept = self.kept.lock().unwrap();
                let (key, inverted) = *kept.get_or_insert((key, inverted));
                seal(&key, &inverted, &text, b"")
            }
            _ => seal(&key, &inverted, &text, b""),
        };
        let base64 = STANDARD.encode(&sealed);
        let body = match fault {
            Fault::Quoted => format!("\"{base64}\""),
            Fault::Wrapped => json!({ "data": base64 }).to_string(),
            Fault::InClear => answer.to_string(),
            Fault::TokenClear427 if status == 427 => answer.to_string(),
            Fault::NewlineAtEnd => format!("{base64}\n"),
            Fault::LineWrapped => format!("{}\n{}", &base64[..20], &base64[20..]),
            Fault::UrlAlphabet => URL_SAFE_NO_PAD.encode(&sealed),
            Fault::Empty => String::new(),
            Fault::Binary | Fault::Gzip => {
                let start: &[u8] = if fault == Fault::Gzip {
                    &[0x1f, 0x8b, 8]
                } else {
                    &[0xff]
                };
                let body = [start, &sealed].concat();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                return Reply::Raw([head.as_bytes(), &body].concat());
            }
            _ => base64,
        };
        let content_type = match fault {
            Fault::ContentTypeJson => "application/json",
            _ => "text/plain",
        };
        let mut headers = format!("Content-Type: {content_type}\r\n");
        if fault == Fault::OldClock {
            headers.push_str("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        }
        let status = if fault == Fault::Status201 {
            201
        } else {
            status
        };
        Reply::Http(status, headers, body)
    }
}

type Parts = (Option<[u8; 16]>, [u8; 16], Vec<u8>);

fn parts(envelope: &Value) -> Option<Parts> {
    let part = |name: &str| STANDARD.decode(envelope[name].as_str()?).ok();
    static RSA: LazyLock<rsa::RsaPrivateKey> =
        LazyLock::new(|| rsa::RsaPrivateKey::from_pkcs8_der(KEY.pkcs8_der()).unwrap());
    let unwrapped = RSA.decrypt(Oaep::new::<Sha256>(), &part("encrypted_aes_key")?);
    let key = unwrapped.ok().map(|key| key.try_into().unwrap());
    let iv = part("initial_vector")?.try_into().ok()?;
    Some((key, iv, part("encrypted_flow_data")?))
}

fn open(key: &[u8; 16], iv: &[u8; 16], sealed: &[u8]) -> Option<Vec<u8>> {
    let (text, tag) = sealed.split_at(sealed.len() - 16);
    let mut text = text.to_vec();
    AesGcm::<Aes128, U16>::new(key.into())
        .decrypt_inout_detached(
            iv.into(),
            &[],
            InOutBuf::from(&mut text[..]),
            &Tag::try_from(tag).unwrap(),
        )
        .ok()?;
    Some(text)
}

fn seal(key: &[u8; 16], iv: &[u8; 16], text: &str, associated: &[u8]) -> Vec<u8> {
    let mut buffer = text.as_bytes().to_vec();
    let tag = AesGcm::<Aes128, U16>::new(key.into())
        .encrypt_inout_detached(iv.into(), associated, InOutBuf::from(&mut buffer[..]))
        .unwrap();
    [&buffer[..], &tag[..]].concat()
}

async fn start(fault: Fault) -> Server {
    let endpoint = Endpoint {
        fault,
        kept: Mutex::default(),
    };
    Server::start(move |request| endpoint.answer(request)).await
}

fn doctor(server: &Server) -> Doctor {
    let url = format!("{}/flow", server.url).parse().unwrap();
    Doctor::new(url, KEY.public_key().clone(), app_secret())
}

fn codes(report: &DoctorReport) -> BTreeSet<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn a_good_endpoint_has_no_findings() {
    let server = start(Fault::None).await;
    let report = doctor(&server).examine().await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert!(report.is_healthy());
    assert!(report.checks.len() >= 9);
}

#[tokio::test]
async fn each_planted_fault_is_found_and_named() {
    let planted = [
        (Fault::Quoted, Code::ReplyQuoted),
        (Fault::Wrapped, Code::ReplyWrapped),
        (Fault::InClear, Code::ReplyInClear),
        (Fault::NewlineAtEnd, Code::ReplyWhiteSpace),
        (Fault::LineWrapped, Code::ReplyWhiteSpace),
        (Fault::UrlAlphabet, Code::ReplyBase64Variant),
        (Fault::Binary, Code::ReplyNotBase64),
        (Fault::Gzip, Code::ReplyCompressed),
        (Fault::Empty, Code::EmptyReply),
        (Fault::Status201, Code::StatusNot200),
        (Fault::NotInverted, Code::VectorNotInverted),
        (Fault::FirstByteInverted, Code::VectorPartlyInverted),
        (Fault::Vector12, Code::VectorCut),
        (Fault::TagInFront, Code::TagInFront),
        (Fault::NoTag, Code::TagMissing),
        (Fault::AssociatedData, Code::TagWrong),
        (Fault::OtherKey, Code::ReplyCannotBeOpened),
        (Fault::KeptKey, Code::ReplyKeyReused),
        (Fault::NotJson, Code::ReplyNotJson),
        (Fault::SignatureUnchecked, Code::SignatureNotChecked),
        (Fault::SignatureOverParsed, Code::BodyAltered),
        (Fault::MissingSignatureCrashes, Code::SignatureCrash),
        (Fault::BadSignature401, Code::SignatureStatus),
        (Fault::Undecryptable500, Code::UndecryptableStatus),
        (Fault::GcmFailure500, Code::DecryptionOracle),
        (Fault::MalformedCrashes, Code::MalformedCrash),
        (Fault::PingNotKnown, Code::PingAnswer),
        (Fault::PingWithScreen, Code::PingAnswer),
        (Fault::NoPing, Code::PingFailed),
        (Fault::ContentTypeJson, Code::ContentType),
        (Fault::Redirect, Code::Redirected),
        (Fault::WrongPath, Code::NotServed),
        (Fault::TunnelPage, Code::WebPage),
        (Fault::InitCrashes, Code::InitFailed),
        (Fault::InitWithoutData, Code::NoData),
        (Fault::InitWithNull, Code::NullInData),
        (Fault::TokenClear427, Code::TokenReplyInClear),
        (Fault::Token427WithoutText, Code::TokenReplyWithoutText),
        (Fault::UnknownScreenCrashes, Code::UnknownScreenCrash),
        (Fault::NotificationAsForm, Code::NotificationNotAcknowledged),
        (
            Fault::EmptyNotificationMissed,
            Code::NotificationNotAcknowledged,
        ),
        (Fault::WebhookPath, Code::WebhookPath),
        (Fault::OldClock, Code::ClockDiffers),
    ];
    for (fault, code) in planted {
        let server = start(fault).await;
        let report = doctor(&server).examine().await.unwrap();
        let found = codes(&report);
        assert!(found.contains(&code), "{fault:?}: {:?}", report.findings);
        // A fault must not bring a crowd of others with it.
        assert!(found.len() <= 3, "{fault:?}: {:?}", report.findings);
    }
}

#[tokio::test]
async fn wrong_keys_and_secrets_are_told_apart() {
    let server = start(Fault::None).await;
    let url = || format!("{}/flow", server.url).parse().unwrap();
    let other_key = PrivateKey::generate().unwrap().public_key().clone();
    let report = Doctor::new(url(), other_key, app_secret())
        .examine()
        .await
        .unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::CannotDecrypt]));

    let other_secret = AppSecret::new("verify-token").unwrap();
    let key = KEY.public_key().clone();
    let report = Doctor::new(url(), key, other_secret)
        .examine()
        .await
        .unwrap();
    assert!(codes(&report).contains(&Code::SignatureRefused));
    let shown = format!("{:?}", report.findings);
    assert!(!shown.contains("verify-token") && !shown.contains(APP_SECRET));
}

#[tokio::test]
async fn what_does_not_answer_is_told_apart() {
    let closing = Server::start(|_| Reply::Raw(Vec::new())).await;
    let report = doctor(&closing).examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::ConnectionClosed]));

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/flow", nobody.local_addr().unwrap());
    drop(nobody);
    let key = KEY.public_key().clone();
    let report = Doctor::new(url.parse().unwrap(), key, app_secret())
        .examine()
        .await
        .unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::Unreachable]));
}

/// A clock on which everything takes two seconds.
#[derive(Debug, Default)]
struct SlowClock(CountingClock);

impl Timer for SlowClock {
    fn now(&self) -> Duration {
        drop(self.0.sleep(Duration::from_secs(2)));
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.0.sleep(duration)
    }

    fn random(&self) -> f64 {
        self.0.random()
    }
}

#[tokio::test]
async fn slow_replies_are_a_warning() {
    let server = start(Fault::None).await;
    let doctor = doctor(&server).timer(Arc::new(SlowClock::default()));
    let report = doctor.examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::Slow]));
    assert!(report.is_healthy());
}

#[tokio::test]
async fn published_keys_are_compared() {
    let server = start(Fault::None).await;
    let stand_in = StandIn::start(&["1001", "1002", "1003", "1004", "1005"]).await;
    let pem = KEY.public_key().to_spki_pem();
    let other = PrivateKey::generate().unwrap().public_key().to_spki_pem();
    stand_in.set("1001", &pem, "VALID");
    stand_in.set("1002", &pem, "MISMATCH");
    stand_in.set("1003", &other, "VALID");
    stand_in.set("1004", &pem.replace('\n', "\\n"), "VALID");
    let report = doctor(&server)
        .numbers(stand_in.numbers(), retries().0)
        .examine()
        .await
        .unwrap();
    let expected = [
        Code::KeySignature,
        Code::KeyDiffers,
        Code::KeyForm,
        Code::KeyMissing,
    ];
    assert_eq!(codes(&report), BTreeSet::from(expected));
    assert_eq!(report.findings.len(), 4);
}

#[test]
fn every_code_has_a_name_of_its_own_and_says_what_to_mend() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(
            code.help().len() > 20 && !code.help().ends_with('.'),
            "{code:?}"
        );
        assert!(!code.help().contains("  "), "{code:?}");
    }
}
