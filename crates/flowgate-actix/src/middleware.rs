//! The middleware: makes any actix service a Flow endpoint.
//!
//! The inner service receives the clear request as a JSON body and, through the
//! extractor [`Flow`](crate::Flow), as a type; it returns clear JSON. It never
//! sees a ping or an error notification.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use bytes::Bytes;
use flowgate_protocol::{
    Action, Answer, Channel, EndpointError, FlowRequest, FlowResponse, ScreenId,
};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use crate::exchange::{Headers, exchange};
use crate::opener::Opener;
use crate::settings::Settings;
use crate::{FlowError, Metrics};

/// Largest clear reply that is taken from the inner service: what WhatsApp
/// takes at most.
const REPLY_LIMIT_BYTES: usize = 10 * 1024 * 1024;

/// Decrypts requests before, and encrypts replies after, the service that it
/// wraps.
///
/// ```
/// use actix_web::{App, web};
/// use flowgate_actix::{Flow, FlowMiddleware, FlowReply};
/// # use flowgate_protocol::keys::{AppSecret, AppSecrets, KeyRing, PrivateKey};
/// use flowgate_protocol::{Channel, FlowResponse};
///
/// async fn answer(Flow(request): Flow) -> FlowReply {
///     FlowResponse::screen("WELCOME").with("version", request.version).into()
/// }
///
/// # let keys = KeyRing::new(&PrivateKey::generate()?)?;
/// # let secrets = AppSecrets::new(AppSecret::new("secret")?);
/// let channel = Channel::builder(keys, secrets).build();
/// App::new().service(
///     web::resource("/flow")
///         .wrap(FlowMiddleware::new(channel))
///         .route(web::post().to(answer)),
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What the inner service returns means:
///
/// | status | body | |
/// |---|---|---|
/// | 200 | `{"screen": …, "data": {…}}` | the reply |
/// | 427 | `{"error_msg": …}` | the flow token is no longer good |
/// | 400, 422 | | the data does not fit: a neutral text on the screen |
/// | 404 | | nothing answers this event: 400 |
/// | else | | 500 |
#[derive(Debug, Clone)]
pub struct FlowMiddleware(Settings);

impl FlowMiddleware {
    /// Opens and seals with the given channel.
    pub fn new(channel: Channel) -> Self {
        Self(Settings::new(channel, Vec::new))
    }

    /// Sets the time from the first byte of a request to its reply. Defaults to
    /// 8 s, because WhatsApp gives up after 10 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.0.deadline = deadline;
        self
    }

    /// Sets the largest body in bytes. Defaults to 1 MiB.
    #[must_use]
    pub fn body_limit_bytes(mut self, limit: usize) -> Self {
        self.0.body_limit_bytes = limit;
        self
    }

    /// Names the screens that metrics and logs may mention. Defaults to none:
    /// names from the network are the phone's choice.
    #[must_use]
    pub fn screens<S: Into<ScreenId>>(mut self, screens: impl IntoIterator<Item = S>) -> Self {
        self.0.screens = screens.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the counts of this endpoint, to be shown at a path of your own.
    pub fn metrics(&self) -> Metrics {
        self.0.metrics.clone()
    }
}

impl<S, B> Transform<S, ServiceRequest> for FlowMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = FlowMiddlewareService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(FlowMiddlewareService {
            opener: Opener::new(&self.0.channel),
            settings: self.0.clone(),
            inner: Rc::new(inner),
        }))
    }
}

/// The service that [`FlowMiddleware`] makes of another.
#[derive(Debug)]
pub struct FlowMiddlewareService<S> {
    settings: Settings,
    opener: Opener,
    inner: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for FlowMiddlewareService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    actix_web::dev::forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if request.method() != Method::POST {
            let refusal = HttpResponse::MethodNotAllowed()
                .insert_header((header::ALLOW, "POST"))
                .finish();
            return Box::pin(ready(Ok(request.into_response(refusal))));
        }
        let settings = self.settings.clone();
        let opener = self.opener.clone();
        let inner = Rc::clone(&self.inner);
        Box::pin(async move {
            let (http_request, payload) = request.into_parts();
            let headers = Headers::of(&http_request);
            // The inner service owns the request while it runs: actix changes it
            // in place. It comes back with the response, or not at all if the
            // inner service is cut off or fails.
            let mut place = Some(http_request);
            let response = exchange(
                &settings,
                &opener,
                headers,
                payload,
                |flow_request| run(&*inner, &mut place, flow_request, &settings),
                |_| ready(()),
            )
            .await;
            match place {
                Some(http_request) => Ok(ServiceResponse::new(http_request, response)),
                None => {
                    Err(InternalError::from_response("no reply of the service", response).into())
                }
            }
        })
    }
}

/// Runs the inner service on a clear request and reads its reply.
async fn run<S, B>(
    inner: &S,
    place: &mut Option<HttpRequest>,
    flow_request: FlowRequest,
    settings: &Settings,
) -> Answer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let Some(http_request) = place.take() else {
        return Err(EndpointError::internal("the request is answered twice"));
    };
    let event = (flow_request.action, flow_request.screen.clone());
    let clear = serde_json::to_vec(&flow_request).map_err(EndpointError::internal)?;
    let length = clear.len();
    let payload = Payload::from(Bytes::from(clear));
    let mut request = ServiceRequest::from_parts(http_request, payload);
    // What the headers said of the sealed body is not true of the clear one.
    let headers = request.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.remove(header::TRANSFER_ENCODING);
    request.extensions_mut().insert(flow_request);
    match inner.call(request).await {
        Ok(response) => {
            let (http_request, response) = response.into_parts();
            *place = Some(http_request);
            read(response, event, settings).await
        }
        Err(error) => read(error.error_response(), event, settings).await,
    }
}

async fn read<B: MessageBody>(
    response: HttpResponse<B>,
    (action, screen): (Action, Option<ScreenId>),
    settings: &Settings,
) -> Answer {
    if let Some(error) = response
        .error()
        .and_then(|error| error.as_error::<FlowError>())
        && let Some(error) = error.take()
    {
        return Err(error);
    }
    let status = response.status();
    match status {
        StatusCode::OK => Ok(FlowResponse::from_json(&body(response).await?)?),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            Err(EndpointError::InvalidData)
        }
        StatusCode::NOT_FOUND => Err(EndpointError::NoHandler { action, screen }),
        _ if status.as_u16() == 427 => {
            let reply: Value = serde_json::from_slice(&body(response).await?).unwrap_or_default();
            let ours = &settings.channel.messages().flow_token_invalid;
            let message = reply["error_msg"].as_str().unwrap_or(ours);
            Err(EndpointError::flow_token_invalid(message))
        }
        _ => Err(EndpointError::internal(format!(
            "the service answered with status {status}"
        ))),
    }
}

async fn body<B: MessageBody>(response: HttpResponse<B>) -> Result<Bytes, EndpointError> {
    match to_bytes_limited(response.into_body(), REPLY_LIMIT_BYTES).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(EndpointError::internal(error.into().to_string())),
        Err(_) => Err(EndpointError::internal(
            "the service answered with more than WhatsApp takes",
        )),
    }
}
