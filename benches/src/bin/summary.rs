//! Prints everything side by side: unwrap backends, the steps and the whole of
//! an exchange by payload size, and the throughput of a running server.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use std::thread::available_parallelism;
use std::time::Duration;

use clap::Parser;
use flowgate_benches::business::Business;
use flowgate_benches::exchange::{block_on, exchange};
use flowgate_benches::known_key::{encrypted_aes_key, sealed_with_known_key};
use flowgate_benches::payload::{PAYLOAD_BYTES, clear_request, size};

use flowgate_benches::throughput::{Load, measure};
use flowgate_benches::{machine, options, throughput};
use flowgate_measure::rounds::{Contender, Rounds};
use flowgate_measure::table;
use flowgate_protocol::danger::accept_unsigned_requests;
use flowgate_protocol::keys::{AppSecrets, Backend, KeyRing, KeyRingBuilder, PrivateKey, phone};
use flowgate_protocol::{Endpoint, Envelope};

#[derive(Parser)]
#[command(about = "Measures unwrap backends, steps, exchanges and a running server side by side")]
struct Args {
    /// Shows within seconds that everything runs; the numbers mean little
    #[arg(long)]
    quick: bool,
}

fn main() {
    let quick = Args::parse().quick;
    let rounds = |rounds, milliseconds| Rounds {
        rounds: if quick { 1 } else { rounds },
        time: Duration::from_millis(if quick { 1 } else { milliseconds }),
    };
    println!("{}", machine::description());
    println!("Medians of interleaved rounds.");
    let business = Business::new();
    unwraps(&business, rounds(9, 100));
    steps(&business, rounds(7, 50));
    exchanges(&business, rounds(9, 100));
    graphql(rounds(9, 100));
    let load = Load {
        workers: available_parallelism().map_or(1, usize::from),
        connections: if quick { vec![1, 4] } else { vec![1, 8, 32] },
        payload_bytes: 1024,
        requests: if quick { 8 } else { 512 },
        rounds: rounds(5, 1000),
    };
    throughput::print(&measure(&business, &load), &load);
}

/// The private-key operation alone, and through rings of one and two keys.
fn unwraps(business: &Business, rounds: Rounds) {
    let text = clear_request(0, PAYLOAD_BYTES[0]);
    let (sealed, _) = phone::seal_request(business.key.public_key(), &text).unwrap();
    let wrapped = encrypted_aes_key(&sealed);
    let other = PrivateKey::generate().unwrap();
    by_backend("RSA-OAEP unwrap", rounds, |backend| {
        let key = backend.load(&business.key).unwrap();
        let open = |ring: KeyRingBuilder<'_>| {
            let ring = ring.backend(backend).build().unwrap();
            let sealed = sealed.clone();
            Contender::new(move || ring.open(sealed.clone(), None).unwrap())
        };
        vec![
            (
                "unwrap".to_owned(),
                Contender::new(move || key.unwrap(&wrapped).unwrap()),
            ),
            (
                "open 100 B, one key".to_owned(),
                open(KeyRing::builder(&business.key)),
            ),
            (
                "two keys, the newer opens".to_owned(),
                open(KeyRing::builder(&business.key).older(&other)),
            ),
            (
                "two keys, the older opens".to_owned(),
                open(KeyRing::builder(&other).older(&business.key)),
            ),
        ]
    });
}

/// What surrounds the private-key operation, step by step.
fn steps(business: &Business, rounds: Rounds) {
    let head = ["payload", "verify", "envelope", "open", "clear", "seal"];
    let secrets = AppSecrets::new(business.app_secret.clone());
    let cases = PAYLOAD_BYTES.map(|bytes| {
        let request = business.request(0, bytes);
        let text = clear_request(0, bytes);
        let (sealed, ring) = sealed_with_known_key(&business.key, &text);
        (bytes, request, text, sealed, ring)
    });
    let contenders = cases.iter().flat_map(|(_, request, text, sealed, ring)| {
        let body = accept_unsigned_requests()
            .verify(None, request.body.clone())
            .unwrap();
        let open = |sealed| ring.open(sealed, None).unwrap();
        [
            Contender::new(|| secrets.verify(&request.signature, &request.body).unwrap()),
            Contender::with_input(
                || (),
                move |()| Envelope::parse(&body).unwrap().decode().unwrap(),
            ),
            Contender::with_input(|| sealed.clone(), open),
            Contender::with_input(|| sealed.clone(), drop),
            Contender::with_input(
                move || open(sealed.clone()).session_key,
                |session_key| session_key.seal(text.as_slice()),
            ),
        ]
    });
    let medians = rounds.medians(contenders.collect());
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for ((bytes, ..), medians) in cases.iter().zip(medians.chunks(head.len() - 1)) {
        let times = medians.iter().map(|median| table::time(*median));
        rows.push([size(*bytes)].into_iter().chain(times).collect());
    }
    println!(
        "\n{}",
        table::table("Steps without RSA, by bytes of the clear request", &rows).trim_end()
    );
}

