//! How much of the processor's multiplier a batch of four uses: its time beside that
//! of its multiply-adds alone, in turns.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::time::Instant;

use flowgate_rsa_vector::limit::{BATCH_MULTIPLY_ADDS, multiply_adds_of_a_batch};
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
    let mut rounds: Vec<[f64; 2]> = (0..ROUNDS)
        .map(|_| {
            let batch = seconds(|| {
                assert_eq!(key.unwrap_batch(&ciphertexts).len(), 4);
            });
            [batch, seconds(|| assert!(multiply_adds_of_a_batch()))]
        })
        .collect();
    let share = median(&mut rounds, |[batch, alone]| alone / batch);
    let alone = median(&mut rounds, |[_, alone]| *alone);
    let batch = median(&mut rounds, |[batch, _]| *batch);
    println!(
        "{:.2} multiply-adds of 512 bits in a nanosecond",
        f64::from(BATCH_MULTIPLY_ADDS) / alone / 1e9
    );
    println!(
        "batch of four: {:.0} µs, {:.1} µs for each; its {BATCH_MULTIPLY_ADDS} multiply-adds modulo p and q \
         take {:.0} µs alone: {:.0} % of the time",
        batch * 1e6,
        batch * 1e6 / 4.0,
        alone * 1e6,
        share * 100.0
    );
}

/// Rounds of both; the medians count.
const ROUNDS: usize = 500;

/// Runs in a row: so long that the clock of the processor is the same for both.
const RUNS: u32 = 5;

/// Time of one run, in seconds.
fn seconds(mut run: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..RUNS {
        run();
    }
    start.elapsed().as_secs_f64() / f64::from(RUNS)
}

fn median(rounds: &mut [[f64; 2]], value: impl Fn(&[f64; 2]) -> f64) -> f64 {
    rounds.sort_by(|a, b| value(a).total_cmp(&value(b)));
    value(&rounds[rounds.len() / 2])
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
