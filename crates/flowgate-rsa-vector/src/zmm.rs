//! The kernels on vectors of 512 bits: four ciphertexts at once.

#[expect(clippy::duplicate_mod, reason = "compiled for each width of vector")]
#[path = "kernel/arithmetic.rs"]
pub(crate) mod arithmetic;
#[expect(clippy::duplicate_mod, reason = "compiled for each width of vector")]
#[path = "kernel/karatsuba.rs"]
pub(crate) mod karatsuba;
pub(crate) mod ops;
#[expect(clippy::duplicate_mod, reason = "compiled for each width of vector")]
#[path = "kernel/power.rs"]
pub(crate) mod power;
#[expect(clippy::duplicate_mod, reason = "compiled for each width of vector")]
#[path = "kernel/private.rs"]
pub(crate) mod private;
#[cfg(test)]
#[expect(clippy::duplicate_mod, reason = "compiled for each width of vector")]
#[path = "kernel/tests.rs"]
mod tests;
