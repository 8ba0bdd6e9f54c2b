//! EME-OAEP decoding with SHA-256 and an empty label
//! ([RFC 8017, section 7.1.2](https://www.rfc-editor.org/rfc/rfc8017#section-7.1.2)).
//!
//! **Security:** whoever learns which of the checks failed can decrypt
//! (Manger's attack). All of them run, over all bytes, and end in one bit; even
//! the position of the message is not used as an address.

use std::hint::black_box;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Length of a padded message: 2048 bits.
const PADDED_BYTES: usize = 256;
/// Length of a SHA-256 hash, and so of the seed.
const HASH_BYTES: usize = 32;
/// Length of hash of the label, padding, separator and message.
const BLOCK_BYTES: usize = PADDED_BYTES - 1 - HASH_BYTES;

/// Longest message: 190 bytes.
pub const MAX_MESSAGE_BYTES: usize = BLOCK_BYTES - HASH_BYTES - 1;

/// Holds a decrypted message of 0 to 190 bytes; cleared when dropped, never
/// printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Message {
    bytes: [u8; MAX_MESSAGE_BYTES],
    length: usize,
}

impl Message {
    /// Returns the message bytes; a reviewer should find every caller of this.
    pub fn expose_secret(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message")
    }
}

/// Takes the padding off; none if anything about it is wrong.
pub(crate) fn decoded(padded: &[u8; PADDED_BYTES]) -> Option<Message> {
    let mut seed = Zeroizing::new([0; HASH_BYTES]);
    seed.copy_from_slice(&padded[1..=HASH_BYTES]);
    let mut block = Zeroizing::new([0; BLOCK_BYTES]);
    block.copy_from_slice(&padded[1 + HASH_BYTES..]);
    apply_mask(seed.as_mut_slice(), block.as_slice());
    apply_mask(block.as_mut_slice(), seed.as_slice());

    let (label, rest) = block.split_at(HASH_BYTES);
    // The message begins behind the first byte that is not zero, which must be 1.
    let (mut found, mut wrong, mut start) = (0, 0, 0);
    for (byte, after) in rest.iter().zip(1_u8..) {
        let first = !ones_if_zero(*byte) & !found;
        wrong |= first & !ones_if_zero(*byte ^ 1);
        start |= first & after;
        found |= first;
    }
    let valid = padded[0].ct_eq(&0)
        & label.ct_eq(&Sha256::digest(b""))
        & found.ct_eq(&0xff)
        & wrong.ct_eq(&0);

    let mut message = Message {
        bytes: [0; MAX_MESSAGE_BYTES],
        length: rest.len() - usize::from(start),
    };
    shift_left(&mut block, start);
    // The separator is one byte at least, so the last one is never needed.
    message
        .bytes
        .copy_from_slice(&block[HASH_BYTES..][..MAX_MESSAGE_BYTES]);
    if valid.into() { Some(message) } else { None }
}

/// MGF1 with SHA-256: exclusive-ors the mask grown from `seed` onto `bytes`
/// ([RFC 8017, appendix B.2.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-B.2.1)).
fn apply_mask(bytes: &mut [u8], seed: &[u8]) {
    for (chunk, counter) in bytes.chunks_mut(HASH_BYTES).zip(0_u32..) {
        let mut mask = Sha256::new()
            .chain_update(seed)
            .chain_update(counter.to_be_bytes())
            .finalize();
        for (byte, mask) in chunk.iter_mut().zip(&mask) {
            *byte ^= mask;
        }
        mask.as_mut_slice().zeroize();
    }
}

/// Returns 255 for zero, else 0. The compiler is not to know that it is one of two
/// values, or it might branch on it.
fn ones_if_zero(byte: u8) -> u8 {
    let [_, ones] = u16::from(byte).wrapping_sub(1).to_le_bytes();
    black_box(ones)
}

/// Moves bytes to the front by a secret distance: in steps of 1, 2, 4, … 128,
/// each of which is done or not by choice.
fn shift_left(bytes: &mut [u8; BLOCK_BYTES], distance: u8) {
    let mut moved = Zeroizing::new([0; BLOCK_BYTES]);
    for bit in 0..u8::BITS {
        let step = 1_usize << bit;
        let (from, gap) = moved.split_at_mut(BLOCK_BYTES - step);
        from.copy_from_slice(&bytes[step..]);
        gap.fill(0);
        let chosen = 0_u8.wrapping_sub(black_box((distance >> bit) & 1));
        for (byte, moved) in bytes.iter_mut().zip(moved.iter()) {
            *byte ^= chosen & (*byte ^ moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pads as RFC 8017 section 7.1.1 says, with what is to be wrong put in.
    fn padded(message: &[u8], damage: impl FnOnce(&mut u8, &mut [u8; BLOCK_BYTES])) -> [u8; 256] {
        let mut block = [0; BLOCK_BYTES];
        block[..HASH_BYTES].copy_from_slice(&Sha256::digest(b""));
        let start = BLOCK_BYTES - message.len();
        block[start - 1] = 1;
        block[start..].copy_from_slice(message);
        let mut first = 0;
        damage(&mut first, &mut block);
        let mut seed = [0x5a; HASH_BYTES];
        apply_mask(&mut block, &seed);
        apply_mask(&mut seed, &block);
        let mut padded = [0; PADDED_BYTES];
        padded[0] = first;
        padded[1..=HASH_BYTES].copy_from_slice(&seed);
        padded[1 + HASH_BYTES..].copy_from_slice(&block);
        padded
    }

    #[test]
    fn messages_of_every_length_are_decoded() {
        let message: Vec<u8> = (0..MAX_MESSAGE_BYTES).map(|at| at as u8).collect();
        for length in 0..=MAX_MESSAGE_BYTES {
            let decoded = decoded(&padded(&message[..length], |_, _| ())).unwrap();
            assert_eq!(decoded.expose_secret(), &message[..length]);
        }
    }

    #[test]
    fn every_kind_of_wrong_padding_is_refused() {
        let refused = |damage: fn(&mut u8, &mut [u8; BLOCK_BYTES])| {
            assert!(decoded(&padded(b"sixteen bytes ok", damage)).is_none());
        };
        refused(|first, _| *first = 1);
        refused(|first, _| *first = 0x80);
        refused(|_, block| block[0] ^= 1);
        refused(|_, block| block[31] ^= 0x80);
        refused(|_, block| block[32] = 2);
        refused(|_, block| block[100] = 0xff);
        refused(|_, block| block[BLOCK_BYTES - 17] = 2);
        refused(|_, block| block[BLOCK_BYTES - 17] = 3);
        refused(|_, block| block[HASH_BYTES..].fill(0));
        assert!(decoded(&[0; PADDED_BYTES]).is_none());
        assert!(decoded(&[0xff; PADDED_BYTES]).is_none());
    }

    #[test]
    fn an_earlier_separator_makes_a_longer_message() {
        let decoded = decoded(&padded(b"end", |_, block| block[HASH_BYTES] = 1)).unwrap();
        assert_eq!(decoded.expose_secret().len(), MAX_MESSAGE_BYTES);
        assert!(decoded.expose_secret().ends_with(&[1, b'e', b'n', b'd']));
    }
}
