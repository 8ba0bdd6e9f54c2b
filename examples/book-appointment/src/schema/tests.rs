//! Asks the schema over both databases.

use std::cell::Cell;
use std::sync::Arc;

use async_graphql::{Request, Variables};
use flowgate_tests::postgres::Postgres;
use futures_util::future::join_all;
use serde_json::{Value, json};
use time::macros::date;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::customer::Customer;
use crate::database::Database;

const DAY: &str = "2026-11-23";

/// How many book at the same moment.
const CROWD: usize = 200;

const OFFER: &str = "query($department: ID, $location: ID, $date: Date) {
    offer(department: $department, location: $location, date: $date) {
        ... on Offer {
            departments { id name }
            canChooseLocation locations { id name }
            canChooseDay days { date title }
            canChooseTime times { time isFree }
        }
        ... on SessionEnded { message number }
    }
}";

const CHOOSE: &str =
    "mutation($department: ID, $location: ID, $date: Date, $time: Time, $keep: Boolean) {
    result: chooseSlot(department: $department, location: $location, date: $date, time: $time,
                       keepContact: $keep) {
        __typename
        ... on ContactMissing { message }
        ... on Enquiry { appointmentSummary contactSummary }
        ... on SlotTaken { message times { time isFree } }
        ... on InvalidInput { message }
        ... on SessionEnded { message }
    }
}";

const ENTER: &str = "mutation($name: String!, $email: String!, $phone: String, $more: String) {
    result: enterContact(name: $name, email: $email, phone: $phone, moreDetails: $more) {
        __typename
        ... on Enquiry { appointmentSummary contactSummary }
        ... on SlotTaken { message times { time isFree } }
        ... on SlotMissing { message canChooseLocation }
        ... on InvalidInput { message }
    }
}";

const BOOK: &str = "mutation($accept: Boolean!) {
    result: book(acceptTerms: $accept) {
        __typename
        ... on Booking { number appointment { department { name } location { name } date time } }
        ... on SlotTaken { message times { time isFree } }
        ... on SlotMissing { message }
        ... on InvalidInput { message }
        ... on SessionEnded { message number }
    }
}";

/// One instance of the business over a database.
struct Shop {
    database: Database,
    store: Store,
    schema: Schema,
    _folder: Option<Arc<tempfile::TempDir>>,
}

impl Shop {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::File(folder.path().join("With a space?.sqlite"));
        Self::over(database, Some(Arc::new(folder))).await
    }

    async fn postgres() -> Self {
        Self::over(new_postgres_database(), None).await
    }

    async fn over(database: Database, folder: Option<Arc<tempfile::TempDir>>) -> Self {
        let store = database.open().await.unwrap();
        let calendar = Calendar::with_today(|| date!(2026 - 11 - 20));
        Self {
            database,
            schema: schema(store.clone(), calendar, Audience::Production),
            store,
            _folder: folder,
        }
    }

    /// Starts another instance over the same database.
    async fn another(&self) -> Self {
        Self::over(self.database.clone(), self._folder.clone()).await
    }

    /// Asks as a customer; requests with the same name are the same request.
    async fn respond(
        &self,
        token: &str,
        request: &str,
        text: &str,
        variables: Value,
    ) -> async_graphql::Response {
        let session = Session {
            customer: Customer::of_token(token),
            request: format!("{token} {request}"),
        };
        let mut request = Request::new(text).variables(Variables::from_json(variables));
        add_session(&mut request.data, &self.store, session);
        self.schema.execute(request).await
    }

    async fn ask(&self, token: &str, text: &str, variables: Value) -> Value {
        let response = self.respond(token, text, text, variables).await;
        assert_eq!(response.errors, []);
        response.data.into_json().unwrap()
    }

    async fn choose(&self, token: &str, time: &str) -> Value {
        self.ask(token, CHOOSE, slot(time)).await["result"].take()
    }

    async fn enter(&self, token: &str) -> Value {
        self.ask(token, ENTER, contact()).await["result"].take()
    }

    async fn book(&self, token: &str) -> Value {
        self.ask(token, BOOK, json!({"accept": true})).await["result"].take()
    }

    async fn prepare(&self, token: &str, time: &str) {
        assert_eq!(
            self.choose(token, time).await["__typename"],
            "ContactMissing"
        );
        assert_eq!(self.enter(token).await["__typename"], "Enquiry");
    }
}

