//! Killed at any step, the next run finishes the job.
//!
//! The steps are not listed here but counted: every call that a command sends,
//! to the platform or to the endpoint, is held once before it has an effect and
//! once after, and the command is killed at that moment. A call that a later
//! version adds is held as well; what happens between two calls, on the disk
//! alone, has its tests at the end.

use std::collections::BTreeSet;
use std::fs;

use flowgate_keys::PrivateKey;
use flowgate_platform::Stage;
use flowgate_tests::front::Hold;
use flowgate_tests::process::Process;
use flowgate_tests::wait_until;

use crate::scene::{ACCOUNT, INSTALLED_NUMBER, NUMBERS, STATE, Scene, Side};

const PUBLISH: [&str; 7] = [
    "keys",
    "publish",
    "--all-numbers",
    "--waba",
    ACCOUNT,
    "--concurrency",
    "1",
];

/// Publishes undisturbed, which must be these calls, and then kills at each of
/// them, once before and once after its effect; the next run finishes the job.
#[track_caller]
fn check_publish(arguments: &[&str], side: Side, numbers: &[&str], steps: &[String]) {
    let scene = || {
        let mut scene = Scene::new();
        if let Side::Installation = side {
            let url = scene.installation_front.url("");
            scene.desk.set("FLOWGATE_ON_PREMISES_URL", url);
        }
        scene
    };
    let undisturbed = scene();
    undisturbed.desk.run(arguments).expect_code(0);
    let seen: Vec<String> = undisturbed
        .front(side)
        .seen()
        .iter()
        .map(|call| call.split('?').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(seen, steps);

    for step in 0..steps.len() {
        for hold in [Hold::Request, Hold::Reply] {
            let scene = scene();
            scene.front(side).hold(step, hold);
            let killed = scene.run_or_kill(arguments, side);
            assert!(killed.is_ok(), "step {step} was not reached");
            scene.desk.run(arguments).expect_code(0);
            scene.assert_hold(numbers, &scene.public_key("public.pem"));
            let again = scene.desk.run(arguments).expect_code(0);
            let unchanged = again.0.stdout.matches("published already").count();
            assert_eq!(unchanged, numbers.len());
        }
    }
}

#[test]
fn publish_killed_at_any_call_is_finished_by_the_next_run() {
    let key = |method: &str, id: &str| format!("{method} /v23.0/{id}/whatsapp_business_encryption");
    let mut steps = vec![format!("GET /v23.0/{ACCOUNT}/phone_numbers")];
    for id in NUMBERS {
        steps.extend(["GET", "POST", "GET"].map(|method| key(method, id)));
    }
    check_publish(&PUBLISH, Side::Platform, &NUMBERS, &steps);
}

#[test]
fn publish_to_an_installation_killed_at_any_call_is_finished_by_the_next_run() {
    let setting = "/v1/settings/business/whatsapp_business_encryption";
    let key = |method: &str| format!("{method} {setting}");
    let steps = [
        "POST /v1/users/login".to_owned(),
        key("GET"),
        key("POST"),
        key("GET"),
    ];
    check_publish(
        &["keys", "publish"],
        Side::Installation,
        &[INSTALLED_NUMBER],
        &steps,
    );
}

/// Goes through a whole rotation, with an operator who deploys what is asked
/// for, and is killed when the call of this index is held. Returns the stage
/// that was cut off; none if there is no such call.
fn rotate_and_kill(further: &[&str], side: Side, call: usize, hold: Hold) -> Option<String> {
    let mut scene = Scene::new();
    scene.desk.run(&PUBLISH).expect_code(0);
    let before = scene.front(side).seen().len();
    scene.front(side).hold(before + call, hold);
    let mut killed_at = None;
    finish(&mut scene, further, side, &mut killed_at);
    killed_at
}

/// Runs the rotation and does what it asks for until it is over.
#[track_caller]
fn finish(scene: &mut Scene, further: &[&str], side: Side, killed_at: &mut Option<String>) {
    let old = scene.public_key("public.pem");
    // More than enough runs: each ends, waits for the operator, or is killed.
    for _ in 0..12 {
        scene.assert_phones_get_answers();
        let arguments = arguments(scene, further);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let Err(ran) = scene.run_or_kill(&arguments, side) else {
            *killed_at = Some(scene.stage());
            continue;
        };
        let code = ran.0.status.code();
        if code == Some(0) {
            break;
        }
        assert_eq!(code, Some(10), "{ran:?}");
        match scene.stage().as_str() {
            "prove-endpoint" | "publish" => scene.deploy(&["private.new.pem", "private.pem"]),
            "remove-old-key" => scene.deploy(&["private.new.pem"]),
            // One look is not enough to call the old key unused.
            "watch-old-key" => {}
            stage => panic!("{stage} does not wait"),
        }
    }
    assert_eq!(scene.stage(), "finished");
    let new = scene.public_key("public.new.pem");
    assert_ne!(new.fingerprint(), old.fingerprint());
    let private = PrivateKey::read_file(scene.desk.file("private.new.pem"), None).unwrap();
    assert_eq!(private.public_key(), &new);
    scene.assert_published(&new);
    scene.assert_phones_get_answers();
}

/// The command that starts the rotation, or goes on with it.
fn arguments(scene: &Scene, further: &[&str]) -> Vec<String> {
    let mut arguments: Vec<String> = ["keys", "rotate", "--no-passphrase", "--pings", "2"]
        .into_iter()
        .chain(["--all-numbers", "--waba", ACCOUNT, "--concurrency", "1"])
        .chain(["--quiet-hours", "0"])
        .map(str::to_owned)
        .collect();
    if scene.desk.file(STATE).exists() {
        arguments.push("--resume".to_owned());
    } else {
        let url = |path: &str| scene.endpoint_front.url(path);
        let places = ["--endpoint".to_owned(), url("/flow")];
        arguments.extend(
            places
                .into_iter()
                .chain(["--metrics".to_owned(), url("/metrics")]),
        );
        arguments.extend(further.iter().map(|text| (*text).to_owned()));
    }
    arguments
}

/// Kills at every call of one side, once before and once after its effect, and
/// returns the stages that were cut off.
fn kill_at_every_call(further: &[&str], side: Side, at_least: usize) -> BTreeSet<String> {
    let mut stages = BTreeSet::new();
    for hold in [Hold::Request, Hold::Reply] {
        let mut calls = 0;
        while let Some(stage) = rotate_and_kill(further, side, calls, hold) {
            stages.insert(stage);
            calls += 1;
        }
        assert!(calls >= at_least, "{side:?}: only {calls} calls were held");
    }
    stages
}

#[test]
fn rotate_killed_at_any_call_to_the_platform_is_finished_by_the_next_runs() {
    // The list of each run up to the publication, and three calls a number.
    let stages = kill_at_every_call(&[], Side::Platform, 2 + 6);
    let expected = [Stage::MakeKeys, Stage::ProveEndpoint, Stage::Publish];
    assert_eq!(stages, names(&expected));
}

#[test]
fn rotate_killed_at_any_call_to_the_endpoint_is_finished_by_the_next_runs() {
    // The refused ping, two proofs of two pings, two looks at the metrics.
    let stages = kill_at_every_call(&[], Side::Endpoint, 1 + 4 + 2);
    let expected = [Stage::ProveEndpoint, Stage::Publish, Stage::WatchOldKey];
    assert_eq!(stages, names(&expected));
}

#[test]
fn an_emergency_killed_at_any_call_to_the_endpoint_is_finished_by_the_next_runs() {
    // The answered ping with the old key, and two that are refused.
    let stages = kill_at_every_call(&["--emergency"], Side::Endpoint, 1 + 4 + 1 + 2);
    let expected = [Stage::ProveEndpoint, Stage::Publish, Stage::RemoveOldKey];
    assert_eq!(stages, names(&expected));
}

#[test]
fn every_stage_of_a_rotation_is_cut_off_by_one_of_these_tests() {
    let cut_off = [
        Stage::MakeKeys,
        Stage::ProveEndpoint,
        Stage::Publish,
        Stage::WatchOldKey,
        Stage::RemoveOldKey,
        // Nothing is done in it.
        Stage::Finished,
    ];
    assert_eq!(names(Stage::ALL), names(&cut_off));
}

/// A rotation that was killed before it made the pair: the plan is saved, no
/// more.
fn killed_before_the_pair() -> Scene {
    let scene = Scene::new();
    scene.desk.run(&PUBLISH).expect_code(0);
    let calls = scene.platform_front.seen().len();
    scene.platform_front.hold(calls, Hold::Request);
    let arguments = arguments(&scene, &[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    scene.run_or_kill(&arguments, Side::Platform).unwrap();
    assert_eq!(scene.stage(), "make-keys");
    assert!(!scene.desk.file("private.new.pem").exists());
    scene
}

#[test]
fn a_pair_of_which_only_a_part_was_written_is_completed_not_made_again() {
    for is_public_written in [false, true] {
        let mut scene = killed_before_the_pair();
        let public = if is_public_written {
            "public.new.pem"
        } else {
            "elsewhere.pem"
        };
        let generate = [
            "keys",
            "generate",
            "--no-passphrase",
            "--public-key",
            public,
        ];
        let generate = [&generate[..], &["--private-key", "private.new.pem"]].concat();
        scene.desk.run(&generate).expect_code(0);
        let made = PrivateKey::read_file(scene.desk.file("private.new.pem"), None).unwrap();
        finish(&mut scene, &[], Side::Platform, &mut None);
        let new = scene.public_key("public.new.pem");
        assert_eq!(new.fingerprint(), made.fingerprint());
    }
}

#[test]
fn what_a_killed_run_left_beside_its_files_is_in_nobodys_way() {
    let mut scene = killed_before_the_pair();
    for name in [STATE, "private.new.pem", "public.new.pem"] {
        // Any process has one of these numbers, this one and the next as well.
        for name in [format!("{name}.1.new"), format!("{name}.1-0.new")] {
            fs::write(scene.desk.file(&name), "half of it").unwrap();
        }
    }
    finish(&mut scene, &[], Side::Platform, &mut None);
}

/// Wherever the program is by then: these kills are not at a step, but soon
/// after one.
#[test]
fn rotate_killed_when_a_file_appears_is_finished_by_the_next_runs() {
    for name in [STATE, "private.new.pem", "public.new.pem"] {
        let mut scene = Scene::new();
        scene.desk.run(&PUBLISH).expect_code(0);
        let arguments = arguments(&scene, &[]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let process = Process::start(&mut scene.desk.command(&arguments));
        let file = scene.desk.file(name);
        wait_until(|| file.exists());
        process.kill();
        let private = scene.desk.file("private.new.pem");
        let made = private
            .exists()
            .then(|| PrivateKey::read_file(&private, None).unwrap());
        finish(&mut scene, &[], Side::Platform, &mut None);
        if let Some(made) = made {
            let new = scene.public_key("public.new.pem");
            assert_eq!(
                new.fingerprint(),
                made.fingerprint(),
                "the pair is made once"
            );
        }
    }
}

fn names(stages: &[Stage]) -> BTreeSet<String> {
    stages.iter().map(|stage| stage.name().to_owned()).collect()
}
