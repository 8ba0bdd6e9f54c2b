//! Opens requests, a few at a time: on the threads that wait for them where these
//! offer themselves, and on threads of its own.
//!
//! The queue is bounded and refuses early: a request that would wait too long
//! is better sent back at once than answered after the phone has given up.
//!
//! **Batches** form by themselves: a thread that is free takes the oldest
//! request, and with it those waiting for the same keys, as many as the backend
//! gains from. Nobody ever waits for company. Since the oldest request always goes
//! first, no key keeps another one's requests waiting.
//!
//! **Threads**: handing a request to another thread and back costs a few per cent
//! of opening it. A server whose threads serve connections, as those of actix-web
//! do, therefore has each of them [attend](OpenPool::attend) to the queue whenever
//! it has nothing to read. The pool's own threads help when more waits than those
//! will take at their next turn and processors are free; where nobody attends, they
//! do everything. A thread that knows its request to be the only one need not queue
//! it at all: [`OpenPool::open_here`].

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;

use crate::{CannotDecrypt, KeyRing, MAX_BATCH, OpenedRequest, PhoneNumberId, SealedRequest};

/// Requests that may wait for each processor: at some 300 microseconds each, the
/// last one waits for less than a tenth of a second.
const QUEUED_PER_PROCESSOR: usize = 256;

/// Opens requests on the threads that attend to it and on threads of its own.
pub struct OpenPool(Arc<Shared>);

/// Says why a pool did not open a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The request cannot be decrypted.
    #[error(transparent)]
    CannotDecrypt(#[from] CannotDecrypt),
    /// The queue is full, or the system refuses the first thread; the request was
    /// not looked at.
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
    shared: Arc<Shared>,
}

/// The promise of a thread to come for work as soon as it has nothing better to
/// do; made by [`OpenPool::attend`], over when dropped.
#[must_use = "it promises to work"]
pub struct Attendant(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    called: Condvar,
    /// Most threads of its own, and most threads at work for which one of its own
    /// is called.
    threads: usize,
    capacity: usize,
    /// Requests may be in the queue that nobody waits for any more.
    some_gave_up: AtomicBool,
    /// Batches begun, by their size less one.
    batches: [AtomicU64; MAX_BATCH],
}