fn new_postgres_database() -> Database {
    Database::Url(Postgres::shared().new_database())
}

fn slot(time: &str) -> Value {
    json!({"department": "beauty", "location": "covent_garden", "date": DAY, "time": time})
}

fn contact() -> Value {
    json!({"name": " Zoë Ademola ", "email": "zoe@example.com", "phone": "", "more": null})
}

fn is_free(result: &Value, time: &str) -> bool {
    let times = result["times"].as_array().unwrap();
    let slot = times.iter().find(|slot| slot["time"] == time).unwrap();
    slot["isFree"].as_bool().unwrap()
}

/// Makes of each function a test on SQLite and one on PostgreSQL.
macro_rules! on_each_database {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Shop::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Shop::postgres().await).await;
            })*
        }
    };
}

on_each_database! {
    choices_narrow_the_offer_down
    a_booking_takes_three_steps
    mistakes_are_results
    the_same_request_again_books_nothing_more
    another_request_after_the_booking_ends_the_session
    of_a_crowd_one_gets_the_slot
    a_slot_that_was_lost_is_replaced_without_asking_who_comes_again
    a_new_choice_forgets_who_comes
    steps_left_out_are_told
    tables_are_made_once
    numbers_have_no_gaps
    texts_of_sql_are_texts
}

async fn choices_narrow_the_offer_down(shop: Shop) {
    let offer = shop.ask("a", OFFER, json!({})).await["offer"].take();
    assert_eq!(offer["departments"].as_array().unwrap().len(), 5);
    assert_eq!(offer["locations"].as_array().unwrap().len(), 4);
    assert_eq!(offer["canChooseLocation"], false);
    assert!(!is_free(&offer, "09:00"));

    let choice = json!({"department": "home"});
    let offer = shop.ask("a", OFFER, choice).await["offer"].take();
    assert_eq!(
        offer["locations"],
        json!([
            {"id": "kings_cross", "name": "King's Cross, London"},
            {"id": "piccadilly", "name": "Piccadilly Circus, London"},
        ])
    );
    assert_eq!(
        (&offer["canChooseLocation"], &offer["canChooseDay"]),
        (&json!(true), &json!(false))
    );

    let choice = json!({"department": "home", "location": "piccadilly"});
    let offer = shop.ask("a", OFFER, choice).await["offer"].take();
    assert_eq!(
        offer["days"][0],
        json!({"date": DAY, "title": "Mon 23 Nov 2026"})
    );
    assert_eq!(
        (&offer["canChooseDay"], &offer["canChooseTime"]),
        (&json!(true), &json!(false))
    );

    let choice = json!({"department": "home", "location": "piccadilly", "date": DAY});
    let offer = shop.ask("a", OFFER, choice).await["offer"].take();
    assert_eq!(offer["times"].as_array().unwrap().len(), 14);
    assert!(is_free(&offer, "09:00"));

    // A place where the department is not, and a day that is none of work.
    let choice = json!({"department": "home", "location": "covent_garden", "date": DAY});
    let offer = shop.ask("a", OFFER, choice).await["offer"].take();
    assert_eq!(offer["canChooseDay"], false);
    let choice = json!({"department": "home", "location": "piccadilly", "date": "2026-11-22"});
    let offer = shop.ask("a", OFFER, choice).await["offer"].take();
    assert_eq!(offer["canChooseTime"], false);
}

