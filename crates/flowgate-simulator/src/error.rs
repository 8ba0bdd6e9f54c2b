//! What can go wrong with the stand-in itself.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Says why the stand-in does not start, or what it was asked in vain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulatorError {
    /// The caller names a number that is not there.
    #[error("there is no phone number with the id {id}")]
    UnknownNumber {
        /// The id.
        id: String,
    },
    /// The caller adds a number twice.
    #[error("there is a phone number with the id {id} already")]
    NumberExists {
        /// The id.
        id: String,
    },
    /// The caller puts a second number on the On-Premises installation.
    #[error("the On-Premises installation serves one number, and that is {id}")]
    InstallationTaken {
        /// The id of the number that has it.
        id: String,
    },
    /// The caller alters a key that is not there.
    #[error("the number {id} has no key")]
    NoKey {
        /// The id.
        id: String,
    },
    /// The caller's password does not fit the rules of the installation.
    #[error(
        "a password needs 8 to 64 characters, among them a digit, an upper-case letter, a \
         lower-case letter and a special character"
    )]
    WeakPassword,
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The threads of the servers do not start.
    #[error("cannot start the servers: {0}")]
    Start(#[source] io::Error),
    /// The TLS certificate cannot be made.
    #[error("cannot make the TLS certificate: {reason}")]
    Certificate {
        /// What the library says.
        reason: String,
    },
    /// The state file cannot be read or written.
    #[error("cannot {action} the state file {}: {source}", .path.display())]
    StateFile {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The state file was written by something else.
    #[error("{} is not a state file of the simulator: {reason}", .path.display())]
    StateFormat {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The operating system gives no random bytes.
    #[error("no random bytes: {reason}")]
    Randomness {
        /// What the system says.
        reason: String,
    },
}
