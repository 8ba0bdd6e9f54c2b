//! Project Wycheproof's vectors through our own API, on every backend: edge
//! cases of padding, labels and tags that other implementations got wrong.
//!
//! Source: [Wycheproof](https://github.com/C2SP/wycheproof). Each test counts
//! what it ran, because a filter that matches nothing would pass as well.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::aes::Aes128;
use flowgate_keys::{
    Backend, KeyRing, OaepMessage, OpenedRequest, PrivateKey, RSA_MODULUS_BYTES, SealedRequest,
    SessionKey, Unwrap,
};
use flowgate_tests::TEST_KEY;
use wycheproof::{HashFunction, aead, rsa_oaep};

/// Runs `check` on every case of the groups that Flows use: 2048 bits, SHA-256
/// for OAEP and for MGF1.
fn each_oaep_case(mut check: impl FnMut(&PrivateKey, &rsa_oaep::Test)) {
    for name in [
        rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256,
        rsa_oaep::TestName::RsaMisc,
    ] {
        for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
            if group.key_size != 2048
                || group.hash != HashFunction::Sha2_256
                || group.mgf_hash != HashFunction::Sha2_256
            {
                continue;
            }
            let key = PrivateKey::from_bytes(&group.pkcs8, None).unwrap();
            for case in &group.tests {
                check(&key, case);
            }
        }
    }
}

/// Unwraps a ciphertext alone and in batches of every size: a backend may
/// calculate these another way.
fn alone_and_in_batches(
    unwrap: &dyn Unwrap,
    ciphertext: &[u8; RSA_MODULUS_BYTES],
) -> Option<OaepMessage> {
    let alone = unwrap.unwrap(ciphertext).ok();
    for size in 1..=unwrap.batch_size() {
        let outcomes = unwrap.unwrap_batch(&vec![ciphertext; size]);
        assert_eq!(outcomes.len(), size);
        for together in outcomes {
            assert_eq!(
                together.ok().as_ref().map(OaepMessage::expose_secret),
                alone.as_ref().map(OaepMessage::expose_secret)
            );
        }
    }
    assert_eq!(unwrap.redone(), 0);
    alone
}

#[test]
fn rsa_oaep_cases_have_the_published_outcome() {
    for &backend in Backend::AVAILABLE {
        let (mut opened, mut refused, mut labelled) = (0, 0, 0);
        each_oaep_case(|key, case| {
            let what = format!("{backend}, case {}: {}", case.tc_id, case.comment);
            let unwrap = backend.load(key).unwrap();
            if let Some(reason) = unwrap.fallback_reason() {
                println!("{backend} is not what runs: {reason}");
            }
            let message = <&[u8; RSA_MODULUS_BYTES]>::try_from(case.ct.as_slice())
                .ok()
                .and_then(|ciphertext| alone_and_in_batches(&*unwrap, ciphertext));
            let message = message.as_ref().map(OaepMessage::expose_secret);
            // Flows use the empty label only; any other must not open.
            if !case.label.is_empty() {
                assert_eq!(message, None, "{what}");
                labelled += 1;
            } else if case.result.must_fail() {
                assert_eq!(message, None, "{what}");
                refused += 1;
            } else {
                assert_eq!(message, Some(case.pt.as_slice()), "{what}");
                opened += 1;
            }
        });
        assert!(
            opened >= 10 && refused >= 10 && labelled >= 1,
            "{backend} ran {opened} valid, {refused} invalid and {labelled} labelled cases"
        );
    }
}

#[test]
fn rsa_oaep_cases_that_hold_no_aes_key_are_refused_as_requests() {
    for &backend in Backend::AVAILABLE {
        let mut ran = 0;
        each_oaep_case(|key, case| {
            let ring = KeyRing::builder(key).backend(backend).build().unwrap();
            let sealed = SealedRequest {
                encrypted_aes_key: case.ct.to_vec(),
                initial_vector: vec![0; 16],
                encrypted_flow_data: vec![0; 32].into(),
            };
            assert!(ring.open(sealed, None).is_err(), "case {}", case.tc_id);
            ran += 1;
        });
        assert!(ran >= 20, "{backend} ran {ran} cases");
    }
}

