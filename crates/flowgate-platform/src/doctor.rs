//! Examines an endpoint in any language, and the key that phones encrypt with.
//!
//! Plays WhatsApp's part of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint)
//! with requests that are right, and with some that are wrong on purpose, and
//! says of each reply what a phone would make of it and what to mend.

mod finding;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flowgate_keys::{AppSecret, KeyError, PublicKey};
use flowgate_protocol::phone::{PhoneRequest, ReplyError, ReplyFault};
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, LOCATION};
use serde_json::{Value, json};

pub use self::finding::{Code, Finding, Severity};
use crate::bootstrap::UploadReason;
use crate::connection::is_loopback;
use crate::endpoint_client::{EndpointClient, EndpointReply, NoReply, NoReplyKind, REPLY_TIMEOUT};
use crate::error::PlatformError;
use crate::phone_number::PhoneNumber;
use crate::refusal::printable;
use crate::retry::{Retries, RetryPolicy, SystemTimer, Timer};

/// Examines one endpoint.
///
/// ```no_run
/// use flowgate_keys::{AppSecret, PublicKey};
/// use flowgate_platform::Doctor;
///
/// # async fn examine() -> Result<(), Box<dyn std::error::Error>> {
/// let key = PublicKey::read_file("public.pem")?;
/// let url = "https://flows.example.com/flow".parse()?;
/// let report = Doctor::new(url, key, AppSecret::new("the app secret")?)
///     .examine()
///     .await?;
/// for finding in &report.findings {
///     eprintln!("{finding}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// **Security:** it sends requests that no phone sends, so run it on endpoints
/// of your own. It opens a Flow under the token given, and submits nothing that
/// an application could take for a user's input.
#[derive(Debug)]
#[must_use]
pub struct Doctor {
    endpoint: Url,
    key: PublicKey,
    app_secret: AppSecret,
    flow_token: String,
    numbers: Vec<PhoneNumber>,
    retries: Retries,
    ca_file: Option<PathBuf>,
    reply_timeout: Duration,
    timer: Arc<dyn Timer>,
}

/// What was examined and found.
#[derive(Debug)]
#[non_exhaustive]
pub struct DoctorReport {
    /// What was examined, in order.
    pub checks: Vec<Check>,
    /// All findings, in the order of their checks.
    pub findings: Vec<Finding>,
}

/// One thing that was examined.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What it is about, for people.
    pub title: &'static str,
    /// How many findings it brought.
    pub findings: usize,
}

/// Why an endpoint cannot be examined at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoctorError {
    /// The client cannot be set up with these settings.
    #[error(transparent)]
    Client(#[from] PlatformError),
    /// The key cannot encrypt.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What an examination has come to know.
struct Examination<'a> {
    doctor: &'a Doctor,
    client: EndpointClient,
    checks: Vec<Check>,
    findings: Vec<Finding>,
    /// The first ping, if its reply could be opened.
    first_ping: Option<PhoneRequest>,
}

impl Doctor {
    /// Starts with the public URL of the endpoint, the public key that phones
    /// use, and the secret that WhatsApp signs with.
    pub fn new(endpoint: Url, key: PublicKey, app_secret: AppSecret) -> Self {
        Self {
            endpoint,
            key,
            app_secret,
            flow_token: FLOW_TOKEN.to_owned(),
            numbers: Vec::new(),
            retries: Retries::new(RetryPolicy::default()),
            ca_file: None,
            reply_timeout: REPLY_TIMEOUT,
            timer: Arc::new(SystemTimer::new()),
        }
    }

    /// Sets the flow token of the requests. Defaults to `flowgate-doctor`, which
    /// endpoints that check tokens answer with 427.
    pub fn flow_token(mut self, token: impl Into<String>) -> Self {
        self.flow_token = token.into();
        self
    }

    /// Sets the phone numbers whose published key is compared. Defaults to none.
    pub fn numbers(mut self, numbers: Vec<PhoneNumber>, retries: Retries) -> Self {
        self.numbers = numbers;
        self.retries = retries;
        self
    }

