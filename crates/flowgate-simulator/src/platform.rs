//! The state of the platform: phone numbers and their keys, access tokens, the
//! On-Premises installation, faults, and the log of requests.

mod access_token;
mod installation;
mod phone_number;
mod request_log;
mod setup;
mod state_file;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flowgate_keys::PhoneNumberId;
use serde::{Deserialize, Serialize};

pub use self::access_token::{AccessToken, Permission, TokenGrant};
pub use self::installation::OnPremisesReadShape;
pub use self::phone_number::{Home, NumberBehaviour, PhoneNumber};
pub use self::request_log::RequestRecord;
pub use self::setup::{NumberSetup, PlatformSetup};

pub(crate) use self::access_token::{IssuedToken, TokenRefusal};
pub(crate) use self::installation::{Installation, LoginRefusal};
use self::request_log::RequestLog;
use self::state_file::StateFile;
use crate::cloud_api;
use crate::fault;
use crate::http::{ApiReply, ApiRequest, Served};
use crate::on_premises_api;
use crate::{Alteration, Api, Clock, Disturbance, Fault, PublishedKey, SimulatorError};

/// WhatsApp's platform as far as the business public key is concerned.
///
/// Clones are handles of the same platform. Everything that the control API
/// does is a method here, so that tests in process need no HTTP for it.
///
/// ```
/// use flowgate_simulator::{Platform, SignatureStatus};
///
/// let platform = Platform::builder().build()?;
/// let number = platform.phone_numbers().remove(0);
/// assert!(number.key.is_none());
/// # Ok::<(), flowgate_simulator::SimulatorError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Platform {
    clock: Clock,
    world: Arc<Mutex<World>>,
    state_file: Option<Arc<StateFile>>,
}

/// Everything that the two APIs look at and change.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) lasting: Lasting,
    pub(crate) shapes: Shapes,
    faults: Vec<Fault>,
    limits: Vec<(CallLimit, LimitWindow)>,
    log: RequestLog,
    replies: u64,
}

/// The part that a state file keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Lasting {
    pub(crate) numbers: Vec<phone_number::Number>,
    pub(crate) tokens: Vec<IssuedToken>,
    pub(crate) installation: Installation,
}

/// Chooses between shapes of replies where the documents know several, or none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shapes {
    /// A read of the key through the Cloud API.
    pub cloud_read: CloudReadShape,
    /// A read while there is no key.
    pub cloud_no_key: NoKeyShape,
    /// A call with the id of something else.
    pub cloud_unknown_id: UnknownIdShape,
    /// A read of the key through the On-Premises API.
    pub on_premises_read: OnPremisesReadShape,
}

/// Shapes of `GET …/whatsapp_business_encryption`: both are documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CloudReadShape {
    /// `{"data": [{…}]}`, as the reference and Meta's Postman collection show;
    /// what the service returns.
    #[default]
    Data,
    /// `{…}`, as the guide shows.
    Flat,
}

/// Shapes of a read while there is no key: none is documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoKeyShape {
    /// `{"data": []}`, or `{}` in the flat shape.
    #[default]
    Empty,
    /// An entry without the two fields.
    NoFields,
    /// An entry whose key is a single blank, as in a sample of the reference.
    Blank,
}

/// Shapes of the reply to an id that is not one of a phone number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnknownIdShape {
    /// Status 400, code 100, subcode 33: what the Graph API answers to ids that
    /// do not exist or that the token may not see.
    #[default]
    BadRequest,
    /// Status 404, which the reference lists; same body.
    NotFound,
}

/// A limit on calls, answered with status 429 and `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallLimit {
    /// The API, or both together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// The method that counts, or all. The reference warns that limits may be
    /// stricter for uploads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Calls within one window.
    pub calls: u32,
    /// Length of the window in seconds; it starts with the first call.
    pub seconds: u64,
}

#[derive(Debug, Default)]
struct LimitWindow {
    ends: u64,
    used: u32,
}

impl Platform {
    /// Starts a set-up: three numbers of one account on the Cloud API and one
    /// on an On-Premises installation, unless it says otherwise.
    pub fn builder() -> PlatformSetup {
        PlatformSetup::default()
    }

