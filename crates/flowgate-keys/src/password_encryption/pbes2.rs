//! PBES2, the encryption of PKCS #8 files since OpenSSL 1.1.
//!
//! Source: [RFC 8018, section 6.2 and appendix A](https://www.rfc-editor.org/rfc/rfc8018#section-6.2),
//! [RFC 7914, section 7](https://www.rfc-editor.org/rfc/rfc7914#section-7) for scrypt.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Tag, Tagged};
use rsa::rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use super::cbc_cipher::CbcCipher;
use super::{Opened, check_iterations, scheme_name};
use crate::key_der::{algorithm, children};
use crate::key_form::{Encryption, KeyDerivation};
use crate::{KeyError, Passphrase};

/// `id-PBES2` of RFC 8018 appendix A.4.
pub(super) const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");

/// Decrypts data under `PBES2-params`.
pub(super) fn decrypt(
    parameters: Option<AnyRef<'_>>,
    data: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<Opened, KeyError> {
    let parts = parameters.and_then(|parameters| children(parameters).ok());
    let Some([derivation, cipher]) = parts.as_deref() else {
        return Err(DAMAGED);
    };
    let cipher = read_cipher(*cipher)?;
    let derivation = Derivation::read(*derivation, cipher.key_bytes())?;
    let passphrase = passphrase.ok_or(KeyError::MissingPassphrase)?;
    let key = derivation.derive(passphrase, cipher.key_bytes())?;
    Ok(Opened {
        bytes: cipher.decrypt(&key, data)?,
        encryption: Encryption {
            cipher: cipher.name(),
            derivation: derivation.described(),
        },
    })
}

/// Encrypts a PKCS #8 `PrivateKeyInfo` into an `EncryptedPrivateKeyInfo`.
///
/// AES-256-CBC under PBKDF2-HMAC-SHA256 with [`WRITTEN_ITERATIONS`] and a salt
/// of 16 bytes: what OpenSSL 1.1 and later, Node, Java and Python read.
///
/// # Errors
///
/// [`KeyError::EmptyPassphrase`], and [`KeyError::Generation`] when the
/// operating system gives no random bytes.
pub(crate) fn encrypt(pkcs8: &[u8], passphrase: &Passphrase) -> Result<Vec<u8>, KeyError> {
    if passphrase.expose_secret().is_empty() {
        return Err(KeyError::EmptyPassphrase);
    }
    let (mut salt, mut iv) = ([0; WRITTEN_SALT_BYTES], [0; 16]);
    for bytes in [&mut salt, &mut iv] {
        OsRng
            .try_fill_bytes(bytes)
            .map_err(|_| KeyError::Generation {
                reason: "the operating system gave no random bytes",
            })?;
    }
    let derivation = Derivation::Pbkdf2 {
        salt: &salt,
        iterations: WRITTEN_ITERATIONS,
        prf: Prf::Sha256,
    };
    let key = derivation.derive(passphrase, 32)?;
    let encrypted = cbc::Encryptor::<aes::Aes256Enc>::new_from_slices(&key, &iv)
        .map_err(|_| ENCODING)?
        .encrypt_padded_vec::<Pkcs7>(pkcs8);

    let prf = sequence(&[&HMAC_SHA256.to_der().map_err(|_| ENCODING)?, &NULL])?;
    let iterations = WRITTEN_ITERATIONS.to_der().map_err(|_| ENCODING)?;
    let pbkdf2 = sequence(&[&octets(&salt)?, &iterations, &prf])?;
    let derivation = sequence(&[&PBKDF2.to_der().map_err(|_| ENCODING)?, &pbkdf2])?;
    let cipher = sequence(&[&AES_256_CBC.to_der().map_err(|_| ENCODING)?, &octets(&iv)?])?;
    let parameters = sequence(&[&derivation, &cipher])?;
    let scheme = sequence(&[&PBES2.to_der().map_err(|_| ENCODING)?, &parameters])?;
    sequence(&[&scheme, &octets(&encrypted)?])
}

fn read_cipher(value: AnyRef<'_>) -> Result<CbcCipher, KeyError> {
    let (oid, parameters) = algorithm(value)?;
    let make: fn(&[u8]) -> Option<CbcCipher> = match oid {
        AES_128_CBC => |iv| Some(CbcCipher::Aes128(iv.try_into().ok()?)),
        AES_192_CBC => |iv| Some(CbcCipher::Aes192(iv.try_into().ok()?)),
        AES_256_CBC => |iv| Some(CbcCipher::Aes256(iv.try_into().ok()?)),
        DES_EDE3_CBC => |iv| Some(CbcCipher::DesEde3(iv.try_into().ok()?)),
        other => {
            return Err(KeyError::UnsupportedEncryption {
                found: scheme_name(other),
            });
        }
    };
    let iv = parameters
        .filter(|iv| iv.tag() == Tag::OctetString)
        .ok_or(DAMAGED)?;
    make(iv.value()).ok_or(DAMAGED)
}

/// How a key is derived from the passphrase; costs are within bounds.
enum Derivation<'a> {
    Pbkdf2 {
        salt: &'a [u8],
        iterations: u32,
        prf: Prf,
    },
    Scrypt {
        salt: &'a [u8],
        cost_exponent: u8,
        block_size: u32,
        parallelization: u32,
    },
}

