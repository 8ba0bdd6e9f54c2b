//! Flags and variables for programs that publish: which platform to speak to,
//! as whom, about which numbers, and how patiently.
//!
//! | variable | flag | |
//! |---|---|---|
//! | `FLOWGATE_PHONE_NUMBER_ID` | `--phone-number-id` | several, separated by commas |
//! | | `--all-numbers` | all of the account that `--waba` names |
//! | `FLOWGATE_WABA_ID` | `--waba` | |
//! | `FLOWGATE_ACCESS_TOKEN_FILE`, `FLOWGATE_ACCESS_TOKEN` | `--access-token-file`, `--access-token` | |
//! | `FLOWGATE_GRAPH_URL`, `FLOWGATE_GRAPH_VERSION` | `--graph-url`, `--graph-version` | |
//! | `FLOWGATE_ON_PREMISES_URL`, `…_USER`, `…_PASSWORD_FILE`, `…_PASSWORD`, `…_NEW_PASSWORD_FILE` | `--on-premises-url` and so on | |
//! | `FLOWGATE_CA_FILE` | `--ca-file` | |
//!
//! A variable that is set to nothing counts as not set: that is how containers
//! pass variables that nobody has filled.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use flowgate_keys::PhoneNumberId;
use reqwest::Url;

use crate::access_token::{AccessToken, CredentialError, Password};
use crate::bootstrap::Bootstrap;
use crate::cloud_api::{CloudApi, GRAPH_URL, GRAPH_VERSION, WabaId};
use crate::connection::is_loopback;
use crate::error::PlatformError;
use crate::on_premises_api::OnPremisesApi;
use crate::phone_number::PhoneNumber;
use crate::retry::{Retries, RetryPolicy};

/// Says which platform to speak to, as whom, and about which numbers.
///
/// **Security:** values of flags are visible to other users of the machine;
/// prefer files.
#[derive(Clone, Args)]
#[command(next_help_heading = "Platform")]
pub struct PlatformArgs {
    /// Phone number id; several, separated by commas
    #[arg(
        long,
        value_name = "ID",
        env = "FLOWGATE_PHONE_NUMBER_ID",
        value_delimiter = ','
    )]
    phone_number_id: Vec<String>,
    /// All phone numbers of the account that --waba names, whatever ids are given
    #[arg(long)]
    all_numbers: bool,
    /// Id of the WhatsApp Business Account
    #[arg(long, value_name = "ID", env = "FLOWGATE_WABA_ID")]
    waba: Option<String>,
    /// Access token; others on this machine can see flags, so prefer the file
    #[arg(
        long,
        value_name = "TEXT",
        env = "FLOWGATE_ACCESS_TOKEN",
        hide_env_values = true
    )]
    access_token: Option<String>,
    /// File of the access token
    #[arg(long, value_name = "PATH", env = "FLOWGATE_ACCESS_TOKEN_FILE", value_parser = path())]
    access_token_file: Option<PathBuf>,
    /// Server of the Graph API
    #[arg(long, value_name = "URL", env = "FLOWGATE_GRAPH_URL", default_value = GRAPH_URL)]
    graph_url: String,
    /// Version of the Graph API
    #[arg(long, value_name = "VERSION", env = "FLOWGATE_GRAPH_VERSION", default_value = GRAPH_VERSION)]
    graph_version: String,
    /// URL of an On-Premises installation, which serves one number
    #[arg(long, value_name = "URL", env = "FLOWGATE_ON_PREMISES_URL")]
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
        hide_env_values = true
    )]
    on_premises_password: Option<String>,
    /// File of the password of the installation
    #[arg(long, value_name = "PATH", env = "FLOWGATE_ON_PREMISES_PASSWORD_FILE", value_parser = path())]
    on_premises_password_file: Option<PathBuf>,
    /// File of the password that replaces the initial one of a fresh installation
    #[arg(
        long,
        value_name = "PATH",
        env = "FLOWGATE_ON_PREMISES_NEW_PASSWORD_FILE",
        value_parser = path()
    )]
    on_premises_new_password_file: Option<PathBuf>,
    /// File of the only CA to trust, for an installation with a certificate of its own
    #[arg(long, value_name = "PATH", env = "FLOWGATE_CA_FILE", value_parser = path())]
    ca_file: Option<PathBuf>,
    /// Seconds after which a single call is given up
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    call_timeout: Duration,
    /// Seconds during which a failing call is tried again; 0 tries once
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    retry_for: Duration,
}

/// Says how patiently, and how many numbers at once.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Platform")]
pub struct PublishingArgs {
    /// Seconds that WhatsApp may take to show an uploaded key as valid
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    valid_within: Duration,
    /// How many numbers are worked on at once
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    concurrency: usize,
}

