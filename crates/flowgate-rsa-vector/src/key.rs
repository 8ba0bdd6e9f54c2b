//! A private key in the form that the kernels take, and what is done for a batch.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use crate::blinding::{Blinding, USES};
use crate::components::{bits, significant};
use crate::exponent::Exponent;
use crate::limbs::{self, MODULUS_LIMBS, PRIME_LIMBS, from_bytes, is_less, to_bytes};
use crate::oaep::{self, Message};
use crate::primes::PrimeConstants;
use crate::ymm::arithmetic::ZERO;
use crate::ymm::ops::Lanes;
use crate::ymm::public::{PublicKernel, PublicScratch, Wide};
use crate::{CIPHERTEXT_BYTES, Components, Failure, MAX_BATCH, Unsupported, ymm, zmm};

/// An RSA-2048 private key that unwraps up to four ciphertexts at once.
///
/// # Security
///
/// Every private-key operation is blinded, and its result is raised to the public
/// exponent and compared with the ciphertext before anything is made of it. The
/// kernels have no branch and no address that depends on a secret. Key and
/// intermediate values are cleared when dropped. Nobody outside the project has
/// audited this code.
pub struct VectorKey {
    n: [u64; MODULUS_LIMBS],
    public: PublicKernel,
    four: zmm::private::PrivateKernel,
    two: ymm::private::PrivateKernel,
    /// dp and dq.
    exponents: [Exponent; 2],
    /// p - 2 and q - 2: raises to the inverse.
    inverting: [Exponent; 2],
    /// Memory and blinding factors of batches that are not running now: as many
    /// as there were batches at the same time.
    idle: Mutex<Vec<Box<Workplace>>>,
}

/// What one batch at a time needs for itself; parts clear themselves when dropped.
struct Workplace {
    blinding: Option<Blinding>,
    four: zmm::power::Scratch,
    two: ymm::power::Scratch,
    public: PublicScratch,
}

impl VectorKey {
    /// Prepares a key, if this processor and these numbers are what the kernels
    /// are made for.
    ///
    /// # Errors
    ///
    /// [`Unsupported`] says what is not.
    pub fn new(components: &Components<'_>) -> Result<Self, Unsupported> {
        if !is_supported() {
            return Err(Unsupported::Processor);
        }
        let found = bits(components.n);
        if found != 2048 {
            return Err(Unsupported::ModulusSize { found });
        }
        for prime in [components.p, components.q] {
            let found = bits(prime);
            if found != 1024 {
                return Err(Unsupported::PrimeSize { found });
            }
        }
        if significant(components.e) != [1, 0, 1] {
            return Err(Unsupported::PublicExponent);
        }
        let secret = |bytes| {
            if bits(bytes) > 1024 {
                return Err(Unsupported::Inconsistent);
            }
            Ok(Zeroizing::new(from_bytes::<PRIME_LIMBS>(significant(
                bytes,
            ))))
        };
        let [p, q] = [secret(components.p)?, secret(components.q)?];
        let [dp, dq] = [secret(components.dp)?, secret(components.dq)?];
        let coefficient = secret(components.qinv)?;
        let n = from_bytes::<MODULUS_LIMBS>(significant(components.n));
        let product = Zeroizing::new(limbs::multiply(&p, &q));
        let consistent = product.ct_eq(&n)
            & Choice::from((p[0] & q[0] & 1) as u8)
            & is_less(&dp, &p)
            & is_less(&dq, &q)
            & is_less(&coefficient, &p);
        if !bool::from(consistent) {
            return Err(Unsupported::Inconsistent);
        }

        let primes = [PrimeConstants::new(&p), PrimeConstants::new(&q)];
        let mut two = [0; PRIME_LIMBS];
        two[0] = 2;
        let less_two = |prime| Zeroizing::new(limbs::subtract(prime, &two).0);
        let coefficient = Zeroizing::new(primes[0].to_montgomery(&coefficient));
        let key = Self {
            n,
            public: PublicKernel::new(&n),
            four: zmm::private::PrivateKernel::new(&primes, &coefficient),
            two: ymm::private::PrivateKernel::new(&primes, &coefficient),
            exponents: [Exponent::new(&dp), Exponent::new(&dq)],
            inverting: [Exponent::new(&less_two(&p)), Exponent::new(&less_two(&q))],
            idle: Mutex::new(Vec::new()),
        };
        // The first batch finds its blinding factors made.
        let mut workplace = key.workplace();
        key.blind(&mut workplace)
            .map_err(|_| Unsupported::Randomness)?;
        key.idle().push(workplace);
        Ok(key)
    }

