//! The business's RSA private key, from whatever file it is kept in.
//!
//! WhatsApp's clients wrap the AES key of every request for the public half;
//! only this half unwraps it. Guide:
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/flows/guides/whatsapp-business-encryption>.

mod components;

use std::fmt;
use std::path::Path;

use der::pem::{self, LineEnding};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, SecretDocument};
use rsa::rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use crate::key_der::{DerKind, RSA_ENCRYPTION, algorithm, algorithm_name, children, outermost};
use crate::key_file::{Overwrite, read_bounded, write_secret};
use crate::key_form::{Container, Encryption, KeyDerivation, KeyForm, KeyNote, Loaded, Repair};
use crate::key_text::{Block, KeyText};
use crate::password_encryption::{Opened, decrypt_pkcs8, encrypt_pkcs8};
use crate::{Fingerprint, KeyError, Passphrase, PublicKey};

/// An RSA private key of exactly 2048 bits whose numbers belong together.
///
/// A value of this type has been checked: two odd primes (a Fermat test to
/// base 2 each) whose product is the modulus, exponents that are inverse to
/// each other, CRT values that follow from them, and a public exponent that
/// is odd and from 3 to 2^33 - 1. Every tool that WhatsApp's guide names makes
/// 65537; another one works and is noted ([`KeyNote::UnusualExponent`]).
///
/// # Security
///
/// Cleared from memory when dropped. `Debug` shows the fingerprint only. The
/// type is not `Clone`: share it behind an `Arc`.
///
/// # Examples
///
/// ```
/// use flowgate_keys::{KeyError, Passphrase, PrivateKey};
///
/// # fn main() -> Result<(), KeyError> {
/// let key = PrivateKey::generate()?;
/// let passphrase = Passphrase::new("correct horse battery staple");
/// let text = key.to_encrypted_pkcs8_pem(&passphrase)?;
///
/// // A secret store has turned the line ends into `\\n`; that is repaired.
/// let text = text.replace('\n', "\\n");
/// let again = PrivateKey::from_text(&text, Some(&passphrase))?;
/// assert_eq!(again.fingerprint(), key.fingerprint());
/// # Ok(())
/// # }
/// ```
pub struct PrivateKey {
    rsa: RsaPrivateKey,
    pkcs8: SecretDocument,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a new key of 2048 bits with public exponent 65537.
    ///
    /// Takes some tenths of a second, as long as it takes to find two primes.
    ///
    /// # Errors
    ///
    /// [`KeyError::Generation`] when the operating system gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        // The generator below has no way to report failure and would panic.
        let mut probe = Zeroizing::new([0; 32]);
        OsRng
            .try_fill_bytes(probe.as_mut_slice())
            .map_err(|_| KeyError::Generation {
                reason: "the operating system gave no random bytes",
            })?;
        let rsa = RsaPrivateKey::new(&mut OsRng, MODULUS_BITS).map_err(|_| GENERATION)?;
        Self::from_rsa(components::with_larger_prime_first(rsa)?)
    }

    /// Reads the private key in a PEM text; damage that environment variables
    /// and secret stores do to PEM is repaired.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::load`].
    pub fn from_text(text: &str, passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        Self::from_bytes(text.as_bytes(), passphrase)
    }

    /// Reads the private key in the bytes of a file, PEM or DER.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::load`].
    pub fn from_bytes(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        Self::load(bytes, passphrase).map(|loaded| loaded.key)
    }

    /// Reads the private key in a file, PEM or DER.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`] when the file cannot be read, otherwise as
    /// [`PrivateKey::load`].
    pub fn read_file(
        path: impl AsRef<Path>,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, KeyError> {
        Self::from_bytes(&read_bounded(path.as_ref())?, passphrase)
    }

    /// Reads the one private key in PEM or DER and tells what its file looked
    /// like, what was repaired, and what its owner should know.
    ///
    /// Accepted are PKCS #1 and PKCS #8, in the clear, under the traditional
    /// PEM encryption (3DES or AES in CBC mode), under PBES2 (PBKDF2 with SHA-1
    /// or SHA-2, or scrypt; 3DES or AES in CBC mode) or under PBE-SHA1-3DES.
    /// Certificates and public keys beside the private key are passed over.
    ///
    /// # Errors
    ///
    /// - [`KeyError::MissingPassphrase`], [`KeyError::WrongPassphrase`].
    /// - [`KeyError::SeveralPrivateKeys`]; [`PrivateKey::load_all`] takes several.
    /// - [`KeyError::PublicKeyWherePrivateExpected`],
    ///   [`KeyError::CertificateWherePrivateExpected`], [`KeyError::OpenSshKey`],
    ///   [`KeyError::UnsupportedAlgorithm`], [`KeyError::WrongSize`] and others
    ///   that name what was found instead.
    /// - [`KeyError::Truncated`], [`KeyError::Damaged`], [`KeyError::Inconsistent`].
    pub fn load(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Loaded<Self>, KeyError> {
        let mut all = PrivateBlocks::find(bytes)?;
        let count = all.private.len();
        match (all.private.pop(), count) {
            (Some(block), 1) => {
                let mut loaded = open(block, &all.text, passphrase)?;
                all.note_others(&mut loaded);
                Ok(loaded)
            }
            _ => Err(KeyError::SeveralPrivateKeys { count }),
        }
    }

    /// Reads every private key in PEM or DER, in their order, at least one.
    ///
    /// All encrypted ones must open with the same passphrase.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::load`], of the first key that fails.
    pub fn load_all(
        bytes: &[u8],
        passphrase: Option<&Passphrase>,
    ) -> Result<Vec<Loaded<Self>>, KeyError> {
        let all = PrivateBlocks::find(bytes)?;
        all.private
            .into_iter()
            .map(|block| open(block, &all.text, passphrase))
            .collect()
    }

    /// Reads every private key of a file in PEM or DER, in their order.
    ///
    /// # Errors
    ///
    /// As [`PrivateKey::load_all`], and [`KeyError::Io`] if the file cannot be
    /// read.
    pub fn read_all_file(
        path: impl AsRef<Path>,
        passphrase: Option<&Passphrase>,
    ) -> Result<Vec<Loaded<Self>>, KeyError> {
        Self::load_all(&read_bounded(path.as_ref())?, passphrase)
    }

    /// Returns the key as unencrypted PKCS #8 (`PrivateKeyInfo`), in DER.
    ///
    /// Always in one form, whatever file the key came from: version 0, no
    /// attributes, the larger prime first.
    ///
    /// # Security
    ///
    /// **This is the private key in the clear.** It is meant for handing the
    /// key to a cryptographic library within the process. Do not log it, send
    /// it or write it; [`PrivateKey::to_encrypted_pkcs8_pem`] is for files.
    pub fn pkcs8_der(&self) -> &[u8] {
        self.pkcs8.as_bytes()
    }

    /// Returns the public half, which WhatsApp gets.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Returns the fingerprint of the pair.
    pub fn fingerprint(&self) -> Fingerprint {
        self.public.fingerprint()
    }

    /// Writes the key as PKCS #8 PEM **in the clear**: `BEGIN PRIVATE KEY`,
    /// 64 columns, `\n`.
    ///
    /// # Security
    ///
    /// Whoever reads this text can answer for the business. Prefer
    /// [`PrivateKey::to_encrypted_pkcs8_pem`].
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(
            pem::encode_string("PRIVATE KEY", LineEnding::LF, self.pkcs8_der())
                .expect("a fixed label and a short key are within the limits of PEM"),
        )
    }

    /// Writes the key as PKCS #8 PEM under a passphrase: `BEGIN ENCRYPTED
    /// PRIVATE KEY`, 64 columns, `\n`.
    ///
    /// PBES2 with PBKDF2-HMAC-SHA256, 600000 iterations, and AES-256-CBC:
    /// OpenSSL, Node, Java and Python read it.
    ///
    /// # Errors
    ///
    /// [`KeyError::EmptyPassphrase`], and [`KeyError::Generation`] when the
    /// operating system gives no random bytes.
    pub fn to_encrypted_pkcs8_pem(&self, passphrase: &Passphrase) -> Result<String, KeyError> {
        let encrypted = encrypt_pkcs8(self.pkcs8_der(), passphrase)?;
        pem::encode_string("ENCRYPTED PRIVATE KEY", LineEnding::LF, &encrypted)
            .map_err(|_| GENERATION)
    }

    /// Writes the key to a file under a passphrase, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`KeyError::AlreadyExists`] with [`Overwrite::Never`], [`KeyError::Io`],
    /// and as [`PrivateKey::to_encrypted_pkcs8_pem`].
    pub fn write_encrypted_file(
        &self,
        path: impl AsRef<Path>,
        passphrase: &Passphrase,
        overwrite: Overwrite,
    ) -> Result<(), KeyError> {
        let pem = self.to_encrypted_pkcs8_pem(passphrase)?;
        write_secret(path.as_ref(), pem.as_bytes(), overwrite)
    }

    /// Writes the key to a file **in the clear**, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// [`KeyError::AlreadyExists`] with [`Overwrite::Never`], [`KeyError::Io`].
    ///
    /// # Security
    ///
    /// A backup or an image of the disk then holds the key in the clear. Meant
    /// for development, and for secret stores that mount files in memory.
    pub fn write_unencrypted_file(
        &self,
        path: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<(), KeyError> {
        write_secret(path.as_ref(), self.to_pkcs8_pem().as_bytes(), overwrite)
    }

    /// The numbers of the key, for the backends that calculate with them.
    pub(crate) fn rsa(&self) -> &RsaPrivateKey {
        &self.rsa
    }

    fn from_rsa(rsa: RsaPrivateKey) -> Result<Self, KeyError> {
        let pkcs8 = rsa.to_pkcs8_der().map_err(|_| GENERATION)?;
        let public = PublicKey::from_rsa(rsa.to_public_key())?;
        Ok(Self { rsa, pkcs8, public })
    }

    /// Reads `RSAPrivateKey` of PKCS #1.
    fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_rsa(components::from_pkcs1_der(der)?)
    }

    /// Reads `PrivateKeyInfo` of PKCS #8, RFC 5958 section 2.
    fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        const DAMAGED: KeyError = KeyError::Damaged {
            reason: "it is not a whole PKCS #8 structure",
        };
        let parts = children(outermost(der, "PRIVATE KEY")?).map_err(|_| DAMAGED)?;
        let [_version, scheme, key, ..] = parts.as_slice() else {
            return Err(DAMAGED);
        };
        match algorithm(*scheme)?.0 {
            RSA_ENCRYPTION => Self::from_pkcs1_der(key.value()),
            other => Err(KeyError::UnsupportedAlgorithm {
                found: algorithm_name(other),
            }),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.fingerprint().short())
    }
}

