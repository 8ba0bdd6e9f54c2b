//! What is measured, and what comes out.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flowgate_keys::phone::seal_request;
use flowgate_keys::{Backend, MAX_BATCH, PrivateKey, RSA_MODULUS_BYTES, Unwrap};
use flowgate_measure::calls::{Calls, Step, in_turns, rate};
use flowgate_measure::median;
use flowgate_measure::processor::Processor;
use flowgate_measure::rounds::Rounds;
use flowgate_rsa_vector::limit::multiply_adds_of_a_batch;

use crate::failure::Failure;

/// Requests that are made beforehand; more than fit into one batch, so that no
/// call has the same input as the last one.
const REQUESTS: usize = 64;

/// Rounds of the part with several threads, whose turns are longer.
const SCALING_ROUNDS: usize = 3;

/// Turns of the part with several threads take this many times as long: starting
/// the threads must not count.
const SCALING_TIME: u32 = 3;

type Wrapped = [u8; RSA_MODULUS_BYTES];

/// Says what to measure.
pub(super) struct Plan {
    pub(super) backends: Vec<Backend>,
    pub(super) batches: Vec<usize>,
    pub(super) rounds: Rounds,
}

/// What was measured, and on what.
pub(super) struct Measurement {
    pub(super) processor: Processor,
    pub(super) rounds: Rounds,
    /// By backend, then by batch.
    pub(super) single_core: Vec<SingleCore>,
    /// Requests each second that the multiplier of one core allows the backend
    /// `vector`, if it is among those measured, in the same rounds.
    pub(super) vector_limit: Option<Calls>,
    /// By backend, then by threads.
    pub(super) scaling: Vec<Scaling>,
}

/// One thread with one backend and one number of requests at a time.
pub(super) struct SingleCore {
    pub(super) backend: Backend,
    pub(super) batch: usize,
    pub(super) calls: Calls,
    /// To the first row of all: rates of the same rounds.
    pub(super) ratio: f64,
}

/// Several threads with one backend, each with full batches.
pub(super) struct Scaling {
    pub(super) backend: Backend,
    pub(super) threads: usize,
    pub(super) per_second: f64,
}

/// One backend with the key of this run.
struct Contender {
    backend: Backend,
    key: Box<dyn Unwrap>,
}

impl Plan {
    /// Counts how often the measurement reports that a turn is over.
    pub(super) fn turns(&self) -> u64 {
        let steps = self.backends.len() * self.batches.len() + usize::from(self.has_limit());
        let single = (self.rounds.rounds + 1) * steps;
        let scaling = SCALING_ROUNDS * self.backends.len() * thread_counts().len();
        u64::try_from(single + scaling).unwrap_or(u64::MAX)
    }

