//! The steps around RSA-OAEP by payload size: signature, envelope, AES-GCM both
//! ways, and clearing what was opened.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flowgate_benches::business::Business;
use flowgate_benches::known_key::sealed_with_known_key;
use flowgate_benches::payload::{PAYLOAD_BYTES, clear_request, size};
use flowgate_protocol::Envelope;
use flowgate_protocol::danger::accept_unsigned_requests;
use flowgate_protocol::keys::AppSecrets;

fn verify(criterion: &mut Criterion) {
    let business = Business::new();
    let secrets = AppSecrets::new(business.app_secret.clone());
    let mut group = criterion.benchmark_group("verify");
    for bytes in PAYLOAD_BYTES {
        let request = business.request(0, bytes);
        group.throughput(Throughput::Bytes(request.body.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(size(bytes)), |bencher| {
            bencher.iter(|| secrets.verify(&request.signature, &request.body).unwrap());
        });
    }
    group.finish();
}

fn envelope(criterion: &mut Criterion) {
    let business = Business::new();
    let mut group = criterion.benchmark_group("envelope");
    for bytes in PAYLOAD_BYTES {
        let body = accept_unsigned_requests()
            .verify(None, business.request(0, bytes).body)
            .unwrap();
        group.throughput(Throughput::Bytes(body.as_bytes().len() as u64));
        group.bench_function(BenchmarkId::from_parameter(size(bytes)), |bencher| {
            // What it returns is cleared outside of the measured time.
            bencher.iter_with_large_drop(|| Envelope::parse(&body).unwrap().decode().unwrap());
        });
    }
    group.finish();
}

fn aes_gcm(criterion: &mut Criterion) {
    let business = Business::new();
    let mut group = criterion.benchmark_group("aes_gcm");
    for bytes in PAYLOAD_BYTES {
        let text = clear_request(0, bytes);
        let (sealed, ring) = sealed_with_known_key(&business.key, &text);
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::new("open", size(bytes)), |bencher| {
            bencher.iter_batched(
                || sealed.clone(),
                |sealed| ring.open(sealed, None).unwrap(),
                BatchSize::LargeInput,
            );
        });
        group.bench_function(BenchmarkId::new("clear", size(bytes)), |bencher| {
            bencher.iter_batched(|| sealed.clone(), drop, BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("seal", size(bytes)), |bencher| {
            bencher.iter_batched(
                || ring.open(sealed.clone(), None).unwrap().session_key,
                |session_key| session_key.seal(text.as_slice()),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, verify, envelope, aes_gcm);
criterion_main!(benches);
