//! Opens and makes the encryptions under a passphrase that key files come with.
//!
//! | form | scheme | source |
//! |---|---|---|
//! | `Proc-Type: 4,ENCRYPTED` | traditional, MD5 once | OpenSSL `PEM_read_bio_PrivateKey(3)`, "PEM encryption format" |
//! | `ENCRYPTED PRIVATE KEY` | PBES2 with PBKDF2 or scrypt | RFC 8018 section 6.2, RFC 7914 |
//! | `ENCRYPTED PRIVATE KEY` | pbeWithSHA1And3-KeyTripleDES-CBC | RFC 7292 appendix C |
//!
//! None of them has a checksum: a wrong passphrase shows as bad padding or as
//! bytes that are no key.

mod cbc_cipher;
mod pbes2;
mod pkcs12;
mod traditional;

use der::asn1::ObjectIdentifier;
use der::{Tag, Tagged};
use zeroize::Zeroizing;

pub(crate) use self::pbes2::encrypt as encrypt_pkcs8;
pub(crate) use self::traditional::PemCipher;
use crate::key_der::{algorithm, children, outermost};
use crate::key_form::Encryption;
use crate::{KeyError, Passphrase};

/// The bytes of an opened key file and how they had been encrypted.
pub(crate) struct Opened {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) encryption: Encryption,
}

/// Opens an `EncryptedPrivateKeyInfo` of PKCS #8.
///
/// # Errors
///
/// - [`KeyError::UnsupportedEncryption`] names a scheme that is not in the table.
/// - [`KeyError::ExcessiveCost`] when the passphrase would be too dear to try.
/// - [`KeyError::MissingPassphrase`], [`KeyError::WrongPassphrase`].
/// - [`KeyError::Damaged`] when the parameters are not what the scheme prescribes.
pub(crate) fn decrypt_pkcs8(
    der: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<Opened, KeyError> {
    let whole = outermost(der, "ENCRYPTED PRIVATE KEY")?;
    let [scheme, data] = children(whole)
        .ok()
        .and_then(|parts| parts.try_into().ok())
        .ok_or(KeyError::Damaged {
            reason: "its encrypted form is not that of PKCS #8",
        })?;
    if data.tag() != Tag::OctetString {
        return Err(KeyError::Damaged {
            reason: "its encrypted form is not that of PKCS #8",
        });
    }
    let (oid, parameters) = algorithm(scheme)?;
    match oid {
        pbes2::PBES2 => pbes2::decrypt(parameters, data.value(), passphrase),
        pkcs12::SHA1_3DES => pkcs12::decrypt(parameters, data.value(), passphrase),
        other => Err(KeyError::UnsupportedEncryption {
            found: scheme_name(other),
        }),
    }
}

/// Bounds the iterations of a key derivation.
fn check_iterations(iterations: u64) -> Result<u32, KeyError> {
    match u32::try_from(iterations) {
        Ok(count) if count > 0 && count <= MAX_ITERATIONS => Ok(count),
        Ok(0) => Err(KeyError::Damaged {
            reason: "its encryption asks for no iteration at all",
        }),
        _ => Err(KeyError::ExcessiveCost {
            found: format!("{iterations} iterations"),
            limit: format!("{MAX_ITERATIONS}"),
        }),
    }
}

/// The name of an encryption scheme, cipher or hash for a message.
fn scheme_name(oid: ObjectIdentifier) -> String {
    let text = oid.to_string();
    let name = match text.as_str() {
        "1.2.840.113549.1.5.1" => "PBE-MD2-DES",
        "1.2.840.113549.1.5.3" => "PBE-MD5-DES",
        "1.2.840.113549.1.5.4" => "PBE-MD2-RC2-64",
        "1.2.840.113549.1.5.6" => "PBE-MD5-RC2-64",
        "1.2.840.113549.1.5.10" => "PBE-SHA1-DES",
        "1.2.840.113549.1.5.11" => "PBE-SHA1-RC2-64",
        "1.2.840.113549.1.12.1.1" => "PBE-SHA1-RC4-128",
        "1.2.840.113549.1.12.1.2" => "PBE-SHA1-RC4-40",
        "1.2.840.113549.1.12.1.4" => "PBE-SHA1-2DES",
        "1.2.840.113549.1.12.1.5" => "PBE-SHA1-RC2-128",
        "1.2.840.113549.1.12.1.6" => "PBE-SHA1-RC2-40",
        "1.2.840.113549.3.2" => "RC2-CBC",
        "1.2.840.113549.3.4" => "RC4",
        "1.3.14.3.2.7" => "DES-CBC",
        "2.16.840.1.101.3.4.1.6" => "AES-128-GCM",
        "2.16.840.1.101.3.4.1.46" => "AES-256-GCM",
        "1.2.392.200011.61.1.1.1.2" => "CAMELLIA-128-CBC",
        "1.2.392.200011.61.1.1.1.4" => "CAMELLIA-256-CBC",
        "1.2.410.200004.1.4" => "SEED-CBC",
        "1.2.156.10197.1.104.2" => "SM4-CBC",
        _ => return format!("the scheme {text}"),
    };
    name.to_owned()
}

/// The most iterations that are worked off to try a passphrase: eight times
/// the 600000 that OWASP recommends for PBKDF2-HMAC-SHA256, and a few seconds
/// of one processor at worst.
const MAX_ITERATIONS: u32 = 5_000_000;
