//! What environment variables, secret stores and clipboards do to PEM is undone.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files fails"
)]

use flowgate_keys::{KeyError, KeyMaterial, Passphrase, PrivateKey, Repair};

/// One way of damaging a text, and the repairs that it takes.
type Damage = (&'static str, fn(&str) -> Vec<u8>, &'static [Repair]);

#[test]
fn every_damage_is_repaired_and_named() {
    let mut count = 0;
    for name in FILES {
        let good = read(name);
        let expected = KeyMaterial::load(good.as_bytes(), Some(&passphrase())).unwrap();
        assert_eq!(expected.repairs, [], "{name}");
        for (damage, apply, repairs) in DAMAGES {
            let damaged = apply(&good);
            let loaded = KeyMaterial::load(&damaged, Some(&passphrase()))
                .unwrap_or_else(|error| panic!("{name}, {damage}: {error}"));
            assert_eq!(
                loaded.key.fingerprint(),
                expected.key.fingerprint(),
                "{name}, {damage}"
            );
            assert_eq!(loaded.repairs, *repairs, "{name}, {damage}");
            assert_eq!(loaded.form, expected.form, "{name}, {damage}");
            count += 1;
        }
    }
    assert_eq!(count, FILES.len() * DAMAGES.len());
}

#[test]
fn base64_without_header_lines_is_a_key() {
    for name in [
        "pkcs8.pem",
        "pkcs1.pem",
        "pkcs8.pbes2-aes256.pem",
        "public.spki.pem",
    ] {
        let good = read(name);
        let body: Vec<&str> = good.lines().filter(|line| !line.starts_with('-')).collect();
        for text in [
            body.join("\n"),
            body.concat(),
            format!("\"{}\"\n", body.join("\\n")),
        ] {
            let loaded = KeyMaterial::load(text.as_bytes(), Some(&passphrase())).unwrap();
            assert_eq!(loaded.repairs, [Repair::HeaderLinesMissing], "{name}");
        }
    }
}

#[test]
fn lost_blanks_of_header_lines_are_put_back() {
    for name in FILES.iter().filter(|name| **name != "certificate.pem") {
        let good = read(name);
        let text = good.replace([' ', '\n'], "");
        let loaded = KeyMaterial::load(text.as_bytes(), Some(&passphrase())).unwrap();
        assert_eq!(
            loaded.repairs,
            [Repair::HeaderLineBlanks, Repair::LineEndsLost],
            "{name}"
        );
    }
}

