//! What a server does beyond its capacity, and over a long time.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::client::Connection;
use crate::load::Requests;

/// Status of a request that was not looked at because too many wait.
const OVERLOADED: u16 = 503;

/// How much is offered, whatever the server makes of it.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Requests each second, evenly spread.
    pub per_second: f64,
    /// Connections that take turns.
    pub connections: usize,
    /// For how long.
    pub time: Duration,
}

/// What became of an offer. Latencies count from the moment at which the
/// request was due, so that a client that is late hides nothing.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Latencies of the answered requests, sorted.
    pub accepted: Vec<Duration>,
    /// Latencies of those refused with 503, sorted.
    pub refused: Vec<Duration>,
    /// Turns that were left out because the connection still waited.
    pub left_out: usize,
}

/// Offers requests to a server.
///
/// # Panics
///
/// If the server answers with another status than 200 and 503, or closes a
/// connection.
pub fn offer(address: SocketAddr, requests: &Requests, offer: Offer) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut open = Vec::new();
        for _ in 0..offer.connections {
            open.push(Connection::open(address).await.unwrap());
        }
        let start = Instant::now();
        let tasks: Vec<_> = open
            .into_iter()
            .enumerate()
            .map(|(number, connection)| {
                let turns = Turns {
                    start: start + Duration::from_secs_f64(float(number) / offer.per_second),
                    every: Duration::from_secs_f64(float(offer.connections) / offer.per_second),
                    end: start + offer.time,
                };
                tokio::spawn(take_turns(connection, requests.clone(), number, turns))
            })
            .collect();
        let mut outcome = Outcome::default();
        for task in tasks {
            let own = task.await.unwrap();
            outcome.accepted.extend(own.accepted);
            outcome.refused.extend(own.refused);
            outcome.left_out += own.left_out;
        }
        outcome.accepted.sort_unstable();
        outcome.refused.sort_unstable();
        outcome
    })
}

/// When one connection sends.
struct Turns {
    start: Instant,
    every: Duration,
    end: Instant,
}

async fn take_turns(
    mut connection: Connection,
    requests: Requests,
    number: usize,
    turns: Turns,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut due = turns.start;
    for request in requests.from(number) {
        if due >= turns.end {
            break;
        }
        sleep_until(due).await;
        let reply = connection.exchange(request).await.unwrap();
        let latency = due.elapsed();
        match reply.status {
            200 => outcome.accepted.push(latency),
            OVERLOADED => outcome.refused.push(latency),
            status => panic!("a good request was answered with {status}"),
        }
        due += turns.every;
        while due + turns.every < Instant::now() && due < turns.end {
            due += turns.every;
            outcome.left_out += 1;
        }
    }
    outcome
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of connections are far below 2^52"
)]
fn float(number: usize) -> f64 {
    number as f64
}

/// Holds connections that have each answered one request.
///
/// # Panics
///
/// If the server does not answer.
pub async fn idle_connections(
    address: SocketAddr,
    requests: &Requests,
    number: usize,
) -> Vec<Connection> {
    let mut open = Vec::new();
    for request in requests.from(0).take(number) {
        let mut connection = Connection::open(address).await.unwrap();
        let status = connection.exchange(request).await.unwrap().status;
        assert_eq!(status, 200, "a good request was refused");
        open.push(connection);
    }
    open
}

/// Returns the resident memory of a process in KiB; none where the system does
/// not tell (Linux does).
pub fn resident_kib(process: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Business;
    use crate::server::{PATH, Server};
    use flowgate_protocol::keys::Backend;

    #[test]
    fn what_is_offered_is_accounted_for() {
        let business = Business::new();
        let requests = Requests::new(&business, 8, 100, PATH);
        let server = Server::start(business.channel(Backend::default()), 1);
        let outcome = offer(
            server.address,
            &requests,
            Offer {
                per_second: 400.0,
                connections: 4,
                time: Duration::from_millis(50),
            },
        );
        let turns = outcome.accepted.len() + outcome.refused.len() + outcome.left_out;
        assert_eq!(turns, 20);
        assert!(!outcome.accepted.is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        assert!(resident_kib(std::process::id()).unwrap() > 100);
    }
}
