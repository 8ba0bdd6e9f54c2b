//! Opens requests, a few at a time: on threads of its own, or on those that
//! wait for the requests.
//!
//! The queue is bounded and refuses early: a request that would wait too long
//! is better sent back at once than answered after the phone has given up.
//!
//! **Batches** form by themselves: a thread that is free takes the oldest
//! request, and with it those waiting for the same keys, as many as the backend
//! gains from. Nobody ever waits for company. Since the oldest request always goes
//! first, no key keeps another one's requests waiting.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;

use crate::{CannotDecrypt, KeyRing, MAX_BATCH, OpenedRequest, PhoneNumberId, SealedRequest};

/// Requests that may wait for each processor: at some 300 microseconds each, the
/// last one waits for less than a tenth of a second.
const QUEUED_PER_PROCESSOR: usize = 256;

/// Opens requests on threads of its own, or on those of its callers.
pub struct OpenPool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Says why a pool did not open a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The request cannot be decrypted.
    #[error(transparent)]
    CannotDecrypt(#[from] CannotDecrypt),
    /// The queue is full; the request was not looked at.
    #[error("too many requests are waiting to be decrypted")]
    Overloaded,
    /// The pool was shut down, or the thread failed; a bug or the end.
    #[error("the request was dropped while waiting to be decrypted")]
    Abandoned,
}

/// Resolves to the opened request.
#[must_use = "a request is only opened for somebody who waits for it"]
pub struct Opening {
    answer: oneshot::Receiver<Result<OpenedRequest, CannotDecrypt>>,
    /// What to help with while waiting; none if the pool has threads.
    work: Option<Arc<Shared>>,
    has_let_others_queue: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    capacity: usize,
    /// Batches begun, by their size less one.
    batches: [AtomicU64; MAX_BATCH],
}

struct Queue {
    jobs: VecDeque<Job>,
    open: bool,
}

struct Job {
    ring: Arc<KeyRing>,
    sealed: SealedRequest,
    expected: Option<PhoneNumberId>,
    answer: oneshot::Sender<Result<OpenedRequest, CannotDecrypt>>,
}

impl Job {
    /// Tells whether both requests are to be opened by the same keys in the same
    /// order.
    fn goes_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.ring, &other.ring) && self.expected == other.expected
    }
}

impl OpenPool {
    /// Starts `threads` threads, at least one, with room for `capacity` waiting
    /// requests in all.
    ///
    /// # Errors
    ///
    /// The operating system's error if it refuses a thread.
    pub fn with_size(threads: usize, capacity: usize) -> std::io::Result<Self> {
        let mut pool = Self::on_callers(capacity);
        for number in 0..threads.max(1) {
            let shared = Arc::clone(&pool.shared);
            let thread = thread::Builder::new()
                .name(format!("flowgate-open-{number}"))
                .spawn(move || shared.run())?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    /// Starts no threads: whoever polls an [`Opening`] opens a batch of what
    /// waits, with room for `capacity` waiting requests.
    ///
    /// For servers whose threads each serve some of the connections, as those of
    /// actix-web do, and of which there are few at a time. It saves a request the
    /// way to another thread and back; a batch keeps such a thread busy for less
    /// than a millisecond. Before an `Opening` works, it lets those be polled that
    /// are ready as well, so that their requests come along.
    ///
    /// With many connections, from some 60 for each thread on, batches stay
    /// smaller, and beyond the capacity of the machine requests wait unread instead
    /// of being refused: threads of the pool's own are the better choice there.
    pub fn on_callers(capacity: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                queue: Mutex::new(Queue {
                    jobs: VecDeque::new(),
                    open: true,
                }),
                work: Condvar::new(),
                capacity,
                batches: Default::default(),
            }),
            threads: Vec::new(),
        }
    }

    /// Queues a request, or refuses it at once.
    ///
    /// Dropping the returned future withdraws the request if no thread has
    /// started on it.
    ///
    /// # Errors
    ///
    /// [`OpenError::Overloaded`] if the queue is full, [`OpenError::Abandoned`]
    /// after shutdown. The future gives [`OpenError::CannotDecrypt`].
    pub fn open(
        &self,
        ring: &Arc<KeyRing>,
        sealed: SealedRequest,
        expected: Option<PhoneNumberId>,
    ) -> Result<Opening, OpenError> {
        let (answer, opening) = oneshot::channel();
        let mut queue = self.shared.lock();
        if !queue.open {
            return Err(OpenError::Abandoned);
        }
        if queue.jobs.len() >= self.shared.capacity {
            // Those who have given up make room before anybody is refused.
            queue.jobs.retain(|job| !job.answer.is_canceled());
        }
        if queue.jobs.len() >= self.shared.capacity {
            return Err(OpenError::Overloaded);
        }
        queue.jobs.push_back(Job {
            ring: Arc::clone(ring),
            sealed,
            expected,
            answer,
        });
        drop(queue);
        let work = if self.threads.is_empty() {
            Some(Arc::clone(&self.shared))
        } else {
            self.shared.work.notify_one();
            None
        };
        Ok(Opening {
            answer: opening,
            work,
            has_let_others_queue: false,
        })
    }

    /// Counts the requests that wait for a thread.
    pub fn queued(&self) -> usize {
        self.shared.lock().jobs.len()
    }

    /// Counts the batches begun so far, by the number of requests in them: first
    /// those of one request.
    pub fn batches(&self) -> [u64; MAX_BATCH] {
        let batches = self.shared.batches.each_ref();
        batches.map(|count| count.load(Ordering::Relaxed))
    }

    /// Returns how many requests may wait.
    pub fn capacity(&self) -> usize {
        self.shared.capacity
    }
}

