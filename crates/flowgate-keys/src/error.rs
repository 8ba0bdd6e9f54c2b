//! What can be wrong with a key.

use crate::{Backend, Fingerprint};

/// Says what is wrong with a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
    /// The key is damaged.
    #[error("damaged key")]
    Damaged,
    /// The build lacks the backend.
    #[error("this build lacks the backend `{backend}`")]
    BackendUnavailable {
        /// The one asked for.
        backend: Backend,
    },
    /// The backend refuses the key.
    #[error("the backend `{backend}` refuses the key: {reason}")]
    RefusedByBackend {
        /// The one asked for.
        backend: Backend,
        /// Its reason.
        reason: String,
    },
    /// No backend has that name.
    #[error("no backend is called `{found}`; there are `aws-lc` and `rsa`")]
    UnknownBackend {
        /// The name given.
        found: String,
    },
    /// A key is in the ring twice.
    #[error("key {fingerprint} is in the ring twice")]
    DuplicateKey {
        /// Which one.
        fingerprint: Fingerprint,
    },
    /// Not a phone number id.
    #[error("`{found}` is not a phone number id, which has digits only")]
    NotAPhoneNumberId {
        /// The text given.
        found: String,
    },
}
