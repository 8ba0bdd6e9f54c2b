//! What the resolvers of a schema may know of the request.

use flowgate_protocol::{FlowRequest, FlowToken, FlowTokenClaims, IdempotencyKey, ScreenId};

use crate::FlowEvent;

/// Says on whose behalf and why an operation runs.
///
/// Resolvers take it from the request's data, never from variables, which are
/// the phone's choice:
///
/// ```
/// use async_graphql::{Context, Object, Result};
/// use flowgate_graphql::FlowContext;
///
/// struct Query;
///
/// #[Object]
/// impl Query {
///     async fn is_customer(&self, context: &Context<'_>) -> Result<bool> {
///         let flow = context.data::<FlowContext>()?;
///         Ok(flow.flow_token.is_some())
///     }
/// }
/// ```
///
/// **Security:** the flow token is the only proof of who is asking; screen and
/// event are the phone's word. `Debug` shows no token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlowContext {
    /// What happened on the phone.
    pub event: FlowEvent,
    /// The screen that was submitted or, with BACK, left. None with INIT.
    pub screen: Option<ScreenId>,
    /// The token that the business put into the message, if the phone sent one.
    pub flow_token: Option<FlowToken>,
    /// What the token says, if it is a signed one and has been verified.
    pub claims: Option<FlowTokenClaims>,
    /// Names the submission, so that the same one sent again has no second
    /// effect; `None` with INIT and BACK, which run queries only, and if the
    /// token does not stand for one message.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl FlowContext {
    pub(crate) fn of(event: FlowEvent, request: &FlowRequest) -> Self {
        Self {
            event,
            screen: request.screen.clone(),
            flow_token: request.flow_token.clone(),
            claims: request.claims.clone(),
            idempotency_key: request.idempotency_key(),
        }
    }
}
