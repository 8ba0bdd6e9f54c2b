//! The result as tables for people and as a document for programs.

use std::time::Duration;

use flowgate_keys::Backend;
use flowgate_measure::calls::Calls;
use flowgate_measure::table;
use serde_json::{Value, json};

use super::measurement::{Measurement, Scaling, SingleCore};

/// Writes the tables.
pub(super) fn text(measurement: &Measurement) -> String {
    let first = &measurement.single_core[0];
    let mut rows = vec![row([
        "backend",
        "together",
        "each second",
        "times",
        "p50",
        "p99",
    ])];
    for case in &measurement.single_core {
        rows.push(vec![
            case.backend.to_string(),
            case.batch.to_string(),
            format!("{:.0}", case.calls.per_second()),
            table::ratio(case.ratio),
            table::time(case.calls.percentile(50)),
            table::time(case.calls.percentile(99)),
        ]);
    }
    let single_core = table::table(
        &format!(
            "One core: requests each second, how many times {} with {} together, and how long\n\
             those wait that are decrypted together",
            first.backend, first.batch
        ),
        &rows,
    );
    let limit = measurement.vector_limit.as_ref().map(|limit| {
        let share = best_of_vectors(measurement).map(|calls| table::percent(calls.ratio_to(limit)));
        format!(
            "  The multiplier of one core allows vectors {:.0} each second; reached: {}\n",
            limit.per_second(),
            share.unwrap_or_default()
        )
    });
    let single_core = single_core + &limit.unwrap_or_default();
    let mut rows = vec![row([
        "backend",
        "threads",
        "each second",
        "times one thread",
    ])];
    for case in &measurement.scaling {
        rows.push(vec![
            case.backend.to_string(),
            case.threads.to_string(),
            format!("{:.0}", case.per_second),
            table::ratio(times_one_thread(measurement, case)),
        ]);
    }
    let scaling = table::table("Several threads", &rows);
    let processor = &measurement.processor;
    format!(
        "flowgate {version} on {name}, {available} processors for this process\n\
         {features}\n\
         RSA-OAEP unwraps (2048 bits, SHA-256); medians of {rounds} interleaved rounds\n\
         \n{single_core}\n{scaling}",
        version = env!("CARGO_PKG_VERSION"),
        name = processor.name,
        available = processor.available,
        features = processor.features.join(" "),
        rounds = measurement.rounds.rounds,
    )
}

fn row<const COLUMNS: usize>(cells: [&str; COLUMNS]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Writes the document; times are microseconds.
pub(super) fn document(measurement: &Measurement) -> Value {
    let processor = &measurement.processor;
    let single_core = measurement.single_core.iter().map(|case: &SingleCore| {
        json!({
            "backend": case.backend.to_string(),
            "batch": case.batch,
            "per_second": case.calls.per_second(),
            "ratio_to_first": case.ratio,
            "p50_microseconds": microseconds(case.calls.percentile(50)),
            "p99_microseconds": microseconds(case.calls.percentile(99)),
        })
    });
    let scaling = measurement.scaling.iter().map(|case| {
        json!({
            "backend": case.backend.to_string(),
            "threads": case.threads,
            "per_second": case.per_second,
            "ratio_to_one_thread": times_one_thread(measurement, case),
        })
    });
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "processor": {
            "name": processor.name,
            "available": processor.available,
            "features": processor.features,
        },
        "rounds": measurement.rounds.rounds,
        "round_microseconds": microseconds(measurement.rounds.time),
        "single_core": single_core.collect::<Vec<_>>(),
        "vector_limit_per_second": measurement.vector_limit.as_ref().map(Calls::per_second),
        "scaling": scaling.collect::<Vec<_>>(),
    })
}

/// Returns the best result of the backend that works in vectors.
fn best_of_vectors(measurement: &Measurement) -> Option<&Calls> {
    let vectors = measurement.single_core.iter();
    vectors
        .filter(|case| case.backend == Backend::Vector)
        .map(|case| &case.calls)
        .max_by(|a, b| a.per_second().total_cmp(&b.per_second()))
}

fn times_one_thread(measurement: &Measurement, case: &Scaling) -> f64 {
    let one = measurement
        .scaling
        .iter()
        .find(|other| other.backend == case.backend && other.threads == 1);
    case.per_second / one.unwrap_or(case).per_second
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