    /// Trusts the certificates of a PEM file, and no others. Defaults to those
    /// of the system, as WhatsApp does with public ones.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets after which time a reply is given up. Defaults to 10 s, after which
    /// WhatsApp gives up.
    pub fn reply_timeout(mut self, timeout: Duration) -> Self {
        self.reply_timeout = timeout;
        self
    }

    /// Sets the clock that measures replies. Defaults to that of the system.
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    /// Examines the endpoint and the published keys.
    ///
    /// # Errors
    ///
    /// [`DoctorError`] if nothing could be sent at all; what the endpoint does
    /// wrong is a finding.
    pub async fn examine(&self) -> Result<DoctorReport, DoctorError> {
        let client = EndpointClient::new(self.endpoint.clone(), self.ca_file.as_deref())?
            .timer(Arc::clone(&self.timer))
            .reply_timeout(self.reply_timeout);
        let mut examination = Examination {
            doctor: self,
            client,
            checks: Vec::new(),
            findings: Vec::new(),
            first_ping: None,
        };
        examination.run().await?;
        Ok(DoctorReport {
            checks: examination.checks,
            findings: examination.findings,
        })
    }
}

impl Examination<'_> {
    async fn run(&mut self) -> Result<(), DoctorError> {
        let is_alive = self.ping().await?;
        if is_alive {
            self.second_ping().await?;
            self.body_as_received().await?;
            self.wrong_signatures().await?;
            self.undecryptable().await?;
            self.malformed().await;
            self.compression().await?;
            self.init().await?;
            self.unknown_screen().await?;
            self.notification().await?;
            self.webhook().await;
        }
        self.published_keys().await;
        Ok(())
    }

    /// The ping says most: signature, key, vector, tag, encoding, headers, time.
    async fn ping(&mut self) -> Result<bool, DoctorError> {
        let mut findings = Vec::new();
        let url = self.client.url();
        if url.scheme() == "http" && !is_loopback(url) {
            findings.push(Finding::new(Code::ClearText, format!("the URL is {url}")));
        }
        let request = self.request(&json!({"version": "3.0", "action": "ping"}))?;
        let is_alive = match self.client.send(&request).await {
            Err(no_reply) => {
                findings.push(no_reply_finding(&no_reply));
                false
            }
            Ok(reply) => {
                findings.extend(clock_finding(&reply));
                findings.extend(slow_finding(&reply));
                let is_alive = self.judge_ping(&request, &reply, &mut findings);
                if request
                    .open_reply(&String::from_utf8_lossy(&reply.body))
                    .is_ok()
                {
                    self.first_ping = Some(request);
                }
                is_alive
            }
        };
        self.close("the endpoint answers a ping", findings);
        Ok(is_alive)
    }

    /// Tells whether further requests are worth sending.
    fn judge_ping(
        &self,
        request: &PhoneRequest,
        reply: &EndpointReply,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let status = reply.status;
        let mut find = |code, problem: String| findings.push(Finding::new(code, problem));
        match status {
            200 => {}
            300..=399 => {
                let target = text_header(reply, &LOCATION).unwrap_or_default();
                find(
                    Code::Redirected,
                    format!("HTTP {status} sends to `{target}`"),
                );
                return false;
            }
            404 | 405 => {
                find(Code::NotServed, format!("a POST is answered with {status}"));
                return false;
            }
            421 => {
                find(
                    Code::CannotDecrypt,
                    format!(
                        "a ping for the key {} is answered with 421",
                        self.doctor.key.fingerprint().short()
                    ),
                );
                return true;
            }
            432 => {
                find(
                    Code::SignatureRefused,
                    "a ping signed with the app secret is answered with 432".to_owned(),
                );
                return true;
            }
            201..=299 => {
                find(
                    Code::StatusNot200,
                    format!("a ping is answered with {status}"),
                );
                return true;
            }
            _ if is_page(reply) => {
                find(
                    Code::WebPage,
                    format!("HTTP {status} with a web page{}", title_of(reply)),
                );
                return false;
            }
            _ => {
                find(
                    Code::PingFailed,
                    format!("a ping is answered with {status}"),
                );
                return true;
            }
        }
        if is_page(reply) {
            find(
                Code::WebPage,
                format!("HTTP 200 with a web page{}", title_of(reply)),
            );
            return false;
        }
        if let Some(answer) = open(request, reply, findings) {
            findings.extend(content_type_finding(reply));
            if answer != json!({"data": {"status": "active"}}) {
                findings.push(Finding::new(
                    Code::PingAnswer,
                    format!("a ping is answered with `{}`", excerpt(&answer)),
                ));
            }
        }
        true
    }

    /// A second ping under another key: an endpoint may have kept the first one.
    async fn second_ping(&mut self) -> Result<(), DoctorError> {
        let Some(first) = self.first_ping.take() else {
            return Ok(());
        };
        let second = self.request(&json!({"version": "3.0", "action": "ping"}))?;
        let mut findings = Vec::new();
        if let Ok(reply) = self.client.send(&second).await
            && reply.status == 200
        {
            let body = String::from_utf8_lossy(&reply.body);
            if first.open_reply(&body).is_ok() {
                findings.push(Finding::new(
                    Code::ReplyKeyReused,
                    "the reply to a second ping is sealed under the first one's key and vector",
                ));
            } else if second.open_reply(&body).is_err() {
                findings.push(Finding::new(
                    Code::ReplyKeyReused,
                    "the reply to a first ping could be opened, the one to a second cannot",
                ));
            }
        }
        self.close("each reply is sealed under its own request's key", findings);
        Ok(())
    }

    /// WhatsApp escapes slashes and may escape more: only the raw bytes verify.
    async fn body_as_received(&mut self) -> Result<(), DoctorError> {
        let plain = self.request(&json!({"version": "3.0", "action": "ping"}))?;
        let text = String::from_utf8_lossy(&plain.body).replace('/', "\\/");
        // A field that nobody knows, with what JSON writers write in other ways.
        let text = text.replacen('{', "{ \"flowgate_doctor\":\"\\u00e9 \\/ <&>\", ", 1);
        let body = text.into_bytes();
        let signature = self.doctor.app_secret.sign(&body);
        let mut findings = Vec::new();
        let as_written = self.client.send(&plain).await;
        let escaped = self.client.post(body, Some(&signature), None).await;
        if let (Ok(as_written), Ok(escaped)) = (as_written, escaped)
            && as_written.status != 432
            && escaped.status != as_written.status
        {
            findings.push(Finding::new(
                Code::BodyAltered,
                format!(
                    "a signed ping is answered with {}, with escaped slashes in its JSON with {}",
                    as_written.status, escaped.status
                ),
            ));
        }
        self.close(
            "the signature is checked over the bytes as received",
            findings,
        );
        Ok(())
    }

    async fn wrong_signatures(&mut self) -> Result<(), DoctorError> {
        let request = self.request(&json!({"version": "3.0", "action": "ping"}))?;
        let other = AppSecret::generate().map_err(|_| KeyError::Generation {
            reason: "the operating system gave no random bytes",
        })?;
        let wrong = other.sign(&request.body);
        let mut findings = Vec::new();
        for (signature, what, accepted) in [
            (
                Some(wrong.as_str()),
                "a wrong signature",
                Code::SignatureNotChecked,
            ),
            (None, "a missing signature", Code::MissingSignatureAccepted),
            (
                Some("sha256="),
                "an empty signature",
                Code::SignatureNotChecked,
            ),
        ] {
            let reply = self
                .client
                .post(request.body.clone(), signature, None)
                .await;
            let problem = |status| format!("{what} is answered with {status}");
            match reply {
                Ok(reply) => match reply.status {
                    432 => {}
                    // It went on to decrypt: 421 as well.
                    200 | 421 | 427 => findings.push(Finding::new(accepted, problem(reply.status))),
                    500..=599 => {
                        findings.push(Finding::new(Code::SignatureCrash, problem(reply.status)));
                    }
                    status => findings.push(Finding::new(Code::SignatureStatus, problem(status))),
                },
                Err(no_reply) => findings.push(Finding::new(
                    Code::SignatureCrash,
                    format!("{what} gets no reply: {}", no_reply.problem),
                )),
            }
        }
        findings.dedup_by_key(|finding| finding.code);
        self.close(
            "wrong and missing signatures are refused with 432",
            findings,
        );
        Ok(())
    }

    async fn undecryptable(&mut self) -> Result<(), DoctorError> {
        let mut findings = Vec::new();
        let mut replies = Vec::new();
        for (field, what) in [
            ("encrypted_aes_key", "a damaged AES key"),
            ("encrypted_flow_data", "damaged flow data"),
        ] {
            let request = self.request(&json!({"version": "3.0", "action": "ping"}))?;
            let Some(body) = damaged(&request.body, field) else {
                continue;
            };
            let signature = self.doctor.app_secret.sign(&body);
            match self.client.post(body, Some(&signature), None).await {
                Ok(reply) => {
                    if !matches!(reply.status, 421 | 432) {
                        findings.push(Finding::new(
                            Code::UndecryptableStatus,
                            format!("{what} is answered with {}", reply.status),
                        ));
                    }
                    replies.push((reply.status, reply.body));
                }
                Err(no_reply) => findings.push(Finding::new(
                    Code::UndecryptableStatus,
                    format!("{what} gets no reply: {}", no_reply.problem),
                )),
            }
        }
        if let [one, other] = replies.as_slice()
            && one != other
        {
            findings.push(Finding::new(
                Code::DecryptionOracle,
                format!(
                    "a failed RSA step is answered with {}, a failed AES step with {}{}",
                    one.0,
                    other.0,
                    if one.0 == other.0 {
                        " and another body"
                    } else {
                        ""
                    }
                ),
            ));
        }
        self.close(
            "requests that cannot be decrypted are answered with 421",
            findings,
        );
        Ok(())
    }

    async fn malformed(&mut self) {
        let mut findings = Vec::new();
        for body in [&b"{}"[..], b"not JSON"] {
            let signature = self.doctor.app_secret.sign(body);
            let reply = self
                .client
                .post(body.to_vec(), Some(&signature), None)
                .await;
            let what = String::from_utf8_lossy(body);
            match reply {
                Ok(reply) if reply.status >= 500 => findings.push(Finding::new(
                    Code::MalformedCrash,
                    format!("the signed body `{what}` is answered with {}", reply.status),
                )),
                Err(no_reply) => findings.push(Finding::new(
                    Code::MalformedCrash,
                    format!(
                        "the signed body `{what}` gets no reply: {}",
                        no_reply.problem
                    ),
                )),
                Ok(_) => {}
            }
        }
        findings.dedup_by_key(|finding| finding.code);
        self.close("bodies that are no envelope are refused", findings);
    }

    async fn compression(&mut self) -> Result<(), DoctorError> {
        let request = self.request(&json!({"version": "3.0", "action": "ping"}))?;
        let mut findings = Vec::new();
        let reply = self
            .client
            .post(
                request.body.clone(),
                Some(&request.signature),
                Some("gzip, deflate, br"),
            )
            .await;
        if let Ok(reply) = reply
            && let Some(encoding) = text_header(&reply, &CONTENT_ENCODING)
            && encoding != "identity"
        {
            findings.push(Finding::new(
                Code::ReplyCompressed,
                format!("a caller that takes compression gets `{encoding}`"),
            ));
        }
        self.close("replies are not compressed", findings);
        Ok(())
    }

    async fn init(&mut self) -> Result<(), DoctorError> {
        let request = self.request(&json!({
            "version": "3.0",
            "action": "INIT",
            "screen": "",
            "data": {},
            "flow_token": self.doctor.flow_token,
        }))?;
        let mut findings = Vec::new();
        match self.client.send(&request).await {
            Err(no_reply) => findings.push(no_reply_finding(&no_reply)),
            Ok(reply) => {
                findings.extend(slow_finding(&reply));
                match reply.status {
                    200 => {
                        if let Some(answer) = open(&request, &reply, &mut findings) {
                            findings.extend(screen_findings(&answer));
                        }
                    }
                    427 => judge_427(&request, &reply, &mut findings),
                    // Said of the ping already.
                    421 | 432 => {}
                    status => findings.push(Finding::new(
                        Code::InitFailed,
                        format!("INIT is answered with {status}"),
                    )),
                }
            }
        }
        // What is wrong with every reply was found with the ping.
        findings.retain(|finding| !self.findings.iter().any(|old| old.code == finding.code));
        self.close("INIT is answered with a screen, or with 427", findings);
        Ok(())
    }

    async fn unknown_screen(&mut self) -> Result<(), DoctorError> {
        let request = self.request(&json!({
            "version": "3.0",
            "action": "data_exchange",
            "screen": "FLOWGATE_DOCTOR",
            "data": {},
            "flow_token": self.doctor.flow_token,
        }))?;
        let mut findings = Vec::new();
        if let Ok(reply) = self.client.send(&request).await
            && reply.status >= 500
        {
            findings.push(Finding::new(
                Code::UnknownScreenCrash,
                format!(
                    "a screen that is not known is answered with {}",
                    reply.status
                ),
            ));
        }
        self.close("a screen that is not known is answered", findings);
        Ok(())
    }

    async fn notification(&mut self) -> Result<(), DoctorError> {
        let mut findings = Vec::new();
        // WhatsApp's web client sends an empty key for some errors.
        for error in ["payload-schema-error", ""] {
            let request = self.request(&json!({
                "version": "3.0",
                "action": "INIT",
                "screen": "",
                "data": {"error": error, "error_message": "sent by flowgate doctor"},
                "flow_token": self.doctor.flow_token,
            }))?;
            let reply = match self.client.send(&request).await {
                Err(no_reply) => {
                    findings.push(Finding::new(
                        Code::NotificationNotAcknowledged,
                        format!("an error notification gets no reply: {}", no_reply.problem),
                    ));
                    continue;
                }
                Ok(reply) => reply,
            };
            if matches!(reply.status, 421 | 432) {
                continue;
            }
            let body = String::from_utf8_lossy(&reply.body);
            let problem = match (reply.status, request.open_reply(&body)) {
                (200, Ok(answer)) if answer["data"]["acknowledged"] == true => continue,
                (200, Ok(answer)) => format!("is answered with `{}`", excerpt(&answer)),
                // What is wrong with every reply was found with the ping.
                (200, Err(_)) => continue,
                (status, _) => format!("is answered with {status}"),
            };
            findings.push(Finding::new(
                Code::NotificationNotAcknowledged,
                format!("an error notification with `error` \"{error}\" {problem}"),
            ));
        }
        findings.dedup_by_key(|finding| finding.code);
        self.close("error notifications are acknowledged", findings);
        Ok(())
    }

    async fn webhook(&mut self) {
        let mut findings = Vec::new();
        let challenge = "1158201444";
        let query = [
            ("hub.mode", "subscribe"),
            ("hub.challenge", challenge),
            ("hub.verify_token", "flowgate-doctor"),
        ];
        if let Ok(reply) = self.client.get(&query).await
            && reply.status == 200
            && String::from_utf8_lossy(&reply.body).contains(challenge)
        {
            findings.push(Finding::new(
                Code::WebhookPath,
                "a GET with `hub.challenge` is answered with the challenge, whatever its token",
            ));
        }
        self.close("the path is not that of a webhook", findings);
    }

    async fn published_keys(&mut self) {
        if self.doctor.numbers.is_empty() {
            return;
        }
        let mut findings = Vec::new();
        for number in &self.doctor.numbers {
            let published = self
                .doctor
                .retries
                .run(&format!("read the key of {number}"), || {
                    number.read_public_key()
                })
                .await;
            let published = match published {
                Err(error) => {
                    findings.push(Finding::new(
                        Code::PlatformFailed,
                        format!("{number}: {error}"),
                    ));
                    continue;
                }
                Ok(published) => published,
            };
            let key = &self.doctor.key;
            let Some(reason) = UploadReason::find(published.as_ref(), key) else {
                continue;
            };
            let (code, problem) = match reason {
                UploadReason::NoKey => (Code::KeyMissing, "has no public key".to_owned()),
                UploadReason::OtherKey(found) => (
                    Code::KeyDiffers,
                    format!(
                        "holds the key {}, not {}",
                        found.short(),
                        key.fingerprint().short()
                    ),
                ),
                UploadReason::UnreadableKey => (
                    Code::KeyForm,
                    "holds a text that phones cannot read as a key".to_owned(),
                ),
                UploadReason::Status(status) => {
                    (Code::KeySignature, format!("signature status is {status}"))
                }
            };
            findings.push(Finding::new(code, format!("{number}: {problem}")));
        }
        self.close(
            "every number holds this key with a valid signature",
            findings,
        );
    }

    fn request(&self, clear: &Value) -> Result<PhoneRequest, KeyError> {
        let clear = clear.to_string();
        PhoneRequest::new(&self.doctor.key, &self.doctor.app_secret, clear.as_bytes())
    }

    fn close(&mut self, title: &'static str, findings: Vec<Finding>) {
        self.checks.push(Check {
            title,
            findings: findings.len(),
        });
        self.findings.extend(findings);
    }
}

