//! Ciphertexts whose padding is wrong in a chosen way: what a padding oracle would
//! tell apart.

use flowgate_protocol::keys::{PrivateKey, RSA_MODULUS_BYTES};
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey};
use sha2::{Digest, Sha256};

use crate::random::Random;

const HASH_BYTES: usize = 32;
const BLOCK_BYTES: usize = RSA_MODULUS_BYTES - 1 - HASH_BYTES;
const MESSAGE_BYTES: usize = 16;

/// What is wrong about the padding of a ciphertext
/// ([RFC 8017, section 7.1.2](https://www.rfc-editor.org/rfc/rfc8017#section-7.1.2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: it holds an AES key.
    Valid,
    /// The first byte is not zero: what Manger's attack asks.
    FirstByte,
    /// The hash of the label is another one.
    Label,
    /// There is nothing but zeros behind the hash.
    NoSeparator,
    /// A byte of the padding is neither zero nor the separator.
    WrongByte,
    /// The number is a random one.
    Random,
}

impl Padding {
    /// Lists all of them, the valid one first.
    pub const ALL: [Self; 6] = [
        Self::Valid,
        Self::FirstByte,
        Self::Label,
        Self::NoSeparator,
        Self::WrongByte,
        Self::Random,
    ];

    /// Names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::FirstByte => "first byte",
            Self::Label => "label",
            Self::NoSeparator => "no separator",
            Self::WrongByte => "wrong byte",
            Self::Random => "random number",
        }
    }

    /// Makes a ciphertext with this padding and a random message.
    ///
    /// # Panics
    ///
    /// If the key is none of RSA.
    pub fn ciphertext(self, key: &PrivateKey, random: &mut Random) -> [u8; RSA_MODULUS_BYTES] {
        let rsa = RsaPrivateKey::from_pkcs8_der(key.pkcs8_der()).unwrap();
        let padded = BigUint::from_bytes_be(&self.padded(random)) % rsa.n();
        let bytes = padded.modpow(rsa.e(), rsa.n()).to_bytes_be();
        let mut ciphertext = [0; RSA_MODULUS_BYTES];
        ciphertext[RSA_MODULUS_BYTES - bytes.len()..].copy_from_slice(&bytes);
        ciphertext
    }

    fn padded(self, random: &mut Random) -> [u8; RSA_MODULUS_BYTES] {
        let mut first = 0;
        let mut seed: [u8; HASH_BYTES] = random.bytes();
        let mut block = [0; BLOCK_BYTES];
        block[..HASH_BYTES].copy_from_slice(&Sha256::digest(b""));
        let start = BLOCK_BYTES - MESSAGE_BYTES;
        block[start - 1] = 1;
        block[start..].copy_from_slice(&random.bytes::<MESSAGE_BYTES>());
        match self {
            Self::Valid => {}
            Self::FirstByte => first = 1 + random.below(0x7f) as u8,
            Self::Label => block[random.below(HASH_BYTES)] ^= 1,
            Self::NoSeparator => block[HASH_BYTES..].fill(0),
            Self::WrongByte => {
                block[HASH_BYTES + random.below(start - 1 - HASH_BYTES)] = 2;
            }
            Self::Random => return random.bytes(),
        }
        apply_mask(&mut block, &seed);
        apply_mask(&mut seed, &block);
        let mut padded = [first; RSA_MODULUS_BYTES];
        padded[1..=HASH_BYTES].copy_from_slice(&seed);
        padded[1 + HASH_BYTES..].copy_from_slice(&block);
        padded
    }
}

/// MGF1 with SHA-256.
fn apply_mask(bytes: &mut [u8], seed: &[u8]) {
    for (chunk, counter) in bytes.chunks_mut(HASH_BYTES).zip(0_u32..) {
        let mask = Sha256::digest([seed, &counter.to_be_bytes()].concat());
        for (byte, mask) in chunk.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use flowgate_protocol::keys::Backend;

    use super::*;

    #[test]
    fn the_valid_one_opens_and_the_others_do_not() {
        let key = PrivateKey::generate().unwrap();
        let mut random = Random::new();
        for backend in Backend::AVAILABLE {
            let unwrap = backend.load(&key).unwrap();
            for padding in Padding::ALL {
                let ciphertext = padding.ciphertext(&key, &mut random);
                let opened = unwrap.unwrap(&ciphertext);
                assert_eq!(opened.is_ok(), padding == Padding::Valid, "{padding:?}");
            }
        }
    }
}
