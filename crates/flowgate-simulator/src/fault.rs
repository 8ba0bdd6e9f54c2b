//! What can be made to go wrong: faults of the network, of the server and of
//! what stands between.

use serde::{Deserialize, Serialize};

/// One of the two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// The Cloud API of `graph.facebook.com`.
    Cloud,
    /// The On-Premises API of a business's own installation.
    OnPremises,
}

/// Makes calls go wrong, the next ones or all.
///
/// ```
/// use flowgate_simulator::{Api, Disturbance, Fault};
///
/// let fault = Fault::new(Disturbance::error(500, 131_000)).on(Api::Cloud).method("POST").times(2);
/// let same: Fault = serde_json::from_str(
///     r#"{"on": {"api": "cloud", "method": "POST"}, "times": 2,
///         "disturbance": {"kind": "error", "status": 500, "code": 131000}}"#,
/// )?;
/// assert_eq!(fault, same);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Fault {
    /// Which calls it meets; all unless said.
    #[serde(default, skip_serializing_if = "Calls::are_all")]
    on: Calls,
    /// How many of them pass first.
    #[serde(default)]
    after: u32,
    /// How many are met; all that follow unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    /// Whether the call has its effect before it goes wrong.
    #[serde(default)]
    effect: Effect,
    /// What happens to them.
    disturbance: Disturbance,
}

/// Picks calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Calls {
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<Api>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// A part of the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// Says whether a call that goes wrong was carried out nevertheless.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It never reached the platform.
    #[default]
    None,
    /// The platform did it and the reply was lost.
    CarriedOut,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Disturbance {
    /// An error in the form of the API, `error{}` or `errors[]`.
    Error {
        /// HTTP status.
        status: u16,
        /// The API's code.
        code: i64,
        /// The Graph API's `error_subcode`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subcode: Option<i64>,
        /// The text; a fitting one unless said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The header `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
    /// The right reply, without the second half of its JSON. Has its effect.
    TruncatedJson,
    /// A page for people, as proxies and firewalls send.
    HtmlPage {
        /// HTTP status.
        status: u16,
    },
    /// A status and nothing else.
    EmptyReply {
        /// HTTP status.
        status: u16,
    },
    /// A redirection to another place.
    Redirect {
        /// The header `Location`.
        location: String,
    },
    /// The connection ends before the first byte of a reply.
    DropConnection,
    /// The connection ends in the middle of the right reply. Has its effect.
    CutBody,
    /// No reply ever.
    Hang,
    /// The right reply, later. Has its effect.
    Slow {
        /// How much later.
        milliseconds: u64,
    },
}

impl Disturbance {
    /// An error in the form of the API with a fitting text.
    pub fn error(status: u16, code: i64) -> Self {
        Self::Error {
            status,
            code,
            subcode: None,
            message: None,
            retry_after: None,
        }
    }

    /// Too many calls: status 429 with `Retry-After`, the code that the Cloud
    /// API uses for an account (80007).
    pub fn too_many_calls(retry_after_seconds: u64) -> Self {
        Self::Error {
            status: 429,
            code: 80_007,
            subcode: None,
            message: None,
            retry_after: Some(retry_after_seconds),
        }
    }

    /// The name in the log of requests.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Error { .. } => "error",
            Self::TruncatedJson => "truncated_json",
            Self::HtmlPage { .. } => "html_page",
            Self::EmptyReply { .. } => "empty_reply",
            Self::Redirect { .. } => "redirect",
            Self::DropConnection => "drop_connection",
            Self::CutBody => "cut_body",
            Self::Hang => "hang",
            Self::Slow { .. } => "slow",
        }
    }
}

impl Fault {
    /// Meets all calls of both APIs that follow.
    pub fn new(disturbance: Disturbance) -> Self {
        Self {
            on: Calls::default(),
            after: 0,
            times: None,
            effect: Effect::None,
            disturbance,
        }
    }

    /// Meets calls of one API alone.
    pub fn on(mut self, api: Api) -> Self {
        self.on.api = Some(api);
        self
    }

    /// Meets calls with this method alone, `GET` or `POST`.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.on.method = Some(method.into());
        self
    }

    /// Meets calls whose path contains this text alone.
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.on.path = Some(part.into());
        self
    }

    /// Lets so many calls pass first. Defaults to none.
    pub fn after(mut self, calls: u32) -> Self {
        self.after = calls;
        self
    }

    /// Ends after so many calls. Defaults to never.
    pub fn times(mut self, calls: u32) -> Self {
        self.times = Some(calls);
        self
    }

    /// Lets the call have its effect and loses only the reply. Defaults to no
    /// effect, except where the right reply is part of the fault.
    pub fn carried_out(mut self) -> Self {
        self.effect = Effect::CarriedOut;
        self
    }

    /// Counts a call, and returns what happens to it.
    fn meet(&mut self, api: Api, method: &str, path: &str) -> Option<Met> {
        let fits = self.on.api.is_none_or(|wanted| wanted == api)
            && (self.on.method.as_deref()).is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && (self.on.path.as_deref()).is_none_or(|part| path.contains(part));
        if !fits || self.times == Some(0) {
            return None;
        }
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        if let Some(times) = &mut self.times {
            *times -= 1;
        }
        let needs_reply = matches!(
            self.disturbance,
            Disturbance::TruncatedJson | Disturbance::CutBody | Disturbance::Slow { .. }
        );
        Some(Met {
            carried_out: needs_reply || self.effect == Effect::CarriedOut,
            disturbance: self.disturbance.clone(),
        })
    }
}

impl Calls {
    fn are_all(&self) -> bool {
        *self == Self::default()
    }
}

/// A fault that met a call.
pub(crate) struct Met {
    pub(crate) disturbance: Disturbance,
    pub(crate) carried_out: bool,
}

/// Asks the faults in the order in which they were set; the first that meets
/// the call decides. Those that are used up go.
pub(crate) fn meet(faults: &mut Vec<Fault>, api: Api, method: &str, path: &str) -> Option<Met> {
    let met = faults
        .iter_mut()
        .find_map(|fault| fault.meet(api, method, path));
    faults.retain(|fault| fault.times != Some(0));
    met
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_meets_the_calls_it_names_and_then_goes() {
        let mut faults = vec![
            Fault::new(Disturbance::Hang)
                .on(Api::Cloud)
                .method("POST")
                .path("/111/")
                .after(1)
                .times(1),
        ];
        let mut call = |api, method, path| meet(&mut faults, api, method, path).is_some();
        assert!(!call(Api::OnPremises, "POST", "/v1/111/x"));
        assert!(!call(Api::Cloud, "GET", "/v23.0/111/x"));
        assert!(!call(Api::Cloud, "POST", "/v23.0/222/x"));
        assert!(!call(Api::Cloud, "POST", "/v23.0/111/x"));
        assert!(call(Api::Cloud, "POST", "/v23.0/111/x"));
        assert!(!call(Api::Cloud, "POST", "/v23.0/111/x"));
        assert!(faults.is_empty());
    }
}
