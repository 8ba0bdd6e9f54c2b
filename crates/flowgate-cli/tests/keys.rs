//! `flowgate keys` as a user meets it: files, both outputs and exit codes.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run the program fails"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

#[test]
fn a_generated_pair_is_encrypted_owner_only_and_inspectable() {
    let folder = Folder::new("pair");
    fs::write(folder.path("passphrase"), "correct horse\n").unwrap();
    let made = flowgate(&[
        "keys",
        "generate",
        "--out",
        &folder.text("new/keys"),
        "--passphrase-file",
        &folder.text("passphrase"),
        "--format",
        "json",
    ]);
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let private = fs::read_to_string(folder.path("new/keys/private.pem")).unwrap();
    let public = fs::read_to_string(folder.path("new/keys/public.pem")).unwrap();
    assert!(private.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert_eq!(public.len(), 451);
    assert_eq!(made["public_key_pem"], public.as_str());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path("new/keys/private.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let seen = flowgate(&[
        "keys",
        "inspect",
        &folder.text("new/keys/private.pem"),
        "--passphrase-file",
        &folder.text("passphrase"),
        "--format",
        "json",
    ]);
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap();
    assert_eq!(seen["fingerprint"], made["fingerprint"]);
    assert_eq!(seen["private"], true);
    assert_eq!(seen["repairs"], Value::Array(vec![]));
    assert_eq!(
        seen["encryption"],
        "AES-256-CBC, PBKDF2-HMAC-SHA256 with 600000 iterations"
    );
}

#[test]
fn existing_files_stay_unless_force_is_given() {
    let folder = Folder::new("force");
    let arguments = [
        "keys",
        "generate",
        "--out",
        &folder.text(""),
        "--no-passphrase",
    ];
    for existing in ["private.pem", "public.pem"] {
        fs::write(folder.path(existing), "precious").unwrap();
        let refused = flowgate(&arguments);
        assert_eq!(code(&refused), 4);
        assert!(
            stderr(&refused).contains("exists already") && stderr(&refused).contains("--force")
        );
        assert_eq!(
            fs::read_dir(folder.path("")).unwrap().count(),
            1,
            "nothing is half made"
        );
        assert_eq!(
            fs::read_to_string(folder.path(existing)).unwrap(),
            "precious"
        );
        fs::remove_file(folder.path(existing)).unwrap();
    }
    fs::write(folder.path("private.pem"), "old").unwrap();
    let made = flowgate(&[&arguments[..], &["--force"]].concat());
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    assert!(stdout(&made).contains("NOT ENCRYPTED"));
}

#[test]
fn without_a_passphrase_nothing_is_made_and_the_ways_out_are_told() {
    let folder = Folder::new("none");
    let refused = flowgate(&["keys", "generate", "--out", &folder.text("")]);
    assert_eq!(code(&refused), 2);
    for way in [
        "FLOWGATE_PASSPHRASE",
        "--passphrase-file",
        "--no-passphrase",
    ] {
        assert!(stderr(&refused).contains(way), "{}", stderr(&refused));
    }
    assert_eq!(fs::read_dir(folder.path("")).unwrap().count(), 0);
}

#[test]
fn the_passphrase_comes_from_the_environment() {
    let good = vector("pkcs8.pbes2-aes256.pem");
    let file = vector("passphrase.txt");
    let inspect = |variables: &[(&str, &str)]| {
        let mut command = program(&["keys", "inspect", &good]);
        command.envs(variables.iter().copied()).output().unwrap()
    };
    assert_eq!(
        code(&inspect(&[(
            "FLOWGATE_PASSPHRASE",
            "flows-test-passphrase"
        )])),
        0
    );
    assert_eq!(code(&inspect(&[("FLOWGATE_PASSPHRASE_FILE", &file)])), 0);
    let set_to_nothing = [
        ("FLOWGATE_PASSPHRASE", ""),
        ("FLOWGATE_PASSPHRASE_FILE", &file),
    ];
    assert_eq!(code(&inspect(&set_to_nothing)), 0);
    let missing = inspect(&[]);
    assert_eq!(code(&missing), 2);
    assert!(
        stderr(&missing).contains("no passphrase was given"),
        "{}",
        stderr(&missing)
    );
    let both = inspect(&[
        ("FLOWGATE_PASSPHRASE", "x"),
        ("FLOWGATE_PASSPHRASE_FILE", &file),
    ]);
    assert_eq!(code(&both), 2);
    assert!(stderr(&both).contains("both"), "{}", stderr(&both));
    let wrong = inspect(&[("FLOWGATE_PASSPHRASE", "wrong-secret")]);
    assert_eq!(code(&wrong), 1);
    assert!(
        stderr(&wrong).contains("wrong passphrase or damaged key"),
        "{}",
        stderr(&wrong)
    );
    assert!(!stderr(&wrong).contains("wrong-secret"));
}