struct Queue {
    jobs: VecDeque<Job>,
    open: bool,
    /// Attendants that are not at work.
    coming: usize,
    /// Threads that open a batch, or will begin to without being called.
    at_work: usize,
    /// Calls for help that no thread has heard yet.
    called: usize,
    /// Threads of the pool that wait for a call.
    asleep: usize,
    threads: Vec<JoinHandle<()>>,
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
    /// Makes a pool with up to `threads` threads of its own, at least one, and room
    /// for `capacity` waiting requests in all. A thread is started when it is first
    /// needed.
    pub fn with_size(threads: usize, capacity: usize) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::new(Queue {
                jobs: VecDeque::new(),
                open: true,
                coming: 0,
                at_work: 0,
                called: 0,
                asleep: 0,
                threads: Vec::new(),
            }),
            called: Condvar::new(),
            threads: threads.max(1),
            capacity,
            some_gave_up: AtomicBool::new(false),
            batches: Default::default(),
        }))
    }

    /// Queues a request, or refuses it at once.
    ///
    /// Dropping the returned future withdraws the request if no thread has
    /// started on it.
    ///
    /// # Errors
    ///
    /// [`OpenError::Overloaded`] if the queue is full, or if nobody is there to open
    /// requests and the system refuses a thread; [`OpenError::Abandoned`] after
    /// shutdown. The future gives [`OpenError::CannotDecrypt`].
    pub fn open(
        &self,
        ring: &Arc<KeyRing>,
        sealed: SealedRequest,
        expected: Option<PhoneNumberId>,
    ) -> Result<Opening, OpenError> {
        let (answer, opening) = oneshot::channel();
        let mut queue = self.0.lock();
        if !queue.open {
            return Err(OpenError::Abandoned);
        }
        if self.0.has_no_room(&mut queue) {
            return Err(OpenError::Overloaded);
        }
        queue.jobs.push_back(Job {
            ring: Arc::clone(ring),
            sealed,
            expected,
            answer,
        });
        if queue.jobs.len() > queue.coming * ring.batch_size() {
            self.0.call_for_help(&mut queue);
            if queue.is_left_alone() {
                queue.jobs.pop_back();
                return Err(OpenError::Overloaded);
            }
        }
        drop(queue);
        Ok(Opening {
            answer: opening,
            shared: Arc::clone(&self.0),
        })
    }

    /// Opens a request on the calling thread, ahead of what waits.
    ///
    /// For a thread that has this request alone, and the queue being empty.
    ///
    /// # Errors
    ///
    /// [`OpenError::CannotDecrypt`], or [`OpenError::Abandoned`] if opening panics.
    pub fn open_here(
        &self,
        ring: &KeyRing,
        sealed: SealedRequest,
        expected: Option<&PhoneNumberId>,
    ) -> Result<OpenedRequest, OpenError> {
        self.0.lock().at_work += 1;
        self.0.batches[0].fetch_add(1, Ordering::Relaxed);
        // As with queued requests, a panic must cost this one alone.
        let outcome = catch_unwind(AssertUnwindSafe(|| ring.open(sealed, expected)));
        self.0.lock().at_work -= 1;
        Ok(outcome.map_err(|_| OpenError::Abandoned)??)
    }

    /// Announces that the calling thread comes for work as soon as it has nothing
    /// better to do.
    ///
    /// Call it before queueing the requests of that thread, and then, when all that
    /// is ready to be read has been read and queued, [`Attendant::work`] until
    /// nothing waits any more.
    pub fn attend(&self) -> Attendant {
        self.0.lock().coming += 1;
        Attendant(Arc::clone(&self.0))
    }

    /// Tells whether a request would be refused now.
    pub fn is_full(&self) -> bool {
        self.0.has_no_room(&mut self.0.lock())
    }

    /// Counts the requests that wait for a thread.
    pub fn queued(&self) -> usize {
        self.0.lock().jobs.len()
    }

    /// Counts the batches begun so far, by the number of requests in them: first
    /// those of one request.
    pub fn batches(&self) -> [u64; MAX_BATCH] {
        let batches = self.0.batches.each_ref();
        batches.map(|count| count.load(Ordering::Relaxed))
    }

    /// Returns how many requests may wait.
    pub fn capacity(&self) -> usize {
        self.0.capacity
    }
}

impl Default for OpenPool {
    /// Makes a pool with up to one thread for each processor that the process may
    /// use, and room for 256 waiting requests each.
    fn default() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self::with_size(processors, processors * QUEUED_PER_PROCESSOR)
    }
}

impl Drop for OpenPool {
    /// Lets the threads finish what they are doing and ends them; what still
    /// waits resolves to [`OpenError::Abandoned`].
    fn drop(&mut self) {
        let (waiting, threads) = {
            let mut queue = self.0.lock();
            queue.open = false;
            (mem::take(&mut queue.jobs), mem::take(&mut queue.threads))
        };
        drop(waiting);
        self.0.called.notify_all();
        for thread in threads {
            // A thread catches the panics of its jobs; nothing is left to report.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for OpenPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.0.lock();
        f.debug_struct("OpenPool")
            .field("threads", &queue.threads.len())
            .field("queued", &queue.jobs.len())
            .field("capacity", &self.0.capacity)
            .finish()
    }
}

impl Future for Opening {
    type Output = Result<OpenedRequest, OpenError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(Pin::new(&mut self.answer).poll(context)) {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(error)) => Err(error.into()),
            Err(oneshot::Canceled) => Err(OpenError::Abandoned),
        })
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        self.answer.close();
        // Harmless if it had its answer: somebody then looks in vain.
        self.shared.some_gave_up.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening")
    }
}