impl DoctorReport {
    /// Tells whether phones can use the endpoint: there may be warnings.
    pub fn is_healthy(&self) -> bool {
        !self
            .findings
            .iter()
            .any(|finding| finding.code.severity() == Severity::Error)
    }
}

/// Opens a reply, or says why a phone cannot.
fn open(
    request: &PhoneRequest,
    reply: &EndpointReply,
    findings: &mut Vec<Finding>,
) -> Option<Value> {
    let mut find = |code, problem: &str| findings.push(Finding::new(code, problem));
    if let Some(encoding) = text_header(reply, &CONTENT_ENCODING)
        && encoding != "identity"
    {
        find(
            Code::ReplyCompressed,
            &format!("the reply is compressed with `{encoding}` though nobody asked"),
        );
        return None;
    }
    let Ok(body) = std::str::from_utf8(&reply.body) else {
        let (code, problem) = match reply.body.as_slice() {
            [0x1f, 0x8b, ..] => (Code::ReplyCompressed, "the reply is compressed with gzip"),
            _ => (Code::ReplyNotBase64, "the reply is binary"),
        };
        find(code, problem);
        return None;
    };
    if body.is_empty() {
        find(Code::EmptyReply, "the reply has an empty body");
        return None;
    }
    match request.open_reply(body) {
        Ok(answer) => return Some(answer),
        Err(ReplyError::NotJson(_)) => {
            find(Code::ReplyNotJson, "the opened reply is not JSON");
            return None;
        }
        Err(ReplyError::NotBase64 { .. }) => {}
        Err(_) => {
            let (code, problem) = sealing_fault(request.diagnose_reply(body));
            find(code, problem);
            return None;
        }
    }
    let (code, problem) = text_fault(request, body);
    find(code, problem);
    // What is in the text is looked at as well: it may have a fault of its own.
    let bare = body.trim().trim_matches('"').replace(['\r', '\n'], "");
    if STANDARD.decode(&bare).is_ok() && request.open_reply(&bare).is_err() {
        let (code, problem) = sealing_fault(request.diagnose_reply(&bare));
        find(code, problem);
    }
    None
}

