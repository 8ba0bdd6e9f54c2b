//! This project as a peer: an endpoint that answers with the data of the
//! request. `../../peers/README.md` says how a peer is started.

use std::thread::available_parallelism;

use clap::Parser;
use flowgate_benches::business::Business;
use flowgate_benches::peers::{Identity, serve_until_input_ends};
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
    let backend = Args::parse().backend;
    let Identity { key, app_secret } = Identity::from_environment();
    let workers = available_parallelism().map_or(1, usize::from);
    let server = Server::start(Business { key, app_secret }.channel(backend), workers);
    serve_until_input_ends(server.address);
}
