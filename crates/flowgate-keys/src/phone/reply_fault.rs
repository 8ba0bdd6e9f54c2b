//! Finds out why a reply cannot be opened: tries the mistakes that endpoints make.
//!
//! For diagnosis by the owner of an endpoint, with a key that the tool made up
//! itself. A server or phone never tries anything but the documented form.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Nonce, Tag};

use super::ReplyKey;
use crate::gcm::{self, TAG_BYTES};
use crate::{AesKey, InitialVector};

/// What an endpoint did wrong when it sealed a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyFault {
    /// It used the vector of the request as it was.
    VectorNotInverted,
    /// It inverted only some bytes of the vector.
    VectorPartlyInverted,
    /// It cut the vector to 12 bytes, as some libraries do by themselves.
    VectorCut,
    /// It put the tag before the ciphertext.
    TagInFront,
    /// It left the tag out.
    TagMissing,
    /// Key and vector are right, but the tag does not fit: associated data, or
    /// bytes altered on the way.
    TagWrong,
    /// The reply is shorter than a tag.
    TooShort,
    /// None of these: another AES key, another cipher, or no ciphertext at all.
    Unknown,
}

impl ReplyKey {
    /// Finds out why [`open`](Self::open) refuses a reply, already decoded from
    /// base64; none if it does not.
    pub fn diagnose(&self, reply: &[u8]) -> Option<ReplyFault> {
        let (key, request_iv) = (&self.aes_key, &self.request_iv);
        let inverted = request_iv.inverted();
        let opens = |iv: &InitialVector, bytes: &[u8]| {
            gcm::open_in_place(key, iv, &mut bytes.to_vec()).is_ok()
        };
        if opens(&inverted, reply) {
            return None;
        }
        if reply.len() < TAG_BYTES {
            return Some(
                match looks_like_json(&keystream_applied(key, &inverted, reply)) {
                    true => ReplyFault::TagMissing,
                    false => ReplyFault::TooShort,
                },
            );
        }
        if opens(request_iv, reply) {
            return Some(ReplyFault::VectorNotInverted);
        }
        if (1..request_iv.as_bytes().len())
            .any(|count| opens(&partly_inverted(request_iv, count), reply))
        {
            return Some(ReplyFault::VectorPartlyInverted);
        }
        if opens_with_cut_vector(key, &inverted, reply)
            || opens_with_cut_vector(key, request_iv, reply)
        {
            return Some(ReplyFault::VectorCut);
        }
        let (tag, text) = reply.split_at(TAG_BYTES);
        let turned = [text, tag].concat();
        if opens(&inverted, &turned) || opens(request_iv, &turned) {
            return Some(ReplyFault::TagInFront);
        }
        if looks_like_json(&keystream_applied(key, &inverted, reply)) {
            return Some(ReplyFault::TagMissing);
        }
        let text = &reply[..reply.len() - TAG_BYTES];
        if looks_like_json(&keystream_applied(key, &inverted, text)) {
            return Some(ReplyFault::TagWrong);
        }
        Some(ReplyFault::Unknown)
    }
}

/// Inverts the first `count` bytes.
fn partly_inverted(iv: &InitialVector, count: usize) -> InitialVector {
    let mut bytes = *iv.as_bytes();
    for byte in bytes.iter_mut().take(count) {
        *byte = !*byte;
    }
    InitialVector::new(bytes)
}

fn opens_with_cut_vector(key: &AesKey, iv: &InitialVector, reply: &[u8]) -> bool {
    let (text, tag) = reply.split_at(reply.len() - TAG_BYTES);
    let mut text = text.to_vec();
    let (Some(cut), Ok(tag)) = (iv.as_bytes().first_chunk::<12>(), Tag::try_from(tag)) else {
        return false;
    };
    let nonce: Nonce<U12> = (*cut).into();
    AesGcm::<Aes128, U12>::new(key.expose_secret().into())
        .decrypt_inout_detached(&nonce, &[], InOutBuf::from(&mut text[..]), &tag)
        .is_ok()
}

/// Decrypts without looking at a tag: what GCM adds to zeros is its keystream.
fn keystream_applied(key: &AesKey, iv: &InitialVector, text: &[u8]) -> Vec<u8> {
    let keystream = gcm::seal(key, iv, vec![0; text.len()]);
    text.iter()
        .zip(keystream)
        .map(|(text, key)| text ^ key)
        .collect()
}

/// Sixteen arbitrary bytes begin like an object and end like one about once in
/// 65,000 times; that the middle is UTF-8 makes it rarer.
fn looks_like_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        let text = text.trim();
        text.starts_with('{') && text.ends_with('}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PrivateKey;
    use crate::phone::seal_request;

    const TEXT: &[u8] = br#"{"data":{"status":"active"}}"#;

    #[test]
    fn every_mistake_is_named() {
        let public_key = PrivateKey::generate().unwrap().public_key().clone();
        let (_, reply_key) = seal_request(&public_key, b"{}").unwrap();
        let (key, iv) = (&reply_key.aes_key, &reply_key.request_iv);
        let good = gcm::seal(key, &iv.inverted(), TEXT);
        let (text, tag) = good.split_at(TEXT.len());
        let mut first_only = *iv.as_bytes();
        first_only[0] = !first_only[0];
        let mut altered = good.clone();
        altered[TEXT.len()] ^= 1;
        let cut: Nonce<U12> = (*iv.inverted().as_bytes().first_chunk::<12>().unwrap()).into();
        let mut short = TEXT.to_vec();
        let short_tag = AesGcm::<Aes128, U12>::new(key.expose_secret().into())
            .encrypt_inout_detached(&cut, &[], InOutBuf::from(&mut short[..]))
            .unwrap();
        short.extend_from_slice(&short_tag);
        for (reply, fault) in [
            (good.clone(), None),
            (
                gcm::seal(key, iv, TEXT),
                Some(ReplyFault::VectorNotInverted),
            ),
            (
                gcm::seal(key, &InitialVector::new(first_only), TEXT),
                Some(ReplyFault::VectorPartlyInverted),
            ),
            (short, Some(ReplyFault::VectorCut)),
            ([tag, text].concat(), Some(ReplyFault::TagInFront)),
            (text.to_vec(), Some(ReplyFault::TagMissing)),
            (altered, Some(ReplyFault::TagWrong)),
            (vec![1, 2, 3], Some(ReplyFault::TooShort)),
            (vec![7; 64], Some(ReplyFault::Unknown)),
            (
                gcm::seal(&AesKey::new([9; 16]), &iv.inverted(), TEXT),
                Some(ReplyFault::Unknown),
            ),
        ] {
            assert_eq!(reply_key.diagnose(&reply), fault);
        }
    }
}
