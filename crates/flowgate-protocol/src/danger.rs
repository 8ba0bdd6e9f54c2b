//! What weakens the channel; nothing here belongs into production.

use crate::SignatureCheck;

/// Lets unsigned requests through to the private key.
///
/// Everybody who finds the URL can then make the server work, and the only
/// thing that ties a request to WhatsApp is gone. For tests of callers that
/// cannot sign.
pub fn accept_unsigned_requests() -> SignatureCheck {
    SignatureCheck::switched_off()
}
