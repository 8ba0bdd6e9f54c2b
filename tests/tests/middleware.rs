//! The middleware around actix services: typed handlers, plain JSON, scopes,
//! and what its table says of the replies of the inner service.
#![allow(
    clippy::unwrap_used,
    reason = "functions beside the tests fail by panic as well"
)]

use std::future::pending;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use flowgate_actix::{Flow, FlowError, FlowMiddleware, FlowReply};
use flowgate_protocol::{EndpointError, FlowResponse};
use flowgate_tests::http::{Connection, get};
use flowgate_tests::phone::{Phone, TEST_FLOW_TOKEN};
use flowgate_tests::server::TestServer;
use flowgate_tests::test_channel;
use serde_json::{Value, json};

/// Serves one resource behind the middleware at `/flow`.
fn serve<F, A>(handler: F) -> TestServer
where
    F: actix_web::Handler<A> + Send,
    A: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    serve_with(FlowMiddleware::new(test_channel()), handler)
}

fn serve_with<F, A>(middleware: FlowMiddleware, handler: F) -> TestServer
where
    F: actix_web::Handler<A> + Send,
    A: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    let metrics = middleware.metrics();
    // The middleware is made once and cloned, as an application does it.
    TestServer::start(move |config| {
        let metrics = metrics.clone();
        config
            .route(
                "/metrics",
                web::get().to(move || std::future::ready(metrics.render())),
            )
            .service(
                web::resource("/flow")
                    .wrap(middleware.clone())
                    .route(web::post().to(handler.clone())),
            );
    })
}

async fn typed(Flow(request): Flow) -> Result<FlowReply, FlowError> {
    match request.text("name") {
        None => Ok(FlowResponse::screen("WELCOME").with("hello", "世界").into()),
        Some("") => Ok(FlowResponse::stay("please say who you are").into()),
        Some("nobody") => Err(EndpointError::flow_token_invalid("ended").into()),
        Some("bug") => Err(EndpointError::internal("the database is down").into()),
        Some(name) => Ok(FlowResponse::complete().with("name", name).into()),
    }
}

#[test]
fn typed_handlers_take_requests_and_give_replies() {
    let server = serve(typed);
    let phone = Phone::of(&server);
    let reply = phone.init();
    let expected = json!({"screen": "WELCOME", "data": {"hello": "世界"}});
    assert_eq!((reply.status, reply.json), (200, expected));

    let reply = phone.submit("WELCOME", json!({"name": ""}));
    let data = json!({"error_message": "please say who you are"});
    assert_eq!(reply.json, json!({"screen": "WELCOME", "data": data}));

    let reply = phone.submit("WELCOME", json!({"name": "Zoë"}));
    let params = json!({"name": "Zoë", "flow_token": TEST_FLOW_TOKEN});
    let data = json!({"extension_message_response": {"params": params}});
    assert_eq!(reply.json, json!({"screen": "SUCCESS", "data": data}));
}

#[test]
fn errors_of_typed_handlers_keep_their_meaning() {
    let server = serve(typed);
    let phone = Phone::of(&server);
    let reply = phone.submit("WELCOME", json!({"name": "nobody"}));
    assert_eq!(
        (reply.status, reply.json),
        (427, json!({"error_msg": "ended"}))
    );
    let reply = phone.submit("WELCOME", json!({"name": "bug"}));
    assert_eq!((reply.status, reply.json), (500, Value::Null));
    phone.assert_alive();
}

/// Knows nothing of Flows: a service as one has it already.
async fn plain(request: HttpRequest, clear: web::Json<Value>) -> HttpResponse {
    let headers = request.headers();
    let length = headers.get("content-length").unwrap().to_str().unwrap();
    let data = json!({"clear": *clear, "length": length.parse::<usize>().unwrap()});
    HttpResponse::Ok().json(json!({"screen": "ECHO", "data": data}))
}