    fn open(
        clock: Clock,
        shapes: Shapes,
        fresh: impl FnOnce() -> Result<Lasting, SimulatorError>,
        state_file: Option<PathBuf>,
    ) -> Result<Self, SimulatorError> {
        let state_file = state_file.map(StateFile::new);
        let kept = match &state_file {
            Some(file) => file.read()?,
            None => None,
        };
        let lasting = match kept {
            Some(kept) => kept,
            None => fresh()?,
        };
        let platform = Self {
            clock,
            world: Arc::new(Mutex::new(World {
                lasting,
                shapes,
                faults: Vec::new(),
                limits: Vec::new(),
                log: RequestLog::default(),
                replies: 0,
            })),
            state_file: state_file.map(Arc::new),
        };
        if let Some(file) = &platform.state_file {
            file.write(&platform.world().lasting)?;
        }
        Ok(platform)
    }

    /// Returns the clock that expiry goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lists the phone numbers in the order of their set-up.
    pub fn phone_numbers(&self) -> Vec<PhoneNumber> {
        let now = self.now();
        self.world()
            .lasting
            .numbers
            .iter()
            .map(|number| number.show(now))
            .collect()
    }

    /// Returns a phone number.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`].
    pub fn phone_number(&self, id: &PhoneNumberId) -> Result<PhoneNumber, SimulatorError> {
        let now = self.now();
        Ok(self.world().number(id)?.show(now))
    }

    /// Returns the key that phones get for a number, if any.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`].
    pub fn published_key(
        &self,
        id: &PhoneNumberId,
    ) -> Result<Option<PublishedKey>, SimulatorError> {
        Ok(self.phone_number(id)?.key)
    }

    /// Adds a phone number.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::NumberExists`], [`SimulatorError::InstallationTaken`].
    pub fn add_phone_number(&self, number: NumberSetup) -> Result<(), SimulatorError> {
        self.change(|world| world.lasting.add_number(number))
    }

    /// Registers a number again, as after a change of device or PIN: its key
    /// stays and its signature becomes a `MISMATCH`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`].
    pub fn re_register(&self, id: &PhoneNumberId) -> Result<(), SimulatorError> {
        self.change_number(id, phone_number::Number::register)
    }

    /// Takes a number off the platform; calls for it get 133010.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`].
    pub fn deregister(&self, id: &PhoneNumberId) -> Result<(), SimulatorError> {
        self.change_number(id, |number| number.registered = false)
    }

    /// Moves a number to the other API: registers it there, so that the
    /// signature of its key becomes a `MISMATCH`.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`], and
    /// [`SimulatorError::InstallationTaken`] as an installation serves one
    /// number.
    pub fn move_to(&self, id: &PhoneNumberId, home: Home) -> Result<(), SimulatorError> {
        self.change(|world| {
            world.number(id)?;
            if home == Home::OnPremises {
                world
                    .lasting
                    .check_installation_is_free(Some(id.as_str()))?;
            }
            let number = world.number_mut(id)?;
            number.home = home;
            number.register();
            Ok(())
        })
    }

    /// Changes how the platform treats uploads for a number from now on.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`].
    pub fn set_behaviour(
        &self,
        id: &PhoneNumberId,
        behaviour: NumberBehaviour,
    ) -> Result<(), SimulatorError> {
        self.change_number(id, |number| number.behaviour = behaviour)
    }

    /// Alters the stored key of a number behind the back of its owner.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`], [`SimulatorError::NoKey`].
    pub fn alter_key(
        &self,
        id: &PhoneNumberId,
        alteration: Alteration,
    ) -> Result<(), SimulatorError> {
        self.change(|world| {
            let number = world.number_mut(id)?;
            let key = number.key.as_mut().ok_or_else(|| SimulatorError::NoKey {
                id: id.as_str().to_owned(),
            })?;
            key.alter(alteration);
            Ok(())
        })
    }

    /// Forgets the key of a number. No API does this.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::UnknownNumber`].
    pub fn remove_key(&self, id: &PhoneNumberId) -> Result<(), SimulatorError> {
        self.change_number(id, |number| number.key = None)
    }

