//! The private-key operation against big integers of a library.

use aws_lc_rs::rsa::OAEP_SHA256_MGF1SHA256;
use rsa::rand_core::{OsRng, RngCore};
use rsa::sha2::Sha256;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, Oaep, RsaPrivateKey};

use super::*;
use crate::testing::{KEYS, TestKey, bytes, number, with_components};

/// Calculates raw powers of a batch.
fn raw(key: &VectorKey, batch: &[BigUint]) -> Vec<Result<BigUint, Failure>> {
    let bytes: Vec<[u8; 256]> = batch.iter().map(bytes).collect();
    let bytes: Vec<&[u8; 256]> = bytes.iter().collect();
    let mut workplace = key.workplace();
    key.blind(&mut workplace).unwrap();
    #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
    // SAFETY: there is no key without `new` having found the features.
    let results = unsafe { key.decrypted(&bytes, &mut workplace) };
    key.idle().push(workplace);
    results
        .into_iter()
        .take(batch.len())
        .map(|result| result.map(|bytes| BigUint::from_bytes_be(bytes.as_slice())))
        .collect()
}

/// Numbers below n at which carries and reductions are at their limits.
fn edges(key: &TestKey) -> Vec<BigUint> {
    let (n, one) = (key.rsa.n(), BigUint::from(1_u8));
    let [p, q] = [&key.rsa.primes()[0], &key.rsa.primes()[1]];
    let mut edges: Vec<BigUint> = vec![
        0_u8.into(),
        1_u8.into(),
        2_u8.into(),
        n - 1_u8,
        n - 2_u8,
        p.clone(),
        q.clone(),
        n - p,
        n - q,
        p + 1_u8,
        q - 1_u8,
        p * 12345_u32,
        q * 54321_u32,
        p * (q - 1_u8),
        q * (p - 1_u8),
        (&one << 2047) - 1_u8,
    ];
    edges.extend([51, 52, 53, 520, 1023, 1024, 1040, 2046].map(|bit| &one << bit));
    edges.extend([52, 520, 1024, 1040].map(|bits| (&one << bits) - 1_u8));
    edges
}

#[test]
fn edge_values_of_every_key_give_the_right_powers() {
    for key in &*KEYS {
        let edges = edges(key);
        for batch in edges.chunks(4) {
            let expected: Vec<_> = batch
                .iter()
                .map(|number| Ok(number.modpow(key.rsa.d(), key.rsa.n())))
                .collect();
            assert_eq!(raw(&key.vector, batch), expected);
        }
    }
}

#[test]
fn numbers_that_are_not_below_the_modulus_are_refused_alone() {
    for key in &*KEYS {
        let n = key.rsa.n();
        let largest = (BigUint::from(1_u8) << 2048) - 1_u8;
        let batch = [n.clone(), 2_u8.into(), n + 1_u8, largest];
        let refused = Err(Failure::CannotDecrypt);
        let power = BigUint::from(2_u8).modpow(key.rsa.d(), n);
        assert_eq!(
            raw(&key.vector, &batch),
            [refused.clone(), Ok(power), refused.clone(), refused]
        );
    }
}

fn encrypted(key: &TestKey, message: &[u8]) -> [u8; 256] {
    let padding = Oaep::new::<Sha256>();
    let ciphertext = key
        .rsa
        .to_public_key()
        .encrypt(&mut OsRng, padding, message);
    ciphertext.unwrap().try_into().unwrap()
}

fn by_aws_lc(key: &TestKey, ciphertext: &[u8; 256]) -> Result<Vec<u8>, Failure> {
    let mut message = [0; 256];
    key.aws_lc
        .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut message, None)
        .map(|message| message.to_vec())
        .map_err(|_| Failure::CannotDecrypt)
}

/// Unwraps a batch and compares every outcome; returns the number that opened.
#[track_caller]
fn check_batch(key: &TestKey, batch: &[[u8; 256]]) -> usize {
    let ciphertexts: Vec<&[u8; 256]> = batch.iter().collect();
    let outcomes = key.vector.unwrap_batch(&ciphertexts);
    assert_eq!(outcomes.len(), batch.len());
    let mut opened = 0;
    for (outcome, ciphertext) in outcomes.into_iter().zip(batch) {
        let outcome = outcome.map(|message| message.expose_secret().to_vec());
        opened += usize::from(outcome.is_ok());
        assert_eq!(outcome, by_aws_lc(key, ciphertext));
    }
    opened
}

