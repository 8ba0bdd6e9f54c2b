//! Requests per second and latency of running servers, one for each backend,
//! loaded in turns.
//!
//! Every connection sends its next request as soon as it has the last reply, so
//! the number of connections is the number of phones that wait. The requests are
//! made beforehand; each connection has a share of its own, and begins again when
//! it is through. The client runs in one thread of the same process: its share of
//! the processor time is measured and printed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use flowgate_protocol::keys::Backend;
use tokio::sync::Barrier;

use crate::business::{Business, ForwardedRequest};
use crate::client::Connection;
use crate::machine::ProcessorTime;
use crate::payload::size;
use crate::rounds::{Rounds, median};
use crate::server::{PATH, Server};
use crate::table;

/// Of so many replies of a connection, one is opened.
const REPLIES_PER_SAMPLE: usize = 64;

const CLIENT_THREAD: &str = "bench-client";

/// Says how the servers are loaded.
#[derive(Debug, Clone)]
pub struct Load {
    /// HTTP workers of each server.
    pub workers: usize,
    /// Numbers of connections, one after the other.
    pub connections: Vec<usize>,
    /// Bytes of the clear request, and of the clear reply.
    pub payload_bytes: usize,
    /// Requests that are made beforehand.
    pub requests: usize,
    /// How often and how long each server is loaded.
    pub rounds: Rounds,
}

/// What one server did under one number of connections.
#[derive(Debug)]
pub struct Throughput {
    /// The server's unwrap backend.
    pub backend: Backend,
    /// Connections at the same time.
    pub connections: usize,
    /// Median of the rounds.
    pub requests_per_second: f64,
    /// Of all rounds together, sorted.
    pub latencies: Vec<Duration>,
    /// Of all rounds together.
    pub processor_time: ProcessorTime,
}

/// What the client saw in one round.
struct Round {
    latencies: Vec<Duration>,
    elapsed: Duration,
}

/// A request, ready to be written.
struct Prepared {
    request: ForwardedRequest,
    http: Vec<u8>,
}

/// Loads one server for each backend of this build.
///
/// # Panics
///
/// If a server does not answer, refuses a request or gives a wrong reply.
pub fn measure(business: &Business, load: &Load) -> Vec<Throughput> {
    let most = load.connections.iter().copied().max().unwrap_or(1);
    let prepared: Arc<[Prepared]> = (0..load.requests.max(most))
        .map(|number| {
            let request = business.request(number, load.payload_bytes);
            let http = request.to_http(PATH);
            Prepared { request, http }
        })
        .collect();
    let servers: Vec<(Backend, Server)> = Backend::AVAILABLE
        .iter()
        .map(|&backend| {
            let server = Server::start(business.channel(backend), load.workers);
            (backend, server)
        })
        .collect();

    load.connections
        .iter()
        .flat_map(|&connections| measure_in_turns(&servers, &prepared, connections, load.rounds))
        .collect()
}

fn measure_in_turns(
    servers: &[(Backend, Server)],
    prepared: &Arc<[Prepared]>,
    connections: usize,
    rounds: Rounds,
) -> Vec<Throughput> {
    let mut results: Vec<(Vec<f64>, Throughput)> = servers
        .iter()
        .map(|(backend, _)| {
            let result = Throughput {
                backend: *backend,
                connections,
                requests_per_second: 0.0,
                latencies: Vec::new(),
                processor_time: ProcessorTime::default(),
            };
            (Vec::new(), result)
        })
        .collect();
    for number in 0..=rounds.rounds {
        for turn in 0..servers.len() {
            let index = (number + turn) % servers.len();
            let (rates, result) = &mut results[index];
            let round = run_client(
                &servers[index].1,
                prepared,
                connections,
                rounds.time,
                &mut result.processor_time,
            );
            if number == 0 {
                // The first round warms up.
                result.processor_time = ProcessorTime::default();
                continue;
            }
            rates.push(rate(round.latencies.len(), round.elapsed));
            result.latencies.extend(round.latencies);
        }
    }
    results
        .into_iter()
        .map(|(rates, mut result)| {
            result.requests_per_second = median(rates);
            result.latencies.sort_unstable();
            result
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "requests of a round are far fewer than 2^52"
)]
fn rate(requests: usize, elapsed: Duration) -> f64 {
    requests as f64 / elapsed.as_secs_f64()
}

/// Runs all connections in a thread of their own, whose processor time is known
/// by its name.
fn run_client(
    server: &Server,
    prepared: &Arc<[Prepared]>,
    connections: usize,
    time: Duration,
    processor_time: &mut ProcessorTime,
) -> Round {
    let address = server.address;
    let prepared = Arc::clone(prepared);
    let client = thread::Builder::new()
        .name(CLIENT_THREAD.to_owned())
        .spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()
                .unwrap()
                .block_on(load_server(address, prepared, connections, time))
        })
        .unwrap();
    let (round, before, after) = client.join().unwrap();
    processor_time.add(&before, &after);
    round
}

async fn load_server(
    address: SocketAddr,
    prepared: Arc<[Prepared]>,
    connections: usize,
    time: Duration,
) -> (Round, ProcessorTime, ProcessorTime) {
    let barrier = Arc::new(Barrier::new(connections + 1));
    let tasks: Vec<_> = (0..connections)
        .map(|number| {
            let prepared = Arc::clone(&prepared);
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                let connection = Connection::open(address).await.unwrap();
                barrier.wait().await; // all are connected
                barrier.wait().await; // the clock runs
                let own = (number..prepared.len()).step_by(connections);
                run_connection(connection, &prepared, own, time).await
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
        prepared[index].request.check(&reply);
    }
    (Round { latencies, elapsed }, before, after)
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
    prepared: &[Prepared],
    own: impl Iterator<Item = usize> + Clone,
    time: Duration,
) -> Seen {
    let start = Instant::now();
    let mut seen = Seen::default();
    for index in own.cycle() {
        let sent = Instant::now();
        let reply = connection.exchange(&prepared[index].http).await.unwrap();
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

impl Throughput {
    /// Returns the latency that so many of a hundred requests stay within.
    ///
    /// # Panics
    ///
    /// If nothing was measured.
    pub fn percentile(&self, percent: usize) -> Duration {
        let index = (self.latencies.len() * percent).div_ceil(100).max(1) - 1;
        self.latencies[index]
    }
}

/// Prints the results, each beside the first backend's under the same load.
pub fn print(results: &[Throughput], load: &Load) {
    let head = [
        "connections",
        "requests/s",
        "ratio",
        "p50",
        "p99",
        "opening",
        "HTTP",
        "client",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for result in results {
        let first = results
            .iter()
            .find(|other| other.connections == result.connections)
            .unwrap_or(result);
        let share = |thread| {
            let share = result.processor_time.share(thread);
            share.map_or("?".to_owned(), table::percent)
        };
        rows.push(vec![
            format!("{}, {}", result.connections, result.backend),
            format!("{:.0}", result.requests_per_second),
            table::ratio(result.requests_per_second / first.requests_per_second),
            table::time(result.percentile(50)),
            table::time(result.percentile(99)),
            share("flowgate-open"),
            share("actix"),
            share(CLIENT_THREAD),
        ]);
    }
    let title = format!(
        "Running server: {} HTTP workers, requests and replies of {}, {} rounds of {};\n\
         the last columns are shares of the processor time",
        load.workers,
        size(load.payload_bytes),
        load.rounds.rounds,
        table::time(load.rounds.time),
    );
    table::print(&title, &rows);
}
