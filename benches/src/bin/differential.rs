//! Compares the vector backend with aws-lc-rs on random ciphertexts of random
//! keys, good and bad ones mixed in every batch, and says what it found.
#![expect(
    clippy::unwrap_used,
    reason = "a comparison that cannot be set up has nothing better to do than to stop"
)]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use flowgate_benches::machine;
use flowgate_benches::random::Random;
use flowgate_protocol::keys::{
    Backend, MAX_BATCH, OaepMessage, PrivateKey, RSA_MODULUS_BYTES, Unwrap,
};

#[derive(Parser)]
#[command(about = "Compares the vector backend with aws-lc-rs on random ciphertexts")]
struct Args {
    /// Random keys
    #[arg(long, default_value_t = 20)]
    keys: usize,
    /// Ciphertexts in all
    #[arg(long, default_value_t = 1_000_000)]
    ciphertexts: usize,
}

/// What became of the ciphertexts of a run.
#[derive(Default)]
struct Counts {
    opened: usize,
    refused: usize,
    different: usize,
}

fn main() -> ExitCode {
    let args = Args::parse();
    println!("{}", machine::description());
    let start = Instant::now();
    let mut counts = Counts::default();
    let mut redone = 0;
    for number in 0..args.keys {
        let key = PrivateKey::generate().unwrap();
        let vector = Backend::Vector.load(&key).unwrap();
        let aws_lc = Backend::AwsLc.load(&key).unwrap();
        if let Some(reason) = vector.fallback_reason() {
            println!("nothing to compare: {reason}");
            return ExitCode::FAILURE;
        }
        let share =
            (args.ciphertexts * (number + 1) / args.keys) - (args.ciphertexts * number / args.keys);
        compare(&key, &*vector, &*aws_lc, share, &mut counts);
        redone += vector.redone();
    }
    println!(
        "{} keys, {} ciphertexts: {} opened, {} refused, {} different, {redone} failed their check, \
         in {:.0} s",
        args.keys,
        counts.opened + counts.refused + counts.different,
        counts.opened,
        counts.refused,
        counts.different,
        start.elapsed().as_secs_f64()
    );
    if counts.different == 0 && redone == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Unwraps random ciphertexts with both, in batches of 2, 3 and 4.
fn compare(
    key: &PrivateKey,
    vector: &dyn Unwrap,
    aws_lc: &dyn Unwrap,
    ciphertexts: usize,
    counts: &mut Counts,
) {
    let mut random = Random::new();
    let wrapped = |random: &mut Random| {
        let wrapped = key.public_key().wrap(&random.bytes()).unwrap();
        wrapped.try_into().unwrap()
    };
    let mut good: [_; 16] = std::array::from_fn(|_| wrapped(&mut random));
    let mut left = ciphertexts;
    while left > 0 {
        // Encrypting is dear as well, so most good ones serve several times.
        good[random.below(16)] = wrapped(&mut random);
        let size = (2 + random.below(MAX_BATCH - 1)).min(left);
        let batch: Vec<_> = (0..size).map(|_| ciphertext(&mut random, &good)).collect();
        let batch: Vec<_> = batch.iter().collect();
        for (ours, ciphertext) in vector.unwrap_batch(&batch).iter().zip(&batch) {
            let theirs = aws_lc.unwrap(ciphertext);
            let ours = ours.as_ref().ok().map(OaepMessage::expose_secret);
            let theirs = theirs.as_ref().ok().map(OaepMessage::expose_secret);
            match (ours == theirs, ours) {
                (true, Some(_)) => counts.opened += 1,
                (true, None) => counts.refused += 1,
                (false, _) => {
                    counts.different += 1;
                    // Test keys and random numbers: nothing secret.
                    println!("different: ciphertext {ciphertext:02x?}");
                }
            }
        }
        left -= size;
    }
}

/// A good ciphertext, one with flipped bits, or a random number, which may be
/// above the modulus.
fn ciphertext(random: &mut Random, good: &[[u8; RSA_MODULUS_BYTES]]) -> [u8; RSA_MODULUS_BYTES] {
    let mut ciphertext = good[random.below(good.len())];
    match random.below(4) {
        0 | 1 => {}
        2 => {
            for _ in 0..=random.below(3) {
                let bit = random.below(8 * RSA_MODULUS_BYTES);
                ciphertext[bit / 8] ^= 1 << (bit % 8);
            }
        }
        _ => ciphertext = random.bytes(),
    }
    ciphertext
}
