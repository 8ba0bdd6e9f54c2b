//! Requests per second and latency of running servers, one for each backend,
//! loaded in turns.
//!
//! The client runs in one thread of the same process: its share of the processor
//! time is measured and printed.

use std::time::Duration;

use flowgate_measure::rounds::Rounds;
use flowgate_measure::{median, percentile, table};
use flowgate_protocol::keys::Backend;

use crate::business::Business;
use crate::load::{CLIENT_THREAD, Requests};
use crate::machine::ProcessorTime;
use crate::payload::size;

use crate::server::{PATH, Server};

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

/// Loads one server for each backend of this build.
///
/// # Panics
///
/// If a server does not answer, refuses a request or gives a wrong reply.
pub fn measure(business: &Business, load: &Load) -> Vec<Throughput> {
    let most = load.connections.iter().copied().max().unwrap_or(1);
    let requests = Requests::new(business, load.requests.max(most), load.payload_bytes, PATH);
    let servers: Vec<(Backend, Server)> = Backend::AVAILABLE
        .iter()
        .map(|&backend| {
            let server = Server::start(business.channel(backend), load.workers);
            (backend, server)
        })
        .collect();

    load.connections
        .iter()
        .flat_map(|&connections| measure_in_turns(&servers, &requests, connections, load.rounds))
        .collect()
}

fn measure_in_turns(
    servers: &[(Backend, Server)],
    requests: &Requests,
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
            let round = requests.send(servers[index].1.address, connections, rounds.time);
            if number == 0 {
                continue; // The first round warms up.
            }
            rates.push(round.requests_per_second());
            result.processor_time.add(&round.before, &round.after);
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

/// Prints the results, each beside the first backend's under the same load.
pub fn print(results: &[Throughput], load: &Load) {
    let head = [
        "connections",
        "requests/s",
        "ratio",
        "p50",
        "p99",
        "pool",
        "workers",
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
            table::time(percentile(&result.latencies, 50)),
            table::time(percentile(&result.latencies, 99)),
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
    println!("\n{}", table::table(&title, &rows).trim_end());
}
