//! This project as a peer: an endpoint that answers with the data of the
//! request. `../../peers/README.md` says how a peer is started.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::thread::available_parallelism;

use clap::Parser;
use flowgate_benches::peers::{business_from_environment, serve_until_input_ends};
use flowgate_benches::server::Server;
use flowgate_protocol::keys::{Backend, OpenPool};

#[derive(Parser)]
#[command(about = "Answers Flows with this project, for comparison with others")]
struct Args {
    /// Unwrap backend
    #[arg(long, default_value_t = Backend::default())]
    backend: Backend,
    /// Threads that open requests; 0 opens them on those of the connections
    #[arg(long)]
    opening_threads: Option<usize>,
}

fn main() {
    let args = Args::parse();
    let workers = available_parallelism().map_or(1, usize::from);
    let pool = match args.opening_threads {
        Some(0) => OpenPool::on_callers(workers * 256),
        Some(threads) => OpenPool::with_size(threads, workers * 256).unwrap(),
        None => OpenPool::default(),
    };
    let channel = business_from_environment().channel_with(args.backend, pool);
    let server = Server::start(channel, workers);
    serve_until_input_ends(server.address);
}
