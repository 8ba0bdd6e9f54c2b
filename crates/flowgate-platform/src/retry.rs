//! Trying again: when, how often, and when not.
//!
//! Delays grow and are spread at random, so that many instances that fail
//! together do not come back together. `Retry-After` is respected, for all
//! calls that share a [`Retries`]: a platform that limits one call limits the
//! next as well. What cannot succeed is not tried again, see
//! [`PlatformError::is_retryable`].

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::error::PlatformError;

/// Bounds how often and how long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    first_delay: Duration,
    longest_delay: Duration,
    attempts: u32,
    total: Duration,
}

/// Tells the time, waits and draws random numbers; tests bring their own, so
/// that none of them sleeps.
pub trait Timer: fmt::Debug + Send + Sync {
    /// Returns the time since some fixed moment.
    fn now(&self) -> Duration;
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
    /// Draws a number between 0 and 1.
    fn random(&self) -> f64;
}

/// The clock and the randomness of the operating system.
#[derive(Debug)]
pub struct SystemTimer(std::time::Instant);

/// Hears what is going on while a call waits.
pub trait Observer: Send + Sync {
    /// A call failed and is tried again after a delay.
    fn will_retry(&self, call: &str, error: &PlatformError, delay: Duration);
}

/// Tries calls under one policy. Clones share the platform's wish to be left
/// alone.
#[derive(Clone)]
pub struct Retries {
    policy: RetryPolicy,
    timer: Arc<dyn Timer>,
    observer: Option<Arc<dyn Observer>>,
    /// Time before which nothing is sent.
    not_before: Arc<Mutex<Duration>>,
}

impl RetryPolicy {
    /// Tries once.
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// Sets the delay before the second try. Defaults to 0.5 s; it doubles with
    /// each further one.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Sets the longest delay of our own. Defaults to 15 s; `Retry-After` may
    /// ask for more.
    pub fn longest_delay(mut self, delay: Duration) -> Self {
        self.longest_delay = delay;
        self
    }

    /// Sets how often a call is tried. Defaults to 6; at least once.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the time after which nothing more is tried, counted from the first
    /// try. Defaults to 60 s: longer than the limits of short bursts, shorter
    /// than the patience of a deployment.
    pub fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Returns the time after which nothing more is tried.
    pub fn total_time(&self) -> Duration {
        self.total
    }

    /// Returns the delay after a failed try, the first being 1: between half
    /// and the whole of a delay that doubles.
    fn delay(&self, attempt: u32, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(MAX_DOUBLINGS);
        let delay = self
            .first_delay
            .saturating_mul(1 << doublings)
            .min(self.longest_delay);
        delay.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(15),
            attempts: 6,
            total: Duration::from_secs(60),
        }
    }
}

impl Retries {
    /// Tries calls under a policy, with the clock of the system.
    pub fn new(policy: RetryPolicy) -> Self {
        Self::with_timer(policy, Arc::new(SystemTimer::new()))
    }

    /// Tries calls under a policy, with a clock of your own.
    pub fn with_timer(policy: RetryPolicy, timer: Arc<dyn Timer>) -> Self {
        Self {
            policy,
            timer,
            observer: None,
            not_before: Arc::default(),
        }
    }

    /// Sets who hears of each further try. Defaults to nobody.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Returns the clock.
    pub fn timer(&self) -> &Arc<dyn Timer> {
        &self.timer
    }

    /// Returns the policy.
    pub fn policy(&self) -> RetryPolicy {
        self.policy
    }

    /// Makes a call until it succeeds, cannot succeed, or the policy ends it.
    ///
    /// # Errors
    ///
    /// The error of the last try.
    pub async fn run<T, F>(
        &self,
        call: &str,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, PlatformError>
    where
        F: Future<Output = Result<T, PlatformError>>,
    {
        let started = self.timer.now();
        let ends = started.saturating_add(self.policy.total);
        for count in 1.. {
            let pause = self.pause();
            // Without a wish to be left alone it is called: a policy of no time
            // at all tries once.
            if !pause.is_zero() {
                if self.timer.now().saturating_add(pause) > ends {
                    return Err(PlatformError::Postponed { pause });
                }
                self.timer.sleep(pause).await;
            }
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if let Some(retry_after) = error.retry_after() {
                self.leave_alone_for(retry_after);
            }
            if !error.is_retryable() || count >= self.policy.attempts {
                return Err(error);
            }
            let delay = self
                .policy
                .delay(count, self.timer.random())
                .max(self.pause());
            // Waiting for a try that would come too late helps nobody.
            if self.timer.now().saturating_add(delay) > ends {
                return Err(error);
            }
            if let Some(observer) = &self.observer {
                observer.will_retry(call, &error, delay);
            }
            self.timer.sleep(delay).await;
        }
        unreachable!("the loop counts up to the attempts of the policy, which are at least one")
    }

    /// Returns how long the platform still wants to be left alone.
    fn pause(&self) -> Duration {
        let not_before = *self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        not_before.saturating_sub(self.timer.now())
    }

    fn leave_alone_for(&self, duration: Duration) {
        let until = self.timer.now().saturating_add(duration);
        let mut not_before = self
            .not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *not_before = until.max(*not_before);
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl SystemTimer {
    /// Starts counting now.
    pub fn new() -> Self {
        Self(std::time::Instant::now())
    }
}

impl Default for SystemTimer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer for SystemTimer {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        tokio::time::sleep(duration).boxed()
    }

    fn random(&self) -> f64 {
        // Without randomness all instances wait alike, which is no failure.
        let bits = getrandom::u32().unwrap_or(u32::MAX / 2);
        f64::from(bits) / f64::from(u32::MAX)
    }
}

/// Beyond, the longest delay holds anyway.
const MAX_DOUBLINGS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_are_spread_and_bounded() {
        let policy = RetryPolicy::default();
        let milliseconds = |attempt, random| policy.delay(attempt, random).as_millis();
        assert_eq!(milliseconds(1, 0.0), 250);
        assert_eq!(milliseconds(1, 1.0), 500);
        assert_eq!(milliseconds(3, 1.0), 2_000);
        assert_eq!(milliseconds(6, 1.0), 15_000);
        assert_eq!(milliseconds(u32::MAX, 1.0), 15_000);
    }

    #[test]
    fn no_time_for_further_tries_is_one_try() {
        let retries = Retries::new(RetryPolicy::default().total(Duration::ZERO));
        let called = retries.run("call", || async { Ok(()) }).now_or_never();
        assert!(called.unwrap().is_ok());
    }

    #[test]
    fn the_system_draws_between_0_and_1() {
        let timer = SystemTimer::new();
        for _ in 0..100 {
            assert!((0.0..=1.0).contains(&timer.random()));
        }
    }
}
