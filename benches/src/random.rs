//! Random numbers that need not be secret, thousands of times as fast as the
//! operating system's.

/// SplitMix64, seeded by the operating system.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// Starts somewhere else each time.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    #[expect(
        clippy::new_without_default,
        reason = "a default value should be the same each time"
    )]
    pub fn new() -> Self {
        Self(getrandom::u64().unwrap())
    }

    /// Returns 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number below `limit`, which is small and not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.bits() >> 33) as usize % limit
    }

    /// Returns random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.bits().to_le_bytes()[0])
    }
}