#[test]
fn line_ends_of_which_only_the_letter_is_left_are_put_back() {
    for name in FILES {
        let good = read(name);
        if good.contains("Proc-Type") {
            continue;
        }
        let text = good.replace('\n', "n");
        let loaded = KeyMaterial::load(text.as_bytes(), Some(&passphrase())).unwrap();
        assert_eq!(
            loaded.repairs,
            [Repair::TextAround, Repair::BackslashesLost],
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_repaired_is_named() {
    let good = read("pkcs8.pem");
    let cases: [(String, &str); 14] = [
        (good.replace("-----BEGIN", "----BEGIN"), "damaged header"),
        (good.replace("-----BEGIN", "—–BEGIN"), "damaged header"),
        (
            good.replace("-----END PRIVATE KEY-----", ""),
            "the PRIVATE KEY block is cut off",
        ),
        (
            good.replace("-----END PRIVATE KEY-----\n", "-----END PRIV"),
            "cut off",
        ),
        (
            good.replace("END PRIVATE", "END RSA PRIVATE"),
            "name different things",
        ),
        (good.replacen('M', "!", 1), "not base64"),
        (good.replacen('\n', "\n\\q", 1), "not base64"),
        (without_line(&good, 5), "cut off"),
        (without_line(&good, 1), "damaged"),
        (good.replace('+', " "), "copy the key from its file again"),
        (
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".to_owned(),
            "nothing between",
        ),
        (" \r\n\t\n".to_owned(), "found nothing"),
        (
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB someone".to_owned(),
            "in the form of OpenSSH",
        ),
        (
            "{\"kty\":\"RSA\",\"n\":\"0vx7\"}".to_owned(),
            "JSON Web Key",
        ),
    ];
    for (text, expected) in cases {
        let message = PrivateKey::from_text(&text, None).unwrap_err().to_string();
        assert!(message.contains(expected), "{expected}: {message}");
        // No line of the key is quoted in the message.
        let quoted = good
            .lines()
            .skip(1)
            .find(|line| line.len() > 8 && message.contains(line));
        assert_eq!(quoted.filter(|line| !line.starts_with('-')), None);
    }
}

#[test]
fn a_damaged_block_does_not_hide_a_good_one() {
    let good = read("pkcs8.pem");
    let cut = "-----BEGIN CERTIFICATE-----\nMIIDDTCCAfWgAwIB\n";
    PrivateKey::from_text(&format!("{cut}{good}"), None).unwrap();
    let wrong = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    PrivateKey::from_text(&format!("{good}{wrong}"), None).unwrap();
    // The other way round the private key is what is missing.
    let cut_key = good.replace("-----END PRIVATE KEY-----", "");
    let text = format!("{cut_key}{}", read("certificate.pem"));
    let error = PrivateKey::from_text(&text, None).unwrap_err();
    assert!(matches!(error, KeyError::Truncated { .. }), "{error}");
}

#[test]
fn the_placeholder_beside_a_real_key_does_not_matter() {
    let text = format!(
        "PRIVATE_KEY=`{}`\n/* {} */",
        read("pkcs8.pem"),
        read("refuse.placeholder.txt")
    );
    PrivateKey::from_text(&text, None).unwrap();
}

const DAMAGES: &[Damage] = &[
    (
        "escaped line ends",
        |t| t.replace('\n', "\\n").into(),
        &[Repair::EscapedLineEnds],
    ),
    (
        "escaped CR LF",
        |t| t.replace('\n', "\\r\\n").into(),
        &[Repair::EscapedLineEnds],
    ),
    (
        "escaped twice",
        |t| t.replace('\n', "\\\\n").into(),
        &[Repair::EscapedLineEnds],
    ),
    (
        "a JSON string",
        |t| format!("{:?}", t).replace('/', "\\/").into(),
        &[Repair::Quotes, Repair::EscapedLineEnds],
    ),
    (
        "a JSON document",
        |t| format!("{{\"key\": \"x\", \"private_key\": {t:?}}}").into(),
        &[Repair::TextAround, Repair::EscapedLineEnds],
    ),
    (
        "a line of an environment file",
        |t| format!("APP_SECRET=x\nPRIVATE_KEY=\"{t}\"\nPORT=3000\n").into(),
        &[Repair::TextAround],
    ),
    (
        "CR LF",
        |t| t.replace('\n', "\r\n").into(),
        &[Repair::WindowsLineEnds],
    ),
    (
        "double quotes",
        |t| format!("\"{t}\"").into(),
        &[Repair::Quotes],
    ),
    (
        "single quotes",
        |t| format!("'{t}'\n").into(),
        &[Repair::Quotes],
    ),
    (
        "a document indented by blanks",
        |t| t.replace('\n', "\n    ").into(),
        &[Repair::BlanksAroundLines],
    ),
    (
        "blanks at the ends of lines",
        |t| t.replace('\n', " \t\n").into(),
        &[Repair::BlanksAroundLines],
    ),
    (
        "one line with blanks",
        |t| t.replace('\n', " ").into(),
        &[Repair::LineEndsLost],
    ),
    (
        "one line without blanks",
        |t| t.replace('\n', "").into(),
        &[Repair::LineEndsLost],
    ),
    (
        "base64",
        |t| base64(t, usize::MAX).into(),
        &[Repair::Base64OfWholeText],
    ),
    (
        "base64 in lines",
        |t| base64(t, 76).into(),
        &[Repair::Base64OfWholeText],
    ),
    (
        "base64 twice",
        |t| base64(&base64(t, 76), 76).into(),
        &[Repair::Base64OfWholeText],
    ),
    (
        "base64 of escaped line ends",
        |t| base64(&t.replace('\n', "\\n"), 64).into(),
        &[Repair::Base64OfWholeText, Repair::EscapedLineEnds],
    ),
    (
        "a byte order mark",
        |t| format!("\u{feff}{t}").into(),
        &[Repair::UnicodeMark],
    ),
    (
        "UTF-16 of PowerShell",
        |t| {
            let text = format!("\u{feff}{}", t.replace('\n', "\r\n"));
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        },
        &[Repair::UnicodeMark, Repair::WindowsLineEnds],
    ),
    (
        "text around, not all of it UTF-8",
        |t| [b"friendlyName: Schl\xfcssel\n", t.as_bytes(), b"\n--\nend"].concat(),
        &[Repair::TextAround],
    ),
    (
        "continued lines of a shell",
        |t| t.trim_end().replace('\n', "\\\n").into(),
        &[Repair::EscapedLineEnds],
    ),
    ("no line end at the end", |t| t.trim_end().into(), &[]),
    ("empty lines around", |t| format!("\n\n{t}\n\n").into(), &[]),
    ("lines of another length", |t| refold(t, 76).into(), &[]),
    ("no padding", |t| t.replace('=', "").into(), &[]),
];

const FILES: &[&str] = &[
    "pkcs8.pem",
    "pkcs1.pem",
    "pkcs1.des3.pem",
    "pkcs1.aes256.pem",
    "pkcs8.pbes2-aes256.pem",
    "public.spki.pem",
    "public.pkcs1.pem",
    "certificate.pem",
];

fn without_line(text: &str, number: usize) -> String {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(index, _)| *index != number);
    lines.map(|(_, line)| format!("{line}\n")).collect()
}

/// Breaks the base64 of a PEM text into lines of another length.
fn refold(text: &str, columns: usize) -> String {
    let mut folded = String::new();
    let mut body = String::new();
    for line in text.lines() {
        if line.starts_with('-') || line.contains(':') || line.is_empty() {
            folded += &fold(&std::mem::take(&mut body), columns);
            folded += line;
            folded.push('\n');
        } else {
            body += line;
        }
    }
    folded
}

fn fold(text: &str, columns: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(columns)
        .map(|line| line.iter().collect::<String>() + "\n")
        .collect()
}

fn base64(text: &str, columns: usize) -> String {
    use base64ct::{Base64, Encoding};

    let encoded = Base64::encode_string(text.as_bytes());
    fold(&encoded, columns.min(encoded.len()))
}

fn read(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/keys");
    std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
}

fn passphrase() -> Passphrase {
    Passphrase::new(read("passphrase.txt"))
}
