//! `flowgate keys rotate`: replaces the key pair without losing a request.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use flowgate_keys::PublicKey;
use flowgate_platform::args::{PlatformArgs, PublishingArgs, seconds};
use flowgate_platform::{
    Advance, Bootstrap, KeyProtection, Rotation, RotationMode, RotationPlan, RotationTools, Stage,
    StateFile, Url, Waiting,
};
use serde_json::json;

use super::key_protection::KeyProtectionArgs;
use crate::app_secret_args::AppSecretArgs;
use crate::endpoint_args::EndpointArgs;
use crate::exit_code;
use crate::failure::Failure;
use crate::output::{Format, write_result};
use crate::public_key_args::PublicKeyArgs;
use crate::{retry_talk, runtime};

/// Arguments of `flowgate keys rotate`.
///
/// Makes the new pair, waits until the endpoint answers with it, publishes it,
/// and says when the old key can go. Each run goes as far as it can and says
/// what it waits for; `--resume` goes on, also after a crash.
#[derive(Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    key: PublicKeyArgs,
    #[command(flatten)]
    app_secret: AppSecretArgs,
    /// File that remembers how far the rotation came; holds no secret
    #[arg(long, value_name = "PATH", default_value = "flowgate-rotation.json")]
    state: PathBuf,
    /// Go on with the rotation that the state file remembers
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// URL of the metrics of each instance of the endpoint; several, separated
    /// by commas
    #[arg(
        long,
        value_name = "URL",
        env = "FLOWGATE_METRICS",
        value_delimiter = ','
    )]
    metrics: Vec<Url>,
    /// File for the new private key
    #[arg(long, value_name = "PATH", default_value = "private.new.pem")]
    new_private_key: PathBuf,
    /// File for the new public key
    #[arg(long, value_name = "PATH", default_value = "public.new.pem")]
    new_public_key: PathBuf,
    #[command(flatten)]
    protection: KeyProtectionArgs,
    /// The old key is compromised: it must go as soon as the new one is published
    #[arg(long, conflicts_with = "resume")]
    emergency: bool,
    /// Pings that must be answered with the new key; several for each instance
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pings: u32,
    /// Hours that the old key has to be unused
    #[arg(long, value_name = "HOURS", default_value = "72", value_parser = hours)]
    quiet_hours: Duration,
    /// Seconds to wait for what it waits for; 0 says so and ends
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    wait: Duration,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    publishing: PublishingArgs,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

impl Rotate {
    /// Goes as far as it can, and tells where it stands.
    pub(super) fn run(&self) -> Result<u8, Failure> {
        let app_secret = self.app_secret.read()?;
        let (mut rotation, protection) = self.rotation()?;
        let waiting = runtime::block_on(async {
            let retries = retry_talk::retries(&self.platform);
            let numbers = match rotation.stage() {
                Stage::MakeKeys | Stage::ProveEndpoint | Stage::Publish => {
                    self.platform.numbers(&retries).await?
                }
                _ => Vec::new(),
            };
            let publishing = self.publishing.clone();
            let mut tools = RotationTools::new(app_secret, protection)
                .numbers(numbers)
                .bootstrap(move |key| {
                    publishing.apply(Bootstrap::new(key).retries(retries.clone()))
                })
                .proofs(self.pings)
                .quiet(self.quiet_hours);
            if let Some(path) = self.endpoint.ca_file() {
                tools = tools.ca_file(path);
            }
            self.drive(&mut rotation, &tools).await
        })?;
        self.tell(&rotation, waiting.as_ref())?;
        Ok(match waiting {
            Some(_) => exit_code::WAITING,
            None => exit_code::SUCCESS,
        })
    }