/// Says why flags and variables do not name a platform and its numbers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformArgsError {
    /// They leave something open, or contradict themselves.
    #[error("{problem}; {help}")]
    Usage {
        /// What was found.
        problem: String,
        /// What to set.
        help: &'static str,
    },
    /// The platform cannot be asked for its numbers, or refused.
    #[error(transparent)]
    Platform(#[from] PlatformError),
}

impl PlatformArgs {
    /// Says how calls are tried again.
    pub fn retries(&self) -> Retries {
        Retries::new(RetryPolicy::default().total(self.retry_for))
    }

    /// Tells whether any phone number is named.
    pub fn names_numbers(&self) -> bool {
        self.all_numbers || self.installation().is_some() || self.ids().next().is_some()
    }

    /// Tells whether the platform is on this machine: a stand-in.
    pub fn is_local(&self) -> bool {
        let url = self.installation().unwrap_or(self.graph_url());
        Url::parse(url.trim()).is_ok_and(|url| is_loopback(&url))
    }

    /// Connects to the platform and finds the phone numbers; at least one.
    ///
    /// Asks the platform only for `--all-numbers`.
    ///
    /// # Errors
    ///
    /// [`PlatformArgsError`].
    pub async fn numbers(&self, retries: &Retries) -> Result<Vec<PhoneNumber>, PlatformArgsError> {
        let is_cloud = self.all_numbers || self.ids().next().is_some();
        if let Some(url) = self.installation() {
            if is_cloud {
                return Err(usage(
                    "both an installation and phone numbers of the Cloud API are given",
                    "an installation serves one number: leave `--phone-number-id` and \
                     `--all-numbers` out",
                ));
            }
            return Ok(vec![PhoneNumber::on_premises(&self.on_premises(url)?)]);
        }
        if !is_cloud {
            return Err(usage(
                "no phone number named",
                "give `--phone-number-id ID` (several, separated by commas), or `--all-numbers \
                 --waba ID`, or for an installation `--on-premises-url URL`",
            ));
        }
        let ids = self
            .ids()
            .map(PhoneNumberId::new)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                usage(
                    error.to_string(),
                    "WhatsApp Manager shows the phone number id below the telephone number",
                )
            })?;
        let account = match (self.all_numbers, text(&self.waba)) {
            (false, _) => None,
            (true, None) => {
                return Err(usage(
                    "`--all-numbers` without an account",
                    "name the WhatsApp Business Account: `--waba ID`",
                ));
            }
            (true, Some(waba)) => Some(WabaId::new(waba.trim()).map_err(|error| {
                usage(
                    error.to_string(),
                    "WhatsApp Manager shows it in the settings of the account",
                )
            })?),
        };
        let api = self.cloud()?;
        let Some(account) = account else {
            let numbers = ids.into_iter().map(|id| PhoneNumber::cloud(&api, id));
            return Ok(numbers.collect());
        };
        let numbers = PhoneNumber::all_of(&api, &account, retries).await?;
        if numbers.is_empty() {
            return Err(usage(
                format!("the account {account} has no phone number"),
                "check the id of the account, and that the token's system user sees its numbers",
            ));
        }
        Ok(numbers)
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        let ids = self.phone_number_id.iter().map(|id| id.trim());
        ids.filter(|id| !id.is_empty())
    }

    fn installation(&self) -> Option<&str> {
        text(&self.on_premises_url)
    }

    fn graph_url(&self) -> &str {
        or_default(&self.graph_url, GRAPH_URL)
    }

    fn cloud(&self) -> Result<CloudApi, PlatformArgsError> {
        let token = match (text(&self.access_token), file(&self.access_token_file)) {
            (Some(_), Some(_)) => return Err(given_twice("access token")),
            (Some(text), None) => AccessToken::new(text),
            (None, Some(path)) => AccessToken::read_file(path),
            (None, None) => {
                return Err(usage(
                    "no access token",
                    "set FLOWGATE_ACCESS_TOKEN_FILE to its file or FLOWGATE_ACCESS_TOKEN to its \
                     text; a system user's token with the permission \
                     `whatsapp_business_messaging` does",
                ));
            }
        };
        let mut builder = CloudApi::builder(token?)
            .base_url(self.graph_url())
            .version(or_default(&self.graph_version, GRAPH_VERSION))
            .request_timeout(self.call_timeout);
        if let Some(path) = file(&self.ca_file) {
            builder = builder.ca_file(path);
        }
        Ok(builder.build()?)
    }

    fn on_premises(&self, url: &str) -> Result<OnPremisesApi, PlatformArgsError> {
        let password = match (
            text(&self.on_premises_password),
            file(&self.on_premises_password_file),
        ) {
            (Some(_), Some(_)) => return Err(given_twice("password of the installation")),
            (Some(text), None) => Password::new(text),
            (None, Some(path)) => Password::read_file(path),
            (None, None) => {
                return Err(usage(
                    "no password for the installation",
                    "set FLOWGATE_ON_PREMISES_PASSWORD_FILE to its file or \
                     FLOWGATE_ON_PREMISES_PASSWORD to its text",
                ));
            }
        };
        let mut builder = OnPremisesApi::builder(url, &self.on_premises_user, password?)
            .request_timeout(self.call_timeout);
        if let Some(path) = file(&self.on_premises_new_password_file) {
            builder = builder.new_password(Password::read_file(path)?)?;
        }
        if let Some(path) = file(&self.ca_file) {
            builder = builder.ca_file(path);
        }
        Ok(builder.build()?)
    }
}

