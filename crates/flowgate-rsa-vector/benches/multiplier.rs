//! How much of the processor's multiplier a batch of four uses: the rate of
//! independent multiply-adds, and the time of a batch beside what its
//! multiply-adds would take at that rate.
//!
//! The fastest of many short runs counts, so that a busy machine does not.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::time::{Duration, Instant};

use flowgate_rsa_vector::limit::{BATCH_MULTIPLY_ADDS, multiply_adds_per_second};
use flowgate_rsa_vector::{Components, VectorKey};
use rsa::rand_core::{OsRng, RngCore};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};

fn main() {
    let Some(key) = key() else { return };
    let ciphertexts: [[u8; 256]; 4] = std::array::from_fn(|_| {
        let mut ciphertext = [0; 256];
        OsRng.fill_bytes(&mut ciphertext[1..]);
        ciphertext
    });
    let ciphertexts = ciphertexts.each_ref();
    let Some(rate) = multiply_adds_per_second() else {
        return;
    };
    let batch = fastest(|| {
        assert_eq!(key.unwrap_batch(&ciphertexts).len(), 4);
    })
    .as_secs_f64();
    let least = f64::from(BATCH_MULTIPLY_ADDS) / rate;
    println!(
        "{:.2} multiply-adds of 512 bits in a nanosecond",
        rate / 1e9
    );
    println!(
        "batch of four: {:.0} µs, {:.1} µs for each; its {BATCH_MULTIPLY_ADDS} multiply-adds modulo p and q \
         would take {:.0} µs: {:.0} % of the time",
        batch * 1e6,
        batch * 1e6 / 4.0,
        least * 1e6,
        least / batch * 100.0
    );
}

/// The fastest of many runs.
fn fastest(mut run: impl FnMut()) -> Duration {
    let times = (0..2000).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap()
}

fn key() -> Option<VectorKey> {
    let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
    let [p, q] = [&key.primes()[0], &key.primes()[1]];
    let bytes = |number: &BigUint| number.to_bytes_be();
    let vector = VectorKey::new(&Components {
        n: &bytes(key.n()),
        e: &bytes(key.e()),
        p: &bytes(p),
        q: &bytes(q),
        dp: &bytes(key.dp().unwrap()),
        dq: &bytes(key.dq().unwrap()),
        qinv: &bytes(&key.crt_coefficient().unwrap()),
    });
    vector
        .inspect_err(|error| println!("nothing to measure: {error}"))
        .ok()
}
