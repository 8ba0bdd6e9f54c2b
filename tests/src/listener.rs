//! A small HTTP server whose every reply the test decides, down to its bytes,
//! with or without TLS.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::PATIENCE;
use crate::certificates::Served;

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    scheme: &'static str,
    clients: Arc<Mutex<Clients>>,
    thread: Option<JoinHandle<()>>,
}

/// What arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case and values, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// All of it, byte for byte.
    pub raw: Vec<u8>,
}

/// What the server does about it.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Sends these bytes, and waits for the next request.
    Bytes(Vec<u8>),
    /// Ends the connection without a word.
    Close,
    /// Says nothing, for as long as the client listens.
    Silence,
}

#[derive(Debug)]
struct Clients {
    are_welcome: bool,
    streams: Vec<TcpStream>,
    threads: Vec<JoinHandle<()>>,
}

impl Listener {
    /// Starts a server that asks `answer` for every reply.
    pub fn start(
        tls: Option<&Served>,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let clients = Arc::new(Mutex::new(Clients {
            are_welcome: true,
            streams: Vec::new(),
            threads: Vec::new(),
        }));
        let for_thread = Arc::clone(&clients);
        let tls = tls.map(Served::server_config);
        let thread = thread::spawn(move || accept(&listener, &for_thread, tls, Arc::new(answer)));
        Self {
            address,
            scheme,
            clients,
            thread: Some(thread),
        }
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let threads = {
            let mut clients = self.clients.lock().unwrap();
            clients.are_welcome = false;
            for stream in clients.streams.drain(..) {
                // It may have gone by itself.
                let _ = stream.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut clients.threads)
        };
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect(self.address));
        for thread in threads.into_iter().chain(self.thread.take()) {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

impl Request {
    /// Returns the value of a header, named in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// Writes a reply with a length. `headers` is text with line ends.
    pub fn http(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

fn accept(
    listener: &TcpListener,
    clients: &Mutex<Clients>,
    tls: Option<Arc<ServerConfig>>,
    answer: Arc<dyn Fn(&Request) -> Answer + Send + Sync>,
) {
    loop {
        let (stream, _) = listener.accept().unwrap();
        let mut clients: MutexGuard<'_, Clients> = clients.lock().unwrap();
        if !clients.are_welcome {
            return;
        }
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        clients.streams.push(stream.try_clone().unwrap());
        let end = stream.try_clone().unwrap();
        let (tls, answer) = (tls.clone(), Arc::clone(&answer));
        clients.threads.push(thread::spawn(move || {
            match tls {
                None => serve(stream, &*answer),
                Some(config) => {
                    let connection = ServerConnection::new(config).unwrap();
                    serve(StreamOwned::new(connection, stream), &*answer);
                }
            }
            // Dropping would not end it while others hold it; the client may
            // have done so already.
            let _ = end.shutdown(Shutdown::Both);
        }));
    }
}

/// Answers the requests of a connection until either side ends it.
fn serve(stream: impl Read + Write, answer: &dyn Fn(&Request) -> Answer) {
    let mut stream = BufReader::new(stream);
    // A client that does not like the certificate is gone as well.
    while let Ok(Some(request)) = read_request(&mut stream) {
        match answer(&request) {
            Answer::Bytes(bytes) => {
                let sent = stream.get_mut().write_all(&bytes);
                if sent.and_then(|()| stream.get_mut().flush()).is_err() {
                    return;
                }
            }
            Answer::Close => return,
            Answer::Silence => {
                // Ends when the client hangs up, or when the test is over.
                let _ = stream.read(&mut [0; 1]);
                return;
            }
        }
    }
}

/// Reads a request; none at the end of the connection.
fn read_request(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut raw = Vec::new();
    let mut lines = Vec::new();
    loop {
        let before = raw.len();
        if stream.read_until(b'\n', &mut raw)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&raw[before..])
            .trim_end()
            .to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut words = lines[0].split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        headers: lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
        raw,
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body)?;
    request.raw.extend_from_slice(&request.body);
    Ok(Some(request))
}
