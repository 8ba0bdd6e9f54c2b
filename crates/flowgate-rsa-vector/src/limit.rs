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

/// Does as many multiply-adds of 512 bits as a batch of four, independent ones and
/// nothing else. Returns false at once if the processor lacks them.
///
/// To be timed in turns with batches: processors lower their clock when they
/// calculate with long vectors for more than a moment, and for both alike.
pub fn multiply_adds_of_a_batch() -> bool {
    multiplier::run()
}

#[cfg(target_arch = "x86_64")]
mod multiplier {
    use std::arch::x86_64::{__m512i, _mm512_madd52lo_epu64, _mm512_set1_epi64};
    use std::hint::black_box;

    use super::BATCH_MULTIPLY_ADDS;

    /// Independent multiply-adds at the same time: more than the latency needs.
    const AT_ONCE: u32 = 16;

    pub(super) fn run() -> bool {
        let supported = crate::key::is_supported();
        if supported {
            #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
            // SAFETY: the features have just been found.
            unsafe {
                multiply();
            }
        }
        supported
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply() {
        let x = black_box(_mm512_set1_epi64(3));
        let mut sums: [__m512i; AT_ONCE as usize] = [x; AT_ONCE as usize];
        for _ in 0..BATCH_MULTIPLY_ADDS / AT_ONCE {
            for sum in &mut sums {
                *sum = _mm512_madd52lo_epu64(*sum, x, x);
            }
        }
        black_box(sums);
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod multiplier {
    pub(super) fn run() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_multiplier_runs_where_batches_do() {
        assert_eq!(multiply_adds_of_a_batch(), crate::key::is_supported());
    }
}