impl PublishingArgs {
    /// Sets a bootstrap up with these values.
    pub fn apply(&self, bootstrap: Bootstrap) -> Bootstrap {
        bootstrap
            .concurrency(self.concurrency)
            .valid_within(self.valid_within)
    }
}

/// Reads a number of seconds from 0 to a day, fractions included; a parser for
/// flags.
///
/// # Errors
///
/// What was expected.
pub fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds, from 0 to 86400".to_owned()),
    }
}

/// Takes any path, also an empty one, which clap by itself refuses; a parser for
/// flags.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn usage(problem: impl Into<String>, help: &'static str) -> PlatformArgsError {
    PlatformArgsError::Usage {
        problem: problem.into(),
        help,
    }
}

fn given_twice(what: &str) -> PlatformArgsError {
    usage(
        format!("the {what} is given both as text and as a file"),
        "give one of the two; variables count as well",
    )
}

fn text(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.trim().is_empty())
}

fn file(path: &Option<PathBuf>) -> Option<&Path> {
    path.as_deref().filter(|path| !path.as_os_str().is_empty())
}

fn or_default<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.trim().is_empty() {
        default
    } else {
        text
    }
}

impl From<CredentialError> for PlatformArgsError {
    fn from(error: CredentialError) -> Self {
        usage(
            error.to_string(),
            "check the variable or the file that holds it",
        )
    }
}

/// Shows nothing: there may be a token among it.
impl fmt::Debug for PlatformArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformArgs")
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use futures_util::FutureExt;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        platform: PlatformArgs,
    }

    fn parse(arguments: &[&str]) -> PlatformArgs {
        let arguments = [&["program"], arguments].concat();
        Program::try_parse_from(arguments).unwrap().platform
    }

    #[track_caller]
    fn check_refused(arguments: &[&str], words: &str) {
        let platform = parse(arguments);
        let numbers = platform.numbers(&platform.retries()).now_or_never();
        let error = numbers.expect("nothing is sent").unwrap_err().to_string();
        assert!(error.contains(words), "{arguments:?}: {error}");
    }

    #[test]
    fn what_is_open_or_contradicts_itself_is_named() {
        check_refused(&[], "no phone number named");
        check_refused(&["--phone-number-id", "1"], "no access token");
        check_refused(&["--all-numbers"], "--waba");
        check_refused(&["--all-numbers", "--waba", "shop"], "`shop`");
        check_refused(
            &["--on-premises-url", "https://x", "--phone-number-id", "1"],
            "serves one number",
        );
        check_refused(&["--on-premises-url", "https://x"], "no password");
        check_refused(
            &[
                "--phone-number-id",
                "1",
                "--access-token",
                "t",
                "--access-token-file",
                "f",
            ],
            "access token is given both",
        );
    }

    #[test]
    fn values_without_text_count_as_not_set() {
        let platform = parse(&[
            "--phone-number-id",
            "",
            "--on-premises-url",
            "",
            "--graph-url",
            "",
            "--waba",
            "",
        ]);
        assert!(!platform.names_numbers() && !platform.is_local());
        let platform = parse(&[
            "--phone-number-id",
            "1,2",
            "--access-token",
            "t",
            "--access-token-file",
            "",
            "--graph-version",
            "",
            "--ca-file",
            "",
        ]);
        let numbers = platform.numbers(&platform.retries()).now_or_never();
        assert_eq!(numbers.unwrap().unwrap().len(), 2);
    }

    #[test]
    fn a_platform_on_loopback_is_local() {
        assert!(!parse(&[]).is_local());
        assert!(parse(&["--graph-url", "http://127.0.0.1:8701"]).is_local());
        assert!(parse(&["--on-premises-url", "https://localhost:9"]).is_local());
        assert!(!parse(&["--on-premises-url", "https://example.com"]).is_local());
    }

    #[test]
    fn debug_shows_no_token() {
        let platform = parse(&["--access-token", "a-secret"]);
        assert_eq!(format!("{platform:?}"), "PlatformArgs");
    }

    #[test]
    fn seconds_are_read_with_fractions_and_bounds() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["-1", "86401", "x", "NaN"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
