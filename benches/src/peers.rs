//! Servers that are programs of their own, some of them not ours: how they are
//! started and ended, and how they compare. `../peers/README.md` says what they
//! have in common.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flowgate_measure::rounds::Rounds;
use flowgate_measure::{median, percentile, table};
use flowgate_protocol::keys::{AppSecret, Overwrite, PrivateKey};
use tempfile::TempDir;

use crate::business::Business;
use crate::load::Requests;

pub(crate) const PRIVATE_KEY_FILE: &str = "PEER_PRIVATE_KEY_FILE";
const APP_SECRET: &str = "PEER_APP_SECRET";

/// A business whose key and secret peers answer with.
#[derive(Debug)]
pub struct Principal {
    /// Makes the requests.
    pub business: Business,
    key_file: PathBuf,
    /// Holds the key file; removed when dropped.
    _folder: TempDir,
}

/// A server in a process of its own; ended when dropped.
#[derive(Debug)]
pub struct Peer {
    /// Name in tables.
    pub name: String,
    address: SocketAddr,
    process: Child,
}

/// What one peer did under one number of connections.
#[derive(Debug)]
pub struct Standing {
    /// Name of the peer.
    pub name: String,
    /// Connections at the same time.
    pub connections: usize,
    /// Median of the rounds.
    pub requests_per_second: f64,
    /// Median over the rounds of its rate divided by that of each peer in the
    /// same round, in the order of the peers.
    pub ratios: Vec<f64>,
    /// Of all rounds together, sorted.
    pub latencies: Vec<Duration>,
}

/// Reads whom a peer answers for: what its [`Principal`] has put into the
/// environment.
///
/// # Panics
///
/// If it is not there: the program was started by hand.
pub fn business_from_environment() -> Business {
    let read = |name| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    Business {
        key: PrivateKey::read_file(read(PRIVATE_KEY_FILE), None).unwrap(),
        app_secret: AppSecret::new(&read(APP_SECRET)).unwrap(),
    }
}

/// Says where this peer listens, and returns when whoever started it has closed
/// its standard input or is gone.
///
/// # Panics
///
/// If nobody reads the address.
pub fn serve_until_input_ends(address: SocketAddr) {
    println!("{address}");
    io::stdout().flush().unwrap();
    // An input that cannot be read has ended too.
    let _ = io::stdin().lock().read_to_end(&mut Vec::new());
}

impl Principal {
    /// Makes the keys, and a file of the private one.
    ///
    /// # Panics
    ///
    /// If the system refuses a file.
    pub fn new() -> Self {
        let business = Business::new();
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("test-key.pem");
        let key = &business.key;
        key.write_unencrypted_file(&key_file, Overwrite::Never)
            .unwrap();
        Self {
            business,
            key_file,
            _folder: folder,
        }
    }

    /// Returns where the private key is.
    pub(crate) fn key_file(&self) -> &Path {
        &self.key_file
    }

    /// Starts a peer on one of the processors, or on all, and waits until it
    /// says where it listens.
    ///
    /// # Errors
    ///
    /// A text for people: the program is missing, or ended without an address.
    pub fn start(
        &self,
        name: &str,
        command: &[&str],
        processor: Option<usize>,
    ) -> Result<Peer, String> {
        let processor = processor.map(|number| number.to_string());
        let pinned: Vec<&str> = match &processor {
            Some(number) => ["taskset", "--cpu-list", number]
                .into_iter()
                .chain(command.iter().copied())
                .collect(),
            None => command.to_vec(),
        };
        let mut process = Command::new(pinned[0])
            .args(&pinned[1..])
            .env(PRIVATE_KEY_FILE, &self.key_file)
            .env(APP_SECRET, self.business.app_secret.expose_secret())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: {} cannot be started: {error}", pinned[0]))?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            // What cannot be read is an address that was not given.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        match line.trim().parse() {
            Ok(address) => Ok(Peer {
                name: name.to_owned(),
                address,
                process,
            }),
            Err(_) => {
                // It may still run, or have ended: what it said tells nothing.
                let _ = process.kill();
                let _ = process.wait();
                Err(format!("{name} did not say where it listens"))
            }
        }
    }
}

impl Default for Principal {
    fn default() -> Self {
        Self::new()
    }
}

impl Peer {
    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of its process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }
}

/// Keeps this process and all its later threads on one processor.
///
/// # Errors
///
/// A text for people: the program that does it is missing.
pub fn stay_on_processor(number: usize) -> Result<(), String> {
    let status = Command::new("taskset")
        .args(["--pid", "--cpu-list", &number.to_string()])
        .arg(std::process::id().to_string())
        .stdout(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(
            "taskset (Debian package util-linux) cannot keep this process on one processor"
                .to_owned(),
        ),
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // One that has already ended needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Loads all peers in turns, after one round that warms up.
///
/// # Panics
///
/// If a peer does not answer, refuses a request or gives a wrong reply.
pub fn compare(
    peers: &[Peer],
    requests: &Requests,
    connections: usize,
    rounds: Rounds,
) -> Vec<Standing> {
    let mut rates = vec![Vec::new(); peers.len()];
    let mut latencies = vec![Vec::new(); peers.len()];
    for number in 0..=rounds.rounds {
        for turn in 0..peers.len() {
            let index = (number + turn) % peers.len();
            let round = requests.send(peers[index].address, connections, rounds.time);
            if number > 0 {
                rates[index].push(round.requests_per_second());
                latencies[index].extend(round.latencies);
            }
        }
    }
    let ratio_to = |own: &[f64], other: &[f64]| {
        let pairs = own.iter().zip(other);
        median(pairs.map(|(own, other)| own / other).collect())
    };
    peers
        .iter()
        .zip(&rates)
        .zip(latencies)
        .map(|((peer, own), mut latencies)| {
            latencies.sort_unstable();
            Standing {
                name: peer.name.clone(),
                connections,
                requests_per_second: median(own.clone()),
                ratios: rates.iter().map(|other| ratio_to(own, other)).collect(),
                latencies,
            }
        })
        .collect()
}

/// Prints how the peers stand under one load, each beside all others.
pub fn print(title: &str, standings: &[Standing]) {
    let head = ["", "requests/s", "p50", "p99"].map(str::to_owned);
    let columns = (1..=standings.len()).map(|number| format!("to {number}"));
    let mut rows = vec![head.into_iter().chain(columns).collect::<Vec<_>>()];
    for (number, standing) in standings.iter().enumerate() {
        let cells = [
            format!("{}  {}", number + 1, standing.name),
            format!("{:.0}", standing.requests_per_second),
            table::time(percentile(&standing.latencies, 50)),
            table::time(percentile(&standing.latencies, 99)),
        ];
        let ratios = standing.ratios.iter().map(|ratio| table::ratio(*ratio));
        rows.push(cells.into_iter().chain(ratios).collect());
    }
    println!("\n{}", table::table(title, &rows).trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_says_no_address_is_no_peer() {
        let principal = Principal::new();
        let start = |command: &[&str]| principal.start("this", command, None).unwrap_err();
        assert_eq!(start(&["true"]), "this did not say where it listens");
        assert!(start(&["no-such-program"]).contains("cannot be started"));
    }
}
