//! The client against the stand-in of the whole platform.

use std::fs;
use std::path::PathBuf;

use flowgate_keys::PhoneNumberId;
use flowgate_platform::{Bootstrap, OnPremisesApi, Password, PhoneNumber};
use flowgate_simulator::{NumberSetup, Platform, Simulator};

use crate::stand_in::{KEYS, retries};

const PASSWORD: &str = "Passw0rd!";

#[tokio::test]
async fn over_tls_with_an_own_ca_a_session_may_end_in_the_middle() {
    let number = NumberSetup::new(PhoneNumberId::new("2001").unwrap()).on_premises();
    let platform = Platform::builder()
        .number(number)
        .on_premises_password(PASSWORD)
        .build()
        .unwrap();
    let simulator = Simulator::builder(platform.clone())
        .on_premises_tls()
        .start()
        .unwrap();
    let ca_file = ca_file(simulator.authority_pem().unwrap());
    let password = || Password::new(PASSWORD).unwrap();
    let url = simulator.on_premises_url();

    let untrusting = OnPremisesApi::builder(&url, "admin", password())
        .build()
        .unwrap();
    let error = untrusting.read_public_key().await.unwrap_err();
    assert!(error.problem().contains("no secure connection"), "{error}");
    assert!(!error.is_retryable());

    let api = OnPremisesApi::builder(&url, "admin", password())
        .ca_file(&ca_file)
        .build()
        .unwrap();
    assert_eq!(api.read_public_key().await.unwrap(), None);
    // The read still passes, the upload finds the session ended.
    platform.expire_logins_after(1);
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries().0)
        .ensure_published(&[PhoneNumber::on_premises(&api)])
        .await;
    assert!(report.is_complete(), "{report:?}");
    let requests = platform.requests();
    let refused = requests
        .iter()
        .filter(|request| request.status == Some(401));
    assert_eq!(refused.count(), 1);
    let logins = requests
        .iter()
        .filter(|request| request.path.ends_with("/users/login"));
    assert_eq!(logins.count(), 2);
    fs::remove_file(ca_file).unwrap();
}

fn ca_file(pem: &str) -> PathBuf {
    let path =
        std::env::temp_dir().join(format!("flowgate-platform-ca-{}.pem", std::process::id()));
    fs::write(&path, pem).unwrap();
    path
}
