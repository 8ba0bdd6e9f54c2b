//! Publishing a key: read, compare, upload where needed, read back until valid.

use std::fmt;
use std::time::Duration;

use flowgate_keys::{Fingerprint, PublicKey};
use futures_util::{StreamExt, stream};

use crate::error::PlatformError;
use crate::phone_number::PhoneNumber;
use crate::published_key::{PublishedKey, SignatureStatus};
use crate::retry::{Retries, RetryPolicy};

/// Sees to it that phone numbers have one key, signed and valid.
///
/// Run it as often and from as many instances as you like: it uploads only
/// where the platform does not hold the key with a valid signature, and an
/// upload replaces a key by itself without harm. After a crash half-way the
/// next run finds what is left to do.
///
/// ```no_run
/// use flowgate_keys::{PhoneNumberId, PublicKey};
/// use flowgate_platform::{AccessToken, Bootstrap, CloudApi, PhoneNumber};
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let api = CloudApi::builder(AccessToken::read_file("access-token.txt")?).build()?;
/// let number = PhoneNumber::cloud(&api, PhoneNumberId::new("106540352242922")?);
/// let key = PublicKey::read_file("public.pem")?;
///
/// let report = Bootstrap::new(key).ensure_published(&[number]).await;
/// for number in report.failed() {
///     eprintln!("{number}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// **Security:** it takes a [`PublicKey`], so that private material cannot be
/// uploaded.
#[derive(Debug, Clone)]
#[must_use]
pub struct Bootstrap {
    key: PublicKey,
    older_keys: Vec<PublicKey>,
    foreign_keys: ForeignKeys,
    retries: Retries,
    concurrency: usize,
    valid_within: Duration,
}

/// What becomes of a key that a number holds and nobody here knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ForeignKeys {
    Replace,
    Keep,
}

/// Tells of each phone number what was found and done, in the order given.
#[derive(Debug)]
#[must_use]
pub struct BootstrapReport {
    /// One entry for each number.
    pub numbers: Vec<NumberReport>,
}

/// Tells of one phone number what was found and done.
#[derive(Debug)]
#[non_exhaustive]
pub struct NumberReport {
    /// The number.
    pub number: PhoneNumber,
    /// The older key that the number holds and may keep, see
    /// [`Bootstrap::older_keys`]; none if it is to hold the newest.
    pub older_key: Option<Fingerprint>,
    /// Why its key was uploaded; none if it was left alone.
    pub uploaded: Option<UploadReason>,
    /// What the platform holds in the end, if it could be read.
    pub published: Option<PublishedKey>,
    /// Why the number does not hold the key with a valid signature; none if it
    /// does.
    pub failure: Option<PublishFailure>,
}

/// Why a key was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadReason {
    /// The number had no key.
    NoKey,
    /// The number had another key.
    OtherKey(Fingerprint),
    /// The number had something that phones cannot read as a key.
    UnreadableKey,
    /// It was the same key, but its signature was not valid.
    Status(SignatureStatus),
}

