//! The servers: two APIs and the control API, each with a port of its own.

mod transport;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};
use futures_util::future::join_all;

use crate::control_api;
use crate::tls::Tls;
use crate::{Api, Platform, SimulatorError};

/// One worker is enough, signals belong to the program, and an end is an end.
macro_rules! small {
    ($server:expr) => {
        $server.workers(1).disable_signals().shutdown_timeout(0)
    };
}

/// The stand-in as it runs: both APIs and the control API over HTTP.
///
/// Everything ends when it is dropped.
///
/// ```
/// use flowgate_simulator::{Platform, Simulator, TokenGrant};
///
/// let platform = Platform::builder().build()?;
/// let token = platform.issue_token(TokenGrant::new())?;
/// let simulator = Simulator::builder(platform).start()?;
/// assert!(simulator.cloud_url().starts_with("http://127.0.0.1:"));
/// # let _ = token;
/// # Ok::<(), flowgate_simulator::SimulatorError>(())
/// ```
#[derive(Debug)]
pub struct Simulator {
    platform: Platform,
    cloud: SocketAddr,
    on_premises: SocketAddr,
    control: SocketAddr,
    authority_pem: Option<String>,
    handles: Vec<ServerHandle>,
    thread: Option<JoinHandle<()>>,
}

/// Collects where the servers listen.
#[derive(Debug)]
#[must_use]
pub struct SimulatorBuilder {
    platform: Platform,
    address: IpAddr,
    cloud_port: u16,
    on_premises_port: u16,
    control_port: u16,
    transport: Transport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Plain,
    Tls,
}

impl Simulator {
    /// Starts a set-up of the servers around a platform.
    pub fn builder(platform: Platform) -> SimulatorBuilder {
        SimulatorBuilder {
            platform,
            address: Ipv4Addr::LOCALHOST.into(),
            cloud_port: 0,
            on_premises_port: 0,
            control_port: 0,
            transport: Transport::Plain,
        }
    }

    /// Returns the platform behind the servers.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Returns what stands for `https://graph.facebook.com`, without a slash
    /// at the end and without the version.
    pub fn cloud_url(&self) -> String {
        format!("http://{}", self.cloud)
    }

    /// Returns the base URL of the On-Premises installation, without `/v1`.
    pub fn on_premises_url(&self) -> String {
        let scheme = if self.authority_pem.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.on_premises)
    }

    /// Returns the base URL of the control API.
    pub fn control_url(&self) -> String {
        format!("http://{}/control", self.control)
    }

    /// Returns the certificate, in PEM, that a client has to trust to reach the
    /// On-Premises installation; none without TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for handle in &self.handles {
            // The command is sent at once; the future only waits.
            drop(handle.stop(false));
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the servers ended with a panic");
        }
    }
}

impl SimulatorBuilder {
    /// Sets the address of both APIs. Defaults to 127.0.0.1, where nobody else
    /// reaches them; the control API always listens there.
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Sets the port of the Cloud API. Defaults to 0: one that is free.
    pub fn cloud_port(mut self, port: u16) -> Self {
        self.cloud_port = port;
        self
    }

    /// Sets the port of the On-Premises API. Defaults to 0: one that is free.
    pub fn on_premises_port(mut self, port: u16) -> Self {
        self.on_premises_port = port;
        self
    }

    /// Sets the port of the control API. Defaults to 0: one that is free.
    pub fn control_port(mut self, port: u16) -> Self {
        self.control_port = port;
        self
    }

    /// Serves the On-Premises API over TLS with a certificate of an authority
    /// made for this run. Defaults to plain HTTP.
    pub fn on_premises_tls(mut self) -> Self {
        self.transport = Transport::Tls;
        self
    }

    /// Starts the servers on threads of their own; no runtime is needed.
    ///
    /// # Errors
    ///
    /// - [`SimulatorError::Listen`] if a port is taken.
    /// - [`SimulatorError::Certificate`], [`SimulatorError::Start`].
    pub fn start(self) -> Result<Simulator, SimulatorError> {
        let tls = match self.transport {
            Transport::Plain => None,
            Transport::Tls => Some(Tls::generate(self.address)?),
        };
        let (cloud_listener, cloud) = listen(self.address, self.cloud_port)?;
        let (on_premises_listener, on_premises) = listen(self.address, self.on_premises_port)?;
        let (control_listener, control) = listen(Ipv4Addr::LOCALHOST.into(), self.control_port)?;
        let (authority_pem, tls) = match tls {
            Some(tls) => (Some(tls.authority_pem), Some(tls.server)),
            None => (None, None),
        };

        let platform = self.platform.clone();
        let servers = move || -> std::io::Result<Vec<Server>> {
            let api = |api: Api| {
                let platform = web::Data::new(platform.clone());
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(platform.clone())
                        .app_data(web::Data::new(api))
                        .default_service(web::to(transport::serve))
                });
                small!(server)
            };
            let control = {
                let platform = web::Data::new(platform.clone());
                small!(HttpServer::new(move || {
                    App::new()
                        .app_data(platform.clone())
                        .configure(control_api::routes)
                }))
            };
            let on_premises = match tls {
                None => api(Api::OnPremises).listen(on_premises_listener)?,
                Some(tls) => api(Api::OnPremises).listen_rustls_0_23(on_premises_listener, tls)?,
            };
            Ok(vec![
                api(Api::Cloud).listen(cloud_listener)?.run(),
                on_premises.run(),
                control.listen(control_listener)?.run(),
            ])
        };

        let (started, starting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("flowgate-simulator".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let servers = match servers() {
                        Ok(servers) => servers,
                        Err(error) => {
                            let _ = started.send(Err(error));
                            return;
                        }
                    };
                    let handles = servers.iter().map(Server::handle).collect();
                    let _ = started.send(Ok(handles));
                    for ended in join_all(servers).await {
                        if let Err(error) = ended {
                            tracing::error!(%error, "a server failed");
                        }
                    }
                });
            })
            .map_err(SimulatorError::Start)?;
        let handles: Vec<ServerHandle> = starting
            .recv()
            .unwrap_or_else(|_| Err(std::io::Error::other("the thread ended")))
            .map_err(SimulatorError::Start)?;
        Ok(Simulator {
            platform: self.platform,
            cloud,
            on_premises,
            control,
            authority_pem,
            handles,
            thread: Some(thread),
        })
    }
}

fn listen(address: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), SimulatorError> {
    let address = SocketAddr::new(address, port);
    let failed = |source| SimulatorError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
