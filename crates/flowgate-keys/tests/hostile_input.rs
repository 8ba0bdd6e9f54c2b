//! No input panics, hangs or takes memory beyond its bounds.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files fails"
)]

use flowgate_keys::{KeyError, KeyMaterial, Passphrase, PrivateKey, PublicKey};

/// Files in which a passphrase is cheap to try: every variant of them costs
/// a derivation.
const CHEAP: &[&str] = &[
    "pkcs1.pem",
    "pkcs1.der",
    "pkcs8.pem",
    "pkcs8.der",
    "pkcs1.des3.pem",
    "pkcs1.aes192.pem",
    "pkcs1.des3.escaped-newlines.txt",
    "pkcs8.base64-of-pem.txt",
    "public.spki.der",
    "public.pkcs1.der",
    "public.spki.pem",
    "certificate.der",
    "certificate.pem",
    "refuse.ec.pem",
    "refuse.openssh.pem",
    "refuse.pkcs12.p12",
    "refuse.three-primes.pem",
];

/// Files whose encryption parameters are parsed; no passphrase is given, so
/// that the derivation is not run for each variant.
const ENCRYPTED: &[&str] = &[
    "pkcs8.pbes2-aes256.der",
    "pkcs8.pbes2-des3-sha1.der",
    "pkcs8.pbe-sha1-3des.pem",
    "pkcs8.scrypt-small.pem",
    "pkcs8.pbes2-aes192-sha512.pem",
];

#[test]
fn every_truncation_is_an_error_or_the_same_key() {
    for name in CHEAP.iter().chain(ENCRYPTED) {
        let good = read(name);
        let secret = passphrase_for(name);
        let whole =
            KeyMaterial::load(&good, secret.as_ref()).map(|loaded| loaded.key.fingerprint());
        for length in 0..good.len() {
            if let Ok(loaded) = KeyMaterial::load(&good[..length], secret.as_ref()) {
                // A line end or padding at the end is not missed.
                assert_eq!(
                    Some(loaded.key.fingerprint()),
                    whole.as_ref().ok().copied(),
                    "{name}"
                );
                assert!(length + 8 > good.len(), "{name} cut to {length}");
            }
        }
    }
}

/// A private key of which one byte is wrong is either noticed or the same key:
/// it never becomes another key.
#[test]
fn every_flipped_byte_is_noticed_or_harmless() {
    for name in CHEAP.iter().chain(ENCRYPTED) {
        let good = read(name);
        let secret = passphrase_for(name);
        let whole =
            KeyMaterial::load(&good, secret.as_ref()).map(|loaded| loaded.key.fingerprint());
        // All masks in turn for the longer texts, each for the binary files.
        let is_text = !name.ends_with(".der");
        for index in 0..good.len() {
            for (number, mask) in [0x01, 0x80, 0xff].into_iter().enumerate() {
                if is_text && index % 3 != number {
                    continue;
                }
                let mut flipped = good.clone();
                flipped[index] ^= mask;
                let Ok(loaded) = KeyMaterial::load(&flipped, secret.as_ref()) else {
                    continue;
                };
                if let KeyMaterial::Private(key) = loaded.key {
                    assert_eq!(
                        Some(key.fingerprint()),
                        whole.as_ref().ok().copied(),
                        "{name} {index}"
                    );
                }
            }
        }
    }
}

#[test]
fn noise_is_refused() {
    // A fixed generator (xorshift), so that a failure can be repeated.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..20_000 {
        let length = (next() % 300) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| next() as u8).collect();
        if let Some(first) = bytes.first_mut() {
            *first = 0x30;
        }
        assert!(KeyMaterial::load(&bytes, None).is_err());
        // Text made of the words that the reader looks for.
        let words = [
            "-----",
            "BEGIN ",
            "END ",
            "PRIVATE KEY",
            "RSA ",
            "-----BEGIN PRIVATE KEY-----",
            "\\n",
            "\\",
            "\"",
            "\n",
            "Proc-Type: 4,ENCRYPTED",
            "DEK-Info: ",
            "AES-128-CBC,",
            "00112233",
            "é",
            "MIIE",
            "-----END PRIVATE KEY-----",
            "=",
            " ",
            ":",
        ];
        let text: String = (0..next() % 12)
            .map(|_| words[(next() % words.len() as u64) as usize])
            .collect();
        assert!(
            KeyMaterial::load(text.as_bytes(), Some(&Passphrase::new("x"))).is_err(),
            "{text}"
        );
    }
}

#[test]
fn costly_derivations_are_refused_before_they_run() {
    let limit = 5_000_000u32.to_be_bytes();
    let cases = [
        // PBKDF2: one iteration above the limit, 2^31 - 1, and 2^71.
        pbes2(
            &pbkdf2(&integer(&(5_000_001u32).to_be_bytes())),
            &AES_256_CBC,
        ),
        pbes2(&pbkdf2(&integer(&[0x7f, 0xff, 0xff, 0xff])), &AES_256_CBC),
        pbes2(&pbkdf2(&integer(&[0x7f; 9])), &AES_256_CBC),
        // scrypt: 1 GiB, 2^62 in N, huge r, huge p, r and p whose product overflows.
        pbes2(&scrypt(&[0x10, 0, 0], &[8], &[1]), &AES_256_CBC),
        pbes2(
            &scrypt(&[0x40, 0, 0, 0, 0, 0, 0, 0], &[8], &[1]),
            &AES_256_CBC,
        ),
        pbes2(&scrypt(&[2], &[0x7f, 0xff, 0xff, 0xff], &[1]), &AES_256_CBC),
        pbes2(&scrypt(&[2], &[1], &[0x7f, 0xff, 0xff, 0xff]), &AES_256_CBC),
        pbes2(&scrypt(&[4], &[0x7f; 8], &[0x7f; 8]), &AES_256_CBC),
    ];
    for (number, der) in cases.iter().enumerate() {
        let error = PrivateKey::from_bytes(der, Some(&Passphrase::new("x"))).unwrap_err();
        assert!(
            matches!(error, KeyError::ExcessiveCost { .. }),
            "case {number}: {error}"
        );
    }
    // The limit itself is allowed; without a passphrase it is not worked off.
    let der = pbes2(&pbkdf2(&integer(&limit)), &AES_256_CBC);
    let error = PrivateKey::from_bytes(&der, None).unwrap_err();
    assert!(matches!(error, KeyError::MissingPassphrase), "{error}");
}

