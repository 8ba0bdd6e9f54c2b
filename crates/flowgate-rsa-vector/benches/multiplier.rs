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

use flowgate_rsa_vector::{Components, VectorKey};
use rsa::rand_core::{OsRng, RngCore};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};

/// Multiply-adds of a square and of a product modulo a prime: three squares or
/// products of ten limbs, two folds, ten rows.
const SQUARE: u32 = 3 * 110 + 2 * 150 + 10 * 40;
const PRODUCT: u32 = 3 * 200 + 2 * 150 + 10 * 40;

/// What one batch of four does of them: 205 windows of five squares and a product,
/// and the table.
const BATCH: u32 = 205 * 5 * SQUARE + (205 + 32) * PRODUCT;

fn main() {
    let Some(key) = key() else { return };
    let ciphertexts: [[u8; 256]; 4] = std::array::from_fn(|_| {
        let mut ciphertext = [0; 256];
        OsRng.fill_bytes(&mut ciphertext[1..]);
        ciphertext
    });
    let ciphertexts = ciphertexts.each_ref();
    let rate = f64::from(multiplier::COUNT) / fastest(multiplier::run).as_secs_f64();
    let batch = fastest(|| {
        assert_eq!(key.unwrap_batch(&ciphertexts).len(), 4);
    })
    .as_secs_f64();
    let least = f64::from(BATCH) / rate;
    println!(
        "{:.2} multiply-adds of 512 bits in a nanosecond",
        rate / 1e9
    );
    println!(
        "batch of four: {:.0} µs, {:.1} µs for each; its {BATCH} multiply-adds modulo p and q \
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

/// Independent multiply-adds, as many at once as the latency needs.
#[cfg(target_arch = "x86_64")]
mod multiplier {
    use std::arch::x86_64::{__m512i, _mm512_madd52lo_epu64, _mm512_set1_epi64};
    use std::hint::black_box;

    const ROUNDS: u32 = 10_000;

    pub(super) const COUNT: u32 = ROUNDS * 16;

    pub(super) fn run() {
        #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
        // SAFETY: only called when there is a key, which needs the same features.
        unsafe {
            multiply();
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply() {
        let x = black_box(_mm512_set1_epi64(3));
        let mut sums: [__m512i; 16] = [x; 16];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_madd52lo_epu64(*sum, x, x);
            }
        }
        black_box(sums);
    }
}

/// There is no key to get here with.
#[cfg(not(target_arch = "x86_64"))]
mod multiplier {
    pub(super) const COUNT: u32 = 1;

    pub(super) fn run() {}
}
