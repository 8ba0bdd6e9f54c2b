//! A business with one key pair and one app secret, and the requests that
//! WhatsApp forwards to it.

use bytes::Bytes;
use flowgate_protocol::Channel;
use flowgate_protocol::keys::{
    AppSecret, AppSecrets, Backend, KeyRing, PrivateKey, SIGNATURE_HEADER,
};
use flowgate_protocol::phone::PhoneRequest;
use serde_json::Value;

use crate::payload::{SCREEN, clear_request};

/// Holds the keys of one business; made anew in every run.
#[derive(Debug)]
pub struct Business {
    /// The private key, whose public half phones use.
    pub key: PrivateKey,
    /// Signs requests.
    pub app_secret: AppSecret,
}

/// Holds a request as it arrives, and what its reply must say.
#[derive(Debug)]
pub struct ForwardedRequest {
    /// The envelope, with `/` written as `\/` as WhatsApp does it.
    pub body: Bytes,
    /// Value of the header `X-Hub-Signature-256`.
    pub signature: String,
    phone: PhoneRequest,
    data: Value,
}

impl Business {
    /// Makes the keys.
    pub fn new() -> Self {
        Self {
            key: PrivateKey::generate().unwrap(),
            app_secret: AppSecret::generate().unwrap(),
        }
    }

    /// Opens the channel with one backend.
    pub fn channel(&self, backend: Backend) -> Channel {
        let key_ring = KeyRing::builder(&self.key)
            .backend(backend)
            .build()
            .unwrap();
        Channel::builder(key_ring, AppSecrets::new(self.app_secret.clone())).build()
    }

    /// Makes the request of one phone.
    pub fn request(&self, number: usize, payload_bytes: usize) -> ForwardedRequest {
        let clear = clear_request(number, payload_bytes);
        let phone = PhoneRequest::new(self.key.public_key(), &self.app_secret, &clear).unwrap();
        let body = String::from_utf8_lossy(&phone.body).replace('/', "\\/");
        let clear: Value = serde_json::from_slice(&clear).unwrap();
        ForwardedRequest {
            signature: self.app_secret.sign(body.as_bytes()),
            body: body.into(),
            data: clear["data"].clone(),
            phone,
        }
    }
}

impl Default for Business {
    fn default() -> Self {
        Self::new()
    }
}

impl ForwardedRequest {
    /// Opens the reply as the phone would.
    ///
    /// # Panics
    ///
    /// If it cannot be opened, or is not the echo of the request.
    pub fn check(&self, reply_body: &str) {
        let reply = self.phone.open_reply(reply_body).unwrap();
        assert_eq!(reply["screen"], SCREEN);
        assert!(reply["data"] == self.data, "a reply is not the echo");
    }

    /// Writes the whole HTTP request.
    pub fn to_http(&self, path: &str) -> Vec<u8> {
        let mut http = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             {SIGNATURE_HEADER}: {}\r\nContent-Length: {}\r\n\r\n",
            self.signature,
            self.body.len(),
        )
        .into_bytes();
        http.extend_from_slice(&self.body);
        http
    }
}
