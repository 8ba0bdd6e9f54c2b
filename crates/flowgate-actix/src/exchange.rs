//! One exchange over HTTP: reads the body within its limits, walks the channel,
//! runs the application within its deadline, writes and counts the reply.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::{Instant, SystemTime};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use bytes::{Bytes, BytesMut};
use flowgate_protocol::keys::SIGNATURE_HEADER;
use flowgate_protocol::{Answer, EndpointError, ErrorNotification, FlowRequest, Received, Reply};
use futures_util::StreamExt;
use tokio::time::timeout_at;
use tracing::Instrument;

use crate::metrics::notification_label;
use crate::opener::Opener;
use crate::settings::Settings;

/// [`SIGNATURE_HEADER`] as actix looks it up.
static SIGNATURE: LazyLock<HeaderName> = LazyLock::new(|| {
    let name = SIGNATURE_HEADER.parse();
    name.expect("a header name that is ours to spell")
});

/// Room that is made for a body before any of it has arrived.
const FIRST_BODY_BYTES: usize = 16 * 1024;

/// Answers one HTTP request with `answer`, and hands error notifications to
/// `notified`.
pub(crate) async fn exchange<A, N>(
    settings: &Settings,
    opener: &Opener,
    headers: Headers,
    mut payload: Payload,
    answer: impl FnOnce(FlowRequest) -> A,
    notified: impl FnOnce(ErrorNotification) -> N,
) -> HttpResponse
where
    A: Future<Output = Answer>,
    N: Future<Output = ()>,
{
    let started = Instant::now();
    let deadline = (started + settings.deadline).into();
    let now = SystemTime::now();
    let _in_flight = settings.metrics.in_flight();

    let mut kind = Kind::unknown();
    let mut body_is_complete = false;
    let receiving = async {
        let body = read_body(&mut payload, &headers, settings.body_limit_bytes)
            .await
            .map_err(Reply::refusal)?;
        body_is_complete = true;
        let (channel, signature) = (&settings.channel, headers.signature());
        let is_alone = opener.announce();
        if is_alone {
            channel.receive_here(signature, body, now).await
        } else {
            opener.make_room();
            channel.receive(signature, body, now).await
        }
    };
    let mut reply = match timeout_at(deadline, receiving).await {
        Err(_) if !body_is_complete => Reply::refusal(EndpointError::BodyIncomplete),
        Err(_) => Reply::refusal(EndpointError::DeadlineExceeded),
        Ok(Err(reply)) => reply,
        Ok(Ok(Received::Ping(reply))) => {
            kind.action = "ping";
            reply.pong()
        }
        Ok(Ok(Received::ErrorNotification(notification, reply))) => {
            kind.action = "error_notification";
            kind.screen = settings.screen_label(notification.screen.as_ref());
            settings.metrics.count_notification(&notification.error);
            tracing::warn!(
                error = notification_label(&notification.error),
                screen = kind.screen,
                "a phone could not use the previous reply"
            );
            // The phone does not wait for it; a slow listener is cut off.
            let _ = timeout_at(deadline, notified(notification)).await;
            reply.acknowledge()
        }
        Ok(Ok(Received::Request(request, reply))) => {
            kind.action = request.action.as_str();
            kind.screen = settings.screen_label(request.screen.as_ref());
            let span = tracing::info_span!(
                "exchange",
                action = kind.action,
                screen = kind.screen,
                version = version_label(&request.version),
            );
            let answering = settings
                .channel
                .answer_once(*request, now, answer)
                .instrument(span);
            let answer = timeout_at(deadline, answering)
                .await
                .unwrap_or(Err(EndpointError::DeadlineExceeded));
            reply.answer(answer)
        }
        Ok(Ok(_)) => Reply::refusal(EndpointError::internal("a kind of request unknown here")),
    };
    log(&kind, &reply, started);
    settings
        .metrics
        .count_reply(kind.action, &kind.screen, &reply, started.elapsed());
    if let Some(spent) = reply.take_spent() {
        opener.drop_later(spent);
    }
    write(reply, payload)
}

/// The headers that an exchange looks at, kept while the request is away.
pub(crate) struct Headers {
    signature: Option<String>,
    content_length: Option<usize>,
}

impl Headers {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self {
            signature: the_only(request.headers(), &SIGNATURE).map(str::to_owned),
            content_length: the_only(request.headers(), &CONTENT_LENGTH)
                .and_then(|length| length.parse().ok()),
        }
    }

    fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }
}

/// Returns the value of a header that is there once and is text. Of several
/// signatures none is believed: a proxy may have looked at another one.
fn the_only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next()?;
    match values.next() {
        None => value.to_str().ok(),
        Some(_) => None,
    }
}

/// What is known of a request for log and metrics.
struct Kind {
    action: &'static str,
    screen: String,
}

impl Kind {
    fn unknown() -> Self {
        Self {
            action: "unknown",
            screen: String::new(),
        }
    }
}

/// Names a version of the data API in logs, where it can be one: the text is
/// the phone's choice.
fn version_label(version: &str) -> &str {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    if version.len() <= 8 && version.bytes().all(is_plain) {
        version
    } else {
        "other"
    }
}

/// Reads the body until its end or its limit, whichever comes first.
async fn read_body(
    payload: &mut Payload,
    headers: &Headers,
    limit: usize,
) -> Result<Bytes, EndpointError> {
    let too_large = || EndpointError::BodyTooLarge { limit };
    let announced = headers.content_length.unwrap_or(0);
    if announced > limit {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| EndpointError::BodyIncomplete)?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        if body.is_empty() {
            if chunk.len() == announced {
                // Nearly always: it has come as one, and need not be copied.
                return Ok(chunk);
            }
            // A long body that was announced may never come.
            body.reserve(announced.min(FIRST_BODY_BYTES));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn log(kind: &Kind, reply: &Reply, started: Instant) {
    let (action, screen, status) = (kind.action, kind.screen.as_str(), reply.status);
    let milliseconds = (started.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    match &reply.error {
        None => tracing::info!(action, screen, status, milliseconds, "answered"),
        Some(error) if error.is_server_fault() => tracing::error!(
            action,
            screen,
            status,
            milliseconds,
            error = error as &dyn Error,
            "failed"
        ),
        Some(error) => tracing::warn!(
            action,
            screen,
            status,
            milliseconds,
            error = error as &dyn Error,
            "refused"
        ),
    }
}

/// Writes the reply as phones read it: the bare text, `text/plain`.
fn write(reply: Reply, payload: Payload) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if matches!(
        reply.error,
        Some(EndpointError::BodyTooLarge { .. } | EndpointError::BodyIncomplete)
    ) {
        // The rest of the body is not read: nothing else can follow it.
        return response.force_close().body(Unread { _payload: payload });
    }
    match reply.body {
        body if body.is_empty() => response.finish(),
        body => response.content_type("text/plain").body(body),
    }
}

/// An empty body that holds the rest of a request that nobody reads.
///
/// Once nobody holds it, actix reads a chunked request to its end, which may
/// never come; as long as somebody does, it closes the connection after the
/// reply.
struct Unread {
    _payload: Payload,
}

impl MessageBody for Unread {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
