//! A phone in memory, for the tests of applications.
//!
//! Requests are encrypted, signed, opened, answered, sealed and opened again as
//! with a real phone, only without HTTP:
//!
//! ```
//! # futures_executor::block_on(async {
//! use flowgate_protocol::testing::TestPhone;
//! use flowgate_protocol::{FlowResponse, Router};
//! use serde_json::json;
//!
//! let router = Router::new(())
//!     .on_init(|_, _| async { Ok(FlowResponse::screen("NAME")) })
//!     .on_data_exchange("NAME", |_, request| async move {
//!         Ok(FlowResponse::complete().with("name", request.text("name").unwrap_or("?")))
//!     });
//! let phone = TestPhone::new(router);
//!
//! assert_eq!(phone.init().await.screen(), "NAME");
//! let reply = phone.submit("NAME", json!({"name": "Zoë"})).await;
//! assert_eq!(reply.completion()["name"], "Zoë");
//! # });
//! ```

use std::sync::LazyLock;
use std::time::SystemTime;

use flowgate_keys::{AppSecret, AppSecrets, KeyRing, PrivateKey, PublicKey};
use serde_json::{Value, json};

use crate::phone::PhoneRequest;
use crate::{Channel, ChannelBuilder, Endpoint, FlowToken, Received, Reply};

/// Talks to an [`Endpoint`] as a phone does.
#[derive(Debug)]
pub struct TestPhone<E> {
    endpoint: E,
    channel: Channel,
    public_key: PublicKey,
    app_secret: AppSecret,
    flow_token: FlowToken,
    now: SystemTime,
}

/// Holds what the phone got.
#[derive(Debug)]
pub struct TestReply {
    /// HTTP status.
    pub status: u16,
    /// The opened reply; null if the body was empty.
    pub json: Value,
}

static TEST_KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate().expect("the system has randomness"));

impl<E: Endpoint> TestPhone<E> {
    /// Connects a phone to an endpoint, over a channel with default settings.
    ///
    /// # Panics
    ///
    /// If the system refuses randomness.
    pub fn new(endpoint: E) -> Self {
        Self::with_channel(endpoint, std::convert::identity)
    }

    /// Connects a phone over a channel with settings of your own.
    ///
    /// # Panics
    ///
    /// If the system refuses randomness.
    pub fn with_channel(
        endpoint: E,
        settings: impl FnOnce(ChannelBuilder) -> ChannelBuilder,
    ) -> Self {
        let app_secret = AppSecret::new("test-app-secret").expect("the text is not empty");
        let key_ring = KeyRing::new(&TEST_KEY).expect("a generated key is in order");
        let builder = Channel::builder(key_ring, AppSecrets::new(app_secret.clone()));
        Self {
            endpoint,
            channel: settings(builder).build(),
            public_key: TEST_KEY.public_key().clone(),
            app_secret,
            flow_token: FlowToken::new("test-flow-token"),
            now: SystemTime::now(),
        }
    }

    /// Changes the flow token that the phone sends.
    #[must_use]
    pub fn flow_token(mut self, token: impl Into<String>) -> Self {
        self.flow_token = FlowToken::new(token);
        self
    }

    /// Changes the time at which requests arrive. Defaults to now.
    #[must_use]
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = now;
        self
    }

    /// Opens the Flow.
    pub async fn init(&self) -> TestReply {
        self.exchange("INIT", "", json!({})).await
    }

    /// Submits a screen, or changes a component on it.
    pub async fn submit(&self, screen: &str, data: Value) -> TestReply {
        self.exchange("data_exchange", screen, data).await
    }

    /// Goes back from a screen that has `refresh_on_back`.
    pub async fn back(&self, screen: &str) -> TestReply {
        self.exchange("BACK", screen, json!({})).await
    }

    /// Checks that the endpoint is alive.
    pub async fn ping(&self) -> TestReply {
        self.send(&json!({"version": "3.0", "action": "ping"}))
            .await
    }

    /// Tells the endpoint that its reply could not be used.
    pub async fn notify_error(&self, screen: &str, error: &str) -> TestReply {
        self.exchange(
            "data_exchange",
            screen,
            json!({"error": error, "error_message": "shown by the test phone"}),
        )
        .await
    }

    async fn exchange(&self, action: &str, screen: &str, data: Value) -> TestReply {
        self.send(&json!({
            "version": "3.0",
            "action": action,
            "screen": screen,
            "data": data,
            "flow_token": self.flow_token.expose_secret(),
        }))
        .await
    }

    /// Sends any clear request.
    ///
    /// # Panics
    ///
    /// If the reply is not what a phone understands.
    pub async fn send(&self, clear: &Value) -> TestReply {
        let clear = clear.to_string();
        let request = PhoneRequest::new(&self.public_key, &self.app_secret, clear.as_bytes())
            .expect("the key encrypts");
        let reply = self.answer(&request).await;
        let json = match reply.body.as_str() {
            "" => Value::Null,
            body => request.open_reply(body).expect("a phone opens the reply"),
        };
        TestReply {
            status: reply.status,
            json,
        }
    }

    async fn answer(&self, request: &PhoneRequest) -> Reply {
        let body = request.body.clone().into();
        match self
            .channel
            .receive(Some(&request.signature), body, self.now)
            .await
        {
            Err(reply) => reply,
            Ok(Received::Ping(reply)) => reply.pong(),
            Ok(Received::ErrorNotification(notification, reply)) => {
                self.endpoint.error_notified(notification).await;
                reply.acknowledge()
            }
            Ok(Received::Request(request, reply)) => {
                let answer = |request| self.endpoint.answer(request);
                let answer = self.channel.answer_once(*request, self.now, answer).await;
                reply.answer(answer)
            }
        }
    }
}

impl TestReply {
    /// Returns the screen that the phone shows; empty if the reply names none.
    pub fn screen(&self) -> &str {
        self.json["screen"].as_str().unwrap_or_default()
    }

    /// Returns the data of the screen.
    pub fn data(&self) -> &Value {
        &self.json["data"]
    }

    /// Returns the text that the phone shows over the screen, or when it closes
    /// the Flow; empty if there is none.
    pub fn message(&self) -> &str {
        let text = &self.json["data"]["error_message"];
        let closing = &self.json["error_msg"];
        text.as_str().or(closing.as_str()).unwrap_or_default()
    }

    /// Returns the values of the completion message; null if the Flow goes on.
    pub fn completion(&self) -> &Value {
        &self.json["data"]["extension_message_response"]["params"]
    }
}
