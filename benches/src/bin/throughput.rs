//! Loads a running server with each unwrap backend in turns, and prints
//! requests per second and latencies side by side.

use std::thread::available_parallelism;
use std::time::Duration;

use clap::Parser;
use flowgate_benches::business::Business;
use flowgate_benches::machine;

use flowgate_benches::throughput::{Load, measure, print};
use flowgate_measure::rounds::Rounds;

#[derive(Parser)]
#[command(about = "Requests per second and latency of a running server, by unwrap backend")]
struct Args {
    /// HTTP workers of each server; as many as processors unless set
    #[arg(long)]
    workers: Option<usize>,
    /// Connections at the same time, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "1,8,32", value_parser = at_least_one)]
    connections: Vec<usize>,
    /// Bytes of the clear request and reply, at most about 700000: the server
    /// takes bodies up to 1 MiB
    #[arg(long, default_value_t = 1024)]
    payload_bytes: usize,
    /// Requests that are made beforehand
    #[arg(long, default_value_t = 512)]
    requests: usize,
    /// Rounds for each server and number of connections
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Milliseconds of each round
    #[arg(long, default_value_t = 1000)]
    round_milliseconds: u64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

fn main() {
    let args = Args::parse();
    let load = Load {
        workers: args
            .workers
            .unwrap_or_else(|| available_parallelism().map_or(1, usize::from)),
        connections: args.connections,
        payload_bytes: args.payload_bytes,
        requests: args.requests,
        rounds: Rounds {
            rounds: args.rounds.max(1),
            time: Duration::from_millis(args.round_milliseconds),
        },
    };
    println!("{}", machine::description());
    print(&measure(&Business::new(), &load), &load);
}