/// Nothing that only the private key holds appears in any output.
#[test]
fn inspect_never_shows_secrets() {
    let file = vector("pkcs8.pem");
    let secret = fs::read_to_string(&file).unwrap();
    for format in ["text", "json"] {
        let seen = flowgate(&["keys", "inspect", &file, "--format", format]);
        assert_eq!(code(&seen), 0);
        let shown = stdout(&seen) + &stderr(&seen);
        // The private exponent begins after the modulus, in line 7 of the base64.
        let lines: Vec<&str> = secret
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        assert!(lines.len() > 20);
        for line in &lines[7..] {
            assert!(!shown.contains(&line[..16]), "{line}");
        }
        assert!(shown.contains("-----BEGIN PUBLIC KEY-----"));
    }
}

#[test]
fn inspect_reads_standard_input_and_names_repairs() {
    let text = fs::read(vector("pkcs1.des3.escaped-newlines.txt")).unwrap();
    let mut child = program(&["keys", "inspect", "-"])
        .env("FLOWGATE_PASSPHRASE", "flows-test-passphrase")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let seen = child.wait_with_output().unwrap();
    assert_eq!(code(&seen), 0);
    for expected in [
        "standard input: RSA private key of 2048 bits",
        "DES-EDE3-CBC",
        "written as two characters",
        "adf6d4d50519805e",
    ] {
        assert!(
            stdout(&seen).contains(expected),
            "{expected}: {}",
            stdout(&seen)
        );
    }
}

#[test]
fn without_a_file_inspect_reads_what_a_server_would() {
    let text = fs::read_to_string(vector("pkcs8.escaped-newlines.txt")).unwrap();
    let inspect = |variables: &[(&str, &str)]| {
        let mut command = program(&["keys", "inspect"]);
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let seen = inspect(&[("FLOWGATE_PRIVATE_KEY", &text)]);
    assert_eq!(code(&seen), 0, "{}", stderr(&seen));
    assert!(stdout(&seen).starts_with("FLOWGATE_PRIVATE_KEY: RSA private key"));
    let file = vector("pkcs8.pem");
    let seen = inspect(&[("FLOWGATE_PRIVATE_KEY_FILE", &file)]);
    assert_eq!(code(&seen), 0, "{}", stderr(&seen));
    let both = inspect(&[
        ("FLOWGATE_PRIVATE_KEY", &text),
        ("FLOWGATE_PRIVATE_KEY_FILE", &file),
    ]);
    assert_eq!(code(&both), 2);
    let none = inspect(&[]);
    assert_eq!(code(&none), 2);
    assert!(
        stderr(&none).contains("FLOWGATE_PRIVATE_KEY"),
        "{}",
        stderr(&none)
    );
}

#[test]
fn failures_have_their_exit_codes_and_a_json_form() {
    for (name, expected) in [
        ("refuse.ec.pem", 1),
        ("refuse.empty.pem", 1),
        ("absent.pem", 3),
        ("", 3),
    ] {
        let refused = flowgate(&["keys", "inspect", &vector(name)]);
        assert_eq!(code(&refused), expected, "{name}");
        assert_eq!(stdout(&refused), "", "{name}");
        assert!(stderr(&refused).starts_with("error: "), "{name}");
        assert!(stderr(&refused).contains("\n help: "), "{name}");

        let refused = flowgate(&["keys", "inspect", &vector(name), "--format", "json"]);
        assert_eq!(code(&refused), expected, "{name}");
        let document: Value = serde_json::from_slice(&refused.stdout).unwrap();
        assert!(document["error"]["problem"].is_string(), "{name}");
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowgate"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("FLOWGATE_") {
            command.env_remove(name);
        }
    }
    command
}

fn flowgate(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
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

fn vector(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/keys");
    folder.join(name).to_str().unwrap().to_owned()
}

/// A folder of one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("flowgate-cli-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    fn text(&self, file: &str) -> String {
        self.path(file).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
