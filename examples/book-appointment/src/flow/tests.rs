//! Plays the Flow with a phone in memory, over a database in a folder of its own.

use flowgate::protocol::testing::{TestPhone, TestReply};
use serde_json::{Value, json};
use time::macros::date;

use super::*;
use crate::calendar::Calendar;
use crate::database::Database;
use crate::schema::{Audience, schema};
use crate::token_of_ours::TokenOfOurs;

const DAY: &str = "2026-11-23";

const APPOINTMENT: &str = "APPOINTMENT";
const DETAILS: &str = "DETAILS";
const SUMMARY: &str = "SUMMARY";

type AppointmentPhone = TestPhone<GraphqlEndpoint<Schema>>;

/// A database that is removed again.
struct TestDatabase(tempfile::TempDir);

impl TestDatabase {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Starts a server over the database, and a phone that talks to it.
    async fn phone(&self, token: &str) -> AppointmentPhone {
        let database = Database::File(self.0.path().join("test.sqlite"));
        let store = database.open().await.unwrap();
        let calendar = Calendar::with_today(|| date!(2026 - 11 - 20));
        let schema = schema(store.clone(), calendar, Audience::Production);
        let endpoint = endpoint(built_in(), &schema, &store).unwrap();
        TestPhone::with_channel(endpoint, |channel| channel.token_check(TokenOfOurs))
            .flow_token(token)
    }
}

fn slot(time: &str) -> Value {
    json!({"department": "beauty", "location": "covent_garden", "date": DAY, "time": time})
}

fn details() -> Value {
    json!({"name": "Zoë Ademola", "email": "zoe@example.com", "phone": "", "more_details": ""})
}

async fn to_summary(phone: &AppointmentPhone, time: &str) -> TestReply {
    phone.init().await;
    assert_eq!(
        phone.submit(APPOINTMENT, slot(time)).await.screen(),
        DETAILS
    );
    phone.submit(DETAILS, details()).await
}

async fn accept(phone: &AppointmentPhone) -> TestReply {
    phone.submit(SUMMARY, json!({"accepted": true})).await
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

fn is_free(reply: &TestReply, time: &str) -> bool {
    let times = reply.data()["time"].as_array().unwrap();
    let item = times.iter().find(|item| item["id"] == time).unwrap();
    item["enabled"].as_bool().unwrap()
}

#[actix_web::test]
async fn the_whole_flow_ends_in_a_booking() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    let summary = to_summary(&phone, "10:30").await;
    assert_eq!(summary.screen(), SUMMARY);
    assert_eq!(
        summary.data()["appointment"],
        "Beauty & Personal Care at Covent Garden, London\nMon 23 Nov 2026 at 10:30"
    );
    assert_eq!(
        summary.data()["details"],
        "Name: Zoë Ademola\nEmail: zoe@example.com"
    );
    let done = accept(&phone).await;
    let mut expected = slot("10:30");
    expected["booking_id"] = done.completion()["booking_id"].clone();
    expected["flow_token"] = "a".into();
    assert_eq!(*done.completion(), expected);
    assert!(done.completion()["booking_id"].is_i64());
}

#[actix_web::test]
async fn lists_open_one_after_the_other_without_leaving_the_screen() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    let first = phone.init().await;
    assert_eq!(first.screen(), APPOINTMENT);
    assert_eq!(first.data()["is_location_enabled"], false);
    assert_eq!(ids(&first.data()["department"]).len(), 5);

    let choice = json!({"trigger": "department_selected", "department": "home"});
    let second = phone.submit(APPOINTMENT, choice).await;
    assert_eq!(second.screen(), APPOINTMENT);
    assert_eq!(
        ids(&second.data()["location"]),
        ["kings_cross", "piccadilly"]
    );
    assert_eq!(second.data()["is_date_enabled"], false);

    let choice =
        json!({"trigger": "location_selected", "department": "home", "location": "piccadilly"});
    let third = phone.submit(APPOINTMENT, choice).await;
    assert_eq!(third.data()["is_date_enabled"], true);
    assert_eq!(ids(&third.data()["date"])[0], DAY);
    assert_eq!(third.data()["is_time_enabled"], false);

    let choice = json!({"trigger": "date_selected", "department": "home", "location": "piccadilly", "date": DAY});
    let fourth = phone.submit(APPOINTMENT, choice).await;
    assert_eq!(ids(&fourth.data()["time"]).len(), 14);
    assert!(is_free(&fourth, "09:00"));
}

#[actix_web::test]
async fn mistakes_keep_the_user_on_the_screen() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    phone.init().await;
    for choice in [
        json!({"department": "beauty"}),
        json!({"department": "beauty", "location": "piccadilly", "date": DAY, "time": "10:30"}),
        json!({"department": "none", "location": "none", "date": "none", "time": "none"}),
        json!({"department": "beauty", "location": "covent_garden", "date": "2026-11-22", "time": "10:30"}),
        json!({"department": "beauty", "location": "covent_garden", "date": DAY, "time": "12:00"}),
        json!({"department": "x' OR '1'='1", "location": "covent_garden", "date": DAY, "time": "10:30"}),
    ] {
        let reply = phone.submit(APPOINTMENT, choice.clone()).await;
        assert_eq!(reply.screen(), APPOINTMENT, "{choice}");
        assert!(!reply.message().is_empty(), "{choice}");
    }
    phone.submit(APPOINTMENT, slot("10:30")).await;
    for (key, value) in [
        ("name", " "),
        ("email", "zoe"),
        ("email", "zoe@example"),
        ("email", "zoe@.example.com"),
        ("email", "zoe ademola@example.com"),
        ("phone", "call me"),
        ("more_details", &"x".repeat(601)),
    ] {
        let mut bad = details();
        bad[key] = value.into();
        let reply = phone.submit(DETAILS, bad).await;
        assert_eq!(reply.screen(), DETAILS, "{key}: {value}");
        assert!(!reply.message().is_empty(), "{key}: {value}");
    }
    phone.submit(DETAILS, details()).await;
    let reply = phone.submit(SUMMARY, json!({"accepted": false})).await;
    assert_eq!((reply.screen(), reply.status), (SUMMARY, 200));
    assert!(!reply.message().is_empty());
}