    /// Starts the rotation or takes it up, and says how its new key is kept.
    fn rotation(&self) -> Result<(Rotation<StateFile>, KeyProtection), Failure> {
        let protection = || self.protection.with(|| self.key.passphrase());
        let state = StateFile::new(&self.state);
        if self.resume {
            let rotation = Rotation::resume(state)?;
            let protection = match rotation.stage() {
                Stage::MakeKeys => protection()?,
                // The key is in its file already: nothing is written any more.
                _ => KeyProtection::Unencrypted,
            };
            return Ok((rotation, protection));
        }
        // Before anything is started.
        let protection = protection()?;
        let plan = RotationPlan {
            old_key: self.key.require()?,
            private_key_file: self.new_private_key.clone(),
            public_key_file: self.new_public_key.clone(),
            endpoint: self.endpoint.require()?.clone(),
            metrics: self.metrics.clone(),
            mode: if self.emergency {
                RotationMode::Emergency
            } else {
                RotationMode::Planned
            },
        };
        Ok((Rotation::start(plan, state)?, protection))
    }

    /// Advances until it is over, or has waited long enough.
    async fn drive(
        &self,
        rotation: &mut Rotation<StateFile>,
        tools: &RotationTools,
    ) -> Result<Option<Waiting>, Failure> {
        let patience = self.wait;
        let started = Instant::now();
        let mut said = None;
        loop {
            let stage = rotation.stage();
            match rotation.advance(tools).await? {
                Advance::Reached(Stage::Finished) => return Ok(None),
                Advance::Reached(next) => eprintln!("done: {stage}; next: {next}"),
                Advance::Waiting(waiting) => {
                    if started.elapsed() >= patience {
                        return Ok(Some(waiting));
                    }
                    let problem = waiting.problem();
                    if said.as_ref() != Some(&problem) {
                        eprintln!("waiting: {problem}");
                        said = Some(problem);
                    }
                    tokio::time::sleep(POLL.min(patience)).await;
                }
                // The enum is open for growth; ask again what is next.
                _ => {}
            }
        }
    }

    fn tell(
        &self,
        rotation: &Rotation<StateFile>,
        waiting: Option<&Waiting>,
    ) -> Result<(), Failure> {
        let old = rotation.old_key().fingerprint();
        let new = rotation.new_key().map(PublicKey::fingerprint);
        let text = match self.format {
            Format::Json => {
                let document = json!({
                    "mode": rotation.mode().name(),
                    "next": rotation.stage().name(),
                    "old_fingerprint": old.to_string(),
                    "new_fingerprint": new.map(|new| new.to_string()),
                    "private_key": rotation.private_key_file().to_string_lossy(),
                    "waiting": waiting.map(|waiting| json!({
                        "problem": waiting.problem(),
                        "help": waiting.help(),
                    })),
                });
                format!("{document:#}\n")
            }
            Format::Text => {
                let new = new.map_or_else(|| "not made yet".to_owned(), |new| new.to_string());
                let mut text = format!(
                    "old key      {old}\nnew key      {new}\nprivate key  {}\nnext         {}\n\n",
                    rotation.private_key_file().display(),
                    rotation.stage()
                );
                text.push_str(&match waiting {
                    Some(waiting) => format!(
                        "waiting: {}\n help: {}\n\ngo on with `flowgate keys rotate --resume --state {}`\n\
                         and the same flags for platform and app secret\n",
                        waiting.problem(),
                        waiting.help(),
                        self.state.display()
                    ),
                    None => format!(
                        "The old key can go: leave {} alone in FLOWGATE_PRIVATE_KEY_FILE, restart \
                         the endpoint,\nand remove the old key file and {}.\n",
                        rotation.private_key_file().display(),
                        self.state.display()
                    ),
                });
                text
            }
        };
        write_result(&text)
    }
}

fn hours(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(hours) if (0.0..=8760.0).contains(&hours) => Ok(Duration::from_secs_f64(hours * 3600.0)),
        _ => Err("expected hours, from 0 to 8760".to_owned()),
    }
}

/// How often it looks again while it waits.
const POLL: Duration = Duration::from_secs(2);
