//! Every form in which a business may hold its key is read, or refused by name.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files fails"
)]

use std::path::PathBuf;

use flowgate_keys::{
    Container, Encoding, KeyDerivation, KeyError, KeyMaterial, KeyNote, Passphrase, PrivateKey,
    PublicKey, Repair,
};

#[test]
fn every_key_file_is_the_same_key() {
    let expected = PublicKey::read_file(path("public.spki.pem"))
        .unwrap()
        .fingerprint();
    // `openssl pkey -pubin -in public.spki.pem -outform DER | openssl dgst -sha256`
    assert_eq!(expected.to_string(), FINGERPRINT);
    let mut count = 0;
    for (name, bytes) in files() {
        let is_other = ["second.", "refuse."]
            .iter()
            .any(|start| name.starts_with(start));
        if is_other || ["README.md", "passphrase.txt"].contains(&name.as_str()) {
            continue;
        }
        let loaded = KeyMaterial::load(&bytes, Some(&passphrase()))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(loaded.key.fingerprint(), expected, "{name}");
        count += 1;
    }
    assert!(count >= 37, "only {count} key files were tried");
}

#[test]
fn form_and_encryption_are_told() {
    use KeyDerivation::{Md5Once, Pkcs12Sha1, Scrypt};
    let pbkdf2 = |hash, iterations| KeyDerivation::Pbkdf2 { hash, iterations };
    let cases = [
        ("pkcs1.aes128.pem", Container::Pkcs1, "AES-128-CBC", Md5Once),
        ("pkcs1.aes192.pem", Container::Pkcs1, "AES-192-CBC", Md5Once),
        ("pkcs1.aes256.pem", Container::Pkcs1, "AES-256-CBC", Md5Once),
        ("pkcs1.des3.pem", Container::Pkcs1, "DES-EDE3-CBC", Md5Once),
        (
            "pkcs1.des3.node.pem",
            Container::Pkcs1,
            "DES-EDE3-CBC",
            Md5Once,
        ),
        (
            "pkcs8.node.pem",
            Container::Pkcs8,
            "AES-256-CBC",
            pbkdf2("SHA256", 2048),
        ),
        (
            "pkcs8.pbes2-aes256.pem",
            Container::Pkcs8,
            "AES-256-CBC",
            pbkdf2("SHA256", 2048),
        ),
        (
            "pkcs8.pbes2-aes256-sha1.pem",
            Container::Pkcs8,
            "AES-256-CBC",
            pbkdf2("SHA1", 2048),
        ),
        (
            "pkcs8.pbes2-des3-sha1.der",
            Container::Pkcs8,
            "DES-EDE3-CBC",
            pbkdf2("SHA1", 2048),
        ),
        (
            "pkcs8.pbes2-aes128-sha224.pem",
            Container::Pkcs8,
            "AES-128-CBC",
            pbkdf2("SHA224", 2048),
        ),
        (
            "pkcs8.pbes2-aes256-sha384.pem",
            Container::Pkcs8,
            "AES-256-CBC",
            pbkdf2("SHA384", 2048),
        ),
        (
            "pkcs8.pbes2-aes192-sha512.pem",
            Container::Pkcs8,
            "AES-192-CBC",
            pbkdf2("SHA512", 10_000),
        ),
        (
            "pkcs8.pbe-sha1-3des.pem",
            Container::Pkcs8,
            "DES-EDE3-CBC",
            Pkcs12Sha1 { iterations: 2048 },
        ),
        (
            "pkcs8.scrypt-small.pem",
            Container::Pkcs8,
            "AES-256-CBC",
            Scrypt {
                cost: 1024,
                block_size: 4,
                parallelization: 3,
            },
        ),
    ];
    for (name, container, cipher, derivation) in cases {
        let loaded = PrivateKey::load(&read(name), Some(&passphrase())).unwrap();
        let encryption = loaded.form.encryption.unwrap();
        assert_eq!(loaded.form.container, container, "{name}");
        assert_eq!(encryption.cipher, cipher, "{name}");
        assert_eq!(encryption.derivation, derivation, "{name}");
        assert_eq!(loaded.repairs, [], "{name}");
    }
}

