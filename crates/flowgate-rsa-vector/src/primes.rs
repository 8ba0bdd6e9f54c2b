//! What calculating modulo one prime takes.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::limbs::{
    LIMB_BITS, LIMB_MASK, PRIME_LIMBS, negative_inverse, power_of_half, power_of_two,
    times_power_of_two,
};

/// Bits of R.
const R_BITS: usize = PRIME_LIMBS * LIMB_BITS;

/// Constants of one prime of 1024 bits. R is 2^1040.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct PrimeConstants {
    /// The prime.
    pub(crate) limbs: [u64; PRIME_LIMBS],
    /// -1 / prime modulo 2^52.
    pub(crate) inverse: u64,
    /// 1/X modulo the prime, X being 2^520.
    pub(crate) fold: [u64; PRIME_LIMBS],
    /// Sums of the five-limb blocks 0 and 1, 2 and 3 of it; all ones beside them
    /// where they do not fit five limbs, else zero.
    pub(crate) fold_sums: [([u64; 5], u64); 2],
    /// R modulo the prime.
    pub(crate) one: [u64; PRIME_LIMBS],
    /// R³ modulo the prime.
    pub(crate) cube: [u64; PRIME_LIMBS],
}

impl PrimeConstants {
    pub(crate) fn new(prime: &[u64; PRIME_LIMBS]) -> Self {
        let fold = power_of_half(R_BITS / 2, prime);
        Self {
            limbs: *prime,
            inverse: negative_inverse(prime[0]),
            fold,
            fold_sums: [0, 10].map(|at| sum_of_blocks(&fold[at..])),
            one: power_of_two(R_BITS, prime),
            cube: power_of_two(3 * R_BITS, prime),
        }
    }

    /// Brings a number below the prime into Montgomery's form.
    pub(crate) fn to_montgomery(&self, number: &[u64; PRIME_LIMBS]) -> [u64; PRIME_LIMBS] {
        times_power_of_two(number, R_BITS, &self.limbs)
    }
}

/// Adds limbs 0 to 4 and 5 to 9.
fn sum_of_blocks(limbs: &[u64]) -> ([u64; 5], u64) {
    let mut carry = 0;
    let sum = std::array::from_fn(|at| {
        let limb = limbs[at] + limbs[at + 5] + carry;
        carry = limb >> LIMB_BITS;
        limb & LIMB_MASK
    });
    (sum, carry.wrapping_neg())
}
