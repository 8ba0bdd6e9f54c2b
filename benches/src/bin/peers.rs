//! Runs this project and other servers side by side on the same requests;
//! `cargo xtask bench-peers` starts it with what it needs.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::Parser;
use flowgate_benches::load::Requests;
use flowgate_benches::machine;
use flowgate_benches::payload::size;
use flowgate_benches::peers::{Principal, compare, print, stay_on_processor};

use flowgate_benches::server::PATH;
use flowgate_measure::rounds::Rounds;
use flowgate_protocol::keys::Backend;

#[derive(Parser)]
#[command(about = "Compares whole servers: this project, Node, Python, and bare actix-web")]
struct Args {
    /// Python with what benches/peers/python/requirements.txt lists
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Node, version 20 or later
    #[arg(long, value_name = "PROGRAM", default_value = "node")]
    node: PathBuf,
    /// Connections at the same time, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "1,32")]
    connections: Vec<usize>,
    /// Bytes of the clear request and reply
    #[arg(long, default_value_t = 1024)]
    payload_bytes: usize,
    /// Rounds for each server and number of connections
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Milliseconds of each round
    #[arg(long, default_value_t = 1000)]
    round_milliseconds: u64,
    /// Lets all processes use all processors; otherwise servers have the first
    /// one, and the client the second
    #[arg(long)]
    all_processors: bool,
    /// Takes only those whose names contain this text; may be given several times
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
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
    let pinned = !args.all_processors && available_parallelism().is_ok_and(|all| all.get() > 1);
    if pinned {
        stay_on_processor(1)?;
    }
    let principal = Principal::new();
    let wanted =
        |name: &str| args.only.is_empty() || args.only.iter().any(|text| name.contains(text));
    let peers = commands(args)
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, command)| {
            let command: Vec<&str> = command.iter().map(String::as_str).collect();
            let processor = pinned.then_some(0);
            principal.start(&name, &command, processor)
        })
        .collect::<Result<Vec<_>, _>>()?;

    println!("{}", machine::description());
    println!("Medians of interleaved rounds, and of the ratios in each round.");
    if pinned {
        println!("Every server has one processor, and the client another one.");
    }
    let most = args.connections.iter().copied().max().unwrap_or(1);
    let requests = Requests::new(&principal.business, most.max(512), args.payload_bytes, PATH);
    let rounds = Rounds {
        rounds: args.rounds.max(1),
        time: Duration::from_millis(args.round_milliseconds),
    };
    for &connections in &args.connections {
        let connections = connections.max(1);
        let title = format!(
            "{connections} connections, requests and replies of {}, {} rounds of {} ms",
            size(args.payload_bytes),
            rounds.rounds,
            args.round_milliseconds,
        );
        print(&title, &compare(&peers, &requests, connections, rounds));
    }
    Ok(())
}

/// Lists the peers with the command of each.
fn commands(args: &Args) -> Vec<(String, Vec<String>)> {
    let own = env::current_exe().unwrap();
    let program = |name: &str| own.with_file_name(name).display().to_string();
    let script = |name: &str| format!("{}/peers/{name}", env!("CARGO_MANIFEST_DIR"));
    let backends = Backend::AVAILABLE.iter();
    let mut commands: Vec<_> = backends
        .map(|backend| {
            let command = vec![program("flowgate_server"), format!("--backend={backend}")];
            (format!("flowgate, {backend}"), command)
        })
        .collect();
    for library in ["aws-lc-rs", "rsa"] {
        commands.push((
            format!("bare actix-web, {library}"),
            vec![program("bare_server"), format!("--library={library}")],
        ));
    }
    let node = vec![args.node.display().to_string(), script("node/server.mjs")];
    commands.push(("Node, crypto".to_owned(), node.clone()));
    for form in ["pkcs1", "pkcs8"] {
        let reading = vec![format!("--read-key-each-time={form}")];
        let name = format!("Node, as in WhatsApp's guide, {form}");
        commands.push((name, [node.clone(), reading].concat()));
    }
    commands.push((
        "Python, uvicorn and cryptography".to_owned(),
        vec![
            args.python.display().to_string(),
            script("python/server.py"),
        ],
    ));
    commands
}
