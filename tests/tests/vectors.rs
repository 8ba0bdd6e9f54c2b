//! Vectors made by other implementations: what they sealed we open, and what
//! we seal is what they expect, byte for byte, in the crates and over HTTP.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flowgate_actix::FlowEndpoint;
use flowgate_keys::{
    AppSecrets, Backend, KeyRing, Passphrase, PrivateKey, SIGNATURE_HEADER, SealedRequest, Unwrap,
};
use flowgate_protocol::danger::accept_unsigned_requests;
use flowgate_protocol::{
    Answer, Channel, Endpoint, EndpointError, Envelope, FlowRequest, FlowResponse, ScreenId,
    SignatureCheck,
};
use flowgate_tests::http::{Connection, HttpReply, post};
use flowgate_tests::phone::Phone;
use flowgate_tests::server::TestServer;
use flowgate_tests::vectors::{
    GoodEnvelope, bad_envelopes, captured_request, from_hex, good_envelopes,
};
use flowgate_tests::{TEST_APP_SECRET, TEST_KEY, test_app_secret};
use serde_json::Value;

/// Opens a body with one key, checks the clear text, and seals a reply.
#[track_caller]
fn open_and_seal(ring: &KeyRing, check: &SignatureCheck, request: &Request<'_>) {
    let body = Bytes::copy_from_slice(request.body.as_bytes());
    let body = check.verify(request.signature, body).unwrap();
    let sealed = Envelope::parse(&body).unwrap().decode().unwrap();
    let opened = ring.open(sealed, None).unwrap();
    assert_eq!(
        str::from_utf8(&opened.plaintext).unwrap(),
        request.plaintext,
        "{}",
        request.name
    );
    let reply = opened.session_key.seal(request.reply_plaintext.as_bytes());
    assert_eq!(
        STANDARD.encode(reply),
        request.reply_body,
        "{}",
        request.name
    );
}

/// Unwraps the AES keys of requests in batches and alone, with the same outcome:
/// a backend may calculate the two in different ways.
#[track_caller]
fn together_as_alone(unwrap: &dyn Unwrap, requests: &[&SealedRequest]) {
    let keys = requests.iter();
    let keys: Vec<_> = keys
        .map(|sealed| sealed.encrypted_aes_key.as_slice().try_into().unwrap())
        .collect();
    for (together, key) in unwrap.unwrap_batch(&keys).iter().zip(&keys) {
        let alone = unwrap.unwrap(key).unwrap();
        let together = together.as_ref().unwrap();
        assert_eq!(together.expose_secret(), alone.expose_secret());
    }
}

/// The sealed parts of a good envelope.
fn sealed(good: &GoodEnvelope) -> SealedRequest {
    let body = accept_unsigned_requests()
        .verify(None, Bytes::copy_from_slice(good.body.as_bytes()))
        .unwrap();
    Envelope::parse(&body).unwrap().decode().unwrap()
}

struct Request<'a> {
    name: &'a str,
    body: &'a str,
    signature: Option<&'a str>,
    plaintext: &'a str,
    reply_plaintext: &'a str,
    reply_body: &'a str,
}

impl<'a> From<&'a GoodEnvelope> for Request<'a> {
    fn from(good: &'a GoodEnvelope) -> Self {
        Self {
            name: &good.name,
            body: &good.body,
            signature: Some(&good.signature),
            plaintext: &good.plaintext,
            reply_plaintext: &good.reply_plaintext,
            reply_body: &good.reply_body,
        }
    }
}

#[test]
fn the_request_captured_from_whatsapp_is_opened_and_its_reply_sealed() {
    let captured = captured_request();
    let passphrase = Passphrase::new(captured.passphrase.as_str());
    let key = PrivateKey::from_text(&captured.private_key_pem, Some(&passphrase)).unwrap();
    for &backend in Backend::AVAILABLE {
        let ring = KeyRing::builder(&key).backend(backend).build().unwrap();
        let body = captured.body.to_string();
        let body = accept_unsigned_requests()
            .verify(None, body.into())
            .unwrap();
        let sealed = Envelope::parse(&body).unwrap().decode().unwrap();
        together_as_alone(&*backend.load(&key).unwrap(), &[&sealed, &sealed, &sealed]);
        let opened = ring.open(sealed, None).unwrap();
        let plaintext: Value = serde_json::from_slice(&opened.plaintext).unwrap();
        assert_eq!(plaintext, captured.plaintext);
        let reply = opened.session_key.seal(captured.reply_plaintext.as_bytes());
        assert_eq!(STANDARD.encode(reply), captured.reply_body);
    }
}

#[test]
fn every_good_envelope_is_opened_and_its_reply_sealed() {
    for &backend in Backend::AVAILABLE {
        let ring = KeyRing::builder(&TEST_KEY).backend(backend);
        let ring = ring.build().unwrap();
        let sealed: Vec<_> = good_envelopes().iter().map(sealed).collect();
        let unwrap = backend.load(&TEST_KEY).unwrap();
        together_as_alone(&*unwrap, &sealed.iter().collect::<Vec<_>>());
        for good in good_envelopes() {
            let secrets = AppSecrets::from_text(&good.app_secret).unwrap();
            open_and_seal(&ring, &secrets.into(), &Request::from(&good));
        }
    }
}

