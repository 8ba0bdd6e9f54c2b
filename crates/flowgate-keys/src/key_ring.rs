//! The private keys that an endpoint answers with, newest first.
//!
//! Phones keep encrypting with the public key that they have until an answer
//! 421 makes them fetch it again, so after a rotation both keys are in use for
//! a while ([endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint)).

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use crate::unwrap::{MAX_BATCH, RSA_MODULUS_BYTES};
use crate::{
    AesKey, Backend, CannotDecrypt, Fingerprint, InitialVector, OaepMessage, PrivateKey, PublicKey,
    SessionKey, Unwrap, gcm,
};

/// Most keys that are tried for one request.
///
/// Each attempt costs a private-key operation, and every request that cannot be
/// opened costs all of them: an open bound would hand that work to strangers.
pub const MAX_ATTEMPTS: usize = 8;

/// Says why a key ring cannot be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// This build lacks the backend that was asked for.
    #[error("this build has no backend `{backend}`; it was built without its feature")]
    BackendUnavailable {
        /// The one asked for.
        backend: Backend,
    },
    /// The backend does not take a key that was read without fault.
    #[error("the backend `{backend}` refuses key {fingerprint}: {reason}")]
    RefusedByBackend {
        /// The one asked for.
        backend: Backend,
        /// The key.
        fingerprint: Fingerprint,
        /// The reason in the backend's words.
        reason: String,
    },
    /// No backend has the given name.
    #[error("no backend is called `{found}`; there are `aws-lc`, `rsa` and `vector`")]
    UnknownBackend {
        /// The name given.
        found: String,
    },
    /// A key stands twice in the ring for the same phone number.
    #[error("key {fingerprint} is in the ring twice; remove one of the two")]
    DuplicateKey {
        /// The key.
        fingerprint: Fingerprint,
    },
    /// A text is no phone number id.
    #[error(
        "`{found}` is no phone number id; it has digits only and is listed beside the number \
         in WhatsApp Manager"
    )]
    NotAPhoneNumberId {
        /// The text given.
        found: String,
    },
}

/// Names a phone number of a WhatsApp Business Account by its id: digits, not
/// the telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumberId(String);

impl PhoneNumberId {
    /// Takes an id as the Graph API shows it.
    ///
    /// # Errors
    ///
    /// [`KeyRingError::NotAPhoneNumberId`] if it is not all digits.
    pub fn new(text: &str) -> Result<Self, KeyRingError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyRingError::NotAPhoneNumberId {
                found: text.to_owned(),
            })
        }
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Holds the three parts of an encrypted request, decoded from base64.
#[derive(Debug, Clone)]
pub struct SealedRequest {
    /// RSA-OAEP ciphertext of the AES key; 256 bytes if it is in order.
    pub encrypted_aes_key: Vec<u8>,
    /// Initial vector of AES-GCM; 16 bytes if it is in order.
    pub initial_vector: Vec<u8>,
    /// AES-GCM ciphertext followed by its 16-byte tag.
    ///
    /// Opened in place, so it is cleared when dropped.
    pub encrypted_flow_data: Zeroizing<Vec<u8>>,
}

/// Holds an opened request: its text, the key of its reply, and who opened it.
pub struct OpenedRequest {
    /// The decrypted JSON; personal data, cleared when dropped.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// Seals the reply.
    pub session_key: SessionKey,
    /// The private key that opened it; counts by key say when an old one can go.
    pub opened_by: Fingerprint,
}

impl fmt::Debug for OpenedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedRequest")
            .field("plaintext_bytes", &self.plaintext.len())
            .field("opened_by", &self.opened_by)
            .finish_non_exhaustive()
    }
}

/// Opens requests with one or more private keys.
///
/// The first key is the newest: the one to publish.
pub struct KeyRing {
    keys: Vec<RingKey>,
}

struct RingKey {
    public_key: PublicKey,
    phone_number_id: Option<PhoneNumberId>,
    unwrap: Box<dyn Unwrap>,
    opened: AtomicU64,
}

/// Collects the keys of a [`KeyRing`].
#[must_use]
pub struct KeyRingBuilder<'a> {
    backend: Backend,
    keys: Vec<(&'a PrivateKey, Option<PhoneNumberId>)>,
}

