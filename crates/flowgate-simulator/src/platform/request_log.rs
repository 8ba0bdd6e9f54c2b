//! The log of requests: what was called and how it went, never a secret.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::http::{ApiReply, ApiRequest};
use crate::{Api, BodyEncoding, Disturbance};

/// A test that runs for long must not fill the memory.
const KEPT: usize = 10_000;

/// One request to one of the APIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Counts from 1.
    pub sequence: u64,
    /// Time by the platform's clock.
    pub unix_seconds: u64,
    /// Which API.
    pub api: Api,
    /// `GET` or `POST`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// How the body was encoded.
    pub encoding: BodyEncoding,
    /// HTTP status of the reply; none if a fault kept it back.
    pub status: Option<u16>,
    /// Code of the error in the reply.
    pub error_code: Option<i64>,
    /// The fault that met it.
    pub fault: Option<&'static str>,
}

#[derive(Debug, Default)]
pub(super) struct RequestLog {
    records: VecDeque<RequestRecord>,
    counts: BTreeMap<String, u64>,
    total: u64,
}

impl RequestLog {
    pub(super) fn add(
        &mut self,
        api: Api,
        request: &ApiRequest,
        reply: &ApiReply,
        fault: Option<&Disturbance>,
        now: u64,
    ) {
        self.total += 1;
        let (status, error_code) = match fault {
            Some(Disturbance::DropConnection | Disturbance::Hang) => (None, None),
            Some(Disturbance::HtmlPage { status } | Disturbance::EmptyReply { status }) => {
                (Some(*status), None)
            }
            Some(Disturbance::Redirect { .. }) => (Some(302), None),
            _ => (Some(reply.status), reply.error_code()),
        };
        let record = RequestRecord {
            sequence: self.total,
            unix_seconds: now,
            api,
            method: request.method.clone(),
            path: request.path.clone(),
            encoding: BodyEncoding::of(request.content_type.as_deref(), &request.body),
            status,
            error_code,
            fault: fault.map(Disturbance::name),
        };
        tracing::info!(
            ?api,
            method = record.method,
            path = record.path,
            status = record.status,
            error_code = record.error_code,
            fault = record.fault,
            "request"
        );
        *self
            .counts
            .entry(format!("{} {}", record.method, record.path))
            .or_default() += 1;
        if self.records.len() == KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }

    pub(super) fn records(&self) -> Vec<RequestRecord> {
        self.records.iter().cloned().collect()
    }

    pub(super) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    pub(super) fn count(&self, method: &str, path_end: &str) -> u64 {
        self.counts
            .iter()
            .filter(|(call, _)| {
                call.split_once(' ')
                    .is_some_and(|(called, path)| called == method && path.ends_with(path_end))
            })
            .map(|(_, count)| count)
            .sum()
    }
}
