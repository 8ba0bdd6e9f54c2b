//! RSA-OAEP in vectors for what is queued, with aws-lc-rs beside it: for single
//! requests, for keys and processors that the vectors do not suit, and for every
//! result that does not pass its check.

use std::sync::atomic::{AtomicU64, Ordering};

use flowgate_rsa_vector::{CIPHERTEXT_BYTES, Components, Failure, Message, VectorKey};
use rsa::rand_core::{OsRng, RngCore};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use zeroize::Zeroizing;

use super::aws_lc::AwsLcKey;
use super::{Backend, MAX_BATCH, OaepMessage, RSA_MODULUS_BYTES, Unwrap};
use crate::{CannotDecrypt, KeyRingError, PrivateKey};

// Batches of the pool are batches of the vectors.
const _: () = assert!(MAX_BATCH == flowgate_rsa_vector::MAX_BATCH);
const _: () = assert!(RSA_MODULUS_BYTES == CIPHERTEXT_BYTES);

pub(super) struct VectorBackend {
    /// The key for batches, or why there is none.
    vector: Result<VectorKey, String>,
    aws_lc: AwsLcKey,
    redone: AtomicU64,
}

impl VectorBackend {
    /// Prepares the key for both, and compares them with each other.
    pub(super) fn new(key: &PrivateKey) -> Result<Self, KeyRingError> {
        let aws_lc = AwsLcKey::new(key)?;
        let vector = vector_key(key).and_then(|vector| {
            self_test(key, &vector, &aws_lc)?;
            Ok(vector)
        });
        Ok(Self {
            vector,
            aws_lc,
            redone: AtomicU64::new(0),
        })
    }

    /// Has aws-lc-rs do what the vectors got wrong.
    fn sound(
        &self,
        outcome: Result<Message, Failure>,
        ciphertext: &[u8; RSA_MODULUS_BYTES],
    ) -> Result<OaepMessage, CannotDecrypt> {
        match outcome {
            Ok(message) => OaepMessage::new(message.expose_secret()),
            Err(Failure::CannotDecrypt) => Err(CannotDecrypt),
            Err(Failure::NotComputed) => {
                self.redone.fetch_add(1, Ordering::Relaxed);
                self.unwrap(ciphertext)
            }
        }
    }
}

impl Unwrap for VectorBackend {
    fn backend(&self) -> Backend {
        match self.vector {
            Ok(_) => Backend::Vector,
            Err(_) => Backend::AwsLc,
        }
    }

    fn unwrap(
        &self,
        encrypted_aes_key: &[u8; RSA_MODULUS_BYTES],
    ) -> Result<OaepMessage, CannotDecrypt> {
        // One alone takes as long as two in vectors.
        self.aws_lc.unwrap(encrypted_aes_key)
    }

    fn unwrap_batch(
        &self,
        encrypted_aes_keys: &[&[u8; RSA_MODULUS_BYTES]],
    ) -> Vec<Result<OaepMessage, CannotDecrypt>> {
        let mut outcomes = Vec::with_capacity(encrypted_aes_keys.len());
        for batch in encrypted_aes_keys.chunks(MAX_BATCH) {
            match (&self.vector, batch) {
                (_, [single]) => outcomes.push(self.unwrap(single)),
                (Ok(vector), _) => {
                    let computed = vector.unwrap_batch(batch).into_iter().zip(batch);
                    outcomes.extend(computed.map(|(one, ciphertext)| self.sound(one, ciphertext)));
                }
                (Err(_), _) => outcomes.extend(batch.iter().map(|one| self.unwrap(one))),
            }
        }
        outcomes
    }

    fn batch_size(&self) -> usize {
        match self.vector {
            Ok(_) => MAX_BATCH,
            Err(_) => 1,
        }
    }

    fn fallback_reason(&self) -> Option<&str> {
        self.vector.as_ref().err().map(String::as_str)
    }

    fn redone(&self) -> u64 {
        self.redone.load(Ordering::Relaxed)
    }
}

/// Hands the numbers of a key to the vectors.
fn vector_key(key: &PrivateKey) -> Result<VectorKey, String> {
    let key = key.rsa();
    let secret = |bytes| Zeroizing::new(bytes);
    let ([p, q], Some(dp), Some(dq), Some(qinv)) =
        (key.primes(), key.dp(), key.dq(), key.crt_coefficient())
    else {
        return Err("the key has no CRT values".to_owned());
    };
    let qinv = Zeroizing::new(qinv);
    VectorKey::new(&Components {
        n: &key.n().to_bytes_be(),
        e: &key.e().to_bytes_be(),
        p: &secret(p.to_bytes_be()),
        q: &secret(q.to_bytes_be()),
        dp: &secret(dp.to_bytes_be()),
        dq: &secret(dq.to_bytes_be()),
        qinv: &secret(qinv.to_bytes_be()),
    })
    .map_err(|unsupported| unsupported.to_string())
}

