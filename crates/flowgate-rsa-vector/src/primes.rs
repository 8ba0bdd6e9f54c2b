//! What calculating modulo one prime takes.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

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
    /// 1/X modulo the prime, X being 2^520: its lower and its upper ten limbs.
    pub(crate) fold: [FoldConstants; 2],
    /// 1/2^52 modulo the prime.
    pub(crate) step: [u64; PRIME_LIMBS],
    /// R modulo the prime.
    pub(crate) one: [u64; PRIME_LIMBS],
    /// R³ modulo the prime.
    pub(crate) cube: [u64; PRIME_LIMBS],
}

impl PrimeConstants {
    pub(crate) fn new(prime: &[u64; PRIME_LIMBS]) -> Self {
        let fold = Zeroizing::new(power_of_half(R_BITS / 2, prime));
        Self {
            limbs: *prime,
            inverse: negative_inverse(prime[0]),
            fold: [0, 10].map(|at| FoldConstants::new(&fold[at..])),
            step: power_of_half(LIMB_BITS, prime),
            one: power_of_two(R_BITS, prime),
            cube: power_of_two(3 * R_BITS, prime),
        }
    }

    /// Brings a number below the prime into Montgomery's form.
    pub(crate) fn to_montgomery(&self, number: &[u64; PRIME_LIMBS]) -> [u64; PRIME_LIMBS] {
        times_power_of_two(number, R_BITS, &self.limbs)
    }
}

/// Ten limbs in two blocks, and the sum of these.
#[derive(Zeroize)]
pub(crate) struct FoldConstants {
    pub(crate) blocks: [[u64; 5]; 2],
    /// The lowest five limbs of the sum.
    pub(crate) sum: [u64; 5],
    /// All ones where they do not hold it, else zero.
    pub(crate) carry: u64,
}

impl FoldConstants {
    fn new(limbs: &[u64]) -> Self {
        let blocks = [0, 5].map(|at| std::array::from_fn(|limb| limbs[at + limb]));
        let [first, second]: [[u64; 5]; 2] = blocks;
        let mut carry = 0;
        let sum = std::array::from_fn(|at| {
            let limb = first[at] + second[at] + carry;
            carry = limb >> LIMB_BITS;
            limb & LIMB_MASK
        });
        Self {
            blocks,
            sum,
            carry: carry.wrapping_neg(),
        }
    }
}
