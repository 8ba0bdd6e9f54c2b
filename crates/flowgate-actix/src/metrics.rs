//! Counts and times of an endpoint, in Prometheus' text format.
//!
//! The buckets of the latencies contain the limits at which WhatsApp warns: 1 s,
//! 5 s and 7 s at the 90th percentile
//! ([health monitoring](https://developers.facebook.com/docs/whatsapp/flows/guides/healthmonitoring)).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flowgate_protocol::{Channel, Count, Reply};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Content type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const LATENCY_BUCKETS_SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 7.0, 10.0,
];

/// The errors that WhatsApp documents for notifications; what else a phone
/// sends is counted together.
const NOTIFICATION_ERRORS: [&str; 12] = [
    "timeout_error",
    "missing_capability",
    "cannot_be_served",
    "no_http_response_error",
    "unexpected_http_status_code",
    "public-key-missing",
    "public-key-signature-verification",
    "response-decryption-error",
    "invalid-screen-transition",
    "payload-schema-error",
    "components-validation-error",
    "business-decryption-error",
];

/// Holds the counts of one endpoint. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    latencies: Family<EventLabels, Histogram, fn() -> Histogram>,
    replies: Family<ReplyLabels, Counter>,
    errors: Family<ErrorLabels, Counter>,
    notifications: Family<NotificationLabels, Counter>,
    in_flight: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    action: &'static str,
    screen: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReplyLabels {
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    error: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NotificationLabels {
    key: &'static str,
}

impl Metrics {
    /// Starts counting; `counts` are those of the application.
    pub(crate) fn new(
        channel: Channel,
        counts: impl Fn() -> Vec<Count> + Send + Sync + 'static,
    ) -> Self {
        let mut registry = Registry::with_prefix("flowgate");
        let new_histogram: fn() -> Histogram = || Histogram::new(LATENCY_BUCKETS_SECONDS);
        let latencies = Family::new_with_constructor(new_histogram);
        let replies = Family::default();
        let errors = Family::default();
        let notifications = Family::default();
        let in_flight = Gauge::default();
        registry.register(
            "exchange_duration_seconds",
            "Time from the headers of a request to its reply",
            latencies.clone(),
        );
        registry.register("replies", "Replies by HTTP status", replies.clone());
        registry.register(
            "errors",
            "Exchanges that did not end with the application's reply",
            errors.clone(),
        );
        registry.register(
            "error_notifications",
            "Replies that phones could not use, by their error key",
            notifications.clone(),
        );
        registry.register(
            "in_flight",
            "Exchanges that are being answered",
            in_flight.clone(),
        );
        registry.register_collector(Box::new(ChannelCollector(channel)));
        registry.register_collector(Box::new(CountCollector(counts)));
        Self(Arc::new(Inner {
            registry,
            latencies,
            replies,
            errors,
            notifications,
            in_flight,
        }))
    }

    /// Writes all counts in the OpenMetrics text format, which Prometheus reads.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.0.registry);
        text
    }

    pub(crate) fn in_flight(&self) -> InFlight {
        self.0.in_flight.inc();
        InFlight(self.clone())
    }

    pub(crate) fn count_reply(
        &self,
        action: &'static str,
        screen: &str,
        reply: &Reply,
        elapsed: Duration,
    ) {
        self.0
            .latencies
            .get_or_create(&EventLabels {
                action,
                screen: screen.to_owned(),
            })
            .observe(elapsed.as_secs_f64());
        self.0
            .replies
            .get_or_create(&ReplyLabels {
                status: reply.status,
            })
            .inc();
        if let Some(error) = &reply.error {
            self.0
                .errors
                .get_or_create(&ErrorLabels {
                    error: error.name(),
                })
                .inc();
        }
    }

    pub(crate) fn count_notification(&self, error: &str) {
        self.0
            .notifications
            .get_or_create(&NotificationLabels {
                key: notification_label(error),
            })
            .inc();
    }
}

/// Names a notification in metrics and logs: the phone's text if it is one of
/// the documented ones.
pub(crate) fn notification_label(error: &str) -> &'static str {
    // One edition of the documents spells it so.
    if error == "public-key-signiture-verification" {
        return "public-key-signature-verification";
    }
    NOTIFICATION_ERRORS
        .into_iter()
        .find(|known| *known == error)
        .unwrap_or("other")
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Counts an exchange as being answered until it is dropped.
pub(crate) struct InFlight(Metrics);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.in_flight.dec();
    }
}

/// Reads what keys and pool count themselves.
#[derive(Debug)]
struct ChannelCollector(Channel);

impl Collector for ChannelCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let queued = ConstGauge::new(i64::try_from(self.0.pool().queued()).unwrap_or(i64::MAX));
        let queue = encoder.encode_descriptor(
            "open_queue_depth",
            "Requests that wait to be decrypted",
            None,
            queued.metric_type(),
        )?;
        queued.encode(queue)?;

        let first = ConstCounter::new(0_u64);
        let mut batches = encoder.encode_descriptor(
            "open_batches",
            "Batches that requests were decrypted in, by the number of requests",
            None,
            first.metric_type(),
        )?;
        for (size, count) in (1_u64..).zip(self.0.pool().batches()) {
            let labels = [("size", size)];
            ConstCounter::new(count).encode(batches.encode_family(&labels)?)?;
        }

        let redone = ConstCounter::new(self.0.key_ring().redone());
        let encoded = encoder.encode_descriptor(
            "unwraps_redone",
            "Results of the vector backend that failed their check and were calculated again; \
             above 0 this machine calculates wrongly",
            None,
            redone.metric_type(),
        )?;
        redone.encode(encoded)?;

        let mut opened = encoder.encode_descriptor(
            "requests_opened",
            "Requests opened, by private key; an old key without any can be removed",
            None,
            first.metric_type(),
        )?;
        for (key, count) in self.0.key_ring().usage() {
            let labels = [("key", key.fingerprint().to_string())];
            ConstCounter::new(count).encode(opened.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Reads what the application counts.
struct CountCollector<F>(F);

impl<F: Fn() -> Vec<Count> + Send + Sync + 'static> Collector for CountCollector<F> {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        for Count { name, help, number } in (self.0)() {
            let counter = ConstCounter::new(number);
            let encoded = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(encoded)?;
        }
        Ok(())
    }
}

impl<F> fmt::Debug for CountCollector<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountCollector")
    }
}
