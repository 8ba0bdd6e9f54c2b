//! Private keys, RSA-OAEP unwrapping and AES-GCM payloads of WhatsApp Flows endpoints.

#![forbid(unsafe_code)]

mod error;
mod fingerprint;
mod key_der;
mod key_file;
mod key_form;
mod key_material;
mod key_text;
mod passphrase;
mod password_encryption;
mod private_key;
mod public_key;

pub use crate::error::KeyError;
pub use crate::fingerprint::{Fingerprint, ParseFingerprintError};
pub use crate::key_file::Overwrite;
pub use crate::key_form::{
    Container, Encoding, Encryption, KeyDerivation, KeyForm, KeyNote, Loaded, Repair,
};
pub use crate::key_material::KeyMaterial;
pub use crate::passphrase::Passphrase;
pub use crate::private_key::PrivateKey;
pub use crate::public_key::PublicKey;
