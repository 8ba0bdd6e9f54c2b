//! What standard error hears while calls to the platform are tried again.

use std::sync::Arc;
use std::time::Duration;

use flowgate_platform::args::PlatformArgs;
use flowgate_platform::{Observer, PlatformError, Retries};

/// Tells standard error of each further try.
struct Talk;

impl Observer for Talk {
    fn will_retry(&self, call: &str, error: &PlatformError, delay: Duration) {
        eprintln!(
            "{call}: {}; trying again in {:.1} s",
            error.problem(),
            delay.as_secs_f64()
        );
    }
}

/// Says how calls are tried again, and tells of each further try.
pub(crate) fn retries(platform: &PlatformArgs) -> Retries {
    platform.retries().observer(Arc::new(Talk))
}