    /// Issues an access token of the Cloud API.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Randomness`].
    pub fn issue_token(&self, grant: TokenGrant) -> Result<AccessToken, SimulatorError> {
        let now = self.now();
        self.change(|world| world.lasting.issue_token(grant, None, now))
    }

    /// Returns an access token that is good for everything: one from before,
    /// which a state file may have kept, or a new one.
    ///
    /// # Errors
    ///
    /// [`SimulatorError::Randomness`], [`SimulatorError::StateFile`].
    pub fn ready_token(&self) -> Result<AccessToken, SimulatorError> {
        let now = self.now();
        self.change(|world| match world.lasting.good_token(now) {
            Some(token) => Ok(token),
            None => world.lasting.issue_token(TokenGrant::new(), None, now),
        })
    }

    /// Ends all access tokens of the Cloud API, as if their time was over.
    pub fn expire_access_tokens(&self) {
        let now = self.now();
        self.change_always(|world| {
            for token in &mut world.lasting.tokens {
                token.expire(now);
            }
        });
    }

    /// Ends all tokens of the On-Premises API after so many more calls; 0 is at
    /// once. A login makes a new token without that limit.
    pub fn expire_logins_after(&self, calls: u32) {
        self.change_always(|world| world.lasting.installation.expire_after(calls));
    }

    /// Chooses the shapes of replies.
    pub fn set_shapes(&self, shapes: Shapes) {
        self.world().shapes = shapes;
    }

    /// Makes calls go wrong from now on.
    pub fn inject(&self, fault: Fault) {
        self.world().faults.push(fault);
    }

    /// Lists the faults that are not used up, with what is left of them.
    pub fn faults(&self) -> Vec<Fault> {
        self.world().faults.clone()
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.world().faults.clear();
    }

    /// Sets the limits on calls; none ends them.
    pub fn set_limits(&self, limits: impl IntoIterator<Item = CallLimit>) {
        self.world().limits = limits
            .into_iter()
            .map(|limit| (limit, LimitWindow::default()))
            .collect();
    }

    /// Lists the requests since the start or since they were cleared, the last
    /// 10 000.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.world().log.records()
    }

    /// Counts the requests with this method whose path ends so.
    pub fn count_requests(&self, method: &str, path_end: &str) -> u64 {
        self.world().log.count(method, path_end)
    }

    /// Forgets the requests.
    pub fn clear_requests(&self) {
        self.world().log = RequestLog::default();
    }

    /// Returns counts by `METHOD path`.
    pub(crate) fn request_counts(&self) -> std::collections::BTreeMap<String, u64> {
        self.world().log.counts().clone()
    }

    pub(crate) fn shapes(&self) -> Shapes {
        self.world().shapes
    }

    pub(crate) fn limits(&self) -> Vec<CallLimit> {
        let world = self.world();
        world
            .limits
            .iter()
            .map(|(limit, _)| limit.clone())
            .collect()
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.unix_seconds()
    }

    /// Answers a call to one of the APIs, as the platform in good health or
    /// with the fault that meets it, and logs it.
    pub(crate) fn serve(&self, api: Api, request: &ApiRequest) -> Served {
        let now = self.now();
        let mut world = self.world();
        world.replies += 1;
        let trace = world.replies;
        let met = fault::meet(&mut world.faults, api, &request.method, &request.path);
        let limited = world.limit(api, request, now);
        let (carried_out, disturbance) = match met {
            Some(met) => (met.carried_out, Some(met.disturbance)),
            None => (true, None),
        };
        let mut reply = match (limited, carried_out) {
            (Some(wait), _) => match api {
                Api::Cloud => cloud_api::too_many_calls(),
                Api::OnPremises => on_premises_api::too_many_calls(),
            }
            .retry_after(wait),
            (None, true) => match api {
                Api::Cloud => cloud_api::answer(&mut world, request, now),
                Api::OnPremises => on_premises_api::answer(&mut world, request, now),
            },
            (None, false) => ApiReply::nothing(),
        };
        if let Some(error @ Disturbance::Error { .. }) = &disturbance {
            reply = match api {
                Api::Cloud => cloud_api::disturbed(error),
                Api::OnPremises => on_premises_api::disturbed(error),
            };
        }
        if api == Api::Cloud {
            cloud_api::add_trace(&mut reply, trace);
        }
        world
            .log
            .add(api, request, &reply, disturbance.as_ref(), now);
        // Reads change something as well: tokens that end after some calls.
        self.save(&world);
        Served { reply, disturbance }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, SimulatorError>,
    ) -> Result<T, SimulatorError> {
        let mut world = self.world();
        let result = change(&mut world)?;
        if let Some(file) = &self.state_file {
            file.write(&world.lasting)?;
        }
        Ok(result)
    }

    fn change_always(&self, change: impl FnOnce(&mut World)) {
        let mut world = self.world();
        change(&mut world);
        self.save(&world);
    }

    fn change_number(
        &self,
        id: &PhoneNumberId,
        change: impl FnOnce(&mut phone_number::Number),
    ) -> Result<(), SimulatorError> {
        self.change(|world| {
            change(world.number_mut(id)?);
            Ok(())
        })
    }

    /// Saves where nobody waits for the outcome.
    fn save(&self, world: &World) {
        if let Some(file) = &self.state_file
            && let Err(error) = file.write(&world.lasting)
        {
            tracing::error!(%error, "the state is not kept");
        }
    }
}