#[test]
fn nonsense_parameters_are_refused() {
    let short_iv = [
        0x30, 0x0e, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07, 0x04, 0x02, 1, 2,
    ];
    let cases = [
        // A 3DES vector of two bytes, and no iteration.
        pbes2(&pbkdf2(&integer(&[1])), &short_iv),
        pbes2(&pbkdf2(&integer(&[0])), &AES_256_CBC),
        pbes2(&pbkdf2(&integer(&[0xff])), &AES_256_CBC),
        // N of 0, 1 and 3; r and p of 0.
        pbes2(&scrypt(&[0], &[8], &[1]), &AES_256_CBC),
        pbes2(&scrypt(&[1], &[8], &[1]), &AES_256_CBC),
        pbes2(&scrypt(&[3], &[8], &[1]), &AES_256_CBC),
        pbes2(&scrypt(&[2], &[0], &[1]), &AES_256_CBC),
        pbes2(&scrypt(&[2], &[8], &[0]), &AES_256_CBC),
    ];
    for (number, der) in cases.iter().enumerate() {
        let error = PrivateKey::from_bytes(der, Some(&Passphrase::new("x"))).unwrap_err();
        assert!(
            matches!(error, KeyError::Damaged { .. }),
            "case {number}: {error}"
        );
    }
}

#[test]
fn numbers_that_do_not_belong_together_are_refused() {
    // Offsets of the last byte of each number in `RSAPrivateKey`.
    let good = read("pkcs1.der");
    let mut offset = 4;
    let mut ends = Vec::new();
    while offset < good.len() {
        let (header, length) = match good[offset + 1] {
            0x82 => (
                4,
                usize::from(good[offset + 2]) << 8 | usize::from(good[offset + 3]),
            ),
            0x81 => (3, usize::from(good[offset + 2])),
            short => (2, usize::from(short)),
        };
        offset += header + length;
        ends.push(offset - 1);
    }
    let names = ["version", "n", "e", "d", "p", "q", "dp", "dq", "q inverse"];
    assert_eq!(ends.len(), names.len());
    for (name, end) in names.into_iter().zip(ends).skip(1) {
        let mut changed = good.clone();
        // Odd numbers stay odd.
        changed[end] ^= 0x04;
        let error = PrivateKey::from_bytes(&changed, None).unwrap_err();
        assert!(
            matches!(error, KeyError::Inconsistent { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_large_input_is_refused_at_once() {
    let mut bytes = read("pkcs8.pem");
    bytes.resize(1024 * 1024 + 1, b'\n');
    let error = PrivateKey::from_bytes(&bytes, None).unwrap_err();
    assert!(matches!(error, KeyError::TooLarge { .. }), "{error}");
    // Many header lines within the limit.
    let many = "-----BEGIN PRIVATE KEY-----".repeat(1024 * 1024 / 27);
    assert!(PublicKey::from_text(&many).is_err());
    let many = "-----BEGIN A-----x-----END A-----".repeat(1024 * 1024 / 33);
    assert!(PublicKey::from_text(&many).is_err());
    assert!(PublicKey::from_text(&"-".repeat(1024 * 1024)).is_err());
    assert!(PublicKey::from_text(&"\\".repeat(1024 * 1024)).is_err());
}

fn pbes2(derivation: &[u8], cipher: &[u8]) -> Vec<u8> {
    let parameters = sequence(&[derivation, cipher]);
    let scheme = sequence(&[
        &[
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d,
        ],
        &parameters,
    ]);
    sequence(&[&scheme, &tlv(0x04, &[0; 32])])
}

fn pbkdf2(iterations: &[u8]) -> Vec<u8> {
    let parameters = sequence(&[&tlv(0x04, &[1; 8]), iterations]);
    sequence(&[
        &[
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c,
        ],
        &parameters,
    ])
}

fn scrypt(n: &[u8], r: &[u8], p: &[u8]) -> Vec<u8> {
    let parameters = sequence(&[&tlv(0x04, &[1; 8]), &integer(n), &integer(r), &integer(p)]);
    sequence(&[
        &[
            0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b,
        ],
        &parameters,
    ])
}

/// A DER INTEGER of these bytes, without superfluous zeros in front.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes
        .iter()
        .take(bytes.len() - 1)
        .take_while(|byte| **byte == 0)
        .count();
    let digits = &bytes[zeros..];
    if zeros > 0 && digits[0] >= 0x80 {
        return tlv(0x02, &bytes[zeros - 1..]);
    }
    tlv(0x02, digits)
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    let header = if length < 0x80 {
        vec![tag, length]
    } else {
        vec![tag, 0x81, length]
    };
    [header.as_slice(), value].concat()
}

/// `aes256-CBC` with a vector of zeros.
const AES_256_CBC: [u8; 31] = [
    0x30, 0x1d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a, 0x04, 0x10, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

fn passphrase_for(name: &str) -> Option<Passphrase> {
    let text = String::from_utf8(read("passphrase.txt")).unwrap();
    (!ENCRYPTED.contains(&name)).then(|| Passphrase::new(text))
}

fn read(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/keys");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}
