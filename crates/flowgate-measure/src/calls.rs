//! Times every single call of steps that take microseconds or more: rates, and
//! latencies with their tail.

use std::time::{Duration, Instant};

use crate::rounds::Rounds;
use crate::{median, percentile};

/// Something to call; each call does a number of equal pieces of work.
pub struct Step<'a> {
    /// Pieces of work in one call.
    pub pieces: usize,
    /// Does them.
    pub call: Box<dyn FnMut() + 'a>,
}

/// What the calls of one step took.
#[derive(Debug, Clone)]
pub struct Calls {
    /// Pieces a second, one entry for each round.
    pub rates: Vec<f64>,
    /// Time of each call of all rounds, sorted.
    pub times: Vec<Duration>,
}

impl Calls {
    /// Returns the median over the rounds of the pieces a second.
    pub fn per_second(&self) -> f64 {
        median(self.rates.clone())
    }

    /// Returns the time that so many of a hundred calls stay within.
    pub fn percentile(&self, percent: usize) -> Duration {
        percentile(&self.times, percent)
    }

    /// Returns the median over the rounds of this rate divided by the other one
    /// in the same round.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let pairs = self.rates.iter().zip(&other.rates);
        median(pairs.map(|(own, other)| own / other).collect())
    }
}

/// Calls all steps in turns, each for the time of a round, after one round that
/// warms up. `turn_is_over` hears of each turn that is over.
pub fn in_turns(
    mut steps: Vec<Step<'_>>,
    rounds: Rounds,
    mut turn_is_over: impl FnMut(),
) -> Vec<Calls> {
    let empty = Calls {
        rates: Vec::new(),
        times: Vec::new(),
    };
    let mut results = vec![empty; steps.len()];
    for round in 0..=rounds.rounds {
        for turn in 0..steps.len() {
            let index = (round + turn) % steps.len();
            let times = call_for(&mut steps[index], rounds.time);
            turn_is_over();
            if round > 0 {
                let pieces = steps[index].pieces * times.len();
                let elapsed: Duration = times.iter().sum();
                results[index].rates.push(rate(pieces, elapsed));
                results[index].times.extend(times);
            }
        }
    }
    for result in &mut results {
        result.times.sort_unstable();
    }
    results
}

/// Returns how many pieces a second that is.
#[expect(
    clippy::cast_precision_loss,
    reason = "what a round can do is far below 2^52"
)]
pub fn rate(pieces: usize, elapsed: Duration) -> f64 {
    pieces as f64 / elapsed.as_secs_f64()
}

/// Calls a step at least once, and until the time is over.
fn call_for(step: &mut Step<'_>, time: Duration) -> Vec<Duration> {
    let mut times = Vec::new();
    let start = Instant::now();
    loop {
        let before = Instant::now();
        (step.call)();
        times.push(before.elapsed());
        if start.elapsed() >= time {
            return times;
        }
    }
}

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step")
            .field("pieces", &self.pieces)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn every_step_has_its_turn_in_every_round() {
        let (first, second, turns) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let count = |calls: &Cell<usize>| calls.set(calls.get() + 1);
        let results = in_turns(
            vec![
                Step {
                    pieces: 1,
                    call: Box::new(|| count(&first)),
                },
                Step {
                    pieces: 4,
                    call: Box::new(|| count(&second)),
                },
            ],
            Rounds {
                rounds: 3,
                time: Duration::ZERO,
            },
            || count(&turns),
        );
        assert_eq!(turns.get(), 8, "a round more than counts, to warm up");
        assert_eq!((first.get(), second.get()), (4, 4));
        for result in &results {
            assert_eq!((result.rates.len(), result.times.len()), (3, 3));
            assert!(result.per_second() > 0.0);
        }
        let ratio = results[0].ratio_to(&results[0]);
        assert!((ratio - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_rate_counts_pieces() {
        assert!((rate(8, Duration::from_millis(500)) - 16.0).abs() < 1e-9);
    }
}
