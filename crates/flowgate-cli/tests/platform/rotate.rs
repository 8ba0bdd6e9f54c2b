//! `flowgate keys rotate` phase by phase: what it says, in both formats, and how
//! it ends.

use std::fs;

use flowgate_keys::{Fingerprint, PrivateKey};
use serde_json::Value;

use crate::desk::Ran;
use crate::scene::{ACCOUNT, STATE, Scene};

/// A scene where the first key is published.
fn published() -> Scene {
    let scene = Scene::new();
    let publish = ["keys", "publish", "--all-numbers", "--waba", ACCOUNT];
    scene.desk.run(&publish).expect_code(0);
    scene
}

/// Runs a rotation that starts.
#[track_caller]
fn start(scene: &Scene, further: &[&str]) -> Ran {
    let (endpoint, metrics) = (
        scene.endpoint_front.url("/flow"),
        scene.endpoint_front.url("/metrics"),
    );
    let places = ["--endpoint", &endpoint, "--metrics", &metrics];
    go_on(scene, &[&places[..], further].concat())
}

#[track_caller]
fn go_on(scene: &Scene, further: &[&str]) -> Ran {
    let common = ["keys", "rotate", "--pings", "2", "--no-passphrase"];
    let numbers = ["--all-numbers", "--waba", ACCOUNT];
    scene.desk.run(&[&common[..], &numbers, further].concat())
}

#[track_caller]
fn check_document(document: &Value, next: &str, scene: &Scene) {
    assert_eq!(document["next"], next, "{document:#}");
    assert_eq!(document["private_key"], "private.new.pem");
    let fingerprint =
        |field: &str| -> Fingerprint { document[field].as_str().unwrap().parse().unwrap() };
    let old = scene.public_key("public.pem").fingerprint();
    let new = scene.public_key("public.new.pem").fingerprint();
    assert_eq!(fingerprint("old_fingerprint"), old);
    assert_eq!(fingerprint("new_fingerprint"), new);
    let waits = next != "finished";
    assert_eq!(document["waiting"].is_object(), waits, "{document:#}");
    for field in ["problem", "help"] {
        assert_eq!(document["waiting"][field].is_string(), waits);
    }
}

#[test]
fn each_phase_says_what_it_waits_for_and_what_to_do() {
    let mut scene = published();
    let first = start(&scene, &[])
        .expect_code(10)
        .expect_error("done: make the new pair")
        .expect_output("FLOWGATE_PRIVATE_KEY_FILE=NEW,OLD")
        .expect_output(&format!(
            "go on with `flowgate keys rotate --resume --state {STATE}`"
        ));
    let old = scene.public_key("public.pem").fingerprint();
    assert!(first.0.stdout.contains(&old.to_string()));

    scene.deploy(&["private.new.pem", "private.pem"]);
    go_on(&scene, &["--resume"])
        .expect_code(10)
        .expect_error("done: publish the new key; next: wait until the old key is unused")
        .expect_output("keep both keys");
    scene.assert_published(&scene.public_key("public.new.pem"));
    go_on(&scene, &["--resume", "--quiet-hours", "0"])
        .expect_code(0)
        .expect_output("The old key can go: leave private.new.pem alone");
    // A rotation that is over stays so.
    go_on(&scene, &["--resume"]).expect_code(0);
}

#[test]
fn each_phase_is_one_json_document() {
    let mut scene = published();
    let json = ["--format", "json"];
    let ran = start(&scene, &json).expect_code(10);
    assert_eq!(ran.json()["mode"], "planned");
    check_document(&ran.json(), "prove-endpoint", &scene);

    scene.deploy(&["private.new.pem", "private.pem"]);
    let resume = ["--resume", "--format", "json"];
    let ran = go_on(&scene, &resume).expect_code(10);
    check_document(&ran.json(), "watch-old-key", &scene);
    // An instance that was started without the old key: nobody uses it.
    scene.deploy(&["private.new.pem"]);
    let ran = go_on(&scene, &resume).expect_code(0);
    check_document(&ran.json(), "finished", &scene);
}

