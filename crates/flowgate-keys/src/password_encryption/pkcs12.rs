//! pbeWithSHA1And3-KeyTripleDES-CBC, which `openssl pkcs8 -v1 PBE-SHA1-3DES` writes.
//!
//! Source: [RFC 7292, appendices B and C](https://www.rfc-editor.org/rfc/rfc7292#appendix-B).

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Tag, Tagged};
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

use super::cbc_cipher::CbcCipher;
use super::{Opened, check_iterations};
use crate::key_der::children;
use crate::key_form::{Encryption, KeyDerivation};
use crate::{KeyError, Passphrase};

/// `pbeWithSHAAnd3-KeyTripleDES-CBC` of RFC 7292 appendix C.
pub(super) const SHA1_3DES: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");

/// Decrypts data under `pkcs-12PbeParams`, a salt and an iteration count.
pub(super) fn decrypt(
    parameters: Option<AnyRef<'_>>,
    data: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<Opened, KeyError> {
    let damaged = KeyError::Damaged {
        reason: "the parameters of its PKCS #12 encryption are not whole",
    };
    let parts = parameters.and_then(|parameters| children(parameters).ok());
    let Some([salt, iterations]) = parts.as_deref() else {
        return Err(damaged);
    };
    let (Tag::OctetString, Ok(iterations)) = (salt.tag(), iterations.decode_as::<u64>()) else {
        return Err(damaged);
    };
    let iterations = check_iterations(iterations)?;
    let passphrase = passphrase
        .ok_or(KeyError::MissingPassphrase)?
        .to_bmp_string();

    // Key and vector come from the passphrase and are cleared when dropped.
    let mut key = Zeroizing::new([0; 24]);
    let mut iv = Zeroizing::new([0; 8]);
    derive(
        &passphrase,
        salt.value(),
        iterations,
        Purpose::Key,
        key.as_mut_slice(),
    );
    derive(
        &passphrase,
        salt.value(),
        iterations,
        Purpose::Iv,
        iv.as_mut_slice(),
    );
    let cipher = CbcCipher::DesEde3(*iv);
    Ok(Opened {
        bytes: cipher.decrypt(key.as_slice(), data)?,
        encryption: Encryption {
            cipher: cipher.name(),
            derivation: KeyDerivation::Pkcs12Sha1 { iterations },
        },
    })
}

/// The diversifier of RFC 7292 appendix B.3.
#[derive(Clone, Copy)]
enum Purpose {
    Key = 1,
    Iv = 2,
}

/// The derivation of RFC 7292 appendix B.2 with SHA-1; letters as there.
fn derive(passphrase: &[u8], salt: &[u8], iterations: u32, purpose: Purpose, out: &mut [u8]) {
    let diversifier = [purpose as u8; V];
    let mut input = Zeroizing::new(Vec::with_capacity(
        salt.len().next_multiple_of(V) + passphrase.len().next_multiple_of(V),
    ));
    for part in [salt, passphrase] {
        let length = part.len().next_multiple_of(V);
        input.extend(part.iter().copied().cycle().take(length));
    }
    for chunk in out.chunks_mut(U) {
        let mut hash: [u8; U] = Sha1::new()
            .chain_update(diversifier)
            .chain_update(input.as_slice())
            .finalize()
            .into();
        for _ in 1..iterations {
            hash = Sha1::digest(hash).into();
        }
        chunk.copy_from_slice(&hash[..chunk.len()]);

        // Step 6C: every block I_j of the input becomes I_j + B + 1 mod 2^(8v).
        let mut b = Zeroizing::new([0; V]);
        for (target, source) in b.iter_mut().zip(hash.iter().cycle()) {
            *target = *source;
        }
        for block in input.chunks_exact_mut(V) {
            let mut carry = 1u16;
            for (byte, added) in block.iter_mut().zip(b.iter()).rev() {
                let sum = u16::from(*byte) + u16::from(*added) + carry;
                let [high, low] = sum.to_be_bytes();
                *byte = low;
                carry = u16::from(high);
            }
        }
        // The last hash is a part of the key.
        hash.zeroize();
    }
}

/// The output length of SHA-1 in bytes.
const U: usize = 20;
/// The block length of SHA-1 in bytes.
const V: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors that the PKCS #12 authors published and that OpenSSL, NSS
    /// and Bouncy Castle test with ("smeg", "queeg").
    #[test]
    fn published_vectors_of_the_key_derivation_hold() {
        check(
            "smeg",
            "0a58cf64530d823f",
            1,
            Purpose::Key,
            "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3",
        );
        check(
            "smeg",
            "0a58cf64530d823f",
            1,
            Purpose::Iv,
            "79993dfe048d3b76",
        );
        check(
            "smeg",
            "642b99ab44fb4b1f",
            1,
            Purpose::Key,
            "f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966",
        );
        check(
            "smeg",
            "642b99ab44fb4b1f",
            1,
            Purpose::Iv,
            "c0a38d64a79bea1d",
        );
        check(
            "queeg",
            "05dec959acff72f7",
            1000,
            Purpose::Key,
            "ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4",
        );
        check(
            "queeg",
            "05dec959acff72f7",
            1000,
            Purpose::Iv,
            "11dedad7758d4860",
        );
    }

    #[track_caller]
    fn check(passphrase: &str, salt: &str, iterations: u32, purpose: Purpose, expected: &str) {
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
                .collect()
        };
        let expected = bytes(expected);
        let mut derived = vec![0; expected.len()];
        let passphrase = Passphrase::new(passphrase).to_bmp_string();
        derive(&passphrase, &bytes(salt), iterations, purpose, &mut derived);
        assert_eq!(derived, expected);
    }
}
