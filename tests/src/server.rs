//! An actix server in this process, on a free port of loopback, for as long as
//! a test needs it.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, rt, web};
use flowgate_actix::FlowEndpoint;
use flowgate_protocol::Endpoint;

use crate::test_channel;

/// Serves until it is dropped.
pub struct TestServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    /// Serves what `configure` registers, with two workers.
    pub fn start(configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static) -> Self {
        Self::with_workers(2, configure)
    }

    /// Serves what `configure` registers, with so many workers.
    pub fn with_workers(
        workers: usize,
        configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let (started, has_started) = mpsc::channel();
        let serve = move || {
            rt::System::new().block_on(async move {
                let server = HttpServer::new(move || App::new().configure(configure.clone()))
                    .workers(workers)
                    .disable_signals()
                    .bind(("127.0.0.1", 0))
                    .unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                started.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        };
        let thread = thread::Builder::new()
            .name("test-server".to_owned())
            .spawn(serve)
            .unwrap();
        let (address, handle) = has_started.recv().unwrap();
        Self {
            address,
            handle,
            thread: Some(thread),
        }
    }

    /// Serves an endpoint at `POST /flow` with test key and test secret.
    pub fn of(endpoint: impl Endpoint) -> Self {
        Self::of_flow(FlowEndpoint::new(test_channel(), endpoint))
    }

    /// Serves a ready endpoint at its path, and its metrics at `/metrics`.
    pub fn of_flow<E: Endpoint>(flow: FlowEndpoint<E>) -> Self {
        Self::start(move |config| {
            config
                .service(flow.clone())
                .service(flow.metrics_at("/metrics"));
        })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // The command is sent at once; the thread ends when it is carried out.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let stopped = thread.join();
            assert!(
                stopped.is_ok() || thread::panicking(),
                "the server panicked"
            );
        }
    }
}