/// Says why a text is not base64 as phones read it.
fn text_fault(request: &PhoneRequest, body: &str) -> (Code, &'static str) {
    let trimmed = body.trim_start_matches('\u{feff}').trim();
    if let Ok(value) = serde_json::from_str::<Value>(trimmed) {
        match &value {
            Value::String(_) => {
                return (Code::ReplyQuoted, "the reply stands in quotes");
            }
            Value::Object(fields) => {
                let is_wrapped = fields.values().any(|field| {
                    field
                        .as_str()
                        .is_some_and(|text| request.open_reply(text).is_ok())
                });
                return match is_wrapped {
                    true => (Code::ReplyWrapped, "the reply is a field of a JSON object"),
                    false => (Code::ReplyInClear, "the reply is JSON in clear text"),
                };
            }
            _ => {}
        }
    }
    let bare: String = trimmed.split_whitespace().collect();
    if bare.len() != body.len() && STANDARD.decode(&bare).is_ok() {
        return (
            Code::ReplyWhiteSpace,
            "there are line breaks or blanks in or around the base64 text",
        );
    }
    let standard: String = bare.replace('-', "+").replace('_', "/");
    let padded = format!(
        "{}{}",
        standard.trim_end_matches('='),
        "=".repeat((4 - standard.trim_end_matches('=').len() % 4) % 4)
    );
    if STANDARD.decode(&padded).is_ok() {
        return (
            Code::ReplyBase64Variant,
            "the reply is base64 in another alphabet or without padding",
        );
    }
    (Code::ReplyNotBase64, "the reply is not base64")
}