    /// Decrypts RSA-OAEP with SHA-256, MGF1-SHA-256 and an empty label, four
    /// ciphertexts at a time, and returns the outcomes in their order.
    ///
    /// One ciphertext takes as long as two, and three as long as four.
    ///
    /// # Errors
    ///
    /// For each ciphertext by itself: [`Failure::CannotDecrypt`], or
    /// [`Failure::NotComputed`] if its result has not passed the check.
    pub fn unwrap_batch(
        &self,
        ciphertexts: &[&[u8; CIPHERTEXT_BYTES]],
    ) -> Vec<Result<Message, Failure>> {
        let mut outcomes = Vec::with_capacity(ciphertexts.len());
        for batch in ciphertexts.chunks(MAX_BATCH) {
            let mut workplace = self.workplace();
            if self.blind(&mut workplace).is_err() {
                outcomes.extend(batch.iter().map(|_| Err(Failure::NotComputed)));
                continue;
            }
            #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
            // SAFETY: there is no key without `new` having found the features.
            let results = unsafe { self.decrypted(batch, &mut workplace) };
            self.idle().push(workplace);
            outcomes.extend(results.iter().take(batch.len()).map(|result| {
                let padded = result.as_ref().map_err(|failure| *failure)?;
                oaep::decoded(padded).ok_or(Failure::CannotDecrypt)
            }));
        }
        outcomes
    }

    /// Takes an idle place to work, or makes one.
    fn workplace(&self) -> Box<Workplace> {
        let idle = self.idle().pop();
        idle.unwrap_or_else(|| {
            Box::new(Workplace {
                blinding: None,
                four: zmm::power::Scratch::new(),
                two: ymm::power::Scratch::new(),
                public: PublicScratch::new(),
            })
        })
    }

    /// Locks the idle places; no code panics while holding the lock.
    fn idle(&self) -> MutexGuard<'_, Vec<Box<Workplace>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that there are blinding factors that may still be used.
    fn blind(&self, workplace: &mut Workplace) -> Result<(), getrandom::Error> {
        if workplace
            .blinding
            .as_ref()
            .is_some_and(|blinding| blinding.uses > 0)
        {
            return Ok(());
        }
        let random = Zeroizing::new(self.random_numbers()?);
        #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
        // SAFETY: there is no key without `new` having found the features.
        let blinding = unsafe { self.blinding(&random, workplace) };
        workplace.blinding = Some(blinding);
        Ok(())
    }

    /// Draws four numbers from 1 to n - 1.
    fn random_numbers(&self) -> Result<Wide, getrandom::Error> {
        let mut numbers = [ZERO; MODULUS_LIMBS];
        let mut bytes = Zeroizing::new([0; CIPHERTEXT_BYTES]);
        for lane in 0..MAX_BATCH {
            let number = loop {
                getrandom::fill(bytes.as_mut_slice())?;
                let number = Zeroizing::new(from_bytes(bytes.as_slice()));
                // Numbers that are thrown away may be known; zero is not drawn.
                if is_less(&number, &self.n).into() {
                    break number;
                }
            };
            for (to, limb) in numbers.iter_mut().zip(number.iter()) {
                to.0[lane] = *limb;
            }
        }
        Ok(numbers)
    }

