//! Replies that a phone would refuse do not leave.

use flowgate_graphql::GuardMode;
use flowgate_protocol::testing::{TestPhone, TestReply};
use futures_executor::block_on;
use serde_json::{Value, json};

use crate::{UNAVAILABLE, business};

#[track_caller]
fn submit_wrong(mode: GuardMode) -> TestReply {
    let endpoint = business::builder().guard(mode).build().unwrap();
    let counters = endpoint.counters();
    let reply = block_on(TestPhone::new(endpoint).submit("SLOTS", json!({"slot": "wrong"})));
    assert_eq!(counters.counts().violations, 1);
    reply
}

#[test]
fn the_user_stays_with_a_neutral_text() {
    let reply = submit_wrong(GuardMode::SafeMessage);
    assert_eq!((reply.status, reply.screen()), (200, "SLOTS"));
    assert_eq!(reply.data(), &json!({"error_message": UNAVAILABLE}));
}

#[test]
fn strictly_the_request_fails() {
    let reply = submit_wrong(GuardMode::Strict);
    assert_eq!((reply.status, reply.json), (500, Value::Null));
}

#[test]
fn where_it_is_only_logged_the_reply_is_sent() {
    let reply = submit_wrong(GuardMode::LogOnly);
    assert_eq!(reply.data(), &json!({"summary": 7}));
}
