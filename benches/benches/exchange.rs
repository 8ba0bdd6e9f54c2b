//! The whole exchange without HTTP, by payload size and unwrap backend: from the
//! raw body to the sealed reply, with the threads that open in between.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flowgate_benches::business::Business;
use flowgate_benches::exchange::{block_on, exchange};
use flowgate_benches::payload::{PAYLOAD_BYTES, size};
use flowgate_protocol::keys::Backend;

fn exchanges(criterion: &mut Criterion) {
    let business = Business::new();
    let mut group = criterion.benchmark_group("exchange");
    for bytes in PAYLOAD_BYTES {
        let request = business.request(0, bytes);
        group.throughput(Throughput::Elements(1));
        for backend in Backend::AVAILABLE {
            let channel = business.channel(*backend);
            request.check(&block_on(exchange(&channel, &request)).body);
            group.bench_function(BenchmarkId::new(size(bytes), backend), |bencher| {
                bencher.iter(|| block_on(exchange(&channel, &request)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, exchanges);
criterion_main!(benches);
