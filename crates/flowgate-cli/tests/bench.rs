//! `flowgate bench` as a user meets it. Numbers are not looked at: they say
//! something about the machine.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

const QUICK: [&str; 5] = ["bench", "--rounds", "1", "--milliseconds", "1"];

fn flowgate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flowgate"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn every_backend_and_batch_is_measured_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("chart.svg");
    let mut arguments = QUICK.to_vec();
    arguments.extend(["--batch", "1,3", "--format", "json", "--svg"]);
    arguments.push(svg.to_str().unwrap());
    let output = flowgate(&arguments);
    assert!(output.status.success());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cases = document["single_core"].as_array().unwrap();
    let backends = flowgate_keys::Backend::AVAILABLE;
    assert_eq!(cases.len(), backends.len() * 2);
    for (index, case) in cases.iter().enumerate() {
        assert_eq!(case["backend"], backends[index / 2].to_string());
        assert_eq!(case["batch"], [1, 3][index % 2]);
        assert!(case["per_second"].as_f64().unwrap() > 0.0);
        assert!(case["p99_microseconds"].as_f64() >= case["p50_microseconds"].as_f64());
    }
    assert_eq!(cases[0]["ratio_to_first"], 1.0);
    let threads = document["scaling"].as_array().unwrap();
    assert!(threads.len() >= backends.len());
    let svg = fs::read_to_string(svg).unwrap();
    assert_eq!(svg.matches("<rect x=").count(), cases.len());
    assert!(svg.contains("aws-lc, 3 together"));
}

#[test]
fn tables_name_what_was_asked_for_only() {
    let mut arguments = QUICK.to_vec();
    arguments.extend(["--backend", "aws-lc", "--batch", "2"]);
    let output = flowgate(&arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(text.contains("\n  aws-lc "), "{text}");
    assert!(!text.contains("\n  rsa "), "{text}");
    assert!(
        output.stderr.is_empty(),
        "a progress bar is for terminals only"
    );
}

#[test]
fn what_cannot_be_measured_is_refused() {
    for (arguments, reason) in [
        (["--backend", "openssl"], "openssl"),
        (["--backend", "rsa,rsa"], "named twice"),
        (["--batch", "0"], "0 is not in 1..=16"),
        (["--rounds", "0"], "0 is not in 1..=65535"),
    ] {
        let output = flowgate(&[&["bench"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(reason), "{text}");
    }
}