impl Attendant {
    /// Opens the oldest requests, four or a few more; tells whether others wait.
    ///
    /// Takes about a millisecond when requests wait. Between two calls let those go
    /// on who have their request, and read what has arrived.
    pub fn work(&mut self) -> bool {
        let mut queue = self.0.lock();
        queue.coming -= 1;
        queue.at_work += 1;
        let mut opened = 0;
        while opened < MAX_BATCH
            && let Some(batch) = queue.next_batch()
        {
            drop(queue);
            opened += batch.len();
            self.0.open(batch);
            queue = self.0.lock();
        }
        queue.coming += 1;
        queue.at_work -= 1;
        !queue.jobs.is_empty()
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.coming -= 1;
        // Somebody may have counted on this one.
        if !queue.jobs.is_empty() {
            self.0.call_for_help(&mut queue);
        }
    }
}

impl fmt::Debug for Attendant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attendant")
    }
}

impl Shared {
    /// Tells whether the queue is full of requests that somebody waits for.
    fn has_no_room(&self, queue: &mut Queue) -> bool {
        if queue.jobs.len() >= self.capacity && self.some_gave_up.swap(false, Ordering::Relaxed) {
            queue.jobs.retain(|job| !job.answer.is_canceled());
        }
        queue.jobs.len() >= self.capacity
    }

    /// Wakes or starts a thread of the pool if processors are free.
    fn call_for_help(self: &Arc<Self>, queue: &mut Queue) {
        if !queue.open || queue.busy() >= self.threads {
            return;
        }
        if queue.asleep > queue.called {
            queue.called += 1;
            self.called.notify_one();
        } else if queue.threads.len() < self.threads {
            let shared = Arc::clone(self);
            let thread = thread::Builder::new()
                .name(format!("flowgate-open-{}", queue.threads.len()))
                .spawn(move || shared.run());
            // Refused by the system: the others have to do, if there are any.
            if let Ok(thread) = thread {
                queue.threads.push(thread);
                queue.at_work += 1;
            }
        }
    }

