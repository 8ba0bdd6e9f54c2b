//! Flags that say which platform to speak to, as whom, and about which numbers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use flowgate_keys::PhoneNumberId;
use flowgate_platform::{
    AccessToken, CloudApi, CredentialError, GRAPH_URL, GRAPH_VERSION, Observer, OnPremisesApi,
    Password, PhoneNumber, PlatformError, Retries, RetryPolicy, WabaId,
};

use crate::failure::Failure;

/// The platform and the phone numbers.
#[derive(Args)]
#[command(next_help_heading = "Platform")]
pub(crate) struct PlatformArgs {
    /// Phone number id; several, separated by commas
    #[arg(
        long,
        value_name = "ID",
        env = "FLOWGATE_PHONE_NUMBER_ID",
        value_delimiter = ','
    )]
    phone_number_id: Vec<String>,
    /// All phone numbers of the account that --waba names
    #[arg(long, requires = "waba", conflicts_with = "on_premises_url")]
    all_numbers: bool,
    /// Id of the WhatsApp Business Account
    #[arg(long, value_name = "ID", env = "FLOWGATE_WABA_ID")]
    waba: Option<String>,
    /// Access token; others on this machine can see flags, so prefer the file
    #[arg(
        long,
        value_name = "TEXT",
        env = "FLOWGATE_ACCESS_TOKEN",
        hide_env_values = true,
        conflicts_with = "access_token_file"
    )]
    access_token: Option<String>,
    /// File of the access token
    #[arg(long, value_name = "PATH", env = "FLOWGATE_ACCESS_TOKEN_FILE")]
    access_token_file: Option<PathBuf>,
    /// Server of the Graph API
    #[arg(long, value_name = "URL", env = "FLOWGATE_GRAPH_URL", default_value = GRAPH_URL)]
    graph_url: String,
    /// Version of the Graph API
    #[arg(long, value_name = "VERSION", env = "FLOWGATE_GRAPH_VERSION", default_value = GRAPH_VERSION)]
    graph_version: String,
    /// URL of an On-Premises installation, which serves one number
    #[arg(
        long,
        value_name = "URL",
        env = "FLOWGATE_ON_PREMISES_URL",
        conflicts_with = "phone_number_id"
    )]
    on_premises_url: Option<String>,
    /// User of the installation
    #[arg(
        long,
        value_name = "NAME",
        env = "FLOWGATE_ON_PREMISES_USER",
        default_value = "admin"
    )]
    on_premises_user: String,
    /// Password of the installation; prefer the file
    #[arg(
        long,
        value_name = "TEXT",
        env = "FLOWGATE_ON_PREMISES_PASSWORD",
        hide_env_values = true,
        conflicts_with = "on_premises_password_file"
    )]
    on_premises_password: Option<String>,
    /// File of the password of the installation
    #[arg(long, value_name = "PATH", env = "FLOWGATE_ON_PREMISES_PASSWORD_FILE")]
    on_premises_password_file: Option<PathBuf>,
    /// File of the password that replaces the initial one of a fresh installation
    #[arg(
        long,
        value_name = "PATH",
        env = "FLOWGATE_ON_PREMISES_NEW_PASSWORD_FILE"
    )]
    on_premises_new_password_file: Option<PathBuf>,
    /// File of the only CA to trust, for an installation with a certificate of its own
    #[arg(long, value_name = "PATH", env = "FLOWGATE_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Seconds after which a single call is given up
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 20.0,
        value_parser = seconds
    )]
    call_timeout: f64,
    /// Seconds during which a failing call is tried again; 0 tries once
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30.0,
        value_parser = seconds
    )]
    retry_for: f64,
}

/// Tells standard error of each further try.
struct Talk;

impl Observer for Talk {
    fn will_retry(&self, call: &str, error: &PlatformError, delay: Duration) {
        eprintln!(
            "{call}: {}; trying again in {:.1} s",
            error.problem(),
            delay.as_secs_f64()
        );
    }
}

impl PlatformArgs {
    /// Says how calls are tried again.
    pub(crate) fn retries(&self) -> Retries {
        let policy = RetryPolicy::default().total(Duration::from_secs_f64(self.retry_for));
        Retries::new(policy).observer(Arc::new(Talk))
    }