/// Runs `check` on every case of the groups that Flows use: keys, initial
/// vectors and tags of 128 bits, no associated data.
fn each_gcm_case(mut check: impl FnMut(&aead::Test)) {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    for group in set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (128, 128, 128) {
            continue;
        }
        for case in group.tests.iter().filter(|case| case.aad.is_empty()) {
            check(case);
        }
    }
}

/// Opens a request sealed with the key of a case, as a server does.
fn open(
    ring: &KeyRing,
    key: &[u8],
    initial_vector: &[u8],
    text: &[u8],
    tag: &[u8],
) -> Option<OpenedRequest> {
    let sealed = SealedRequest {
        encrypted_aes_key: ring.newest().wrap(key.try_into().unwrap()).unwrap(),
        initial_vector: initial_vector.to_vec(),
        encrypted_flow_data: [text, tag].concat().into(),
    };
    ring.open(sealed, None).ok()
}

#[test]
fn aes_gcm_cases_have_the_published_outcome_when_opened() {
    let ring = KeyRing::new(&TEST_KEY).unwrap();
    let mut ran = 0;
    each_gcm_case(|case| {
        let request = open(&ring, &case.key, &case.nonce, &case.ct, &case.tag);
        let plaintext = request.as_ref().map(|request| request.plaintext.as_slice());
        let expected = (!case.result.must_fail()).then_some(case.pt.as_slice());
        assert_eq!(plaintext, expected, "case {}: {}", case.tc_id, case.comment);
        ran += 1;
    });
    assert!(ran >= 10, "ran {ran} cases");
}

#[test]
fn aes_gcm_cases_are_refused_with_any_bit_of_the_tag_flipped() {
    let ring = KeyRing::new(&TEST_KEY).unwrap();
    let mut ran = 0;
    each_gcm_case(|case| {
        for bit in 0..128 {
            let mut tag = case.tag.to_vec();
            tag[bit / 8] ^= 1 << (bit % 8);
            let request = open(&ring, &case.key, &case.nonce, &case.ct, &tag);
            assert!(request.is_none(), "case {}, bit {bit}", case.tc_id);
        }
        ran += 1;
    });
    assert!(ran >= 10, "ran {ran} cases");
}

#[test]
fn aes_gcm_cases_have_the_published_outcome_when_sealed() {
    let ring = KeyRing::new(&TEST_KEY).unwrap();
    let mut ran = 0;
    each_gcm_case(|case| {
        if case.result.must_fail() {
            return;
        }
        let sealed = session_key(&ring, &case.key, &case.nonce).seal(case.pt.to_vec());
        let (text, tag) = sealed.split_at(case.pt.len());
        let what = format!("case {}: {}", case.tc_id, case.comment);
        assert_eq!(
            (text, tag),
            (case.ct.as_slice(), case.tag.as_slice()),
            "{what}"
        );
        ran += 1;
    });
    assert!(ran >= 10, "ran {ran} cases");
}

/// Returns the session key whose replies are sealed with the given key and
/// vector: that of a request with the inverted vector.
fn session_key(ring: &KeyRing, key: &[u8], reply_vector: &[u8]) -> SessionKey {
    let request_vector: [u8; 16] = std::array::from_fn(|at| !reply_vector[at]);
    // Only a request that opens has a session key, so one is sealed here; what
    // is compared with the vector is the reply.
    let tag = AesGcm::<Aes128, U16>::new_from_slice(key)
        .unwrap()
        .encrypt(&request_vector.into(), &[][..])
        .unwrap();
    let request = open(ring, key, &request_vector, &[], &tag).unwrap();
    request.session_key
}
