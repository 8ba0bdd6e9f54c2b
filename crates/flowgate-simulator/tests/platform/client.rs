//! A plain HTTP client and bodies as other clients write them.

use std::sync::LazyLock;
use std::time::Duration;

use flowgate_simulator::keys::{PhoneNumberId, PrivateKey};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;

/// The version part of the Cloud API's paths.
pub(crate) const CLOUD: &str = "/v23.0";

static KEY: LazyLock<String> = LazyLock::new(new_key);

/// A test key, too short to be accepted.
pub(crate) const KEY_OF_1024_BITS: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugd
UWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUparCwlvdbH6dvEOfou0/gCFQs
HUfQrSDv+MuSUMAe8jzKE4qW+jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5D
o2kQ+X5xK9cipRgEKwIDAQAB
-----END PUBLIC KEY-----
";

/// A public key, the same one always.
pub(crate) fn key() -> &'static str {
    &KEY
}

pub(crate) fn new_key() -> String {
    PrivateKey::generate().unwrap().public_key().to_spki_pem()
}

/// Another one whose base64 has a `+`, as five of six have.
pub(crate) fn key_with_plus() -> String {
    loop {
        let key = new_key();
        if key.contains('+') {
            return key;
        }
    }
}

pub(crate) fn id(text: &str) -> PhoneNumberId {
    PhoneNumberId::new(text).unwrap()
}

/// A form as `curl --data-urlencode` writes it.
pub(crate) fn form(pairs: &[(&str, &str)]) -> (String, String) {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect::<String>()
    };
    let body: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    (
        "application/x-www-form-urlencoded".to_owned(),
        body.join("&"),
    )
}

/// Form-data as Postman writes it.
pub(crate) fn multipart(pairs: &[(&str, &str)]) -> (String, String) {
    let boundary = "--------------------------735323031399963166993862";
    let mut body = String::new();
    for (name, value) in pairs {
        body += &format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    body += &format!("--{boundary}--\r\n");
    (format!("multipart/form-data; boundary={boundary}"), body)
}

pub(crate) struct Client {
    base: String,
    authorization: Option<String>,
    client: reqwest::Client,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            authorization: None,
            client: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn trusting(base: &str, authority_pem: &str) -> Self {
        let authority = reqwest::Certificate::from_pem(authority_pem.as_bytes()).unwrap();
        Self {
            client: reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([authority])
                .build()
                .unwrap(),
            ..Self::new(base)
        }
    }

    pub(crate) fn bearer(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }

    pub(crate) fn authorization(mut self, value: impl Into<String>) -> Self {
        self.authorization = Some(value.into());
        self
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post(path, "application/json", body.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, content_type: &str, body: String) -> (u16, Value) {
        self.send("POST", path, Some((content_type, body))).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, String)>,
    ) -> (u16, Value) {
        let reply = self.try_send(method, path, body).await.unwrap();
        let status = reply.status().as_u16();
        let text = reply.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, String)>,
    ) -> reqwest::Result<reqwest::Response> {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some((content_type, body)) = body {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        request.send().await
    }
}
