//! How fast a batch of four could be: what the processor's multiplier can do, for
//! benchmarks that tell the share of it.

/// Multiply-adds of a square modulo a prime: three squares of ten limbs, two
/// folds, ten steps.
const SQUARE: u32 = 3 * 110 + 2 * 150 + 10 * 40;

/// … and of a product: three products of ten limbs, two folds, ten steps.
const PRODUCT: u32 = 3 * 200 + 2 * 150 + 10 * 40;

/// Multiply-adds of 512 bits that a batch of four does modulo its primes: 205
/// windows of five squares and a product, and the table.
pub const BATCH_MULTIPLY_ADDS: u32 = 205 * 5 * SQUARE + (205 + 32) * PRODUCT;

/// Measures how many multiply-adds of 512 bits one core can do in a second; none
/// if the processor lacks them. Takes some tens of milliseconds.
pub fn multiply_adds_per_second() -> Option<f64> {
    multiplier::per_second()
}

#[cfg(target_arch = "x86_64")]
mod multiplier {
    use std::arch::x86_64::{__m512i, _mm512_madd52lo_epu64, _mm512_set1_epi64};
    use std::hint::black_box;
    use std::time::Instant;

    /// Independent multiply-adds at the same time: more than the latency needs.
    const AT_ONCE: usize = 16;

    const ROUNDS: usize = 10_000;

    /// Runs; the fastest counts, so that a busy machine does not.
    const RUNS: usize = 500;

    #[expect(
        clippy::cast_precision_loss,
        reason = "the number of multiply-adds is far below 2^52"
    )]
    pub(super) fn per_second() -> Option<f64> {
        if !crate::key::is_supported() {
            return None;
        }
        let times = (0..RUNS).map(|_| {
            let start = Instant::now();
            #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
            // SAFETY: the features have just been found.
            unsafe {
                multiply();
            }
            start.elapsed()
        });
        let fastest = times.min()?;
        Some((ROUNDS * AT_ONCE) as f64 / fastest.as_secs_f64())
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply() {
        let x = black_box(_mm512_set1_epi64(3));
        let mut sums: [__m512i; AT_ONCE] = [x; AT_ONCE];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_madd52lo_epu64(*sum, x, x);
            }
        }
        black_box(sums);
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod multiplier {
    pub(super) fn per_second() -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_rate() {
        assert!(multiply_adds_per_second().is_none_or(|rate| rate > 1e6));
    }
}