/// The hash of the HMAC within PBKDF2.
#[derive(Clone, Copy)]
enum Prf {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl<'a> Derivation<'a> {
    fn read(value: AnyRef<'a>, key_bytes: usize) -> Result<Self, KeyError> {
        let (oid, parameters) = algorithm(value)?;
        let parts = parameters.and_then(|parameters| children(parameters).ok());
        let parts = parts.ok_or(DAMAGED)?;
        match oid {
            PBKDF2 => Self::read_pbkdf2(&parts, key_bytes),
            SCRYPT => Self::read_scrypt(&parts, key_bytes),
            other => Err(KeyError::UnsupportedEncryption {
                found: scheme_name(other),
            }),
        }
    }

    /// `PBKDF2-params`: salt, iteration count, optional key length, optional
    /// PRF (HMAC with SHA-1 where absent).
    fn read_pbkdf2(parts: &[AnyRef<'a>], key_bytes: usize) -> Result<Self, KeyError> {
        let [salt, iterations, rest @ ..] = parts else {
            return Err(DAMAGED);
        };
        if salt.tag() != Tag::OctetString {
            return Err(DAMAGED);
        }
        let iterations = check_iterations(number(iterations)?)?;
        let rest = without_key_length(rest, key_bytes)?;
        let prf = match rest {
            [] => Prf::Sha1,
            [prf] => match algorithm(*prf)?.0 {
                HMAC_SHA1 => Prf::Sha1,
                HMAC_SHA224 => Prf::Sha224,
                HMAC_SHA256 => Prf::Sha256,
                HMAC_SHA384 => Prf::Sha384,
                HMAC_SHA512 => Prf::Sha512,
                other => {
                    return Err(KeyError::UnsupportedEncryption {
                        found: scheme_name(other),
                    });
                }
            },
            _ => return Err(DAMAGED),
        };
        Ok(Self::Pbkdf2 {
            salt: salt.value(),
            iterations,
            prf,
        })
    }

    /// `scrypt-params`: salt, N, r, p, optional key length.
    fn read_scrypt(parts: &[AnyRef<'a>], key_bytes: usize) -> Result<Self, KeyError> {
        let [salt, cost, block_size, parallelization, rest @ ..] = parts else {
            return Err(DAMAGED);
        };
        if salt.tag() != Tag::OctetString || !without_key_length(rest, key_bytes)?.is_empty() {
            return Err(DAMAGED);
        }
        let (n, r, p) = (number(cost)?, number(block_size)?, number(parallelization)?);
        if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
            return Err(DAMAGED);
        }
        let memory = n.saturating_mul(r).saturating_mul(SCRYPT_BLOCK_BYTES);
        // p buffers of 128 * r bytes are held besides the N of the mixing.
        let buffers = r.saturating_mul(p).saturating_mul(SCRYPT_BLOCK_BYTES);
        let work = memory.saturating_mul(p);
        let (Ok(block_size), Ok(parallelization)) = (u32::try_from(r), u32::try_from(p)) else {
            return Err(too_dear(n, r, p));
        };
        if memory.saturating_add(buffers) > MAX_SCRYPT_MEMORY || work > MAX_SCRYPT_WORK {
            return Err(too_dear(n, r, p));
        }
        Ok(Self::Scrypt {
            salt: salt.value(),
            // A power of two in 64 bits has an exponent below 64.
            cost_exponent: n.trailing_zeros() as u8,
            block_size,
            parallelization,
        })
    }

    fn derive(
        &self,
        passphrase: &Passphrase,
        key_bytes: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let passphrase = passphrase.expose_secret().as_bytes();
        // The key of the cipher: cleared when dropped.
        let mut key = Zeroizing::new(vec![0; key_bytes]);
        match *self {
            Self::Pbkdf2 {
                salt,
                iterations,
                prf,
            } => {
                let derive = match prf {
                    Prf::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>,
                    Prf::Sha224 => pbkdf2::pbkdf2_hmac::<sha2::Sha224>,
                    Prf::Sha256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>,
                    Prf::Sha384 => pbkdf2::pbkdf2_hmac::<sha2::Sha384>,
                    Prf::Sha512 => pbkdf2::pbkdf2_hmac::<sha2::Sha512>,
                };
                derive(passphrase, salt, iterations, &mut key);
            }
            Self::Scrypt {
                salt,
                cost_exponent,
                block_size,
                parallelization,
            } => {
                let params = scrypt::Params::new(cost_exponent, block_size, parallelization)
                    .map_err(|_| DAMAGED)?;
                scrypt::scrypt(passphrase, salt, &params, &mut key).map_err(|_| DAMAGED)?;
            }
        }
        Ok(key)
    }

    fn described(&self) -> KeyDerivation {
        match *self {
            Self::Pbkdf2 {
                iterations, prf, ..
            } => KeyDerivation::Pbkdf2 {
                hash: match prf {
                    Prf::Sha1 => "SHA1",
                    Prf::Sha224 => "SHA224",
                    Prf::Sha256 => "SHA256",
                    Prf::Sha384 => "SHA384",
                    Prf::Sha512 => "SHA512",
                },
                iterations,
            },
            Self::Scrypt {
                cost_exponent,
                block_size,
                parallelization,
                ..
            } => KeyDerivation::Scrypt {
                cost: 1 << cost_exponent,
                block_size,
                parallelization,
            },
        }
    }
}

/// Takes off the optional key length, which must be that of the cipher.
fn without_key_length<'a, 'b>(
    rest: &'b [AnyRef<'a>],
    key_bytes: usize,
) -> Result<&'b [AnyRef<'a>], KeyError> {
    match rest {
        [length, rest @ ..] if length.tag() == Tag::Integer => {
            if number(length)? != key_bytes as u64 {
                return Err(DAMAGED);
            }
            Ok(rest)
        }
        rest => Ok(rest),
    }
}