    /// Helps until the pool is dropped.
    fn run(&self) {
        let mut queue = self.lock();
        while queue.open {
            while queue.busy() <= self.threads
                && let Some(batch) = queue.next_batch()
            {
                drop(queue);
                self.open(batch);
                queue = self.lock();
            }
            queue.at_work -= 1;
            queue.asleep += 1;
            while queue.called == 0 && queue.open {
                queue = self
                    .called
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            queue.called = queue.called.saturating_sub(1);
            queue.asleep -= 1;
            queue.at_work += 1;
        }
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

    /// Locks the queue; no code panics while holding it, so poison means nothing.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Counts the threads that are at work or will be soon.
    fn busy(&self) -> usize {
        self.coming + self.at_work + self.called
    }

    /// Tells whether requests wait that nobody will open.
    fn is_left_alone(&self) -> bool {
        self.busy() == 0
    }

    /// Takes the oldest request that somebody waits for, with what waits for the
    /// same keys, as many as these open at once.
    fn next_batch(&mut self) -> Option<Vec<Job>> {
        let first = loop {
            let job = self.jobs.pop_front()?;
            if !job.answer.is_canceled() {
                break job;
            }
        };
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
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::mpsc;

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
        let pool = OpenPool::with_size(1, 1);
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
        let pool = OpenPool::with_size(1, 1);
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
        let pool = OpenPool::with_size(1, 16);
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

    #[test]
    fn a_thread_that_attends_needs_no_help_until_more_waits_than_it_takes() {
        let pool = OpenPool::with_size(2, 8);
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        let mut attendant = pool.attend();
        let first = pool.open(&ring, request(), None).unwrap();
        assert_eq!(pool.queued(), 1, "it waits for the attendant");
        assert!(!attendant.work());
        assert!(wait(first).is_ok());
        assert!(pool.0.lock().threads.is_empty());

        let (held, has_started, go_on) = held(false);
        let openings = [(); 2].map(|()| pool.open(&held, request(), None).unwrap());
        has_started.recv().unwrap();
        assert_eq!(pool.queued(), 1, "the other one is left to the attendant");
        for _ in 0..2 {
            go_on.send(()).unwrap();
        }
        while attendant.work() {}
        for opening in openings {
            assert!(matches!(wait(opening), Err(OpenError::CannotDecrypt(_))));
        }
    }

    #[test]
    fn a_single_request_is_opened_where_it_is() {
        let pool = OpenPool::with_size(1, 1);
        let ring = KeyRing::new(&KEY).unwrap();
        let opened = pool.open_here(&ring, request(), None).unwrap();
        assert_eq!(*opened.plaintext, b"{}");
        assert_eq!(pool.batches(), [1, 0, 0, 0]);

        let mut damaged = request();
        damaged.encrypted_aes_key[9] ^= 1;
        let refused = pool.open_here(&ring, damaged, None).unwrap_err();
        assert_eq!(refused, OpenError::CannotDecrypt(CannotDecrypt));

        let (panicking, _has_started, go_on) = held(true);
        go_on.send(()).unwrap();
        let abandoned = pool.open_here(&panicking, request(), None).unwrap_err();
        assert_eq!(abandoned, OpenError::Abandoned);
        assert_eq!(pool.0.lock().busy(), 0);
        assert!(pool.0.lock().threads.is_empty());
    }

    #[test]
    fn nobody_is_called_where_attendants_have_all_processors() {
        let pool = OpenPool::with_size(1, 16);
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        let mut attendant = pool.attend();
        let openings = [(); 6].map(|()| pool.open(&ring, request(), None).unwrap());
        let mut turns = 1;
        while attendant.work() {
            turns += 1;
        }
        assert_eq!(turns, 2, "others get a turn after four requests");
        for opening in openings {
            assert!(wait(opening).is_ok());
        }
        assert!(pool.0.lock().threads.is_empty());
    }

    #[test]
    fn what_an_attendant_leaves_behind_is_opened_by_others() {
        let pool = OpenPool::with_size(1, 8);
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        let attendant = pool.attend();
        let opening = pool.open(&ring, request(), None).unwrap();
        drop(attendant);
        assert!(wait(opening).is_ok());
        // The thread is there now, and is called again.
        assert!(wait(pool.open(&ring, request(), None).unwrap()).is_ok());
        assert_eq!(pool.0.lock().threads.len(), 1);
    }

    #[test]
    fn all_threads_take_part_and_no_more_than_agreed() {
        let pool = OpenPool::with_size(2, 16);
        let (ring, has_started, go_on) = held(false);
        let openings = [(); 8].map(|()| pool.open(&ring, request(), None).unwrap());
        for _ in 0..2 {
            has_started.recv().unwrap();
        }
        assert_eq!(pool.queued(), 6);
        for _ in 0..8 {
            go_on.send(()).unwrap();
        }
        for opening in openings {
            assert!(matches!(wait(opening), Err(OpenError::CannotDecrypt(_))));
        }
        assert_eq!(pool.0.lock().threads.len(), 2);
    }

    #[test]
    fn a_panic_on_an_attendant_costs_one_request() {
        let pool = OpenPool::with_size(1, 8);
        let (ring, _has_started, go_on) = held(true);
        go_on.send(()).unwrap();
        let mut attendant = pool.attend();
        let broken = pool.open(&ring, request(), None).unwrap();
        assert!(!attendant.work());
        assert!(matches!(wait(broken), Err(OpenError::Abandoned)));
        assert_eq!(pool.0.lock().busy(), 1);
    }

    #[cfg(feature = "vector")]
    #[test]
    fn requests_in_vectors_are_opened_one_by_one_and_together() {
        let pool = OpenPool::with_size(1, 64);
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
        let pool = OpenPool::with_size(1, 8);
        let (ring, _has_started, go_on) = held(true);
        go_on.send(()).unwrap();
        let broken = pool.open(&ring, request(), None).unwrap();
        assert!(matches!(wait(broken), Err(OpenError::Abandoned)));
        let ring = Arc::new(KeyRing::new(&KEY).unwrap());
        assert!(wait(pool.open(&ring, request(), None).unwrap()).is_ok());
    }

    #[test]
    fn shutdown_finishes_the_running_and_abandons_the_waiting() {
        let pool = OpenPool::with_size(1, 8);
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
