//! `flowgate send`: acts as phone and WhatsApp for one request.
//!
//! Works against an endpoint in any language: encrypts and signs as documented
//! in the [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint),
//! and says of the reply what a phone would make of it.

mod request;
mod status;

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use flowgate_protocol::keys::SIGNATURE_HEADER;
use flowgate_protocol::phone::PhoneRequest;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, redirect};
use serde_json::{Value, json};

use self::request::{ClearRequest, Credentials};
use crate::endpoint_args::EndpointArgs;
use crate::exit_code;
use crate::failure::Failure;
use crate::output::{Format, write_result};
use crate::runtime::block_on;

/// WhatsApp waits no longer for a reply.
const TIMEOUT: Duration = Duration::from_secs(10);

/// WhatsApp asks for replies below this.
const SLOW: Duration = Duration::from_secs(1);

/// Send one encrypted and signed request, as a phone through WhatsApp does.
#[derive(Args)]
pub(crate) struct Send {
    #[command(flatten)]
    endpoint: EndpointArgs,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    request: ClearRequest,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Show the encrypted request and reply as well
    #[arg(long)]
    verbose: bool,
}

/// What came back, as far as a phone looks at it.
struct Exchange {
    status: u16,
    elapsed: Duration,
    content_type: Option<String>,
    body: String,
    /// The opened reply; none if the body is empty, an error if a phone could
    /// not read it.
    reply: Option<Result<Value, String>>,
    request: PhoneRequest,
}

impl Send {
    /// Sends the request and reports the reply.
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let public_key = self.credentials.public_key()?;
        let app_secret = self.credentials.app_secret()?;
        let clear = self.request.to_bytes()?;
        let request = PhoneRequest::new(&public_key, &app_secret, &clear)?;
        let exchange = self.exchange(request)?;
        let text = match self.format {
            Format::Text => exchange.to_text(self.verbose),
            Format::Json => exchange.to_json(self.verbose),
        };
        write_result(&text)?;
        Ok(ExitCode::from(if exchange.is_good() {
            exit_code::SUCCESS
        } else {
            exit_code::REFUSED
        }))
    }

    fn exchange(&self, request: PhoneRequest) -> Result<Exchange, Failure> {
        let endpoint = self.endpoint.require()?;
        let certificates = self.endpoint.certificates()?;
        let unreachable = |error: reqwest::Error| Failure::Unreachable {
            url: endpoint.to_string(),
            problem: chain(&error),
            help: unreachable_help(&error),
        };
        let started = Instant::now();
        let (status, content_type, body) = block_on(async {
            // As WhatsApp: no redirects, no compression.
            let received = async {
                let mut builder = Client::builder()
                    .timeout(TIMEOUT)
                    .redirect(redirect::Policy::none());
                if let Some(certificates) = certificates {
                    builder = builder.tls_certs_only(certificates);
                }
                let response = builder
                    .build()?
                    .post(endpoint.clone())
                    .header(CONTENT_TYPE, "application/json")
                    .header(SIGNATURE_HEADER, &request.signature)
                    .body(request.body.clone())
                    .send()
                    .await?;
                let status = response.status().as_u16();
                let content_type = content_type(response.headers());
                Ok((status, content_type, response.bytes().await?))
            };
            received.await.map_err(unreachable)
        })?;
        let elapsed = started.elapsed();
        let body = String::from_utf8_lossy(&body).into_owned();
        let reply = match body.as_str() {
            "" => None,
            body => Some(request.open_reply(body).map_err(|error| error.to_string())),
        };
        Ok(Exchange {
            status,
            elapsed,
            content_type,
            body,
            reply,
            request,
        })
    }
}

impl Exchange {
    /// Tells whether a phone would go on with it.
    fn is_good(&self) -> bool {
        self.status == 200 && matches!(self.reply, Some(Ok(_)))
    }

    fn to_text(&self, verbose: bool) -> String {
        let mut text = String::new();
        let milliseconds = self.elapsed.as_secs_f64() * 1000.0;
        let meaning = status::meaning(self.status);
        // Writing into a String cannot fail.
        let _ = writeln!(text, "status  {} {meaning}", self.status);
        let _ = writeln!(text, "time    {milliseconds:.1} ms");
        match &self.reply {
            None => text.push_str("reply   empty\n"),
            Some(Ok(reply)) => {
                let _ = writeln!(text, "reply\n{reply:#}");
            }
            Some(Err(problem)) => {
                let _ = writeln!(text, "reply   {problem}");
            }
        }
        for warning in self.warnings() {
            let _ = writeln!(text, "warning {warning}");
        }
        if let Some(help) = status::help(self.status) {
            let _ = writeln!(text, "help    {help}");
        }
        if verbose {
            let _ = writeln!(
                text,
                "\nsent\n{SIGNATURE_HEADER}: {}\n{}\n\nreceived\n{}",
                self.request.signature,
                String::from_utf8_lossy(&self.request.body),
                self.body,
            );
        }
        text
    }

    fn to_json(&self, verbose: bool) -> String {
        let mut document = json!({
            "status": self.status,
            "meaning": status::meaning(self.status),
            "milliseconds": self.elapsed.as_secs_f64() * 1000.0,
            "reply": null,
            "problem": null,
            "warnings": self.warnings(),
        });
        match &self.reply {
            None => {}
            Some(Ok(reply)) => document["reply"] = reply.clone(),
            Some(Err(problem)) => document["problem"] = problem.as_str().into(),
        }
        if verbose {
            document["sent"] = json!({
                "signature": self.request.signature,
                "body": String::from_utf8_lossy(&self.request.body),
            });
            document["received"] = json!({ "body": self.body });
        }
        format!("{document:#}\n")
    }

    /// Names what a phone forgives and the next one may not.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.elapsed > SLOW {
            warnings.push(format!(
                "the reply took more than {} s; WhatsApp asks for less and gives up after {} s",
                SLOW.as_secs(),
                TIMEOUT.as_secs()
            ));
        }
        let sealed = matches!(self.reply, Some(Ok(_)));
        match &self.content_type {
            Some(found) if sealed && !found.starts_with("text/plain") => warnings.push(format!(
                "the content type is `{found}`; the documented one is `text/plain`"
            )),
            None if sealed => warnings.push(
                "the reply has no content type; the documented one is `text/plain`".to_owned(),
            ),
            _ => {}
        }
        if self.status == 200 && self.reply.is_none() {
            warnings.push("status 200 needs an encrypted body".to_owned());
        }
        if let Some(Ok(reply)) = &self.reply
            && self.status == 427
            && !reply["error_msg"].is_string()
        {
            warnings.push(
                "a reply with status 427 needs `error_msg`, the text for the user".to_owned(),
            );
        }
        warnings
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Joins an error and its sources: the last one names the cause.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

fn unreachable_help(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "WhatsApp gives up after 10 s as well; answer earlier, and do slow work afterwards"
    } else if error.is_connect() {
        "check that the server runs, and host and port of the URL"
    } else {
        "check the URL and what stands between: proxy, tunnel, firewall"
    }
}
