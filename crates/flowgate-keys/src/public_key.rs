//! The public half, which is published to WhatsApp and wraps AES keys.
//!
//! Clients take the published text literally: they cut off the exact header
//! and footer line and import the rest as SubjectPublicKeyInfo. So there is
//! one canonical text, [`PublicKey::to_spki_pem`], whatever the key was read
//! from. Reference:
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/business-encryption-api>.

use std::fmt;
use std::path::Path;

use der::pem::{self, LineEnding};
use der::{Tag, Tagged};
use rsa::pkcs8::EncodePublicKey;
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, Oaep, RsaPublicKey, pkcs1};

use crate::key_der::{
    DerKind, RSA_ENCRYPTION, algorithm, algorithm_name, certificate_spki, children, outermost,
};
use crate::key_file::{Overwrite, read_bounded, write_public};
use crate::key_form::{Container, KeyForm, KeyNote, Loaded, Repair};
use crate::key_text::{Block, KeyText};
use crate::private_key::MODULUS_BITS;
use crate::{Fingerprint, KeyError};

/// An RSA public key of exactly 2048 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    rsa: RsaPublicKey,
    spki: Vec<u8>,
    fingerprint: Fingerprint,
}

impl PublicKey {
    /// Reads the public key in a PEM text.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::load`].
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(text.as_bytes())
    }

    /// Reads the public key in the bytes of a file, PEM or DER.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::load`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::load(bytes).map(|loaded| loaded.key)
    }

    /// Reads the public key in a file, PEM or DER.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] when the file cannot be read, otherwise as
    /// [`PublicKey::load`].
    pub fn read_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::from_bytes(&read_bounded(path.as_ref())?)
    }

    /// Reads a public key and tells what its file looked like.
    ///
    /// Accepted are SubjectPublicKeyInfo, `RSAPublicKey` of PKCS #1 and X.509
    /// certificates, in PEM or DER. Of several blocks the first is taken: in a
    /// chain of certificates that is the owner's own.
    ///
    /// # Errors
    ///
    /// - [`KeyError::PrivateKeyWherePublicExpected`] when there is private
    ///   material anywhere in the input, even beside a public key, and
    ///   [`KeyError::Mislabelled`] when it hides under a public header line.
    /// - [`KeyError::UnsupportedAlgorithm`], [`KeyError::WrongSize`],
    ///   [`KeyError::UnsupportedExponent`], [`KeyError::UnsupportedFile`].
    /// - [`KeyError::Truncated`], [`KeyError::Damaged`].
    pub fn load(bytes: &[u8]) -> Result<Loaded<Self>, KeyError> {
        let text = KeyText::read(bytes)?;
        for block in &text.blocks {
            if let Ok(kind) = block.kind()
                && block.is_mislabelled(kind)
            {
                return Err(KeyError::Mislabelled {
                    label: block.label.clone().unwrap_or_default(),
                    holds: kind.name(),
                });
            }
            if block.is_private() {
                return Err(KeyError::PrivateKeyWherePublicExpected);
            }
        }
        let encoding = text.encoding;
        let mut blocks = text.blocks.into_iter();
        let first = blocks.next().ok_or(KeyError::NoKeyFound)?;
        let (key, container) = Self::from_block(&first)?;
        let mut repairs = Repair::joined(&text.repairs, &first.repairs);
        let right_label = match container {
            Container::Pkcs1Public => "RSA PUBLIC KEY",
            Container::Certificate => "CERTIFICATE",
            _ => "PUBLIC KEY",
        };
        let label = first.label.as_deref();
        // `TRUSTED CERTIFICATE` and `X509 CERTIFICATE` are names of the same.
        let is_certificate = container == Container::Certificate;
        if label.is_some_and(|label| {
            label != right_label && !(is_certificate && label.ends_with(right_label))
        }) {
            repairs.push(Repair::HeaderLineName);
        }
        let mut notes = Vec::new();
        if !key.has_usual_exponent() {
            notes.push(KeyNote::UnusualExponent);
        }
        let labels: Vec<String> = blocks.filter_map(|block| block.label).collect();
        if !labels.is_empty() {
            notes.push(KeyNote::OtherBlocks { labels });
        }
        Ok(Loaded {
            key,
            form: KeyForm {
                encoding,
                container,
                encryption: None,
            },
            repairs,
            notes,
        })
    }

    /// Returns the key as SubjectPublicKeyInfo in DER: 294 bytes with the
    /// usual exponent.
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Writes the key in the one form that WhatsApp's clients read: `BEGIN
    /// PUBLIC KEY`, SubjectPublicKeyInfo, 64 columns, `\n`, 451 bytes with the
    /// usual exponent. Byte for byte what `openssl rsa -pubout` prints.
    pub fn to_spki_pem(&self) -> String {
        pem::encode_string("PUBLIC KEY", LineEnding::LF, &self.spki)
            .expect("a fixed label and a short key are within the limits of PEM")
    }

    /// Writes the canonical text to a file that everybody may read.
    ///
    /// # Errors
    ///
    /// [`KeyError::AlreadyExists`] with [`Overwrite::Never`], [`KeyError::Io`].
    pub fn write_file(&self, path: impl AsRef<Path>, overwrite: Overwrite) -> Result<(), KeyError> {
        write_public(path.as_ref(), self.to_spki_pem().as_bytes(), overwrite)
    }

    /// Returns the fingerprint of the pair.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns the size of the modulus in bits: 2048, the only one accepted.
    pub fn modulus_bits(&self) -> usize {
        self.rsa.n().bits()
    }

    /// Wraps an AES key as WhatsApp's clients do: RSA-OAEP with SHA-256 and
    /// MGF1-SHA-256, no label ([RFC 8017, section 7.1](https://www.rfc-editor.org/rfc/rfc8017#section-7.1)).
    ///
    /// This is the phone's side, for tools and tests. Returns 256 bytes,
    /// different ones at every call.
    ///
    /// # Errors
    ///
    /// [`KeyError::Generation`] when the encryption fails.
    pub fn wrap(&self, aes_key: &[u8; 16]) -> Result<Vec<u8>, KeyError> {
        self.rsa
            .encrypt(&mut OsRng, Oaep::new::<Sha256>(), aes_key)
            .map_err(|_| KeyError::Generation {
                reason: "the AES key could not be wrapped",
            })
    }

    pub(crate) fn from_rsa(rsa: RsaPublicKey) -> Result<Self, KeyError> {
        check_public_numbers(rsa.n(), rsa.e())?;
        let spki = rsa.to_public_key_der().map_err(|_| KeyError::Generation {
            reason: "the public key could not be encoded",
        })?;
        Ok(Self {
            fingerprint: Fingerprint::of_spki(spki.as_bytes()),
            spki: spki.into_vec(),
            rsa,
        })
    }

    /// Reads the public key or certificate in one block.
    pub(crate) fn from_block(block: &Block) -> Result<(Self, Container), KeyError> {
        let kind = block.kind()?;
        let bytes = match &block.content {
            Ok(content) => &content.bytes,
            // `kind` has already returned the error of an undecoded block.
            Err(_) => return Err(block.unusable(kind)),
        };
        match kind {
            DerKind::Spki => Ok((Self::from_spki_der(bytes)?, Container::Spki)),
            DerKind::Pkcs1Public => Ok((Self::from_pkcs1_der(bytes)?, Container::Pkcs1Public)),
            DerKind::Certificate => {
                let spki = certificate_spki(bytes)?;
                Ok((Self::from_spki_der(spki)?, Container::Certificate))
            }
            other => Err(block.unusable(other)),
        }
    }

    /// Reads `SubjectPublicKeyInfo`, RFC 5280 section 4.1.
    fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        const DAMAGED: KeyError = KeyError::Damaged {
            reason: "it is not a whole SubjectPublicKeyInfo",
        };
        let parts = children(outermost(der, "PUBLIC KEY")?).map_err(|_| DAMAGED)?;
        let [scheme, key] = parts.as_slice() else {
            return Err(DAMAGED);
        };
        let oid = algorithm(*scheme)?.0;
        if oid != RSA_ENCRYPTION {
            return Err(KeyError::UnsupportedAlgorithm {
                found: algorithm_name(oid),
            });
        }
        // The first byte of a BIT STRING counts unused bits.
        match (key.tag(), key.value()) {
            (Tag::BitString, [0, key @ ..]) => Self::from_pkcs1_der(key),
            _ => Err(DAMAGED),
        }
    }

    /// Reads `RSAPublicKey`, RFC 8017 appendix A.1.1.
    fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let parsed = pkcs1::RsaPublicKey::try_from(der).map_err(|_| KeyError::Damaged {
            reason: "it is not a whole PKCS #1 public key",
        })?;
        let n = BigUint::from_bytes_be(parsed.modulus.as_bytes());
        let e = BigUint::from_bytes_be(parsed.public_exponent.as_bytes());
        check_public_numbers(&n, &e)?;
        let rsa = RsaPublicKey::new(n, e).map_err(|_| KeyError::UnsupportedExponent)?;
        Self::from_rsa(rsa)
    }

    pub(crate) fn has_usual_exponent(&self) -> bool {
        *self.rsa.e() == BigUint::from(USUAL_EXPONENT)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint.short())
    }
}

/// Checks size and parity of modulus and public exponent.
pub(crate) fn check_public_numbers(n: &BigUint, e: &BigUint) -> Result<(), KeyError> {
    if n.bits() != MODULUS_BITS {
        return Err(KeyError::WrongSize { bits: n.bits() });
    }
    let is_odd = |number: &BigUint| number.to_bytes_le().first().is_some_and(|low| low % 2 == 1);
    if !is_odd(n) {
        return Err(KeyError::Inconsistent {
            reason: "the modulus is even",
        });
    }
    let range = BigUint::from(MIN_EXPONENT)..=BigUint::from(RsaPublicKey::MAX_PUB_EXPONENT);
    if !is_odd(e) || !range.contains(e) {
        return Err(KeyError::UnsupportedExponent);
    }
    Ok(())
}

/// The exponent that OpenSSL, Node and this crate choose.
const USUAL_EXPONENT: u64 = 65537;
/// The smallest odd exponent that is an RSA exponent at all. OAEP is safe with
/// it; what is refused below is no key.
const MIN_EXPONENT: u64 = 3;