fn sealing_fault(fault: Option<ReplyFault>) -> (Code, &'static str) {
    match fault {
        Some(ReplyFault::VectorNotInverted) => (
            Code::VectorNotInverted,
            "the reply is sealed with the vector of the request as it was",
        ),
        Some(ReplyFault::VectorPartlyInverted) => (
            Code::VectorPartlyInverted,
            "the reply is sealed with a vector of which only some bytes are inverted",
        ),
        Some(ReplyFault::VectorCut) => (
            Code::VectorCut,
            "the reply is sealed with the first 12 bytes of the vector",
        ),
        Some(ReplyFault::TagInFront) => (Code::TagInFront, "the tag stands before the ciphertext"),
        Some(ReplyFault::TagMissing) => (Code::TagMissing, "the reply has no tag"),
        Some(ReplyFault::TagWrong) => (Code::TagWrong, "the tag of the reply does not fit"),
        Some(ReplyFault::TooShort) => {
            (Code::ReplyCannotBeOpened, "the reply is shorter than a tag")
        }
        _ => (
            Code::ReplyCannotBeOpened,
            "the reply cannot be opened with the key and vector of its request",
        ),
    }
}

fn judge_427(request: &PhoneRequest, reply: &EndpointReply, findings: &mut Vec<Finding>) {
    let body = String::from_utf8_lossy(&reply.body);
    if body.is_empty() {
        findings.push(Finding::new(
            Code::TokenReplyWithoutText,
            "427 comes with an empty body",
        ));
        return;
    }
    if serde_json::from_str::<Value>(&body).is_ok_and(|value| value.is_object()) {
        findings.push(Finding::new(
            Code::TokenReplyInClear,
            "427 comes with clear JSON, which phones try to decrypt",
        ));
        return;
    }
    if let Some(answer) = open(request, reply, findings)
        && !answer["error_msg"].is_string()
    {
        findings.push(Finding::new(
            Code::TokenReplyWithoutText,
            "427 comes without `error_msg`",
        ));
    }
}