/// Answers each request of the vectors with the reply of the vector.
struct Scripted(Vec<(Value, String)>);

impl Scripted {
    fn new() -> Self {
        let good = good_envelopes().into_iter();
        Self(
            good.map(|good| {
                let plaintext = serde_json::from_str(&good.plaintext).unwrap();
                (plaintext, good.reply_plaintext)
            })
            .collect(),
        )
    }
}

impl Endpoint for Scripted {
    async fn answer(&self, request: FlowRequest) -> Answer {
        let is_this = |(clear, _): &&(Value, String)| {
            clear["action"] == request.action.as_str()
                && clear["screen"].as_str().unwrap_or_default()
                    == request.screen.as_ref().map_or("", ScreenId::as_str)
                && clear["data"].as_object().cloned().unwrap_or_default() == request.data
        };
        let (_, reply) = self
            .0
            .iter()
            .find(is_this)
            .ok_or_else(|| EndpointError::internal("no such vector"))?;
        Ok(FlowResponse::from_json(reply.as_bytes())?)
    }
}

fn send(connection: &mut Connection, body: &str, signature: Option<&str>) -> HttpReply {
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(signature.map(|signature| (SIGNATURE_HEADER, signature)));
    connection.request(&post("/flow", &headers, body.as_bytes()))
}

#[test]
fn the_server_answers_every_good_envelope_byte_for_byte() {
    let server = TestServer::of(Scripted::new());
    let mut connection = Connection::open(server.address());
    for good in good_envelopes() {
        assert_eq!(good.app_secret, TEST_APP_SECRET);
        let reply = send(&mut connection, &good.body, Some(&good.signature));
        assert_eq!(reply.status(), 200, "{}", good.name);
        assert_eq!(reply.header("content-type"), Some("text/plain"));
        assert_eq!(reply.text(), good.reply_body, "{}", good.name);
    }
}

#[test]
fn the_server_answers_the_request_captured_from_whatsapp() {
    let captured = captured_request();
    let passphrase = Passphrase::new(captured.passphrase.as_str());
    let key = PrivateKey::from_text(&captured.private_key_pem, Some(&passphrase)).unwrap();
    let ring = KeyRing::new(&key).unwrap();
    let channel = Channel::builder(ring, AppSecrets::new(test_app_secret())).build();
    // Its signature is not known: it is signed anew.
    let body = captured.body.to_string();
    let signature = test_app_secret().sign(body.as_bytes());
    let server = TestServer::of_flow(FlowEndpoint::new(channel, Scripted::new()));
    let mut connection = Connection::open(server.address());
    let reply = send(&mut connection, &body, Some(&signature));
    assert_eq!(reply.status(), 200);

    let checked = accept_unsigned_requests().verify(None, body.into());
    let checked = checked.unwrap();
    let sealed = Envelope::parse(&checked).unwrap().decode().unwrap();
    let opened = KeyRing::new(&key).unwrap().open(sealed, None).unwrap();
    let expected = br#"{"screen":"APPOINTMENT","data":{}}"#;
    let expected = STANDARD.encode(opened.session_key.seal(expected));
    assert_eq!(reply.text(), expected);
}

#[test]
fn every_bad_envelope_gets_its_status_and_replies_of_one_class_are_the_same() {
    let server = TestServer::of(Scripted::new());
    let phone = Phone::of(&server);
    let mut classes: BTreeMap<u16, Vec<(String, HttpReply)>> = BTreeMap::new();
    for bad in bad_envelopes() {
        let mut connection = Connection::open(server.address());
        let reply = send(&mut connection, &bad.body, bad.signature.as_deref());
        assert_eq!(reply.status(), bad.expect_status, "{}", bad.name);
        assert!(
            reply.body.is_empty(),
            "{} is answered with a body",
            bad.name
        );
        let class = classes.entry(reply.status()).or_default();
        class.push((bad.name, reply.without_date()));
        phone.assert_alive();
    }
    assert_eq!(classes.keys().copied().collect::<Vec<_>>(), [400, 421, 432]);
    for class in classes.values() {
        let (first_name, first) = &class[0];
        for (name, reply) in class {
            assert_eq!(reply, first, "{name} can be told from {first_name}");
        }
    }
}

#[test]
fn vectors_agree_with_themselves() {
    for good in good_envelopes() {
        let sealed: Envelope<'_> = serde_json::from_str(&good.body).unwrap();
        assert_eq!(
            STANDARD.decode(&*sealed.initial_vector).unwrap(),
            from_hex(&good.iv_hex)
        );
        assert_eq!(from_hex(&good.aes_key_hex).len(), 16);
    }
}
