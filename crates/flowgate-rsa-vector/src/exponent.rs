//! Secret exponents in windows of fixed width.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::limbs::PRIME_LIMBS;

/// Bits of a window.
pub(crate) const WINDOW_BITS: usize = 5;

/// Powers in the table: one for each digit.
pub(crate) const TABLE_ENTRIES: usize = 1 << WINDOW_BITS;

/// Windows of an exponent of 1024 bits.
pub(crate) const WINDOWS: usize = 1024_usize.div_ceil(WINDOW_BITS);

/// An exponent of up to 1024 bits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Exponent([u8; WINDOWS]);

impl Exponent {
    /// Cuts a number into windows, the most significant first.
    pub(crate) fn new(limbs: &[u64; PRIME_LIMBS]) -> Self {
        Self(std::array::from_fn(|window| {
            let lowest = (WINDOWS - 1 - window) * WINDOW_BITS;
            (0..WINDOW_BITS).fold(0, |digit, bit| {
                let at = lowest + bit;
                digit | (((limbs[at / 52] >> (at % 52)) & 1) as u8) << bit
            })
        }))
    }

    /// Returns the digit of a window, the first one being the most significant.
    pub(crate) fn digit(&self, window: usize) -> u64 {
        self.0[window].into()
    }
}