#[test]
fn a_plain_json_service_gets_the_clear_request() {
    let server = serve(plain);
    let reply = Phone::of(&server).submit("WELCOME", json!({"name": "Zoë 🌱", "n": 1.5}));
    let clear = json!({
        "version": "3.0",
        "action": "data_exchange",
        "screen": "WELCOME",
        "data": {"name": "Zoë 🌱", "n": 1.5},
        "flow_token": TEST_FLOW_TOKEN,
    });
    assert_eq!(reply.json["data"]["clear"], clear);
    assert_eq!(reply.json["data"]["length"], clear.to_string().len());
}

#[test]
fn the_inner_service_sees_neither_ping_nor_notification_nor_strangers() {
    let server = serve(async || -> HttpResponse { panic!("it was called") });
    let phone = Phone::of(&server);
    phone.assert_alive();
    let notification = json!({"error": "payload-schema-error", "error_message": "x"});
    let reply = phone.submit("WELCOME", notification);
    assert_eq!(reply.json, json!({"data": {"acknowledged": true}}));

    let mut request = phone.encrypt(br#"{"action":"INIT"}"#);
    request.signature.pop();
    let refused = Connection::open(server.address()).request(&phone.http(&request));
    assert_eq!((refused.status(), refused.body.len()), (432, 0));
    assert_eq!(get(server.address(), "/flow").status(), 405);
}

async fn in_a_scope(path: web::Path<(String, u32)>, Flow(request): Flow) -> FlowReply {
    let (shop, table) = path.into_inner();
    FlowResponse::screen("WELCOME")
        .with("shop", shop)
        .with("table", table)
        .with("version", request.version)
        .into()
}

#[test]
fn a_scope_behind_the_middleware_keeps_its_path_parameters() {
    let middleware = FlowMiddleware::new(test_channel());
    let server = TestServer::start(move |config| {
        config.service(
            web::scope("/shops/{shop}")
                .wrap(middleware.clone())
                .route("/tables/{table}", web::post().to(in_a_scope)),
        );
    });
    let phone = Phone::of(&server).path("/shops/chez-zo%C3%AB/tables/7");
    let expected = json!({"shop": "chez-zoë", "table": 7, "version": "3.0"});
    assert_eq!(phone.init().json["data"], expected);

    // What the scope does not know and what does not parse is 404 inside: no
    // handler answers this event.
    for path in ["/shops/x/elsewhere", "/shops/x/tables/seven"] {
        let reply = phone.clone().path(path).init();
        assert_eq!((reply.status, reply.json), (400, Value::Null), "{path}");
    }
}

/// Answers with the status that the request asks for.
async fn with_status(Flow(request): Flow) -> HttpResponse {
    let status = request.data["status"].as_u64().unwrap();
    let status = StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap();
    let mut response = HttpResponse::build(status);
    match request.data.get("body") {
        Some(body) => response.json(body),
        None => response.body("inner text that nobody may see"),
    }
}

#[test]
fn statuses_of_the_inner_service_mean_what_the_table_says() {
    let server = serve(with_status);
    let phone = Phone::of(&server);
    let send = |data: Value| {
        let reply = phone.submit("FORM", data);
        (reply.status, reply.json)
    };
    let (status, json) = send(json!({"status": 427, "body": {"error_msg": "ended"}}));
    assert_eq!((status, json), (427, json!({"error_msg": "ended"})));
    let (status, json) = send(json!({"status": 427}));
    assert_eq!(status, 427);
    assert!(
        json["error_msg"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );

    for inner in [400, 422] {
        let (status, json) = send(json!({"status": inner}));
        assert_eq!((status, &json["screen"]), (200, &json!("FORM")), "{inner}");
        let text = json["data"]["error_message"].as_str().unwrap();
        assert!(!text.contains("inner text"), "{text}");
    }
    assert_eq!(send(json!({"status": 404})), (400, Value::Null));
    for inner in [201, 204, 302, 401, 403, 405, 413, 421, 432, 500, 503] {
        let reply = send(json!({"status": inner}));
        assert_eq!(reply, (500, Value::Null), "{inner}");
    }
    for body in [
        json!({}),
        json!([]),
        json!({"screen": 1}),
        json!({"data": {}}),
    ] {
        let reply = send(json!({"status": 200, "body": body}));
        assert_eq!(reply, (500, Value::Null), "{body}");
    }
    assert_eq!(send(json!({"status": 200})), (500, Value::Null));
}

#[test]
fn arguments_that_do_not_fit_are_answered_on_the_screen() {
    #[derive(serde::Deserialize)]
    struct Clear {
        data: Form,
    }
    #[derive(serde::Deserialize)]
    struct Form {
        seats: u8,
    }
    let server = serve(async |clear: web::Json<Clear>| -> FlowReply {
        let seats = clear.data.seats;
        FlowResponse::screen("SUMMARY").with("seats", seats).into()
    });
    let phone = Phone::of(&server);
    let reply = phone.submit("FORM", json!({"seats": 3}));
    assert_eq!(reply.json["data"]["seats"], 3);
    let reply = phone.submit("FORM", json!({"seats": "many"}));
    assert_eq!((reply.status, &reply.json["screen"]), (200, &json!("FORM")));
    assert!(reply.json["data"]["error_message"].is_string());
}

#[test]
fn a_panic_inside_costs_one_reply() {
    let server = serve(async |Flow(request): Flow| -> FlowReply {
        assert!(request.data.is_empty(), "a handler that fails");
        FlowResponse::screen("WELCOME").into()
    });
    let phone = Phone::of(&server);
    for _ in 0..10 {
        let reply = phone.submit("FORM", json!({"x": 1}));
        assert_eq!((reply.status, reply.json), (500, Value::Null));
        assert_eq!(phone.init().status, 200);
    }
}

#[test]
fn a_service_that_outlives_the_deadline_is_answered_on_its_screen() {
    // Short for a test, and long for a busy machine to reach the service.
    let middleware = FlowMiddleware::new(test_channel()).deadline(Duration::from_secs(1));
    let server = serve_with(middleware, async || -> HttpResponse { pending().await });
    let phone = Phone::of(&server);
    let reply = phone.submit("FORM", json!({}));
    assert_eq!((reply.status, &reply.json["screen"]), (200, &json!("FORM")));
    assert!(reply.json["data"]["error_message"].is_string());
    let reply = phone.init();
    assert_eq!((reply.status, reply.json), (500, Value::Null));
    phone.assert_alive();
}

#[test]
fn limits_hold_behind_the_middleware() {
    let middleware = FlowMiddleware::new(test_channel()).body_limit_bytes(1024);
    let server = serve_with(middleware, typed);
    let head = b"POST /flow HTTP/1.1\r\nHost: test\r\nContent-Length: 1025\r\n\r\n";
    let mut connection = Connection::open(server.address());
    let reply = connection.request(head);
    assert_eq!((reply.status(), reply.body.len()), (413, 0));
    assert!(connection.is_closed());
    Phone::of(&server).assert_alive();
}

#[test]
fn screens_are_counted_by_name_only_if_they_are_listed() {
    let middleware = FlowMiddleware::new(test_channel()).screens(["WELCOME"]);
    let server = serve_with(middleware, typed);
    let phone = Phone::of(&server);
    phone.submit("WELCOME", json!({}));
    phone.submit("INVENTED", json!({}));
    let metrics = get(server.address(), "/metrics");
    let text = metrics.text();
    assert!(text.contains(r#"screen="WELCOME""#) && text.contains(r#"screen="other""#));
    assert!(!text.contains("INVENTED"), "{text}");
}

#[test]
fn a_typed_handler_without_the_middleware_answers_nothing() {
    let server = TestServer::start(|config| {
        config.route("/flow", web::post().to(typed));
    });
    let phone = Phone::of(&server);
    let request = phone.encrypt(br#"{"action":"INIT"}"#);
    let reply = Connection::open(server.address()).request(&phone.http(&request));
    assert_eq!((reply.status(), reply.body.len()), (500, 0));
}