#[actix_web::test]
async fn data_that_no_form_sends_is_answered_on_the_screen() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    phone.init().await;
    for (screen, data) in [
        (APPOINTMENT, json!({"trigger": "something_else"})),
        (APPOINTMENT, json!({"department": 7})),
        (DETAILS, json!({"name": ["x"]})),
        (DETAILS, json!({})),
        (SUMMARY, json!({"accepted": "yes"})),
    ] {
        let reply = phone.submit(screen, data.clone()).await;
        assert_eq!((reply.screen(), reply.status), (screen, 200), "{data}");
        assert!(!reply.message().is_empty(), "{data}");
    }
}

#[actix_web::test]
async fn a_slot_that_was_taken_meanwhile_leads_back_to_free_ones() {
    let database = TestDatabase::new();
    let (slow, fast) = (database.phone("slow").await, database.phone("fast").await);
    to_summary(&slow, "10:30").await;
    to_summary(&fast, "10:30").await;
    assert!(accept(&fast).await.completion()["booking_id"].is_i64());

    let reply = accept(&slow).await;
    assert_eq!(reply.screen(), APPOINTMENT);
    assert!(reply.message().contains("taken"));
    assert!(!is_free(&reply, "10:30") && is_free(&reply, "11:00"));
    // The screen sends back what it was told: the details are known.
    let again_at = |time| {
        let mut choice = slot(time);
        choice["keep_contact"] = reply.data()["keep_contact"].clone();
        slow.submit(APPOINTMENT, choice)
    };
    let again = again_at("10:30").await;
    assert_eq!(again.screen(), APPOINTMENT, "still taken");
    assert_eq!(again.data()["keep_contact"], true);
    let summary = again_at("11:00").await;
    assert_eq!(summary.screen(), SUMMARY);
    assert_eq!(accept(&slow).await.completion()["time"], "11:00");
}

#[actix_web::test]
async fn going_back_shows_what_has_become_of_the_slots() {
    let database = TestDatabase::new();
    let (slow, fast) = (database.phone("slow").await, database.phone("fast").await);
    slow.init().await;
    slow.submit(APPOINTMENT, slot("10:30")).await;
    to_summary(&fast, "10:30").await;
    accept(&fast).await;
    let back = slow.back(DETAILS).await;
    assert_eq!(back.screen(), APPOINTMENT);
    assert!(!is_free(&back, "10:30") && is_free(&back, "11:00"));
}

#[actix_web::test]
async fn the_same_confirmation_again_books_nothing_more() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    to_summary(&phone, "10:30").await;
    let first = accept(&phone).await;
    let second = accept(&phone).await;
    assert_eq!(first.json, second.json);
    // Another server over the same database remembers as well.
    let restarted = database.phone("a").await;
    assert_eq!(accept(&restarted).await.json, first.json);
}

#[actix_web::test]
async fn a_token_books_once_and_is_closed_afterwards() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    to_summary(&phone, "10:30").await;
    let booking = accept(&phone).await.completion()["booking_id"].clone();
    let reply = phone.init().await;
    assert_eq!(reply.status, 427);
    assert!(reply.message().contains(&booking.to_string()));
}

#[actix_web::test]
async fn tokens_that_many_share_are_refused() {
    let database = TestDatabase::new();
    for token in ["unused", ""] {
        let reply = database.phone(token).await.init().await;
        assert_eq!(reply.status, 427, "{token:?}");
        assert!(!reply.message().is_empty());
    }
}

#[actix_web::test]
async fn screens_out_of_order_lead_to_the_first() {
    let database = TestDatabase::new();
    let phone = database.phone("a").await;
    for reply in [
        phone.submit(DETAILS, details()).await,
        accept(&phone).await,
        phone.back(DETAILS).await,
    ] {
        assert_eq!((reply.screen(), reply.status), (APPOINTMENT, 200));
    }
}

#[actix_web::test]
async fn of_many_at_once_one_gets_the_slot() {
    let database = TestDatabase::new();
    let mut phones = Vec::new();
    for number in 0..20 {
        let phone = database.phone(&format!("phone-{number}")).await;
        to_summary(&phone, "10:30").await;
        phones.push(phone);
    }
    let tasks: Vec<_> = phones
        .into_iter()
        .map(|phone| actix_web::rt::spawn(async move { accept(&phone).await }))
        .collect();
    let mut booked = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        assert_eq!(reply.status, 200);
        booked += usize::from(reply.completion()["booking_id"].is_i64());
    }
    assert_eq!(booked, 1);
}