/// The private blocks of an input, and what stood beside them.
struct PrivateBlocks {
    private: Vec<Block>,
    others: Vec<Block>,
    text: KeyText,
}

impl PrivateBlocks {
    /// Sorts the blocks. There is at least one private one, or an error that
    /// names what is there instead.
    fn find(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut text = KeyText::read(bytes)?;
        let blocks = std::mem::take(&mut text.blocks);
        let (private, others): (Vec<_>, Vec<_>) = blocks.into_iter().partition(Block::is_private);
        if private.is_empty() {
            let first = others.into_iter().next().ok_or(KeyError::NoKeyFound)?;
            return Err(instead_of_private(first));
        }
        Ok(Self {
            private,
            others,
            text,
        })
    }

    /// Tells whether the public material beside the key belongs to it.
    fn note_others(&self, loaded: &mut Loaded<PrivateKey>) {
        let mut unused = Vec::new();
        for block in &self.others {
            match PublicKey::from_block(block) {
                Ok((public, _)) if public != loaded.key.public => {
                    loaded.notes.push(KeyNote::OtherPublicKeyBeside);
                }
                Ok((_, Container::Certificate)) => loaded.notes.push(KeyNote::CertificateMatches),
                Ok(_) => {}
                Err(_) => unused.extend(block.label.clone()),
            }
        }
        if !unused.is_empty() {
            loaded.notes.push(KeyNote::OtherBlocks { labels: unused });
        }
        // A chain of certificates needs one remark of a kind.
        loaded.notes.dedup();
    }
}