#[test]
fn messages_of_every_length_in_batches_of_every_size_open_as_with_aws_lc() {
    let message: Vec<u8> = (0..190).map(|at| at as u8).collect();
    let mut lengths = (0..=190).cycle();
    for key in &*KEYS {
        for size in [1, 2, 3, 4, 4, 4, 5, 9] {
            let batch: Vec<_> = lengths
                .by_ref()
                .take(size)
                .map(|length| encrypted(key, &message[..length]))
                .collect();
            assert_eq!(check_batch(key, &batch), size);
        }
    }
}

#[test]
fn good_and_bad_ciphertexts_of_one_batch_have_their_own_outcomes() {
    for (round, key) in KEYS.iter().enumerate() {
        for place in 0..4 {
            let mut batch = [(); 4].map(|()| encrypted(key, b"sixteen bytes ok"));
            let bit = OsRng.next_u32() as usize % 2048;
            batch[place][bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check_batch(key, &batch), 3);
            OsRng.fill_bytes(&mut batch[(place + 1) % 4]);
            batch[(place + 2) % 4] = bytes(&(key.rsa.n() + round as u64));
            assert_eq!(check_batch(key, &batch), 1);
        }
        assert!(key.vector.unwrap_batch(&[]).is_empty());
    }
}

/// A ciphertext whose padded message is chosen.
fn padded(key: &TestKey, padded: &BigUint) -> [u8; 256] {
    bytes(&padded.modpow(key.rsa.e(), key.rsa.n()))
}

#[test]
fn chosen_paddings_are_judged_as_by_aws_lc() {
    for key in &*KEYS {
        let good = by_aws_lc(key, &encrypted(key, b"message"));
        assert!(good.is_ok());
        let ciphertext = encrypted(key, b"message");
        let number = BigUint::from_bytes_be(&ciphertext);
        let em = number.modpow(key.rsa.d(), key.rsa.n());
        // The first byte is zero; with another one Manger's oracle would answer.
        let batch = [
            padded(key, &em),
            padded(key, &(&em + (BigUint::from(1_u8) << 2040))),
            padded(key, &(&em >> 8)),
            padded(key, &(&em + 1_u8)),
        ];
        assert_eq!(check_batch(key, &batch), 1);
    }
}

#[test]
fn a_damaged_constant_fails_the_check_in_its_own_lane() {
    for (at, key) in KEYS.iter().enumerate().take(8) {
        let mut damaged = with_components(&key.rsa, VectorKey::new).unwrap();
        // Lanes 4 to 7 hold q for the same ciphertexts.
        let (lane, limb) = (at % 8, 2 * at);
        damaged.four.modulus.limbs[limb].0[lane] ^= 1 << (5 * at);
        let batch: Vec<_> = (0..4).map(|i| BigUint::from(0x1234_5678_u32 + i)).collect();
        for (place, outcome) in raw(&damaged, &batch).into_iter().enumerate() {
            let right = batch[place].modpow(key.rsa.d(), key.rsa.n());
            if place == lane % 4 {
                assert_eq!(outcome, Err(Failure::NotComputed));
            } else {
                assert_eq!(outcome, Ok(right));
            }
        }
        let mut damaged = with_components(&key.rsa, VectorKey::new).unwrap();
        damaged.two.modulus.fold[at % 2].sum[at % 5].0[at % 4] ^= 1 << (5 * at);
        for (place, outcome) in raw(&damaged, &batch[..2]).into_iter().enumerate() {
            assert_eq!(outcome.is_err(), place == at % 2);
        }
    }
}

#[test]
fn a_failed_check_throws_the_blinding_away() {
    let Some(key) = KEYS.first() else { return };
    let mut damaged = with_components(&key.rsa, VectorKey::new).unwrap();
    damaged.four.modulus.limbs[0].0[0] ^= 2;
    let batch = [3_u8, 4, 5, 6].map(BigUint::from);
    assert_eq!(raw(&damaged, &batch)[0], Err(Failure::NotComputed));
    assert!(damaged.workplace().blinding.is_none());
}

