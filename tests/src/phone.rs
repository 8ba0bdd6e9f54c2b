//! A phone with WhatsApp behind it: encrypts, signs, sends over HTTP, and opens
//! the reply.

use std::net::SocketAddr;

use flowgate_keys::{PublicKey, SIGNATURE_HEADER};
use flowgate_protocol::phone::PhoneRequest;
use serde_json::{Value, json};

use crate::http::{Connection, HttpReply, post};
use crate::server::TestServer;
use crate::{TEST_KEY, test_app_secret};

/// The flow token that the phone sends.
pub const TEST_FLOW_TOKEN: &str = "test-flow-token";

/// Talks to one endpoint.
#[derive(Debug, Clone)]
pub struct Phone {
    server: SocketAddr,
    path: String,
    public_key: PublicKey,
    flow_token: String,
}

/// What the phone got.
#[derive(Debug)]
pub struct PhoneReply {
    /// HTTP status.
    pub status: u16,
    /// The opened reply; null if the body was empty.
    pub json: Value,
    /// The reply as it travelled.
    pub http: HttpReply,
}

impl Phone {
    /// Talks to `POST /flow` of a server with the test key.
    pub fn of(server: &TestServer) -> Self {
        Self::of_address(server.address())
    }

    /// Talks to `POST /flow` at an address with the test key.
    pub fn of_address(server: SocketAddr) -> Self {
        Self {
            server,
            path: "/flow".to_owned(),
            public_key: TEST_KEY.public_key().clone(),
            flow_token: TEST_FLOW_TOKEN.to_owned(),
        }
    }

    /// Changes the path.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// Changes the published key.
    #[must_use]
    pub fn public_key(mut self, public_key: &PublicKey) -> Self {
        self.public_key = public_key.clone();
        self
    }

    /// Changes the flow token.
    #[must_use]
    pub fn flow_token(mut self, token: &str) -> Self {
        self.flow_token = token.to_owned();
        self
    }

    /// Checks that the endpoint is alive.
    pub fn ping(&self) -> PhoneReply {
        self.send(&json!({"version": "3.0", "action": "ping"}))
    }

    /// Fails unless the endpoint answers a ping.
    #[track_caller]
    pub fn assert_alive(&self) {
        let reply = self.ping();
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json, json!({"data": {"status": "active"}}));
    }

    /// Opens the Flow.
    pub fn init(&self) -> PhoneReply {
        self.event("INIT", "", json!({}))
    }

    /// Submits a screen.
    pub fn submit(&self, screen: &str, data: Value) -> PhoneReply {
        self.event("data_exchange", screen, data)
    }

    /// Goes back from a screen.
    pub fn back(&self, screen: &str) -> PhoneReply {
        self.event("BACK", screen, json!({}))
    }

    /// Sends an action of a screen.
    pub fn event(&self, action: &str, screen: &str, data: Value) -> PhoneReply {
        self.send(&json!({
            "version": "3.0",
            "action": action,
            "screen": screen,
            "data": data,
            "flow_token": self.flow_token,
        }))
    }

    /// Sends any clear request.
    pub fn send(&self, clear: &Value) -> PhoneReply {
        let request = self.encrypt(clear.to_string().as_bytes());
        let http = Connection::open(self.server).request(&self.http(&request));
        open(&request, http)
    }

    /// Encrypts and signs any bytes.
    pub fn encrypt(&self, clear: &[u8]) -> PhoneRequest {
        PhoneRequest::new(&self.public_key, &test_app_secret(), clear).unwrap()
    }

    /// Writes an encrypted request as HTTP.
    pub fn http(&self, request: &PhoneRequest) -> Vec<u8> {
        let headers = [
            ("Content-Type", "application/json"),
            (SIGNATURE_HEADER, request.signature.as_str()),
        ];
        post(&self.path, &headers, &request.body)
    }
}

/// Opens the reply to a request.
pub fn open(request: &PhoneRequest, http: HttpReply) -> PhoneReply {
    let json = match http.text() {
        "" => Value::Null,
        text => request.open_reply(text).unwrap(),
    };
    PhoneReply {
        status: http.status(),
        json,
        http,
    }
}
