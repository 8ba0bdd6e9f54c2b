//! What the doctor finds: a code for scripts, what is wrong, what to mend.

use std::fmt;

/// One thing that is wrong with an endpoint or with the published key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Names the kind; scripts may rely on it.
    pub code: Code,
    /// What was seen: one line, lower case, no final period.
    pub problem: String,
}

/// Whether phones fail because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Phones fail, or strangers are served.
    Error,
    /// Phones go on, but something is not as documented.
    Warning,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident, $name:literal, $severity:ident, $help:literal;)+) => {
        /// Names the kind of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Lists all codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name that scripts see: lower case with hyphens.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Tells whether phones fail because of it.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity),+ }
            }

            /// Says what to mend: one line, lower case, no final period.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),+ }
            }
        }
    };
}

codes! {
    /// No connection comes about.
    Unreachable, "unreachable", Error,
        "check host and port of the URL, that the server runs, and that the firewall lets Meta's \
         servers in";
    /// TLS fails, or the certificate is not accepted.
    TlsFailed, "tls-failed", Error,
        "WhatsApp needs a certificate of a public CA that names the host, with its whole chain";
    /// The endpoint takes longer than WhatsApp waits.
    TimedOut, "timed-out", Error,
        "answer below 1 s: WhatsApp gives up after 10 s; do slow work afterwards, and keep the \
         server awake";
    /// The connection ends without a reply.
    ConnectionClosed, "connection-closed", Error,
        "see the log of the endpoint: it crashed, or a proxy ended the connection";
    /// The URL is not https.
    ClearText, "clear-text", Warning,
        "WhatsApp calls https only: put a proxy with a certificate in front";
    /// The clocks differ.
    ClockDiffers, "clock-differs", Warning,
        "set the clock of the endpoint, or of this machine: expiry of flow tokens and \
         certificates depend on it";
    /// The endpoint redirects.
    Redirected, "redirected", Error,
        "give WhatsApp the final URL: it does not follow redirects; mind the last slash, `www.` \
         and https";
    /// Nothing is served at the path.
    NotServed, "not-served", Error,
        "check the path of the URL, and that it takes POST";
    /// A web page comes back: of a tunnel, a bot protection, a login.
    WebPage, "web-page", Error,
        "something in front answers with a page: the interstitial of a tunnel, bot protection, a \
         login; let POST through to the endpoint";
    /// A rightly signed request is refused.
    SignatureRefused, "signature-refused", Error,
        "give the endpoint the secret of the app connected to the Flow, neither verify token nor \
         access token; and verify over the bytes as received";
    /// A rightly signed request is refused only when its JSON is written another way.
    BodyAltered, "body-altered", Error,
        "compute the signature over the raw bytes, before any JSON parser; and let no proxy, WAF \
         or body parser rewrite the body: WhatsApp escapes slashes as `\\/`";
    /// A wrong signature is accepted.
    SignatureNotChecked, "signature-not-checked", Error,
        "verify X-Hub-Signature-256 before decrypting, and refuse with 432: without it strangers \
         reach the private key";
    /// A missing signature is accepted.
    MissingSignatureAccepted, "missing-signature-accepted", Error,
        "refuse a request without X-Hub-Signature-256 with 432";
    /// A wrong or missing signature is refused with another status.
    SignatureStatus, "signature-status", Warning,
        "answer a wrong or missing signature with status 432 and an empty body";
    /// A wrong or missing signature makes the endpoint fail.
    SignatureCrash, "signature-crash", Error,
        "treat a missing or malformed signature as a wrong one: status 432, no exception";
    /// A request for the published key cannot be decrypted.
    CannotDecrypt, "cannot-decrypt", Error,
        "give the endpoint the private key of the published public key, and decrypt with \
         RSA-OAEP, SHA-256 for hash and MGF1, then AES-128-GCM with the whole 16-byte vector";
    /// The endpoint fails on a ping.
    PingFailed, "ping-failed", Error,
        "answer action `ping` before anything else with `{\"data\": {\"status\": \"active\"}}`; \
         publishing a Flow needs it";
    /// The status of a good reply is not 200.
    StatusNot200, "status-not-200", Error,
        "answer with exactly 200: phones take 201, 202 and 204 for failures";
    /// The reply is empty.
    EmptyReply, "empty-reply", Error,
        "send the encrypted reply as the body";
    /// The reply is clear JSON.
    ReplyInClear, "reply-in-clear", Error,
        "encrypt every reply to a decrypted request, and send it as base64";
    /// The reply is in quotes.
    ReplyQuoted, "reply-quoted", Error,
        "send the bare base64 text, not a JSON string: no `json()` or `jsonify` on it";
    /// The reply is wrapped in an object.
    ReplyWrapped, "reply-wrapped", Error,
        "send the bare base64 text as the whole body, not a field of an object";
    /// White space stands around or within the base64 text.
    ReplyWhiteSpace, "reply-white-space", Error,
        "send base64 in one line, without a line break at its end";
    /// The reply is in the URL alphabet, or not padded.
    ReplyBase64Variant, "reply-base64-variant", Error,
        "use the standard alphabet with `+` and `/`, padded with `=`";
    /// The reply is not base64.
    ReplyNotBase64, "reply-not-base64", Error,
        "send the ciphertext and its tag as standard base64";
    /// The reply is compressed.
    ReplyCompressed, "reply-compressed", Error,
        "switch compression off for this path, in the endpoint and in every proxy";
    /// The reply is sealed with the vector as it was.
    VectorNotInverted, "vector-not-inverted", Error,
        "invert every bit of the request's initial vector for the reply";
    /// The reply is sealed with a vector of which some bytes are inverted.
    VectorPartlyInverted, "vector-partly-inverted", Error,
        "invert all 16 bytes of the initial vector, as bytes without sign";
    /// The vector is cut to 12 bytes.
    VectorCut, "vector-cut", Error,
        "use an AES-GCM that takes the whole 16-byte vector; some libraries take 12 bytes and cut";
    /// The tag stands before the ciphertext.
    TagInFront, "tag-in-front", Error,
        "append the 16-byte tag to the ciphertext";
    /// There is no tag.
    TagMissing, "tag-missing", Error,
        "append the 16-byte tag of AES-GCM to the ciphertext";
    /// The tag does not fit.
    TagWrong, "tag-wrong", Error,
        "seal without associated data, and let nothing alter the reply on its way";
    /// The reply is sealed under another key than that of its request.
    ReplyKeyReused, "reply-key-reused", Error,
        "take AES key and vector from each request anew; do not keep those of an earlier one";
    /// The reply cannot be opened for another reason.
    ReplyCannotBeOpened, "reply-cannot-be-opened", Error,
        "seal with AES-128-GCM, the AES key of the request, its inverted vector, tag at the end";
    /// The opened reply is not JSON.
    ReplyNotJson, "reply-not-json", Error,
        "encrypt the UTF-8 text of a JSON object";
    /// The ping is answered with something else.
    PingAnswer, "ping-answer", Error,
        "answer action `ping` with exactly `{\"data\": {\"status\": \"active\"}}`";
    /// The content type is not the documented one.
    ContentType, "content-type", Warning,
        "send the content type text/plain";
    /// The reply takes long.
    Slow, "slow", Warning,
        "answer below 1 s: WhatsApp warns above 1, 5 and 7 s and gives up after 10 s";
    /// A request that cannot be decrypted is not answered with 421.
    UndecryptableStatus, "undecryptable-status", Error,
        "answer every failure of decryption with 421 and an empty body: phones then fetch the \
         public key anew; any other status ends the Flow after a key rotation";
    /// Failures of decryption can be told apart.
    DecryptionOracle, "decryption-oracle", Warning,
        "answer a failed RSA step and a failed AES step alike: status 421, empty body";
    /// A signed body that is no envelope makes the endpoint fail.
    MalformedCrash, "malformed-crash", Warning,
        "answer a body that is no envelope with 400, without an exception";
    /// INIT fails.
    InitFailed, "init-failed", Error,
        "answer INIT with the first screen, and a flow token that is not valid with 427";
    /// 427 comes with a clear body.
    TokenReplyInClear, "token-reply-in-clear", Error,
        "encrypt the body of 427 as any other reply";
    /// 427 comes without a text.
    TokenReplyWithoutText, "token-reply-without-text", Warning,
        "put the text for the user into `error_msg` of the encrypted 427 reply";
    /// A reply to INIT names no screen.
    NoScreen, "no-screen", Error,
        "put the id of the screen to show into `screen`";
    /// A reply to INIT has no data object.
    NoData, "no-data", Error,
        "put an object into `data`, `{}` if there is none";
    /// A reply holds null.
    NullInData, "null-in-data", Error,
        "leave the property out: Flows know no null";
    /// An unknown screen makes the endpoint fail.
    UnknownScreenCrash, "unknown-screen-crash", Warning,
        "answer a screen that is not expected with `error_message` on a screen or with 427";
    /// An error notification is not acknowledged.
    NotificationNotAcknowledged, "notification-not-acknowledged", Error,
        "recognise `error` and `error_message` in `data`, an empty `error` too, and answer \
         `{\"data\": {\"acknowledged\": true}}`";
    /// The path answers the verification of webhooks.
    WebhookPath, "webhook-path", Warning,
        "serve the endpoint at a path of its own, not at that of the webhook";
    /// The number has no key.
    KeyMissing, "key-missing", Error,
        "publish the key with `flowgate keys publish`";
    /// The number has another key.
    KeyDiffers, "key-differs", Error,
        "publish the endpoint's key with `flowgate keys publish`, or give the endpoint the \
         private key of the published one";
    /// The published text is not what phones read.
    KeyForm, "key-form", Error,
        "publish again with `flowgate keys publish`, which sends the one form that phones read";
    /// The signature of the published key is not valid.
    KeySignature, "key-signature", Error,
        "publish the same key again with `flowgate keys publish`, which makes a new signature";
    /// The platform cannot be asked.
    PlatformFailed, "platform-failed", Error,
        "mend what the platform says, then run the doctor again";
}

impl Finding {
    pub(super) fn new(code: Code, problem: impl Into<String>) -> Self {
        Self {
            code,
            problem: problem.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, help) = (self.code.name(), self.code.help());
        write!(f, "{name}: {}; {help}", self.problem)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}
