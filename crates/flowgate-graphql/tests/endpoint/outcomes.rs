//! Events run their operations, and results become what the documents say.

use flowgate_graphql::{FlowDirectory, GraphqlEndpoint};
use flowgate_protocol::testing::{TestPhone, TestReply};
use futures_executor::block_on;
use serde_json::{Value, json};

use crate::{INVALID, UNAVAILABLE, business};

fn phone() -> TestPhone<GraphqlEndpoint<business::Business>> {
    TestPhone::new(business::builder().build().unwrap())
}

fn book(name: &str) -> TestReply {
    block_on(phone().submit("CONFIRM", json!({"name": name})))
}

#[test]
fn opening_going_back_and_choosing_run_one_query() {
    let phone = phone();
    let item = |id: &str, day: &str| json!({"id": id, "title": format!("{day} 10:30"), "enabled": id == "a"});

    let reply = block_on(phone.init());
    assert_eq!((reply.status, reply.screen()), (200, "SLOTS"));
    let expected = json!({
        "slots": [item("a", "any day"), item("b", "any day")],
        "hint": "INIT  nobody",
    });
    assert_eq!(reply.data(), &expected);

    let reply = block_on(phone.back("CONFIRM"));
    assert_eq!(reply.screen(), "SLOTS");
    assert_eq!(reply.data()["hint"], "BACK CONFIRM nobody");

    let chosen = json!({"trigger": "day_selected", "day": "11-23", "part": "EVENING"});
    let reply = block_on(phone.submit("SLOTS", chosen));
    assert_eq!(reply.data()["slots"][0]["title"], "11-23 20:30");
    assert_eq!(reply.data()["hint"], "DATA_EXCHANGE SLOTS nobody");
}

#[test]
fn what_has_no_condition_takes_what_the_others_leave() {
    let phone = phone();
    for (data, expected) in [
        (json!({"slot": "10:30", "seats": "2"}), "2 at 10:30"),
        (json!({"slot": "10:30", "seats": ""}), "1 at 10:30"),
        (json!({"slot": "10:30", "trigger": "other"}), "1 at 10:30"),
    ] {
        let reply = block_on(phone.submit("SLOTS", data));
        assert_eq!(reply.screen(), "CONFIRM");
        assert_eq!(reply.data(), &json!({"summary": expected}));
    }
}

#[test]
fn the_type_of_a_result_decides() {
    let reply = book("Zoë");
    let params = reply.completion();
    assert_eq!(reply.screen(), "SUCCESS");
    assert_eq!(
        (&params["booking_id"], &params["note"]),
        (&json!(7), &Value::Null)
    );
    assert_eq!(params["flow_token"], "test-flow-token");
    assert_eq!(params["key"].as_str().map(str::len), Some(64));
    assert!(!params.as_object().unwrap().contains_key("note"));
    assert!(
        !reply.json.to_string().contains("typename"),
        "{}",
        reply.json
    );

    let reply = book("taken");
    assert_eq!(reply.screen(), "SLOTS");
    assert_eq!(reply.message(), "taken, really?");
    assert_eq!(reply.data()["slots"], json!([]));

    for name in ["short", "odd"] {
        let reply = book(name);
        assert_eq!((reply.status, reply.screen()), (200, "CONFIRM"));
        assert_eq!(
            reply.data(),
            &json!({"error_message": format!("{name}, really?")})
        );
    }

    let reply = book("ended");
    assert_eq!((reply.status, reply.message()), (427, "ended, really?"));
}

#[test]
fn the_same_submission_has_the_same_key_and_another_has_not() {
    let phone = phone();
    let key = |data: Value| block_on(phone.submit("CONFIRM", data)).completion()["key"].clone();
    let first = key(json!({"name": "Zoë", "x": 1}));
    assert_eq!(first, key(json!({"name": "Zoë", "x": 1})));
    assert_ne!(first, key(json!({"name": "Zoë", "x": 2})));
}

#[test]
fn errors_are_answered_by_their_code() {
    let reply = book("message");
    assert_eq!((reply.status, reply.screen()), (200, "CONFIRM"));
    assert_eq!(reply.message(), "message, really?");

    let reply = book("expired");
    assert_eq!((reply.status, reply.message()), (427, "expired, really?"));

    let reply = block_on(phone().submit("SLOTS", json!({"slot": "missing"})));
    assert_eq!((reply.screen(), reply.message()), ("SLOTS", INVALID));

    for name in ["broken", "fails"] {
        let reply = book(name);
        assert_eq!((reply.status, reply.screen()), (200, "CONFIRM"));
        assert_eq!(reply.data(), &json!({"error_message": UNAVAILABLE}));
    }
}

