//! The doctor before endpoints with one fault each: every one is named.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use flowgate_keys::{AppSecret, PhoneNumberId, PrivateKey};
use flowgate_platform::{
    AccessToken, CloudApi, Code, Doctor, DoctorReport, PhoneNumber, Timer, Url,
};
use flowgate_tests::certificates::{Authority, CertificateFault};
use flowgate_tests::faulty_endpoint::{EndpointFault, PLANTED, start};
use flowgate_tests::listener::Listener;
use flowgate_tests::{TEST_APP_SECRET, TEST_KEY, test_app_secret};
use futures_util::future::BoxFuture;

use crate::clock::CountingClock;
use crate::stand_in::{StandIn, retries};

/// Codes that no endpoint with one planted fault brings, and the test that does.
const ELSEWHERE: &[(Code, &str)] = &[
    (Code::Unreachable, "where_nobody_listens"),
    (Code::TlsFailed, "certificates_that_whatsapp_refuses"),
    (
        Code::ClearText,
        "clear_text_is_a_warning_but_on_this_machine",
    ),
    (Code::CannotDecrypt, "wrong_keys_and_secrets_are_told_apart"),
    (
        Code::SignatureRefused,
        "wrong_keys_and_secrets_are_told_apart",
    ),
    (Code::Slow, "slow_replies_are_a_warning"),
    (Code::KeyMissing, "published_keys_are_compared"),
    (Code::KeyDiffers, "published_keys_are_compared"),
    (Code::KeyForm, "published_keys_are_compared"),
    (Code::KeySignature, "published_keys_are_compared"),
    (
        Code::PlatformFailed,
        "a_platform_that_does_not_answer_is_a_finding",
    ),
];

#[test]
fn every_code_has_a_planted_fault() {
    let planted = PLANTED.iter().map(|(_, name)| *name);
    let elsewhere = ELSEWHERE.iter().map(|(code, _)| code.name());
    let covered: BTreeSet<&str> = planted.chain(elsewhere).collect();
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(covered, all);
    let tests = include_str!("doctor.rs");
    for (_, test) in ELSEWHERE {
        assert!(tests.contains(&format!("fn {test}(")), "there is no {test}");
    }
}

fn doctor(server: &Listener) -> Doctor {
    doctor_of(server.url("/flow").parse().unwrap())
}

fn doctor_of(url: Url) -> Doctor {
    Doctor::new(url, TEST_KEY.public_key().clone(), test_app_secret())
        // On which no reply is slow, however busy the machine is.
        .timer(Arc::new(CountingClock::default()))
}

fn codes(report: &DoctorReport) -> BTreeSet<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn a_good_endpoint_has_no_findings() {
    let server = start(EndpointFault::None, None);
    let report = doctor(&server).examine().await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert!(report.is_healthy());
    assert!(report.checks.len() >= 9);
}

#[tokio::test]
async fn each_planted_fault_is_found_and_named() {
    for (fault, name) in PLANTED {
        let server = start(*fault, None);
        let mut doctor = doctor(&server);
        if *fault == EndpointFault::Silent {
            // Nobody waits 10 s for a test.
            doctor = doctor.reply_timeout(Duration::from_millis(200));
        }
        let report = doctor.examine().await.unwrap();
        let found = codes(&report);
        let is_named = found.iter().any(|code| code.name() == *name);
        assert!(is_named, "{fault:?}: {:?}", report.findings);
        // A fault must not bring a crowd of others with it.
        assert!(found.len() <= 3, "{fault:?}: {:?}", report.findings);
    }
}

#[tokio::test]
async fn wrong_keys_and_secrets_are_told_apart() {
    let server = start(EndpointFault::None, None);
    let url = || server.url("/flow").parse().unwrap();
    let other_key = PrivateKey::generate().unwrap().public_key().clone();
    let report = Doctor::new(url(), other_key, test_app_secret())
        .examine()
        .await
        .unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::CannotDecrypt]));

    let other_secret = AppSecret::new("verify-token").unwrap();
    let key = TEST_KEY.public_key().clone();
    let report = Doctor::new(url(), key, other_secret)
        .examine()
        .await
        .unwrap();
    assert!(codes(&report).contains(&Code::SignatureRefused));
    let shown = format!("{:?}", report.findings);
    assert!(!shown.contains("verify-token") && !shown.contains(TEST_APP_SECRET));
}

#[tokio::test]
async fn where_nobody_listens() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/flow", nobody.local_addr().unwrap());
    drop(nobody);
    let report = doctor_of(url.parse().unwrap()).examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::Unreachable]));
}

#[tokio::test]
async fn certificates_that_whatsapp_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca_file = authority.write(folder.path());
    for (fault, words) in [
        (CertificateFault::OtherHost, "other.example"),
        (CertificateFault::Expired, "expired"),
        (CertificateFault::NotYetValid, "not valid yet"),
        (CertificateFault::SelfSigned, "UnknownIssuer"),
    ] {
        let server = start(EndpointFault::None, Some(&authority.issue(fault)));
        let report = doctor(&server).ca_file(&ca_file).examine().await.unwrap();
        assert_eq!(
            codes(&report),
            BTreeSet::from([Code::TlsFailed]),
            "{fault:?}"
        );
        let problem = &report.findings[0].problem;
        assert!(problem.contains(words), "{fault:?}: {problem}");
    }

    // An authority that nobody knows, and the same one trusted.
    let server = start(
        EndpointFault::None,
        Some(&authority.issue(CertificateFault::None)),
    );
    let report = doctor(&server).examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::TlsFailed]));
    let report = doctor(&server).ca_file(&ca_file).examine().await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);

    // Not TLS at all: what a server says to those who speak it by mistake.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/flow", plain.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut client, _) = plain.accept().unwrap();
        client
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    });
    let report = doctor_of(url.parse().unwrap()).examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::TlsFailed]));
    answering.join().unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn clear_text_is_a_warning_but_on_this_machine() {
    let server = start(EndpointFault::None, None);
    // Leads to this machine as well, but is no address of loopback.
    let url = format!("http://0.0.0.0:{}/flow", server.address().port());
    let report = doctor_of(url.parse().unwrap()).examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::ClearText]));
    assert!(report.is_healthy());
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_a_finding() {
    let server = start(EndpointFault::None, None);
    let nobody = CloudApi::builder(AccessToken::new("EAAtest").unwrap())
        .base_url("http://127.0.0.1:1")
        .build()
        .unwrap();
    let number = PhoneNumber::cloud(&nobody, PhoneNumberId::new("1001").unwrap());
    let report = doctor(&server)
        .numbers(vec![number], retries().0)
        .examine()
        .await
        .unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::PlatformFailed]));
    assert!(report.findings[0].problem.contains("no connection"));
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
    let server = start(EndpointFault::None, None);
    let doctor = doctor(&server).timer(Arc::new(SlowClock::default()));
    let report = doctor.examine().await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from([Code::Slow]));
    assert!(report.is_healthy());
}

#[tokio::test]
async fn published_keys_are_compared() {
    let server = start(EndpointFault::None, None);
    let stand_in = StandIn::start(&["1001", "1002", "1003", "1004", "1005"]).await;
    let pem = TEST_KEY.public_key().to_spki_pem();
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
