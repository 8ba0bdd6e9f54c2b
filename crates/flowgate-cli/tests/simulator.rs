//! `flowgate simulator` as a user meets it: what it prints, that it answers,
//! and that it ends.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const ANY_PORTS: [&str; 6] = [
    "--cloud-port",
    "0",
    "--on-premises-port",
    "0",
    "--control-port",
    "0",
];

/// The program while it runs; ended on drop.
struct Running {
    child: Child,
    ready: Value,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowgate"))
            .args(["simulator", "--format", "json"])
            .args(ANY_PORTS)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            text += &line;
            if line == "}" {
                break;
            }
        }
        let ready = serde_json::from_str(&text).unwrap();
        Self { child, ready }
    }

    fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// Sends a GET to the first number's setting and returns the reply.
    fn read_key(&self) -> String {
        let address = self.text("cloud_url").replace("http://", "");
        let id = self.ready["phone_numbers"][0]["id"].as_str().unwrap();
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(
            stream,
            "GET /v23.0/{id}/whatsapp_business_encryption HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {}\r\nConnection: close\r\n\r\n",
            self.text("access_token")
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn refused(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_flowgate"))
        .arg("simulator")
        .args(ANY_PORTS)
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    output
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("flowgate-cli-simulator-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn text(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn it_answers_with_the_printed_token() {
    let running = Running::start(&["--numbers", "2"]);
    assert_eq!(running.ready["phone_numbers"].as_array().unwrap().len(), 3);
    let reply = running.read_key();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(reply.ends_with(r#"{"data":[]}"#), "{reply}");
}

#[cfg(unix)]
#[test]
fn interrupt_ends_it_with_success() {
    let mut running = Running::start(&["--fail", "500:131000:1"]);
    assert!(running.read_key().starts_with("HTTP/1.1 500"));
    let id = running.child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    let mut talk = String::new();
    let mut stderr = running.child.stderr.take().unwrap();
    stderr.read_to_string(&mut talk).unwrap();
    assert!(talk.contains("code 131000  fault error"), "{talk}");
    assert!(!talk.contains("EAA"), "{talk}");
}

#[test]
fn state_keeps_token_and_numbers() {
    let folder = Folder::new("state");
    let file = folder.text("state.json");
    let first = Running::start(&["--state", &file, "--number", "77"]);
    let token = first.text("access_token").to_owned();
    assert_eq!(first.text("on_premises_password"), "Simulator-1");
    drop(first);
    let second = Running::start(&["--state", &file]);
    assert_eq!(second.text("access_token"), token);
    assert_eq!(second.ready["phone_numbers"][0]["id"], "77");
    assert!(second.ready["on_premises_password"].is_null());
}

#[test]
fn tls_writes_its_authority() {
    let folder = Folder::new("tls");
    let file = folder.text("ca.pem");
    let running = Running::start(&["--tls", "--ca-file", &file]);
    assert!(running.text("on_premises_url").starts_with("https://"));
    let pem = fs::read_to_string(&file).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn wrong_flags_say_what_was_expected() {
    for arguments in [
        &["--fail", "200:1"][..],
        &["--fail", "500"],
        &["--limit", "10"],
        &["--fault", "{}"],
        &["--number", "+1555"],
        &["--password", "weak"],
        &["--load", "http://127.0.0.1:9/"],
    ] {
        let output = refused(arguments);
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}
