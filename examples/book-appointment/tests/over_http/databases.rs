//! Many phones at once, over both databases.

use std::sync::Barrier;
use std::thread;

use flowgate_tests::phone::Phone;
use flowgate_tests::postgres::Postgres;
use serde_json::{Value, json};

use crate::program::Program;

/// How many book at the same moment.
const CROWD: usize = 200;

/// Chooses the first free time of a department and enters details; returns the
/// slot.
fn prepare(phone: &Phone) -> Value {
    let mut choice = json!({"department": "beauty", "location": "covent_garden"});
    let first_id = |list: &str, choice: &Value| {
        let reply = phone.submit("APPOINTMENT", choice.clone()).json;
        let list = reply["data"][list].as_array().unwrap().clone();
        let free = list.into_iter().find(|item| item["enabled"] != false);
        free.unwrap()["id"].clone()
    };
    choice["trigger"] = "location_selected".into();
    choice["date"] = first_id("date", &choice);
    choice["trigger"] = "date_selected".into();
    choice["time"] = first_id("time", &choice);
    choice.as_object_mut().unwrap().remove("trigger");
    let details = phone.submit("APPOINTMENT", choice.clone());
    assert_eq!(details.json["screen"], "DETAILS");
    let contact =
        json!({"name": "Zoë", "email": "zoe@example.com", "phone": "", "more_details": ""});
    assert_eq!(phone.submit("DETAILS", contact).json["screen"], "SUMMARY");
    choice
}

fn book(phone: &Phone) -> Value {
    let reply = phone.submit("SUMMARY", json!({"accepted": true}));
    assert_eq!(reply.status, 200);
    reply.json
}

fn completion(reply: &Value) -> &Value {
    &reply["data"]["extension_message_response"]["params"]
}

#[track_caller]
fn one_of_the_crowd_gets_the_slot(instances: &[Program]) {
    let phones: Vec<Phone> = (0..CROWD)
        .map(|number| instances[number % instances.len()].phone(&format!("phone-{number}")))
        .collect();
    for phone in &phones {
        prepare(phone);
    }
    let start = Barrier::new(CROWD);
    let replies: Vec<Value> = thread::scope(|scope| {
        let start = &start;
        let threads: Vec<_> = phones
            .iter()
            .map(|phone| {
                scope.spawn(move || {
                    start.wait();
                    book(phone)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let (won, lost): (Vec<&Value>, Vec<&Value>) = replies
        .iter()
        .partition(|reply| completion(reply)["booking_id"].is_i64());
    assert_eq!((won.len(), lost.len()), (1, CROWD - 1));
    for reply in lost {
        assert_eq!(reply["screen"], "APPOINTMENT");
        let message = reply["data"]["error_message"].as_str().unwrap();
        assert!(message.contains("taken"), "{message}");
    }
}

#[test]
fn one_of_the_crowd_gets_the_slot_from_sqlite() {
    one_of_the_crowd_gets_the_slot(&[Program::with_test_key()]);
}

#[test]
fn one_of_the_crowd_gets_the_slot_from_postgres_and_two_servers() {
    let database = Postgres::shared().new_database();
    let instances = [(); 2].map(|()| Program::with_database(&database));
    one_of_the_crowd_gets_the_slot(&instances);
}

#[test]
fn another_server_answers_the_same_submission_the_same() {
    let database = Postgres::shared().new_database();
    let first = Program::with_database(&database);
    prepare(&first.phone("a"));
    let booked = book(&first.phone("a"));
    assert!(completion(&booked)["booking_id"].is_i64());
    drop(first);
    let second = Program::with_database(&database);
    assert_eq!(book(&second.phone("a")), booked);
    assert_eq!(second.phone("a").init().status, 427);
}

#[test]
fn a_database_that_goes_away_is_told_on_the_screen() {
    let server = Postgres::start();
    let program = Program::with_database(&server.new_database());
    let phone = program.phone("a");
    prepare(&phone);
    drop(server);
    let reply = book(&phone);
    assert_eq!(reply["screen"], "SUMMARY");
    let message = reply["data"]["error_message"].as_str().unwrap();
    assert!(
        !message.is_empty() && !message.contains("database"),
        "{message}"
    );
    phone.assert_alive();
    let log = program.stop().stderr;
    assert!(log.contains("the database failed"), "{log}");
    assert!(!log.contains("zoe@example.com"), "{log}");
}

#[test]
fn a_path_a_url_of_sqlite_and_a_wrong_url_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Päth with spaces/a.sqlite");
    drop(Program::with_database(path.to_str().unwrap()));
    assert!(path.is_file());
    let url = format!(
        "sqlite:{}?mode=rwc",
        folder.path().join("b.sqlite").display()
    );
    drop(Program::with_database(&url));
    assert!(folder.path().join("b.sqlite").is_file());

    let socket = folder.path().display();
    let nobody = format!("postgres://user:pass-word@localhost/none?host={socket}");
    let mut program = crate::program::program_with_test_key(folder.path());
    let ended = program.env("FLOWGATE_DATABASE", nobody).output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(stderr.contains("database"), "{stderr}");
    assert!(!stderr.contains("pass-word"), "{stderr}");
}
