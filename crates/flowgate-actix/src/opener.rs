//! Opens requests on the threads that serve the connections.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use actix_web::rt;
use flowgate_protocol::keys::Attendant;
use flowgate_protocol::{Channel, FlowResponse};
use tokio::task::yield_now;

/// Time for opening, as a multiple of that for everything else a thread does, if
/// this would take more: under overload, reading and refusing would leave nothing to
/// open requests with.
const OPENING_TO_ELSEWHERE: f64 = 1.5;

/// What opening is owed at most, in seconds, and so the longest turn: slow private
/// keys must not keep a worker from its connections and timers.
const LONGEST_TURN_SECONDS: f64 = 0.05;

/// So many requests are queued, and not opened at once, after two have been there at
/// the same time.
const QUEUED_AFTER_COMPANY: u32 = 32;

/// Decides where the requests of one thread are opened, and has the thread attend to
/// the channel's queue whenever it has nothing to read.
///
/// A request that is alone is opened at once: queueing it, only to come back to it a
/// moment later, would cost a per cent of its time. Requests that are there at the
/// same time are queued, for the pool to open them together or elsewhere as well.
///
/// Which of the two it is cannot be seen before the first one has been opened. So
/// each request calls the **task** of the thread, which runs when all that was ready
/// has had its turn; a second request before that is company. What waits until a
/// reply is on its way is done by this task, too.
///
/// Under **overload** many requests are ready whenever the task has had its turn, and
/// the queue is full after the first of them. Before one is refused, its place is made
/// by opening others, as long as that has not had its share of the time.
#[derive(Clone)]
pub(crate) struct Opener(Rc<Inner>);

struct Inner {
    channel: Channel,
    /// A request has come since the task last had its turn.
    is_called: Cell<bool>,
    /// The task lives, even if it has not had its first turn yet.
    has_task: Cell<bool>,
    /// Wakes the task; none until it waits for the first time.
    task: RefCell<Option<Waker>>,
    /// Opens queued requests, from the first one until nothing waits any more.
    attendant: RefCell<Option<Attendant>>,
    /// When this thread last stopped opening, and what it did since was last counted.
    counted_until: Cell<Instant>,
    /// Seconds that opening has had less than its share, or more where negative.
    owed: Cell<f64>,
    /// Requests to come that are queued even if they seem to be alone.
    to_be_queued: Cell<u32>,
    /// What replies were written from that are on their way.
    spent: RefCell<Vec<FlowResponse>>,
}

/// The task of a thread, as long as it lives.
struct Task(Weak<Inner>);

/// Waits for the next call; none if nobody is left to call.
struct Called<'a>(&'a Weak<Inner>);

impl Opener {
    pub(crate) fn new(channel: &Channel) -> Self {
        Self(Rc::new(Inner {
            channel: channel.clone(),
            is_called: Cell::new(false),
            has_task: Cell::new(false),
            task: RefCell::default(),
            attendant: RefCell::default(),
            counted_until: Cell::new(Instant::now()),
            owed: Cell::new(0.0),
            to_be_queued: Cell::new(0),
            spent: RefCell::default(),
        }))
    }

    /// Announces the request that is to be opened now, and tells whether it is alone;
    /// if not, this thread opens what is queued from now on.
    pub(crate) fn announce(&self) -> bool {
        let inner = &*self.0;
        let has_company = inner.is_called.replace(true);
        let to_be_queued = if has_company {
            QUEUED_AFTER_COMPANY
        } else {
            self.call_task();
            inner.to_be_queued.get()
        };
        inner.to_be_queued.set(to_be_queued.saturating_sub(1));
        let mut attendant = inner.attendant.borrow_mut();
        if attendant.is_some() {
            return false;
        }
        let pool = inner.channel.pool();
        if to_be_queued == 0 && pool.queued() == 0 {
            return true;
        }
        *attendant = Some(pool.attend());
        inner.counted_until.set(Instant::now());
        inner.owed.set(0.0);
        false
    }

    /// Opens waiting requests if there is no room for another one, unless opening has
    /// had its share of the time; then that one is to be refused.
    pub(crate) fn make_room(&self) {
        let inner = &*self.0;
        while inner.channel.pool().is_full() && inner.owed() > 0.0 && inner.work() {}
    }

    /// Drops what a reply was written from, once the reply is on its way.
    pub(crate) fn drop_later(&self, spent: FlowResponse) {
        self.0.spent.borrow_mut().push(spent);
        self.call_task();
    }

    /// Gives the task a turn after those that are ready now.
    fn call_task(&self) {
        if !self.0.has_task.replace(true) {
            rt::spawn(Task(Rc::downgrade(&self.0)).run());
        } else if let Some(task) = &*self.0.task.borrow() {
            task.wake_by_ref();
        }
    }
}

impl Task {
    async fn run(self) {
        while let Some(inner) = Called(&self.0).await {
            inner.drop_spent();
            while inner.take_turn() {
                // Lets arrived requests be read between two turns.
                yield_now().await;
                inner.is_called.set(false);
                inner.drop_spent();
            }
        }
    }
}

impl Drop for Task {
    /// Its runtime has ended, perhaps before the service; another one makes a new task.
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.has_task.set(false);
            inner.task.take();
            inner.attendant.take();
            inner.is_called.set(false);
        }
    }
}