#[test]
fn a_wrong_or_missing_passphrase_is_said_so() {
    let mut count = 0;
    for (name, bytes) in files() {
        if name.starts_with("refuse.") || name.starts_with("second.") {
            continue;
        }
        let Ok(loaded) = PrivateKey::load(&bytes, Some(&passphrase())) else {
            continue;
        };
        if loaded.form.encryption.is_none() {
            assert_eq!(
                loaded.notes.first(),
                Some(&KeyNote::PassphraseNotNeeded),
                "{name}"
            );
            continue;
        }
        let missing = PrivateKey::load(&bytes, None).unwrap_err();
        assert!(
            matches!(missing, KeyError::MissingPassphrase),
            "{name}: {missing}"
        );
        for wrong in ["", "flows-test-passphrasE", "flows-test-passphrase\n"] {
            let error = PrivateKey::load(&bytes, Some(&Passphrase::new(wrong))).unwrap_err();
            assert!(
                matches!(error, KeyError::WrongPassphrase),
                "{name}: {error}"
            );
            assert!(
                error
                    .to_string()
                    .contains("wrong passphrase or damaged key")
            );
        }
        count += 1;
    }
    assert!(count >= 18, "only {count} encrypted key files were tried");
}

/// One wrong passphrase in 256 leaves sound padding over noise; it is told the
/// same way as the others.
#[test]
fn a_wrong_passphrase_with_sound_padding_is_still_a_wrong_passphrase() {
    let bytes = read("pkcs1.des3.pem");
    for attempt in 0..2000 {
        let wrong = Passphrase::new(format!("attempt {attempt}"));
        let error = PrivateKey::from_bytes(&bytes, Some(&wrong)).unwrap_err();
        assert!(
            matches!(error, KeyError::WrongPassphrase),
            "{attempt}: {error}"
        );
    }
}

#[test]
fn what_is_no_key_of_ours_is_refused_by_name() {
    let cases = [
        ("refuse.ec.pem", "found an elliptic-curve key"),
        ("refuse.ec-pkcs8.pem", "found an elliptic-curve key"),
        ("refuse.ed25519.pem", "found an Ed25519 key"),
        ("refuse.rsa-pss.pem", "found an RSA-PSS key"),
        (
            "refuse.rsa1024.pem",
            "found an RSA key of 1024 bits, expected exactly 2048",
        ),
        (
            "refuse.rsa4096.pem",
            "found an RSA key of 4096 bits, expected exactly 2048",
        ),
        (
            "refuse.three-primes.pem",
            "found an RSA key of more than two primes",
        ),
        ("refuse.openssh.pem", "in the form of OpenSSH"),
        ("refuse.pkcs12.p12", "found a PKCS #12 key store"),
        ("refuse.request.pem", "found a certificate request"),
        ("refuse.empty.pem", "found nothing"),
        ("refuse.text.pem", "found no key"),
        ("refuse.truncated.pem", "the PRIVATE KEY block is cut off"),
        (
            "refuse.mislabelled.pem",
            "labelled `PUBLIC KEY` but holds a private key",
        ),
        ("refuse.placeholder.txt", "the placeholder `[REPLACE THIS]`"),
        ("refuse.camellia.pem", "encrypted with CAMELLIA-256-CBC"),
        ("refuse.pbe-rc2.pem", "encrypted with PBE-SHA1-RC2-40"),
        (
            "public.spki.pem",
            "found a public key, expected the private key",
        ),
        (
            "public.spki.der",
            "found a public key, expected the private key",
        ),
        (
            "public.pkcs1.pem",
            "found a public key, expected the private key",
        ),
        (
            "certificate.pem",
            "found a certificate, expected the private key",
        ),
        (
            "certificate.der",
            "found a certificate, expected the private key",
        ),
    ];
    let mut refused: Vec<String> = files()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("refuse."))
        .collect();
    for (name, expected) in cases {
        let error = PrivateKey::from_bytes(&read(name), Some(&passphrase())).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{name}: {text}");
        refused.retain(|other| other != name);
    }
    assert_eq!(refused, [""; 0], "files without an expectation");
}

#[test]
fn private_material_is_never_taken_for_a_public_key() {
    for (name, bytes) in files() {
        if PrivateKey::load(&bytes, Some(&passphrase())).is_err() {
            continue;
        }
        let error = PublicKey::from_bytes(&bytes).unwrap_err();
        assert!(
            matches!(error, KeyError::PrivateKeyWherePublicExpected),
            "{name}: {error}"
        );
    }
    let error = PublicKey::from_bytes(&read("refuse.mislabelled.pem")).unwrap_err();
    assert!(error.to_string().contains("do not publish"), "{error}");
}

#[test]
fn public_key_files_are_read_in_every_form() {
    let cases = [
        ("public.spki.pem", Encoding::Pem, Container::Spki),
        ("public.spki.der", Encoding::Der, Container::Spki),
        ("public.pkcs1.pem", Encoding::Pem, Container::Pkcs1Public),
        ("public.pkcs1.der", Encoding::Der, Container::Pkcs1Public),
        ("certificate.pem", Encoding::Pem, Container::Certificate),
        ("certificate.der", Encoding::Der, Container::Certificate),
    ];
    let canonical = String::from_utf8(read("public.spki.pem")).unwrap();
    for (name, encoding, container) in cases {
        let loaded = PublicKey::load(&read(name)).unwrap();
        assert_eq!(
            (loaded.form.encoding, loaded.form.container),
            (encoding, container),
            "{name}"
        );
        assert_eq!(loaded.repairs, [], "{name}");
        assert_eq!(loaded.key.to_spki_pem(), canonical, "{name}");
        assert_eq!(loaded.key.spki_der(), read("public.spki.der"), "{name}");
        assert_eq!(loaded.key.modulus_bits(), 2048, "{name}");
    }
    assert_eq!(canonical.len(), 451);
}

