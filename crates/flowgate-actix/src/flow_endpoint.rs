//! The ready service: a path that answers Flow requests with an [`Endpoint`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use flowgate_protocol::{Channel, Endpoint};

use crate::exchange::{Headers, exchange};
use crate::opener::Opener;
use crate::settings::Settings;

/// Serves one Flow at `POST` of a path.
///
/// Make it once and give a clone to each worker: clones share keys, threads and
/// metrics.
///
/// ```no_run
/// use actix_web::{App, HttpServer};
/// use flowgate_actix::FlowEndpoint;
/// use flowgate_protocol::keys::{AppSecret, AppSecrets, KeyRing, PrivateKey};
/// use flowgate_protocol::{Channel, FlowResponse, Router};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeyRing::new(&PrivateKey::read_file("private.pem", None)?)?;
/// let secrets = AppSecrets::new(AppSecret::new("the app secret")?);
/// let channel = Channel::builder(keys, secrets).build();
/// let router = Router::new(()).on_init(|_, _| async { Ok(FlowResponse::screen("WELCOME")) });
/// let flow = FlowEndpoint::new(channel, router);
///
/// HttpServer::new(move || App::new().service(flow.clone()))
///     .bind("127.0.0.1:3000")?
///     .run()
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct FlowEndpoint<E> {
    settings: Settings,
    endpoint: Arc<E>,
    path: String,
}

impl<E: Endpoint> FlowEndpoint<E> {
    /// Connects a channel to the application that answers.
    pub fn new(channel: Channel, endpoint: E) -> Self {
        let endpoint = Arc::new(endpoint);
        let counting = Arc::clone(&endpoint);
        let mut settings = Settings::new(channel, move || counting.counts());
        settings.screens = endpoint.screens().into();
        Self {
            settings,
            endpoint,
            path: "/flow".to_owned(),
        }
    }

    /// Sets the path. Defaults to `/flow`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets the time from the first byte of a request to its reply. Defaults to
    /// 8 s, because WhatsApp gives up after 10 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Sets the largest body in bytes. Defaults to 1 MiB.
    #[must_use]
    pub fn body_limit_bytes(mut self, limit: usize) -> Self {
        self.settings.body_limit_bytes = limit;
        self
    }

    /// Returns a service that shows the metrics in Prometheus' text format.
    ///
    /// Meant for the operator: do not let a public proxy forward its path.
    pub fn metrics_at(&self, path: &str) -> Resource {
        let metrics = self.settings.metrics.clone();
        web::resource(path).route(web::get().to(move || {
            let text = metrics.render();
            async move {
                HttpResponse::Ok()
                    .content_type(crate::metrics::CONTENT_TYPE)
                    .body(text)
            }
        }))
    }
}

/// Returns a service that says that the process takes requests.
///
/// Whether phones get answers is another question: `flowgate send --ping`
/// answers that.
pub fn health_at(path: &str) -> Resource {
    web::resource(path)
        .route(web::get().to(async || HttpResponse::Ok().content_type("text/plain").body("ok\n")))
}

impl<E> Clone for FlowEndpoint<E> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            endpoint: Arc::clone(&self.endpoint),
            path: self.path.clone(),
        }
    }
}

impl<E: Endpoint> HttpServiceFactory for FlowEndpoint<E> {
    fn register(self, config: &mut AppService) {
        let Self {
            settings,
            endpoint,
            path,
        } = self;
        let opener = Opener::new(&settings.channel);
        let route = web::post().to(move |request: HttpRequest, payload: web::Payload| {
            let settings = settings.clone();
            let opener = opener.clone();
            let endpoint = Arc::clone(&endpoint);
            async move {
                let headers = Headers::of(&request);
                let answer = |request| endpoint.answer(request);
                let notified = |notification| endpoint.error_notified(notification);
                let payload = payload.into_inner();
                exchange(&settings, &opener, headers, payload, answer, notified).await
            }
        });
        web::resource(path).route(route).register(config);
    }
}

impl<E> fmt::Debug for FlowEndpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowEndpoint")
            .field("path", &self.path)
            .field("channel", &self.settings.channel)
            .finish_non_exhaustive()
    }
}
