//! Tests endpoints whose operations run on a GraphQL server elsewhere.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::{EmptySubscription, Json as JsonScalar, Object, Request, Schema, SimpleObject};
use flowgate_graphql::{FlowDirectory, GraphqlEndpoint, RemoteSchema, SchemaSdl, check};
use flowgate_protocol::testing::{TestPhone, TestReply};
use flowgate_tests::server::TestServer;
use serde_json::{Value, json};

const FLOW: &str = r#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": []}, "screens": [
    {"id": "START", "title": "Start", "terminal": true, "data": {"text": {"type": "string", "__example__": ""}},
     "layout": {"type": "SingleColumnLayout", "children": [
        {"type": "TextInput", "name": "amount", "label": "Amount"},
        {"type": "Footer", "label": "Pay", "on-click-action":
            {"name": "data_exchange", "payload": {"amount": "${form.amount}"}}}]}}]}"#;

const DOCUMENT: &str = r#"
query Open @flow(on: INIT) @screen(id: "START") { ...Texts }
fragment Texts on Query { text: greeting(to: "you") }
mutation Pay($amount: Int!) @flow(on: DATA_EXCHANGE, from: "START") {
  pay(amount: $amount) @complete { receipt }
}"#;

const SCHEMA: &str =
    "type Query { greeting(to: String): String! } type Mutation { pay(amount: Int!): Paid! }
    type Paid { receipt: String! }";

const UNAVAILABLE: &str = "Something went wrong on our side. Please try again.";

fn directory() -> FlowDirectory {
    FlowDirectory::from_sources(("flow.json", FLOW), [("pay.graphql", DOCUMENT)])
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}

/// Serves `POST /graphql` with a function of the request.
fn serve<F, R>(answer: F) -> TestServer
where
    F: Fn(HttpRequest, web::Bytes) -> R + Clone + Send + 'static,
    R: Future<Output = HttpResponse> + 'static,
{
    TestServer::start(move |config| {
        config.route("/graphql", web::post().to(answer.clone()));
    })
}

fn endpoint(server: &TestServer) -> GraphqlEndpoint<RemoteSchema> {
    let remote = RemoteSchema::builder(server.url("/graphql"))
        .header("authorization", "Bearer of-a-test")
        .max_reply_bytes(10_000)
        .build()
        .unwrap();
    GraphqlEndpoint::builder(
        directory(),
        SchemaSdl::new("schema.graphql", SCHEMA),
        remote,
    )
    .build()
    .unwrap()
}

fn pay(server: &TestServer) -> TestReply {
    block_on(TestPhone::new(endpoint(server)).submit("START", json!({"amount": "12"})))
}

