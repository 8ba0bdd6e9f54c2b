//! Publishing the public key when a server starts.

use std::sync::Arc;
use std::time::Duration;

use flowgate_platform::args::PlatformArgsError;
use flowgate_platform::{Bootstrap, Observer, PlatformError};

use crate::config::PublishArgs;
use crate::keys::{KeyRing, PublicKey};

/// Says why a server did not publish its key, and so did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicationError {
    /// The key is one that was made for development.
    #[error(
        "the development key is not to be published: set FLOWGATE_PRIVATE_KEY_FILE and \
         FLOWGATE_APP_SECRET_FILE (`flowgate keys generate` makes a key); only a stand-in of \
         the platform on this machine gets it"
    )]
    DevelopmentKey,
    /// Flags and variables do not name a platform and its numbers, or it cannot
    /// be asked for them.
    #[error(transparent)]
    Platform(#[from] PlatformArgsError),
    /// Not every number holds the key with a valid signature.
    #[error(
        "{}\nWithout `--publish` the server starts with the keys that the numbers hold",
        failures.join("\n")
    )]
    NotPublished {
        /// One line for each number: what happened and what to do.
        failures: Vec<String>,
    },
}

/// Which keys a server starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyOrigin {
    Configured,
    Development,
}

/// Sees to it that every number holds a key of the ring with a valid signature.
pub(crate) async fn publish(
    args: &PublishArgs,
    ring: &KeyRing,
    origin: KeyOrigin,
) -> Result<(), PublicationError> {
    if origin == KeyOrigin::Development && !args.platform.is_local() {
        return Err(PublicationError::DevelopmentKey);
    }
    let retries = args.platform.retries().observer(Arc::new(Log));
    let numbers = args.platform.numbers(&retries).await?;
    let older: Vec<PublicKey> = ring.usage().skip(1).map(|(key, _)| key.clone()).collect();
    let bootstrap = Bootstrap::new(ring.newest().clone())
        .older_keys(older)
        .keep_foreign_keys()
        .retries(retries);
    let report = args
        .publishing
        .apply(bootstrap)
        .ensure_published(&numbers)
        .await;
    for number in &report.numbers {
        match (&number.failure, number.older_key) {
            (Some(_), _) => {}
            (None, None) => tracing::info!("{number}"),
            (None, Some(key)) => tracing::warn!(
                %key,
                "{number}; `flowgate keys rotate` publishes the newest when every instance has it"
            ),
        }
    }
    if report.is_complete() {
        return Ok(());
    }
    Err(PublicationError::NotPublished {
        failures: report.failed().map(ToString::to_string).collect(),
    })
}

/// Tells the log of each further try.
struct Log;

impl Observer for Log {
    fn will_retry(&self, call: &str, error: &PlatformError, delay: Duration) {
        tracing::warn!(
            "{call}: {}; trying again in {:.1} s",
            error.problem(),
            delay.as_secs_f64()
        );
    }
}
