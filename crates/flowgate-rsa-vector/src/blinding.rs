//! Random factors that hide from the private-key operation what it calculates.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ymm::public::Wide;

/// Batches that one set of factors serves, squared after each, before fresh
/// ones are made. Making them costs as much as one more batch.
pub(crate) const USES: u32 = 64;

/// Four pairs r^e and 1/r modulo n, one for each place in a batch, all in
/// Montgomery's form.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Blinding {
    /// r^e: what ciphertexts are multiplied by.
    pub(crate) factor: Wide,
    /// 1/r: what results are multiplied by.
    pub(crate) inverse: Wide,
    /// How often this set may still be used.
    pub(crate) uses: u32,
}