/// Whole exchanges without HTTP, beside the unwrap that is in each.
fn exchanges(business: &Business, rounds: Rounds) {
    let requests = PAYLOAD_BYTES.map(|bytes| (bytes, business.request(0, bytes)));
    let (sealed, _) = phone::seal_request(business.key.public_key(), b"").unwrap();
    let wrapped = encrypted_aes_key(&sealed);
    let title = "Whole exchange without HTTP, by bytes of the clear request and reply";
    by_backend(title, rounds, |backend| {
        let key = backend.load(&business.key).unwrap();
        let unwrap = Contender::new(move || key.unwrap(&wrapped).unwrap());
        let exchanges = requests.iter().map(|(bytes, request)| {
            let channel = business.channel(backend);
            request.check(&block_on(exchange(&channel, request)).body);
            let run = move || block_on(exchange(&channel, request));
            (size(*bytes), Contender::new(run))
        });
        [("of it the unwrap".to_owned(), unwrap)]
            .into_iter()
            .chain(exchanges)
            .collect()
    });
}

/// The same answer by a plain handler and by a GraphQL operation.
fn graphql(rounds: Rounds) {
    let (handler, graphql) = (options::handler(), options::graphql());
    let schema_alone = options::schema_alone();
    let medians = rounds.medians(vec![
        Contender::with_input(options::request, |request| {
            block_on(handler.answer(request)).unwrap()
        }),
        Contender::with_input(options::request, |request| {
            block_on(graphql.answer(request)).unwrap()
        }),
        Contender::with_input(|| (), |()| schema_alone()),
    ]);
    let (plain, bound, alone) = (medians[0], medians[1], medians[2]);
    let head = ["handler", "GraphQL", "times", "added", "schema alone"];
    let row = [
        table::time(plain),
        table::time(bound),
        table::ratio(bound.div_duration_f64(plain)),
        table::time(bound.saturating_sub(plain)),
        table::time(alone),
    ];
    let rows = [head.map(str::to_owned).to_vec(), row.to_vec()];
    let title = "The options query of book-appointment from memory, without encryption and HTTP";
    println!("\n{}", table::table(title, &rows).trim_end());
}

/// Times the same cases with each backend, all of them in turns.
fn by_backend<'a>(
    title: &str,
    rounds: Rounds,
    cases: impl Fn(Backend) -> Vec<(String, Contender<'a>)>,
) {
    let mut names = Vec::new();
    let mut contenders = Vec::new();
    for backend in Backend::AVAILABLE {
        let (own_names, own_contenders): (Vec<_>, Vec<_>) = cases(*backend).into_iter().unzip();
        names = own_names;
        contenders.extend(own_contenders);
    }
    let medians = rounds.medians(contenders);
    let columns: Vec<&[Duration]> = medians.chunks(names.len()).collect();

    let first = Backend::default();
    let mut head = vec![String::new()];
    for backend in Backend::AVAILABLE {
        head.extend([backend.to_string(), "each second".to_owned()]);
        if *backend != first {
            head.push(format!("times {first}"));
        }
    }
    let mut rows = vec![head];
    for (case, name) in names.into_iter().enumerate() {
        let mut row = vec![name];
        for (index, column) in columns.iter().enumerate() {
            row.extend([table::time(column[case]), table::per_second(column[case])]);
            if index > 0 {
                row.push(table::ratio(
                    column[case].div_duration_f64(columns[0][case]),
                ));
            }
        }
        rows.push(row);
    }
    println!("\n{}", table::table(title, &rows).trim_end());
}