/// Why a number does not hold the key with a valid signature.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishFailure {
    /// The platform could not be asked, or refused.
    Platform(PlatformError),
    /// The key was uploaded, but its signature did not become valid in time.
    NotValid {
        /// What the platform says of it.
        status: SignatureStatus,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The key was uploaded, but the platform shows another one, or none.
    OtherKey {
        /// The key that is shown; none if there is none or it is unreadable.
        found: Option<Fingerprint>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The number holds a key that is not to be replaced, see
    /// [`Bootstrap::keep_foreign_keys`].
    ForeignKey {
        /// The key.
        found: Fingerprint,
    },
}

impl Bootstrap {
    /// Starts with the key to publish.
    pub fn new(key: PublicKey) -> Self {
        Self {
            key,
            older_keys: Vec::new(),
            foreign_keys: ForeignKeys::Replace,
            retries: Retries::new(RetryPolicy::default()),
            concurrency: CONCURRENCY,
            valid_within: VALID_WITHIN,
        }
    }

    /// Sets how calls are tried again. Defaults to [`RetryPolicy::default`].
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Sets how many numbers are worked on at once. Defaults to 4: the platform
    /// limits calls for each app and account.
    pub fn concurrency(mut self, numbers: usize) -> Self {
        self.concurrency = numbers.max(1);
        self
    }

    /// Sets how long an uploaded key may take to be shown as valid. Defaults
    /// to 30 s.
    pub fn valid_within(mut self, bound: Duration) -> Self {
        self.valid_within = bound;
        self
    }

    /// Names keys that the endpoint opens as well: a number that holds one of
    /// them keeps it, and a signature that is not valid is mended for it.
    /// Defaults to none.
    ///
    /// For servers that publish when they start: one that has the new key of a
    /// rotation already must not publish it before all others have it, see
    /// [`Rotation`](crate::Rotation).
    pub fn older_keys(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.older_keys = keys.into_iter().collect();
        self
    }

    /// Leaves a number alone that holds a key which is none of these, with
    /// [`PublishFailure::ForeignKey`]. Defaults to replacing it.
    ///
    /// For servers that publish when they start: one that was forgotten, with a
    /// key of the past, must not take the number away from the others.
    pub fn keep_foreign_keys(mut self) -> Self {
        self.foreign_keys = ForeignKeys::Keep;
        self
    }

    /// Returns the key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Works through the numbers; a failure of one does not stop the others.
    pub async fn ensure_published(&self, numbers: &[PhoneNumber]) -> BootstrapReport {
        let reports = stream::iter(numbers.to_vec())
            .map(|number| self.ensure_one(number))
            .buffered(self.concurrency);
        BootstrapReport {
            numbers: reports.collect().await,
        }
    }

    async fn ensure_one(&self, number: PhoneNumber) -> NumberReport {
        let mut report = NumberReport {
            number,
            older_key: None,
            uploaded: None,
            published: None,
            failure: None,
        };
        if let Err(failure) = self.work(&mut report).await {
            report.failure = Some(failure);
        }
        report
    }

    async fn work(&self, report: &mut NumberReport) -> Result<(), PublishFailure> {
        report.published = self.read(&report.number).await?;
        let key = self.key_for(report.published.as_ref());
        report.older_key = (key != &self.key).then(|| key.fingerprint());
        let Some(reason) = UploadReason::find(report.published.as_ref(), key) else {
            return Ok(());
        };
        if let (UploadReason::OtherKey(found), ForeignKeys::Keep) = (&reason, self.foreign_keys) {
            return Err(PublishFailure::ForeignKey { found: *found });
        }
        let call = format!("upload the key of {}", report.number);
        self.retries
            .run(&call, || report.number.upload_public_key(key))
            .await?;
        report.uploaded = Some(reason);
        self.read_back(report, key).await
    }

    /// Returns the key that a number is to hold: an older one if it holds that.
    fn key_for(&self, published: Option<&PublishedKey>) -> &PublicKey {
        let held = published.and_then(|published| published.key().ok());
        held.and_then(|held| {
            let is_held = |key: &&PublicKey| key.fingerprint() == held.fingerprint();
            self.older_keys.iter().find(is_held)
        })
        .unwrap_or(&self.key)
    }

    /// Reads until the signature is valid. Uploading again would not help: one
    /// upload makes one signature, and two instances with different keys would
    /// overwrite each other for ever.
    async fn read_back(
        &self,
        report: &mut NumberReport,
        key: &PublicKey,
    ) -> Result<(), PublishFailure> {
        let timer = self.retries.timer();
        let started = timer.now();
        let mut delay = FIRST_READ_BACK_DELAY;
        loop {
            report.published = self.read(&report.number).await?;
            let waited = timer.now().saturating_sub(started);
            let failure = match &report.published {
                Some(published) if published.is_valid(key) => return Ok(()),
                Some(published) if published.holds(key) => PublishFailure::NotValid {
                    status: published.status().clone(),
                    waited,
                },
                other => PublishFailure::OtherKey {
                    found: other
                        .as_ref()
                        .and_then(|published| published.key().ok())
                        .map(|key| key.fingerprint()),
                    waited,
                },
            };
            let left = self.valid_within.saturating_sub(waited);
            if left.is_zero() {
                return Err(failure);
            }
            timer.sleep(delay.min(left)).await;
            delay = (delay * 2).min(LONGEST_READ_BACK_DELAY);
        }
    }

    async fn read(&self, number: &PhoneNumber) -> Result<Option<PublishedKey>, PlatformError> {
        self.retries
            .run(&format!("read the key of {number}"), || {
                number.read_public_key()
            })
            .await
    }
}

impl BootstrapReport {
    /// Tells whether every number holds the key with a valid signature.
    pub fn is_complete(&self) -> bool {
        self.failed().next().is_none()
    }

    /// Lists the numbers that do not.
    pub fn failed(&self) -> impl Iterator<Item = &NumberReport> {
        self.numbers
            .iter()
            .filter(|number| number.failure.is_some())
    }
}

impl UploadReason {
    /// Finds why a key has to be uploaded; none if phones can use it as it is.
    pub fn find(published: Option<&PublishedKey>, key: &PublicKey) -> Option<Self> {
        let Some(published) = published else {
            return Some(Self::NoKey);
        };
        if published.holds(key) {
            return match published.status() {
                SignatureStatus::Valid => None,
                status => Some(Self::Status(status.clone())),
            };
        }
        Some(match published.key() {
            // The same numbers in a text that phones do not read.
            Ok(other) if other.fingerprint() == key.fingerprint() => Self::UnreadableKey,
            Ok(other) => Self::OtherKey(other.fingerprint()),
            Err(_) => Self::UnreadableKey,
        })
    }
}

impl PublishFailure {
    /// Says what happened: one line, lower case, no final period.
    pub fn problem(&self) -> String {
        match self {
            Self::Platform(error) => error.problem(),
            Self::NotValid { status, waited } => format!(
                "the key was uploaded, but after {} s its signature status is {status}, expected \
                 VALID",
                waited.as_secs()
            ),
            Self::OtherKey { found, waited } => match found {
                Some(found) => format!(
                    "the key was uploaded, but after {} s the platform shows another one, {}",
                    waited.as_secs(),
                    found.short()
                ),
                None => format!(
                    "the key was uploaded, but after {} s the platform shows none",
                    waited.as_secs()
                ),
            },
            Self::ForeignKey { found } => format!(
                "it holds the key {}, which is none of this endpoint's, and was left alone",
                found.short()
            ),
        }
    }

    /// Says what to do about it: one line, lower case, no final period.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Platform(error) => error.help(),
            Self::NotValid { .. } => {
                "phones refuse the key until it is VALID: check that the number is registered \
                 with the API that you publish to, register it again if it was moved, then \
                 publish again"
            }
            Self::OtherKey { found: Some(_), .. } => {
                "another program publishes a different key for this number: stop one of the two, \
                 then publish again"
            }
            Self::OtherKey { found: None, .. } => {
                "publish again in some minutes; if it lasts, ask the platform's support"
            }
            Self::ForeignKey { .. } => {
                "give the endpoint the private key of that one as well (the newest first); or, \
                 if nobody uses it any more, replace it with `flowgate keys publish`"
            }
        }
    }
}