/// A whole number. One that 64 bits cannot hold becomes the largest they can,
/// which no bound lets pass.
fn number(value: &AnyRef<'_>) -> Result<u64, KeyError> {
    if value.tag() != Tag::Integer || value.value().first().is_none_or(|byte| *byte >= 0x80) {
        return Err(DAMAGED);
    }
    Ok(value.decode_as().unwrap_or(u64::MAX))
}

fn too_dear(n: u64, r: u64, p: u64) -> KeyError {
    KeyError::ExcessiveCost {
        found: format!("scrypt with N={n}, r={r}, p={p}"),
        limit: format!("{} MiB of memory", MAX_SCRYPT_MEMORY / (1024 * 1024)),
    }
}

fn sequence(parts: &[&[u8]]) -> Result<Vec<u8>, KeyError> {
    encode(Tag::Sequence, &parts.concat())
}

fn octets(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    encode(Tag::OctetString, bytes)
}

fn encode(tag: Tag, value: &[u8]) -> Result<Vec<u8>, KeyError> {
    AnyRef::new(tag, value)
        .and_then(|any| any.to_der())
        .map_err(|_| ENCODING)
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// Iterations of PBKDF2-HMAC-SHA256 for keys written here, the number of the
/// [OWASP Password Storage Cheat Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#pbkdf2):
/// some tenths of a second at start, against 2048 of a plain `openssl genrsa`.
pub(crate) const WRITTEN_ITERATIONS: u32 = 600_000;
/// The salt of keys written here; RFC 8018 section 4.1 asks for at least 8.
const WRITTEN_SALT_BYTES: usize = 16;

/// scrypt works on blocks of this many bytes times r.
const SCRYPT_BLOCK_BYTES: u64 = 128;
/// Eight times what OpenSSL itself allows by default.
const MAX_SCRYPT_MEMORY: u64 = 256 * 1024 * 1024;
/// Bytes mixed altogether: about two seconds of one processor.
const MAX_SCRYPT_WORK: u64 = 2 * MAX_SCRYPT_MEMORY;

const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
const SCRYPT: ObjectIdentifier = oid("1.3.6.1.4.1.11591.4.11");
const HMAC_SHA1: ObjectIdentifier = oid("1.2.840.113549.2.7");
const HMAC_SHA224: ObjectIdentifier = oid("1.2.840.113549.2.8");
const HMAC_SHA256: ObjectIdentifier = oid("1.2.840.113549.2.9");
const HMAC_SHA384: ObjectIdentifier = oid("1.2.840.113549.2.10");
const HMAC_SHA512: ObjectIdentifier = oid("1.2.840.113549.2.11");
const DES_EDE3_CBC: ObjectIdentifier = oid("1.2.840.113549.3.7");
const AES_128_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");

/// NULL in DER, the parameters of a hash.
const NULL: [u8; 2] = [0x05, 0x00];
/// The parameters are not those of the scheme they name.
const DAMAGED: KeyError = KeyError::Damaged {
    reason: "the parameters of its encryption are not whole",
};
/// Encoding short values does not fail; if it does, nothing was written.
const ENCODING: KeyError = KeyError::Generation {
    reason: "the encrypted key could not be encoded",
};