async fn a_booking_takes_three_steps(shop: Shop) {
    assert_eq!(
        shop.choose("a", "10:30").await["__typename"],
        "ContactMissing"
    );
    let enquiry = shop.enter("a").await;
    assert_eq!(
        enquiry["appointmentSummary"],
        "Beauty & Personal Care at Covent Garden, London\nMon 23 Nov 2026 at 10:30"
    );
    assert_eq!(
        enquiry["contactSummary"],
        "Name: Zoë Ademola\nEmail: zoe@example.com"
    );
    assert_eq!(
        shop.book("a").await,
        json!({
            "__typename": "Booking",
            "number": 1,
            "appointment": {
                "department": {"name": "Beauty & Personal Care"},
                "location": {"name": "Covent Garden, London"},
                "date": DAY,
                "time": "10:30",
            },
        })
    );
    let offer = shop.ask("b", OFFER, slot("")).await["offer"].take();
    assert!(!is_free(&offer, "10:30") && is_free(&offer, "11:00"));
}

async fn mistakes_are_results(shop: Shop) {
    for choice in [
        json!({"department": "beauty"}),
        json!({"department": "beauty", "location": "piccadilly", "date": DAY, "time": "10:30"}),
        json!({"department": "none", "location": "none", "date": DAY, "time": "10:30"}),
        json!({"department": "beauty", "location": "covent_garden", "date": "2026-11-22", "time": "10:30"}),
        json!({"department": "beauty", "location": "covent_garden", "date": DAY, "time": "12:00"}),
    ] {
        let result = shop.ask("a", CHOOSE, choice.clone()).await["result"].take();
        assert_eq!(
            result["message"], "Please choose from all four lists.",
            "{choice}"
        );
    }
    shop.choose("a", "10:30").await;
    for (key, value, message) in [
        ("name", " ", "Please tell us your name."),
        ("email", "zoe", "Please check the email address."),
        ("email", "zoe@example", "Please check the email address."),
        (
            "email",
            "zoe@.example.com",
            "Please check the email address.",
        ),
        (
            "email",
            "zoe ademola@example.com",
            "Please check the email address.",
        ),
        ("phone", "call me", "Please check the phone number."),
        ("more", &"x".repeat(601), "Please shorten your text."),
        ("more", "a\0b", "Please check your text."),
    ] {
        let mut bad = contact();
        bad[key] = value.into();
        let result = shop.ask("a", ENTER, bad).await["result"].take();
        assert_eq!(
            result,
            json!({"__typename": "InvalidInput", "message": message})
        );
    }
    shop.enter("a").await;
    let refused = shop.ask("a", BOOK, json!({"accept": false})).await;
    assert_eq!(
        refused["result"]["message"],
        "Please accept the terms to book."
    );
}

async fn the_same_request_again_books_nothing_more(shop: Shop) {
    shop.prepare("a", "10:30").await;
    let first = shop.book("a").await;
    assert_eq!(first["__typename"], "Booking");
    assert_eq!(shop.book("a").await, first);
    assert_eq!(shop.another().await.book("a").await, first);
    // At the same moment as well.
    shop.prepare("b", "11:00").await;
    let (one, other) = tokio::join!(shop.book("b"), shop.book("b"));
    assert_eq!((&one["number"], &one), (&json!(2), &other));
}

async fn another_request_after_the_booking_ends_the_session(shop: Shop) {
    shop.prepare("a", "10:30").await;
    shop.book("a").await;
    let variables = json!({"accept": true});
    let response = shop.respond("a", "another", BOOK, variables).await;
    let result = response.data.into_json().unwrap()["result"].take();
    assert_eq!(
        result,
        json!({
            "__typename": "SessionEnded",
            "message": "You have booked this appointment already. Its number is 1.",
            "number": 1,
        })
    );
    assert_eq!(
        shop.choose("a", "11:00").await["__typename"],
        "SessionEnded"
    );
    let offer = shop.ask("a", OFFER, json!({})).await;
    assert_eq!(offer["offer"]["number"], 1);
}

