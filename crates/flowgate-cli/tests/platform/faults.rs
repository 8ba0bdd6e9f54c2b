//! What goes wrong at an installation, and what the Cloud API does to single
//! numbers: each with its words, its exit code and a bound in time. The faults of
//! connection and credentials at the Cloud API are in `publish.rs`.

use std::fs;
use std::time::{Duration, Instant};

use flowgate_keys::PhoneNumberId;
use flowgate_simulator::{
    Alteration, Api, Disturbance, Fault, NumberBehaviour, Platform, Simulator,
};

use crate::desk::{Desk, Ran};

const PASSWORD: &str = "Simulator-1";

/// Longer than any of them may take, on a machine that has other work.
const BOUND: Duration = Duration::from_secs(30);

/// A fresh stand-in, and a desk that publishes to it with little patience.
struct Scene {
    desk: Desk,
    platform: Platform,
    simulator: Simulator,
}

impl Scene {
    fn new(platform: Platform) -> Self {
        let simulator = Simulator::builder(platform.clone()).start().unwrap();
        let mut desk = Desk::new();
        let token = platform.ready_token().unwrap();
        desk.set("FLOWGATE_GRAPH_URL", simulator.cloud_url());
        desk.set("FLOWGATE_ACCESS_TOKEN", token.expose_secret());
        Self {
            desk,
            platform,
            simulator,
        }
    }

    fn installed() -> Self {
        let setup = Platform::builder().on_premises_password(PASSWORD);
        Self::new(setup.build().unwrap())
    }

    #[track_caller]
    fn publish(&self, further: &[&str]) -> Ran {
        let patience = ["--retry-for", "1", "--valid-within", "0.5"];
        let publish = [&["keys", "publish"], &patience[..], further].concat();
        let started = Instant::now();
        let ran = self.desk.run(&publish);
        assert!(started.elapsed() < BOUND, "{publish:?}");
        for secret in [
            self.platform.ready_token().unwrap().expose_secret(),
            PASSWORD,
        ] {
            assert!(!ran.0.stderr.contains(secret), "{:?}", ran.0);
        }
        ran
    }

    #[track_caller]
    fn publish_to_installation(&self, further: &[&str]) -> Ran {
        let url = self.simulator.on_premises_url();
        let place = ["--on-premises-url", &url];
        self.publish(&[&place[..], further].concat())
    }
}

#[test]
fn faults_of_an_installation() {
    let mut scene = Scene::installed();
    scene.desk.set("FLOWGATE_ON_PREMISES_PASSWORD", PASSWORD);
    let error = |status, code| Disturbance::error(status, code);
    for (disturbance, further, code, words) in [
        (error(400, 1005), &[][..], 7, "code 1005"),
        (error(400, 1009), &[], 7, "code 1009"),
        (error(429, 1015), &[], 8, "code 1015"),
        (error(500, 1014), &[], 8, "code 1014"),
        (error(503, 1011), &[], 8, "code 1011"),
        (
            Disturbance::Hang,
            &["--call-timeout", "0.3"],
            8,
            "within 0.3 s",
        ),
        (Disturbance::DropConnection, &[], 8, "broke off"),
        (Disturbance::CutBody, &[], 8, "broke off"),
        (Disturbance::TruncatedJson, &[], 8, "JSON that ends early"),
        (
            Disturbance::EmptyReply { status: 200 },
            &[],
            8,
            "an empty body",
        ),
        (
            Disturbance::HtmlPage { status: 502 },
            &[],
            8,
            "the web page",
        ),
        (
            Disturbance::Redirect {
                location: "https://elsewhere.example/".to_owned(),
            },
            &[],
            8,
            "https://elsewhere.example/",
        ),
    ] {
        scene.platform.clear_faults();
        let fault = Fault::new(disturbance.clone()).on(Api::OnPremises);
        scene.platform.inject(fault);
        let ran = scene.publish_to_installation(further);
        assert!(ran.0.stderr.contains(words), "{disturbance:?}: {:?}", ran.0);
        ran.expect_code(code).expect_error("help:");
    }
    scene.platform.clear_faults();
    scene
        .publish_to_installation(&[])
        .expect_code(0)
        .expect_output("VALID");
}

