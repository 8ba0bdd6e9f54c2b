//! From nothing to a replaced key pair on loopback, as the README tells it: the
//! stand-in, two instances of a server behind a balancer, phones that send all
//! the time, and not one request that fails.

use std::fs;
use std::path::Path;
use std::time::Duration;

use flowgate_keys::PhoneNumberId;
use flowgate_simulator::{Load, LoadReport, Phone};
use flowgate_tests::endpoint_program::EndpointProgram;
use flowgate_tests::front::Front;
use flowgate_tests::http::{Connection, post};
use flowgate_tests::process::Process;
use flowgate_tests::test_app_secret;
use serde_json::{Value, json};

use crate::desk::{Desk, Ran};

/// Requests that phones send between two steps of the operator.
const BETWEEN: u64 = 40;

/// The stand-in as `flowgate simulator` runs it.
struct StandIn {
    _process: Process,
    /// What it printed.
    ready: Value,
}

impl StandIn {
    fn start(desk: &Desk, further: &[&str]) -> Self {
        let mut command = desk.command(&["simulator", "--format", "json"]);
        for port in ["--cloud-port", "--on-premises-port", "--control-port"] {
            command.args([port, "0"]);
        }
        let mut process = Process::start(command.args(further));
        let ready = serde_json::from_str(&process.read_to_line("}")).unwrap();
        Self {
            _process: process,
            ready,
        }
    }

    fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// The numbers of one API.
    fn numbers(&self, home: &str) -> Vec<&str> {
        let numbers = self.ready["phone_numbers"].as_array().unwrap();
        let numbers = numbers.iter().filter(|number| number["home"] == home);
        numbers
            .map(|number| number["id"].as_str().unwrap())
            .collect()
    }

    /// What a person does with `curl -X POST`.
    fn control(&self, path: &str, body: &Value) {
        let (address, base) = self.text("control_url")["http://".len()..]
            .split_once('/')
            .unwrap();
        let headers = [("Host", address), ("Content-Type", "application/json")];
        let body = body.to_string();
        let mut request = post(&format!("/{base}/{path}"), &headers, body.as_bytes());
        // One host and no other: the control API refuses what a browser may send.
        let text = String::from_utf8(request)
            .unwrap()
            .replace("Host: test\r\n", "");
        request = text.into_bytes();
        let reply = Connection::open(address.parse().unwrap()).request(&request);
        assert_eq!(reply.status(), 200, "{}", reply.text());
    }

    /// Three phones in chats with these numbers. The last one never fetches its
    /// key by itself, like one that was switched off during the rotation.
    fn phones(&self, numbers: &[&str], endpoint: &str) -> Vec<Phone> {
        let phone = |index: usize| {
            let number = PhoneNumberId::new(numbers[index % numbers.len()]).unwrap();
            let control = self.text("control_url");
            let phone = Phone::over_control(control, number, endpoint, test_app_secret()).unwrap();
            if index == 2 {
                phone
            } else {
                phone.refresh_after(5)
            }
        };
        (0..3).map(phone).collect()
    }
}

/// The endpoint of a business: two instances, restarted one after the other.
struct Fleet {
    instances: [EndpointProgram; 2],
    front: Front,
}

impl Fleet {
    fn start(folder: &Path, keys: &[&Path]) -> Self {
        let instances = ["one", "two"].map(|name| EndpointProgram::start(&folder.join(name), keys));
        let addresses = instances.each_ref().map(EndpointProgram::address);
        Self {
            instances,
            front: Front::balancer(&addresses),
        }
    }

