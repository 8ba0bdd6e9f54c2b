//! Looks for differences in time between ciphertexts whose padding is wrong in
//! different ways, for each backend, by Welch's t-test.
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot be set up has nothing better to do than to stop"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use flowgate_benches::machine;
use flowgate_benches::padding::Padding;
use flowgate_benches::random::Random;
use flowgate_benches::welch::{SUSPICIOUS, largest_t};
use flowgate_measure::{median, table};
use flowgate_protocol::keys::{Backend, PrivateKey, RSA_MODULUS_BYTES, Unwrap};

/// Ciphertexts of each kind.
const CIPHERTEXTS: usize = 64;

/// How much slower the planted leak is, as a share of the whole.
const PLANTED: f64 = 0.01;

#[derive(Parser)]
#[command(about = "Looks for differences in time between kinds of wrong ciphertexts")]
struct Args {
    /// Measurements of each kind and backend
    #[arg(long, default_value_t = 10_000)]
    measurements: usize,
    /// Backends to measure, comma-separated; all unless set
    #[arg(long, value_delimiter = ',')]
    backends: Vec<Backend>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    println!("{}", machine::description());
    println!(
        "{} measurements of each kind, in random order; largest |t| of six croppings. Up to about \
         {SUSPICIOUS} it is chance.",
        args.measurements
    );
    let backends = match args.backends.as_slice() {
        [] => Backend::AVAILABLE,
        chosen => chosen,
    };
    let key = PrivateKey::generate().unwrap();
    let mut random = Random::new();
    let kinds = Padding::ALL.map(|padding| {
        let ciphertexts = (0..CIPHERTEXTS).map(|_| padding.ciphertext(&key, &mut random));
        ciphertexts.collect::<Vec<_>>()
    });
    let mut suspicious = false;
    for backend in backends {
        let unwrap = backend.load(&key).unwrap();
        if let Some(reason) = unwrap.fallback_reason() {
            println!("\n{backend}: skipped, {reason}");
            continue;
        }
        let times = measure(&*unwrap, &kinds, args.measurements, &mut random);
        let found = print(*backend, unwrap.batch_size(), &times);
        // The portable backend is known to leak; see SECURITY.md.
        suspicious |= found && *backend != Backend::Rsa;
    }
    if suspicious {
        println!("\nDifferences that are hardly chance: run it again on an idle machine.");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Times batches of one kind each, the kinds in random order, in nanoseconds. A
/// seventh set is the first one with a planted leak.
fn measure(
    unwrap: &dyn Unwrap,
    kinds: &[Vec<[u8; RSA_MODULUS_BYTES]>; 6],
    measurements: usize,
    random: &mut Random,
) -> [Vec<f64>; 7] {
    let mut times: [Vec<f64>; 7] = Default::default();
    for _ in 0..measurements * times.len() {
        let set = random.below(times.len());
        let kind = &kinds[set % kinds.len()];
        let batch: Vec<_> = (0..unwrap.batch_size())
            .map(|_| &kind[random.below(CIPHERTEXTS)])
            .collect();
        let start = Instant::now();
        let outcomes = unwrap.unwrap_batch(black_box(&batch));
        let mut time = start.elapsed().as_secs_f64();
        drop(black_box(outcomes));
        if set == kinds.len() {
            time *= 1.0 + PLANTED;
        }
        times[set].push(time * 1e9);
    }
    times
}

/// Prints one backend, and tells whether wrong ciphertexts differ suspiciously.
fn print(backend: Backend, batch: usize, times: &[Vec<f64>; 7]) -> bool {
    let head = ["", "median", "|t| to valid", "|t| to first byte"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let mut suspicious = false;
    let [valid, first_byte, ..] = times;
    for (padding, set) in Padding::ALL.iter().zip(times) {
        let to_first_byte = largest_t(set, first_byte);
        suspicious |= *padding != Padding::Valid && to_first_byte > SUSPICIOUS;
        rows.push(vec![
            padding.name().to_owned(),
            format!("{:.2} µs", median(set.clone()) / 1e3),
            format!("{:.2}", largest_t(set, valid)),
            format!("{to_first_byte:.2}"),
        ]);
    }
    let planted = &times[Padding::ALL.len()];
    let found = largest_t(planted, valid);
    rows.push(vec![
        format!("valid, {} slower", table::percent(PLANTED)),
        format!("{:.2} µs", median(planted.clone()) / 1e3),
        format!("{found:.2}"),
        format!("{:.2}", largest_t(planted, first_byte)),
    ]);
    println!(
        "\n{}",
        table::table(&format!("{backend}, batches of {batch}"), &rows).trim_end()
    );
    if found <= SUSPICIOUS {
        println!("  The planted difference was not found: the machine is too noisy.");
    }
    suspicious
}