    /// Measures everything.
    pub(super) fn run(&self, mut turn_is_over: impl FnMut()) -> Result<Measurement, Failure> {
        let system = |error: &dyn ToString| Failure::System {
            problem: error.to_string(),
        };
        let key = PrivateKey::generate()?;
        let contenders = self
            .backends
            .iter()
            .map(|&backend| {
                let key = backend.load(&key).map_err(|error| system(&error))?;
                Ok(Contender { backend, key })
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        let requests = (0..REQUESTS)
            .map(|_| {
                let (sealed, _) =
                    seal_request(key.public_key(), b"").map_err(|error| system(&error))?;
                Wrapped::try_from(sealed.encrypted_aes_key.as_slice())
                    .map_err(|error| system(&error))
            })
            .collect::<Result<Vec<_>, Failure>>()?;
        let (single_core, vector_limit) =
            self.single_core(&contenders, &requests, &mut turn_is_over);
        Ok(Measurement {
            processor: Processor::here(),
            rounds: self.rounds,
            single_core,
            vector_limit,
            scaling: self.scaling(&contenders, &requests, &mut turn_is_over),
        })
    }

    /// Tells whether there is a limit to measure beside the backends.
    fn has_limit(&self) -> bool {
        self.backends.contains(&Backend::Vector) && multiply_adds_of_a_batch()
    }

    fn single_core(
        &self,
        contenders: &[Contender],
        requests: &[Wrapped],
        turn_is_over: &mut impl FnMut(),
    ) -> (Vec<SingleCore>, Option<Calls>) {
        let cases: Vec<(&Contender, usize)> = contenders
            .iter()
            .flat_map(|contender| self.batches.iter().map(move |batch| (contender, *batch)))
            .collect();
        let mut steps: Vec<Step<'_>> = cases
            .iter()
            .map(|&(contender, batch)| {
                let mut at = 0;
                Step {
                    pieces: batch,
                    call: Box::new(move || at = contender.unwrap_from(requests, at, batch)),
                }
            })
            .collect();
        if self.has_limit() {
            steps.push(Step {
                pieces: MAX_BATCH,
                call: Box::new(|| {
                    multiply_adds_of_a_batch();
                }),
            });
        }
        let mut results = in_turns(steps, self.rounds, turn_is_over);
        let limit = results.split_off(cases.len()).pop();
        let ratios: Vec<f64> = results
            .iter()
            .map(|calls| calls.ratio_to(&results[0]))
            .collect();
        let single_core = cases
            .into_iter()
            .zip(results.into_iter().zip(ratios))
            .map(|((contender, batch), (calls, ratio))| SingleCore {
                backend: contender.backend,
                batch,
                calls,
                ratio,
            })
            .collect();
        (single_core, limit)
    }

    fn scaling(
        &self,
        contenders: &[Contender],
        requests: &[Wrapped],
        turn_is_over: &mut impl FnMut(),
    ) -> Vec<Scaling> {
        let batch = self.batches.iter().copied().max().unwrap_or(1);
        let time = self.rounds.time * SCALING_TIME;
        let cases: Vec<(&Contender, usize)> = contenders
            .iter()
            .flat_map(|contender| thread_counts().into_iter().map(move |n| (contender, n)))
            .collect();
        let mut rates = vec![Vec::new(); cases.len()];
        for round in 0..SCALING_ROUNDS {
            for turn in 0..cases.len() {
                let index = (round + turn) % cases.len();
                let (contender, threads) = cases[index];
                rates[index].push(contender.rate(requests, batch, threads, time));
                turn_is_over();
            }
        }
        cases
            .into_iter()
            .zip(rates)
            .map(|((contender, threads), rates)| Scaling {
                backend: contender.backend,
                threads,
                per_second: median(rates),
            })
            .collect()
    }
}

impl Contender {
    /// Unwraps the requests from `at` on, and returns where to go on.
    ///
    /// What cannot be unwrapped would be a fault of the backend; the tests of the
    /// keys look for those, and it takes as long.
    fn unwrap_from(&self, requests: &[Wrapped], at: usize, batch: usize) -> usize {
        let at = if at + batch > requests.len() { 0 } else { at };
        let batch_of: Vec<&Wrapped> = requests[at..at + batch].iter().collect();
        for together in batch_of.chunks(self.key.batch_size()) {
            match together {
                [one] => drop(black_box(self.key.unwrap(one))),
                more => drop(black_box(self.key.unwrap_batch(more))),
            }
        }
        at + batch
    }

    /// Returns how many requests a second several threads unwrap together.
    fn rate(&self, requests: &[Wrapped], batch: usize, threads: usize, time: Duration) -> f64 {
        let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let start = Instant::now();
        let elapsed = thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut at = 0;
                    while !over.load(Ordering::Relaxed) {
                        at = self.unwrap_from(requests, at, batch);
                        done.fetch_add(batch, Ordering::Relaxed);
                    }
                });
            }
            thread::sleep(time);
            over.store(true, Ordering::Relaxed);
            // What is under way counts on neither side: it is as much at the
            // end as what the start took away.
            start.elapsed()
        });
        rate(done.load(Ordering::Relaxed), elapsed)
    }
}

/// Lists how many threads are measured: 1, 2, 4 and so on, and all.
fn thread_counts() -> Vec<usize> {
    let all = thread::available_parallelism().map_or(1, usize::from);
    let mut counts: Vec<usize> = std::iter::successors(Some(1), |count| Some(count * 2))
        .take_while(|count| *count < all)
        .collect();
    counts.push(all);
    counts
}
