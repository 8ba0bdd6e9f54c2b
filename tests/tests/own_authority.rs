//! An endpoint whose certificate is of an authority of one's own: the phone of
//! the stand-in can be told to trust it, and trusts nothing else then.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use actix_web::rt;
use flowgate_keys::PhoneNumberId;
use flowgate_protocol::{FlowResponse, Router};
use flowgate_simulator::{Phone, PhoneError, Platform, Simulator, TokenGrant};
use flowgate_tests::certificates::{Authority, CertificateFault};
use flowgate_tests::front::Front;
use flowgate_tests::http::{Connection, post};
use flowgate_tests::server::TestServer;
use flowgate_tests::{TEST_KEY, test_app_secret};
use serde_json::json;

/// A platform where the first number holds the test key.
fn published() -> (Platform, PhoneNumberId) {
    let platform = Platform::builder().build().unwrap();
    let number = PhoneNumberId::new(&platform.phone_numbers()[0].id).unwrap();
    let simulator = Simulator::builder(platform.clone()).start().unwrap();
    let token = platform.issue_token(TokenGrant::new()).unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = json!({"business_public_key": TEST_KEY.public_key().to_spki_pem()});
    let path = format!("/v23.0/{number}/whatsapp_business_encryption");
    let upload = post(&path, &headers, body.to_string().as_bytes());
    let address = simulator.cloud_url().replace("http://", "");
    let reply = Connection::open(address.parse().unwrap()).request(&upload);
    assert_eq!(reply.status(), 200, "{}", reply.text());
    (platform, number)
}

#[test]
fn a_phone_trusts_the_authority_that_it_is_given_and_no_other() {
    let (platform, number) = published();
    let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
    let server = TestServer::of(router);
    let folder = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new(), Authority::new());
    let pem =
        |authority: &Authority| std::fs::read_to_string(authority.write(folder.path())).unwrap();
    let (trusted, not_trusted) = (pem(&authority), pem(&other));
    let front = Front::tls(server.address(), &authority.issue(CertificateFault::None));
    let phone = || {
        let url = front.url("/flow");
        Phone::new(&platform, number.clone(), url, test_app_secret()).unwrap()
    };
    let init = json!({"version": "3.0", "action": "INIT", "flow_token": "test", "data": {}});
    rt::System::new().block_on(async {
        let reply = phone().trust(&trusted).unwrap().send(&init).await.unwrap();
        assert_eq!(
            (reply.status, &reply.body["screen"]),
            (200, &json!("WELCOME"))
        );
        for phone in [phone(), phone().trust(&not_trusted).unwrap()] {
            let error = phone.send(&init).await.unwrap_err();
            assert!(matches!(error, PhoneError::Unreachable(_)), "{error}");
        }
    });
    for text in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ] {
        let error = phone().trust(text).unwrap_err();
        assert!(
            matches!(error, PhoneError::Authority { .. }),
            "{text}: {error}"
        );
    }
}
