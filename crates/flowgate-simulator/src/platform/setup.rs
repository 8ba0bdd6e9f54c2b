//! What the platform holds when it starts.

use std::path::PathBuf;
use std::time::Duration;

use flowgate_keys::PhoneNumberId;
use serde::Deserialize;

use super::phone_number::Number;
use super::{Home, Installation, Lasting, NumberBehaviour, Platform, Shapes, TokenGrant};
use crate::{Clock, SimulatorError};

/// Id of the account that numbers of the Cloud API belong to unless they say
/// otherwise.
const ACCOUNT: &str = "200000000000001";
/// Id of the account of the number on the installation. Another one: the key of
/// a number is set through the API that it is registered with, so that a caller
/// who takes all numbers of one account through the Cloud API would meet 133010.
const ON_PREMISES_ACCOUNT: &str = "200000000000002";

/// Collects what the platform holds when it starts.
#[derive(Debug, Default)]
#[must_use]
pub struct PlatformSetup {
    clock: Clock,
    numbers: Vec<NumberSetup>,
    tokens: Vec<(String, TokenGrant)>,
    password: Option<String>,
    login_lifetime: Option<Duration>,
    version: Option<String>,
    shapes: Shapes,
    state_file: Option<PathBuf>,
}

/// Says what a phone number is when it is added.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct NumberSetup {
    #[serde(deserialize_with = "phone_number_id")]
    id: PhoneNumberId,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    display_phone_number: Option<String>,
    #[serde(default)]
    home: Home,
    #[serde(default)]
    unregistered: bool,
}

impl PlatformSetup {
    /// Sets the clock. Defaults to the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a phone number. Defaults, if none is added, to three on the Cloud
    /// API (ids 100000000000001 and following, account 200000000000001) and one
    /// On-Premises (account 200000000000002).
    pub fn number(mut self, number: NumberSetup) -> Self {
        self.numbers.push(number);
        self
    }

    /// Adds an access token with a known text. Defaults to none; see also
    /// [`Platform::issue_token`].
    pub fn access_token(mut self, token: impl Into<String>, grant: TokenGrant) -> Self {
        self.tokens.push((token.into(), grant));
        self
    }

    /// Gives the On-Premises user `admin` a password, as if the first login had
    /// been made. Defaults to a fresh installation: `secret`, and the first
    /// login has to send a `new_password`.
    pub fn on_premises_password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets how long an On-Premises token lasts. Defaults to 7 days.
    pub fn login_lifetime(mut self, lifetime: Duration) -> Self {
        self.login_lifetime = Some(lifetime);
        self
    }

    /// Sets the version of the On-Premises client. Defaults to 2.53.3; below
    /// 2.51 there is no setting for the key.
    pub fn on_premises_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Chooses the shapes of replies. Defaults to what the services return, as
    /// far as known.
    pub fn shapes(mut self, shapes: Shapes) -> Self {
        self.shapes = shapes;
        self
    }

    /// Keeps numbers, keys, tokens and users in a file. If it exists, it
    /// decides, and numbers, tokens and passwords of this set-up are not
    /// looked at. Defaults to memory alone.
    ///
    /// The file holds the tokens and passwords of the stand-in in the clear and
    /// is readable by its owner alone.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Makes the platform.
    ///
    /// # Errors
    ///
    /// - [`SimulatorError::NumberExists`], [`SimulatorError::InstallationTaken`].
    /// - [`SimulatorError::WeakPassword`].
    /// - [`SimulatorError::StateFile`], [`SimulatorError::StateFormat`].
    pub fn build(self) -> Result<Platform, SimulatorError> {
        let Self {
            clock,
            numbers,
            tokens,
            password,
            login_lifetime,
            version,
            shapes,
            state_file,
        } = self;
        let now = clock.unix_seconds();
        let fresh = || {
            let mut installation = Installation::fresh();
            if let Some(password) = password {
                installation.set_password(&password)?;
            }
            if let Some(lifetime) = login_lifetime {
                installation.set_login_seconds(lifetime.as_secs());
            }
            if let Some(version) = version {
                installation.version = version;
            }
            let mut lasting = Lasting {
                numbers: Vec::new(),
                tokens: Vec::new(),
                installation,
            };
            let numbers = if numbers.is_empty() {
                NumberSetup::several(3)
            } else {
                numbers
            };
            for number in numbers {
                lasting.add_number(number)?;
            }
            for (token, grant) in tokens {
                lasting.issue_token(grant, Some(token), now)?;
            }
            Ok(lasting)
        };
        Platform::open(clock, shapes, fresh, state_file)
    }
}

impl NumberSetup {
    /// Adds a registered number on the Cloud API.
    pub fn new(id: PhoneNumberId) -> Self {
        Self {
            id,
            account: None,
            display_phone_number: None,
            home: Home::Cloud,
            unregistered: false,
        }
    }

    /// Makes numbers with the ids 100000000000001 and following on the Cloud
    /// API, and the next one on the On-Premises installation.
    pub fn several(cloud: u32) -> Vec<Self> {
        (1..=u64::from(cloud) + 1)
            .filter_map(|index| {
                let id = (100_000_000_000_000 + index).to_string();
                let number = Self::new(PhoneNumberId::new(&id).ok()?);
                Some(if index > u64::from(cloud) {
                    number.on_premises()
                } else {
                    number
                })
            })
            .collect()
    }

    /// Sets the id of its WhatsApp Business Account. Defaults to
    /// 200000000000001 on the Cloud API and 200000000000002 On-Premises.
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.account = Some(id.into());
        self
    }

    /// Sets the number as people write it. Defaults to one of the range for
    /// fiction, `+1 555-01…`.
    pub fn display(mut self, number: impl Into<String>) -> Self {
        self.display_phone_number = Some(number.into());
        self
    }

    /// Puts it on the On-Premises installation. Defaults to the Cloud API.
    pub fn on_premises(mut self) -> Self {
        self.home = Home::OnPremises;
        self
    }

    /// Leaves it unregistered. Defaults to registered.
    pub fn unregistered(mut self) -> Self {
        self.unregistered = true;
        self
    }

    pub(super) fn into_number(self) -> Number {
        let id = self.id.as_str().to_owned();
        let last = &id[id.len().saturating_sub(2)..];
        Number {
            account: self.account.unwrap_or_else(|| match self.home {
                Home::Cloud => ACCOUNT.to_owned(),
                Home::OnPremises => ON_PREMISES_ACCOUNT.to_owned(),
            }),
            display_phone_number: self
                .display_phone_number
                .unwrap_or_else(|| format!("+1 555-01{last:0>2}")),
            verified_name: "Example Business".to_owned(),
            home: self.home,
            registered: !self.unregistered,
            behaviour: NumberBehaviour::default(),
            key: None,
            id,
        }
    }
}

fn phone_number_id<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<PhoneNumberId, D::Error> {
    let text = String::deserialize(deserializer)?;
    PhoneNumberId::new(&text).map_err(serde::de::Error::custom)
}