async fn of_a_crowd_one_gets_the_slot(shop: Shop) {
    let instances = [Arc::new(shop.another().await), Arc::new(shop)];
    for number in 0..CROWD {
        instances[number % 2]
            .prepare(&format!("customer {number}"), "10:30")
            .await;
    }
    let tasks: Vec<_> = (0..CROWD)
        .map(|number| {
            let shop = Arc::clone(&instances[number % 2]);
            tokio::spawn(async move { shop.book(&format!("customer {number}")).await })
        })
        .collect();
    let mut outcomes: Vec<Value> = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap()["__typename"].take());
    }
    let count = |name: &str| outcomes.iter().filter(|outcome| *outcome == name).count();
    assert_eq!((count("Booking"), count("SlotTaken")), (1, CROWD - 1));
}

async fn a_slot_that_was_lost_is_replaced_without_asking_who_comes_again(shop: Shop) {
    shop.prepare("slow", "10:30").await;
    shop.prepare("fast", "10:30").await;
    shop.book("fast").await;
    let lost = shop.book("slow").await;
    assert_eq!(lost["__typename"], "SlotTaken");
    assert!(!is_free(&lost, "10:30") && is_free(&lost, "11:00"));
    let mut choice = slot("10:30");
    choice["keep"] = true.into();
    let again = shop.ask("slow", CHOOSE, choice.clone()).await;
    assert_eq!(again["result"]["__typename"], "SlotTaken");
    choice["time"] = "11:00".into();
    let enquiry = shop.ask("slow", CHOOSE, choice).await;
    assert_eq!(
        enquiry["result"]["contactSummary"],
        "Name: Zoë Ademola\nEmail: zoe@example.com"
    );
    assert_eq!(shop.book("slow").await["appointment"]["time"], "11:00");
}

async fn a_new_choice_forgets_who_comes(shop: Shop) {
    shop.prepare("a", "10:30").await;
    shop.choose("a", "11:00").await;
    assert_eq!(shop.book("a").await["__typename"], "SlotMissing");
    let mut choice = slot("11:00");
    choice["keep"] = true.into();
    let asked = shop.ask("a", CHOOSE, choice).await;
    assert_eq!(asked["result"]["__typename"], "ContactMissing");
}

async fn steps_left_out_are_told(shop: Shop) {
    let missing = shop.enter("a").await;
    assert_eq!(missing["__typename"], "SlotMissing");
    assert_eq!(missing["canChooseLocation"], false);
    assert_eq!(shop.book("a").await["__typename"], "SlotMissing");
}

async fn tables_are_made_once(shop: Shop) {
    shop.prepare("a", "10:30").await;
    let first = shop.book("a").await;
    for _ in 0..2 {
        let again = shop.another().await;
        assert_eq!(again.store.departments().await.unwrap().len(), 5);
        assert_eq!(again.book("a").await, first);
    }
}

async fn numbers_have_no_gaps(shop: Shop) {
    for (number, time) in (1..).zip(["09:00", "09:30", "10:00"]) {
        let (winner, loser) = (format!("winner {number}"), format!("loser {number}"));
        shop.prepare(&winner, time).await;
        shop.prepare(&loser, time).await;
        assert_eq!(shop.book(&winner).await["number"], number);
        assert_eq!(shop.book(&loser).await["__typename"], "SlotTaken");
    }
}

async fn texts_of_sql_are_texts(shop: Shop) {
    for text in [
        "x' OR '1'='1",
        "'; DROP TABLE booking; --",
        "$1",
        "?",
        "\0",
        "\\",
    ] {
        let choice = json!({"department": text, "location": text});
        let offer = shop.ask("a", OFFER, choice.clone()).await;
        assert_eq!(offer["offer"]["canChooseLocation"], false, "{text}");
        let result = shop.ask("a", CHOOSE, choice).await;
        assert_eq!(result["result"]["__typename"], "InvalidInput", "{text}");
    }
    shop.choose("a", "10:30").await;
    let mut entered = contact();
    entered["name"] = "Robert'); DROP TABLE booking; --".into();
    shop.ask("a", ENTER, entered).await;
    assert_eq!(shop.book("a").await["number"], 1);
}