/// Why a block that is not private cannot serve as a private key.
fn instead_of_private(block: Block) -> KeyError {
    match block.kind() {
        Err(error) => error,
        Ok(DerKind::Pkcs1Public | DerKind::Spki) => KeyError::PublicKeyWherePrivateExpected,
        Ok(DerKind::Certificate) => KeyError::CertificateWherePrivateExpected,
        Ok(kind) => block.unusable(kind),
    }
}

/// Opens one private block.
fn open(
    block: Block,
    text: &KeyText,
    passphrase: Option<&Passphrase>,
) -> Result<Loaded<PrivateKey>, KeyError> {
    let kind = block.kind()?;
    if block.label.as_deref() == Some("OPENSSH PRIVATE KEY") {
        return Err(KeyError::OpenSshKey);
    }
    if block.is_mislabelled(kind) {
        return Err(KeyError::Mislabelled {
            label: block.label.unwrap_or_default(),
            holds: kind.name(),
        });
    }
    let content = block.content?;
    let opened = match (content.cipher, kind) {
        (Some(cipher), _) => Some(cipher.decrypt(&content.bytes, passphrase)?),
        (None, DerKind::EncryptedPkcs8) => Some(decrypt_pkcs8(&content.bytes, passphrase)?),
        (None, _) => None,
    };
    let (bytes, encryption) = match opened {
        Some(Opened { bytes, encryption }) => (bytes, Some(encryption)),
        None => (content.bytes, None),
    };
    let inner = match (&encryption, DerKind::of(&bytes, "DER")) {
        (None, inner) => inner?,
        (Some(_), Ok(inner)) if inner.is_private() => inner,
        // A wrong passphrase leaves noise, with sound padding once in 256.
        (Some(_), _) => return Err(KeyError::WrongPassphrase),
    };
    let (key, container) = match inner {
        DerKind::Pkcs1 => (PrivateKey::from_pkcs1_der(&bytes)?, Container::Pkcs1),
        DerKind::Pkcs8 => (PrivateKey::from_pkcs8_der(&bytes)?, Container::Pkcs8),
        other => {
            return Err(other.unsupported(block.label.as_deref()));
        }
    };

    let mut repairs = Repair::joined(&text.repairs, &block.repairs);
    let right_label = match (container, &encryption, content.cipher) {
        (Container::Pkcs1, ..) => "RSA PRIVATE KEY",
        (_, Some(_), None) => "ENCRYPTED PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    if block
        .label
        .as_deref()
        .is_some_and(|label| label != right_label)
    {
        repairs.push(Repair::HeaderLineName);
    }
    let mut notes = Vec::new();
    if passphrase.is_some() && encryption.is_none() {
        notes.push(KeyNote::PassphraseNotNeeded);
    }
    if encryption.as_ref().is_some_and(is_weak) {
        notes.push(KeyNote::WeakDerivation);
    }
    if !key.public.has_usual_exponent() {
        notes.push(KeyNote::UnusualExponent);
    }
    Ok(Loaded {
        key,
        form: KeyForm {
            encoding: text.encoding,
            container,
            encryption,
        },
        repairs,
        notes,
    })
}

fn is_weak(encryption: &Encryption) -> bool {
    match encryption.derivation {
        KeyDerivation::Md5Once => true,
        KeyDerivation::Pbkdf2 { iterations, .. } | KeyDerivation::Pkcs12Sha1 { iterations } => {
            iterations < WEAK_ITERATIONS
        }
        KeyDerivation::Scrypt { .. } => false,
    }
}

/// The only size that WhatsApp accepts.
pub(crate) const MODULUS_BITS: usize = 2048;
/// Below this many iterations the owner is told; OpenSSL's default is 2048.
const WEAK_ITERATIONS: u32 = 10_000;
/// The number theory went wrong, which random input does not cause.
const GENERATION: KeyError = KeyError::Generation {
    reason: "the key could not be made or encoded",
};
