//! Keys that are written here are read by OpenSSL, Node and Python.
//!
//! These programs belong to the test machine; a test fails with the name of
//! one that is missing.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot run its programs fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flowgate_keys::{KeyError, Overwrite, Passphrase, PrivateKey, PublicKey};

#[test]
fn openssl_reads_what_is_written() {
    let folder = Folder::new("openssl");
    let key = folder.write_pair();
    for (file, passphrase) in [("encrypted.pem", PASSPHRASE), ("clear.pem", "")] {
        let path = folder.path(file);
        let passin = format!("pass:{passphrase}");
        run(Command::new("openssl")
            .args(["rsa", "-check", "-noout", "-in"])
            .arg(&path)
            .args(["-passin", &passin]));
        let public = run(Command::new("openssl")
            .args(["pkey", "-pubout", "-in"])
            .arg(&path)
            .args(["-passin", &passin]));
        assert_eq!(public, key.public_key().to_spki_pem());
    }
    let text = run(Command::new("openssl")
        .args(["asn1parse", "-in"])
        .arg(folder.path("encrypted.pem")));
    for expected in [
        "PBES2",
        "PBKDF2",
        "hmacWithSHA256",
        "aes-256-cbc",
        ":0927C0",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn openssl_unwraps_what_is_wrapped() {
    let folder = Folder::new("wrap");
    let key = folder.write_pair();
    let aes_key = *b"0123456789abcdef";
    fs::write(
        folder.path("wrapped.bin"),
        key.public_key().wrap(&aes_key).unwrap(),
    )
    .unwrap();
    let opened = run(Command::new("openssl")
        .args(["pkeyutl", "-decrypt", "-pkeyopt", "rsa_padding_mode:oaep"])
        .args([
            "-pkeyopt",
            "rsa_oaep_md:sha256",
            "-pkeyopt",
            "rsa_mgf1_md:sha256",
            "-inkey",
        ])
        .arg(folder.path("clear.pem"))
        .arg("-in")
        .arg(folder.path("wrapped.bin")));
    assert_eq!(opened.as_bytes(), aes_key);
}

#[test]
fn node_reads_what_is_written() {
    let folder = Folder::new("node");
    let key = folder.write_pair();
    let script = "
        const crypto = require('crypto'), fs = require('fs');
        const [file, passphrase] = process.argv.slice(1);
        const key = crypto.createPrivateKey({ key: fs.readFileSync(file), passphrase });
        process.stdout.write(crypto.createPublicKey(key).export({ type: 'spki', format: 'pem' }));";
    for (file, passphrase) in [("encrypted.pem", PASSPHRASE), ("clear.pem", "")] {
        let public = run(Command::new("node")
            .args(["-e", script, "--"])
            .arg(folder.path(file))
            .arg(passphrase));
        assert_eq!(public, key.public_key().to_spki_pem());
    }
}

#[test]
fn python_reads_what_is_written() {
    let folder = Folder::new("python");
    let key = folder.write_pair();
    let script = "
import sys
from cryptography.hazmat.primitives import serialization as s
data = open(sys.argv[1], 'rb').read()
key = s.load_pem_private_key(data, sys.argv[2].encode() or None)
form = s.PublicFormat.SubjectPublicKeyInfo
sys.stdout.write(key.public_key().public_bytes(s.Encoding.PEM, form).decode())";
    for (file, passphrase) in [("encrypted.pem", PASSPHRASE), ("clear.pem", "")] {
        let public = run(Command::new("python3")
            .args(["-c", script])
            .arg(folder.path(file))
            .arg(passphrase));
        assert_eq!(public, key.public_key().to_spki_pem());
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = Folder::new("again");
    let key = folder.write_pair();
    let passphrase = Passphrase::new(PASSPHRASE);
    let again = PrivateKey::read_file(folder.path("encrypted.pem"), Some(&passphrase)).unwrap();
    assert_eq!(again.pkcs8_der(), key.pkcs8_der());
    let again = PrivateKey::read_file(folder.path("clear.pem"), None).unwrap();
    assert_eq!(again.pkcs8_der(), key.pkcs8_der());
    let public = PublicKey::read_file(folder.path("public.pem")).unwrap();
    assert_eq!(&public, key.public_key());
    let refused = key.write_unencrypted_file(folder.path("encrypted.pem"), Overwrite::Never);
    assert!(matches!(refused, Err(KeyError::AlreadyExists { .. })));
    let refused = key.to_encrypted_pkcs8_pem(&Passphrase::new(""));
    assert!(matches!(refused, Err(KeyError::EmptyPassphrase)));
    // Salt and vector are new each time.
    let other = key.to_encrypted_pkcs8_pem(&passphrase).unwrap();
    assert_ne!(
        other.as_bytes(),
        fs::read(folder.path("encrypted.pem")).unwrap()
    );
}

#[test]
fn loading_and_writing_a_key_of_openssl_gives_its_own_bytes() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/keys");
    let key = PrivateKey::read_file(vectors.join("pkcs1.pem"), None).unwrap();
    assert_eq!(
        key.pkcs8_der(),
        fs::read(vectors.join("pkcs8.der")).unwrap()
    );
    assert_eq!(
        key.to_pkcs8_pem().as_bytes(),
        fs::read(vectors.join("pkcs8.pem")).unwrap()
    );
}

/// Runs a program that must succeed and returns what it printed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let name = command.get_program().to_owned();
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("this test needs the program {name:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with a new pair, removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("flowgate-keys-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    fn write_pair(&self) -> PrivateKey {
        let key = PrivateKey::generate().unwrap();
        let passphrase = Passphrase::new(PASSPHRASE);
        key.write_encrypted_file(self.path("encrypted.pem"), &passphrase, Overwrite::Never)
            .unwrap();
        key.write_unencrypted_file(self.path("clear.pem"), Overwrite::Never)
            .unwrap();
        key.public_key()
            .write_file(self.path("public.pem"), Overwrite::Never)
            .unwrap();
        key
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Not only ASCII: passphrases are UTF-8 everywhere.
const PASSPHRASE: &str = "Prüfung 試験 🔑";
