//! Counts what happens at run time beside the replies themselves.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what a [`GraphqlEndpoint`](crate::GraphqlEndpoint) meets, since it
/// was built. A snapshot is [`Counts`].
#[derive(Debug, Default)]
pub struct Counters {
    ignored_values: AtomicU64,
    misfits: AtomicU64,
    schema_errors: AtomicU64,
    violations: AtomicU64,
}

/// Holds how often what was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Values that phones sent and no operation declares.
    pub ignored_values: u64,
    /// Requests with a value that does not fit its variable.
    pub misfits: u64,
    /// Operations that ended with an error of the schema.
    pub schema_errors: u64,
    /// Replies that phones would have refused.
    pub violations: u64,
}

impl Counters {
    /// Reads all counts.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            ignored_values: read(&self.ignored_values),
            misfits: read(&self.misfits),
            schema_errors: read(&self.schema_errors),
            violations: read(&self.violations),
        }
    }

    pub(crate) fn ignored(&self, values: usize) {
        self.ignored_values
            .fetch_add(values as u64, Ordering::Relaxed);
    }

    pub(crate) fn misfit(&self) {
        self.misfits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn schema_error(&self) {
        self.schema_errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn violation(&self) {
        self.violations.fetch_add(1, Ordering::Relaxed);
    }
}
