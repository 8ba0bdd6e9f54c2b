//! Opens waiting requests on the threads that serve the connections.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::rt;
use flowgate_protocol::Channel;
use flowgate_protocol::keys::Attendant;
use tokio::task::yield_now;

/// Time for opening, as a multiple of that for reading and refusing, if these would
/// take more: under overload they would leave nothing else to be done.
const OPENING_TO_ELSEWHERE: f64 = 1.5;

/// After this time a turn takes on no more requests: slow private keys must not
/// keep a worker from its connections and timers.
const LONGEST_TURN: Duration = Duration::from_millis(50);

/// Has one thread attend to a channel's queue, whenever it has nothing to read.
#[derive(Debug, Clone)]
pub(crate) struct Opener {
    channel: Channel,
    is_attending: Rc<Cell<bool>>,
}

/// The time for which a thread attends; the next request after it begins another.
struct Shift {
    attendant: Attendant,
    is_attending: Rc<Cell<bool>>,
}

impl Opener {
    pub(crate) fn new(channel: &Channel) -> Self {
        Self {
            channel: channel.clone(),
            is_attending: Rc::default(),
        }
    }

    /// Makes sure that this thread opens what is queued from now on.
    ///
    /// It begins after the tasks that are ready now, so that their requests come
    /// along, and lets arrived requests be read between two turns.
    pub(crate) fn attend(&self) {
        if self.is_attending.replace(true) {
            return;
        }
        let mut shift = Shift {
            attendant: self.channel.pool().attend(),
            is_attending: Rc::clone(&self.is_attending),
        };
        rt::spawn(async move {
            let mut elsewhere = Duration::ZERO;
            while shift.work_for(elsewhere.mul_f64(OPENING_TO_ELSEWHERE).min(LONGEST_TURN)) {
                let left = Instant::now();
                yield_now().await;
                elsewhere = left.elapsed();
            }
        });
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
        self.is_attending.set(false);
    }
}
