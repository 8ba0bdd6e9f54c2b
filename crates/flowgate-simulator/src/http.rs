//! A call and its reply, free of the web framework.

use bytes::Bytes;
use serde_json::Value;

use crate::Disturbance;
use crate::parameters::{MalformedBody, Parameters};

/// A call to one of the APIs, its body read.
#[derive(Debug, Default)]
pub(crate) struct ApiRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: Option<String>,
    /// Scheme, host and port that the client used.
    pub(crate) base: String,
    pub(crate) body: Bytes,
}

impl ApiRequest {
    pub(crate) fn parameters(&self) -> Result<Parameters, MalformedBody> {
        Parameters::read(&self.query, self.content_type.as_deref(), &self.body)
    }

    /// Returns the rest of the header `Authorization` after a scheme.
    pub(crate) fn credentials(&self, wanted: &str) -> Option<&str> {
        let (scheme, rest) = self.authorization.as_deref()?.split_once(' ')?;
        (scheme.eq_ignore_ascii_case(wanted)).then(|| rest.trim())
    }
}

/// A reply: JSON always.
#[derive(Debug)]
pub(crate) struct ApiReply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl ApiReply {
    pub(crate) fn ok(body: Value) -> Self {
        Self::with_status(200, body)
    }

    pub(crate) fn with_status(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// For calls that a fault keeps from the platform.
    pub(crate) fn nothing() -> Self {
        Self::ok(Value::Null)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.header("Retry-After", seconds.to_string())
    }

    /// Returns the code of either kind of error body.
    pub(crate) fn error_code(&self) -> Option<i64> {
        let single = self.body.pointer("/error/code");
        single
            .or_else(|| self.body.pointer("/errors/0/code"))
            .and_then(Value::as_i64)
    }
}

/// A reply and what becomes of it on the way.
pub(crate) struct Served {
    pub(crate) reply: ApiReply,
    pub(crate) disturbance: Option<Disturbance>,
}
