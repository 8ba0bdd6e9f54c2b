//! Clear requests of a chosen size, in the shape that Flows have: a list of
//! short entries, as radio buttons and drop-downs take them.

use serde_json::{Value, json};

/// The sizes of the clear request that are measured: a submitted form, a list
/// of choices, and what only an upload within the message would need.
pub const PAYLOAD_BYTES: [usize; 5] = [100, 1 << 10, 16 << 10, 256 << 10, 1 << 20];

/// Screen that every request comes from and every reply leads to.
pub const SCREEN: &str = "A";

/// Writes a `data_exchange` request of just `payload_bytes`, at least 100.
///
/// Requests of different numbers differ in their flow token, so that no two of
/// them are the same submission.
pub fn clear_request(number: usize, payload_bytes: usize) -> Vec<u8> {
    let number = format!("{number:06}");
    let frame = write(&number, &[]).len();
    let entry = choice(0).to_string().len() + 1;
    let choices: Vec<Value> = (0..payload_bytes.saturating_sub(frame) / entry)
        .map(choice)
        .collect();
    // What is missing goes into the token, whose length is free.
    let missing = payload_bytes.saturating_sub(write(&number, &choices).len());
    write(&format!("{number}{}", "-".repeat(missing)), &choices)
}

fn choice(number: usize) -> Value {
    json!({"id": format!("{number:06}"), "title": "A street in the north of the city"})
}

fn write(flow_token: &str, choices: &[Value]) -> Vec<u8> {
    json!({
        "version": "3.0",
        "action": "data_exchange",
        "screen": SCREEN,
        "flow_token": flow_token,
        "data": {"choices": choices},
    })
    .to_string()
    .into_bytes()
}

/// Writes a number of bytes for people: `100 B`, `16 KiB`.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_size_asked_for() {
        for bytes in PAYLOAD_BYTES {
            assert_eq!(clear_request(7, bytes).len(), bytes);
        }
    }
}