impl World {
    fn number(&self, id: &PhoneNumberId) -> Result<&phone_number::Number, SimulatorError> {
        self.lasting
            .number(id.as_str())
            .ok_or_else(|| unknown_number(id))
    }

    fn number_mut(
        &mut self,
        id: &PhoneNumberId,
    ) -> Result<&mut phone_number::Number, SimulatorError> {
        self.lasting
            .number_mut(id.as_str())
            .ok_or_else(|| unknown_number(id))
    }

    /// Counts a call; returns how many seconds to wait if it is too many.
    fn limit(&mut self, api: Api, request: &ApiRequest, now: u64) -> Option<u64> {
        let mut wait = None;
        for (limit, window) in &mut self.limits {
            let counts = limit.api.is_none_or(|limited| limited == api)
                && (limit.method.as_deref())
                    .is_none_or(|method| method.eq_ignore_ascii_case(&request.method));
            if !counts {
                continue;
            }
            if now >= window.ends {
                *window = LimitWindow {
                    ends: now.saturating_add(limit.seconds),
                    used: 0,
                };
            }
            if window.used >= limit.calls {
                wait = wait.max(Some(window.ends.saturating_sub(now).max(1)));
            } else {
                window.used += 1;
            }
        }
        wait
    }
}

impl Lasting {
    pub(crate) fn number(&self, id: &str) -> Option<&phone_number::Number> {
        self.numbers.iter().find(|number| number.id == id)
    }

    pub(crate) fn number_mut(&mut self, id: &str) -> Option<&mut phone_number::Number> {
        self.numbers.iter_mut().find(|number| number.id == id)
    }

    fn add_number(&mut self, number: NumberSetup) -> Result<(), SimulatorError> {
        let number = number.into_number();
        if self.number(&number.id).is_some() {
            return Err(SimulatorError::NumberExists { id: number.id });
        }
        if number.home == Home::OnPremises {
            self.check_installation_is_free(None)?;
        }
        self.numbers.push(number);
        Ok(())
    }

    /// An installation serves one number; `mine` may be that one.
    fn check_installation_is_free(&self, mine: Option<&str>) -> Result<(), SimulatorError> {
        let other = self
            .numbers
            .iter()
            .find(|number| number.home == Home::OnPremises && Some(number.id.as_str()) != mine);
        match other {
            Some(number) => Err(SimulatorError::InstallationTaken {
                id: number.id.clone(),
            }),
            None => Ok(()),
        }
    }
}

fn unknown_number(id: &PhoneNumberId) -> SimulatorError {
    SimulatorError::UnknownNumber {
        id: id.as_str().to_owned(),
    }
}

/// How long an On-Premises token lasts.
pub(crate) const LOGIN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