    /// Makes blinding factors of random numbers r: r^e, and 1/r as the power
    /// p - 2 modulo p and q - 2 modulo q.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    fn blinding(&self, random: &Wide, workplace: &mut Workplace) -> Blinding {
        let Workplace { four, public, .. } = workplace;
        let encrypted = Zeroizing::new(self.public.encrypted(random, public));
        let numbers = Zeroizing::new(random.map(|limb| limb.0));
        let inverse = Zeroizing::new(self.four.power(&numbers, &self.inverting, four));
        let inverse = Zeroizing::new(inverse.map(Lanes));
        four.zeroize();
        Blinding {
            factor: self.public.to_montgomery(&encrypted, public),
            inverse: self.public.to_montgomery(&inverse, public),
            uses: USES,
        }
    }

    /// Raises up to four ciphertexts to the private exponent, blinded, and
    /// checks the results.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    fn decrypted(
        &self,
        batch: &[&[u8; CIPHERTEXT_BYTES]],
        workplace: &mut Workplace,
    ) -> [Result<Zeroizing<[u8; CIPHERTEXT_BYTES]>, Failure>; MAX_BATCH] {
        let mut in_range = [false; MAX_BATCH];
        // Places without a ciphertext, or with one that is too large, hold zero.
        let mut ciphertexts = [ZERO; MODULUS_LIMBS];
        for (lane, bytes) in batch.iter().enumerate() {
            let number = from_bytes(*bytes);
            // Ciphertext and modulus are public.
            in_range[lane] = is_less(&number, &self.n).into();
            if in_range[lane] {
                for (to, limb) in ciphertexts.iter_mut().zip(number) {
                    to.0[lane] = limb;
                }
            }
        }

        let Workplace {
            blinding,
            four,
            two,
            public,
        } = workplace;
        let Some(factors) = blinding else {
            return [const { Err(Failure::NotComputed) }; MAX_BATCH];
        };
        let blinded = self
            .public
            .multiplied(&ciphertexts, &factors.factor, public);
        let powers = Zeroizing::new(if batch.len() > 2 {
            let blinded = blinded.map(|limb| limb.0);
            let powers = Zeroizing::new(self.four.power(&blinded, &self.exponents, four));
            four.zeroize();
            powers.map(Lanes)
        } else {
            let blinded = blinded.map(|limb| [limb.0[0], limb.0[1]]);
            let powers = Zeroizing::new(self.two.power(&blinded, &self.exponents, two));
            two.zeroize();
            powers.map(|limb| Lanes([limb[0], limb[1], 0, 0]))
        });
        let mut messages =
            Zeroizing::new(self.public.multiplied(&powers, &factors.inverse, public));
        self.public.reduce_once(&mut messages);

        // The strongest safeguard: whatever went wrong above, in the processor's
        // arithmetic or in a constant of the key, does not lead back to the
        // ciphertext. n is the one that ciphertexts were compared with.
        let encrypted = self.public.encrypted(&messages, public);
        let results = std::array::from_fn(|lane| {
            let difference = encrypted
                .iter()
                .zip(&ciphertexts)
                .fold(0, |sum, (a, b)| sum | (a.0[lane] ^ b.0[lane]));
            if lane < batch.len() && !in_range[lane] {
                return Err(Failure::CannotDecrypt);
            }
            if difference != 0 {
                return Err(Failure::NotComputed);
            }
            let number = Zeroizing::new(messages.map(|limb| limb.0[lane]));
            Ok(Zeroizing::new(to_bytes(&number)))
        });
        public.zeroize();

        factors.uses -= 1;
        factors.factor = self
            .public
            .multiplied(&factors.factor, &factors.factor, public);
        factors.inverse = self
            .public
            .multiplied(&factors.inverse, &factors.inverse, public);
        if results
            .iter()
            .any(|result| matches!(result, Err(Failure::NotComputed)))
        {
            // Perhaps the factors are what is wrong.
            *blinding = None;
        }
        results
    }
}

impl fmt::Debug for VectorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VectorKey")
    }
}

/// Tells whether this processor has the instructions that the kernels need.
pub(crate) fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512ifma")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw")
}

#[cfg(test)]
mod tests;
