//! The one trait that answers a request: web adapters call it, applications
//! and the GraphQL layer implement it.

use crate::{EndpointError, ErrorNotification, FlowRequest, FlowResponse, ScreenId};

/// What an application answers: a reply, or why there is none.
pub type Answer = Result<FlowResponse, EndpointError>;

/// Answers the requests of a Flow.
///
/// A mistake of the user is no error: answer it with
/// [`FlowResponse::stay`] and a text. An error costs the endpoint its good
/// standing with WhatsApp.
pub trait Endpoint: Send + Sync + 'static {
    /// Answers INIT, BACK or data_exchange.
    ///
    /// Dropped when the deadline passes, so that a transaction that it holds is
    /// rolled back.
    fn answer(&self, request: FlowRequest) -> impl Future<Output = Answer> + Send;

    /// Hears that a phone could not use the previous reply.
    ///
    /// The framework has logged, counted and will acknowledge it. Defaults to
    /// nothing more.
    fn error_notified(&self, _notification: ErrorNotification) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Lists the screens that this endpoint knows. Defaults to none.
    ///
    /// Only these become labels of metrics: names from the network are the
    /// phone's choice and would fill the memory.
    fn screens(&self) -> &[ScreenId] {
        &[]
    }

    /// Counts what this endpoint meets beside its replies, for metrics: each has a
    /// name in the form of Prometheus, such as `reply_violations`, a text that says
    /// what it counts, and the number so far. Defaults to none.
    fn counts(&self) -> Vec<Count> {
        Vec::new()
    }
}

/// Tells how often an endpoint has met something since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Lower-case words with `_` between them.
    pub name: &'static str,
    /// What is counted, in one sentence without its period.
    pub help: &'static str,
    /// How often it was met.
    pub number: u64,
}
