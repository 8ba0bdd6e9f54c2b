//! Replacing the key pair without losing a request.
//!
//! Phones keep the public key that they have fetched, so an endpoint needs both
//! private keys for a while, and the new one **before** it is published: a phone
//! whose request is answered with 421 fetches the key again, and would fail a
//! second time with the same one
//! ([endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint),
//! [error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes)).
//!
//! | stage | what is done | goes on when |
//! |---|---|---|
//! | [`Stage::MakeKeys`] | makes the new pair and writes its files | they are written |
//! | [`Stage::ProveEndpoint`] | pings the endpoint with the new key | every ping is answered |
//! | [`Stage::Publish`] | proves again, publishes, reads back | every number is `VALID` |
//! | [`Stage::WatchOldKey`] | reads the endpoint's metrics | the old key was unused for long enough |
//! | [`Stage::RemoveOldKey`] | emergency only: pings with the old key | it is answered with 421 |
//!
//! The state is saved after each stage, and each stage may be done twice: killed
//! at any moment, the next run finishes the work.

mod key_usage;
mod state;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use flowgate_keys::{AppSecret, KeyError, Overwrite, Passphrase, PrivateKey, PublicKey};
use flowgate_protocol::phone::PhoneRequest;
use reqwest::Url;

use self::key_usage::KeyUsage;
use self::state::{Observation, State};
pub use self::state::{StateFile, StateStore};
use crate::bootstrap::{Bootstrap, BootstrapReport};
use crate::endpoint_client::EndpointClient;
use crate::error::PlatformError;
use crate::phone_number::PhoneNumber;

/// Replaces the key pair, one stage at a time.
///
/// **Security:** the state holds public keys and paths. The private key goes
/// into its file and nowhere else.
#[derive(Debug)]
pub struct Rotation<S> {
    store: S,
    state: State,
}

/// Says what is to be rotated, where the new pair goes, and who answers.
#[derive(Debug, Clone)]
pub struct RotationPlan {
    /// The key that phones use now.
    pub old_key: PublicKey,
    /// File for the new private key.
    pub private_key_file: PathBuf,
    /// File for the new public key.
    pub public_key_file: PathBuf,
    /// The public URL of the endpoint.
    pub endpoint: Url,
    /// Where each instance of the endpoint shows its metrics; may be empty.
    pub metrics: Vec<Url>,
    /// Whether the old key may be used for a while.
    pub mode: RotationMode,
}

/// Brings what a run needs and the state does not keep.
#[must_use]
pub struct RotationTools {
    app_secret: AppSecret,
    protection: KeyProtection,
    numbers: Vec<PhoneNumber>,
    bootstrap: Box<dyn Fn(PublicKey) -> Bootstrap + Send + Sync>,
    proofs: u32,
    quiet: Duration,
    ca_file: Option<PathBuf>,
    wall_clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

/// How the new private key is kept in its file.
#[derive(Debug)]
pub enum KeyProtection {
    /// Encrypted under a passphrase.
    Passphrase(Passphrase),
    /// In the clear, for development.
    Unencrypted,
}

/// Whether the old key may be used for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationMode {
    /// No request is lost: the old key goes when nobody uses it any more.
    Planned,
    /// The old key is compromised: it goes as soon as the new one is published,
    /// and each phone that still holds it is answered with 421 once.
    Emergency,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Make the new pair.
    MakeKeys,
    /// Show that the endpoint answers with the new key.
    ProveEndpoint,
    /// Publish the new key.
    Publish,
    /// See whether the old key is still used.
    WatchOldKey,
    /// Show that the endpoint no longer answers with the old key.
    RemoveOldKey,
    /// Nothing: the rotation is over.
    Finished,
}

/// How far a step came.
#[derive(Debug)]
#[non_exhaustive]
pub enum Advance {
    /// A stage is done and saved; this is the next one.
    Reached(Stage),
    /// The stage waits for something outside.
    Waiting(Waiting),
}

