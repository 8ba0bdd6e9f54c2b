//! This project as a peer: an endpoint that answers with the data of the
//! request. `../../peers/README.md` says how a peer is started.

use std::thread::available_parallelism;

use clap::Parser;
use flowgate_benches::peers::{business_from_environment, serve_until_input_ends};
use flowgate_benches::server::Server;
use flowgate_protocol::keys::Backend;

#[derive(Parser)]
#[command(about = "Answers Flows with this project, for comparison with others")]
struct Args {
    /// Unwrap backend
    #[arg(long, default_value_t = Backend::default())]
    backend: Backend,
}

fn main() {
    let args = Args::parse();
    let workers = available_parallelism().map_or(1, usize::from);
    let channel = business_from_environment().channel(args.backend);
    let server = Server::start(channel, workers);
    serve_until_input_ends(server.address);
}
