//! The exit codes of the program; scripts may rely on them.

/// The command did what it was asked to.
pub(crate) const SUCCESS: u8 = 0;
/// The input was read and found wanting: no key, a wrong passphrase, an error in
/// a Flow JSON, a reply that no phone goes on with.
pub(crate) const REFUSED: u8 = 1;
/// The arguments or the environment do not say what to do; clap exits with it too.
pub(crate) const USAGE: u8 = 2;
/// A file could not be read or written.
pub(crate) const FILE_SYSTEM: u8 = 3;
/// A file exists already and was left as it is.
pub(crate) const ALREADY_EXISTS: u8 = 4;
/// The operating system or a library failed; trying again may help.
pub(crate) const INTERNAL: u8 = 5;
/// The endpoint could not be reached, or did not answer within WhatsApp's 10 s.
pub(crate) const UNREACHABLE: u8 = 6;
/// The platform refused: a credential, a permission, an id or the key needs a change.
pub(crate) const PLATFORM_REFUSED: u8 = 7;
/// The platform could not be reached, failed, limits calls, or something else answered.
pub(crate) const PLATFORM_UNAVAILABLE: u8 = 8;
/// A number does not hold the key with a valid signature, though nothing refused.
pub(crate) const NOT_VALID: u8 = 9;
/// A rotation waits for something outside; `flowgate keys rotate --resume` goes on.
pub(crate) const WAITING: u8 = 10;