impl From<PlatformError> for PublishFailure {
    fn from(error: PlatformError) -> Self {
        Self::Platform(error)
    }
}

impl fmt::Display for PublishFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.help())
    }
}

impl fmt::Display for UploadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("had no key"),
            Self::OtherKey(fingerprint) => write!(f, "had another key, {}", fingerprint.short()),
            Self::UnreadableKey => f.write_str("had a text that phones cannot read"),
            Self::Status(SignatureStatus::NotGiven) => f.write_str("had no signature status"),
            Self::Status(status) => write!(f, "signature was {status}"),
        }
    }
}

impl fmt::Display for NumberReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older = match self.older_key {
            Some(_) => ", an older key",
            None => "",
        };
        match (&self.failure, &self.uploaded) {
            (Some(failure), _) => write!(f, "{}: {failure}", self.number),
            (None, Some(reason)) => write!(f, "{}: uploaded{older}, {reason}", self.number),
            (None, None) => write!(f, "{}: published already{older}", self.number),
        }
    }
}

const CONCURRENCY: usize = 4;
const VALID_WITHIN: Duration = Duration::from_secs(30);
const FIRST_READ_BACK_DELAY: Duration = Duration::from_millis(250);
const LONGEST_READ_BACK_DELAY: Duration = Duration::from_secs(5);
