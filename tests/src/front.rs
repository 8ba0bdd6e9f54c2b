//! What stands in front of an endpoint: a balancer over several instances, with
//! or without TLS.
//!
//! It passes one request at a time from each connection to an instance, on a
//! connection of its own, and can take an instance out of use as an operator
//! does before a restart. It can also hold one request, or the reply to it, so
//! that a test does something at exactly that moment.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificates::Served;
use crate::http::{Connection, HttpReply};
use crate::{PATIENCE, wait_until};

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
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
    clients: Mutex<Clients>,
    tls: Option<Arc<ServerConfig>>,
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

#[derive(Debug, Default)]
struct Clients {
    are_welcome: bool,
    streams: Vec<TcpStream>,
    threads: Vec<JoinHandle<()>>,
}

impl Front {
    /// Starts a balancer over instances, with plain HTTP.
    pub fn balancer(instances: &[SocketAddr]) -> Self {
        Self::start(instances, None)
    }

    /// Starts a proxy that ends TLS in front of an instance.
    pub fn tls(instance: SocketAddr, served: &Served) -> Self {
        Self::start(&[instance], Some(served.server_config()))
    }

    fn start(instances: &[SocketAddr], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
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
            clients: Mutex::new(Clients {
                are_welcome: true,
                ..Clients::default()
            }),
            tls,
        });
        let for_thread = Arc::clone(&shared);
        let thread = thread::spawn(move || accept(&listener, &for_thread));
        Self {
            address,
            scheme,
            shared,
            thread: Some(thread),
        }
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
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
        self.release();
        let threads = {
            let mut clients = self.shared.clients();
            clients.are_welcome = false;
            for stream in clients.streams.drain(..) {
                // It may have gone by itself.
                let _ = stream.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut clients.threads)
        };
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect(self.address));
        for thread in threads.into_iter().chain(self.thread.take()) {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the front panicked");
        }
    }
}

impl Shared {
    fn instances(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.instances.lock().unwrap()
    }

    fn holding(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap()
    }

    /// Counts a request, and says what of it is to be held.
    fn see(&self, request: &[u8]) -> Option<Hold> {
        let line = request
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(" HTTP/1.1").to_owned();
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

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap()
    }

    /// Passes a request to the instance that has answered least.
    fn forward(&self, request: &[u8]) -> HttpReply {
        let (index, address) = {
            let mut instances = self.instances();
            let (index, instance) = instances
                .iter_mut()
                .enumerate()
                .filter(|(_, instance)| instance.is_used)
                .min_by_key(|(_, instance)| instance.answered + instance.answering)
                .unwrap();
            instance.answering += 1;
            (index, instance.address)
        };
        let reply = Connection::open(address).request(request);
        let mut instances = self.instances();
        instances[index].answering -= 1;
        instances[index].answered += 1;
        reply
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut clients = shared.clients();
        if !clients.are_welcome {
            return;
        }
        clients.streams.push(stream.try_clone().unwrap());
        let for_thread = Arc::clone(shared);
        let thread = thread::spawn(move || match for_thread.tls.clone() {
            None => serve(stream, &for_thread),
            Some(config) => {
                let connection = ServerConnection::new(config).unwrap();
                serve(StreamOwned::new(connection, stream), &for_thread);
            }
        });
        clients.threads.push(thread);
    }
}

/// Answers the requests of a connection until the client has gone.
fn serve(stream: impl Read + Write, shared: &Shared) {
    let mut stream = BufReader::new(stream);
    // A client that does not like the certificate is gone as well.
    while let Ok(Some(request)) = read_request(&mut stream) {
        let hold = shared.see(&request);
        if hold == Some(Hold::Request) {
            return shared.wait();
        }
        let reply = shared.forward(&request);
        if hold == Some(Hold::Reply) {
            return shared.wait();
        }
        let mut text = format!("{}\r\n", reply.status_line).into_bytes();
        for (name, value) in &reply.headers {
            text.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(&reply.body);
        let sent = stream.get_mut().write_all(&text);
        if sent.and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

/// Reads a request as it is; none at the end of the connection.
fn read_request(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let before = request.len();
        if stream.read_until(b'\n', &mut request)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&request[before..]).to_ascii_lowercase();
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let head = request.len();
    request.resize(head + length, 0);
    stream.read_exact(&mut request[head..])?;
    Ok(Some(request))
}
