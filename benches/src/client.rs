//! A client that costs little: it writes finished requests and reads no more of
//! a reply than HTTP makes necessary.
//!
//! It understands what the server of this product sends: HTTP/1.1 with a
//! `Content-Length`.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A connection that is kept open from request to request.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A reply as far as it is looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct HttpReply<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::with_capacity(16 << 10),
        })
    }

    /// Sends one request and waits for its reply.
    ///
    /// # Errors
    ///
    /// That of the system, or [`io::ErrorKind::InvalidData`] if the reply is not
    /// what this client understands.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<HttpReply<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (status, body_start, end) = loop {
            self.read_more().await?;
            if let Some(head) = self
                .received
                .windows(END_OF_HEAD.len())
                .position(|window| window == END_OF_HEAD)
            {
                let (status, length) = read_head(&self.received[..head])?;
                let body_start = head + END_OF_HEAD.len();
                break (status, body_start, body_start + length);
            }
        };
        while self.received.len() < end {
            self.read_more().await?;
        }
        Ok(HttpReply {
            status,
            body: &self.received[body_start..end],
        })
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Reads status and length of the body.
fn read_head(head: &[u8]) -> io::Result<(u16, usize)> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    let head = std::str::from_utf8(head).map_err(|_| invalid())?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.get(..3)?.parse().ok())
        .ok_or_else(invalid)?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or_else(invalid)?;
    Ok((status, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\ncontent-type: text/plain";
        assert_eq!(read_head(head).unwrap(), (200, 12));
        assert!(read_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked").is_err());
        assert!(read_head(b"SSH-2.0").is_err());
    }
}
