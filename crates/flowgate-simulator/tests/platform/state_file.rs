//! A restart with a state file.

use std::fs;
use std::path::PathBuf;

use flowgate_simulator::{NumberSetup, Platform, Simulator, SimulatorError};
use serde_json::json;

use crate::client::{self, CLOUD, Client, key};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("flowgate-simulator-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn keys_and_tokens_outlive_the_process() {
    let folder = Folder::new("restart");
    let file = folder.0.join("state.json");
    let start = || Platform::builder().state_file(&file).build().unwrap();

    let simulator = Simulator::builder(start()).start().unwrap();
    let token = simulator.platform().ready_token().unwrap();
    let client = Client::new(&simulator.cloud_url()).bearer(token.expose_secret());
    let path = format!("{CLOUD}/100000000000001/whatsapp_business_encryption");
    client
        .post_json(&path, &json!({ "business_public_key": key() }))
        .await;
    let number = client::id("77");
    simulator
        .platform()
        .add_phone_number(NumberSetup::new(number.clone()))
        .unwrap();
    drop(simulator);

    let again = start();
    let token_again = again.ready_token().unwrap();
    assert_eq!(token_again.expose_secret(), token.expose_secret());
    let stored = again.phone_numbers()[0].key.clone().unwrap();
    assert_eq!(stored.business_public_key, key());
    assert!(again.phone_number(&number).is_ok());
}

#[cfg(unix)]
#[test]
fn file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let file = folder.0.join("state.json");
    Platform::builder().state_file(&file).build().unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let folder = Folder::new("other");
    let file = folder.0.join("state.json");
    for text in ["no JSON", "{}", r#"{"format": 2}"#] {
        fs::write(&file, text).unwrap();
        let error = Platform::builder().state_file(&file).build().unwrap_err();
        assert!(
            matches!(error, SimulatorError::StateFormat { .. }),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    let nowhere = folder.0.join("nowhere/state.json");
    let error = Platform::builder().state_file(nowhere).build().unwrap_err();
    assert!(matches!(error, SimulatorError::StateFile { .. }), "{error}");
}
