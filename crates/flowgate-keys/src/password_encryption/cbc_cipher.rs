//! The block ciphers of key files, all in CBC mode with PKCS #7 padding.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use zeroize::Zeroizing;

use crate::KeyError;

/// A cipher and its initial vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CbcCipher {
    DesEde3([u8; 8]),
    Aes128([u8; 16]),
    Aes192([u8; 16]),
    Aes256([u8; 16]),
}

impl CbcCipher {
    /// The name as OpenSSL writes it in a `DEK-Info` line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DesEde3(_) => "DES-EDE3-CBC",
            Self::Aes128(_) => "AES-128-CBC",
            Self::Aes192(_) => "AES-192-CBC",
            Self::Aes256(_) => "AES-256-CBC",
        }
    }

    pub(super) fn key_bytes(self) -> usize {
        match self {
            Self::Aes128(_) => 16,
            Self::DesEde3(_) | Self::Aes192(_) => 24,
            Self::Aes256(_) => 32,
        }
    }

    pub(super) fn iv(&self) -> &[u8] {
        match self {
            Self::DesEde3(iv) => iv,
            Self::Aes128(iv) | Self::Aes192(iv) | Self::Aes256(iv) => iv,
        }
    }

    /// Decrypts and takes the padding off.
    ///
    /// # Errors
    ///
    /// [`KeyError::Damaged`] when the data is not whole blocks, and
    /// [`KeyError::WrongPassphrase`] when the padding is wrong.
    pub(super) fn decrypt(self, key: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if data.is_empty() || !data.len().is_multiple_of(self.iv().len()) {
            return Err(KeyError::Damaged {
                reason: "its encrypted part is not a whole number of cipher blocks",
            });
        }
        // The buffer becomes the key in the clear and is cleared on every path.
        let mut buffer = Zeroizing::new(data.to_vec());
        let iv = self.iv();
        let length = match self {
            Self::DesEde3(_) => in_place::<cbc::Decryptor<des::TdesEde3>>(key, iv, &mut buffer),
            Self::Aes128(_) => in_place::<cbc::Decryptor<aes::Aes128Dec>>(key, iv, &mut buffer),
            Self::Aes192(_) => in_place::<cbc::Decryptor<aes::Aes192Dec>>(key, iv, &mut buffer),
            Self::Aes256(_) => in_place::<cbc::Decryptor<aes::Aes256Dec>>(key, iv, &mut buffer),
        }
        .ok_or(KeyError::WrongPassphrase)?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

/// Decrypts in place and returns the length without padding.
fn in_place<D: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8],
    buffer: &mut [u8],
) -> Option<usize> {
    let cipher = D::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded::<Pkcs7>(buffer).ok().map(<[u8]>::len)
}
