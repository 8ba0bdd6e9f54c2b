//! pywa, the best-known client in Python, publishes a key with its own code:
//! the stand-in takes it, and this crate finds nothing left to do.

use std::path::{Path, PathBuf};
use std::process::Command;

use flowgate_keys::PhoneNumberId;
use flowgate_platform::{AccessToken, Bootstrap, CloudApi, PhoneNumber};
use flowgate_simulator::{NumberSetup, Platform, Simulator, TokenGrant};
use serde_json::Value;

use crate::stand_in::{KEYS, retries};

#[tokio::test]
async fn what_pywa_publishes_needs_nothing_more() {
    let id = PhoneNumberId::new("1001").unwrap();
    let platform = Platform::builder()
        .number(NumberSetup::new(id.clone()))
        .build()
        .unwrap();
    let simulator = Simulator::builder(platform.clone()).start().unwrap();
    let token = platform.issue_token(TokenGrant::new()).unwrap();
    let url = simulator.cloud_url();

    let said = pywa(&url, id.as_str(), token.expose_secret());
    assert_eq!(said["success"], true, "{said}");

    let api = CloudApi::builder(AccessToken::new(token.expose_secret()).unwrap())
        .base_url(&url)
        .build()
        .unwrap();
    let report = Bootstrap::new(KEYS[0].clone())
        .retries(retries().0)
        .ensure_published(&[PhoneNumber::cloud(&api, id)])
        .await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(report.numbers[0].uploaded, None);

    platform.expire_access_tokens();
    let said = pywa(&url, "1001", token.expose_secret());
    assert_eq!(said["error"], 190, "{said}");
}

/// Runs the script and reads its line.
fn pywa(url: &str, phone_id: &str, token: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = match std::env::var_os("FLOWGATE_TEST_PYTHON") {
        Some(python) => PathBuf::from(python),
        None => root.join("target/python/bin/python3"),
    };
    let key_file = std::env::temp_dir().join(format!("flowgate-pywa-{}.pem", std::process::id()));
    std::fs::write(&key_file, KEYS[0].to_spki_pem()).unwrap();
    let script = root.join("tests/foreign/python/publish_with_pywa.py");
    let output = Command::new(&python)
        .arg(&script)
        .args([url, phone_id])
        .arg(&key_file)
        .env("ACCESS_TOKEN", token)
        .output()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}; {INSTALL}", python.display()));
    std::fs::remove_file(key_file).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !errors.contains("ModuleNotFoundError"),
        "pywa is missing; {INSTALL}\n{errors}"
    );
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

const INSTALL: &str = "install it with `cargo xtask test`, or by hand with `python3 -m venv \
                       target/python && target/python/bin/python3 -m pip install -r \
                       tests/foreign/python/requirements.txt`";
