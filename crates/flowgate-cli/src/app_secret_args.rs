//! The secret that signs requests, from flag, variable or file.

use std::path::PathBuf;

use clap::Args;
use flowgate_keys::{AppSecret, AppSecrets};

use crate::failure::Failure;

/// The app secret.
#[derive(Args)]
#[command(next_help_heading = "Key")]
pub(crate) struct AppSecretArgs {
    /// App secret; others on this machine can see flags, so prefer the file
    #[arg(
        long,
        value_name = "TEXT",
        env = "FLOWGATE_APP_SECRET",
        hide_env_values = true,
        conflicts_with = "app_secret_file",
        required_unless_present = "app_secret_file"
    )]
    app_secret: Option<String>,
    /// File of the app secret
    #[arg(long, value_name = "PATH", env = "FLOWGATE_APP_SECRET_FILE")]
    app_secret_file: Option<PathBuf>,
}

impl AppSecretArgs {
    /// Reads the secret; of several, the first.
    pub(crate) fn read(&self) -> Result<AppSecret, Failure> {
        let secrets = match (&self.app_secret, &self.app_secret_file) {
            (Some(text), _) => AppSecrets::from_text(text),
            (None, Some(path)) => AppSecrets::read_file(path),
            (None, None) => AppSecrets::from_text(""),
        };
        let secrets = secrets.map_err(|error| Failure::Usage {
            problem: error.to_string(),
            help: "give the secret with which the endpoint verifies requests".to_owned(),
        })?;
        Ok(secrets.first().clone())
    }
}