impl Future for Called<'_> {
    type Output = Option<Rc<Inner>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(inner) = self.0.upgrade() else {
            return Poll::Ready(None);
        };
        if inner.is_called.replace(false) || !inner.spent.borrow().is_empty() {
            return Poll::Ready(Some(inner));
        }
        let mut task = inner.task.borrow_mut();
        match &mut *task {
            Some(task) => task.clone_from(context.waker()),
            None => *task = Some(context.waker().clone()),
        }
        drop(task);
        Poll::Pending
    }
}

impl Inner {
    /// Opens a few waiting requests and then as many as opening is owed, if this
    /// thread attends. Tells whether more wait; if not, it attends no longer.
    fn take_turn(&self) -> bool {
        let mut more_wait = self.work();
        while more_wait && self.owed() > 0.0 {
            more_wait = self.work();
        }
        if !more_wait {
            self.attendant.take();
        }
        more_wait
    }

    /// Opens a few waiting requests, if this thread attends; tells whether more wait.
    fn work(&self) -> bool {
        let Some(attendant) = &mut *self.attendant.borrow_mut() else {
            return false;
        };
        let owed = self.owed();
        let more_wait = attendant.work();
        let over = Instant::now();
        let took = (over - self.counted_until.replace(over)).as_secs_f64();
        self.owed.set((owed - took).max(-LONGEST_TURN_SECONDS));
        more_wait
    }

    /// Counts the time since opening was left, and says what it is owed.
    fn owed(&self) -> f64 {
        let now = Instant::now();
        let elsewhere = (now - self.counted_until.replace(now)).as_secs_f64();
        let owed = self.owed.get() + elsewhere * OPENING_TO_ELSEWHERE;
        self.owed.set(owed.min(LONGEST_TURN_SECONDS));
        self.owed.get()
    }

    fn drop_spent(&self) {
        drop(mem::take(&mut *self.spent.borrow_mut()));
    }
}

impl Drop for Inner {
    /// Lets the task end.
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("channel", &self.0.channel)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use flowgate_protocol::keys::phone::seal_request;
    use flowgate_protocol::keys::{AppSecret, AppSecrets, KeyRing, OpenPool, PrivateKey};

    use super::*;

    /// An opener whose queue holds two requests, and whose pool has no thread to
    /// spare beside the one that attends.
    fn opener() -> Opener {
        let ring = KeyRing::new(&PrivateKey::generate().unwrap()).unwrap();
        let secrets = AppSecrets::new(AppSecret::generate().unwrap());
        let channel = Channel::builder(ring, secrets).pool(OpenPool::with_size(1, 2).into());
        Opener::new(&channel.build())
    }

    #[actix_web::test]
    async fn requests_one_after_the_other_are_alone() {
        let opener = opener();
        for _ in 0..3 {
            assert!(opener.announce());
            yield_now().await;
        }
        assert!(opener.0.attendant.borrow().is_none());
    }

    #[actix_web::test]
    async fn requests_at_the_same_time_are_queued_and_some_after_them() {
        let opener = opener();
        assert!(opener.announce(), "nobody knows yet of the second one");
        assert!(!opener.announce());
        for _ in 1..QUEUED_AFTER_COMPANY {
            yield_now().await;
            assert!(!opener.announce());
        }
        yield_now().await;
        assert!(opener.announce());
    }

    #[actix_web::test]
    async fn room_is_made_until_opening_has_had_its_share() {
        let opener = opener();
        let (pool, ring) = (opener.0.channel.pool(), opener.0.channel.key_ring());
        // Those that somebody waits for.
        let mut waiting = Vec::new();
        let mut fill = || {
            while !pool.is_full() {
                let (sealed, _) = seal_request(ring.newest(), b"{}").unwrap();
                waiting.push(pool.open(&ring, sealed, None).unwrap());
            }
        };
        assert!(opener.announce());
        assert!(!opener.announce());
        fill();
        opener.0.owed.set(1.0);
        opener.make_room();
        assert!(!pool.is_full());

        fill();
        opener.0.owed.set(-1000.0);
        opener.make_room();
        assert!(pool.is_full());
        assert_eq!(pool.queued(), 2);
    }

    #[actix_web::test]
    async fn what_is_spent_is_dropped_when_others_have_had_their_turn() {
        let opener = opener();
        for _ in 0..2 {
            opener.drop_later(FlowResponse::refresh());
            assert_eq!(opener.0.spent.borrow().len(), 1);
            yield_now().await;
            assert!(opener.0.spent.borrow().is_empty());
        }
    }

    #[actix_web::test]
    async fn there_is_one_task_and_it_does_not_keep_the_service() {
        let opener = opener();
        for _ in 0..2 {
            assert!(opener.announce());
            opener.drop_later(FlowResponse::refresh());
            assert_eq!(Rc::weak_count(&opener.0), 1);
            yield_now().await;
        }
        let inner = Rc::downgrade(&opener.0);
        drop(opener);
        assert_eq!(inner.strong_count(), 0);
    }

    #[test]
    fn a_service_outlives_the_runtime_of_its_task() {
        let opener = opener();
        for _ in 0..2 {
            rt::System::new().block_on(async {
                assert!(opener.announce());
                assert!(!opener.announce());
                assert!(opener.0.attendant.borrow().is_some());
            });
            // The task was dropped before it had its turn.
            assert!(opener.0.attendant.borrow().is_none());
            opener.0.to_be_queued.set(0);
        }
    }
}
