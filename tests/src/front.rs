//! What stands in front of an endpoint: a balancer over several instances, with
//! or without TLS.
//!
//! It passes one request at a time from each connection to an instance, on a
//! connection of its own, and can take an instance out of use as an operator
//! does before a restart. It can also hold one request, or the reply to it, so
//! that a test does something at exactly that moment.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::certificates::Served;
use crate::http::Connection;
use crate::listener::{Answer, Listener, Request};
use crate::wait_until;

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Front {
    listener: Listener,
    shared: Arc<Shared>,
}

/// What of a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It does not reach the instance.
    Request,
    /// The instance has answered, but nobody hears of it.
    Reply,
}

#[derive(Debug)]
struct Shared {
    instances: Mutex<Vec<Instance>>,
    holding: Mutex<Holding>,
    released: Condvar,
}

#[derive(Debug)]
struct Instance {
    address: SocketAddr,
    is_used: bool,
    answering: usize,
    answered: usize,
}

#[derive(Debug, Default)]
struct Holding {
    /// First lines of the requests so far.
    seen: Vec<String>,
    /// Which request is to be held, counted from 0.
    wanted: Option<(usize, Hold)>,
    is_held: bool,
}

impl Front {
    /// Starts a balancer over instances, with plain HTTP.
    pub fn balancer(instances: &[SocketAddr]) -> Self {
        Self::start(instances, None)
    }

    /// Starts a proxy that ends TLS in front of an instance.
    pub fn tls(instance: SocketAddr, served: &Served) -> Self {
        Self::start(&[instance], Some(served))
    }

    fn start(instances: &[SocketAddr], tls: Option<&Served>) -> Self {
        let instances = instances.iter().map(|address| Instance {
            address: *address,
            is_used: true,
            answering: 0,
            answered: 0,
        });
        let shared = Arc::new(Shared {
            instances: Mutex::new(instances.collect()),
            holding: Mutex::default(),
            released: Condvar::new(),
        });
        let answering = Arc::clone(&shared);
        Self {
            listener: Listener::start(tls, move |request| answering.answer(request)),
            shared,
        }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        self.listener.url(path)
    }

    /// Takes an instance out of use, and waits until it has answered what it
    /// was given.
    pub fn drain(&self, index: usize) {
        self.shared.instances()[index].is_used = false;
        wait_until(|| self.shared.instances()[index].answering == 0);
    }

    /// Puts an instance into use again.
    pub fn restore(&self, index: usize) {
        self.shared.instances()[index].is_used = true;
    }

    /// Names the instance that answers in place of another from now on.
    pub fn replace(&self, index: usize, address: SocketAddr) {
        self.shared.instances()[index].address = address;
    }

    /// Holds a request, counted from 0 since the start, until it is
    /// [released](Self::release).
    pub fn hold(&self, request: usize, hold: Hold) {
        self.shared.holding().wanted = Some((request, hold));
    }

    /// Tells whether a request is held.
    pub fn is_holding(&self) -> bool {
        self.shared.holding().is_held
    }

    /// Lets the connection of the held request end, without a reply to anybody.
    pub fn release(&self) {
        let mut holding = self.shared.holding();
        (holding.wanted, holding.is_held) = (None, false);
        self.shared.released.notify_all();
    }

    /// Lists method and path of all requests so far.
    pub fn seen(&self) -> Vec<String> {
        self.shared.holding().seen.clone()
    }

    /// Counts what each instance has answered.
    pub fn answered(&self) -> Vec<usize> {
        let instances = self.shared.instances();
        instances.iter().map(|one| one.answered).collect()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // The listener waits for those who answer.
        self.release();
    }
}

impl Shared {
    fn instances(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.instances.lock().unwrap()
    }

    fn holding(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap()
    }

    fn answer(&self, request: &Request) -> Answer {
        let hold = self.see(request);
        if hold == Some(Hold::Request) {
            self.wait();
            return Answer::Close;
        }
        let reply = self.forward(&request.raw);
        if hold == Some(Hold::Reply) {
            self.wait();
            return Answer::Close;
        }
        Answer::Bytes(reply)
    }

    /// Counts a request, and says what of it is to be held.
    fn see(&self, request: &Request) -> Option<Hold> {
        let line = format!("{} {}", request.method, request.target);
        let mut holding = self.holding();
        holding.seen.push(line);
        let (wanted, hold) = holding.wanted?;
        (wanted + 1 == holding.seen.len()).then_some(hold)
    }

    /// Waits until the request is released.
    fn wait(&self) {
        let mut holding = self.holding();
        holding.is_held = true;
        while holding.is_held {
            holding = self.released.wait(holding).unwrap();
        }
    }

    /// Passes a request to any of the instances in use.
    ///
    /// Neither in turn nor to the least busy one: then requests that take turns
    /// with others, or that follow a pause of one instance, would all meet the
    /// same.
    fn forward(&self, request: &[u8]) -> Vec<u8> {
        let (index, address) = {
            let mut instances = self.instances();
            let used: Vec<usize> = (0..instances.len())
                .filter(|index| instances[*index].is_used)
                .collect();
            let count: usize = instances.iter().map(|one| one.answered).sum();
            let mut hasher = DefaultHasher::new();
            count.hash(&mut hasher);
            let index = used[hasher.finish() as usize % used.len()];
            let instance = &mut instances[index];
            instance.answering += 1;
            (index, instance.address)
        };
        let reply = Connection::open(address).request(request);
        let mut instances = self.instances();
        instances[index].answering -= 1;
        instances[index].answered += 1;
        let mut text = format!("{}\r\n", reply.status_line).into_bytes();
        for (name, value) in &reply.headers {
            text.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(&reply.body);
        text
    }
}
