//! Test keys, made once for all tests.
#![expect(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::sync::LazyLock;

use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::OsRng;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};

use crate::limbs::LIMB_BITS;
use crate::{Components, Unsupported, VectorKey};

/// A test key, in the forms of two libraries and in ours.
pub(crate) struct TestKey {
    pub(crate) rsa: RsaPrivateKey,
    pub(crate) aws_lc: OaepPrivateDecryptingKey,
    pub(crate) vector: VectorKey,
}

/// Random test keys; none on processors without the instructions.
pub(crate) static KEYS: LazyLock<Vec<TestKey>> = LazyLock::new(|| {
    let keys = (0..20).map_while(|_| {
        let rsa = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        match with_components(&rsa, VectorKey::new) {
            Ok(vector) => Some(TestKey {
                aws_lc: aws_lc(&rsa),
                rsa,
                vector,
            }),
            Err(Unsupported::Processor) => {
                println!("skipped: {}", Unsupported::Processor);
                None
            }
            Err(error) => panic!("{error}"),
        }
    });
    keys.collect()
});

fn aws_lc(key: &RsaPrivateKey) -> OaepPrivateDecryptingKey {
    let der = key.to_pkcs8_der().unwrap();
    let key = PrivateDecryptingKey::from_pkcs8(der.as_bytes()).unwrap();
    OaepPrivateDecryptingKey::new(key).unwrap()
}

/// Calls `run` with the numbers of a key.
pub(crate) fn with_components<T>(key: &RsaPrivateKey, run: impl FnOnce(&Components<'_>) -> T) -> T {
    let [p, q] = [&key.primes()[0], &key.primes()[1]];
    let one = BigUint::from(1_u8);
    let bytes = |number: &BigUint| number.to_bytes_be();
    run(&Components {
        n: &bytes(key.n()),
        e: &bytes(key.e()),
        p: &bytes(p),
        q: &bytes(q),
        dp: &bytes(&(key.d() % (p - &one))),
        dq: &bytes(&(key.d() % (q - &one))),
        qinv: &bytes(&q.modpow(&(p - BigUint::from(2_u8)), p)),
    })
}

/// Returns a number in 256 bytes, or its lowest 2048 bits.
pub(crate) fn bytes(number: &BigUint) -> [u8; 256] {
    let bytes = number.to_bytes_be();
    let bytes = &bytes[bytes.len().saturating_sub(256)..];
    let mut array = [0; 256];
    array[256 - bytes.len()..].copy_from_slice(bytes);
    array
}

/// Returns the number of some limbs.
pub(crate) fn number(
    limbs: impl IntoIterator<Item = u64, IntoIter: DoubleEndedIterator>,
) -> BigUint {
    let limbs = limbs.into_iter().rev();
    limbs.fold(BigUint::default(), |sum, limb| (sum << LIMB_BITS) + limb)
}
