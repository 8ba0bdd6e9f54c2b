//! Access tokens of the Cloud API.
//!
//! Documents: [permissions](https://developers.facebook.com/documentation/business-messaging/whatsapp/permissions)
//! and [access tokens](https://developers.facebook.com/docs/facebook-login/guides/access-tokens).

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Lasting;
use crate::SimulatorError;

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Permission {
    /// Numbers, templates and Flows of an account; here: listing its numbers.
    WhatsappBusinessManagement,
    /// Messages, media and the business public key.
    WhatsappBusinessMessaging,
}

/// Says what a new token can do, where and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[must_use]
pub struct TokenGrant {
    permissions: Vec<Permission>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_after_calls: Option<u32>,
}

impl Default for TokenGrant {
    fn default() -> Self {
        Self {
            permissions: vec![
                Permission::WhatsappBusinessManagement,
                Permission::WhatsappBusinessMessaging,
            ],
            accounts: None,
            expires_in_seconds: None,
            expires_after_calls: None,
        }
    }
}

impl TokenGrant {
    /// Grants everything for all accounts for ever, as a system user's token.
    pub fn new() -> Self {
        Self::default()
    }

    /// Grants these permissions alone. Defaults to both.
    pub fn permissions(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.permissions = permissions.into_iter().collect();
        self
    }

    /// Grants these WhatsApp Business Accounts alone. Defaults to all.
    pub fn accounts<I: Into<String>>(mut self, accounts: impl IntoIterator<Item = I>) -> Self {
        self.accounts = Some(accounts.into_iter().map(Into::into).collect());
        self
    }

    /// Ends by time. Defaults to never.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in_seconds = Some(lifetime.as_secs());
        self
    }

    /// Ends after so many calls. Defaults to never.
    pub fn expires_after_calls(mut self, calls: u32) -> Self {
        self.expires_after_calls = Some(calls);
        self
    }
}

/// A bearer token. It opens nothing but the stand-in, and is treated like a
/// real one nevertheless.
#[derive(Clone)]
pub struct AccessToken(String);

impl AccessToken {
    /// Returns the text for the header `Authorization: Bearer …`.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IssuedToken {
    secret: String,
    permissions: Vec<Permission>,
    accounts: Option<Vec<String>>,
    expires_at: Option<u64>,
    calls_left: Option<u32>,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuedToken")
    }
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    Unknown,
    Expired { at: u64 },
}

impl IssuedToken {
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    pub(crate) fn sees(&self, account: &str) -> bool {
        (self.accounts.as_ref()).is_none_or(|accounts| accounts.iter().any(|seen| seen == account))
    }

    pub(crate) fn expire(&mut self, now: u64) {
        self.expires_at = Some(self.expires_at.map_or(now, |at| at.min(now)));
    }
}

impl Lasting {
    /// Finds a token and counts the call against it.
    pub(crate) fn use_token(
        &mut self,
        secret: &str,
        now: u64,
    ) -> Result<IssuedToken, TokenRefusal> {
        let token = self
            .tokens
            .iter_mut()
            .find(|token| token.secret == secret)
            .ok_or(TokenRefusal::Unknown)?;
        if let Some(at) = token.expires_at
            && at <= now
        {
            return Err(TokenRefusal::Expired { at });
        }
        match &mut token.calls_left {
            Some(0) => {
                token.expires_at = Some(now);
                return Err(TokenRefusal::Expired { at: now });
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(token.clone())
    }

    /// Adds a token, with the given text or a random one.
    pub(crate) fn issue_token(
        &mut self,
        grant: TokenGrant,
        secret: Option<String>,
        now: u64,
    ) -> Result<AccessToken, SimulatorError> {
        let secret = match secret {
            Some(secret) => secret,
            // Tokens of the Graph API begin so.
            None => format!("EAA{}", random_text()?),
        };
        self.tokens.retain(|token| token.secret != secret);
        self.tokens.push(IssuedToken {
            secret: secret.clone(),
            permissions: grant.permissions,
            accounts: grant.accounts,
            expires_at: grant
                .expires_in_seconds
                .map(|seconds| now.saturating_add(seconds)),
            calls_left: grant.expires_after_calls,
        });
        Ok(AccessToken(secret))
    }

    /// Returns a token that is still good for everything, if there is one.
    pub(crate) fn good_token(&self, now: u64) -> Option<AccessToken> {
        self.tokens
            .iter()
            .find(|token| {
                token.accounts.is_none()
                    && token.calls_left.is_none()
                    && token.permissions.len() == 2
                    && token.expires_at.is_none_or(|at| at > now)
            })
            .map(|token| AccessToken(token.secret.clone()))
    }
}

/// Makes 32 random bytes, in 43 letters of the URL-safe base64 alphabet.
pub(crate) fn random_text() -> Result<String, SimulatorError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| SimulatorError::Randomness {
        reason: error.to_string(),
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
