//! A server that publishes its key when it starts: a real process against the
//! stand-in of the platform.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowgate_keys::{Overwrite, PhoneNumberId, PublicKey};
use flowgate_simulator::{
    Disturbance, Fault, Home, NumberBehaviour, Permission, Platform, SignatureStatus, Simulator,
    TokenGrant,
};
use flowgate_tests::endpoint_program::{address, command};
use flowgate_tests::http::{Connection, get};
use flowgate_tests::phone::Phone;
use flowgate_tests::process::{Process, example};
use flowgate_tests::{SECOND_TEST_KEY, TEST_KEY, wait_until};

/// A platform, its servers, a token for it, and the folder of the endpoint.
struct Stage {
    platform: Platform,
    simulator: Simulator,
    token: PathBuf,
    folder: tempfile::TempDir,
}

/// Any port.
const ANY: SocketAddr = SocketAddr::V4(std::net::SocketAddrV4::new(
    std::net::Ipv4Addr::LOCALHOST,
    0,
));

const PASSWORD: &str = "Simulator-1";

impl Stage {
    fn set() -> Self {
        let platform = Platform::builder()
            .on_premises_password(PASSWORD)
            .build()
            .unwrap();
        let simulator = Simulator::builder(platform.clone())
            .on_premises_tls()
            .start()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let stage = Self {
            token: folder.path().join("token.txt"),
            platform,
            simulator,
            folder,
        };
        stage.issue_token(TokenGrant::new());
        for (name, key) in [("test.pem", &*TEST_KEY), ("second.pem", &*SECOND_TEST_KEY)] {
            key.write_unencrypted_file(stage.path(name), Overwrite::Never)
                .unwrap();
        }
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn issue_token(&self, grant: TokenGrant) {
        let token = self.platform.issue_token(grant).unwrap();
        std::fs::write(&self.token, token.expose_secret()).unwrap();
    }

    /// The numbers of the Cloud API.
    fn numbers(&self) -> Vec<PhoneNumberId> {
        let numbers = self.platform.phone_numbers().into_iter();
        numbers
            .filter(|number| number.home == Home::Cloud)
            .map(|number| PhoneNumberId::new(&number.id).unwrap())
            .collect()
    }

    /// A server with these keys that publishes to all numbers.
    fn server(&self, keys: &[&str]) -> Command {
        let mut server = self.server_of(keys);
        let ids: Vec<String> = self.numbers().iter().map(ToString::to_string).collect();
        server.env("FLOWGATE_PHONE_NUMBER_ID", ids.join(","));
        server
    }

    fn server_of(&self, keys: &[&str]) -> Command {
        let keys: Vec<PathBuf> = keys.iter().map(|name| self.path(name)).collect();
        let keys: Vec<&Path> = keys.iter().map(PathBuf::as_path).collect();
        let mut server = command(self.folder.path(), ANY, &keys);
        server
            .arg("--publish")
            .env("FLOWGATE_GRAPH_URL", self.simulator.cloud_url())
            .env("FLOWGATE_ACCESS_TOKEN_FILE", &self.token);
        server
    }

    #[track_caller]
    fn assert_all_hold(&self, key: &PublicKey) {
        for number in self.numbers() {
            let published = self.platform.published_key(&number).unwrap().unwrap();
            assert_eq!(published.business_public_key, key.to_spki_pem());
            assert_eq!(
                published.business_public_key_signature_status,
                SignatureStatus::Valid
            );
        }
    }

    fn uploads(&self) -> usize {
        let requests = self.platform.requests().into_iter();
        requests
            .filter(|request| {
                request.method == "POST" && request.path.ends_with("whatsapp_business_encryption")
            })
            .count()
    }

    /// Starts a server that must not start, and returns what it said.
    #[track_caller]
    fn refused(&self, server: &mut Command) -> String {
        server.args(["--retry-for", "1", "--valid-within", "1"]);
        let ended = Process::start(server).finish();
        assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
        assert_eq!(ended.stdout, "", "it said that it takes requests");
        let token = std::fs::read_to_string(&self.token).unwrap();
        assert!(!ended.stderr.contains(&token), "{}", ended.stderr);
        ended.stderr
    }
}

#[track_caller]
fn start(server: &mut Command) -> (Process, Phone) {
    let mut process = Process::start(server);
    let address = address(&process.read_to_line("POST "));
    (process, Phone::of_address(address))
}

#[test]
fn it_publishes_to_every_number_and_then_takes_requests() {
    let stage = Stage::set();
    let (process, phone) = start(&mut stage.server(&["test.pem"]));
    stage.assert_all_hold(TEST_KEY.public_key());
    phone.assert_alive();
    let log = process.terminate().stderr;
    assert_eq!(log.matches("uploaded, had no key").count(), 3, "{log}");

    // The next start finds nothing to do, but for a number registered anew.
    let uploads = stage.uploads();
    stage.platform.re_register(&stage.numbers()[1]).unwrap();
    let (process, phone) = start(&mut stage.server(&["test.pem"]));
    stage.assert_all_hold(TEST_KEY.public_key());
    assert_eq!(stage.uploads() - uploads, 1);
    phone.assert_alive();
    let log = process.terminate().stderr;
    assert!(log.contains("signature was MISMATCH"), "{log}");
    assert_eq!(log.matches("published already").count(), 2, "{log}");
}

#[test]
fn no_request_is_taken_before_the_key_is_valid() {
    let stage = Stage::set();
    stage
        .platform
        .inject(Fault::new(Disturbance::Hang).method("POST"));
    let mut process = Process::start(&mut stage.server(&["test.pem"]));
    let line = process.wait_for_error_line("before requests are taken");
    let address = line.split("address=").nth(1).unwrap().trim();
    wait_until(|| stage.uploads() == 3);
    // Connections are not refused, but wait.
    let mut early = Connection::open(address.parse().unwrap());
    early
        .send(b"GET /health HTTP/1.1\r\nHost: test\r\n\r\n")
        .unwrap();
    assert!(process.is_running());
    assert_eq!(process.kill().stdout, "");

    // Killed in the middle: the next start finishes the job.
    stage.platform.clear_faults();
    let (_process, phone) = start(&mut stage.server(&["test.pem"]));
    stage.assert_all_hold(TEST_KEY.public_key());
    phone.assert_alive();
}

#[test]
fn a_request_that_came_too_early_is_answered_when_the_key_is_valid() {
    let stage = Stage::set();
    let held = Fault::new(Disturbance::Hang).method("POST").times(1);
    stage.platform.inject(held);
    let mut server = stage.server(&["test.pem"]);
    server.args(["--call-timeout", "1", "--retry-for", "20"]);
    let mut process = Process::start(&mut server);
    let line = process.wait_for_error_line("before requests are taken");
    let address = line.split("address=").nth(1).unwrap().trim();
    let mut early = Connection::open(address.parse().unwrap());
    let reply = early.request(b"GET /health HTTP/1.1\r\nHost: test\r\n\r\n");
    // It waited for the second try of the upload that got no reply.
    assert_eq!(reply.text(), "ok\n");
    assert!(stage.uploads() > 3, "{}", stage.uploads());
    stage.assert_all_hold(TEST_KEY.public_key());
    process.read_to_line("POST ");
}

#[test]
fn several_instances_start_at_once() {
    let stage = Stage::set();
    let mut processes: Vec<Process> = (0..3)
        .map(|index| {
            let folder = stage.path(&index.to_string());
            std::fs::create_dir(&folder).unwrap();
            Process::start(stage.server(&["test.pem"]).current_dir(folder))
        })
        .collect();
    for process in &mut processes {
        let address = address(&process.read_to_line("POST "));
        Phone::of_address(address).assert_alive();
    }
    stage.assert_all_hold(TEST_KEY.public_key());
}

#[test]
fn during_a_rotation_the_published_key_stays_until_every_instance_has_the_new_one() {
    let stage = Stage::set();
    let (old, old_phone) = start(&mut stage.server(&["test.pem"]));
    stage.platform.re_register(&stage.numbers()[0]).unwrap();
    let (both, phone) = start(&mut stage.server(&["second.pem", "test.pem"]));
    // Its signature is mended, but it is the key that every instance has.
    stage.assert_all_hold(TEST_KEY.public_key());
    phone.assert_alive();
    old_phone.assert_alive();
    let log = both.terminate().stderr;
    assert_eq!(log.matches("an older key").count(), 3, "{log}");
    assert!(log.contains("flowgate keys rotate"), "{log}");
    drop(old);
}

#[test]
fn a_forgotten_instance_takes_no_number_away_from_the_others() {
    let stage = Stage::set();
    let (_others, phone) = start(&mut stage.server(&["test.pem"]));
    let uploads = stage.uploads();
    let error = stage.refused(&mut stage.server(&["second.pem"]));
    let found = TEST_KEY.fingerprint().short().to_string();
    assert!(error.contains("the public key is not published"), "{error}");
    assert_eq!(error.matches(&found).count(), 3, "{error}");
    assert!(error.contains("flowgate keys publish"), "{error}");
    assert_eq!(stage.uploads(), uploads);
    phone.assert_alive();
}

#[test]
fn it_does_not_start_while_the_key_cannot_be_verified_and_says_why() {
    let stage = Stage::set();
    let number = &stage.numbers()[1];
    let behaviour = NumberBehaviour {
        mismatch_stays: true,
        ..NumberBehaviour::default()
    };
    stage.platform.set_behaviour(number, behaviour).unwrap();
    let error = stage.refused(&mut stage.server(&["test.pem"]));
    assert!(error.contains(number.as_str()), "{error}");
    assert!(error.contains("signature status is MISMATCH"), "{error}");
    assert!(error.contains("Without `--publish`"), "{error}");
    stage
        .platform
        .set_behaviour(number, NumberBehaviour::default())
        .unwrap();

    for (disturbance, words) in [
        (Disturbance::error(401, 190), "code 190"),
        (Disturbance::error(403, 10), "whatsapp_business_messaging"),
        (Disturbance::HtmlPage { status: 502 }, "the web page"),
        (Disturbance::error(500, 131_000), "code 131000"),
    ] {
        stage.platform.inject(Fault::new(disturbance));
        let error = stage.refused(&mut stage.server(&["test.pem"]));
        assert!(error.contains(words), "expected `{words}`: {error}");
        stage.platform.clear_faults();
    }

    stage.issue_token(TokenGrant::new().permissions([Permission::WhatsappBusinessManagement]));
    let error = stage.refused(&mut stage.server(&["test.pem"]));
    assert!(error.contains("whatsapp_business_messaging"), "{error}");

    let mut nobody = stage.server(&["test.pem"]);
    nobody.env("FLOWGATE_GRAPH_URL", "http://127.0.0.1:1");
    let error = stage.refused(&mut nobody);
    assert!(error.contains("no connection to 127.0.0.1:1"), "{error}");
}

#[test]
fn what_is_missing_is_named_before_anything_is_sent() {
    let stage = Stage::set();
    let error = stage.refused(&mut stage.server_of(&["test.pem"]));
    assert!(error.contains("--phone-number-id"), "{error}");
    let mut server = stage.server(&["test.pem"]);
    let error = stage.refused(server.env_remove("FLOWGATE_ACCESS_TOKEN_FILE"));
    assert!(error.contains("FLOWGATE_ACCESS_TOKEN_FILE"), "{error}");
    assert!(stage.platform.requests().is_empty());
}

#[test]
fn without_the_flag_nothing_is_asked_or_published() {
    let stage = Stage::set();
    let key = stage.path("test.pem");
    let mut server = command(stage.folder.path(), ANY, &[&key]);
    server
        .env("FLOWGATE_PUBLISH", "")
        .env("FLOWGATE_GRAPH_URL", stage.simulator.cloud_url())
        .env("FLOWGATE_ACCESS_TOKEN_FILE", &stage.token)
        .env("FLOWGATE_PHONE_NUMBER_ID", stage.numbers()[0].as_str());
    let (_process, phone) = start(&mut server);
    phone.assert_alive();
    assert!(stage.platform.requests().is_empty());
}

#[test]
fn an_installation_with_its_own_authority_is_served() {
    let stage = Stage::set();
    let ca_file = stage.path("ca.pem");
    std::fs::write(&ca_file, stage.simulator.authority_pem().unwrap()).unwrap();
    let server = || {
        let mut server = stage.server_of(&["test.pem"]);
        server
            .env(
                "FLOWGATE_ON_PREMISES_URL",
                stage.simulator.on_premises_url(),
            )
            .env("FLOWGATE_ON_PREMISES_PASSWORD", PASSWORD);
        server
    };
    let error = stage.refused(&mut server());
    assert!(error.contains("--ca-file"), "{error}");
    // The session ends between the first read and the upload.
    stage.platform.expire_logins_after(1);
    let (process, phone) = start(server().env("FLOWGATE_CA_FILE", &ca_file));
    phone.assert_alive();
    drop(process);
    let number = stage.platform.phone_numbers().into_iter();
    let mut installed = number.filter(|number| number.home == Home::OnPremises);
    assert!(installed.next().unwrap().key.is_some());
}

#[test]
fn a_development_key_goes_to_a_stand_in_only() {
    let stage = Stage::set();
    let folder = stage.path("development");
    std::fs::create_dir(&folder).unwrap();
    let server = |graph_url: &str| {
        let mut server = example("book-appointment");
        server
            .current_dir(&folder)
            .args(["--listen", "127.0.0.1:0", "--publish"])
            .env("FLOWGATE_GRAPH_URL", graph_url)
            .env("FLOWGATE_ACCESS_TOKEN_FILE", &stage.token)
            .env("FLOWGATE_PHONE_NUMBER_ID", stage.numbers()[0].as_str());
        server
    };
    let error = stage.refused(&mut server(""));
    assert!(error.contains("flowgate keys generate"), "{error}");

    let mut process = Process::start(&mut server(&stage.simulator.cloud_url()));
    let address = address(&process.read_to_line("POST "));
    assert_eq!(get(address, "/health").text(), "ok\n");
    let key = PublicKey::read_file(folder.join(".flowgate/development-public.pem")).unwrap();
    let published = stage.platform.published_key(&stage.numbers()[0]).unwrap();
    assert_eq!(published.unwrap().business_public_key, key.to_spki_pem());
}
