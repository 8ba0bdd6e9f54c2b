//! The time that the stand-in goes by, so that expiry is tested without waiting.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::macros::format_description;

/// Tells the time; clones tell the same.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use flowgate_simulator::Clock;
///
/// let clock = Clock::stopped_at(UNIX_EPOCH + Duration::from_secs(1_750_000_000));
/// clock.advance(Duration::from_secs(7 * 24 * 3600));
/// assert_eq!(clock.unix_seconds(), 1_750_604_800);
/// ```
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// None for the clock of the system.
    stopped_at: Option<SystemTime>,
    ahead: Mutex<Duration>,
}

impl Clock {
    /// Goes with the clock of the system.
    pub fn system() -> Self {
        Self::new(None)
    }

    /// Stands still until it is [advanced](Self::advance).
    pub fn stopped_at(time: SystemTime) -> Self {
        Self::new(Some(time))
    }

    fn new(stopped_at: Option<SystemTime>) -> Self {
        Self(Arc::new(Inner {
            stopped_at,
            ahead: Mutex::new(Duration::ZERO),
        }))
    }

    /// Puts the clock forward, for all its clones.
    pub fn advance(&self, by: Duration) {
        let mut ahead = self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }

    /// Returns the time in whole seconds since 1970.
    pub fn unix_seconds(&self) -> u64 {
        let ahead = *self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        self.0
            .stopped_at
            .unwrap_or_else(SystemTime::now)
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .saturating_add(ahead)
            .as_secs()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// Writes a time as the On-Premises API does: `2018-03-01 15:29:26+00:00`.
pub(crate) fn on_premises_time(unix_seconds: u64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]+00:00");
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| "9999-12-31 23:59:59+00:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_as_in_the_reference() {
        assert_eq!(on_premises_time(1_519_918_166), "2018-03-01 15:29:26+00:00");
        assert_eq!(on_premises_time(u64::MAX), "9999-12-31 23:59:59+00:00");
    }
}