/// Unwraps the same ciphertexts of this very key both ways, good ones and a bad
/// one, in batches of each kernel.
fn self_test(key: &PrivateKey, vector: &VectorKey, aws_lc: &AwsLcKey) -> Result<(), String> {
    let mut ciphertexts = Vec::new();
    for _ in 0..MAX_BATCH {
        let mut message = Zeroizing::new([0; crate::AES_KEY_BYTES]);
        let random = OsRng.try_fill_bytes(message.as_mut_slice());
        random.map_err(|error| error.to_string())?;
        let wrapped = key.public_key().wrap(&message);
        let wrapped = wrapped.map_err(|error| error.to_string())?;
        let wrapped: [u8; RSA_MODULUS_BYTES] = wrapped
            .try_into()
            .map_err(|_| "a ciphertext has another length than the modulus".to_owned())?;
        ciphertexts.push(wrapped);
    }
    // The lowest bit: the number stays below the modulus, but no longer opens.
    ciphertexts[1][RSA_MODULUS_BYTES - 1] ^= 1;
    let ciphertexts: Vec<&[u8; RSA_MODULUS_BYTES]> = ciphertexts.iter().collect();
    for size in [MAX_BATCH, 2] {
        let batch = &ciphertexts[..size];
        for (ours, ciphertext) in vector.unwrap_batch(batch).iter().zip(batch) {
            let theirs = aws_lc.unwrap(ciphertext);
            let same = match (ours.as_ref().map(Message::expose_secret), &theirs) {
                (Ok(ours), Ok(theirs)) => ours == theirs.expose_secret(),
                (Err(Failure::CannotDecrypt), Err(CannotDecrypt)) => true,
                _ => false,
            };
            if !same {
                return Err("its results differ from those of aws-lc-rs".to_owned());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rsa::pkcs8::{EncodePrivateKey, LineEnding};
    use rsa::{BigUint, RsaPrivateKey};

    use super::*;

    fn wrapped(key: &PrivateKey, aes_key: [u8; 16]) -> [u8; RSA_MODULUS_BYTES] {
        key.public_key().wrap(&aes_key).unwrap().try_into().unwrap()
    }

    #[test]
    fn batches_of_every_size_are_unwrapped_each_by_itself() {
        let key = PrivateKey::generate().unwrap();
        let backend = VectorBackend::new(&key).unwrap();
        for size in 0..=9 {
            let mut batch: Vec<_> = (0..size).map(|at| wrapped(&key, [at; 16])).collect();
            if let Some(bad) = batch.get_mut(2) {
                bad[100] ^= 4;
            }
            let outcomes = backend.unwrap_batch(&batch.iter().collect::<Vec<_>>());
            assert_eq!(outcomes.len(), batch.len());
            for (at, outcome) in outcomes.into_iter().enumerate() {
                let expected = (at != 2).then_some([at as u8; 16]);
                let message = outcome.as_ref().ok().map(OaepMessage::expose_secret);
                assert_eq!(message, expected.as_ref().map(<[u8; 16]>::as_slice));
            }
        }
        assert_eq!(backend.redone(), 0);
    }

    #[test]
    fn what_did_not_pass_its_check_is_done_again_and_counted() {
        let key = PrivateKey::generate().unwrap();
        let backend = VectorBackend::new(&key).unwrap();
        let ciphertext = wrapped(&key, [7; 16]);
        let again = backend.sound(Err(Failure::NotComputed), &ciphertext);
        assert_eq!(again.unwrap().expose_secret(), [7; 16]);
        assert!(
            backend
                .sound(Err(Failure::CannotDecrypt), &ciphertext)
                .is_err()
        );
        assert_eq!(backend.redone(), 1);
    }

    #[test]
    fn a_key_that_does_not_suit_is_left_to_aws_lc_with_the_reason() {
        let exponent = BigUint::from(65539_u32);
        let rsa = loop {
            // Not every pair of primes goes with every exponent.
            if let Ok(rsa) = RsaPrivateKey::new_with_exp(&mut OsRng, 2048, &exponent) {
                break rsa;
            }
        };
        let pem = rsa.to_pkcs8_pem(LineEnding::LF).unwrap();
        let key = PrivateKey::from_text(&pem, None).unwrap();
        let backend = VectorBackend::new(&key).unwrap();
        assert_eq!(backend.backend(), Backend::AwsLc);
        assert_eq!(backend.batch_size(), 1);
        let reason = backend.fallback_reason().unwrap();
        // A processor without the instructions is found out first.
        assert!(
            reason.contains("65537") || reason.contains("AVX-512"),
            "{reason}"
        );
        let batch = [[1; 16], [2; 16]].map(|aes_key| wrapped(&key, aes_key));
        let outcomes = backend.unwrap_batch(&batch.each_ref());
        assert!(outcomes.iter().all(Result::is_ok));
    }
}
