//! Times steps of any length, down to nanoseconds, and takes the median of each.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::median;

/// Something to time.
pub struct Contender<'a> {
    run: Box<dyn FnMut(u32) -> Duration + 'a>,
}

/// Says how long and how often each contender runs.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// Number of rounds.
    pub rounds: usize,
    /// Time for each contender in each round.
    pub time: Duration,
}

impl<'a> Contender<'a> {
    /// Times a step with all that it allocates and frees.
    pub fn new<T>(mut step: impl FnMut() -> T + 'a) -> Self {
        Self {
            run: Box::new(move |times| {
                let start = Instant::now();
                for _ in 0..times {
                    black_box(step());
                }
                start.elapsed()
            }),
        }
    }

    /// Takes the time that a number of runs took from whoever runs them, in another
    /// process for example.
    pub fn elsewhere(run: impl FnMut(u32) -> Duration + 'a) -> Self {
        Self { run: Box::new(run) }
    }

    /// Times a step, but neither the making of its input nor the dropping of
    /// its output. Reading the clock adds some tens of nanoseconds.
    pub fn with_input<I, T>(
        mut input: impl FnMut() -> I + 'a,
        mut step: impl FnMut(I) -> T + 'a,
    ) -> Self {
        Self {
            run: Box::new(move |times| {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    let input = black_box(input());
                    let start = Instant::now();
                    let output = black_box(step(input));
                    total += start.elapsed();
                    drop(output);
                }
                total
            }),
        }
    }
}

impl Rounds {
    /// Returns the median time of each contender for one run of its step.
    pub fn medians(self, contenders: Vec<Contender<'_>>) -> Vec<Duration> {
        let seconds = self.seconds(contenders).into_iter().map(median);
        seconds.map(Duration::from_secs_f64).collect()
    }

    /// Returns the time of each contender in each round for one run of its step,
    /// in seconds.
    pub fn seconds(self, mut contenders: Vec<Contender<'_>>) -> Vec<Vec<f64>> {
        let times: Vec<u32> = contenders
            .iter_mut()
            .map(|contender| self.times(contender))
            .collect();
        let mut results = vec![Vec::new(); contenders.len()];
        for round in 0..self.rounds {
            for turn in 0..contenders.len() {
                let index = (round + turn) % contenders.len();
                let elapsed = (contenders[index].run)(times[index]);
                results[index].push(elapsed.as_secs_f64() / f64::from(times[index]));
            }
        }
        results
    }

    /// Warms up, and finds how many runs fill the time of a round.
    fn times(self, contender: &mut Contender<'_>) -> u32 {
        const TRIAL: u32 = 4;
        (contender.run)(1);
        let start = Instant::now();
        (contender.run)(TRIAL);
        let once = (start.elapsed() / TRIAL).max(Duration::from_nanos(1));
        let times = self.time.as_nanos() / once.as_nanos();
        u32::try_from(times).unwrap_or(u32::MAX).max(1)
    }
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contender")
    }
}
