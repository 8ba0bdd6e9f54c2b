//! `flow_token_signature`: WhatsApp's own proof that it relayed this token.
//!
//! Sent with data API 4.0 and Flow JSON 7.3 and later: a JSON Web Token, HS256
//! under the app secret, whose claims contain the flow token
//! ([endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint)).

use std::sync::Once;

use flowgate_keys::{AppSecret, AppSecrets};
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::FlowToken;

/// Says what to do about `flow_token_signature`.
///
/// The token check applies besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TokenSignaturePolicy {
    /// Verifies it where the phone sends one.
    #[default]
    VerifyIfPresent,
    /// Refuses requests without one; for Flows with data API 4.0 throughout.
    Require,
}

/// Says why a `flow_token_signature` is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TokenSignatureRejected {
    /// The request has none, and the policy requires one.
    #[error("the request has no flow_token_signature")]
    Missing,
    /// The request has a signature but no token.
    #[error("the request has a flow_token_signature and no flow token")]
    NoToken,
    /// It was not made with one of the app secrets.
    #[error("flow_token_signature was not made with the app secret")]
    Mismatch,
    /// It was made for another token.
    #[error("flow_token_signature is for another flow token; it has the claims {claims:?}")]
    OtherToken {
        /// Names of the claims, never their values.
        claims: Vec<String>,
    },
}

/// Verifies the signature of a token.
///
/// The name of the claim is not documented; what counts is that the signed
/// claims hold the very token.
pub(crate) fn verify(
    signature: Option<&str>,
    flow_token: Option<&FlowToken>,
    app_secrets: &AppSecrets,
    policy: TokenSignaturePolicy,
) -> Result<(), TokenSignatureRejected> {
    let Some(signature) = signature else {
        return match policy {
            TokenSignaturePolicy::VerifyIfPresent => Ok(()),
            TokenSignaturePolicy::Require => Err(TokenSignatureRejected::Missing),
        };
    };
    let flow_token = flow_token.ok_or(TokenSignatureRejected::NoToken)?;
    let claims = app_secrets
        .iter()
        .find_map(|secret| decode(signature, secret))
        .ok_or(TokenSignatureRejected::Mismatch)?;
    if claims
        .values()
        .any(|claim| claim.as_str() == Some(flow_token.expose_secret()))
    {
        Ok(())
    } else {
        Err(TokenSignatureRejected::OtherToken {
            claims: claims.keys().cloned().collect(),
        })
    }
}

fn decode(signature: &str, secret: &AppSecret) -> Option<Map<String, Value>> {
    use_aws_lc();
    let mut rules = Validation::new(Algorithm::HS256);
    // No time claim is documented; the flow token has its own end.
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
    jsonwebtoken::decode(signature, &key, &rules)
        .ok()
        .map(|token| token.claims)
}

/// Chooses the cryptography of `jsonwebtoken`, which would panic if another
/// crate of the build had switched on its second one.
pub(super) fn use_aws_lc() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An application that has chosen already is right too.
        let _ = aws_lc::DEFAULT_PROVIDER.install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "3f2b7c0e-token";
    // HS256 under `app-secret` of {"flow_token":"3f2b7c0e-token"}.
    const SIGNATURE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmbG93X3Rva2VuIjoiM2YyYjdjMGUtdG9rZW4ifQ.JOOjmdwnxov2aUlc0Ym0NPZLWmcWsWIbafpcsFtQFAg";

    fn check(
        signature: Option<&str>,
        token: Option<&str>,
        secrets: &str,
        policy: TokenSignaturePolicy,
    ) -> Result<(), TokenSignatureRejected> {
        verify(
            signature,
            token.map(FlowToken::new).as_ref(),
            &AppSecrets::from_text(secrets).unwrap(),
            policy,
        )
    }

    #[test]
    fn a_known_signature_is_verified() {
        for secrets in ["app-secret", "other,app-secret"] {
            for policy in [
                TokenSignaturePolicy::Require,
                TokenSignaturePolicy::VerifyIfPresent,
            ] {
                assert_eq!(check(Some(SIGNATURE), Some(TOKEN), secrets, policy), Ok(()));
            }
        }
    }

    #[test]
    fn absence_is_a_matter_of_policy() {
        let check = |policy| check(None, Some(TOKEN), "app-secret", policy);
        assert_eq!(check(TokenSignaturePolicy::VerifyIfPresent), Ok(()));
        assert_eq!(
            check(TokenSignaturePolicy::Require),
            Err(TokenSignatureRejected::Missing)
        );
    }

    #[test]
    fn others_are_rejected() {
        let policy = TokenSignaturePolicy::default();
        let flipped = SIGNATURE.replace(".JOO", ".JOP");
        let none = format!(
            "eyJhbGciOiJub25lIn0.{}.",
            SIGNATURE.split('.').nth(1).unwrap()
        );
        for bad in [
            "",
            "a.b.c",
            &flipped,
            &none,
            &SIGNATURE[..SIGNATURE.len() - 1],
        ] {
            assert_eq!(
                check(Some(bad), Some(TOKEN), "app-secret", policy),
                Err(TokenSignatureRejected::Mismatch),
                "{bad}"
            );
        }
        assert_eq!(
            check(Some(SIGNATURE), Some(TOKEN), "other", policy),
            Err(TokenSignatureRejected::Mismatch)
        );
        assert_eq!(
            check(Some(SIGNATURE), None, "app-secret", policy),
            Err(TokenSignatureRejected::NoToken)
        );
        assert_eq!(
            check(Some(SIGNATURE), Some("another"), "app-secret", policy),
            Err(TokenSignatureRejected::OtherToken {
                claims: vec!["flow_token".to_owned()]
            })
        );
    }
}