/// Each instance has connections of its own, which work side by side.
async fn instances_make_the_tables_together(database: Database) {
    let starts = (0..8).map(|_| Shop::over(database.clone(), None));
    for (number, shop) in join_all(starts).await.into_iter().enumerate() {
        assert_eq!(shop.store.departments().await.unwrap().len(), 5);
        let token = format!("customer {number}");
        shop.choose(&token, "10:30").await;
    }
}

#[tokio::test]
async fn instances_that_start_at_once_make_the_tables_of_postgres() {
    instances_make_the_tables_together(new_postgres_database()).await;
}

#[tokio::test]
async fn instances_that_start_at_once_make_the_tables_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::File(folder.path().join("shared.sqlite"));
    instances_make_the_tables_together(database).await;
}

#[tokio::test]
async fn a_broken_database_is_told_without_its_words() {
    let shop = Shop::sqlite().await;
    shop.prepare("a", "10:30").await;
    let Database::File(path) = &shop.database else {
        panic!("a file");
    };
    let pool =
        sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path));
    let pool = pool.await.unwrap();
    for table in ["booking", "enquiry"] {
        let drop = sqlx::AssertSqlSafe(format!("DROP TABLE {table}"));
        sqlx::query(drop).execute(&pool).await.unwrap();
    }
    for (text, variables) in [
        (BOOK, json!({"accept": true})),
        (OFFER, json!({})),
        (CHOOSE, slot("10:30")),
    ] {
        let response = shop.respond("a", "request", text, variables).await;
        let errors: Vec<String> = response
            .errors
            .iter()
            .map(|error| error.message.clone())
            .collect();
        assert_eq!(errors, ["the database failed"]);
        let told = serde_json::to_string(&response).unwrap();
        assert!(
            !told.contains("table") && !told.contains("SELECT"),
            "{told}"
        );
    }
}

thread_local! {
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the statements that reach the database from each thread. Set for the
/// whole process: where it is set for one thread, it may miss what others have
/// logged before.
struct Statements;

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        STATEMENTS.set(STATEMENTS.get() + 1);
    }
}

/// With PostgreSQL, whose driver works on the thread of the request.
#[tokio::test]
async fn nested_fields_load_what_they_have_in_common_once() {
    tracing::subscriber::set_global_default(Statements).unwrap();
    let shop = Shop::postgres().await;
    let before = STATEMENTS.get();
    let text = "{ departments { name locations { name departments { name } } } }";
    let data = shop.ask("a", text, json!({})).await;
    let departments = data["departments"].as_array().unwrap();
    assert_eq!(departments.len(), 5);
    let beauty = &departments[4]["locations"][0]["departments"][1];
    assert_eq!(beauty["name"], "Beauty & Personal Care");
    // One for each level, not one for each department and location.
    assert_eq!(STATEMENTS.get() - before, 3);
}

#[tokio::test]
async fn production_tells_nothing_about_itself_and_has_limits() {
    let shop = Shop::sqlite().await;
    let deep = format!(
        "{{ departments {} {{ name }} {} }}",
        "{ locations { departments ".repeat(10),
        "} }".repeat(10)
    );
    let broad: String = (0..600)
        .map(|number| format!("a{number}: departments {{ id }} "))
        .collect();
    let broad = format!("{{ {broad} }}");
    for text in ["{ __schema { types { name } } }", &deep, &broad] {
        let response = shop.respond("a", "request", text, json!({})).await;
        let data = response.data.into_json().unwrap();
        assert!(
            !response.errors.is_empty() || data["__schema"].is_null(),
            "{data}"
        );
        assert!(!data.to_string().contains("Department"), "{data}");
    }
    let response = shop
        .respond("a", "request", "{ departmentz { id } }", json!({}))
        .await;
    assert!(response.errors.is_empty(), "no suggestion");
    let data = response.data.into_json().unwrap();
    assert_eq!(data, json!({"departmentz": null}));
}

#[test]
fn the_schema_is_the_reviewed_one() {
    let reviewed = include_str!("../../schema.graphql");
    assert_eq!(
        sdl(),
        reviewed,
        "review the change, then write it with `cargo run -p book-appointment -- --print-schema`"
    );
}
