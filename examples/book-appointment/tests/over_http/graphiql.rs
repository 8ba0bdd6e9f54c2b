//! `/graphql`: there for developers, and for nobody else.

use flowgate_tests::http::{Connection, HttpReply, get, post};
use serde_json::{Value, json};

use crate::program::Program;

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn ask(program: &Program, headers: &[(&str, &str)], query: &str) -> HttpReply {
    let body = json!({"query": query}).to_string();
    let request = post("/graphql", headers, body.as_bytes());
    // The requests of these tests name the host `test`.
    let request = String::from_utf8(request).unwrap();
    let request = request.replace("Host: test", &format!("Host: {}", program.address));
    Connection::open(program.address).request(request.as_bytes())
}

fn data(reply: &HttpReply) -> Value {
    let json: Value = serde_json::from_str(reply.text()).unwrap();
    assert_eq!(json["errors"], Value::Null);
    json["data"].clone()
}

#[test]
fn developers_ask_the_schema_on_loopback() {
    let program = Program::in_development();
    let announced = format!("GET  http://{}/graphql is GraphiQL", program.address);
    assert!(
        program.lines[1].starts_with(&announced),
        "{:?}",
        program.lines
    );

    let types = ask(&program, &[JSON], "{ __schema { queryType { name } } }");
    assert_eq!(data(&types)["__schema"]["queryType"]["name"], "Query");
    let query = "{ departments { name locations { name } } }";
    let departments = data(&ask(&program, &[JSON], query));
    assert_eq!(
        departments["departments"][4]["locations"][0]["name"],
        "Covent Garden, London"
    );
    // As a customer of one's choice.
    let book = "mutation { book(acceptTerms: true) { ... on SlotMissing { message } } }";
    let booked = ask(&program, &[JSON, ("flow-token", "somebody")], book);
    assert_eq!(
        data(&booked)["book"]["message"],
        "Please choose a time first."
    );

    let request = format!(
        "GET /graphql HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
        program.address.port()
    );
    let page = Connection::open(program.address).request(request.as_bytes());
    assert_eq!(
        (page.status(), page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.text().contains("GraphiQL"));
}

#[test]
fn pages_from_elsewhere_cannot_ask_it() {
    let program = Program::in_development();
    let query = "{ departments { name } }";
    // What a page may send to another host without asking first.
    let plain = ask(&program, &[("Content-Type", "text/plain")], query);
    assert!(plain.status() >= 400, "{}", plain.status_line);
    // A name of its own that it has pointed at this machine.
    assert_eq!(get(program.address, "/graphql").status(), 404);
}

#[test]
fn production_has_none() {
    let program = Program::with_test_key();
    let reply = ask(&program, &[JSON], "{ departments { name } }");
    assert_eq!(reply.status(), 404);
}
