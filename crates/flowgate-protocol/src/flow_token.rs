//! The flow token: what ties a request to the message that the business sent.
//!
//! Source: `flow_token` and `flow_token_signature` in the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::fmt;
use std::time::SystemTime;

use futures_util::future::BoxFuture;

use crate::EndpointError;

pub(crate) mod signature;
pub(crate) mod signed;

pub use signature::TokenSignaturePolicy;
pub use signed::{FlowTokenSecret, FlowTokenSecretError, SignedFlowTokens};

/// Holds the token of one sent Flow message.
///
/// It works like a session id: whoever has it is taken for the recipient. It
/// should be unpredictable, bound to the recipient on the server, and short of
/// life. Phones may send none, and `unused` where the message set none.
///
/// **Security:** never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FlowToken(String);

impl FlowToken {
    /// What WhatsApp fills in for a message that was sent without a token.
    pub const UNUSED: &str = "unused";

    /// Takes the text of a token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// Tells whether the token stands for one message and not for all that were
    /// sent without one.
    pub fn is_individual(&self) -> bool {
        self.0 != Self::UNUSED
    }
}

impl fmt::Debug for FlowToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowToken")
    }
}

/// Holds what a signed flow token says.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlowTokenClaims {
    /// The Flow that the message opens.
    pub flow: String,
    /// The version of that Flow; published Flows stay open for months.
    pub flow_version: Option<String>,
    /// The recipient, as the business names him.
    pub subject: String,
    /// When the token ends, in seconds since 1970.
    pub expires_at: u64,
    /// Makes each token unique.
    pub id: String,
}

impl fmt::Debug for FlowTokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowTokenClaims")
            .field("flow", &self.flow)
            .field("flow_version", &self.flow_version)
            .finish_non_exhaustive()
    }
}

/// Decides whether a flow token is still good, before any handler runs.
pub trait TokenCheck: Send + Sync {
    /// Checks the token of one request at a time.
    ///
    /// # Errors
    ///
    /// [`EndpointError::FlowTokenInvalid`] closes the Flow on the phone with
    /// HTTP 427 and the given text.
    fn check<'a>(
        &'a self,
        flow_token: Option<&'a FlowToken>,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>>;
}

impl TokenCheck for Box<dyn TokenCheck> {
    fn check<'a>(
        &'a self,
        flow_token: Option<&'a FlowToken>,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        (**self).check(flow_token, now)
    }
}

/// Takes every token, and none: the handlers decide for themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyFlowToken;

impl TokenCheck for AnyFlowToken {
    fn check<'a>(
        &'a self,
        _: Option<&'a FlowToken>,
        _: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