/// What a rotation waits for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Waiting {
    /// Not every instance of the endpoint holds the new private key.
    NewKeyNotDeployed {
        /// How many pings were answered.
        answered: u32,
        /// How many were sent.
        sent: u32,
    },
    /// Phones use the old key, or used it not long ago.
    OldKeyInUse {
        /// Requests with the old key since the endpoint started.
        old: u64,
        /// Requests with the new key since the endpoint started.
        new: u64,
        /// Share of the old key among the requests since the last look; none
        /// if there were none.
        share: Option<f64>,
        /// How long it was unused.
        quiet: Duration,
        /// How long it has to be unused.
        needed: Duration,
    },
    /// No metrics are known, so nobody can tell whether the old key is used.
    NoMetrics,
    /// The endpoint still answers with the compromised key.
    OldKeyAnswers,
}

/// Why a rotation cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// A rotation is under way already.
    AlreadyStarted {
        /// Where its state is.
        name: String,
    },
    /// There is no rotation to resume.
    NotStarted {
        /// Where its state should be.
        name: String,
    },
    /// The state cannot be read or written.
    State {
        /// Where it is.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// The state is not one of a rotation.
    StateUnreadable {
        /// Where it is.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A key file cannot be read or written.
    Key(#[source] KeyError),
    /// The file of the new private key holds another key than was made.
    OtherPrivateKey {
        /// The file.
        path: PathBuf,
    },
    /// The endpoint did not reply.
    NoReply {
        /// What happened.
        problem: String,
    },
    /// The endpoint replied, but not as to a ping.
    UnexpectedReply {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        problem: String,
    },
    /// The metrics cannot be read.
    Metrics {
        /// Their URL.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// The platform cannot be asked at all.
    Platform(#[source] PlatformError),
    /// No phone number was given to publish to.
    NoNumbers,
    /// Not every number holds the new key; a further run tries again.
    NotPublished(Box<BootstrapReport>),
}

impl<S: StateStore> Rotation<S> {
    /// Starts a rotation: nothing is made yet, but the plan is saved.
    ///
    /// # Errors
    ///
    /// [`RotationError::AlreadyStarted`], [`RotationError::Key`] if a file for
    /// the new pair exists, [`RotationError::State`].
    pub fn start(plan: RotationPlan, store: S) -> Result<Self, RotationError> {
        // Before the files of the pair: those of a rotation under way exist.
        if matches!(store.load(), Ok(Some(_))) {
            return Err(RotationError::AlreadyStarted { name: store.name() });
        }
        for path in [&plan.private_key_file, &plan.public_key_file] {
            if path.exists() {
                return Err(RotationError::Key(KeyError::AlreadyExists {
                    path: path.clone(),
                }));
            }
        }
        let state = State {
            stage: Stage::MakeKeys,
            mode: plan.mode,
            endpoint: plan.endpoint.to_string(),
            metrics: plan.metrics.iter().map(Url::to_string).collect(),
            private_key_file: plan.private_key_file,
            public_key_file: plan.public_key_file,
            old_key: plan.old_key,
            new_key: None,
            observation: None,
        };
        match store.create(&state.to_text()) {
            Ok(()) => Ok(Self { store, state }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(RotationError::AlreadyStarted { name: store.name() })
            }
            Err(source) => Err(RotationError::State {
                name: store.name(),
                source,
            }),
        }
    }

    /// Takes up a rotation where it was left.
    ///
    /// # Errors
    ///
    /// [`RotationError::NotStarted`], [`RotationError::State`],
    /// [`RotationError::StateUnreadable`].
    pub fn resume(store: S) -> Result<Self, RotationError> {
        let loaded = store.load().map_err(|source| RotationError::State {
            name: store.name(),
            source,
        })?;
        let Some(text) = loaded else {
            return Err(RotationError::NotStarted { name: store.name() });
        };
        let state = State::from_text(&text, &store.name())?;
        Ok(Self { store, state })
    }

    /// Returns what is to be done next.
    pub fn stage(&self) -> Stage {
        self.state.stage
    }

    /// Returns whether the old key may be used for a while.
    pub fn mode(&self) -> RotationMode {
        self.state.mode
    }

    /// Returns the key that is being replaced.
    pub fn old_key(&self) -> &PublicKey {
        &self.state.old_key
    }

    /// Returns the new key; none until it is made.
    pub fn new_key(&self) -> Option<&PublicKey> {
        self.state.new_key.as_ref()
    }

    /// Returns the file of the new private key.
    pub fn private_key_file(&self) -> &std::path::Path {
        &self.state.private_key_file
    }

    /// Does the next stage, once; call it until it waits or is finished.
    ///
    /// # Errors
    ///
    /// [`RotationError`]; the stage is still to be done then.
    pub async fn advance(&mut self, tools: &RotationTools) -> Result<Advance, RotationError> {
        let (next, waiting) = match self.state.stage {
            Stage::MakeKeys => (self.make_keys(tools)?, None),
            Stage::ProveEndpoint => (Stage::Publish, self.prove(tools).await?),
            Stage::Publish => match self.prove(tools).await? {
                // An instance may have been replaced since it was shown.
                Some(waiting) => (Stage::Publish, Some(waiting)),
                None => (self.publish(tools).await?, None),
            },
            Stage::WatchOldKey => (Stage::Finished, self.watch(tools).await?),
            Stage::RemoveOldKey => (Stage::Finished, self.check_removed(tools).await?),
            Stage::Finished => return Ok(Advance::Reached(Stage::Finished)),
        };
        if let Some(waiting) = waiting {
            return Ok(Advance::Waiting(waiting));
        }
        self.state.stage = next;
        self.save()?;
        Ok(Advance::Reached(next))
    }

    /// Makes the pair, or takes over what a run that was killed here has made.
    fn make_keys(&mut self, tools: &RotationTools) -> Result<Stage, RotationError> {
        let path = &self.state.private_key_file;
        let key = if path.exists() {
            PrivateKey::read_file(path, tools.protection.passphrase())
                .map_err(RotationError::Key)?
        } else {
            let key = PrivateKey::generate().map_err(RotationError::Key)?;
            match &tools.protection {
                KeyProtection::Passphrase(passphrase) => {
                    key.write_encrypted_file(path, passphrase, Overwrite::Never)
                }
                KeyProtection::Unencrypted => key.write_unencrypted_file(path, Overwrite::Never),
            }
            .map_err(RotationError::Key)?;
            key
        };
        if key.fingerprint() == self.state.old_key.fingerprint() {
            return Err(RotationError::OtherPrivateKey { path: path.clone() });
        }
        key.public_key()
            .write_file(&self.state.public_key_file, Overwrite::Replace)
            .map_err(RotationError::Key)?;
        self.state.new_key = Some(key.public_key().clone());
        Ok(Stage::ProveEndpoint)
    }

    /// Pings with the new key until one ping is not answered.
    async fn prove(&self, tools: &RotationTools) -> Result<Option<Waiting>, RotationError> {
        let key = self.made_key()?;
        let client = self.endpoint_client(tools)?;
        for answered in 0..tools.proofs {
            if !ping(&client, key, &tools.app_secret).await? {
                return Ok(Some(Waiting::NewKeyNotDeployed {
                    answered,
                    sent: answered + 1,
                }));
            }
        }
        Ok(None)
    }

    async fn publish(&self, tools: &RotationTools) -> Result<Stage, RotationError> {
        if tools.numbers.is_empty() {
            return Err(RotationError::NoNumbers);
        }
        let bootstrap = (tools.bootstrap)(self.made_key()?.clone());
        let report = bootstrap.ensure_published(&tools.numbers).await;
        if !report.is_complete() {
            return Err(RotationError::NotPublished(Box::new(report)));
        }
        Ok(match self.state.mode {
            RotationMode::Planned => Stage::WatchOldKey,
            RotationMode::Emergency => Stage::RemoveOldKey,
        })
    }

    /// Looks at the metrics once, and remembers when the old key was last used.
    async fn watch(&mut self, tools: &RotationTools) -> Result<Option<Waiting>, RotationError> {
        if self.state.metrics.is_empty() {
            return Ok(Some(Waiting::NoMetrics));
        }
        let new_key = self.made_key()?.fingerprint();
        let old_key = self.state.old_key.fingerprint();
        let (mut old, mut new, mut is_held) = (0_u64, 0_u64, false);
        for url in &self.state.metrics {
            let usage = fetch_usage(url, tools).await?;
            let Some(count) = usage.of(new_key) else {
                return Err(RotationError::Metrics {
                    url: url.clone(),
                    problem: "it shows no `flowgate_requests_opened_total` of the new key"
                        .to_owned(),
                });
            };
            new = new.saturating_add(count);
            if let Some(count) = usage.of(old_key) {
                old = old.saturating_add(count);
                is_held = true;
            }
        }
        if !is_held {
            // No instance holds it any more: whoever removed it was sure.
            return Ok(None);
        }
        let now = (tools.wall_clock)()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let before = self.state.observation;
        let old_used_at = match before {
            // A restart sets counts to 0: any count above it is use since then.
            Some(before) if old == before.old || old == 0 => before.old_used_at,
            _ => now,
        };
        self.state.observation = Some(Observation {
            old,
            new,
            old_used_at,
        });
        self.save()?;
        let quiet = Duration::from_secs(now.saturating_sub(old_used_at));
        if before.is_some() && quiet >= tools.quiet {
            return Ok(None);
        }
        let since = |before: u64, now: u64| now.checked_sub(before).unwrap_or(now);
        let share = before.and_then(|before| {
            let (old, new) = (since(before.old, old), since(before.new, new));
            (old + new > 0).then(|| old as f64 / (old + new) as f64)
        });
        Ok(Some(Waiting::OldKeyInUse {
            old,
            new,
            share,
            quiet,
            needed: tools.quiet,
        }))
    }

    /// Shows that no instance opens requests with the compromised key.
    async fn check_removed(&self, tools: &RotationTools) -> Result<Option<Waiting>, RotationError> {
        let client = self.endpoint_client(tools)?;
        for _ in 0..tools.proofs {
            if ping(&client, &self.state.old_key, &tools.app_secret).await? {
                return Ok(Some(Waiting::OldKeyAnswers));
            }
        }
        Ok(None)
    }

    fn made_key(&self) -> Result<&PublicKey, RotationError> {
        self.state
            .new_key
            .as_ref()
            .ok_or_else(|| RotationError::StateUnreadable {
                name: self.store.name(),
                problem: "it has no `new_key`".to_owned(),
            })
    }

    fn endpoint_client(&self, tools: &RotationTools) -> Result<EndpointClient, RotationError> {
        let url =
            Url::parse(&self.state.endpoint).map_err(|error| RotationError::StateUnreadable {
                name: self.store.name(),
                problem: format!("its `endpoint`: {error}"),
            })?;
        EndpointClient::new(url, tools.ca_file.as_deref()).map_err(RotationError::Platform)
    }

    fn save(&self) -> Result<(), RotationError> {
        self.store
            .replace(&self.state.to_text())
            .map_err(|source| RotationError::State {
                name: self.store.name(),
                source,
            })
    }
}

/// Pings once. True if it was answered, false if the endpoint does not hold
/// that key.
async fn ping(
    client: &EndpointClient,
    key: &PublicKey,
    app_secret: &AppSecret,
) -> Result<bool, RotationError> {
    let request = PhoneRequest::new(key, app_secret, br#"{"version":"3.0","action":"ping"}"#)
        .map_err(RotationError::Key)?;
    let reply = client
        .send(&request)
        .await
        .map_err(|no_reply| RotationError::NoReply {
            problem: no_reply.problem,
        })?;
    let unexpected = |problem: String| RotationError::UnexpectedReply {
        status: reply.status,
        problem,
    };
    match reply.status {
        200 => {}
        421 => return Ok(false),
        432 => return Err(unexpected("it does not accept the signature".to_owned())),
        _ => return Err(unexpected("a ping is answered with 200".to_owned())),
    }
    let body = String::from_utf8_lossy(&reply.body);
    let answer = request
        .open_reply(&body)
        .map_err(|error| unexpected(error.to_string()))?;
    if answer["data"]["status"] == "active" {
        Ok(true)
    } else {
        Err(unexpected(
            "its answer to a ping is not `{\"data\": {\"status\": \"active\"}}`".to_owned(),
        ))
    }
}

async fn fetch_usage(url: &str, tools: &RotationTools) -> Result<KeyUsage, RotationError> {
    let failed = |problem: String| RotationError::Metrics {
        url: url.to_owned(),
        problem,
    };
    let parsed = Url::parse(url).map_err(|error| failed(error.to_string()))?;
    let client =
        EndpointClient::new(parsed, tools.ca_file.as_deref()).map_err(RotationError::Platform)?;
    let reply = client
        .get(&[])
        .await
        .map_err(|no_reply| failed(no_reply.problem))?;
    if reply.status != 200 {
        return Err(failed(format!("HTTP {}", reply.status)));
    }
    Ok(KeyUsage::read(&String::from_utf8_lossy(&reply.body)))
}

impl RotationTools {
    /// Starts with what is required: the secret that signs pings, and how the
    /// new private key is kept.
    pub fn new(app_secret: AppSecret, protection: KeyProtection) -> Self {
        Self {
            app_secret,
            protection,
            numbers: Vec::new(),
            bootstrap: Box::new(Bootstrap::new),
            proofs: PROOFS,
            quiet: QUIET,
            ca_file: None,
            wall_clock: Arc::new(SystemTime::now),
        }
    }

    /// Sets the phone numbers to publish to. Defaults to none, which is enough
    /// for every stage but [`Stage::Publish`].
    pub fn numbers(mut self, numbers: Vec<PhoneNumber>) -> Self {
        self.numbers = numbers;
        self
    }

    /// Sets how the new key is published. Defaults to [`Bootstrap::new`].
    pub fn bootstrap(
        mut self,
        bootstrap: impl Fn(PublicKey) -> Bootstrap + Send + Sync + 'static,
    ) -> Self {
        self.bootstrap = Box::new(bootstrap);
        self
    }

    /// Sets how many pings must be answered, each on a connection of its own.
    /// Defaults to 10, so that a balancer hides no instance of a small fleet;
    /// take several times the number of instances.
    pub fn proofs(mut self, pings: u32) -> Self {
        self.proofs = pings.max(1);
        self
    }

    /// Sets how long the old key has to be unused. Defaults to 72 h: messages
    /// with Flows are opened days after they were sent.
    pub fn quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }

    /// Trusts the certificates of a PEM file for endpoint and metrics, and no
    /// others. Defaults to those of the system.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets the calendar clock. Defaults to that of the system.
    pub fn wall_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.wall_clock = Arc::new(clock);
        self
    }
}

impl KeyProtection {
    fn passphrase(&self) -> Option<&Passphrase> {
        match self {
            Self::Passphrase(passphrase) => Some(passphrase),
            Self::Unencrypted => None,
        }
    }
}

impl Stage {
    /// Lists all stages; a rotation goes through some of them, in this order.
    pub const ALL: &'static [Self] = &[
        Self::MakeKeys,
        Self::ProveEndpoint,
        Self::Publish,
        Self::WatchOldKey,
        Self::RemoveOldKey,
        Self::Finished,
    ];

    /// Returns the name in the state file and in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::MakeKeys => "make-keys",
            Self::ProveEndpoint => "prove-endpoint",
            Self::Publish => "publish",
            Self::WatchOldKey => "watch-old-key",
            Self::RemoveOldKey => "remove-old-key",
            Self::Finished => "finished",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|stage| stage.name() == name)
    }
}

