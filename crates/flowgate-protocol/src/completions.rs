//! Answers the same submission once, however often it arrives.
//!
//! What the same submission is, [`FlowRequest::idempotency_key`] says.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::OnceCell;

use crate::{Answer, EndpointError, FlowRequest, FlowResponse, IdempotencyKey};

/// How long a completed submission is answered with the same reply: long after
/// any retry by hand.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// Most submissions that are remembered; the oldest are forgotten first.
const CAPACITY: usize = 10_000;

/// Remembers submissions that are being answered and those that ended a Flow.
#[derive(Default)]
pub(crate) struct Completions(Mutex<HashMap<IdempotencyKey, Entry>>);

struct Entry {
    reply: Arc<OnceCell<FlowResponse>>,
    since: SystemTime,
}

impl Completions {
    /// Runs `answer` unless the same submission is being answered or has ended
    /// the Flow; then gives that reply.
    ///
    /// Replies that lead to another screen are not remembered: the same choice
    /// may rightly have another outcome a moment later. Errors are not either.
    /// If the one who answers is cut off, the next in line takes over.
    pub(crate) async fn answer_once<A: Future<Output = Answer>>(
        &self,
        request: FlowRequest,
        now: SystemTime,
        answer: impl FnOnce(FlowRequest) -> A,
    ) -> Answer {
        let Some(key) = request.idempotency_key() else {
            return answer(request).await;
        };
        let reply = self.entry(key, now);
        let outcome = reply.get_or_try_init(|| answer(request)).await;
        if outcome.as_ref().is_ok_and(|reply| reply.ends_flow()) {
            return outcome.cloned();
        }
        let outcome = outcome.map(|_| ());
        self.forget(&key, &reply);
        outcome?;
        // Usually nobody else waits for it, and no copy is made.
        match Arc::try_unwrap(reply) {
            Ok(reply) => reply.into_inner().ok_or(EndpointError::Panicked),
            Err(reply) => reply.get().cloned().ok_or(EndpointError::Panicked),
        }
    }

    fn entry(&self, key: IdempotencyKey, now: SystemTime) -> Arc<OnceCell<FlowResponse>> {
        let mut entries = self.lock();
        if entries.len() >= CAPACITY && !entries.contains_key(&key) {
            make_room(&mut entries, now);
        }
        let entry = entries.entry(key).or_insert_with(|| Entry {
            reply: Arc::default(),
            since: now,
        });
        if entry.has_ended(now) {
            *entry = Entry {
                reply: Arc::default(),
                since: now,
            };
        }
        Arc::clone(&entry.reply)
    }

    /// Forgets an entry, unless a later one has taken its place.
    fn forget(&self, key: &IdempotencyKey, reply: &Arc<OnceCell<FlowResponse>>) {
        let mut entries = self.lock();
        if entries
            .get(key)
            .is_some_and(|entry| Arc::ptr_eq(&entry.reply, reply))
        {
            entries.remove(key);
        }
    }

    /// Locks the map; no code panics while holding it, so poison means nothing.
    fn lock(&self) -> MutexGuard<'_, HashMap<IdempotencyKey, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Completions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completions")
            .field("remembered", &self.lock().len())
            .finish()
    }
}

impl Entry {
    fn has_ended(&self, now: SystemTime) -> bool {
        now.duration_since(self.since)
            .is_ok_and(|age| age >= REMEMBERED)
    }
}

