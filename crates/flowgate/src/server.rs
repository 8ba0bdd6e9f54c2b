//! A complete server: flags and environment in, one Flow out.
//!
//! | path | |
//! |---|---|
//! | `POST /flow` | the Flow |
//! | `GET /health` | `ok` while the process takes requests |
//! | `GET /metrics` | counts and times for Prometheus |
//!
//! Only `/flow` belongs on the public side of a proxy.
//!
//! On SIGHUP it reads the files of the private keys again, so that a key can be
//! added or taken away without a restart; on SIGTERM it finishes the open
//! exchanges and ends.

use std::fmt;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use clap::Parser;
use flowgate_actix::{FlowEndpoint, health_at};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[cfg(feature = "platform")]
use crate::config::PublishArgs;
use crate::config::development::{self, Development};
use crate::config::{ConfigError, EndpointArgs, ListenArgs};
use crate::protocol::{AnyFlowToken, Channel, Endpoint, FlowToken, Messages, TokenCheck};
#[cfg(feature = "platform")]
pub use crate::publication::PublicationError;
#[cfg(feature = "platform")]
use crate::publication::{self, KeyOrigin};

#[cfg(unix)]
mod key_reload;

/// Path of the Flow.
pub const FLOW_PATH: &str = "/flow";

/// Seconds that open exchanges get after SIGTERM: the deadline and a little.
const SHUTDOWN_SECONDS: u64 = 10;

/// Collects what a server needs.
pub struct Server {
    listen: SocketAddr,
    source: Source,
    token_check: Box<dyn TokenCheck>,
    messages: Messages,
    sample_token: FlowToken,
    #[cfg(feature = "platform")]
    publication: Option<PublishArgs>,
    pages: Vec<Page>,
}

/// Something of the application's own beside the Flow.
#[derive(Clone)]
struct Page {
    path: &'static str,
    what: &'static str,
    configure: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
}

enum Source {
    Credentials(crate::config::Credentials, EndpointArgs),
    Development(Development),
}