    /// Tells whether any phone number is named.
    pub(crate) fn names_numbers(&self) -> bool {
        self.all_numbers || self.on_premises_url.is_some() || !self.phone_number_id.is_empty()
    }

    /// Connects to the platform and finds the phone numbers; at least one.
    pub(crate) async fn numbers(&self, retries: &Retries) -> Result<Vec<PhoneNumber>, Failure> {
        if let Some(url) = &self.on_premises_url {
            return Ok(vec![PhoneNumber::on_premises(&self.on_premises(url)?)]);
        }
        if !self.names_numbers() {
            return Err(Failure::Usage {
                problem: "no phone number named".to_owned(),
                help: "give `--phone-number-id ID` (several, separated by commas), or \
                       `--all-numbers --waba ID`, or for an installation `--on-premises-url URL`"
                    .to_owned(),
            });
        }
        let ids = self
            .phone_number_id
            .iter()
            .map(|text| PhoneNumberId::new(text.trim()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Failure::Usage {
                problem: error.to_string(),
                help: "WhatsApp Manager shows the phone number id below the telephone number"
                    .to_owned(),
            })?;
        let api = self.cloud()?;
        if !self.all_numbers {
            return Ok(ids
                .into_iter()
                .map(|id| PhoneNumber::cloud(&api, id))
                .collect());
        }
        let waba = self.waba.as_deref().unwrap_or_default();
        let account = WabaId::new(waba.trim()).map_err(|error| Failure::Usage {
            problem: error.to_string(),
            help: "WhatsApp Manager shows it in the settings of the account".to_owned(),
        })?;
        let numbers = PhoneNumber::all_of(&api, &account, retries).await?;
        if numbers.is_empty() {
            return Err(Failure::Usage {
                problem: format!("the account {account} has no phone number"),
                help: "check the id of the account, and that the token's system user sees its \
                       numbers"
                    .to_owned(),
            });
        }
        Ok(numbers)
    }

    fn cloud(&self) -> Result<CloudApi, Failure> {
        let token = match (&self.access_token, &self.access_token_file) {
            (Some(text), _) => AccessToken::new(text),
            (None, Some(path)) => AccessToken::read_file(path),
            (None, None) => {
                return Err(Failure::Usage {
                    problem: "no access token".to_owned(),
                    help: "set FLOWGATE_ACCESS_TOKEN_FILE to its file or FLOWGATE_ACCESS_TOKEN \
                           to its text; a system user's token with the permission \
                           `whatsapp_business_messaging` does"
                        .to_owned(),
                });
            }
        };
        let mut builder = CloudApi::builder(token.map_err(credential)?)
            .base_url(&self.graph_url)
            .version(&self.graph_version)
            .request_timeout(Duration::from_secs_f64(self.call_timeout));
        if let Some(path) = &self.ca_file {
            builder = builder.ca_file(path);
        }
        Ok(builder.build()?)
    }

    fn on_premises(&self, url: &str) -> Result<OnPremisesApi, Failure> {
        let password = match (&self.on_premises_password, &self.on_premises_password_file) {
            (Some(text), _) => Password::new(text),
            (None, Some(path)) => Password::read_file(path),
            (None, None) => {
                return Err(Failure::Usage {
                    problem: "no password for the installation".to_owned(),
                    help: "set FLOWGATE_ON_PREMISES_PASSWORD_FILE to its file or \
                           FLOWGATE_ON_PREMISES_PASSWORD to its text"
                        .to_owned(),
                });
            }
        };
        let password = password.map_err(credential)?;
        let mut builder = OnPremisesApi::builder(url, &self.on_premises_user, password)
            .request_timeout(Duration::from_secs_f64(self.call_timeout));
        if let Some(path) = &self.on_premises_new_password_file {
            let new_password = Password::read_file(path).map_err(credential)?;
            builder = builder.new_password(new_password).map_err(credential)?;
        }
        if let Some(path) = &self.ca_file {
            builder = builder.ca_file(path);
        }
        Ok(builder.build()?)
    }
}

fn credential(error: CredentialError) -> Failure {
    Failure::Usage {
        problem: error.to_string(),
        help: "check the variable or the file that holds it".to_owned(),
    }
}

/// Reads a number of seconds from 0 to a day.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds, from 0 to 86400".to_owned()),
    }
}