fn screen_findings(answer: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if answer["screen"].as_str().is_none_or(str::is_empty) {
        findings.push(Finding::new(
            Code::NoScreen,
            "the reply to INIT has no `screen`",
        ));
    }
    if !answer["data"].is_object() {
        findings.push(Finding::new(
            Code::NoData,
            "the reply to INIT has no object `data`",
        ));
    }
    if holds_null(&answer["data"]) && !answer["data"].is_null() {
        findings.push(Finding::new(
            Code::NullInData,
            "the data of the reply to INIT holds null",
        ));
    }
    findings
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(fields) => fields.values().any(holds_null),
        _ => false,
    }
}

fn no_reply_finding(no_reply: &NoReply) -> Finding {
    let code = match no_reply.kind {
        NoReplyKind::Unreachable => Code::Unreachable,
        NoReplyKind::Tls => Code::TlsFailed,
        NoReplyKind::TimedOut => Code::TimedOut,
        NoReplyKind::Interrupted => Code::ConnectionClosed,
    };
    Finding::new(code, no_reply.problem.clone())
}

fn clock_finding(reply: &EndpointReply) -> Option<Finding> {
    let date = httpdate::parse_http_date(&text_header(reply, &DATE)?).ok()?;
    let now = SystemTime::now();
    let apart = now
        .duration_since(date)
        .or_else(|_| date.duration_since(now))
        .ok()?;
    (apart > CLOCK_TOLERANCE).then(|| {
        let seconds = apart.as_secs();
        Finding::new(
            Code::ClockDiffers,
            format!("the clocks of endpoint and this machine are {seconds} s apart"),
        )
    })
}

