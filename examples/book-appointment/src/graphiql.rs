//! `/graphql` with GraphiQL for developers: the schema without the Flow.
//!
//! The header `flow-token` says as which customer it is asked. The page is that
//! of async-graphql, which lets the browser fetch GraphiQL itself from a public
//! network of scripts.

use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::header::{ContentType, HOST};
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::http::GraphiQLSource;
use async_graphql::{Request, Response};
use sha2::{Digest, Sha256};

use crate::customer::{Customer, Session, hexadecimal};
use crate::schema::{Schema, add_session};
use crate::store::Store;

/// Where GraphiQL is.
pub const PATH: &str = "/graphql";

const TOKEN_HEADER: &str = "flow-token";

/// The customer of those who name none.
const DEVELOPER: &str = "graphiql";

/// Registers page and schema.
///
/// **Security:** whoever reaches it can read and book everything; listen on
/// loopback.
pub fn configure(config: &mut ServiceConfig, schema: &Schema, store: &Store) {
    config.service(
        web::resource(PATH)
            // A page from elsewhere whose name was pointed at this machine
            // sends that name.
            .guard(fn_guard(names_this_machine))
            .app_data(Data::new(schema.clone()))
            .app_data(Data::new(store.clone()))
            .get(page)
            .post(run),
    );
}

async fn page() -> HttpResponse {
    let page = GraphiQLSource::build()
        .endpoint(PATH)
        .header(TOKEN_HEADER, DEVELOPER)
        .finish();
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(page)
}

/// Takes `application/json` alone, which pages from elsewhere may not send.
async fn run(
    schema: Data<Schema>,
    store: Data<Store>,
    http: HttpRequest,
    request: Json<Request>,
) -> Json<Response> {
    let mut request = request.into_inner();
    let token = http.headers().get(TOKEN_HEADER);
    let token = token
        .and_then(|token| token.to_str().ok())
        .unwrap_or(DEVELOPER);
    let same = format!(
        "{:?} {} {:?}",
        request.operation_name, request.query, request.variables
    );
    let session = Session {
        customer: Customer::of_token(token),
        request: hexadecimal(&Sha256::digest(format!("{token} {same}"))),
    };
    add_session(&mut request.data, &store, session);
    Json(schema.execute(request).await)
}

fn names_this_machine(context: &GuardContext<'_>) -> bool {
    let host = context.head().headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["127.0.0.1", "localhost", "[::1]"].contains(&name)
}
