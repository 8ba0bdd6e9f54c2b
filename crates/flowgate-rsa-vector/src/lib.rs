//! The RSA-2048 private-key operation with OAEP-SHA256 for up to four ciphertexts
//! of one key at once, in the lanes of AVX-512 IFMA.
#![warn(missing_docs)]

mod blinding;
mod components;
mod exponent;
mod key;
mod limbs;
mod oaep;
mod primes;
#[cfg(test)]
mod testing;
mod unrolled;
mod ymm;
mod zmm;

pub use components::{Components, Unsupported};
pub use key::VectorKey;
pub use oaep::{MAX_MESSAGE_BYTES, Message};

/// Length of a ciphertext: 2048 bits.
pub const CIPHERTEXT_BYTES: usize = 256;

/// Most ciphertexts that are calculated at once.
pub const MAX_BATCH: usize = 4;

/// Says why a ciphertext of a batch was not decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The ciphertext is out of range or its padding is wrong: which of the two
    /// is not told.
    #[error("the ciphertext cannot be decrypted")]
    CannotDecrypt,
    /// The result did not pass the check with the public exponent, or there were
    /// no random bytes to blind with. Another implementation must do it.
    #[error("the result of the private-key operation is wrong")]
    NotComputed,
}