#[test]
fn operations_run_elsewhere_with_headers_and_context() {
    let (sent, was_sent) = mpsc::channel();
    let sent = Arc::new(Mutex::new(sent));
    let server = serve(move |request: HttpRequest, body: web::Bytes| {
        let header = |name: &str| {
            let value = request.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        let body: Value = serde_json::from_slice(&body).unwrap();
        let headers = (header("authorization"), header("idempotency-key"));
        sent.lock().unwrap().send((headers, body)).unwrap();
        let reply = json!({"data": {"pay": {"receipt": "r-1"}}});
        std::future::ready(HttpResponse::Ok().json(reply))
    });
    let reply = pay(&server);
    assert_eq!(reply.completion()["receipt"], "r-1");

    let ((authorization, key), body) = was_sent.recv().unwrap();
    assert_eq!(authorization.unwrap(), "Bearer of-a-test");
    let key = key.unwrap();
    let expected = json!({
        "query": "mutation Pay($amount: Int!) { pay(amount: $amount) { receipt } }",
        "operationName": "Pay",
        "variables": {"amount": 12},
        "extensions": {"flowgate": {
            "event": "DATA_EXCHANGE", "screen": "START", "flow_token": "test-flow-token",
            "idempotency_key": key,
        }},
    });
    assert_eq!(body, expected);
}

/// The error that the endpoint hands to the adapter, as logs show it.
fn logged(server: &TestServer) -> String {
    use flowgate_protocol::{Action, Endpoint, FlowRequest};
    let mut request = FlowRequest::new(Action::DataExchange);
    request.screen = Some("START".into());
    request.data.insert("amount".to_owned(), 12.into());
    let error = block_on(endpoint(server).answer(request)).unwrap_err();
    assert_eq!(error.name(), "unavailable");
    std::error::Error::source(&error).unwrap().to_string()
}

#[test]
fn what_goes_wrong_on_the_way_is_answered_on_the_screen_and_named_in_the_log() {
    /// What a server answers, and how it is named.
    type Case = (fn() -> HttpResponse, &'static str);
    let cases: [Case; 6] = [
        (|| HttpResponse::Ok().body("<html>"), "REMOTE_NOT_GRAPHQL"),
        (
            || HttpResponse::Ok().json(json!({"data": null})),
            "REMOTE_NOT_GRAPHQL",
        ),
        (
            || HttpResponse::Ok().body("x".repeat(10_001)),
            "REMOTE_TOO_LARGE",
        ),
        (
            || HttpResponse::ServiceUnavailable().finish(),
            "REMOTE_STATUS_503",
        ),
        (
            || {
                HttpResponse::Found()
                    .insert_header(("location", "/elsewhere"))
                    .finish()
            },
            "REMOTE_STATUS_302",
        ),
        (
            || {
                let error = json!({"message": "SELECT", "path": ["pay", 0], "locations": null,
                    "extensions": {"code": "INTERNAL_SERVER_ERROR"}});
                HttpResponse::InternalServerError().json(json!({"errors": [error]}))
            },
            "at `pay.0` with code `INTERNAL_SERVER_ERROR`",
        ),
    ];
    for (answer, code) in cases {
        let server = serve(move |_, _| std::future::ready(answer()));
        let reply = pay(&server);
        assert_eq!((reply.status, reply.screen()), (200, "START"), "{code}");
        assert_eq!(reply.message(), UNAVAILABLE, "{code}");
        let logged = logged(&server);
        assert!(logged.starts_with("operation `Pay` failed"), "{logged}");
        assert!(logged.contains(code), "{logged}");
    }
    let stopped = serve(|_, _| std::future::ready(HttpResponse::Ok().finish()));
    let endpoint = endpoint(&stopped);
    drop(stopped);
    let reply = block_on(TestPhone::new(endpoint).submit("START", json!({"amount": 1})));
    assert_eq!(reply.message(), UNAVAILABLE);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let server = serve(|_, _| std::future::pending());
    let remote = RemoteSchema::builder(server.url("/graphql"))
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let error = block_on(remote.fetch_sdl()).unwrap_err();
    assert!(error.to_string().contains("REMOTE_TIMEOUT"), "{error}");
}

#[test]
fn values_that_the_server_refuses_are_answered_as_such() {
    for error in [
        json!({"message": "no", "extensions": {"code": "BAD_USER_INPUT"}}),
        json!({"message": "Variable \"$amount\" got invalid value 12; too much"}),
    ] {
        let server = serve(move |_, _| {
            std::future::ready(HttpResponse::BadRequest().json(json!({"errors": [error]})))
        });
        let message = "Please check what you have entered and try again.";
        assert_eq!(pay(&server).message(), message);
    }
}

struct Query;

#[Object]
impl Query {
    async fn greeting(&self, #[graphql(default = "a\"b")] to: String) -> String {
        format!("Hello {to}")
    }

    async fn nested(&self, ids: Vec<Vec<i32>>) -> Option<Vec<Option<Vec<Paid>>>> {
        let _ = ids;
        None
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn pay(&self, amount: i32) -> Paid {
        Paid {
            receipt: format!("for {amount}"),
            raw: JsonScalar(json!({})),
        }
    }
}

#[derive(SimpleObject)]
struct Paid {
    receipt: String,
    raw: JsonScalar<Value>,
}

#[test]
fn the_server_describes_its_schema() {
    let schema = Schema::build(Query, Mutation, EmptySubscription).finish();
    let local = schema.clone();
    let server = serve(move |_, body: web::Bytes| {
        let schema = schema.clone();
        async move {
            let request: Request = serde_json::from_slice(&body).unwrap();
            HttpResponse::Ok().json(schema.execute(request).await)
        }
    });
    let remote = RemoteSchema::builder(server.url("/graphql"))
        .build()
        .unwrap();
    let fetched = block_on(remote.fetch_sdl()).unwrap();
    for schema in [&fetched, &SchemaSdl::from(local.sdl())] {
        for file in check(&directory(), schema) {
            assert!(file.diagnostics.is_empty(), "{:#?}", file.diagnostics);
        }
    }
    let (_, text) = fetched.source();
    for part in [
        r#"greeting(to: String! = "a\"b"): String!"#,
        "nested(ids: [[Int!]!]!): [[Paid!]]",
        "scalar JSON",
    ] {
        assert!(text.contains(part), "{text}");
    }

    let remote = GraphqlEndpoint::builder(directory(), fetched, remote)
        .build()
        .unwrap();
    let phone = TestPhone::new(remote);
    assert_eq!(block_on(phone.init()).data(), &json!({"text": "Hello you"}));
}

#[test]
fn secrets_are_not_shown() {
    let builder = RemoteSchema::builder("https://user:hush@example.com/graphql?key=hush")
        .header("x-key", "hush");
    assert!(!format!("{builder:?}").contains("hush"));
    let schema = builder.build().unwrap();
    assert!(!format!("{schema:?}").contains("hush"));
    for (url, name, value) in [
        ("ftp://user:hush@example.com", "x-key", "hush"),
        ("hush", "x-key", "hush"),
        ("https://example.com", "x-key", "hush\n"),
        ("https://example.com", "x key", "hush"),
    ] {
        let error = RemoteSchema::builder(url)
            .header(name, value)
            .build()
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
    }
}
