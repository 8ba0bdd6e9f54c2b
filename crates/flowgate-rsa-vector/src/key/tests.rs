//! The private-key operation against big integers of a library.

use rsa::BigUint;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};

use super::*;
use crate::testing::{KEYS, TestKey, bytes, with_components};

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
