//! Opens requests on the threads that serve the connections.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use actix_web::rt;
use flowgate_protocol::keys::Attendant;
use flowgate_protocol::{Channel, FlowResponse};
use tokio::task::yield_now;

/// Time for opening, as a multiple of that for reading and refusing, if these would
/// take more: under overload they would leave nothing else to be done.
const OPENING_TO_ELSEWHERE: f64 = 1.5;

/// After this time a turn takes on no more requests: slow private keys must not
/// keep a worker from its connections and timers.
const LONGEST_TURN: Duration = Duration::from_millis(50);

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
#[derive(Clone)]
pub(crate) struct Opener(Rc<Inner>);

struct Inner {
    channel: Channel,
    /// A request has come since the task last had its turn.
    is_called: Cell<bool>,
    /// Wakes the task; none if there is none.
    task: RefCell<Option<Waker>>,
    /// The promise to come for queued requests, until the task keeps it.
    attendant: RefCell<Option<Attendant>>,
    is_attending: Cell<bool>,
    /// Requests that are still queued without company.
    queued_ahead: Cell<u32>,
    spent: RefCell<Vec<FlowResponse>>,
}

/// The task of a thread, as long as it lives.
struct Task(Weak<Inner>);

/// Waits for the next call; none if nobody is left to call.
struct Called<'a>(&'a Weak<Inner>);

/// The time for which a thread attends; the next queued request after it begins
/// another.
struct Shift {
    attendant: Attendant,
    inner: Rc<Inner>,
}

impl Opener {
    pub(crate) fn new(channel: &Channel) -> Self {
        Self(Rc::new(Inner {
            channel: channel.clone(),
            is_called: Cell::new(false),
            task: RefCell::default(),
            attendant: RefCell::default(),
            is_attending: Cell::new(false),
            queued_ahead: Cell::new(0),
            spent: RefCell::default(),
        }))
    }

    /// Tells whether the request that is to be opened now is alone; makes sure that
    /// this thread opens what is queued, if it is not.
    pub(crate) fn is_alone(&self) -> bool {
        let inner = &*self.0;
        let has_company = inner.is_called.replace(true);
        let queued_ahead = if has_company {
            QUEUED_AFTER_COMPANY
        } else {
            self.call_task();
            inner.queued_ahead.get()
        };
        inner.queued_ahead.set(queued_ahead.saturating_sub(1));
        if inner.is_attending.get() {
            return false;
        }
        if queued_ahead == 0 {
            return true;
        }
        inner.is_attending.set(true);
        *inner.attendant.borrow_mut() = Some(inner.channel.pool().attend());
        false
    }

    /// Drops what a reply was written from, once the reply is on its way.
    pub(crate) fn drop_later(&self, spent: FlowResponse) {
        self.0.spent.borrow_mut().push(spent);
        self.call_task();
    }

    /// Gives the task a turn after those that are ready now.
    fn call_task(&self) {
        match &*self.0.task.borrow() {
            Some(task) => task.wake_by_ref(),
            None => {
                rt::spawn(Task(Rc::downgrade(&self.0)).run());
            }
        }
    }
}

impl Task {
    async fn run(self) {
        while let Some(inner) = Called(&self.0).await {
            inner.drop_spent();
            let Some(attendant) = inner.attendant.take() else {
                continue;
            };
            let mut shift = Shift { attendant, inner };
            let mut elsewhere = Duration::ZERO;
            while shift.work_for(elsewhere.mul_f64(OPENING_TO_ELSEWHERE).min(LONGEST_TURN)) {
                let left = Instant::now();
                // Lets arrived requests be read between two turns.
                yield_now().await;
                elsewhere = left.elapsed();
                shift.inner.is_called.set(false);
                shift.inner.drop_spent();
            }
        }
    }
}

impl Drop for Task {
    /// Its runtime has ended, perhaps before the service; another one makes a new task.
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.task.take();
            inner.attendant.take();
            inner.is_attending.set(false);
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

impl Shift {
    /// Opens requests for at least this time; tells whether more wait.
    fn work_for(&mut self, time: Duration) -> bool {
        let begun = Instant::now();
        loop {
            let more_wait = self.attendant.work();
            if !more_wait || begun.elapsed() >= time {
                return more_wait;
            }
        }
    }
}

impl Drop for Shift {
    fn drop(&mut self) {
        self.inner.is_attending.set(false);
    }
}

impl Inner {
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
    use flowgate_protocol::keys::{AppSecret, AppSecrets, KeyRing, PrivateKey};

    use super::*;

    fn opener() -> Opener {
        let ring = KeyRing::new(&PrivateKey::generate().unwrap()).unwrap();
        let secrets = AppSecrets::new(AppSecret::generate().unwrap());
        Opener::new(&Channel::builder(ring, secrets).build())
    }

    #[actix_web::test]
    async fn requests_one_after_the_other_are_alone() {
        let opener = opener();
        for _ in 0..3 {
            assert!(opener.is_alone());
            yield_now().await;
        }
        assert!(!opener.0.is_attending.get());
    }

    #[actix_web::test]
    async fn requests_at_the_same_time_are_queued_and_some_after_them() {
        let opener = opener();
        assert!(opener.is_alone(), "nobody knows yet of the second one");
        assert!(!opener.is_alone());
        for _ in 1..QUEUED_AFTER_COMPANY {
            yield_now().await;
            assert!(!opener.is_alone());
        }
        // The last of these is attended to first.
        yield_now().await;
        assert!(opener.is_alone());
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
    async fn the_task_ends_with_its_service() {
        let opener = opener();
        opener.drop_later(FlowResponse::refresh());
        yield_now().await;
        let inner = Rc::downgrade(&opener.0);
        drop(opener);
        assert!(inner.upgrade().is_none());
    }

    #[test]
    fn a_service_outlives_the_runtime_of_its_task() {
        let opener = opener();
        for _ in 0..2 {
            rt::System::new().block_on(async {
                assert!(opener.is_alone());
                assert!(!opener.is_alone());
                assert!(opener.0.is_attending.get());
            });
            // The task was dropped before it had its turn.
            assert!(!opener.0.is_attending.get());
            opener.0.queued_ahead.set(0);
        }
    }
}