/// Says why a server did not start, or stopped.
///
/// Its `Debug` is the text for people, because that is what a `main` that
/// returns an error prints.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Flags, variables or files are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}: {error}{}", listen_hint(.error))]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// The public key is not published, see [`Server::publication`].
    #[cfg(feature = "platform")]
    #[error("the public key is not published: {0}")]
    Publication(#[from] PublicationError),
    /// The application could not start.
    #[error("{0}")]
    Application(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server failed while running.
    #[error("the server stopped: {0}")]
    Run(#[source] io::Error),
}

#[derive(Parser)]
#[command(about = "A WhatsApp Flows endpoint")]
struct Args {
    #[command(flatten)]
    endpoint: EndpointArgs,
    #[command(flatten)]
    listen: ListenArgs,
    #[cfg(feature = "platform")]
    #[command(flatten)]
    publication: PublishArgs,
}

impl Server {
    /// Reads flags and environment, and starts logging to standard error.
    ///
    /// `RUST_LOG` sets what is logged, for example `info,flowgate_actix=debug`;
    /// `info` unless set. Ends the process with a message if a flag is unknown.
    ///
    /// # Errors
    ///
    /// [`StartError::Config`] that names what is missing or wrong.
    pub fn from_args() -> Result<Self, StartError> {
        let args = Args::parse();
        let server = Self::new(&args.endpoint, &args.listen)?;
        #[cfg(feature = "platform")]
        let server = server.publication(&args.publication);
        Ok(server)
    }

    /// As [`from_args`](Self::from_args), for programs with flags of their own.
    ///
    /// # Errors
    ///
    /// [`StartError::Config`] that names what is missing or wrong.
    pub fn new(endpoint: &EndpointArgs, listen: &ListenArgs) -> Result<Self, StartError> {
        start_logging();
        let source = match endpoint.load()? {
            Some(credentials) => Source::Credentials(credentials, endpoint.clone()),
            None => {
                let folder = Path::new(development::FOLDER);
                Source::Development(Development::open(folder, endpoint.backend()?)?)
            }
        };
        Ok(Self {
            listen: listen.listen,
            source,
            token_check: Box::new(AnyFlowToken),
            messages: Messages::default(),
            sample_token: FlowToken::new("development"),
            #[cfg(feature = "platform")]
            publication: None,
            pages: Vec::new(),
        })
    }

    /// Sets whether and where the public key is published before the server
    /// takes requests. Defaults to not at all.
    #[cfg(feature = "platform")]
    #[must_use]
    pub fn publication(mut self, args: &PublishArgs) -> Self {
        self.publication = args.publish.then(|| args.clone());
        self
    }

    /// Sets who checks flow tokens, and a token that passes, for the line that
    /// development mode prints. Defaults to taking every token.
    #[must_use]
    pub fn token_check(mut self, check: impl TokenCheck + 'static, sample: FlowToken) -> Self {
        self.token_check = Box::new(check);
        self.sample_token = sample;
        self
    }

    /// Sets the texts that the framework shows on phones. Defaults to English.
    #[must_use]
    pub fn messages(mut self, messages: Messages) -> Self {
        self.messages = messages;
        self
    }

    /// Tells whether it runs with a key pair and a secret of its own because none
    /// are set.
    pub fn is_development(&self) -> bool {
        matches!(self.source, Source::Development(_))
    }

    /// Serves something of the application's own beside the Flow: what
    /// `configure` registers, announced with its path and what it is.
    ///
    /// **Security:** nothing guards it; see to it that the proxy in front passes
    /// the Flow alone.
    #[must_use]
    pub fn page(
        mut self,
        path: &'static str,
        what: &'static str,
        configure: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
    ) -> Self {
        self.pages.push(Page {
            path,
            what,
            configure: Arc::new(configure),
        });
        self
    }

    /// Serves until SIGTERM or Ctrl-C; open exchanges are finished first.
    ///
    /// On SIGHUP the files of the private keys are read again; if one cannot be
    /// used, the log says so and the keys stay as they are. App secrets are read
    /// at the start only.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the address cannot be listened on or the server fails.
    pub async fn run(self, endpoint: impl Endpoint) -> Result<(), StartError> {
        let (credentials, files, reloaded_from) = match self.source {
            Source::Credentials(credentials, args) => (credentials, None, Some(args)),
            Source::Development(Development {
                credentials,
                public_key_file,
                app_secret_file,
            }) => (credentials, Some((public_key_file, app_secret_file)), None),
        };
        let channel = Channel::builder(credentials.key_ring, credentials.app_secrets)
            .token_check(self.token_check)
            .messages(self.messages)
            .build();
        tracing::info!(
            key = %channel.key_ring().newest().fingerprint(),
            backend = %channel.key_ring().backend(),
            "newest private key, the one to publish"
        );
        let flow = FlowEndpoint::new(channel.clone(), endpoint).path(FLOW_PATH);
        let pages = self.pages.clone();
        let server = HttpServer::new(move || {
            let app = App::new()
                .service(flow.clone())
                .service(health_at("/health"))
                .service(flow.metrics_at("/metrics"));
            pages.iter().fold(app, |app, page| {
                app.configure(|config| (page.configure)(config))
            })
        })
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .bind(self.listen)
        .map_err(|error| StartError::Listen {
            listen: self.listen,
            error,
        })?;
        #[cfg(unix)]
        if let Some(args) = reloaded_from {
            let reloading = key_reload::on_hangup(args, channel.clone());
            actix_web::rt::spawn(reloading.map_err(StartError::Run)?);
        }
        #[cfg(not(unix))]
        drop(reloaded_from);
        // With port 0 the system has chosen.
        let address = server.addrs().first().copied().unwrap_or(self.listen);
        // After the port is taken: a server that cannot run publishes nothing.
        #[cfg(feature = "platform")]
        if let Some(args) = &self.publication {
            let origin = match files {
                Some(_) => KeyOrigin::Development,
                None => KeyOrigin::Configured,
            };
            tracing::info!(%address, "publishing the public key before requests are taken");
            publication::publish(args, &channel.key_ring(), origin).await?;
        }
        println!("POST http://{address}{FLOW_PATH} answers the Flow");
        for page in &self.pages {
            println!("GET  http://{address}{} {}", page.path, page.what);
        }
        if let Some((public_key_file, app_secret_file)) = files {
            println!(
                "\n\
                 Development mode: neither FLOWGATE_PRIVATE_KEY nor FLOWGATE_APP_SECRET is set,\n\
                 so a key pair and a secret of its own are kept in {folder}/. Never publish that key.\n\
                 \n\
                 Try next, in another terminal:\n\
                 \n  \
                 cargo flowgate send --endpoint http://{address}{FLOW_PATH} \
                 --public-key-file {public} --app-secret-file {secret} \
                 --action INIT --flow-token {token}\n",
                folder = development::FOLDER,
                public = public_key_file.display(),
                secret = app_secret_file.display(),
                token = self.sample_token.expose_secret(),
            );
        }
        server.run().await.map_err(StartError::Run)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl StartError {
    /// Wraps a failure of the application's own start: a database, a file.
    pub fn application(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Application(error.into())
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn listen_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program uses it: stop that one, or set FLOWGATE_LISTEN or --listen"
        }
        io::ErrorKind::PermissionDenied => "; choose a port above 1023",
        _ => "",
    }
}

/// Logs to standard error, unless the program has set up something itself.
fn start_logging() {
    let targets = std::env::var("RUST_LOG")
        .ok()
        .and_then(|directives| directives.parse::<Targets>().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(colours);
    let _ = tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .try_init();
}
