//! RSA-OAEP, the dearest step: each backend by itself, and behind a key ring
//! whose older key opens.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing better to do than to stop"
)]

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use flowgate_benches::business::Business;
use flowgate_benches::known_key::encrypted_aes_key;
use flowgate_benches::payload::{PAYLOAD_BYTES, clear_request};
use flowgate_protocol::keys::{Backend, KeyRing, PrivateKey, phone};

fn unwrap(criterion: &mut Criterion) {
    let business = Business::new();
    let other = PrivateKey::generate().unwrap();
    let text = clear_request(0, PAYLOAD_BYTES[0]);
    let (sealed, _) = phone::seal_request(business.key.public_key(), &text).unwrap();
    let wrapped = encrypted_aes_key(&sealed);

    let mut group = criterion.benchmark_group("unwrap");
    for backend in Backend::AVAILABLE {
        let key = backend.load(&business.key).unwrap();
        group.bench_function(BenchmarkId::new("one_key", backend), |bencher| {
            bencher.iter(|| key.unwrap(&wrapped).unwrap());
        });
    }
    for backend in Backend::AVAILABLE {
        let ring = KeyRing::builder(&other)
            .older(&business.key)
            .backend(*backend)
            .build()
            .unwrap();
        group.bench_function(BenchmarkId::new("older_of_two_opens", backend), |bencher| {
            bencher.iter_batched(
                || sealed.clone(),
                |sealed| ring.open(sealed, None).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, unwrap);
criterion_main!(benches);