impl RotationMode {
    /// Returns the name in the state file and in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Emergency => "emergency",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Planned, Self::Emergency]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

impl Waiting {
    /// Says what it waits for: one line, lower case, no final period.
    pub fn problem(&self) -> String {
        match self {
            Self::NewKeyNotDeployed { answered, sent } => format!(
                "the endpoint does not answer with the new key yet: {answered} of {sent} pings"
            ),
            Self::OldKeyInUse {
                old,
                new,
                share,
                quiet,
                needed,
            } => {
                let share = share.map_or_else(
                    || "no share since the last look".to_owned(),
                    |share| format!("{:.1} % of the requests since the last look", share * 100.0),
                );
                format!(
                    "the old key opened {old} requests, the new one {new} ({share}); it has been \
                     unused for {} of {}",
                    hours(*quiet),
                    hours(*needed)
                )
            }
            Self::NoMetrics => {
                "without the metrics of the endpoint nobody can tell whether the old key is used"
                    .to_owned()
            }
            Self::OldKeyAnswers => "the endpoint still answers with the compromised key".to_owned(),
        }
    }

    /// Says what to do about it: one line, lower case, no final period.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NewKeyNotDeployed { .. } => {
                "give every instance both private keys, the new one first \
                 (FLOWGATE_PRIVATE_KEY_FILE=NEW,OLD), restart them, then resume; nothing is \
                 published before they answer"
            }
            Self::OldKeyInUse { .. } => {
                "keep both keys; phones take the new one as they fetch it; look again later"
            }
            Self::NoMetrics => {
                "name the metrics URL of each instance; without metrics, remove the old key \
                 after some days: phones that still hold it are answered with 421 and fetch the \
                 new one"
            }
            Self::OldKeyAnswers => {
                "remove it from every instance now (FLOWGATE_PRIVATE_KEY_FILE=NEW) and restart \
                 them, then resume; each phone that holds it is answered with 421 once and \
                 fetches the new one"
            }
        }
    }
}

