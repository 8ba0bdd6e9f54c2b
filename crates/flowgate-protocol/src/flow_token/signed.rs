//! Flow tokens that carry what they stand for, signed, so that checking one
//! needs no database.
//!
//! A token is a JSON Web Token ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519))
//! with HMAC-SHA256. It is signed, not encrypted: the recipient can read it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flowgate_keys::AesKey;
use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{FlowToken, FlowTokenClaims, TokenCheck};
use crate::EndpointError;

/// How long a token lasts unless the application says otherwise: the two to
/// three days that Meta's best practices suggest.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Shortest secret that HMAC-SHA256 can make full use of (RFC 7518, section 3.2).
const SECRET_MIN_BYTES: usize = 32;

/// Says that a secret for signing flow tokens is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "secret for flow tokens has {found} bytes and needs at least {SECRET_MIN_BYTES}; \
     make one with `openssl rand -hex 32`"
)]
pub struct FlowTokenSecretError {
    /// Length of what was given.
    pub found: usize,
}

/// Holds the secret that signs flow tokens; the business's own, not Meta's.
#[derive(Clone)]
pub struct FlowTokenSecret {
    sign: EncodingKey,
    verify: DecodingKey,
}

impl FlowTokenSecret {
    /// Takes at least 32 bytes of secret.
    ///
    /// # Errors
    ///
    /// [`FlowTokenSecretError`] if there are fewer.
    pub fn new(secret: &[u8]) -> Result<Self, FlowTokenSecretError> {
        if secret.len() < SECRET_MIN_BYTES {
            return Err(FlowTokenSecretError {
                found: secret.len(),
            });
        }
        Ok(Self {
            sign: EncodingKey::from_secret(secret),
            verify: DecodingKey::from_secret(secret),
        })
    }
}

impl fmt::Debug for FlowTokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowTokenSecret")
    }
}

/// Issues and checks the tokens of one Flow.
///
/// ```
/// use flowgate_protocol::{FlowTokenSecret, SignedFlowTokens};
/// use std::time::SystemTime;
///
/// let secret = FlowTokenSecret::new(&[7; 32])?; // from your secret store
/// let tokens = SignedFlowTokens::new("book-appointment", secret);
///
/// // When the message is sent:
/// let token = tokens.issue("customer-4711", SystemTime::now())?;
/// // When a request comes in; the framework does this:
/// let claims = tokens.verify(&token, SystemTime::now())?;
/// assert_eq!(claims.subject, "customer-4711");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SignedFlowTokens {
    flow: String,
    flow_version: Option<String>,
    secret: FlowTokenSecret,
    lifetime: Duration,
    expired_message: String,
}

/// Says why a token is not one of ours, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowTokenRejected {
    /// The request has none.
    #[error("the request has no flow token")]
    Missing,
    /// It was not signed with our secret, or is no token at all.
    #[error("the flow token was not issued here")]
    NotOurs,
    /// It was issued for another Flow.
    #[error("the flow token was issued for another Flow")]
    OtherFlow,
    /// Its time is over.
    #[error("the flow token has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    flow: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ver: Option<String>,
    sub: String,
    exp: u64,
    jti: String,
}

impl SignedFlowTokens {
    /// Issues and checks tokens for the named Flow.
    pub fn new(flow: impl Into<String>, secret: FlowTokenSecret) -> Self {
        super::signature::use_aws_lc();
        Self {
            flow: flow.into(),
            flow_version: None,
            secret,
            lifetime: DEFAULT_LIFETIME,
            expired_message: "This form is no longer open. Please ask for a new one.".to_owned(),
        }
    }

    /// Writes a version of the Flow into the tokens. Defaults to none.
    #[must_use]
    pub fn flow_version(mut self, version: impl Into<String>) -> Self {
        self.flow_version = Some(version.into());
        self
    }

    /// Sets how long tokens last. Defaults to three days.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the text that the phone shows for a token that is rejected.
    /// Defaults to an English sentence.
    #[must_use]
    pub fn expired_message(mut self, text: impl Into<String>) -> Self {
        self.expired_message = text.into();
        self
    }

