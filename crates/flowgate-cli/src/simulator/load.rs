//! Phones of the stand-in that send to an endpoint without pause.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use flowgate_simulator::keys::{AppSecret, AppSecrets, KeyError};
use flowgate_simulator::{Home, Load, Phone, Platform, SignatureStatus};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// How often it looks whether every number has its key.
const LOOK: Duration = Duration::from_millis(100);

/// Requests from one phone per number.
#[derive(Args)]
#[command(next_help_heading = "Phones")]
pub(super) struct LoadArgs {
    /// Endpoint to which one phone per Cloud number sends pings, once all have keys
    #[arg(long, value_name = "URL", requires = "app_secret_file")]
    load: Option<String>,
    /// File of the app secret that signs the pings
    #[arg(long, value_name = "PATH", requires = "load")]
    app_secret_file: Option<PathBuf>,
    /// File of the only CA that the phones trust for the endpoint
    #[arg(long, value_name = "PATH", requires = "load")]
    load_ca_file: Option<PathBuf>,
    /// Pause of a phone between two pings
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = 100,
        requires = "load"
    )]
    load_pause: u64,
    /// Pings after which a phone fetches the key anew, so that a new one comes into use
    #[arg(long, value_name = "REQUESTS", default_value_t = 50, requires = "load")]
    load_refresh: u64,
}

/// Phones that are ready to send.
pub(super) struct Prepared {
    phones: Vec<Phone>,
    pause: Duration,
}

/// A load that runs, or waits for the keys.
pub(super) struct Running {
    end: oneshot::Sender<()>,
    task: JoinHandle<String>,
}

impl LoadArgs {
    pub(super) fn prepare(&self, platform: &Platform) -> Result<Option<Prepared>, Failure> {
        let (Some(endpoint), Some(file)) = (&self.load, &self.app_secret_file) else {
            return Ok(None);
        };
        let secrets = AppSecrets::read_file(file).map_err(|error| Failure::Usage {
            problem: error.to_string(),
            help: "name the file with the secret that the endpoint verifies with".to_owned(),
        })?;
        let secret: &AppSecret = secrets.first();
        let authority = match &self.load_ca_file {
            Some(path) => Some(read(path)?),
            None => None,
        };
        let phones = platform
            .phone_numbers()
            .into_iter()
            .filter(|number| number.home == Home::Cloud)
            .map(|number| {
                let id = super::phone_number_id(&number.id)?;
                let phone = Phone::new(platform, id, endpoint, secret.clone())
                    .map(|phone| phone.refresh_after(self.load_refresh));
                match &authority {
                    Some(pem) => phone.and_then(|phone| phone.trust(pem)),
                    None => phone,
                }
                .map_err(|error| error.to_string())
            })
            .collect::<Result<_, String>>()
            .map_err(|problem| Failure::Usage {
                problem,
                help: String::new(),
            })?;
        Ok(Some(Prepared {
            phones,
            pause: Duration::from_millis(self.load_pause),
        }))
    }
}

impl Prepared {
    pub(super) fn start(self, platform: Platform) -> Running {
        let (end, mut ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            while !all_have_keys(&platform) {
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    _ = &mut ended => return "no phone sent: a number has no valid key".to_owned(),
                }
            }
            eprintln!("all numbers have keys: {} phones send", self.phones.len());
            let ping = json!({ "version": "3.0", "action": "ping" });
            let load = Load::start(self.phones, &ping, self.pause);
            let _ = ended.await;
            let report = load.stop().await;
            let mut text = format!(
                "phones: {} requests, {} answered, {} of them after a 421, {} failed",
                report.sent, report.succeeded, report.key_refetched, report.failed
            );
            for failure in &report.failures {
                text += &format!("\n  {failure}");
            }
            text
        });
        Running { end, task }
    }
}

impl Running {
    /// Ends the load and tells what it has seen.
    pub(super) async fn end(self) -> String {
        let _ = self.end.send(());
        (self.task.await).unwrap_or_else(|error| format!("the phones failed: {error}"))
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |source| KeyError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    Ok(std::fs::read_to_string(path).map_err(failed)?)
}

fn all_have_keys(platform: &Platform) -> bool {
    platform
        .phone_numbers()
        .iter()
        .filter(|number| number.home == Home::Cloud)
        .all(|number| {
            number.key.as_ref().is_some_and(|key| {
                key.business_public_key_signature_status == SignatureStatus::Valid
            })
        })
}
