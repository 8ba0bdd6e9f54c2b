//! The one error of everything that unwraps or opens.

/// Says that a request or reply could not be decrypted, and nothing more.
///
/// Padding, key size, tag and length all end here on purpose: whoever can tell
/// them apart from outside can decrypt recorded requests (Manger's attack on
/// RSA-OAEP). The reply to it is HTTP 421, upon which the phone downloads the
/// public key again and repeats the request.
///
/// Source: [endpoint error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot be decrypted with any of the loaded keys")]
pub struct CannotDecrypt;
