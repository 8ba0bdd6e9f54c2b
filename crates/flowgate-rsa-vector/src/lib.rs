//! Unwraps up to four RSA-2048-OAEP ciphertexts of one key at once, in the lanes
//! of AVX-512 IFMA.
//!
//! **Unaudited.** This is cryptography of our own, for those who choose it; the
//! default of `flowgate-keys` is aws-lc-rs. It gains nothing for a single
//! ciphertext, and about a factor of two for four that are waiting.
//!
//! # How it works
//!
//! A number modulo one of the primes is 20 **limbs** of 52 bits. A vector holds
//! one limb of several numbers: of four ciphertexts modulo p and modulo q in
//! eight **lanes** of 512 bits together (`zmm`), or of two ciphertexts in four
//! lanes of 256 bits (`ymm`). The same source is compiled for both. All lanes do
//! the same at the same time, so nothing depends on what they hold.
//!
//! | module | what it does |
//! |---|---|
//! | `kernel/arithmetic.rs` | products and Montgomery's reduction, plainly |
//! | `kernel/karatsuba.rs` | the two that matter: squares and products modulo a prime |
//! | `kernel/power.rs` | exponentiation with windows of five bits |
//! | `kernel/private.rs` | both remainders, and what they are put together to |
//! | `ymm/public.rs` | modulo n: blinding and the check with the public exponent |
//! | `oaep.rs` | the padding, and the one error for everything wrong about it |
//! | `twin.rs` | the kernels in plain code, which tests hold them against |
//!
//! # What is guaranteed
//!
//! - Every operation is **blinded** with factors from the operating system's
//!   generator, squared after each use and replaced after 64.
//! - Every result is **raised to the public exponent** and compared with the
//!   ciphertext before anything is made of it. A wrong one becomes
//!   [`Failure::NotComputed`], for another implementation to do again.
//! - No branch and no address depends on a secret, as written; that the compiler
//!   keeps it so is checked in the machine code (`cargo xtask machine-code`).
//! - Keys, tables and intermediate values are cleared from memory. What the
//!   compiler keeps on the stack for itself is not.
//!
//! ```
//! use flowgate_rsa_vector::{Components, Unsupported, VectorKey};
//!
//! // Which key it is does not matter where the processor is not the right one.
//! let components = Components { n: &[], e: &[], p: &[], q: &[], dp: &[], dq: &[], qinv: &[] };
//! match VectorKey::new(&components) {
//!     Ok(key) => drop(key.unwrap_batch(&[&[0; 256], &[1; 256]])),
//!     Err(Unsupported::Processor) => println!("unwrap with something else"),
//!     Err(error) => assert_eq!(error, Unsupported::ModulusSize { found: 0 }),
//! }
//! ```
#![warn(missing_docs)]

#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "the kernels need it")
)]
mod components;
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(dead_code, reason = "the kernels need it")
)]
mod oaep;

#[cfg(target_arch = "x86_64")]
mod blinding;
#[cfg(not(target_arch = "x86_64"))]
mod elsewhere;
#[cfg(target_arch = "x86_64")]
mod exponent;
#[cfg(target_arch = "x86_64")]
mod key;
#[cfg(target_arch = "x86_64")]
mod limbs;
pub mod limit;
#[cfg(target_arch = "x86_64")]
mod primes;
#[cfg(all(test, target_arch = "x86_64"))]
mod testing;
#[cfg(all(test, target_arch = "x86_64"))]
mod twin;
#[cfg(target_arch = "x86_64")]
mod unrolled;
#[cfg(target_arch = "x86_64")]
mod ymm;
#[cfg(target_arch = "x86_64")]
mod zmm;

pub use components::{Components, Unsupported};
#[cfg(not(target_arch = "x86_64"))]
pub use elsewhere::VectorKey;
#[cfg(target_arch = "x86_64")]
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
