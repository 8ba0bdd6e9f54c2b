//! From nothing to a replaced key pair on loopback, as the README tells it: the
//! stand-in, two instances of a server behind a balancer, phones that send all
//! the time, and not one request that fails.

use std::path::Path;
use std::time::Duration;

use flowgate_keys::PhoneNumberId;
use flowgate_simulator::{Load, Phone};
use flowgate_tests::endpoint_program::EndpointProgram;
use flowgate_tests::front::Front;
use flowgate_tests::process::Process;
use flowgate_tests::test_app_secret;
use serde_json::{Value, json};

use crate::desk::{Desk, program};

/// Requests that phones send between two steps of the operator.
const BETWEEN: u64 = 40;

/// The stand-in as `flowgate simulator` runs it, and what it printed.
fn start_stand_in() -> (Process, Value) {
    let mut command = program(&["simulator", "--format", "json"]);
    for port in ["--cloud-port", "--on-premises-port", "--control-port"] {
        command.args([port, "0"]);
    }
    let mut process = Process::start(&mut command);
    let ready = serde_json::from_str(&process.read_to_line("}")).unwrap();
    (process, ready)
}

/// One phone for each number of the Cloud API. The last one never fetches its
/// key by itself, like one that was switched off during the rotation.
fn phones(ready: &Value, endpoint: &str) -> Vec<Phone> {
    let control = ready["control_url"].as_str().unwrap();
    let numbers = ready["phone_numbers"].as_array().unwrap();
    let cloud: Vec<&str> = numbers
        .iter()
        .filter(|number| number["home"] == "cloud")
        .map(|number| number["id"].as_str().unwrap())
        .collect();
    let last = cloud.len() - 1;
    let phone = |(index, id): (usize, &&str)| {
        let number = PhoneNumberId::new(id).unwrap();
        let phone = Phone::over_control(control, number, endpoint, test_app_secret()).unwrap();
        if index == last {
            phone
        } else {
            phone.refresh_after(5)
        }
    };
    cloud.iter().enumerate().map(phone).collect()
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
async fn the_key_pair_is_replaced_under_load_without_a_failed_request() {
    let (_stand_in, ready) = start_stand_in();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let mut desk = Desk::new();
    desk.set("FLOWGATE_GRAPH_URL", text("cloud_url"));
    desk.set("FLOWGATE_ACCESS_TOKEN", text("access_token"));
    let account = ready["phone_numbers"][0]["account"].as_str().unwrap();
    let all = ["--all-numbers", "--waba", account];
    let (old, new) = (desk.file("private.pem"), desk.file("private.new.pem"));
    let mut fleet = Fleet::start(desk.folder(), &[&old]);

    // Publish to three numbers, and mend the one that was registered anew.
    let published = desk.run(&[&["keys", "publish"], &all[..]].concat());
    let published = published.expect_code(0);
    assert_eq!(published.0.stdout.matches("VALID").count(), 3);
    desk.run(&[&["keys", "status"], &all[..]].concat())
        .expect_code(0);

    let init = json!({"version": "3.0", "action": "INIT", "flow_token": "load", "data": {}});
    let phones = phones(&ready, &fleet.front.url("/flow"));
    let load = Load::start(phones, &init, Duration::from_millis(2));
    load.more(BETWEEN).await;

    let metrics = fleet.instances.each_ref().map(|one| one.url("/metrics"));
    let endpoint = fleet.front.url("/flow");
    let rotate = |further: &[&str]| {
        let common = ["keys", "rotate", "--no-passphrase", "--pings", "20"];
        desk.run(&[&common[..], &all[..], further].concat())
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
    desk.run(&[&["keys", "status"], &all[..]].concat())
        .expect_code(0);

    fleet.restart(1, &[&new, &old]);
    load.more(BETWEEN).await;
    rotate(&["--resume"])
        .expect_code(10)
        .expect_output("wait until the old key is unused");
    let new_key = ["--public-key-file", "public.new.pem"];
    desk.run(&[&["keys", "status"], &all[..], &new_key].concat())
        .expect_code(0);

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
    let report = load.stop().await;
    assert_eq!(report.failed, 0, "{:?}", report.failures);
    assert_eq!(report.succeeded, report.sent);
    assert!(report.sent >= 8 * BETWEEN, "{report:?}");
    assert_eq!(report.key_refetched, 1, "{report:?}");
    let answered = fleet.front.answered();
    assert!(answered.iter().all(|count| *count > 0), "{answered:?}");
    println!(
        "{} requests, {} failed, {} after a 421",
        report.sent, report.failed, report.key_refetched
    );
}