#[test]
fn credentials_of_an_installation() {
    let scene = Scene::installed();
    scene
        .publish_to_installation(&[])
        .expect_code(2)
        .expect_error("FLOWGATE_ON_PREMISES_PASSWORD_FILE");
    scene
        .publish_to_installation(&["--on-premises-password", "Wrong-1234"])
        .expect_code(7)
        .expect_error("user and password");

    // Fresh: the first login has to change the password.
    let fresh = Scene::new(Platform::builder().build().unwrap());
    let initial = ["--on-premises-password", "secret"];
    fresh
        .publish_to_installation(&initial)
        .expect_code(7)
        .expect_error("new_password");
    fs::write(fresh.desk.file("new.txt"), format!("{PASSWORD}\n")).unwrap();
    let change = ["--on-premises-new-password-file", "new.txt"];
    fresh
        .publish_to_installation(&[&initial[..], &change].concat())
        .expect_code(0);
    fresh
        .publish_to_installation(&["--on-premises-password-file", "new.txt"])
        .expect_code(0)
        .expect_output("published already");

    let old = Platform::builder()
        .on_premises_password(PASSWORD)
        .on_premises_version("2.49.1");
    Scene::new(old.build().unwrap())
        .publish_to_installation(&["--on-premises-password", PASSWORD])
        .expect_code(7)
        .expect_error("2.51");
}

#[test]
fn what_the_cloud_api_does_to_single_numbers() {
    let scene = Scene::installed();
    let ids = scene.platform.phone_numbers();
    let id = PhoneNumberId::new(&ids[0].id).unwrap();
    let publish = || scene.publish(&["--phone-number-id", id.as_str()]);
    let behave = |behaviour| scene.platform.set_behaviour(&id, behaviour).unwrap();

    behave(NumberBehaviour {
        not_allow_listed: true,
        ..NumberBehaviour::default()
    });
    publish().expect_code(7).expect_error("not allow-listed");
    behave(NumberBehaviour {
        alters_uploads: Some(Alteration::OtherKey),
        ..NumberBehaviour::default()
    });
    publish()
        .expect_code(9)
        .expect_error("the platform shows another one");
    behave(NumberBehaviour {
        alters_uploads: Some(Alteration::Blank),
        ..NumberBehaviour::default()
    });
    publish()
        .expect_code(9)
        .expect_error("the platform shows none");
    behave(NumberBehaviour::default());
    scene.platform.deregister(&id).unwrap();
    publish()
        .expect_code(7)
        .expect_error("code 133010")
        .expect_error("help: ");

    // One number that fails does not stop the others, and decides the code.
    let all = ["--all-numbers", "--waba", &ids[0].account];
    let ran = scene.publish(&all).expect_code(7);
    assert_eq!(ran.0.stdout.matches("VALID").count(), 2, "{}", ran.0.stdout);
    assert_eq!(ran.0.stdout.matches("FAILED").count(), 1);
    scene.platform.re_register(&id).unwrap();
    scene.publish(&all).expect_code(0);

    // The one of the installation is not the Cloud API's.
    let installed = &ids.last().unwrap().id;
    scene
        .publish(&["--phone-number-id", installed])
        .expect_code(7)
        .expect_error("code 133010");
}

#[test]
fn a_platform_that_fails_for_a_moment_is_asked_again() {
    let scene = Scene::installed();
    let id = scene.platform.phone_numbers()[0].id.clone();
    for disturbance in [
        Disturbance::error(500, 131_000),
        Disturbance::too_many_calls(0),
        Disturbance::DropConnection,
        Disturbance::CutBody,
    ] {
        scene
            .platform
            .remove_key(&PhoneNumberId::new(&id).unwrap())
            .unwrap();
        scene
            .platform
            .inject(Fault::new(disturbance).method("POST").times(1));
        let publish = ["keys", "publish", "--phone-number-id", &id];
        scene
            .desk
            .run(&publish)
            .expect_code(0)
            .expect_output("VALID")
            .expect_error("trying again in");
    }
}
