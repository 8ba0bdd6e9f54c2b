//! Keys of a WhatsApp Flows endpoint, and what they open.
//!
//! A business owns one RSA **key pair** of 2048 bits and publishes the public
//! half to WhatsApp. For every request the phone makes a fresh **AES key**,
//! **wraps** it with RSA-OAEP for that pair, and **seals** the JSON with
//! AES-128-GCM under a 16-byte **initial vector**. The endpoint **unwraps** the
//! AES key, **opens** the request, and seals its one reply with the same key and
//! the inverted vector. WhatsApp forwards the request and **signs** its bytes
//! with the **app secret**.
//!
//! This crate holds all keys and does all cryptography of that channel. It
//! knows no JSON, no base64 envelope and no HTTP: see `flowgate-protocol`.
//!
//! ```
//! use flowgate_keys::{KeyRing, PrivateKey, phone};
//!
//! let ring = KeyRing::new(&PrivateKey::generate()?)?;
//!
//! // What a phone does with the published key:
//! let (sealed, reply_key) = phone::seal_request(ring.newest(), br#"{"action":"ping"}"#)?;
//!
//! // What the endpoint does with the request:
//! let opened = ring.open(sealed, None)?;
//! assert_eq!(opened.plaintext.as_slice(), br#"{"action":"ping"}"#);
//! let reply = opened.session_key.seal(br#"{"data":{"status":"active"}}"#);
//!
//! assert_eq!(reply_key.open(reply)?, br#"{"data":{"status":"active"}}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `aws-lc` (default): the unwrap backend on aws-lc-rs. Without it only the
//!   portable backend exists and no C compiler is needed.
//! - `vector`: the unwrap backend [`Backend::Vector`], which unwraps what is queued
//!   in [`OpenPool`] up to four at a time. It is ours, unaudited, and used only
//!   where it is chosen.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod aes_key;
mod app_secret;
mod cannot_decrypt;
mod error;
mod fingerprint;
mod gcm;
mod key_der;
mod key_file;
mod key_form;
mod key_material;
mod key_ring;
mod key_text;
mod open_pool;
mod passphrase;
mod password_encryption;
pub mod phone;
mod private_key;
mod public_key;
mod session_key;
mod unwrap;

pub use aes_key::{AES_KEY_BYTES, AesKey, INITIAL_VECTOR_BYTES, InitialVector};
pub use app_secret::{AppSecret, AppSecretError, AppSecrets, SIGNATURE_HEADER, SignatureMismatch};
pub use cannot_decrypt::CannotDecrypt;
pub use error::KeyError;
pub use fingerprint::{Fingerprint, ParseFingerprintError};
pub use gcm::TAG_BYTES;
pub use key_file::Overwrite;
pub use key_form::{
    Container, Encoding, Encryption, KeyDerivation, KeyForm, KeyNote, Loaded, Repair,
};
pub use key_material::KeyMaterial;
pub use key_ring::{
    KeyRing, KeyRingBuilder, KeyRingError, MAX_ATTEMPTS, OpenedRequest, PhoneNumberId,
    SealedRequest,
};
pub use open_pool::{Attendant, OpenError, OpenPool, Opening};
pub use passphrase::Passphrase;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
pub use session_key::SessionKey;
pub use unwrap::{Backend, MAX_BATCH, OaepMessage, RSA_MODULUS_BYTES, Unwrap};
