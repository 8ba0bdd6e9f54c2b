//! An endpoint that is right but for one fault, for tests of those who look for
//! faults: written with the bare algorithms, not with the framework.

use std::sync::Mutex;

use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Tag};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flowgate_keys::{AppSecrets, SIGNATURE_HEADER};
use rsa::Oaep;
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::Sha256;
use serde_json::{Value, json};

use crate::certificates::Served;
use crate::listener::{Answer, Listener, Request};
use crate::{TEST_KEY, test_app_secret};

macro_rules! faults {
    ($(#[doc = $doc:literal] $variant:ident, $code:literal;)+) => {
        /// What an endpoint does wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EndpointFault {
            /// Nothing.
            None,
            $(#[doc = $doc] $variant,)+
        }

        /// Faults, and the code under which the doctor names each.
        pub const PLANTED: &[(EndpointFault, &str)] =
            &[$((EndpointFault::$variant, $code)),+];
    };
}

faults! {
    /// The reply stands in quotes.
    Quoted, "reply-quoted";
    /// The reply is a field of an object.
    Wrapped, "reply-wrapped";
    /// The reply is not encrypted.
    InClear, "reply-in-clear";
    /// A line break follows the base64 text.
    NewlineAtEnd, "reply-white-space";
    /// The base64 text is broken into lines.
    LineWrapped, "reply-white-space";
    /// The base64 text is of the URL alphabet, without padding.
    UrlAlphabet, "reply-base64-variant";
    /// The reply is not encoded.
    Binary, "reply-not-base64";
    /// The reply is compressed.
    Gzip, "reply-compressed";
    /// The reply has no body.
    Empty, "empty-reply";
    /// The status is 201.
    Status201, "status-not-200";
    /// The vector of the reply is that of the request.
    NotInverted, "vector-not-inverted";
    /// Of the vector only the first byte is inverted.
    FirstByteInverted, "vector-partly-inverted";
    /// The vector is cut to 12 bytes.
    Vector12, "vector-cut";
    /// The tag stands in front.
    TagInFront, "tag-in-front";
    /// There is no tag.
    NoTag, "tag-missing";
    /// The reply is sealed with associated data.
    AssociatedData, "tag-wrong";
    /// The reply is sealed under a key of its own.
    OtherKey, "reply-cannot-be-opened";
    /// The key of the first request is kept.
    KeptKey, "reply-key-reused";
    /// The opened reply is a word.
    NotJson, "reply-not-json";
    /// No signature is checked.
    SignatureUnchecked, "signature-not-checked";
    /// The signature is checked over the body written anew.
    SignatureOverParsed, "body-altered";
    /// A missing signature makes it fail.
    MissingSignatureCrashes, "signature-crash";
    /// A wrong signature is answered with 401.
    BadSignature401, "signature-status";
    /// What cannot be decrypted makes it fail.
    Undecryptable500, "undecryptable-status";
    /// Only a failed AES step makes it fail.
    GcmFailure500, "decryption-oracle";
    /// A body that is no envelope makes it fail.
    MalformedCrashes, "malformed-crash";
    /// A ping is answered with a screen.
    PingNotKnown, "ping-answer";
    /// The answer to a ping has a screen as well.
    PingWithScreen, "ping-answer";
    /// A ping makes it fail.
    NoPing, "ping-failed";
    /// The content type is that of JSON.
    ContentTypeJson, "content-type";
    /// It redirects.
    Redirect, "redirected";
    /// It is not at that path.
    WrongPath, "not-served";
    /// A tunnel shows a page.
    TunnelPage, "web-page";
    /// INIT makes it fail.
    InitCrashes, "init-failed";
    /// The reply to INIT has no data.
    InitWithoutData, "no-data";
    /// The reply to INIT holds null.
    InitWithNull, "null-in-data";
    /// 427 comes in clear text.
    TokenClear427, "token-reply-in-clear";
    /// 427 comes without a text.
    Token427WithoutText, "token-reply-without-text";
    /// A screen that is not known makes it fail.
    UnknownScreenCrashes, "unknown-screen-crash";
    /// An error notification is taken for a form.
    NotificationAsForm, "notification-not-acknowledged";
    /// One with an empty error is.
    EmptyNotificationMissed, "notification-not-acknowledged";
    /// It answers the verification of webhooks.
    WebhookPath, "webhook-path";
    /// Its clock is years behind.
    OldClock, "clock-differs";
    /// A missing signature is accepted, a wrong one is not.
    MissingSignatureAccepted, "missing-signature-accepted";
    /// The reply to INIT names no screen.
    InitWithoutScreen, "no-screen";
    /// It ends every connection.
    Closing, "connection-closed";
    /// It never replies.
    Silent, "timed-out";
}

/// Starts an endpoint with the test key, the test app secret and one fault.
pub fn start(fault: EndpointFault, tls: Option<&Served>) -> Listener {
    let endpoint = Endpoint {
        fault,
        rsa: rsa::RsaPrivateKey::from_pkcs8_der(TEST_KEY.pkcs8_der()).unwrap(),
        secrets: AppSecrets::new(test_app_secret()),
        kept: Mutex::default(),
    };
    Listener::start(tls, move |request| endpoint.answer(request))
}

/// The endpoint behind the listener.
struct Endpoint {
    fault: EndpointFault,
    rsa: rsa::RsaPrivateKey,
    secrets: AppSecrets,
    kept: Mutex<Option<([u8; 16], [u8; 16])>>,
}

impl Endpoint {
    fn answer(&self, request: &Request) -> Answer {
        let fault = self.fault;
        let status = |status| Answer::http(status, "", b"");
        if request.method == "GET" {
            let challenge = request
                .target
                .split("hub.challenge=")
                .nth(1)
                .unwrap_or_default();
            let challenge = challenge.split('&').next().unwrap_or_default();
            return match fault {
                EndpointFault::WebhookPath => Answer::http(200, "", challenge.as_bytes()),
                _ => status(404),
            };
        }
        match fault {
            EndpointFault::Redirect => {
                return Answer::http(308, "Location: /flow/\r\n", b"");
            }
            EndpointFault::WrongPath => return status(404),
            EndpointFault::Closing => return Answer::Close,
            EndpointFault::Silent => return Answer::Silence,
            EndpointFault::TunnelPage => {
                let page = "<!DOCTYPE html><html><title>Visit site</title></html>";
                return Answer::http(200, "Content-Type: text/html\r\n", page.as_bytes());
            }
            _ => {}
        }
        if let Some(refused) = self.check_signature(request) {
            return status(refused);
        }
        let Some((key, iv, text)) = serde_json::from_slice::<Value>(&request.body)
            .ok()
            .and_then(|envelope| self.parts(&envelope))
        else {
            return status(if fault == EndpointFault::MalformedCrashes {
                500
            } else {
                400
            });
        };
        let key = match key {
            Some(key) => key,
            None => {
                return status(if fault == EndpointFault::Undecryptable500 {
                    500
                } else {
                    421
                });
            }
        };
        let Some(clear) = open(&key, &iv, &text) else {
            let crashes = matches!(
                fault,
                EndpointFault::Undecryptable500 | EndpointFault::GcmFailure500
            );
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
            EndpointFault::SignatureUnchecked => return None,
            EndpointFault::MissingSignatureAccepted if signature.is_none() => return None,
            EndpointFault::MissingSignatureCrashes if signature.is_none() => return Some(500),
            // What `JSON.stringify` makes of it.
            EndpointFault::SignatureOverParsed => {
                let text = String::from_utf8_lossy(&request.body);
                text.replace("\\/", "/").into_bytes()
            }
            _ => request.body.clone(),
        };
        match self.secrets.verify(signature.unwrap_or_default(), &body) {
            Ok(()) => None,
            Err(_) if self.fault == EndpointFault::BadSignature401 => Some(401),
            Err(_) => Some(432),
        }
    }

    fn application(&self, clear: &Value) -> (u16, Option<Value>) {
        let fault = self.fault;
        let data = &clear["data"];
        let is_notification = match fault {
            EndpointFault::NotificationAsForm => false,
            EndpointFault::EmptyNotificationMissed => {
                data["error"].as_str().is_some_and(|e| !e.is_empty())
            }
            _ => data["error"].is_string(),
        };
        if is_notification {
            return (200, Some(json!({"data": {"acknowledged": true}})));
        }
        match (clear["action"].as_str().unwrap(), fault) {
            ("ping", EndpointFault::NoPing) => (500, None),
            ("ping", EndpointFault::PingNotKnown) => {
                (200, Some(json!({"screen": "WELCOME", "data": {}})))
            }
            ("ping", EndpointFault::PingWithScreen) => (
                200,
                Some(json!({"screen": "WELCOME", "data": {"status": "active"}})),
            ),
            ("ping", _) => (200, Some(json!({"data": {"status": "active"}}))),
            ("INIT", EndpointFault::InitCrashes) => (500, None),
            ("INIT", EndpointFault::InitWithoutScreen) => (200, Some(json!({"data": {}}))),
            ("INIT", EndpointFault::InitWithoutData) => (200, Some(json!({"screen": "WELCOME"}))),
            ("INIT", EndpointFault::InitWithNull) => (
                200,
                Some(json!({"screen": "WELCOME", "data": {"name": null}})),
            ),
            ("INIT", EndpointFault::Token427WithoutText) => (427, Some(json!({"message": "over"}))),
            ("INIT", EndpointFault::TokenClear427) => (427, Some(json!({"error_msg": "over"}))),
            ("INIT", _) => (200, Some(json!({"screen": "WELCOME", "data": {}}))),
            (_, EndpointFault::UnknownScreenCrashes) => (500, None),
            (_, _) => (427, Some(json!({"error_msg": "not expected"}))),
        }
    }

    fn reply(&self, status: u16, key: [u8; 16], iv: [u8; 16], answer: &Value) -> Answer {
        let fault = self.fault;
        let mut text = answer.to_string();
        if fault == EndpointFault::NotJson {
            text = "active".to_owned();
        }
        let inverted = iv.map(|byte| !byte);
        let sealed = match fault {
            EndpointFault::NotInverted => seal(&key, &iv, &text, b""),
            EndpointFault::FirstByteInverted => {
                let mut partly = iv;
                partly[0] = !partly[0];
                seal(&key, &partly, &text, b"")
            }
            EndpointFault::Vector12 => {
                let mut buffer = text.into_bytes();
                let nonce: [u8; 12] = inverted[..12].try_into().unwrap();
                let tag = AesGcm::<Aes128, U12>::new(&key.into())
                    .encrypt_inout_detached(&nonce.into(), &[], InOutBuf::from(&mut buffer[..]))
                    .unwrap();
                [&buffer[..], &tag[..]].concat()
            }
            EndpointFault::TagInFront => {
                let sealed = seal(&key, &inverted, &text, b"");
                let (text, tag) = sealed.split_at(sealed.len() - 16);
                [tag, text].concat()
            }
            EndpointFault::NoTag => {
                let sealed = seal(&key, &inverted, &text, b"");
                sealed[..sealed.len() - 16].to_vec()
            }
            EndpointFault::AssociatedData => seal(&key, &inverted, &text, b"flow"),
            EndpointFault::OtherKey => seal(&[7; 16], &inverted, &text, b""),
            EndpointFault::KeptKey => {
                let mut kept = self.kept.lock().unwrap();
                let (key, inverted) = *kept.get_or_insert((key, inverted));
                seal(&key, &inverted, &text, b"")
            }
            _ => seal(&key, &inverted, &text, b""),
        };
        let base64 = STANDARD.encode(&sealed);
        let body = match fault {
            EndpointFault::Quoted => format!("\"{base64}\""),
            EndpointFault::Wrapped => json!({ "data": base64 }).to_string(),
            EndpointFault::InClear => answer.to_string(),
            EndpointFault::TokenClear427 if status == 427 => answer.to_string(),
            EndpointFault::NewlineAtEnd => format!("{base64}\n"),
            EndpointFault::LineWrapped => format!("{}\n{}", &base64[..20], &base64[20..]),
            EndpointFault::UrlAlphabet => URL_SAFE_NO_PAD.encode(&sealed),
            EndpointFault::Empty => String::new(),
            EndpointFault::Binary | EndpointFault::Gzip => {
                let start: &[u8] = if fault == EndpointFault::Gzip {
                    &[0x1f, 0x8b, 8]
                } else {
                    &[0xff]
                };
                let body = [start, &sealed].concat();
                return Answer::http(200, "", &body);
            }
            _ => base64,
        };
        let content_type = match fault {
            EndpointFault::ContentTypeJson => "application/json",
            _ => "text/plain",
        };
        let mut headers = format!("Content-Type: {content_type}\r\n");
        if fault == EndpointFault::OldClock {
            headers.push_str("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        }
        let status = if fault == EndpointFault::Status201 {
            201
        } else {
            status
        };
        Answer::http(status, &headers, body.as_bytes())
    }
}

type Parts = (Option<[u8; 16]>, [u8; 16], Vec<u8>);

impl Endpoint {
    fn parts(&self, envelope: &Value) -> Option<Parts> {
        let part = |name: &str| STANDARD.decode(envelope[name].as_str()?).ok();
        let unwrapped = self
            .rsa
            .decrypt(Oaep::new::<Sha256>(), &part("encrypted_aes_key")?);
        let key = unwrapped.ok().map(|key| key.try_into().unwrap());
        let iv = part("initial_vector")?.try_into().ok()?;
        Some((key, iv, part("encrypted_flow_data")?))
    }
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
