//! Loads a running server with requests that were made beforehand.
//!
//! Every connection sends its next request as soon as it has the last reply, so
//! the number of connections is the number of phones that wait. Each connection
//! has a share of the requests of its own, and begins again when it is through.
//! The client runs in one thread of this process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use crate::business::{Business, ForwardedRequest};
use crate::client::Connection;
use crate::machine::ProcessorTime;

/// Of so many replies of a connection, one is opened.
const REPLIES_PER_SAMPLE: usize = 64;

/// Name of the thread that the client runs in.
pub const CLIENT_THREAD: &str = "bench-client";

/// Holds requests, ready to be written.
#[derive(Debug, Clone)]
pub struct Requests(Arc<[Prepared]>);

#[derive(Debug)]
struct Prepared {
    request: ForwardedRequest,
    http: Vec<u8>,
}

/// What the client saw in one round.
#[derive(Debug)]
pub struct Round {
    /// One for each request, in no order.
    pub latencies: Vec<Duration>,
    /// From the first request to the last reply.
    pub elapsed: Duration,
    /// What the threads of this process used from `before` to `after`.
    pub before: ProcessorTime,
    /// See `before`.
    pub after: ProcessorTime,
}

impl Requests {
    /// Makes so many requests of `payload_bytes` each for a path.
    pub fn new(business: &Business, number: usize, payload_bytes: usize, path: &str) -> Self {
        let prepare = |number| {
            let request = business.request(number, payload_bytes);
            let http = request.to_http(path);
            Prepared { request, http }
        };
        Self((0..number).map(prepare).collect())
    }

    /// Returns the requests as they go over the wire, from one on, without end.
    pub fn from(&self, number: usize) -> impl Iterator<Item = &[u8]> {
        let all = self.0.iter().map(|prepared| prepared.http.as_slice());
        all.cycle().skip(number % self.0.len())
    }

    /// Loads a server for some time with a number of connections.
    ///
    /// The client's thread is made anew, so its processor time is known by its
    /// name.
    ///
    /// # Panics
    ///
    /// If the server does not answer, refuses a request or gives a wrong reply.
    pub fn send(&self, address: SocketAddr, connections: usize, time: Duration) -> Round {
        let requests = self.clone();
        let client = thread::Builder::new()
            .name(CLIENT_THREAD.to_owned())
            .spawn(move || {
                tokio::runtime::Builder::new_current_thread()
                    .enable_io()
                    .build()
                    .unwrap()
                    .block_on(requests.send_from_here(address, connections, time))
            })
            .unwrap();
        client.join().unwrap()
    }

    async fn send_from_here(
        self,
        address: SocketAddr,
        connections: usize,
        time: Duration,
    ) -> Round {
        let barrier = Arc::new(Barrier::new(connections + 1));
        let tasks: Vec<_> = (0..connections)
            .map(|number| {
                let Self(requests) = self.clone();
                let barrier = Arc::clone(&barrier);
                tokio::spawn(async move {
                    let connection = Connection::open(address).await.unwrap();
                    barrier.wait().await; // all are connected
                    barrier.wait().await; // the clock runs
                    let own = (number..requests.len()).step_by(connections);
                    run_connection(connection, &requests, own, time).await
                })
            })
            .collect();
        barrier.wait().await;
        let before = ProcessorTime::now();
        let start = Instant::now();
        barrier.wait().await;
        let mut latencies = Vec::new();
        let mut samples = Vec::new();
        for task in tasks {
            let seen = task.await.unwrap();
            latencies.extend(seen.latencies);
            samples.extend(seen.samples);
        }
        let elapsed = start.elapsed();
        let after = ProcessorTime::now();
        for (index, reply) in samples {
            self.0[index].request.check(&reply);
        }
        Round {
            latencies,
            elapsed,
            before,
            after,
        }
    }
}

impl Round {
    /// Returns the rate of this round.
    #[expect(
        clippy::cast_precision_loss,
        reason = "requests of a round are far fewer than 2^52"
    )]
    pub fn requests_per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    latencies: Vec<Duration>,
    /// Number of the request, body of the reply.
    samples: Vec<(usize, String)>,
}

async fn run_connection(
    mut connection: Connection,
    requests: &[Prepared],
    own: impl Iterator<Item = usize> + Clone,
    time: Duration,
) -> Seen {
    let start = Instant::now();
    let mut seen = Seen::default();
    for index in own.cycle() {
        let sent = Instant::now();
        let reply = connection.exchange(&requests[index].http).await.unwrap();
        assert_eq!(reply.status, 200, "a good request was refused");
        if seen.latencies.len().is_multiple_of(REPLIES_PER_SAMPLE) {
            let body = String::from_utf8(reply.body.to_vec()).unwrap();
            seen.samples.push((index, body));
        }
        seen.latencies.push(sent.elapsed());
        if start.elapsed() >= time {
            break;
        }
    }
    seen
}
