//! Measures what a user waits for: reading and checking a document, and
//! checking a reply.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flowgate_flow_json::FlowJson;
use serde_json::json;

/// A screen with inputs, data, expressions, branches and actions, as busy as
/// real ones get.
fn screen(index: usize, screens: usize) -> String {
    let next = (index + 1) % screens;
    let mut children = String::new();
    for field in 0..6 {
        children.push_str(&format!(
            r#"{{"type": "TextInput", "name": "field_{field}", "label": "Field {field}", "helper-text": "what to type here", "required": true, "input-type": "text", "visible": "${{data.show}}"}},
            {{"type": "Dropdown", "name": "choice_{field}", "label": "Choice {field}", "data-source": "${{data.options}}", "on-select-action": {{"name": "data_exchange", "payload": {{"choice": "${{form.choice_{field}}}", "field": "${{form.field_{field}}}"}}}}}},
            {{"type": "RadioButtonsGroup", "name": "size_{field}", "label": "Size", "data-source": [{{"id": "s", "title": "Small"}}, {{"id": "m", "title": "Medium", "description": "the usual one"}}, {{"id": "l", "title": "Large"}}]}},
            {{"type": "If", "condition": "(${{form.size_{field}}} == 's') && ${{data.show}}", "then": [{{"type": "TextBody", "text": "`'You chose ' ${{form.field_{field}}}`"}}], "else": [{{"type": "TextCaption", "text": "Nothing chosen"}}]}},
            "#
        ));
    }
    let action = if index + 1 == screens {
        r#"{"name": "complete", "payload": {"first": "${form.field_0}", "second": "${form.choice_0}"}}"#.to_owned()
    } else {
        format!(
            r#"{{"name": "navigate", "next": {{"type": "screen", "name": "{}"}}, "payload": {{"show": true, "options": "${{data.options}}"}}}}"#,
            name(next)
        )
    };
    format!(
        r#"{{"id": "{}", "title": "Screen {index}", "terminal": {}, "data": {{
            "show": {{"type": "boolean", "__example__": true}},
            "options": {{"type": "array", "items": {{"type": "object", "properties": {{"id": {{"type": "string"}}, "title": {{"type": "string"}}}}}}, "__example__": [{{"id": "a", "title": "A"}}]}}}},
        "layout": {{"type": "SingleColumnLayout", "children": [{children}{{"type": "Footer", "label": "Next", "on-click-action": {action}}}]}}}}"#,
        name(index),
        index + 1 == screens
    )
}

/// Writes a number in letters, because ids have no digits.
fn name(mut number: usize) -> String {
    let mut name = String::from("S_");
    loop {
        name.push((b'A' + (number % 26) as u8) as char);
        number /= 26;
        if number == 0 {
            return name;
        }
    }
}

fn document(screens: usize) -> String {
    let routes: Vec<_> = (0..screens)
        .map(|index| {
            if index + 1 == screens {
                format!("\"{}\": []", name(index))
            } else {
                format!("\"{}\": [\"{}\"]", name(index), name(index + 1))
            }
        })
        .collect();
    let screens: Vec<_> = (0..screens).map(|index| screen(index, screens)).collect();
    format!(
        r#"{{"version": "7.3", "data_api_version": "4.0", "routing_model": {{{}}}, "screens": [{}]}}"#,
        routes.join(", "),
        screens.join(",\n")
    )
}

fn documents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read and check");
    let typical = document(6);
    let most_screens = document(100);
    // As large as WhatsApp accepts: far more screens than are allowed.
    let count = (10 * 1024 * 1024 - 1024) / (typical.len() / 6 + 20);
    let largest = document(count);
    assert!(largest.len() > 9 * 1024 * 1024 && largest.len() <= 10 * 1024 * 1024);
    for (label, text) in [
        ("typical document", &typical),
        ("100 screens", &most_screens),
        ("10 MB", &largest),
    ] {
        let label = format!("{label} ({} KB)", text.len() / 1024);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.measurement_time(Duration::from_secs(4));
        group.sample_size(20);
        group.bench_function(&label, |bencher| {
            bencher.iter(|| FlowJson::parse(black_box(text.as_bytes())).check().len());
        });
    }
    let noise = "[1,\"a\",{\"b\":[]},".repeat(700_000);
    let noise = &noise[..10 * 1024 * 1024];
    group.throughput(Throughput::Bytes(noise.len() as u64));
    group.bench_function("10 MB that nests without end", |bencher| {
        bencher.iter(|| FlowJson::parse(black_box(noise.as_bytes())).check().len());
    });
    let wrong = largest.replace("helper-text", "helperText");
    group.throughput(Throughput::Bytes(wrong.len() as u64));
    group.bench_function("10 MB with an error in every input", |bencher| {
        bencher.iter(|| FlowJson::parse(black_box(wrong.as_bytes())).check().len());
    });
    group.finish();
}

fn replies(criterion: &mut Criterion) {
    let text = document(6);
    let flow = FlowJson::parse(text.as_bytes());
    let contracts = flow.screen_contracts();
    let contract = &contracts[2];
    let options: Vec<_> = (0..20)
        .map(|index| json!({"id": format!("option_{index}"), "title": format!("Option {index}")}))
        .collect();
    let reply = json!({"show": true, "options": options});
    assert!(contract.check(&reply).is_empty());
    criterion.bench_function("check a reply with 20 options", |bencher| {
        bencher.iter(|| contract.check(black_box(&reply)).len());
    });
}

criterion_group!(benches, documents, replies);
criterion_main!(benches);