    /// Makes a token for one recipient, named as the business names him.
    ///
    /// # Errors
    ///
    /// [`EndpointError::Internal`] if the system has no randomness to give.
    pub fn issue(&self, subject: &str, now: SystemTime) -> Result<FlowToken, EndpointError> {
        let id = AesKey::generate().map_err(EndpointError::internal)?;
        let claims = Claims {
            flow: self.flow.clone(),
            ver: self.flow_version.clone(),
            sub: subject.to_owned(),
            exp: seconds(now) + self.lifetime.as_secs(),
            jti: id
                .expose_secret()
                .map(|byte| format!("{byte:02x}"))
                .concat(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.secret.sign)
            .map(FlowToken::new)
            .map_err(EndpointError::internal)
    }

    /// Checks signature, Flow and time.
    ///
    /// # Errors
    ///
    /// [`FlowTokenRejected`] with the first that does not hold.
    pub fn verify(
        &self,
        token: &FlowToken,
        now: SystemTime,
    ) -> Result<FlowTokenClaims, FlowTokenRejected> {
        let mut rules = Validation::new(Algorithm::HS256);
        // The clock is passed in; time is checked below.
        rules.validate_exp = false;
        let claims: Claims =
            jsonwebtoken::decode(token.expose_secret(), &self.secret.verify, &rules)
                .map_err(|_| FlowTokenRejected::NotOurs)?
                .claims;
        if claims.flow != self.flow {
            return Err(FlowTokenRejected::OtherFlow);
        }
        if claims.exp <= seconds(now) {
            return Err(FlowTokenRejected::Expired);
        }
        Ok(FlowTokenClaims {
            flow: claims.flow,
            flow_version: claims.ver,
            subject: claims.sub,
            expires_at: claims.exp,
            id: claims.jti,
        })
    }
}

impl TokenCheck for SignedFlowTokens {
    fn check<'a>(
        &'a self,
        flow_token: Option<&'a FlowToken>,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        let checked = flow_token
            .ok_or(FlowTokenRejected::Missing)
            .and_then(|token| self.verify(token, now))
            .map(Some)
            .map_err(|rejected| {
                tracing::debug!(%rejected, "flow token rejected");
                EndpointError::flow_token_invalid(&self.expired_message)
            });
        Box::pin(std::future::ready(checked))
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn tokens(flow: &str, secret: u8) -> SignedFlowTokens {
        SignedFlowTokens::new(flow, FlowTokenSecret::new(&[secret; 32]).unwrap()).lifetime(HOUR)
    }

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        let tokens = tokens("a", 1).flow_version("2");
        let token = tokens.issue("customer-4711", now()).unwrap();
        let claims = tokens.verify(&token, now()).unwrap();
        assert_eq!(claims.flow, "a");
        assert_eq!(claims.flow_version.as_deref(), Some("2"));
        assert_eq!(claims.subject, "customer-4711");
        assert_eq!(claims.expires_at, 1_800_003_600);
    }

    #[test]
    fn two_tokens_are_never_the_same() {
        let tokens = tokens("a", 1);
        assert_ne!(
            tokens.issue("x", now()).unwrap(),
            tokens.issue("x", now()).unwrap()
        );
    }

    #[test]
    fn other_secrets_flows_and_times_are_rejected() {
        let ours = tokens("a", 1);
        let token = ours.issue("x", now()).unwrap();
        let last = now() + HOUR - Duration::from_secs(1);
        assert!(ours.verify(&token, last).is_ok());
        for (tokens, time, expected) in [
            (tokens("a", 2), now(), FlowTokenRejected::NotOurs),
            (tokens("b", 1), now(), FlowTokenRejected::OtherFlow),
            (tokens("a", 1), now() + HOUR, FlowTokenRejected::Expired),
        ] {
            assert_eq!(tokens.verify(&token, time).unwrap_err(), expected);
        }
    }

    #[test]
    fn no_other_algorithm_is_taken() {
        let claims = "eyJmbG93IjoiYSIsInN1YiI6IngiLCJleHAiOjk5OTk5OTk5OTksImp0aSI6IjEifQ";
        for header in [
            "eyJhbGciOiJub25lIn0",  // {"alg":"none"}
            "eyJhbGciOiJIUzUxMiJ9", // {"alg":"HS512"}
            "eyJhbGciOiJSUzI1NiJ9", // {"alg":"RS256"}
        ] {
            for signature in ["", "AA"] {
                let token = FlowToken::new(format!("{header}.{claims}.{signature}"));
                assert_eq!(
                    tokens("a", 1).verify(&token, now()).unwrap_err(),
                    FlowTokenRejected::NotOurs
                );
            }
        }
    }

    #[test]
    fn each_changed_character_is_noticed() {
        let tokens = tokens("a", 1);
        let token = tokens.issue("x", now()).unwrap();
        let text = token.expose_secret();
        for at in 0..text.len() {
            // The last character of a part carries unused bits, which a strict
            // decoder refuses; either way no changed token is accepted.
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = FlowToken::new(String::from_utf8(bytes).unwrap());
            assert!(tokens.verify(&changed, now()).is_err(), "character {at}");
        }
    }

    #[test]
    fn short_secrets_are_refused() {
        assert_eq!(
            FlowTokenSecret::new(&[1; 31]).unwrap_err(),
            FlowTokenSecretError { found: 31 }
        );
    }
}
