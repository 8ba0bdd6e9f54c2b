//! Whatever a phone sends, the endpoint does not fail.

use flowgate_protocol::testing::TestPhone;
use futures_executor::block_on;
use serde_json::{Value, json};

use crate::business;

fn hostile_values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(f64::MAX),
        json!([]),
        json!({}),
        json!([[], {}, null]),
        json!({"__typename": "Slot", "id": {"$ne": null}}),
        json!(""),
        json!(" "),
        json!("\u{0}\u{202e}'; DROP TABLE slots; --"),
        json!("a\") { __schema { types { name } } } #"),
        json!("${data.slots}"),
        json!("9".repeat(1_000_000)),
        json!("x".repeat(100_000)),
        json!(vec![json!("a"); 10_000]),
        deep,
    ]
}

#[test]
fn every_value_is_answered_on_a_screen() {
    let phone = TestPhone::new(business::builder().build().unwrap());
    for value in hostile_values() {
        for (screen, key) in [
            ("SLOTS", "slot"),
            ("SLOTS", "seats"),
            ("SLOTS", "day"),
            ("SLOTS", "part"),
            ("SLOTS", "trigger"),
            ("CONFIRM", "name"),
            ("CONFIRM", "undeclared"),
        ] {
            let mut data = json!({"slot": "10:30", "name": "Zoë"});
            if key == "day" || key == "part" {
                data["trigger"] = "day_selected".into();
            }
            data[key] = value.clone();
            let reply = block_on(phone.submit(screen, data));
            let shown: String = value.to_string().chars().take(60).collect();
            assert_eq!(reply.status, 200, "{key}: {shown}");
            assert!(!reply.screen().is_empty(), "{key}: {shown}");
            assert!(!reply.message().contains(&shown), "{key}: {shown}");
        }
    }
}

#[test]
fn opening_with_a_payload_ignores_or_refuses_it() {
    let phone = TestPhone::new(business::builder().build().unwrap());
    for value in hostile_values() {
        for key in ["day", "part", "trigger"] {
            let request = json!({"version": "3.0", "action": "INIT", "screen": "CONFIRM",
                "data": {key: value}, "flow_token": "t"});
            let reply = block_on(phone.send(&request));
            assert!(
                [200, 400].contains(&reply.status),
                "{key}: {}",
                reply.status
            );
        }
    }
}