#[test]
fn values_that_a_schema_refuses_are_answered_on_the_screen() {
    let phone = phone();
    for data in [
        // A scalar that does not parse.
        json!({"trigger": "day_selected", "day": "someday"}),
        json!({"trigger": "day_selected", "day": 7}),
        // A validator.
        json!({"slot": "10:30", "seats": "-1"}),
        // Larger than the resolver's type.
        json!({"slot": "10:30", "seats": "3000000000"}),
    ] {
        let reply = block_on(phone.submit("SLOTS", data.clone()));
        assert_eq!((reply.status, reply.screen()), (200, "SLOTS"), "{data}");
        assert_eq!(reply.message(), INVALID, "{data}");
    }
}

#[test]
fn what_the_application_adds_reaches_resolvers() {
    let endpoint = business::builder()
        .request_data(|request, data| {
            let token = request.flow_token.as_ref().unwrap().expose_secret();
            data.insert(business::Tenant(format!("tenant of {token}")));
        })
        .build()
        .unwrap();
    let reply = block_on(TestPhone::new(endpoint).init());
    assert_eq!(reply.data()["hint"], "INIT  tenant of test-flow-token");
}

#[test]
fn what_is_sent_for_nothing_is_counted() {
    let endpoint = business::builder().build().unwrap();
    let counters = endpoint.counters();
    let phone = TestPhone::new(endpoint);
    block_on(async {
        phone
            .submit("SLOTS", json!({"slot": "a", "flow_token": "x", "more": {}}))
            .await;
        phone.submit("SLOTS", json!({"slot": ["a", "b"]})).await;
        phone.submit("CONFIRM", json!({"name": "fails"})).await;
    });
    let counts = counters.counts();
    assert_eq!((counts.ignored_values, counts.misfits), (2, 1));
    assert_eq!((counts.schema_errors, counts.violations), (1, 0));
}

#[test]
fn events_that_nothing_is_bound_to_are_refused() {
    let phone = phone();
    for reply in [
        block_on(phone.back("SLOTS")),
        block_on(phone.submit("ELSEWHERE", json!({}))),
    ] {
        assert_eq!((reply.status, reply.json), (400, Value::Null));
    }
}

#[test]
fn a_flow_that_does_not_fit_its_schema_does_not_start() {
    let schema = business::schema();
    let document = include_str!("../book/exchange.graphql").replace("hint\n", "hunt\n");
    let directory = FlowDirectory::from_sources(
        ("flow.json", include_str!("../book/flow.json")),
        [
            ("exchange.graphql", document.as_str()),
            ("book.graphql", include_str!("../book/book.graphql")),
        ],
    );
    let error = GraphqlEndpoint::builder(directory, schema.sdl(), schema)
        .build()
        .unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("--> exchange.graphql:9:3\n"), "{text}");
    assert!(text.contains("help: did you mean `hint`?"), "{text}");
}

#[test]
fn warnings_keep_an_endpoint_from_being_built_only_where_they_are_denied() {
    let builder = || {
        let schema = business::schema();
        let flow = include_str!("../book/flow.json");
        let flow = flow.replace("\"terminal\": true", "\"terminal\": false");
        let directory = FlowDirectory::from_sources(
            ("flow.json", flow.as_str()),
            [
                ("exchange.graphql", include_str!("../book/exchange.graphql")),
                ("book.graphql", include_str!("../book/book.graphql")),
            ],
        );
        GraphqlEndpoint::builder(directory, schema.sdl(), schema)
    };
    assert!(builder().build().is_ok());
    let text = builder().deny_warnings().build().unwrap_err().to_string();
    assert!(text.contains("warning["), "{text}");
}

#[test]
fn something_can_stand_for_null() {
    let schema = business::schema();
    let document = include_str!("../book/exchange.graphql")
        .replace("title: time", "title: note @default(value: \"no note\")");
    let directory = FlowDirectory::from_sources(
        ("flow.json", include_str!("../book/flow.json")),
        [
            ("exchange.graphql", document.as_str()),
            ("book.graphql", include_str!("../book/book.graphql")),
        ],
    );
    let endpoint = GraphqlEndpoint::builder(directory, schema.sdl(), schema);
    let reply = block_on(TestPhone::new(endpoint.build().unwrap()).init());
    let item = json!({"id": "a", "title": "no note", "enabled": true});
    assert_eq!(reply.data()["slots"][0], item);
}
