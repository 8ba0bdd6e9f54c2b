//! Between actix-web and the APIs: reads the call, writes the reply, and does
//! to it what a fault says.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use crate::http::{ApiReply, ApiRequest, Served};
use crate::{Api, Disturbance, Platform};

/// A key is half a kilobyte.
const MAX_BODY_BYTES: usize = 256 * 1024;

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Error</title></head>\
                    <body><h1>Sorry, something went wrong.</h1></body></html>\n";

/// Serves every path of an API.
pub(super) async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
    platform: web::Data<Platform>,
) -> HttpResponse {
    let body = match payload.to_bytes_limited(MAX_BODY_BYTES).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return HttpResponse::BadRequest().finish(),
        Err(_) => return HttpResponse::PayloadTooLarge().finish(),
    };
    let connection = request.connection_info().clone();
    let header = |headers: &HeaderMap, name| {
        headers
            .get(name)
            .and_then(|value: &actix_web::http::header::HeaderValue| value.to_str().ok())
            .map(str::to_owned)
    };
    let call = ApiRequest {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        authorization: header(request.headers(), AUTHORIZATION),
        content_type: header(request.headers(), CONTENT_TYPE),
        base: format!("{}://{}", connection.scheme(), connection.host()),
        body,
    };
    let Served { reply, disturbance } = platform.serve(**api, &call);
    match disturbance {
        None | Some(Disturbance::Error { .. }) => write(reply),
        Some(Disturbance::Slow { milliseconds }) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            write(reply)
        }
        Some(Disturbance::Hang) => std::future::pending().await,
        Some(Disturbance::TruncatedJson) => {
            let mut text = Bytes::from(reply.body.to_string());
            let half = text.split_to(text.len() / 2);
            head(&reply).body(half)
        }
        Some(Disturbance::HtmlPage { status }) => HttpResponse::build(status_code(status))
            .content_type("text/html; charset=utf-8")
            .body(HTML),
        Some(Disturbance::EmptyReply { status }) => {
            HttpResponse::build(status_code(status)).finish()
        }
        Some(Disturbance::Redirect { location }) => HttpResponse::Found()
            .insert_header(("Location", location))
            .finish(),
        Some(Disturbance::DropConnection) => head(&reply).body(BrokenBody {
            size: 1,
            first: None,
            flushed: true,
        }),
        Some(Disturbance::CutBody) => {
            let mut text = Bytes::from(reply.body.to_string());
            let size = text.len() as u64;
            head(&reply).body(BrokenBody {
                size,
                first: Some(text.split_to(text.len() / 2)),
                flushed: false,
            })
        }
    }
}

fn write(reply: ApiReply) -> HttpResponse {
    head(&reply).body(reply.body.to_string())
}

fn head(reply: &ApiReply) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status_code(reply.status));
    response.content_type("application/json; charset=UTF-8");
    for (name, value) in &reply.headers {
        response.insert_header((*name, value.as_str()));
    }
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A body that fails, upon which actix-web ends the connection. What was given
/// before is sent only if the body lets it: with nothing given, not even the
/// head of the reply goes out.
struct BrokenBody {
    size: u64,
    first: Option<Bytes>,
    /// Whether there was a moment to send the first part.
    flushed: bool,
}

impl MessageBody for BrokenBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("cut off on purpose"))))
    }
}
