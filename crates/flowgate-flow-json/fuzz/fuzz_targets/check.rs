//! Feeds arbitrary bytes to everything that reads a document: no input may
//! panic, hang, or yield a place outside of the text.

#![no_main]

use flowgate_flow_json::FlowJson;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let flow = FlowJson::parse(bytes);
    for diagnostic in flow.check() {
        let text = flow.document().text();
        assert!(text.get(diagnostic.span.clone()).is_some());
        assert!(diagnostic.line_start >= 1 && diagnostic.column_start >= 1);
        assert!(!diagnostic.message.is_empty());
        assert!(!diagnostic.pointers.is_empty());
    }
    let reply = serde_json::from_slice(bytes).unwrap_or(serde_json::Value::Null);
    for contract in flow.screen_contracts() {
        let _ = contract.check(&reply);
    }
    let _ = flow.action_payloads();
});
