//! Checks every reply against the Flow JSON before it is sealed.
//!
//! The phone makes the same checks, and shows "Something went wrong" when one
//! fails. Implements "Next screen response payload" of
//! [Implementing endpoints](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::{collections::HashMap, sync::Arc};

use flowgate_flow_json::{Arrival, ComponentType, Finding, FlowJson, ScreenContract, Severity};
use flowgate_protocol::{FlowResponse, ScreenId};

use crate::FlowEvent;

/// Says what becomes of a reply that the phone would refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardMode {
    /// The user stays on his screen with a neutral text,
    /// `Messages::unavailable`; where there is no screen, at INIT, the request
    /// fails with HTTP 500. The default: his entries are kept and he can try
    /// again.
    #[default]
    SafeMessage,
    /// The request fails with HTTP 500, which counts against the endpoint at
    /// WhatsApp; for tests and for staging.
    Strict,
    /// The reply is sent as it is; for the time in which a Flow JSON is being
    /// brought in line with its endpoint.
    LogOnly,
}

/// Says why a phone would refuse a reply. It names properties and screens,
/// never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The Flow has no such screen.
    #[error("the reply shows `{screen}`, which the Flow does not have")]
    UnknownScreen {
        /// The screen of the reply.
        screen: String,
    },
    /// A Flow cannot begin with this screen.
    #[error("the reply to INIT shows `{screen}`, which other screens lead to")]
    NotAnEntry {
        /// The screen of the reply.
        screen: String,
    },
    /// No route joins the screens.
    #[error("the reply goes from `{from}` to `{screen}`, which the routing model does not allow")]
    NoRoute {
        /// The screen of the request.
        from: String,
        /// The screen of the reply.
        screen: String,
    },
    /// The data does not fit the screen.
    #[error("the data for `{screen}` does not fit: {}", shown(findings))]
    Data {
        /// The screen of the reply.
        screen: String,
        /// What does not fit.
        findings: Vec<Finding>,
    },
}

fn shown(findings: &[Finding]) -> String {
    let shown: Vec<_> = findings
        .iter()
        .take(MAX_SHOWN_FINDINGS)
        .map(ToString::to_string)
        .collect();
    let more = findings.len() - shown.len();
    let shown = shown.join("; ");
    match more {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

const MAX_SHOWN_FINDINGS: usize = 5;

/// Holds the contracts of all screens.
#[derive(Debug)]
pub(crate) struct ReplyGuard {
    flow: Arc<FlowJson>,
    contracts: HashMap<String, ScreenContract>,
}

impl ReplyGuard {
    pub(crate) fn new(flow: Arc<FlowJson>) -> Self {
        let contracts = flow.screen_contracts().into_iter();
        Self {
            contracts: contracts
                .map(|contract| (contract.screen().as_str().to_owned(), contract))
                .collect(),
            flow,
        }
    }

    /// Checks the reply to `event` of the screen `from`.
    pub(crate) fn check(
        &self,
        event: FlowEvent,
        from: Option<&ScreenId>,
        reply: &FlowResponse,
    ) -> Result<(), Violation> {
        // INIT may name a screen; the Flow is opened all the same.
        let from = from.filter(|_| event != FlowEvent::Init);
        if reply.ends_flow() {
            return Ok(());
        }
        let Some(screen) = reply.next_screen().or(from) else {
            // Writing the reply fails: there is no screen to stay on.
            return Ok(());
        };
        self.check_route(from, screen)?;
        let arrival = if from == Some(screen) {
            Arrival::SameScreen
        } else {
            Arrival::NewScreen
        };
        let unknown = || Violation::UnknownScreen {
            screen: screen.to_string(),
        };
        let contract = self.contracts.get(screen.as_str()).ok_or_else(unknown)?;
        let mut findings = contract.check_members(reply.data(), arrival);
        findings.retain(|finding| finding.severity == Severity::Error);
        if findings.is_empty() {
            return Ok(());
        }
        Err(Violation::Data {
            screen: screen.to_string(),
            findings,
        })
    }

    fn check_route(&self, from: Option<&ScreenId>, to: &ScreenId) -> Result<(), Violation> {
        let screen = || to.to_string();
        let Some(target) = self.flow.screen(to.as_str()) else {
            return Err(Violation::UnknownScreen { screen: screen() });
        };
        match from.and_then(|from| self.flow.screen(from.as_str())) {
            None if !is_entry(&self.flow, target.index()) => {
                Err(Violation::NotAnEntry { screen: screen() })
            }
            Some(source) if !can_follow(&self.flow, source.index(), target.index()) => {
                Err(Violation::NoRoute {
                    from: source.id().unwrap_or_default().to_owned(),
                    screen: screen(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// Says whether a Flow can begin with the screen.
pub(crate) fn is_entry(flow: &FlowJson, screen: usize) -> bool {
    flow.routing().entry_screens().any(|entry| entry == screen)
}

/// Says whether a phone accepts `to` as the answer to a request from `from`.
/// A screen with a NavigationList cannot be its own answer.
pub(crate) fn can_follow(flow: &FlowJson, from: usize, to: usize) -> bool {
    let refuses_itself = || {
        flow.screens().nth(from).is_some_and(|screen| {
            screen
                .components()
                .any(|component| component.is(ComponentType::NavigationList))
        })
    };
    flow.routing().allows(from, to) && !(from == to && refuses_itself())
}
