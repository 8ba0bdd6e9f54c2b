//! Calculating modulo n for four numbers: blinding, and the check of results
//! with the public exponent.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{ZERO, add_product, carry, reduce, subtract_if_not_less};
use super::ops::Lanes;
use crate::limbs::{LIMB_BITS, MODULUS_LIMBS, PRIME_LIMBS, negative_inverse, power_of_two};

/// Numbers that are calculated at once.
pub(crate) const NUMBERS: usize = 4;

/// Four numbers of 40 limbs.
pub(crate) type Wide = [Lanes; MODULUS_LIMBS];

/// Columns of a product of such numbers.
type WideColumns = [Lanes; 2 * MODULUS_LIMBS];

/// The modulus n of a key: above 2^2047 and below 2^2048. R is 2^2080 here.
pub(crate) struct PublicKernel {
    limbs: Wide,
    /// -1 / n modulo 2^52.
    inverse: Lanes,
    /// R² modulo n.
    square: Wide,
}

/// What is overwritten while calculating; cleared when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct PublicScratch {
    columns: WideColumns,
    factors: [Lanes; PRIME_LIMBS],
}

impl PublicScratch {
    pub(crate) fn new() -> Self {
        Self {
            columns: [ZERO; 2 * MODULUS_LIMBS],
            factors: [ZERO; PRIME_LIMBS],
        }
    }
}

impl PublicKernel {
    pub(crate) fn new(n: &[u64; MODULUS_LIMBS]) -> Self {
        let square = power_of_two(2 * MODULUS_LIMBS * LIMB_BITS, n);
        Self {
            limbs: n.map(|limb| Lanes([limb; NUMBERS])),
            inverse: Lanes([negative_inverse(n[0]); NUMBERS]),
            square: square.map(|limb| Lanes([limb; NUMBERS])),
        }
    }

    /// Returns `a` · `b` / R modulo n.
    ///
    /// With a, b < 2 n the result is below (4 n² + R n) / R < 1.001 n. A column
    /// gets at most 80 halves of the product, 80 of the multiple of n and a
    /// carry: less than 161 · 2^52 < 2^59.4.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    pub(crate) fn multiplied(&self, a: &Wide, b: &Wide, scratch: &mut PublicScratch) -> Wide {
        let (a_low, a_high) = halves(a);
        let (b_low, b_high) = halves(b);
        let (n_low, n_high) = halves(&self.limbs);
        let PublicScratch { columns, factors } = scratch;
        *columns = [ZERO; 2 * MODULUS_LIMBS];
        add_product(window(columns, 0), a_low, b_low);
        add_product(window(columns, 1), a_low, b_high);
        add_product(window(columns, 1), a_high, b_low);
        add_product(window(columns, 2), a_high, b_high);
        for at in 0..2 {
            // The lower 20 columns decide the factors q; q · n has the upper
            // half of n as well.
            reduce(window(columns, at), n_low, &self.inverse, factors);
            add_product(window(columns, at + 1), factors, n_high);
        }
        let mut result = [ZERO; MODULUS_LIMBS];
        // Nothing is above limb 39: the result is below R.
        carry(&mut result, window(columns, 2));
        result
    }

    /// Brings numbers into Montgomery's form.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    pub(crate) fn to_montgomery(&self, numbers: &Wide, scratch: &mut PublicScratch) -> Wide {
        self.multiplied(numbers, &self.square, scratch)
    }

    /// Brings numbers below 2 n below n.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    pub(crate) fn reduce_once(&self, numbers: &mut Wide) {
        subtract_if_not_less(numbers, &self.limbs);
    }

    /// Returns the numbers to the power of 65537 modulo n, below n.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    pub(crate) fn encrypted(&self, numbers: &Wide, scratch: &mut PublicScratch) -> Wide {
        let mut power = self.to_montgomery(numbers, scratch);
        for _ in 0..16 {
            power = self.multiplied(&power, &power, scratch);
        }
        // One factor is not in Montgomery's form, so the product is not either.
        power = self.multiplied(&power, numbers, scratch);
        self.reduce_once(&mut power);
        power
    }
}

/// The lower and the upper 20 limbs.
fn halves(number: &Wide) -> (&[Lanes; PRIME_LIMBS], &[Lanes; PRIME_LIMBS]) {
    let low = number.first_chunk().expect("20 of 40 limbs");
    let high = number.last_chunk().expect("20 of 40 limbs");
    (low, high)
}

/// 40 columns, from column 20 · `at`.
fn window(columns: &mut WideColumns, at: usize) -> &mut Wide {
    columns[at * PRIME_LIMBS..]
        .first_chunk_mut()
        .expect("40 of 80 columns")
}