impl KeyRing {
    /// Starts a ring with its newest key.
    pub fn builder(newest: &PrivateKey) -> KeyRingBuilder<'_> {
        KeyRingBuilder {
            backend: Backend::default(),
            keys: vec![(newest, None)],
        }
    }

    /// Makes a ring of one key with the default backend.
    ///
    /// # Errors
    ///
    /// [`KeyRingError`] if the backend refuses the key.
    pub fn new(key: &PrivateKey) -> Result<Self, KeyRingError> {
        Self::builder(key).build()
    }

    /// Makes a ring of one key held by any implementation of the seam.
    ///
    /// For keys that never leave a device, and for tests.
    pub fn with_unwrap(public_key: PublicKey, unwrap: Box<dyn Unwrap>) -> Self {
        Self {
            keys: vec![RingKey {
                public_key,
                phone_number_id: None,
                unwrap,
                opened: AtomicU64::new(0),
            }],
        }
    }

    /// Returns the public key to publish: that of the newest private key.
    pub fn newest(&self) -> &PublicKey {
        &self.keys[0].public_key
    }

    /// Lists the public halves, newest first, with the number of requests that
    /// each has opened so far.
    pub fn usage(&self) -> impl Iterator<Item = (&PublicKey, u64)> {
        self.keys
            .iter()
            .map(|key| (&key.public_key, key.opened.load(Ordering::Relaxed)))
    }

    /// Says which backend unwraps.
    pub fn backend(&self) -> Backend {
        self.keys[0].unwrap.backend()
    }

    /// Lists the keys whose work another backend does than the one chosen, and
    /// why.
    pub fn fallbacks(&self) -> impl Iterator<Item = (Fingerprint, &str)> {
        self.keys.iter().filter_map(|key| {
            let reason = key.unwrap.fallback_reason()?;
            Some((key.public_key.fingerprint(), reason))
        })
    }

    /// Counts results that did not pass their check and were calculated again by
    /// another backend. Anything but 0 means that this machine calculates wrongly.
    pub fn redone(&self) -> u64 {
        self.keys.iter().map(|key| key.unwrap.redone()).sum()
    }

    /// Returns how many requests are worth opening at once, at most
    /// [`MAX_BATCH`](crate::MAX_BATCH).
    pub(crate) fn batch_size(&self) -> usize {
        self.keys[0].unwrap.batch_size().clamp(1, MAX_BATCH)
    }

    /// Opens a request with the first key that fits.
    ///
    /// Keys of the expected phone number come first, then the others, each
    /// group newest first, at most [`MAX_ATTEMPTS`] in all.
    ///
    /// # Errors
    ///
    /// [`CannotDecrypt`], whatever the reason.
    ///
    /// **Security:** the phone's owner chooses the ciphertext. Each attempt
    /// runs the same steps whether the padding, the length of the key or the
    /// tag was wrong, and a request that fails has gone through all keys.
    pub fn open(
        &self,
        sealed: SealedRequest,
        expected: Option<&PhoneNumberId>,
    ) -> Result<OpenedRequest, CannotDecrypt> {
        let mut outcome = Err(CannotDecrypt);
        self.open_batch(vec![sealed], expected, |_, opened| outcome = opened);
        outcome
    }

    /// Opens requests for the same phone number, and hands each outcome on with its
    /// place as soon as it is known: what opens does not wait for what is tried
    /// with older keys.
    pub(crate) fn open_batch(
        &self,
        sealed: Vec<SealedRequest>,
        expected: Option<&PhoneNumberId>,
        mut answer: impl FnMut(usize, Result<OpenedRequest, CannotDecrypt>),
    ) {
        let mut attempts = Vec::with_capacity(sealed.len());
        for (place, sealed) in sealed.into_iter().enumerate() {
            match Attempt::new(place, sealed) {
                Ok(attempt) => attempts.push(attempt),
                Err(error) => answer(place, Err(error)),
            }
        }
        for key in self.in_order_for(expected).take(MAX_ATTEMPTS) {
            let wrapped: Vec<_> = attempts.iter().map(|one| &one.encrypted_aes_key).collect();
            let unwrapped = match *wrapped {
                [] => break,
                [single] => vec![key.unwrap.unwrap(single)],
                _ => key.unwrap.unwrap_batch(&wrapped),
            };
            let mut left = Vec::with_capacity(attempts.len());
            for (mut attempt, unwrapped) in attempts.into_iter().zip(unwrapped) {
                match attempt.open(key, unwrapped) {
                    Ok(opened) => answer(attempt.place, Ok(opened)),
                    Err(CannotDecrypt) => left.push(attempt),
                }
            }
            attempts = left;
        }
        for attempt in attempts {
            answer(attempt.place, Err(CannotDecrypt));
        }
    }

    fn in_order_for(&self, expected: Option<&PhoneNumberId>) -> impl Iterator<Item = &RingKey> {
        let is_expected =
            move |key: &&RingKey| expected.is_some() && key.phone_number_id.as_ref() == expected;
        let first = self.keys.iter().filter(is_expected);
        let then = self.keys.iter().filter(move |key| !is_expected(key));
        first.chain(then)
    }
}

