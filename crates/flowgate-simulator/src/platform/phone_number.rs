//! A phone number of the business.

use serde::{Deserialize, Serialize};

use crate::published_key::StoredKey;
use crate::{Alteration, PublishedKey, ValidAfter};

/// The API through which a number is reached: never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Home {
    /// The Cloud API.
    #[default]
    Cloud,
    /// The On-Premises installation.
    OnPremises,
}

/// A phone number as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// The phone number id, digits.
    pub id: String,
    /// The id of the WhatsApp Business Account.
    pub account: String,
    /// The number as people write it.
    pub display_phone_number: String,
    /// The name that users see.
    pub verified_name: String,
    /// Where it is registered.
    pub home: Home,
    /// Whether it is registered at all.
    pub registered: bool,
    /// What the platform does with uploads for it.
    pub behaviour: NumberBehaviour,
    /// Its key as phones get it.
    pub key: Option<PublishedKey>,
}

/// How the platform treats a number's uploads; the default is as it should.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberBehaviour {
    /// The signature is broken after every upload, until this ends.
    pub mismatch_stays: bool,
    /// The platform may not be given a key for this number: code 10.
    pub not_allow_listed: bool,
    /// What is stored is not what was uploaded.
    pub alters_uploads: Option<Alteration>,
    /// How long an upload takes to show.
    pub valid_after: ValidAfter,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Number {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) display_phone_number: String,
    pub(crate) verified_name: String,
    pub(crate) home: Home,
    pub(crate) registered: bool,
    #[serde(default)]
    pub(crate) behaviour: NumberBehaviour,
    pub(crate) key: Option<StoredKey>,
}

impl Number {
    pub(crate) fn show(&self, now: u64) -> PhoneNumber {
        PhoneNumber {
            id: self.id.clone(),
            account: self.account.clone(),
            display_phone_number: self.display_phone_number.clone(),
            verified_name: self.verified_name.clone(),
            home: self.home,
            registered: self.registered,
            behaviour: self.behaviour,
            key: self.key.as_ref().and_then(|key| key.look(now)),
        }
    }

    /// Registration makes new identity keys, so that the old signature of the
    /// business public key no longer matches.
    pub(crate) fn register(&mut self) {
        self.registered = true;
        if let Some(key) = &mut self.key {
            key.break_signature();
        }
    }

    /// Signs and keeps a checked key.
    pub(crate) fn upload(&mut self, text: String, now: u64) {
        let text = match self.behaviour.alters_uploads {
            Some(alteration) => alteration.apply(&text),
            None => text,
        };
        let mut key = StoredKey::upload(text, self.key.as_ref(), self.behaviour.valid_after, now);
        if self.behaviour.mismatch_stays {
            key.break_signature();
        }
        self.key = Some(key);
    }

    /// Reads the key as the business does.
    pub(crate) fn read_key(&mut self, now: u64) -> Option<PublishedKey> {
        self.key.as_mut()?.read(now)
    }
}
