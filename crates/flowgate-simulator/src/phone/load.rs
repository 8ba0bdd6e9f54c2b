//! Phones that send without pause, to see whether a change is noticed.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Phone;

/// More reasons than these say nothing new.
const KEPT_FAILURES: usize = 20;

/// A constant load of requests, one after the other from each phone.
///
/// Ends when it is [stopped](Self::stop) or dropped.
#[derive(Debug)]
pub struct Load {
    phones: JoinSet<()>,
    report: watch::Sender<LoadReport>,
    stop: watch::Sender<bool>,
}

/// What a load has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadReport {
    /// Requests that have come to an end, good or bad.
    pub sent: u64,
    /// Those with an encrypted reply.
    pub succeeded: u64,
    /// Those among them that met a 421 first and fetched the key again.
    pub key_refetched: u64,
    /// Those where a user saw an error.
    pub failed: u64,
    /// Texts of the first 20 errors.
    pub failures: Vec<String>,
}

impl Load {
    /// Starts to send the same clear request from every phone, with a pause
    /// after each reply.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn start(phones: impl IntoIterator<Item = Phone>, clear: &Value, pause: Duration) -> Self {
        let (report, _) = watch::channel(LoadReport::default());
        let (stop, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for phone in phones {
            let clear = clear.clone();
            let report = report.clone();
            let mut stopped = stop.subscribe();
            tasks.spawn(async move {
                while !*stopped.borrow() {
                    let reply = phone.send(&clear).await;
                    report.send_modify(|report| report.add(&reply));
                    // A sender that is gone means the end as well.
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        _ = stopped.wait_for(|stopped| *stopped) => break,
                    }
                }
            });
        }
        Self {
            phones: tasks,
            report,
            stop,
        }
    }

    /// Returns what it has seen so far.
    pub fn so_far(&self) -> LoadReport {
        self.report.borrow().clone()
    }

    /// Waits until so many more requests have come to an end: a test that wants
    /// to see a change under load waits for requests, not for time.
    pub async fn more(&self, requests: u64) -> LoadReport {
        let mut report = self.report.subscribe();
        let wanted = report.borrow().sent.saturating_add(requests);
        let reached = report.wait_for(|report| report.sent >= wanted).await;
        reached.map(|report| report.clone()).unwrap_or_default()
    }

    /// Ends it after the replies that are on their way.
    pub async fn stop(mut self) -> LoadReport {
        self.stop.send_replace(true);
        while self.phones.join_next().await.is_some() {}
        self.so_far()
    }
}

impl LoadReport {
    fn add(&mut self, reply: &Result<super::PhoneReply, super::PhoneError>) {
        self.sent += 1;
        match reply {
            Ok(reply) => {
                self.succeeded += 1;
                self.key_refetched += u64::from(reply.key_refetched);
            }
            Err(error) => {
                self.failed += 1;
                if self.failures.len() < KEPT_FAILURES {
                    self.failures.push(error.to_string());
                }
            }
        }
    }
}
