//! Times the private-key operation of each backend by the number of requests that
//! are waiting for it: 1, 2 and 4; beside OpenSSL's, as Node has it.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Parser;
use flowgate_benches::machine;
use flowgate_benches::openssl::OpenSsl;
use flowgate_benches::peers::Principal;
use flowgate_benches::random::Random;
use flowgate_measure::rounds::{Contender, Rounds};
use flowgate_measure::{median, table};
use flowgate_protocol::keys::{Backend, MAX_BATCH, RSA_MODULUS_BYTES};

const OPENSSL: &str = "OpenSSL";

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
    /// Node, whose OpenSSL takes part
    #[arg(long, value_name = "PROGRAM", default_value = "node")]
    node: PathBuf,
}

/// Who does the operation, and how many requests are waiting.
struct Entry {
    name: String,
    size: usize,
}

fn main() {
    let args = Args::parse();
    println!("{}", machine::description());
    println!(
        "RSA-OAEP unwrap of one request when several are waiting: {} rounds in turns; ratios are \
         medians of the ratios of each round.",
        args.rounds
    );
    let principal = Principal::new();
    let key = &principal.business.key;
    let mut random = Random::new();
    let ciphertexts: Vec<[u8; RSA_MODULUS_BYTES]> = (0..MAX_BATCH)
        .map(|_| {
            let wrapped = key.public_key().wrap(&random.bytes()).unwrap();
            wrapped.try_into().unwrap()
        })
        .collect();
    let ciphertexts: Vec<&[u8; RSA_MODULUS_BYTES]> = ciphertexts.iter().collect();

    let mut entries = Vec::new();
    let mut contenders = Vec::new();
    for backend in Backend::AVAILABLE {
        let unwrap = backend.load(key).unwrap();
        if let Some(reason) = unwrap.fallback_reason() {
            println!("{backend} skipped: {reason}");
            continue;
        }
        let unwrap = Rc::new(unwrap);
        for size in SIZES {
            entries.push(Entry {
                name: backend.to_string(),
                size,
            });
            let unwrap = Rc::clone(&unwrap);
            let batch = &ciphertexts[..size];
            contenders.push(Contender::new(move || unwrap.unwrap_batch(batch)));
        }
    }
    match OpenSsl::start(&args.node, &principal, ciphertexts[0]) {
        Ok(mut openssl) => {
            entries.push(Entry {
                name: OPENSSL.to_owned(),
                size: 1,
            });
            println!("OpenSSL {} in Node.", openssl.version);
            contenders.push(Contender::elsewhere(move |times| openssl.run(times)));
        }
        Err(problem) => println!("{OPENSSL} skipped: {problem}"),
    }
    let rounds = Rounds {
        rounds: args.rounds.max(1),
        time: Duration::from_millis(args.round_milliseconds),
    };
    let mut seconds = rounds.seconds(contenders);
    for (entry, times) in entries.iter().zip(&mut seconds) {
        for time in times {
            *time /= f64::from(u32::try_from(entry.size).unwrap());
        }
    }
    print(&entries, &seconds);
}

/// Prints how they stand, each beside those that gain nothing from several requests.
fn print(entries: &[Entry], seconds: &[Vec<f64>]) {
    let others = [
        Backend::AwsLc.to_string(),
        Backend::Rsa.to_string(),
        OPENSSL.to_owned(),
    ];
    let head = ["", "median", "fastest"].map(str::to_owned);
    let ratios = others.iter().map(|other| format!("{other} / it"));
    let mut rows = vec![head.into_iter().chain(ratios).collect::<Vec<_>>()];
    for (entry, times) in entries.iter().zip(seconds) {
        let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
        let cells = [
            format!("{}, {} waiting", entry.name, entry.size),
            table::time(Duration::from_secs_f64(median(times.clone()))),
            table::time(Duration::from_secs_f64(fastest)),
        ];
        let ratios = others.iter().map(|other| {
            let same_size = |one: &Entry| one.size == entry.size || other == OPENSSL;
            let mut all = entries.iter().zip(seconds);
            match all.find(|(one, _)| one.name == *other && same_size(one)) {
                Some((_, others)) => {
                    let rounds = others.iter().zip(times);
                    table::ratio(median(rounds.map(|(other, own)| other / own).collect()))
                }
                None => "-".to_owned(),
            }
        });
        rows.push(cells.into_iter().chain(ratios).collect());
    }
    println!("{}", table::table("Time for one request", &rows).trim_end());
}
