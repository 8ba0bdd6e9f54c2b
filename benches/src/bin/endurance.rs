//! Loads a server beyond its capacity, and then for a long time, and prints what
//! it took, what it refused, and what memory it used.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use flowgate_benches::endurance::{Offer, Outcome, idle_connections, offer, resident_kib};
use flowgate_benches::load::Requests;
use flowgate_benches::machine;
use flowgate_benches::peers::{Peer, Principal, stay_on_processor};
use flowgate_benches::server::PATH;
use flowgate_measure::{percentile, table};
use flowgate_protocol::keys::Backend;

/// Connections of the closed loops: each sends when it has its last reply.
const CONNECTIONS: usize = 64;

#[derive(Parser)]
#[command(about = "Overload, recovery and memory of a server")]
struct Args {
    /// Unwrap backend of the server
    #[arg(long, default_value_t = Backend::default())]
    backend: Backend,
    /// How many times the capacity is offered
    #[arg(long, default_value_t = 4.0)]
    factor: f64,
    /// Connections that share the offer
    #[arg(long, default_value_t = 4096)]
    offering: usize,
    /// Seconds of each part but the last
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Requests of the last part
    #[arg(long, default_value_t = 1_000_000)]
    requests: usize,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    stay_on_processor(1)?;
    let principal = Principal::new();
    let program = env::current_exe()
        .unwrap()
        .with_file_name("flowgate_server");
    let program = program.display().to_string();
    let backend = format!("--backend={}", args.backend);
    let server = principal.start("flowgate", &[&program, &backend], Some(0))?;
    let requests = Requests::new(&principal.business, 512, 1024, PATH);
    let time = Duration::from_secs(args.seconds);
    println!("{}", machine::description());
    println!(
        "The server has one processor and the backend {}, the client another processor;\n\
         requests and replies of 1 KiB.",
        args.backend
    );

    let before = memory(&server)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let idle = runtime.block_on(idle_connections(server.address(), &requests, args.offering));
    let during = memory(&server)?;
    println!(
        "\nMemory: {before} KiB at the start; {} open connections that have had a reply \
         take {:.1} KiB each",
        idle.len(),
        float(during.saturating_sub(before)) / float(idle.len()),
    );
    drop(idle);

    // Warm.
    requests.send(server.address(), CONNECTIONS, time / 4);
    let capacity = requests.send(server.address(), CONNECTIONS, time);
    let capacity = capacity.requests_per_second();
    println!("\nCapacity: {capacity:.0} requests each second over {CONNECTIONS} connections");
    let offered = Offer {
        per_second: capacity * args.factor,
        connections: args.offering,
        time,
    };
    let outcome = offer(server.address(), &requests, offered);
    print_overload(&outcome, offered, capacity);
    let after = requests.send(server.address(), CONNECTIONS, time);
    let after = after.requests_per_second();
    println!(
        "Afterwards: {after:.0} requests each second, {} of the capacity before",
        table::percent(after / capacity)
    );

    println!("\nMemory over {} requests, KiB:", args.requests);
    let mut sent = 0;
    let mut printed = 0;
    while sent < args.requests {
        let round = requests.send(server.address(), CONNECTIONS, Duration::from_secs(1));
        sent += round.latencies.len();
        if sent * 10 / args.requests > printed {
            printed = sent * 10 / args.requests;
            println!("  {sent:>9}  {}", memory(&server)?);
        }
    }
    Ok(())
}

fn print_overload(outcome: &Outcome, offered: Offer, capacity: f64) {
    let seconds = offered.time.as_secs_f64();
    let rate = |number: usize| float(number) / seconds;
    let times = |latencies: &[Duration]| match latencies {
        [] => ["-".to_owned(), "-".to_owned(), "-".to_owned()],
        _ => [50, 99, 100].map(|percent| table::time(percentile(latencies, percent))),
    };
    let mut rows = vec![
        ["", "each second", "of capacity", "p50", "p99", "most"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (name, latencies) in [
        ("answered", &outcome.accepted),
        ("refused", &outcome.refused),
    ] {
        let rate = rate(latencies.len());
        let cells = [
            name.to_owned(),
            format!("{rate:.0}"),
            table::percent(rate / capacity),
        ];
        rows.push(cells.into_iter().chain(times(latencies)).collect());
    }
    let title = format!(
        "Overload: {:.0} requests each second due over {} connections, {} left out",
        offered.per_second, offered.connections, outcome.left_out
    );
    print!("\n{}", table::table(&title, &rows));
}

fn memory(server: &Peer) -> Result<usize, String> {
    resident_kib(server.process())
        .ok_or_else(|| "this system does not tell how much memory a process uses".to_owned())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes and counts here are far below 2^52"
)]
fn float(number: usize) -> f64 {
    number as f64
}