impl RotationError {
    /// Says what happened: one line, lower case, no final period.
    pub fn problem(&self) -> String {
        match self {
            Self::AlreadyStarted { name } => format!("a rotation is under way: `{name}` exists"),
            Self::NotStarted { name } => format!("no rotation to resume: `{name}` does not exist"),
            Self::State { name, source } => {
                format!("cannot read or write the state `{name}`: {source}")
            }
            Self::StateUnreadable { name, problem } => {
                format!("`{name}` is not the state of a rotation: {problem}")
            }
            Self::Key(error) => error.problem(),
            Self::OtherPrivateKey { path } => {
                format!("`{}` holds the old private key", path.display())
            }
            Self::NoReply { problem } => problem.clone(),
            Self::UnexpectedReply { status, problem } => {
                format!("the endpoint replied with HTTP {status}: {problem}")
            }
            Self::Metrics { url, problem } => format!("cannot use the metrics {url}: {problem}"),
            Self::Platform(error) => error.problem(),
            Self::NoNumbers => "no phone number to publish to".to_owned(),
            Self::NotPublished(report) => {
                let failed: Vec<String> = report
                    .failed()
                    .filter_map(|number| {
                        let failure = number.failure.as_ref()?;
                        Some(format!("{}: {}", number.number, failure.problem()))
                    })
                    .collect();
                format!("not published to every number: {}", failed.join("; "))
            }
        }
    }

