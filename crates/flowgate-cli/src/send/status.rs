//! What the statuses of an endpoint mean to a phone
//! ([error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes)).

/// Says what a phone makes of a status.
pub(super) fn meaning(status: u16) -> &'static str {
    match status {
        200 => "success",
        421 => "cannot be decrypted: the phone fetches the public key again and repeats once",
        427 => "flow token no longer valid: the phone shows the text and closes the Flow",
        432 => "signature not accepted: the phone shows a general error",
        300..=399 => "redirect: WhatsApp does not follow it",
        _ => "not expected by WhatsApp: the phone shows a general error",
    }
}

/// Says what to look at, for a status that no phone goes on with.
pub(super) fn help(status: u16) -> Option<&'static str> {
    Some(match status {
        200 | 427 => return None,
        400 => {
            "the endpoint does not take this request: unknown action or screen, or not the \
             documented form; its log says which"
        }
        404 => "nothing is served at this path; check the URL",
        405 => "the path does not take POST; check the URL",
        408 => "the request did not arrive in time; check what stands between",
        413 => "the request is larger than the endpoint takes",
        421 => {
            "the endpoint does not hold the private key of this public key: compare the \
             fingerprints with `flowgate keys inspect`"
        }
        432 => {
            "the endpoint knows another app secret, or something between altered the body; the \
             secret is that of the app connected to the Flow, not a verify or access token"
        }
        500 => "the endpoint failed; its log says why",
        503 => "the endpoint is overloaded or starting; try again",
        _ => "see the log of the endpoint, and of what stands before it",
    })
}