#[test]
fn the_certificate_beside_a_key_is_compared_with_it() {
    let loaded = PrivateKey::load(&read("certificate-then-key.pem"), None).unwrap();
    assert_eq!(loaded.notes, [KeyNote::CertificateMatches]);
    let mut other = read("second.pkcs8.pem");
    other.extend(read("certificate.pem"));
    let loaded = PrivateKey::load(&other, None).unwrap();
    assert_eq!(loaded.notes, [KeyNote::OtherPublicKeyBeside]);
}

#[test]
fn several_private_keys_are_loaded_in_order_or_refused() {
    let mut both = read("second.pkcs8.pem");
    both.extend(read("pkcs1.aes128.pem"));
    let error = PrivateKey::from_bytes(&both, Some(&passphrase())).unwrap_err();
    assert!(
        matches!(error, KeyError::SeveralPrivateKeys { count: 2 }),
        "{error}"
    );
    let all = PrivateKey::load_all(&both, Some(&passphrase())).unwrap();
    let second = PublicKey::read_file(path("second.public.pem")).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].key.public_key(), &second);
    assert_eq!(all[1].key.fingerprint().to_string(), FINGERPRINT);
}

#[test]
fn an_unusual_exponent_works_and_is_noted() {
    let loaded = PrivateKey::load(&read("second.exponent3.pem"), None).unwrap();
    assert_eq!(loaded.notes, [KeyNote::UnusualExponent]);
    assert_eq!(loaded.key.public_key().wrap(&[7; 16]).unwrap().len(), 256);
}

#[test]
fn wrong_names_in_header_lines_are_forgiven_between_forms_of_a_kind() {
    for (name, from, to) in [
        ("pkcs8.pem", "PRIVATE KEY", "RSA PRIVATE KEY"),
        ("pkcs1.pem", "RSA PRIVATE KEY", "PRIVATE KEY"),
        (
            "pkcs8.pbes2-aes256.pem",
            "ENCRYPTED PRIVATE KEY",
            "PRIVATE KEY",
        ),
        ("public.pkcs1.pem", "RSA PUBLIC KEY", "PUBLIC KEY"),
        ("public.spki.pem", "PUBLIC KEY", "RSA PUBLIC KEY"),
    ] {
        let text = String::from_utf8(read(name)).unwrap().replace(from, to);
        let loaded = KeyMaterial::load(text.as_bytes(), Some(&passphrase())).unwrap();
        assert_eq!(loaded.repairs, [Repair::HeaderLineName], "{name}");
        assert_eq!(loaded.key.fingerprint().to_string(), FINGERPRINT, "{name}");
    }
    let text = String::from_utf8(read("public.spki.pem")).unwrap();
    let error = PrivateKey::from_text(&text.replace("PUBLIC", "PRIVATE"), None).unwrap_err();
    assert!(matches!(error, KeyError::Mislabelled { .. }), "{error}");
}

#[test]
fn debug_shows_nothing_but_the_fingerprint() {
    let loaded = PrivateKey::load(&read("pkcs8.pem"), None).unwrap();
    let shown = format!("{loaded:?}");
    assert!(
        shown.contains(&format!("PrivateKey({})", &FINGERPRINT[..16])),
        "{shown}"
    );
    assert!(shown.len() < 300, "{shown}");
}

#[test]
fn a_missing_file_is_named() {
    let error = PrivateKey::read_file(path("absent.pem"), None).unwrap_err();
    assert!(error.to_string().contains("absent.pem"), "{error}");
    let error = PrivateKey::read_file(path(""), None).unwrap_err();
    assert!(matches!(error, KeyError::Io { .. }), "{error}");
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/keys"
    ))
    .join(name)
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn files() -> impl Iterator<Item = (String, Vec<u8>)> {
    let entries = std::fs::read_dir(path("")).unwrap();
    entries.map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = read(&name);
        (name, bytes)
    })
}

fn passphrase() -> Passphrase {
    Passphrase::read_file(path("passphrase.txt")).unwrap()
}

/// SHA-256 of public.spki.der, computed by OpenSSL.
const FINGERPRINT: &str = "adf6d4d50519805e1bbe3dec54954fb25152f87ed553f6fce38c9b1008acd0e3";