impl Default for OpenPool {
    /// Starts a thread for each processor that the process may use, with room for
    /// 256 waiting requests each. If the system refuses a thread, requests are
    /// opened [on the callers](Self::on_callers) instead.
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let capacity = processors * QUEUED_PER_PROCESSOR;
        Self::with_size(processors, capacity).unwrap_or_else(|_| Self::on_callers(capacity))
    }
}

impl Drop for OpenPool {
    /// Lets the threads finish what they are doing and ends them; what still
    /// waits resolves to [`OpenError::Abandoned`].
    fn drop(&mut self) {
        let waiting = {
            let mut queue = self.shared.lock();
            queue.open = false;
            std::mem::take(&mut queue.jobs)
        };
        drop(waiting);
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            // A thread catches the panics of its jobs; nothing is left to report.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for OpenPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPool")
            .field("threads", &self.threads.len())
            .field("queued", &self.queued())
            .field("capacity", &self.shared.capacity)
            .finish()
    }
}

impl Future for Opening {
    type Output = Result<OpenedRequest, OpenError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(work) = &self.work {
            if !self.has_let_others_queue {
                self.has_let_others_queue = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            // One batch at a time: it may be that of others. If nothing waits,
            // another thread is at this request and wakes its task.
            if work.open_a_batch() {
                context.waker().wake_by_ref();
            }
        }
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        self.work = None;
        Poll::Ready(match answer {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(error)) => Err(error.into()),
            Err(oneshot::Canceled) => Err(OpenError::Abandoned),
        })
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(work) = &self.work {
            // No thread comes by to clear up.
            self.answer.close();
            work.lock().jobs.retain(|job| !job.answer.is_canceled());
        }
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening")
    }
}

impl Shared {
    /// Takes jobs until the pool is dropped.
    fn run(&self) {
        while let Some(batch) = self.next() {
            self.open(batch);
        }
    }

    /// Opens the oldest request with what goes with it; tells whether any
    /// waited.
    fn open_a_batch(&self) -> bool {
        let batch = {
            let mut queue = self.lock();
            let Some(first) = queue.jobs.pop_front() else {
                return false;
            };
            queue.with_company(first)
        };
        self.open(batch);
        true
    }

