//! The private-key operation in all lanes: exponentiation modulo p and q side
//! by side, put together by Garner's formula
//! ([RFC 8017, section 5.1.2](https://www.rfc-editor.org/rfc/rfc8017#section-5.1.2)).

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::arithmetic::{Number, ZERO, add_product, carry, from_lanes, subtract_if_not_less};
use super::karatsuba::FoldModulus;
use super::ops::LANES;
use super::power::{Scratch, multiplied, raised, reduced};
use crate::exponent::Exponent;
use crate::limbs::{MODULUS_LIMBS, PRIME_LIMBS};
use crate::primes::PrimeConstants;

/// Ciphertexts that are calculated at once.
pub(crate) const NUMBERS: usize = LANES / 2;

/// A number of 40 limbs for each ciphertext.
pub(crate) type Wide = [[u64; NUMBERS]; MODULUS_LIMBS];

/// The constants of a key, p in the first half of the lanes, q in the second.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct PrivateKernel {
    pub(crate) modulus: FoldModulus,
    /// R modulo m: one in Montgomery's form.
    one: Number,
    /// R³ modulo m.
    cube: Number,
    /// 1/q modulo p in Montgomery's form, in the first half of the lanes.
    coefficient: Number,
    /// 2 p in the first half of the lanes.
    twice_p: Number,
    /// q in the first half of the lanes.
    q: Number,
}

impl PrivateKernel {
    pub(crate) fn new([p, q]: &[PrimeConstants; 2], coefficient: &[u64; PRIME_LIMBS]) -> Self {
        let halves = |first, second| from_lanes(in_halves(first, second));
        let none = [0; PRIME_LIMBS];
        Self {
            modulus: FoldModulus::new(in_halves(p, q)),
            one: halves(&p.one, &q.one),
            cube: halves(&p.cube, &q.cube),
            coefficient: halves(coefficient, &none),
            twice_p: halves(&p.limbs.map(|limb| 2 * limb), &none),
            q: halves(&q.limbs, &none),
        }
    }

    /// Raises each number to the first exponent modulo p and the second one
    /// modulo q, and returns what has these two remainders, below n.
    ///
    /// Numbers must be below 2^2050.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    pub(crate) fn power(
        &self,
        numbers: &Wide,
        exponents: &[Exponent; 2],
        scratch: &mut Scratch,
    ) -> Wide {
        for (column, limb) in scratch.columns.iter_mut().zip(numbers) {
            column.0 = std::array::from_fn(|lane| limb[lane % NUMBERS]);
        }
        // c < 2^2050 becomes c/R, below (2^2050 + R m) / R < 1.001 m, and then
        // c R.
        let base = Zeroizing::new(reduced(scratch, &self.modulus));
        let base = Zeroizing::new(multiplied(&base, &self.cube, scratch, &self.modulus));
        let power = Zeroizing::new(raised(&base, exponents, &self.one, scratch, &self.modulus));
        // Out of Montgomery's form; at most m, and m itself only for zero.
        scratch.columns = [ZERO; MODULUS_LIMBS];
        scratch.columns[..PRIME_LIMBS].copy_from_slice(&*power);
        let mut remainders = Zeroizing::new(reduced(scratch, &self.modulus));
        subtract_if_not_less(&mut remainders, &self.modulus.limbs);
        self.joined(&remainders, scratch)
    }

    /// Garner: h = (mp - mq) / q modulo p, and then mq + h q < n.
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
    fn joined(&self, remainders: &Number, scratch: &mut Scratch) -> Wide {
        // mp + 2 p - mq is above 0, because q < 2^1024 < 2 p, and below 3 p.
        let mut difference = Zeroizing::new([ZERO; PRIME_LIMBS]);
        for (to, (from, twice_p)) in difference
            .iter_mut()
            .zip(remainders.iter().zip(&self.twice_p))
        {
            for lane in 0..NUMBERS {
                to.0[lane] = (from.0[lane] + twice_p.0[lane]).wrapping_sub(from.0[lane + NUMBERS]);
            }
        }
        let mut limbs = Zeroizing::new([ZERO; PRIME_LIMBS]);
        carry(&mut limbs, &difference);
        let mut h = Zeroizing::new(multiplied(
            &limbs,
            &self.coefficient,
            scratch,
            &self.modulus,
        ));
        subtract_if_not_less(&mut h, &self.modulus.limbs);

        scratch.columns = [ZERO; MODULUS_LIMBS];
        for (column, from) in scratch.columns.iter_mut().zip(remainders) {
            column.0[..NUMBERS].copy_from_slice(&from.0[NUMBERS..]);
        }
        add_product(&mut scratch.columns, &h, &self.q);
        let mut message = Zeroizing::new([ZERO; MODULUS_LIMBS]);
        carry(&mut message, &scratch.columns);
        message.map(|limb| std::array::from_fn(|lane| limb.0[lane]))
    }
}

/// One thing for the first half of the lanes, and another for the second.
fn in_halves<'a, T>(first: &'a T, second: &'a T) -> [&'a T; LANES] {
    std::array::from_fn(|lane| if lane < NUMBERS { first } else { second })
}
