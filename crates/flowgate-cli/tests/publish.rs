//! `flowgate keys publish` and `status` as a user meets them, against the
//! stand-in of WhatsApp's platform.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use flowgate_keys::PhoneNumberId;
use flowgate_simulator::{
    Disturbance, Fault, NumberBehaviour, NumberSetup, Permission, Platform, Simulator, TokenGrant,
};
use serde_json::Value;

const ACCOUNT: &str = "42";
const NUMBERS: [&str; 3] = ["1001", "1002", "1003"];

#[test]
fn three_numbers_are_published_and_the_re_registered_one_is_mended_alone() {
    let stand_in = StandIn::start();
    let published = stand_in.run(&["keys", "publish", "--all-numbers", "--waba", ACCOUNT]);
    assert_eq!(code(&published), 0, "{}", stderr(&published));
    let table = stdout(&published);
    assert_eq!(table.matches("VALID").count(), 3, "{table}");
    assert_eq!(table.matches("had no key").count(), 3, "{table}");

    let status = stand_in.run(&["keys", "status", "--all-numbers", "--waba", ACCOUNT]);
    assert_eq!(code(&status), 0, "{}", stdout(&status));

    let second = PhoneNumberId::new(NUMBERS[1]).unwrap();
    stand_in.platform.re_register(&second).unwrap();
    let status = stand_in.run(&["keys", "status", "--all-numbers", "--waba", ACCOUNT]);
    assert_eq!(code(&status), 9, "{}", stdout(&status));
    assert!(stdout(&status).contains("MISMATCH"), "{}", stdout(&status));
    assert!(stdout(&status).contains("flowgate keys publish"));

    let uploads = stand_in.uploads();
    let mended = stand_in.run(&[
        "keys",
        "publish",
        "--phone-number-id",
        "1001,1002,1003",
        "--format",
        "json",
    ]);
    assert_eq!(code(&mended), 0, "{}", stderr(&mended));
    assert_eq!(stand_in.uploads() - uploads, 1);
    let document: Value = serde_json::from_slice(&mended.stdout).unwrap();
    assert_eq!(document["complete"], true);
    let uploaded: Vec<bool> = document["numbers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number["uploaded"].as_bool().unwrap())
        .collect();
    assert_eq!(uploaded, [false, true, false]);
}

#[test]
fn an_installation_with_its_own_ca_is_served() {
    let stand_in = StandIn::start();
    let url = stand_in.simulator.on_premises_url();
    assert!(url.starts_with("https://"), "{url}");
    let arguments = ["keys", "publish", "--on-premises-url", &url];
    let untrusted = stand_in.run(&arguments);
    assert_eq!(code(&untrusted), 8);
    assert!(
        stderr(&untrusted).contains("no secure connection"),
        "{}",
        stderr(&untrusted)
    );
    assert!(stderr(&untrusted).contains("--ca-file"));

    let ca_file = stand_in.file("ca.pem");
    fs::write(&ca_file, stand_in.simulator.authority_pem().unwrap()).unwrap();
    let ca_file = ca_file.to_string_lossy().into_owned();
    let published = stand_in.run(&[&arguments[..], &["--ca-file", &ca_file]].concat());
    assert_eq!(code(&published), 0, "{}", stderr(&published));
    assert!(stdout(&published).contains("VALID"));
    let again = stand_in.run(&[&arguments[..], &["--ca-file", &ca_file]].concat());
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert!(stdout(&again).contains("published already"));
}

#[test]
fn every_failure_has_its_exit_code_its_words_and_its_bound() {
    let stand_in = StandIn::start();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let no_permission = stand_in
        .platform
        .issue_token(TokenGrant::new().permissions([Permission::WhatsappBusinessManagement]))
        .unwrap();
    let error = |status, code| Disturbance::error(status, code);
    // Fault, further arguments, exit code, words.
    let cases: [(Option<Disturbance>, Vec<String>, i32, &str); 15] = [
        (
            None,
            words("--graph-url http://{}", &nobody.to_string()),
            8,
            "no connection to",
        ),
        (
            None,
            words(
                "--graph-url https://{}",
                &host(&stand_in.simulator.cloud_url()),
            ),
            8,
            "no secure connection",
        ),
        (Some(error(401, 190)), vec![], 7, "code 190"),
        (
            Some(Disturbance::Hang),
            words("--call-timeout {}", "0.3"),
            8,
            "within 0.3 s",
        ),
        (
            Some(Disturbance::TruncatedJson),
            vec![],
            8,
            "JSON that ends early",
        ),
        (Some(Disturbance::CutBody), vec![], 8, "broke off"),
        (
            Some(Disturbance::HtmlPage { status: 502 }),
            vec![],
            8,
            "the web page",
        ),
        (
            Some(Disturbance::HtmlPage { status: 404 }),
            vec![],
            7,
            "the web page",
        ),
        (Some(error(403, 10)), vec![], 7, "code 10"),
        (
            Some(error(403, 200)),
            vec![],
            7,
            "whatsapp_business_messaging",
        ),
        (
            None,
            words("--access-token {}", no_permission.expose_secret()),
            7,
            "HTTP 403",
        ),
        (
            None,
            words("--phone-number-id {}", "999999"),
            7,
            "phone number id",
        ),
        (
            Some(Disturbance::too_many_calls(3600)),
            vec![],
            8,
            "retry after 3600 s",
        ),
        (Some(error(500, 131_000)), vec![], 8, "code 131000"),
        (
            None,
            words("--graph-url {}", "http://graph.example"),
            2,
            "clear text",
        ),
    ];
    for (fault, further, expected, text) in cases {
        stand_in.platform.clear_faults();
        if let Some(disturbance) = fault {
            stand_in.platform.inject(Fault::new(disturbance));
        }
        let further: Vec<&str> = further.iter().map(String::as_str).collect();
        let mut arguments = vec!["keys", "publish", "--retry-for", "1"];
        if !further.contains(&"--phone-number-id") {
            arguments.extend(["--phone-number-id", "1001"]);
        }
        arguments.extend(further);
        let started = Instant::now();
        let output = stand_in.run(&arguments);
        let said = stderr(&output);
        assert_eq!(code(&output), expected, "{arguments:?}: {said}");
        assert!(said.contains(text), "expected `{text}`: {said}");
        assert!(said.contains("help:"), "{said}");
        assert!(!said.contains(&stand_in.token), "{said}");
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn a_mismatch_that_stays_has_its_own_code() {
    let stand_in = StandIn::start();
    let id = PhoneNumberId::new(NUMBERS[0]).unwrap();
    let behaviour = NumberBehaviour {
        mismatch_stays: true,
        ..NumberBehaviour::default()
    };
    stand_in.platform.set_behaviour(&id, behaviour).unwrap();
    let output = stand_in.run(&[
        "keys",
        "publish",
        "--phone-number-id",
        NUMBERS[0],
        "--valid-within",
        "0.5",
    ]);
    assert_eq!(code(&output), 9, "{}", stderr(&output));
    assert!(stderr(&output).contains("signature status is MISMATCH"));
    assert_eq!(stand_in.uploads(), 1);
}

#[test]
fn what_is_missing_is_named_before_anything_is_sent() {
    let stand_in = StandIn::start();
    for (arguments, text) in [
        (vec!["keys", "publish"], "--phone-number-id"),
        (vec!["keys", "publish", "--all-numbers"], "--waba"),
        (
            vec!["keys", "publish", "--phone-number-id", "+49 30 1234"],
            "phone number id",
        ),
        (
            vec![
                "keys",
                "status",
                "--ca-file",
                "/nonexistent",
                "--phone-number-id",
                "1",
            ],
            "CA file",
        ),
    ] {
        let output = stand_in.run(&arguments);
        assert!([2, 3].contains(&code(&output)), "{arguments:?}");
        assert!(stderr(&output).contains(text), "{}", stderr(&output));
    }
    let without_key = program(&["keys", "publish", "--phone-number-id", "1"])
        .output()
        .unwrap();
    assert_eq!(code(&without_key), 2);
    assert!(stderr(&without_key).contains("--public-key-file"));
    assert!(stand_in.platform.requests().is_empty());
}

#[test]
fn a_private_key_in_place_of_the_public_one_goes_nowhere() {
    let stand_in = StandIn::start();
    let private = stand_in.file("private.pem").to_string_lossy().into_owned();
    let refused = stand_in.run(&[
        "keys",
        "publish",
        "--phone-number-id",
        "1001",
        "--public-key-file",
        &private,
    ]);
    assert_eq!(code(&refused), 1, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("found a private key"));
    assert!(stand_in.platform.requests().is_empty());
}

/// A platform, a key pair in files, and the program with the environment for both.
struct StandIn {
    platform: Platform,
    simulator: Simulator,
    token: String,
    folder: PathBuf,
}

impl StandIn {
    fn start() -> Self {
        let mut setup = Platform::builder().on_premises_password("Passw0rd!");
        for id in NUMBERS {
            setup =
                setup.number(NumberSetup::new(PhoneNumberId::new(id).unwrap()).account(ACCOUNT));
        }
        setup = setup.number(NumberSetup::new(PhoneNumberId::new("2001").unwrap()).on_premises());
        let platform = setup.build().unwrap();
        let simulator = Simulator::builder(platform.clone())
            .on_premises_tls()
            .start()
            .unwrap();
        let token = platform.issue_token(TokenGrant::new()).unwrap();
        let port = simulator.cloud_url().rsplit(':').next().unwrap().to_owned();
        let name = format!("flowgate-publish-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let made = program(&["keys", "generate", "--no-passphrase", "--out"])
            .arg(&folder)
            .output()
            .unwrap();
        assert_eq!(code(&made), 0, "{}", stderr(&made));
        Self {
            platform,
            simulator,
            token: token.expose_secret().to_owned(),
            folder,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        program(arguments)
            .env("FLOWGATE_GRAPH_URL", self.simulator.cloud_url())
            .env("FLOWGATE_PUBLIC_KEY_FILE", self.file("public.pem"))
            .env("FLOWGATE_ON_PREMISES_PASSWORD", "Passw0rd!")
            // A flag that names the token wins over the variable.
            .env("FLOWGATE_ACCESS_TOKEN", &self.token)
            .output()
            .unwrap()
    }

    fn uploads(&self) -> usize {
        let requests = self.platform.requests();
        requests
            .iter()
            .filter(|request| request.method == "POST")
            .count()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn words(template: &str, value: &str) -> Vec<String> {
    template
        .replace("{}", value)
        .split(' ')
        .map(str::to_owned)
        .collect()
}

fn host(url: &str) -> String {
    url.split("//")
        .nth(1)
        .unwrap()
        .trim_end_matches('/')
        .to_owned()
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowgate"));
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FLOWGATE_") {
            command.env_remove(name);
        }
    }
    command
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