/// A request that keys are tried on.
struct Attempt {
    place: usize,
    encrypted_aes_key: [u8; RSA_MODULUS_BYTES],
    request_iv: InitialVector,
    buffer: Zeroizing<Vec<u8>>,
    decoy: &'static AesKey,
}

impl Attempt {
    /// Takes a request whose parts have the right lengths. These are known to the
    /// sender, so refusing others early tells nothing.
    fn new(place: usize, sealed: SealedRequest) -> Result<Self, CannotDecrypt> {
        let encrypted_aes_key = sealed.encrypted_aes_key.as_slice();
        if sealed.encrypted_flow_data.len() < gcm::TAG_BYTES {
            return Err(CannotDecrypt);
        }
        Ok(Self {
            place,
            encrypted_aes_key: encrypted_aes_key.try_into().map_err(|_| CannotDecrypt)?,
            request_iv: InitialVector::try_from(sealed.initial_vector.as_slice())?,
            buffer: sealed.encrypted_flow_data,
            decoy: decoy()?,
        })
    }

    /// Opens the request with what a private key made of its AES key, if that fits.
    fn open(
        &mut self,
        key: &RingKey,
        unwrapped: Result<OaepMessage, CannotDecrypt>,
    ) -> Result<OpenedRequest, CannotDecrypt> {
        let aes_key = unwrapped.ok().and_then(|message| message.to_aes_key());
        let genuine = aes_key.is_some();
        let aes_key = aes_key.unwrap_or_else(|| self.decoy.clone());
        if gcm::open_in_place(&aes_key, &self.request_iv, &mut self.buffer).is_ok() && genuine {
            key.opened.fetch_add(1, Ordering::Relaxed);
            return Ok(OpenedRequest {
                plaintext: std::mem::take(&mut self.buffer),
                session_key: SessionKey::new(aes_key, self.request_iv),
                opened_by: key.public_key.fingerprint(),
            });
        }
        Err(CannotDecrypt)
    }
}

/// Returns what stands in for an AES key that could not be unwrapped, so that GCM
/// runs over the same bytes and fails in the same place.
///
/// One for the whole process: nobody knows it, so nobody can make a text that GCM
/// takes, and what it takes is refused all the same.
fn decoy() -> Result<&'static AesKey, CannotDecrypt> {
    static DECOY: OnceLock<AesKey> = OnceLock::new();
    if let Some(decoy) = DECOY.get() {
        return Ok(decoy);
    }
    let fresh = AesKey::generate().map_err(|_| CannotDecrypt)?;
    Ok(DECOY.get_or_init(|| fresh))
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|key| key.public_key.fingerprint()))
            .finish()
    }
}

impl<'a> KeyRingBuilder<'a> {
    /// Adds an older key, which phones may still be using.
    pub fn older(mut self, key: &'a PrivateKey) -> Self {
        self.keys.push((key, None));
        self
    }

    /// Adds a key that is published for one phone number only.
    pub fn for_phone_number(mut self, id: PhoneNumberId, key: &'a PrivateKey) -> Self {
        self.keys.push((key, Some(id)));
        self
    }

    /// Chooses the implementation of RSA-OAEP. Defaults to aws-lc, or to the
    /// portable one in builds without the feature `aws-lc`.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Prepares the keys for use.
    ///
    /// # Errors
    ///
    /// [`KeyRingError::DuplicateKey`] if a key is in the ring twice for the same
    /// phone number; other variants if the backend is unavailable or refuses a
    /// key.
    pub fn build(self) -> Result<KeyRing, KeyRingError> {
        let mut ring = KeyRing { keys: Vec::new() };
        for (key, phone_number_id) in self.keys {
            let fingerprint = key.fingerprint();
            let known = ring.keys.iter().any(|known| {
                known.public_key.fingerprint() == fingerprint
                    && known.phone_number_id == phone_number_id
            });
            if known {
                return Err(KeyRingError::DuplicateKey { fingerprint });
            }
            ring.keys.push(RingKey {
                public_key: key.public_key().clone(),
                phone_number_id,
                unwrap: self.backend.load(key)?,
                opened: AtomicU64::new(0),
            });
        }
        Ok(ring)
    }
}

