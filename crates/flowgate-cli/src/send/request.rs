//! Flags of `flowgate send` that make the clear request, and the keys to seal it.

use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use flowgate_protocol::keys::{AppSecret, PublicKey};
use serde_json::{Map, Value, json};

use crate::app_secret_args::AppSecretArgs;
use crate::failure::Failure;

/// Keys of the phone's side.
#[derive(Args)]
#[command(next_help_heading = "Keys")]
pub(super) struct Credentials {
    /// File of the published public key, or of its certificate
    #[arg(long, value_name = "PATH", env = "FLOWGATE_PUBLIC_KEY_FILE")]
    public_key_file: PathBuf,
    #[command(flatten)]
    app_secret: AppSecretArgs,
}

/// The request in clear text.
#[derive(Args)]
#[command(next_help_heading = "Request")]
pub(super) struct ClearRequest {
    /// ping, INIT, data_exchange or BACK
    #[arg(
        long,
        value_name = "ACTION",
        value_parser = ["ping", "INIT", "data_exchange", "BACK"],
        required_unless_present_any = ["ping", "stdin"]
    )]
    action: Option<String>,
    /// Short for --action ping
    #[arg(long, conflicts_with_all = ["action", "stdin"])]
    ping: bool,
    /// The screen that is submitted or, with BACK, left
    #[arg(long, value_name = "ID", required_if_eq_any = [("action", "data_exchange"), ("action", "BACK")])]
    screen: Option<String>,
    /// What the screen sends: a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    data: Option<Map<String, Value>>,
    /// The token that the message carries
    #[arg(long, value_name = "TOKEN")]
    flow_token: Option<String>,
    /// Version of the data API
    #[arg(long, value_name = "VERSION", default_value = "3.0")]
    data_api_version: String,
    /// Read the whole clear request from standard input, and send it as it is
    #[arg(
        long,
        conflicts_with_all = ["action", "ping", "screen", "data", "flow_token"]
    )]
    stdin: bool,
}

impl Credentials {
    pub(super) fn public_key(&self) -> Result<PublicKey, Failure> {
        PublicKey::read_file(&self.public_key_file).map_err(|error| Failure::Key {
            input: self.public_key_file.display().to_string(),
            error,
        })
    }

    pub(super) fn app_secret(&self) -> Result<AppSecret, Failure> {
        self.app_secret.read()
    }
}

impl ClearRequest {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Failure> {
        if self.stdin {
            let mut bytes = Vec::new();
            io::stdin()
                .read_to_end(&mut bytes)
                .map_err(Failure::Output)?;
            return Ok(bytes);
        }
        let action = match (&self.action, self.ping) {
            (Some(action), false) => action.as_str(),
            _ => "ping",
        };
        let mut request = json!({ "version": self.data_api_version, "action": action });
        if action != "ping" {
            request["screen"] = self.screen.as_deref().unwrap_or_default().into();
            request["data"] = Value::Object(self.data.clone().unwrap_or_default());
            if let Some(token) = &self.flow_token {
                request["flow_token"] = token.as_str().into();
            }
        }
        Ok(request.to_string().into_bytes())
    }
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("{error}; expected an object such as {{\"name\": \"Zoë\"}}"))
}