    /// Opens requests of the same keys and answers those who wait for them.
    fn open(&self, batch: Vec<Job>) {
        let Some(first) = batch.first() else { return };
        if let Some(count) = self.batches.get(batch.len() - 1) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let (ring, expected) = (Arc::clone(&first.ring), first.expected.clone());
        let (sealed, mut answers): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|job| (job.sealed, Some(job.answer)))
            .unzip();
        // A panic here would be a bug of a backend; it must cost those
        // requests alone and not a thread. Their answers are dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            ring.open_batch(sealed, expected.as_ref(), |place, opened| {
                if let Some(answer) = answers[place].take() {
                    // Nobody waits any more: then nobody misses the answer.
                    let _ = answer.send(opened);
                }
            });
        }));
    }

    /// Waits for work; none when the pool is shut down. A batch may be empty.
    fn next(&self) -> Option<Vec<Job>> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(queue.with_company(job));
            }
            if !queue.open {
                return None;
            }
            queue = self
                .work
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Locks the queue; no code panics while holding it, so poison means nothing.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Takes what waits for the same keys as a request, as many as these open at
    /// once. Those who have given up are left out.
    fn with_company(&mut self, first: Job) -> Vec<Job> {
        if first.answer.is_canceled() {
            return Vec::new();
        }
        let size = first.ring.batch_size();
        let mut batch = vec![first];
        let mut at = 0;
        while batch.len() < size && at < self.jobs.len() {
            if !self.jobs[at].goes_with(&batch[0]) {
                at += 1;
                continue;
            }
            batch.extend(self.jobs.remove(at).filter(|job| !job.answer.is_canceled()));
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::mpsc;
    use std::task::Waker;

    use super::*;
    use crate::phone::seal_request;
    use crate::unwrap::RSA_MODULUS_BYTES;
    use crate::{Backend, OaepMessage, PrivateKey, Unwrap};

    static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate().unwrap());

    /// Reports that it has started, then waits until it may go on, or panics.
    struct Held {
        started: mpsc::Sender<()>,
        go_on: Mutex<mpsc::Receiver<()>>,
        panics: bool,
    }

    impl Unwrap for Held {
        fn backend(&self) -> Backend {
            Backend::Rsa
        }

        fn unwrap(&self, _: &[u8; RSA_MODULUS_BYTES]) -> Result<OaepMessage, CannotDecrypt> {
            self.started.send(()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            assert!(!self.panics, "a backend that fails");
            Err(CannotDecrypt)
        }
    }

    fn held(panics: bool) -> (Arc<KeyRing>, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (started, has_started) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let unwrap = Held {
            started,
            go_on: Mutex::new(may_go_on),
            panics,
        };
        let ring = KeyRing::with_unwrap(KEY.public_key().clone(), Box::new(unwrap));
        (Arc::new(ring), has_started, go_on)
    }

    /// Tells which batches it gets, and waits before each until it may go on.
    struct Recording {
        name: &'static str,
        batches: mpsc::Sender<(&'static str, usize)>,
        go_on: Arc<Mutex<mpsc::Receiver<()>>>,
    }

    impl Unwrap for Recording {
        fn backend(&self) -> Backend {
            Backend::Rsa
        }

        fn unwrap(&self, one: &[u8; RSA_MODULUS_BYTES]) -> Result<OaepMessage, CannotDecrypt> {
            self.unwrap_batch(&[one]).swap_remove(0)
        }

        fn unwrap_batch(
            &self,
            batch: &[&[u8; RSA_MODULUS_BYTES]],
        ) -> Vec<Result<OaepMessage, CannotDecrypt>> {
            self.batches.send((self.name, batch.len())).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            batch.iter().map(|_| Err(CannotDecrypt)).collect()
        }

        fn batch_size(&self) -> usize {
            MAX_BATCH
        }
    }

    fn request() -> SealedRequest {
        seal_request(KEY.public_key(), b"{}").unwrap().0
    }

    fn wait(opening: Opening) -> Result<OpenedRequest, OpenError> {
        futures_executor::block_on(opening)
    }

    #[test]
    fn requests_are_opened() {
        let pool = OpenPool::default();
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        let opening = pool.open(&ring, request(), None).unwrap();
        assert_eq!(*wait(opening).unwrap().plaintext, b"{}");
    }

    #[test]
    fn a_full_queue_refuses_at_once_and_recovers() {
        let pool = OpenPool::with_size(1, 1).unwrap();
        let (ring, has_started, go_on) = held(false);
        let running = pool.open(&ring, request(), None).unwrap();
        has_started.recv().unwrap();
        let waiting = pool.open(&ring, request(), None).unwrap();
        assert_eq!(pool.queued(), 1);
        let refused = pool.open(&ring, request(), None);
        assert!(matches!(refused, Err(OpenError::Overloaded)));

        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        for opening in [running, waiting] {
            assert!(matches!(wait(opening), Err(OpenError::CannotDecrypt(_))));
        }
        go_on.send(()).unwrap();
        let after = pool.open(&ring, request(), None).unwrap();
        assert!(matches!(wait(after), Err(OpenError::CannotDecrypt(_))));
    }

    #[test]
    fn a_request_nobody_waits_for_gives_up_its_place() {
        let pool = OpenPool::with_size(1, 1).unwrap();
        let (ring, has_started, go_on) = held(false);
        let running = pool.open(&ring, request(), None).unwrap();
        has_started.recv().unwrap();
        drop(pool.open(&ring, request(), None).unwrap());
        let waiting = pool.open(&ring, request(), None).unwrap();
        go_on.send(()).unwrap();
        go_on.send(()).unwrap();
        assert!(wait(running).is_err());
        assert!(wait(waiting).is_err());
        assert_eq!(has_started.try_iter().count(), 1, "the dropped one ran");
    }

    #[test]
    fn what_waits_for_the_same_keys_is_opened_together_and_the_oldest_goes_first() {
        let pool = OpenPool::with_size(1, 16).unwrap();
        let (batches, seen) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        let [one, two] = ["one", "two"].map(|name| {
            let unwrap = Recording {
                name,
                batches: batches.clone(),
                go_on: Arc::clone(&may_go_on),
            };
            let public_key = KEY.public_key().clone();
            Arc::new(KeyRing::with_unwrap(public_key, Box::new(unwrap)))
        });
        let first = pool.open(&one, request(), None).unwrap();
        assert_eq!(seen.recv().unwrap(), ("one", 1), "it does not wait");

        let id = PhoneNumberId::new("106540352242922").unwrap();
        let mut openings = vec![first];
        for (ring, expected) in [
            (&one, None),
            (&two, None),
            (&one, None),
            (&one, Some(id)),
            (&one, None),
            (&two, None),
            (&one, None),
            (&one, None),
        ] {
            openings.push(pool.open(ring, request(), expected).unwrap());
        }
        // Somebody gives up; his place goes to the next one.
        drop(openings.remove(4));
        for _ in 0..9 {
            let _ = go_on.send(());
        }
        for opening in openings {
            assert!(matches!(wait(opening), Err(OpenError::CannotDecrypt(_))));
        }
        let seen: Vec<_> = seen.try_iter().collect();
        assert_eq!(seen, [("one", 4), ("two", 2), ("one", 1)]);
        assert_eq!(pool.batches(), [2, 1, 0, 1]);
    }

    /// Polls as an executor does when a task is ready.
    fn poll(opening: &mut Opening) -> Poll<Result<OpenedRequest, OpenError>> {
        Pin::new(opening).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn callers_open_for_each_other_and_the_oldest_goes_first() {
        let pool = OpenPool::on_callers(3);
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        let [mut first, mut second, third] =
            [(); 3].map(|()| pool.open(&ring, request(), None).unwrap());
        let refused = pool.open(&ring, request(), None);
        assert!(matches!(refused, Err(OpenError::Overloaded)));

        assert!(poll(&mut second).is_pending(), "others may come along");
        assert_eq!(pool.queued(), 3);
        assert!(poll(&mut second).is_pending(), "it has opened the first");
        assert!(matches!(poll(&mut first), Poll::Pending));
        assert_eq!(pool.queued(), 2);
        assert!(matches!(poll(&mut second), Poll::Ready(Ok(_))));
        assert!(matches!(poll(&mut first), Poll::Ready(Ok(_))));

        drop(third);
        assert_eq!(pool.queued(), 0, "nobody waits for it");
        assert!(wait(pool.open(&ring, request(), None).unwrap()).is_ok());
    }

    #[test]
    fn a_caller_without_work_waits_for_whoever_has_its_request() {
        let pool = Arc::new(OpenPool::on_callers(8));
        let (ring, has_started, go_on) = held(false);
        let mut mine = pool.open(&ring, request(), None).unwrap();
        let other = Arc::clone(&pool);
        let worker = thread::spawn(move || {
            let (ring, _has_started, theirs) = held(false);
            theirs.send(()).unwrap();
            wait(other.open(&ring, request(), None).unwrap())
        });
        has_started.recv().unwrap();
        assert!(poll(&mut mine).is_pending());
        assert!(poll(&mut mine).is_pending(), "no busy waiting");
        go_on.send(()).unwrap();
        assert!(matches!(wait(mine), Err(OpenError::CannotDecrypt(_))));
        assert!(matches!(
            worker.join().unwrap(),
            Err(OpenError::CannotDecrypt(_))
        ));
    }

    #[test]
    fn a_panic_on_a_caller_costs_one_request() {
        let pool = OpenPool::on_callers(8);
        let (ring, _has_started, go_on) = held(true);
        go_on.send(()).unwrap();
        let broken = pool.open(&ring, request(), None).unwrap();
        assert!(matches!(wait(broken), Err(OpenError::Abandoned)));
    }

    #[cfg(feature = "vector")]
    #[test]
    fn requests_in_vectors_are_opened_one_by_one_and_together() {
        let pool = OpenPool::with_size(1, 64).unwrap();
        let ring = KeyRing::builder(&KEY).backend(Backend::Vector);
        let ring = Arc::new(ring.build().unwrap());
        let openings: Vec<_> = (0..32)
            .map(|number: u32| {
                let text = number.to_be_bytes();
                let mut sealed = seal_request(KEY.public_key(), &text).unwrap().0;
                if number.is_multiple_of(5) {
                    sealed.encrypted_aes_key[9] ^= 1;
                }
                (number, pool.open(&ring, sealed, None).unwrap())
            })
            .collect();
        for (number, opening) in openings {
            match wait(opening) {
                Ok(opened) => assert_eq!(*opened.plaintext, number.to_be_bytes()),
                Err(error) => {
                    assert_eq!(error, OpenError::CannotDecrypt(CannotDecrypt));
                    assert!(number.is_multiple_of(5));
                }
            }
        }
        let requests = (1..).zip(pool.batches()).map(|(size, count)| size * count);
        assert_eq!(requests.sum::<u64>(), 32);
        assert_eq!(ring.redone(), 0);
    }

    #[test]
    fn a_panic_costs_one_request_and_no_thread() {
        let pool = OpenPool::with_size(1, 8).unwrap();
        let (ring, _has_started, go_on) = held(true);
        go_on.send(()).unwrap();
        let broken = pool.open(&ring, request(), None).unwrap();
        assert!(matches!(wait(broken), Err(OpenError::Abandoned)));
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        assert!(wait(pool.open(&ring, request(), None).unwrap()).is_ok());
    }

    #[test]
    fn shutdown_finishes_the_running_and_abandons_the_waiting() {
        let pool = OpenPool::with_size(1, 8).unwrap();
        let (ring, has_started, go_on) = held(false);
        let running = pool.open(&ring, request(), None).unwrap();
        has_started.recv().unwrap();
        let waiting = pool.open(&ring, request(), None).unwrap();
        let ending = thread::spawn(move || drop(pool));
        assert!(matches!(wait(waiting), Err(OpenError::Abandoned)));
        go_on.send(()).unwrap();
        assert!(matches!(wait(running), Err(OpenError::CannotDecrypt(_))));
        ending.join().unwrap();
    }
}
