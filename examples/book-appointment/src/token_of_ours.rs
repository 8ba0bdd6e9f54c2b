//! Which flow tokens are taken.

use std::future::ready;
use std::time::SystemTime;

use flowgate::prelude::*;
use flowgate::protocol::{BoxFuture, FlowTokenClaims, TokenCheck};

/// Takes tokens that stand for one message.
#[derive(Debug, Clone, Copy)]
pub struct TokenOfOurs;

impl TokenCheck for TokenOfOurs {
    fn check<'a>(
        &'a self,
        flow_token: Option<&'a FlowToken>,
        _now: SystemTime,
    ) -> BoxFuture<'a, Result<Option<FlowTokenClaims>, EndpointError>> {
        let checked = match flow_token {
            Some(token) if token.is_individual() => Ok(None),
            _ => Err(EndpointError::flow_token_invalid(
                "Please open the form from the message that we sent you.",
            )),
        };
        Box::pin(ready(checked))
    }
}
