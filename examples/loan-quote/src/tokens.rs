//! Flow tokens that say which message they were made for.

use std::time::SystemTime;

use clap::Args;
use flowgate::prelude::*;
use flowgate::protocol::{FlowTokenSecret, FlowTokenSecretError, SignedFlowTokens};

/// The name of the Flow in its tokens.
const FLOW: &str = "loan-quote";

/// Bytes of a secret that is made here.
const SECRET_BYTES: usize = 32;

/// Flags and variables of flow tokens.
#[derive(Args)]
pub(crate) struct TokenArgs {
    /// Secret that signs flow tokens, at least 32 bytes; made anew at each start
    /// unless set
    #[arg(
        long,
        env = "FLOWGATE_TOKEN_SECRET",
        value_name = "TEXT",
        hide_env_values = true
    )]
    token_secret: Option<String>,
    /// Print a flow token for a message with this version of the Flow, and end
    #[arg(long, value_name = "VERSION", requires = "token_secret")]
    pub(crate) issue_token: Option<String>,
}

/// Issues and checks flow tokens.
#[derive(Debug)]
pub(crate) struct Tokens(FlowTokenSecret);

/// Says why there is no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokensError {
    #[error("the system has no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    #[error(transparent)]
    Secret(#[from] FlowTokenSecretError),
}

impl Tokens {
    pub(crate) fn new(args: &TokenArgs) -> Result<Self, TokensError> {
        let secret = match &args.token_secret {
            Some(text) => FlowTokenSecret::new(text.as_bytes())?,
            None => {
                let mut secret = [0; SECRET_BYTES];
                getrandom::fill(&mut secret)?;
                FlowTokenSecret::new(&secret)?
            }
        };
        Ok(Self(secret))
    }

    /// Makes a token for one message with a version of the Flow.
    ///
    /// A short cut: a business names the customer whom it writes to.
    pub(crate) fn issue(&self, version: &str) -> Result<FlowToken, EndpointError> {
        let tokens = self.check().flow_version(version);
        tokens.issue("somebody", SystemTime::now())
    }

    /// Returns what checks tokens, whatever their version.
    pub(crate) fn check(&self) -> SignedFlowTokens {
        SignedFlowTokens::new(FLOW, self.0.clone())
    }
}
