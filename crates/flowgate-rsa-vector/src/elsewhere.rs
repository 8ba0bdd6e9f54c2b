//! What stands for the kernels on processors that are not x86-64.

use std::convert::Infallible;

use crate::{CIPHERTEXT_BYTES, Components, Failure, Message, Unsupported};

/// A private key that cannot be made on this processor.
#[derive(Debug)]
pub struct VectorKey(Infallible);

impl VectorKey {
    /// Refuses every key.
    ///
    /// # Errors
    ///
    /// [`Unsupported::Processor`].
    pub fn new(_: &Components<'_>) -> Result<Self, Unsupported> {
        Err(Unsupported::Processor)
    }

    /// Is never called: there is no key.
    ///
    /// # Errors
    ///
    /// None.
    pub fn unwrap_batch(&self, _: &[&[u8; CIPHERTEXT_BYTES]]) -> Vec<Result<Message, Failure>> {
        match self.0 {}
    }
}