fn slow_finding(reply: &EndpointReply) -> Option<Finding> {
    (reply.elapsed > SLOW).then(|| {
        let seconds = reply.elapsed.as_secs_f64();
        Finding::new(Code::Slow, format!("the reply took {seconds:.1} s"))
    })
}

fn content_type_finding(reply: &EndpointReply) -> Option<Finding> {
    match text_header(reply, &CONTENT_TYPE) {
        Some(found) if found.starts_with("text/plain") => None,
        Some(found) => Some(Finding::new(
            Code::ContentType,
            format!("the content type is `{found}`"),
        )),
        None => Some(Finding::new(Code::ContentType, "there is no content type")),
    }
}

fn is_page(reply: &EndpointReply) -> bool {
    let start = String::from_utf8_lossy(reply.body.get(..64).unwrap_or(&reply.body));
    let start = start.trim_start().to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html")
}

fn title_of(reply: &EndpointReply) -> String {
    let page = String::from_utf8_lossy(&reply.body);
    let title = page
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or_else(String::new, |(title, _)| {
        format!(", \"{}\"", printable(title, MAX_EXCERPT_CHARACTERS))
    })
}

fn text_header(reply: &EndpointReply, name: &reqwest::header::HeaderName) -> Option<String> {
    let value = reply.headers.get(name)?;
    Some(printable(
        &String::from_utf8_lossy(value.as_bytes()),
        MAX_EXCERPT_CHARACTERS,
    ))
}

/// The answer to a ping or notification holds nobody's data, but a wrong one
/// might: only its names are shown.
fn excerpt(answer: &Value) -> String {
    fn names(value: &Value, depth: usize) -> Value {
        match value {
            Value::Object(fields) if depth > 0 => fields
                .iter()
                .map(|(name, field)| (name.clone(), names(field, depth - 1)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            _ => "…".into(),
        }
    }
    printable(&names(answer, 2).to_string(), MAX_EXCERPT_CHARACTERS)
}

/// Flips bits in one part of an envelope.
fn damaged(body: &[u8], field: &str) -> Option<Vec<u8>> {
    let mut envelope: Value = serde_json::from_slice(body).ok()?;
    let mut bytes = STANDARD.decode(envelope[field].as_str()?).ok()?;
    // The last byte: the first one could push an RSA ciphertext over its modulus.
    *bytes.last_mut()? ^= 0x55;
    envelope[field] = STANDARD.encode(bytes).into();
    Some(envelope.to_string().into_bytes())
}

const FLOW_TOKEN: &str = "flowgate-doctor";
/// WhatsApp asks for replies below this.
const SLOW: Duration = Duration::from_secs(1);
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);
const MAX_EXCERPT_CHARACTERS: usize = 120;