/// Drops what has ended and, if that is not enough, the older half.
fn make_room(entries: &mut HashMap<IdempotencyKey, Entry>, now: SystemTime) {
    entries.retain(|_, entry| !entry.has_ended(now));
    if entries.len() < CAPACITY {
        return;
    }
    let mut times: Vec<SystemTime> = entries.values().map(|entry| entry.since).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    entries.retain(|_, entry| entry.since > median);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::UNIX_EPOCH;

    use futures_executor::block_on;
    use futures_util::future::{join, pending};
    use futures_util::poll;

    use super::*;
    use crate::{Action, FlowToken};

    fn submission(token: &str) -> FlowRequest {
        let mut request = FlowRequest::new(Action::DataExchange);
        request.screen = Some("SUMMARY".into());
        request.flow_token = Some(FlowToken::new(token));
        request
    }

    fn later(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Counts its calls and completes with the count.
    async fn count(calls: &AtomicUsize) -> Answer {
        let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(FlowResponse::complete().with("call", call))
    }

    #[test]
    fn a_completed_submission_gets_the_same_reply_again() {
        block_on(async {
            let (completions, calls) = (Completions::default(), AtomicUsize::new(0));
            for seconds in [0, 1, 3599] {
                let reply = completions
                    .answer_once(submission("a"), later(seconds), |_| count(&calls))
                    .await
                    .unwrap();
                assert_eq!(reply.data()["call"], 1);
            }
            let reply = completions
                .answer_once(submission("a"), later(3600), |_| count(&calls))
                .await
                .unwrap();
            assert_eq!(reply.data()["call"], 2, "remembered too long");
        });
    }

    #[test]
    fn a_double_tap_is_answered_once() {
        block_on(async {
            let (completions, calls) = (Completions::default(), AtomicUsize::new(0));
            let request = submission("a");
            let (first, second) = join(
                completions.answer_once(request.clone(), later(0), |_| count(&calls)),
                completions.answer_once(request.clone(), later(0), |_| count(&calls)),
            )
            .await;
            assert_eq!(first.unwrap(), second.unwrap());
            assert_eq!(calls.into_inner(), 1);
        });
    }

    #[test]
    fn other_tokens_screens_and_data_are_other_submissions() {
        block_on(async {
            let (completions, calls) = (Completions::default(), AtomicUsize::new(0));
            let mut requests = vec![submission("a"), submission("b")];
            requests.push(submission("a"));
            requests[2].screen = Some("OTHER".into());
            requests.push(submission("a"));
            requests[3].data.insert("x".to_owned(), 1.into());
            let number = requests.len();
            for request in requests {
                let _ = completions
                    .answer_once(request, later(0), |_| count(&calls))
                    .await;
            }
            assert_eq!(calls.into_inner(), number);
        });
    }

    #[test]
    fn tokens_that_many_share_and_other_actions_are_not_merged() {
        block_on(async {
            let (completions, calls) = (Completions::default(), AtomicUsize::new(0));
            let mut without = submission("a");
            without.flow_token = None;
            let mut init = submission("a");
            init.action = Action::Init;
            for request in [submission("unused"), without, init] {
                for _ in 0..2 {
                    let _ = completions
                        .answer_once(request.clone(), later(0), |_| count(&calls))
                        .await;
                }
            }
            assert_eq!(calls.into_inner(), 6);
        });
    }

    #[test]
    fn screens_and_errors_are_answered_anew() {
        block_on(async {
            let completions = Completions::default();
            let request = submission("a");
            for _ in 0..2 {
                let calls = AtomicUsize::new(0);
                let screen = async {
                    calls.fetch_add(1, Ordering::Relaxed);
                    Ok(FlowResponse::screen("A"))
                };
                let _ = completions
                    .answer_once(request.clone(), later(0), |_| screen)
                    .await;
                let error = async {
                    calls.fetch_add(1, Ordering::Relaxed);
                    Err(EndpointError::InvalidData)
                };
                let _ = completions
                    .answer_once(request.clone(), later(0), |_| error)
                    .await;
                assert_eq!(calls.into_inner(), 2);
            }
            assert!(completions.lock().is_empty());
        });
    }

    #[test]
    fn when_the_first_is_cut_off_the_second_takes_over() {
        block_on(async {
            let (completions, calls) = (Completions::default(), AtomicUsize::new(0));
            let request = submission("a");
            let mut first =
                Box::pin(completions.answer_once(request.clone(), later(0), |_| pending()));
            assert!(poll!(&mut first).is_pending());
            let second = completions.answer_once(request.clone(), later(0), |_| count(&calls));
            let mut second = Box::pin(second);
            assert!(poll!(&mut second).is_pending());
            drop(first);
            assert_eq!(second.await.unwrap().data()["call"], 1);
        });
    }

    #[test]
    fn memory_is_bounded() {
        block_on(async {
            let completions = Completions::default();
            for number in 0..CAPACITY as u64 + 10 {
                let request = submission(&number.to_string());
                let answer = async { Ok(FlowResponse::complete()) };
                let _ = completions
                    .answer_once(request, later(number / 100), |_| answer)
                    .await;
            }
            let remembered = completions.lock().len();
            assert!(remembered <= CAPACITY && remembered > CAPACITY / 3);
        });
    }
}