#[test]
fn in_an_emergency_it_waits_until_the_old_key_is_gone() {
    let mut scene = published();
    start(&scene, &["--emergency"]).expect_code(10);
    scene.deploy(&["private.new.pem", "private.pem"]);
    let ran = go_on(&scene, &["--resume", "--format", "json"]).expect_code(10);
    assert_eq!(ran.json()["mode"], "emergency");
    check_document(&ran.json(), "remove-old-key", &scene);
    let help = ran.json()["waiting"]["help"].to_string();
    assert!(help.contains("FLOWGATE_PRIVATE_KEY_FILE=NEW"), "{help}");
    scene.deploy(&["private.new.pem"]);
    go_on(&scene, &["--resume"]).expect_code(0);
}

#[test]
fn it_waits_as_long_as_it_is_told_to() {
    let mut scene = published();
    start(&scene, &[]).expect_code(10);
    scene.deploy(&["private.new.pem", "private.pem"]);
    // Two looks at the metrics, without a second command.
    let wait = ["--resume", "--quiet-hours", "0", "--wait", "20"];
    go_on(&scene, &wait)
        .expect_code(0)
        .expect_error("waiting: the old key opened 0 requests");
}

#[test]
fn the_new_private_key_is_encrypted_unless_that_is_refused() {
    let mut scene = published();
    let endpoint = scene.endpoint_front.url("/flow");
    let rotate = ["keys", "rotate", "--endpoint", &endpoint, "--pings", "1"];
    let rotate = [&rotate[..], &["--all-numbers", "--waba", ACCOUNT]].concat();
    scene
        .desk
        .run(&rotate)
        .expect_code(2)
        .expect_error("--no-passphrase");
    assert!(!scene.desk.file(STATE).exists());
    fs::write(scene.desk.file("passphrase.txt"), "a test passphrase\n").unwrap();
    scene.desk.set("FLOWGATE_PASSPHRASE_FILE", "passphrase.txt");
    scene.desk.run(&rotate).expect_code(10);
    let path = scene.desk.file("private.new.pem");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert!(PrivateKey::read_file(&path, None).is_err());
}

#[test]
fn what_cannot_go_on_has_its_exit_code_and_its_help() {
    let mut scene = published();
    go_on(&scene, &["--resume"])
        .expect_code(2)
        .expect_error("no rotation to resume");
    go_on(&scene, &[]).expect_code(2).expect_error("--endpoint");
    fs::write(scene.desk.file("private.new.pem"), "somebody's").unwrap();
    start(&scene, &[])
        .expect_code(4)
        .expect_error("private.new.pem");
    fs::remove_file(scene.desk.file("private.new.pem")).unwrap();

    start(&scene, &[]).expect_code(10);
    start(&scene, &[]).expect_code(4).expect_error("--resume");
    let ran = start(&scene, &["--format", "json"]).expect_code(4);
    assert!(ran.json()["error"]["help"].to_string().contains("--resume"));

    go_on(&scene, &["--resume", "--app-secret", "wrong"])
        .expect_code(1)
        .expect_error("app secret");
    scene.deploy(&["private.new.pem", "private.pem"]);
    go_on(
        &scene,
        &["--resume", "--access-token", "EAAwrong", "--retry-for", "0"],
    )
    .expect_code(7)
    .expect_error("code 190");
    go_on(&scene, &["--resume", "--state", "public.pem"])
        .expect_code(1)
        .expect_error("is not the state of a rotation");
    go_on(&scene, &["--resume"]).expect_code(10);

    // Published; from here on only the endpoint is asked.
    let metrics = scene.endpoint_front.url("/metrics");
    let state = fs::read_to_string(scene.desk.file(STATE)).unwrap();
    let elsewhere = state.replace(&metrics, &scene.endpoint_front.url("/health"));
    assert_ne!(state, elsewhere);
    fs::write(scene.desk.file(STATE), elsewhere).unwrap();
    go_on(&scene, &["--resume"])
        .expect_code(6)
        .expect_error("HTTP 404");
}