    /// What an operator does: out of use, stop, start with other keys, into use.
    fn restart(&mut self, index: usize, keys: &[&Path]) {
        self.front.drain(index);
        self.instances[index].stop();
        self.instances[index].start_with(keys);
        self.front.restore(index);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_the_cloud_api() {
    let mut desk = Desk::new();
    let stand_in = StandIn::start(&desk, &[]);
    desk.set("FLOWGATE_GRAPH_URL", stand_in.text("cloud_url"));
    desk.set("FLOWGATE_ACCESS_TOKEN", stand_in.text("access_token"));
    let account = stand_in.ready["phone_numbers"][0]["account"]
        .as_str()
        .unwrap();
    let all = ["--all-numbers", "--waba", account];
    let numbers = stand_in.numbers("cloud");
    assert_eq!(numbers.len(), 3);
    publish_and_mend(&desk, &stand_in, &all, &numbers);
    rotate_under_load(&desk, &stand_in, &all, &numbers).await;
}

/// The same against an installation with a certificate of its own, whose
/// session ends in the middle: between the first read and the upload.
#[tokio::test(flavor = "multi_thread")]
async fn through_an_installation_with_its_own_authority() {
    let mut desk = Desk::new();
    let stand_in = StandIn::start(&desk, &["--tls", "--ca-file", "ca.pem"]);
    desk.set("FLOWGATE_ON_PREMISES_URL", stand_in.text("on_premises_url"));
    let password = stand_in.text("on_premises_password");
    desk.set("FLOWGATE_ON_PREMISES_PASSWORD", password);
    desk.run(&["keys", "publish"])
        .expect_code(8)
        .expect_error("--ca-file");
    desk.set("FLOWGATE_CA_FILE", "ca.pem");
    let numbers = stand_in.numbers("on_premises");
    stand_in.control("logins/expire", &json!({"after_calls": 1}));
    publish_and_mend(&desk, &stand_in, &[], &numbers);
    stand_in.control("logins/expire", &json!({"after_calls": 1}));
    rotate_under_load(&desk, &stand_in, &[], &numbers).await;
}

/// A server without a second one reads its keys again instead of being
/// restarted.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn of_a_single_instance_that_is_never_restarted() {
    let mut desk = Desk::new();
    let stand_in = StandIn::start(&desk, &[]);
    desk.set("FLOWGATE_GRAPH_URL", stand_in.text("cloud_url"));
    desk.set("FLOWGATE_ACCESS_TOKEN", stand_in.text("access_token"));
    let numbers = stand_in.numbers("cloud");
    desk.set("FLOWGATE_PHONE_NUMBER_ID", numbers.join(","));
    desk.run(&["keys", "publish"]).expect_code(0);

    // `cat private.new.pem private.pem > keys.pem`, in one step.
    let keys = desk.file("keys.pem");
    let deploy = |names: &[&str]| {
        let texts = names
            .iter()
            .map(|name| fs::read_to_string(desk.file(name)).unwrap());
        fs::write(desk.file("keys.pem.new"), texts.collect::<String>()).unwrap();
        fs::rename(desk.file("keys.pem.new"), &keys).unwrap();
    };
    deploy(&["private.pem"]);
    let endpoint = EndpointProgram::start(&desk.file("one"), &[&keys]);
    let phones = stand_in.phones(&numbers, &endpoint.url("/flow"));
    let load = Load::start(phones, &init(), Duration::from_millis(2));
    load.more(BETWEEN).await;

    let (flow, metrics) = (endpoint.url("/flow"), endpoint.url("/metrics"));
    let rotate = ["keys", "rotate", "--no-passphrase"];
    let start = [&rotate[..], &["--endpoint", &flow, "--metrics", &metrics]].concat();
    desk.run(&start).expect_code(10);
    deploy(&["private.new.pem", "private.pem"]);
    endpoint.reload("added a private key");
    load.more(BETWEEN).await;
    // The new key is in its file by now: no word of a passphrase is needed.
    let resume = ["keys", "rotate", "--resume", "--quiet-hours", "0"];
    desk.run(&resume)
        .expect_code(10)
        .expect_output("wait until the old key is unused");
    // Of several keys in one file, the first is the one to publish.
    let files = [
        "--private-key-file",
        "keys.pem",
        "--public-key-file",
        "public.new.pem",
    ];
    desk.run(&[&["keys", "status"], &files[..]].concat())
        .expect_code(0);
    load.more(BETWEEN).await;
    desk.run(&resume).expect_code(0);
    deploy(&["private.new.pem"]);
    endpoint.reload("took a private key away");
    load.more(BETWEEN).await;
    check_report(&load.stop().await, 4 * BETWEEN);
}

fn init() -> Value {
    json!({"version": "3.0", "action": "INIT", "flow_token": "load", "data": {}})
}

/// No request failed; the phone that kept the old key met one 421 and went on.
#[track_caller]
fn check_report(report: &LoadReport, at_least: u64) {
    assert_eq!(report.failed, 0, "{:?}", report.failures);
    assert_eq!(report.succeeded, report.sent);
    assert!(report.sent >= at_least, "{report:?}");
    assert_eq!(report.key_refetched, 1, "{report:?}");
    println!(
        "{} requests, {} failed, {} after a 421",
        report.sent, report.failed, report.key_refetched
    );
}

/// Publishes to all numbers, loses the signature of one, and mends that alone.
fn publish_and_mend(desk: &Desk, stand_in: &StandIn, flags: &[&str], numbers: &[&str]) {
    let publish = [&["keys", "publish", "--format", "json"], flags].concat();
    let status = [&["keys", "status"], flags].concat();
    let uploaded = |ran: Ran| -> Vec<bool> {
        let document = ran.expect_code(0).json();
        let numbers = document["numbers"].as_array().unwrap().iter();
        numbers
            .inspect(|number| assert_eq!(number["signature_status"], "VALID"))
            .map(|number| number["uploaded"].as_bool().unwrap())
            .collect()
    };
    assert_eq!(uploaded(desk.run(&publish)), vec![true; numbers.len()]);
    desk.run(&status).expect_code(0);
    let last = numbers.len() - 1;
    let path = format!("numbers/{}/re-register", numbers[last]);
    stand_in.control(&path, &json!({}));
    desk.run(&status)
        .expect_code(9)
        .expect_output("MISMATCH")
        .expect_output("flowgate keys publish");
    let mended: Vec<bool> = (0..numbers.len()).map(|index| index == last).collect();
    assert_eq!(uploaded(desk.run(&publish)), mended);
    desk.run(&status).expect_code(0);
}

/// Replaces the published key pair while phones send all the time.
async fn rotate_under_load(desk: &Desk, stand_in: &StandIn, flags: &[&str], numbers: &[&str]) {
    let (old, new) = (desk.file("private.pem"), desk.file("private.new.pem"));
    let mut fleet = Fleet::start(desk.folder(), &[&old]);
    let status = [&["keys", "status"], flags].concat();

    let phones = stand_in.phones(numbers, &fleet.front.url("/flow"));
    let load = Load::start(phones, &init(), Duration::from_millis(2));
    load.more(BETWEEN).await;

    let metrics = fleet.instances.each_ref().map(|one| one.url("/metrics"));
    let endpoint = fleet.front.url("/flow");
    let rotate = |further: &[&str]| {
        let common = ["keys", "rotate", "--no-passphrase", "--pings", "20"];
        desk.run(&[&common[..], flags, further].concat())
    };
    rotate(&["--endpoint", &endpoint, "--metrics", &metrics.join(",")])
        .expect_code(10)
        .expect_output("wait until the endpoint answers with the new key");
    load.more(BETWEEN).await;

    // With one of two instances that hold the new key, nothing is published.
    fleet.restart(0, &[&new, &old]);
    load.more(BETWEEN).await;
    rotate(&["--resume"])
        .expect_code(10)
        .expect_output("wait until the endpoint answers with the new key");
    desk.run(&status).expect_code(0);

    fleet.restart(1, &[&new, &old]);
    load.more(BETWEEN).await;
    rotate(&["--resume"])
        .expect_code(10)
        .expect_output("wait until the old key is unused");
    let new_key = ["--public-key-file", "public.new.pem"];
    desk.run(&[&status[..], &new_key].concat()).expect_code(0);

    // Two phones fetch the new key, the third one goes on with the old one.
    load.more(BETWEEN).await;
    rotate(&["--resume"])
        .expect_code(10)
        .expect_output("wait until the old key is unused");
    rotate(&["--resume", "--quiet-hours", "0"])
        .expect_code(0)
        .expect_output("The old key can go");
    let before = load.more(BETWEEN).await;
    assert_eq!(before.key_refetched, 0, "nobody met a 421 so far");

    // Late phones meet a 421 once, fetch the new key, and go on.
    fleet.restart(0, &[&new]);
    fleet.restart(1, &[&new]);
    load.more(BETWEEN).await;
    check_report(&load.stop().await, 8 * BETWEEN);
    let answered = fleet.front.answered();
    assert!(answered.iter().all(|count| *count > 0), "{answered:?}");
}
