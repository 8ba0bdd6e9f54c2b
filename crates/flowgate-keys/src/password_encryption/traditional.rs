//! The traditional PEM encryption of OpenSSL 1.x, LibreSSL and Node.
//!
//! Two lines above the base64 name cipher and initial vector (RFC 1421); the
//! key is OpenSSL's `EVP_BytesToKey` with MD5, one iteration and the first
//! eight bytes of the vector as salt.
//! Source: <https://docs.openssl.org/3.0/man3/PEM_read_bio_PrivateKey/#pem-encryption-format>.

use md5::{Digest, Md5};
use zeroize::{Zeroize, Zeroizing};

use super::Opened;
use super::cbc_cipher::CbcCipher;
use crate::key_form::{Encryption, KeyDerivation};
use crate::{KeyError, Passphrase};

/// What a `DEK-Info` line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PemCipher(CbcCipher);

impl PemCipher {
    /// Reads `CIPHER,IV-IN-HEX` from the start of a text without blanks and
    /// returns it with the rest, the base64.
    ///
    /// The length of the vector follows from the cipher, so that it can be told
    /// from the base64 even where the line ends were lost.
    pub(crate) fn from_dek_info(text: &str) -> Result<(Self, &str), KeyError> {
        let (name, rest) = text.split_once(',').ok_or(KeyError::Damaged {
            reason: "its `DEK-Info` line has no initial vector",
        })?;
        let (cipher, rest) = match name {
            "DES-EDE3-CBC" => take_hex(rest).map(|(iv, rest)| (CbcCipher::DesEde3(iv), rest)),
            "AES-128-CBC" => take_hex(rest).map(|(iv, rest)| (CbcCipher::Aes128(iv), rest)),
            "AES-192-CBC" => take_hex(rest).map(|(iv, rest)| (CbcCipher::Aes192(iv), rest)),
            "AES-256-CBC" => take_hex(rest).map(|(iv, rest)| (CbcCipher::Aes256(iv), rest)),
            other => {
                return Err(KeyError::UnsupportedEncryption {
                    found: cipher_name(other),
                });
            }
        }
        .ok_or(KeyError::Damaged {
            reason: "the initial vector in its `DEK-Info` line is not whole",
        })?;
        Ok((Self(cipher), rest))
    }

    /// Decrypts the bytes of the block.
    ///
    /// # Errors
    ///
    /// [`KeyError::MissingPassphrase`], [`KeyError::WrongPassphrase`], and
    /// [`KeyError::Damaged`] when bytes are missing.
    pub(crate) fn decrypt(
        self,
        data: &[u8],
        passphrase: Option<&Passphrase>,
    ) -> Result<Opened, KeyError> {
        let passphrase = passphrase.ok_or(KeyError::MissingPassphrase)?;
        let key = derive(self.0, passphrase.expose_secret().as_bytes());
        Ok(Opened {
            bytes: self.0.decrypt(&key, data)?,
            encryption: Encryption {
                cipher: self.0.name(),
                derivation: KeyDerivation::Md5Once,
            },
        })
    }
}

/// `EVP_BytesToKey`: D1 = MD5(pass ‖ salt), D2 = MD5(D1 ‖ pass ‖ salt), …
fn derive(cipher: CbcCipher, passphrase: &[u8]) -> Zeroizing<Vec<u8>> {
    let salt = &cipher.iv()[..SALT_BYTES];
    // Room for two digests: the vector does not move while it holds the key.
    let mut key = Zeroizing::new(Vec::with_capacity(2 * MD5_BYTES));
    let mut previous = Zeroizing::new([0; MD5_BYTES]);
    while key.len() < cipher.key_bytes() {
        let mut hash = Md5::new();
        if !key.is_empty() {
            hash.update(previous.as_slice());
        }
        hash.update(passphrase);
        hash.update(salt);
        let mut digest: [u8; MD5_BYTES] = hash.finalize().into();
        previous.copy_from_slice(&digest);
        key.extend_from_slice(&digest);
        // Each digest is a part of the cipher's key.
        digest.zeroize();
    }
    key.truncate(cipher.key_bytes());
    key
}

/// Takes N bytes written as hexadecimal digits off the front.
fn take_hex<const N: usize>(text: &str) -> Option<([u8; N], &str)> {
    let (digits, rest) = text.split_at_checked(2 * N)?;
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16);
        // Two hexadecimal digits are at most 255.
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some((bytes, rest))
}

/// The name of an unknown cipher, if it can be a name at all: the line comes
/// from a damaged file and could hold anything.
fn cipher_name(text: &str) -> String {
    let is_name =
        text.len() <= MAX_NAME_BYTES && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_name && !text.is_empty() {
        text.to_owned()
    } else {
        "a cipher without a proper name".to_owned()
    }
}

/// The salt is this much of the initial vector (PKCS5_SALT_LEN in OpenSSL).
const SALT_BYTES: usize = 8;
/// The length of an MD5 digest.
const MD5_BYTES: usize = 16;
/// No cipher of OpenSSL has a longer name.
const MAX_NAME_BYTES: usize = 32;