impl fmt::Debug for KeyRingBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRingBuilder")
            .field("backend", &self.backend)
            .field("keys", &self.keys.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::phone::seal_request;

    static KEYS: LazyLock<[PrivateKey; 3]> =
        LazyLock::new(|| std::array::from_fn(|_| PrivateKey::generate().unwrap()));

    fn ring() -> KeyRing {
        KeyRing::builder(&KEYS[0]).older(&KEYS[1]).build().unwrap()
    }

    #[test]
    fn requests_for_either_key_are_opened_and_counted() {
        let ring = ring();
        for key in &KEYS[..2] {
            let (sealed, reply_key) = seal_request(key.public_key(), b"{}").unwrap();
            let opened = ring.open(sealed, None).unwrap();
            assert_eq!(*opened.plaintext, b"{}");
            assert_eq!(opened.opened_by, key.fingerprint());
            let reply = opened.session_key.seal(b"reply");
            assert_eq!(reply_key.open(reply).unwrap(), b"reply");
        }
        let counts: Vec<u64> = ring.usage().map(|(_, opened)| opened).collect();
        assert_eq!(counts, [1, 1]);
        assert_eq!(ring.newest(), KEYS[0].public_key());
    }

    #[test]
    fn a_key_that_is_not_in_the_ring_opens_nothing() {
        let (sealed, _) = seal_request(KEYS[2].public_key(), b"{}").unwrap();
        assert_eq!(ring().open(sealed, None).unwrap_err(), CannotDecrypt);
    }

    #[test]
    fn each_flipped_byte_is_refused_on_every_backend() {
        for &backend in Backend::AVAILABLE {
            let ring = KeyRing::builder(&KEYS[0]).backend(backend).build().unwrap();
            let (sealed, _) = seal_request(KEYS[0].public_key(), b"{}").unwrap();
            for at in 0..sealed.encrypted_flow_data.len() {
                let mut bad = sealed.clone();
                bad.encrypted_flow_data[at] ^= 1;
                assert!(ring.open(bad, None).is_err());
            }
            for at in 0..sealed.initial_vector.len() {
                let mut bad = sealed.clone();
                bad.initial_vector[at] ^= 0x80;
                assert!(ring.open(bad, None).is_err());
            }
            for at in (0..sealed.encrypted_aes_key.len()).step_by(37) {
                let mut bad = sealed.clone();
                bad.encrypted_aes_key[at] ^= 1;
                assert!(ring.open(bad, None).is_err());
            }
            assert!(ring.open(sealed, None).is_ok());
        }
    }

    #[test]
    fn a_reply_sealed_with_the_request_vector_is_not_readable() {
        let (sealed, reply_key) = seal_request(KEYS[0].public_key(), b"{}").unwrap();
        let replayed = sealed.encrypted_flow_data.to_vec();
        assert_eq!(reply_key.open(replayed), Err(CannotDecrypt));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let ring = ring();
        let (sealed, _) = seal_request(KEYS[0].public_key(), b"{}").unwrap();
        for (rsa, iv, data) in [(255, 16, 18), (257, 16, 18), (256, 12, 18), (256, 16, 15)] {
            let mut bad = sealed.clone();
            bad.encrypted_aes_key.resize(rsa, 0);
            bad.initial_vector.resize(iv, 0);
            bad.encrypted_flow_data.resize(data, 0);
            assert_eq!(ring.open(bad, None).unwrap_err(), CannotDecrypt);
        }
    }

    #[test]
    fn the_expected_phone_number_is_tried_first() {
        let id = PhoneNumberId::new("106540352242922").unwrap();
        let ring = KeyRing::builder(&KEYS[0])
            .for_phone_number(id.clone(), &KEYS[1])
            .build()
            .unwrap();
        let order: Vec<Fingerprint> = ring
            .in_order_for(Some(&id))
            .map(|key| key.public_key.fingerprint())
            .collect();
        assert_eq!(order, [KEYS[1].fingerprint(), KEYS[0].fingerprint()]);
    }

    #[test]
    fn the_same_key_twice_is_a_mistake() {
        let error = KeyRing::builder(&KEYS[0])
            .older(&KEYS[0])
            .build()
            .unwrap_err();
        assert!(matches!(error, KeyRingError::DuplicateKey { .. }));
    }

    #[test]
    fn phone_number_ids_are_digits() {
        assert!(PhoneNumberId::new("106540352242922").is_ok());
        for text in ["", "+49 30 1234", "waba"] {
            assert!(PhoneNumberId::new(text).is_err(), "{text:?}");
        }
    }
}
