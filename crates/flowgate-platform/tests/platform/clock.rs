//! A clock that stands still but for those who wait on it.

use std::sync::Mutex;
use std::time::Duration;

use flowgate_platform::Timer;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// Moves on by what is waited for, at once.
#[derive(Debug, Default)]
pub(crate) struct CountingClock {
    now: Mutex<Duration>,
    waits: Mutex<Vec<Duration>>,
}

impl CountingClock {
    /// All that was waited for, in order.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

impl Timer for CountingClock {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        *self.now.lock().unwrap() += duration;
        self.waits.lock().unwrap().push(duration);
        async {}.boxed()
    }

    fn random(&self) -> f64 {
        1.0
    }
}
