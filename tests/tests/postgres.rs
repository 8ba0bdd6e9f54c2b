//! The PostgreSQL server of the tests: databases of their own, and nothing left.

#![cfg(unix)]

use std::path::PathBuf;

use flowgate_tests::postgres::Postgres;

#[test]
fn a_server_gives_a_database_to_each_and_leaves_nothing_behind() {
    let server = Postgres::start();
    let first = server.new_database();
    let second = server.new_database();
    assert_ne!(first, second);
    let folder = PathBuf::from(first.split_once("?host=").unwrap().1);
    assert!(folder.join("data/PG_VERSION").is_file());
    drop(server);
    assert!(!folder.exists());
}
