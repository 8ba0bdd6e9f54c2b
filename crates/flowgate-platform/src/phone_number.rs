//! A phone number with the API that holds its key: the unit of publication.

use std::fmt;

use flowgate_keys::{PhoneNumberId, PublicKey};

use crate::cloud_api::{CloudApi, WabaId};
use crate::error::PlatformError;
use crate::on_premises_api::OnPremisesApi;
use crate::published_key::PublishedKey;
use crate::retry::Retries;

/// Names a phone number and reaches the API that holds its key.
///
/// Several numbers may share one key; each has its own copy at the platform,
/// signed for it.
#[derive(Debug, Clone)]
pub struct PhoneNumber {
    place: Place,
    description: Option<String>,
}

#[derive(Debug, Clone)]
enum Place {
    Cloud(CloudApi, PhoneNumberId),
    OnPremises(OnPremisesApi),
}

impl PhoneNumber {
    /// Takes a number of the Cloud API.
    pub fn cloud(api: &CloudApi, id: PhoneNumberId) -> Self {
        Self {
            place: Place::Cloud(api.clone(), id),
            description: None,
        }
    }

    /// Takes the one number of an On-Premises installation.
    pub fn on_premises(api: &OnPremisesApi) -> Self {
        Self {
            place: Place::OnPremises(api.clone()),
            description: None,
        }
    }

    /// Lists all numbers of a WhatsApp Business Account.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] after the tries that `retries` allows.
    pub async fn all_of(
        api: &CloudApi,
        account: &WabaId,
        retries: &Retries,
    ) -> Result<Vec<Self>, PlatformError> {
        let mut numbers = Vec::new();
        let mut after = None;
        // A server that hands out the same cursor for ever must not hold us.
        for _ in 0..MAX_PAGES {
            let (page, next) = retries
                .run("list phone numbers", || {
                    api.list_phone_numbers(account, after.as_deref())
                })
                .await?;
            numbers.extend(page.into_iter().map(|listed| {
                let names = [listed.display_phone_number, listed.verified_name];
                let names: Vec<String> = names.into_iter().flatten().collect();
                Self {
                    place: Place::Cloud(api.clone(), listed.id),
                    description: (!names.is_empty()).then(|| names.join(", ")),
                }
            }));
            if next.is_none() || next == after {
                break;
            }
            after = next;
        }
        Ok(numbers)
    }

    /// Returns the phone number id, or host and port of the installation.
    pub fn id(&self) -> String {
        match &self.place {
            Place::Cloud(_, id) => id.to_string(),
            Place::OnPremises(api) => api.host(),
        }
    }

    /// Returns telephone number and name for people, if they are known.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Uploads the public key, once.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn upload_public_key(&self, key: &PublicKey) -> Result<(), PlatformError> {
        match &self.place {
            Place::Cloud(api, id) => api.upload_public_key(id, key).await,
            Place::OnPremises(api) => api.upload_public_key(key).await,
        }
    }

    /// Reads the published key, once; none if there is none.
    ///
    /// # Errors
    ///
    /// [`PlatformError`] that says whether trying again may help.
    pub async fn read_public_key(&self) -> Result<Option<PublishedKey>, PlatformError> {
        match &self.place {
            Place::Cloud(api, id) => api.read_public_key(id).await,
            Place::OnPremises(api) => api.read_public_key().await,
        }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

/// Of a hundred numbers each; an account has far fewer.
const MAX_PAGES: usize = 1000;
