//! Passphrase.
/// A passphrase.
#[derive(Debug)]
pub struct Passphrase;