    /// Says what to do about it: one line, lower case, no final period.
    pub fn help(&self) -> String {
        let help = match self {
            Self::AlreadyStarted { .. } => {
                "resume it (`--resume`), or remove the file if that rotation was given up or is over"
            }
            Self::NotStarted { .. } => "start one, or name the state file of the one to resume",
            Self::State { .. } => "check the path, who owns the folder, and who runs this program",
            Self::StateUnreadable { .. } => "name the right file, or start anew with another one",
            Self::Key(error) => return error.help(),
            Self::OtherPrivateKey { .. } => {
                "remove the state file and start anew with other paths for the new pair"
            }
            Self::NoReply { .. } => {
                "check the public URL of the endpoint and that it runs; `flowgate doctor` says \
                 more"
            }
            Self::UnexpectedReply { status: 432, .. } => {
                "give the app secret with which the endpoint verifies requests"
            }
            Self::UnexpectedReply { .. } => "`flowgate doctor` says what is wrong",
            Self::Metrics { .. } => {
                "give the URL of the metrics of each instance (a flowgate endpoint shows them at \
                 `/metrics`), reachable from here"
            }
            Self::Platform(error) => error.help(),
            Self::NoNumbers => "name the numbers, or all of an account",
            Self::NotPublished(report) => {
                let first = report.failed().find_map(|number| number.failure.as_ref());
                first.map_or("resume", |failure| failure.help())
            }
        };
        help.to_owned()
    }
}

impl fmt::Display for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.help())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MakeKeys => "make the new pair",
            Self::ProveEndpoint => "wait until the endpoint answers with the new key",
            Self::Publish => "publish the new key",
            Self::WatchOldKey => "wait until the old key is unused",
            Self::RemoveOldKey => "wait until the compromised key is removed",
            Self::Finished => "nothing: the rotation is over",
        })
    }
}

impl fmt::Debug for RotationTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotationTools")
            .field("numbers", &self.numbers)
            .finish_non_exhaustive()
    }
}

fn hours(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

const PROOFS: u32 = 10;
const QUIET: Duration = Duration::from_secs(72 * 3600);
