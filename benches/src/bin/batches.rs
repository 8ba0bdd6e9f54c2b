//! Times the private-key operation of each backend by the number of requests that
//! are waiting for it: 1, 2 and 4.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::process::Command;
use std::time::Duration;

use clap::Parser;
use flowgate_benches::machine;
use flowgate_benches::random::Random;
use flowgate_measure::rounds::{Contender, Rounds};
use flowgate_measure::{median, table};
use flowgate_protocol::keys::{Backend, MAX_BATCH, PrivateKey, RSA_MODULUS_BYTES};

/// Requests that are waiting.
const SIZES: [usize; 3] = [1, 2, MAX_BATCH];

#[derive(Parser)]
#[command(about = "Times the backends by the number of requests that are waiting")]
struct Args {
    /// Rounds; each runs every backend and size
    #[arg(long, default_value_t = 400)]
    rounds: usize,
    /// Milliseconds of each backend and size in a round; with 0 each runs once, which
    /// disturbs least on a busy machine
    #[arg(long, default_value_t = 0)]
    round_milliseconds: u64,
}

fn main() {
    let args = Args::parse();
    println!("{}", machine::description());
    println!(
        "RSA-OAEP unwrap of one request when several are waiting: {} rounds in turns; ratios are \
         medians of the ratios of each round.",
        args.rounds
    );
    let key = PrivateKey::generate().unwrap();
    let mut random = Random::new();
    let ciphertexts: Vec<[u8; RSA_MODULUS_BYTES]> = (0..MAX_BATCH)
        .map(|_| {
            let wrapped = key.public_key().wrap(&random.bytes()).unwrap();
            wrapped.try_into().unwrap()
        })
        .collect();
    let ciphertexts: Vec<&[u8; RSA_MODULUS_BYTES]> = ciphertexts.iter().collect();

    let mut names = Vec::new();
    let mut contenders = Vec::new();
    for backend in Backend::AVAILABLE {
        let unwrap = backend.load(&key).unwrap();
        if let Some(reason) = unwrap.fallback_reason() {
            println!("{backend} skipped: {reason}");
            continue;
        }
        let unwrap = std::rc::Rc::new(unwrap);
        for size in SIZES {
            names.push((*backend, size));
            let unwrap = std::rc::Rc::clone(&unwrap);
            let batch = &ciphertexts[..size];
            contenders.push(Contender::new(move || unwrap.unwrap_batch(batch)));
        }
    }
    let rounds = Rounds {
        rounds: args.rounds.max(1),
        time: Duration::from_millis(args.round_milliseconds),
    };
    let mut seconds = rounds.seconds(contenders);
    for ((_, size), times) in names.iter().zip(&mut seconds) {
        for time in times {
            *time /= f64::from(u32::try_from(*size).unwrap());
        }
    }

    let head = ["", "median", "fastest", "aws-lc / it", "rsa / it"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for ((backend, size), times) in names.iter().zip(&seconds) {
        let ratio = |other: Backend| {
            let other = names.iter().position(|name| *name == (other, *size));
            let rounds = seconds[other.unwrap()].iter().zip(times);
            table::ratio(median(rounds.map(|(other, time)| other / time).collect()))
        };
        let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
        rows.push(vec![
            format!("{backend}, {size} waiting"),
            table::time(Duration::from_secs_f64(median(times.clone()))),
            table::time(Duration::from_secs_f64(fastest)),
            ratio(Backend::AwsLc),
            ratio(Backend::Rsa),
        ]);
    }
    println!("{}", table::table("Time for one request", &rows).trim_end());
    match openssl() {
        Some(line) => println!("\nopenssl speed, not in turns, without padding: {line}"),
        None => println!("\nopenssl speed is not there to compare with"),
    }
}

/// What OpenSSL's own benchmark says of the private-key operation: the times of
/// signing are those of the raw operation, blinded.
fn openssl() -> Option<String> {
    let output = Command::new("openssl")
        .args(["speed", "-seconds", "2", "rsa2048"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find(|line| line.starts_with("rsa 2048") || line.starts_with("rsa  2048"))?;
    let seconds: f64 = line
        .split_ascii_whitespace()
        .find_map(|word| word.strip_suffix('s')?.parse().ok())?;
    Some(table::time(Duration::from_secs_f64(seconds)))
}