#[test]
fn blinding_factors_stay_inverse_to_each_other_until_they_are_replaced() {
    let Some(key) = KEYS.first() else { return };
    let vector = with_components(&key.rsa, VectorKey::new).unwrap();
    let n = key.rsa.n();
    let r = (BigUint::from(1_u8) << 2080) % n;
    let one_way = |wide: &Wide, lane: usize| number(wide.map(|limb| limb.0[lane]));
    let mut seen = Vec::new();
    for _ in 0..=USES {
        let workplace = vector.workplace();
        let blinding = workplace.blinding.as_ref().unwrap();
        for lane in 0..4 {
            // Both are in Montgomery's form: a R and b R with a b^e = 1.
            let (a, b) = (
                one_way(&blinding.factor, lane),
                one_way(&blinding.inverse, lane),
            );
            let product = &a * b.modpow(key.rsa.e(), n) % n;
            assert_eq!(product, r.modpow(&(key.rsa.e() + 1_u8), n));
            assert!(!seen.contains(&a), "a factor was used twice");
            seen.push(a);
        }
        vector.idle().push(workplace);
        assert_eq!(raw(&vector, &[2_u8.into()]).len(), 1);
    }
    // One more batch than one set of factors serves.
    assert_eq!(vector.workplace().blinding.as_ref().unwrap().uses, USES - 1);
}

#[test]
fn keys_of_another_shape_are_refused_with_the_reason() {
    let Some(key) = KEYS.first() else { return };
    let refused = |change: &dyn Fn(&mut Components<'_>)| {
        with_components(&key.rsa, |components| {
            let mut components = *components;
            change(&mut components);
            VectorKey::new(&components).unwrap_err()
        })
    };
    assert_eq!(
        refused(&|key| key.n = &key.n[..255]),
        Unsupported::ModulusSize { found: 2040 }
    );
    assert_eq!(
        refused(&|key| key.q = &[1; 128]),
        Unsupported::PrimeSize { found: 1017 }
    );
    assert_eq!(refused(&|key| key.e = &[3]), Unsupported::PublicExponent);
    assert_eq!(refused(&|key| key.q = key.p), Unsupported::Inconsistent);
    assert_eq!(refused(&|key| key.dp = key.n), Unsupported::Inconsistent);
    assert_eq!(
        refused(&|key| key.dq = &[0xff; 128]),
        Unsupported::Inconsistent
    );
    assert_eq!(refused(&|key| key.qinv = key.p), Unsupported::Inconsistent);
    let small = RsaPrivateKey::new(&mut OsRng, 1024).unwrap();
    let error = with_components(&small, VectorKey::new).unwrap_err();
    assert_eq!(error, Unsupported::ModulusSize { found: 1024 });
}

#[test]
fn a_key_with_leading_zeros_in_its_numbers_is_the_same_key() {
    let Some(key) = KEYS.first() else { return };
    let vector = with_components(&key.rsa, |components| {
        let longer = |number: &[u8]| [&[0; 3], number].concat();
        VectorKey::new(&Components {
            n: &longer(components.n),
            e: &longer(components.e),
            p: &longer(components.p),
            q: &longer(components.q),
            dp: &longer(components.dp),
            dq: &longer(components.dq),
            qinv: &longer(components.qinv),
        })
    });
    let ciphertext = encrypted(key, b"message");
    let outcomes = vector.unwrap().unwrap_batch(&[&ciphertext]);
    assert_eq!(outcomes[0].as_ref().unwrap().expose_secret(), b"message");
}

#[test]
fn batches_at_the_same_time_have_blinding_of_their_own() {
    let Some(key) = KEYS.first() else { return };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let batch = [(); 4].map(|()| encrypted(key, b"at once"));
                    assert_eq!(check_batch(key, &batch), 4);
                }
            });
        }
    });
}

#[test]
fn debug_shows_no_secret() {
    for key in &*KEYS {
        assert_eq!(format!("{:?}", key.vector), "VectorKey");
        with_components(&key.rsa, |components| {
            assert_eq!(format!("{components:?}"), "Components");
        });
    }
}
