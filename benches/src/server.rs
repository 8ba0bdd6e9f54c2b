//! A server of the product on a port of its own, in this process.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, rt};
use flowgate_actix::FlowEndpoint;
use flowgate_protocol::Channel;

use crate::exchange::{Echo, block_on};

/// Path of the Flow.
pub const PATH: &str = "/flow";

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens: loopback, on a port that the system has chosen.
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server with a number of HTTP workers.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread or a port.
    pub fn start(channel: Channel, workers: usize) -> Self {
        let flow = FlowEndpoint::new(channel, Echo).path(PATH);
        let (started, starting) = mpsc::channel();
        let thread = thread::spawn(move || {
            rt::System::new().block_on(async {
                let server = HttpServer::new(move || App::new().service(flow.clone()))
                    .workers(workers)
                    .disable_signals()
                    .bind(("127.0.0.1", 0))
                    .unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                started.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, handle) = starting.recv().unwrap();
        Self {
            address,
            handle,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        block_on(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A server that failed has said so by failing its requests.
            let _ = thread.join();
        }
    }
}
