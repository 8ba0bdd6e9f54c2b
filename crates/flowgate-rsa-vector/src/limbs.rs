//! Numbers as limbs of 52 bits, least significant first, and the arithmetic on
//! them that is done once for each key: plain code without branches or
//! addresses that depend on the numbers.

use subtle::{Choice, ConditionallySelectable};

/// Bits of a limb: what the multiplier of AVX-512 IFMA takes.
pub(crate) const LIMB_BITS: usize = 52;

/// The largest limb.
pub(crate) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Limbs of a number modulo a prime of 1024 bits: 1040 bits.
pub(crate) const PRIME_LIMBS: usize = 20;

/// Limbs of a number modulo n: 2080 bits.
pub(crate) const MODULUS_LIMBS: usize = 2 * PRIME_LIMBS;

/// Reads a number of at most 52 · `N` bits from its big-endian bytes.
pub(crate) fn from_bytes<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut limbs = [0; N];
    for (at, byte) in bytes.iter().rev().enumerate() {
        let (limb, shift) = (at * 8 / LIMB_BITS, at * 8 % LIMB_BITS);
        let value = u64::from(*byte) << shift;
        limbs[limb] |= value & LIMB_MASK;
        // The upper limb gets what a byte has above bit 52.
        if shift > LIMB_BITS - 8 {
            limbs[limb + 1] |= value >> LIMB_BITS;
        }
    }
    limbs
}

/// Writes a number below 2^2048 as 256 big-endian bytes.
pub(crate) fn to_bytes(limbs: &[u64; MODULUS_LIMBS]) -> [u8; 256] {
    std::array::from_fn(|at| {
        let bit = (255 - at) * 8;
        let (limb, shift) = (bit / LIMB_BITS, bit % LIMB_BITS);
        let mut value = limbs[limb] >> shift;
        if shift > LIMB_BITS - 8 {
            value |= limbs[limb + 1] << (LIMB_BITS - shift);
        }
        value.to_le_bytes()[0]
    })
}

/// Tells whether `a` < `b`.
pub(crate) fn is_less<const N: usize>(a: &[u64; N], b: &[u64; N]) -> Choice {
    subtract(a, b).1
}

/// Returns `a` - `b` modulo 2^(52 `N`), and whether it is negative.
pub(crate) fn subtract<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], Choice) {
    let mut borrow = 0;
    let difference = std::array::from_fn(|at| {
        // Limbs are below 2^52, so bit 63 tells the sign.
        let limb = a[at].wrapping_sub(b[at]).wrapping_sub(borrow);
        borrow = limb >> 63;
        limb & LIMB_MASK
    });
    (difference, Choice::from((borrow & 1) as u8))
}

/// Multiplies two numbers of 20 limbs.
pub(crate) fn multiply(a: &[u64; PRIME_LIMBS], b: &[u64; PRIME_LIMBS]) -> [u64; MODULUS_LIMBS] {
    let mut product = [0; MODULUS_LIMBS];
    for (i, a) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, b) in b.iter().enumerate() {
            // Below 2^104 + 2^52 + 2^53.
            let sum = u128::from(*a) * u128::from(*b) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64 & LIMB_MASK;
            carry = sum >> LIMB_BITS;
        }
        product[i + PRIME_LIMBS] = carry as u64;
    }
    product
}

/// Returns `number` · 2^`exponent` modulo `modulus`, which is above `number`.
pub(crate) fn times_power_of_two<const N: usize>(
    number: &[u64; N],
    exponent: usize,
    modulus: &[u64; N],
) -> [u64; N] {
    let mut power = *number;
    for _ in 0..exponent {
        let mut carry = 0;
        let double = power.map(|limb| {
            let double = (limb << 1) | carry;
            carry = double >> LIMB_BITS;
            double & LIMB_MASK
        });
        // The modulus leaves a bit of the top limb free, so nothing is lost.
        let (less, negative) = subtract(&double, modulus);
        power = std::array::from_fn(|at| u64::conditional_select(&less[at], &double[at], negative));
    }
    power
}

/// Returns 2^`exponent` modulo `modulus` > 1.
pub(crate) fn power_of_two<const N: usize>(exponent: usize, modulus: &[u64; N]) -> [u64; N] {
    let mut one = [0; N];
    one[0] = 1;
    times_power_of_two(&one, exponent, modulus)
}

/// Returns 2^-`exponent` modulo the odd number `modulus` > 1.
pub(crate) fn power_of_half<const N: usize>(exponent: usize, modulus: &[u64; N]) -> [u64; N] {
    let mut power = [0; N];
    power[0] = 1;
    for _ in 0..exponent {
        let odd = Choice::from((power[0] & 1) as u8);
        let mut carry = 0;
        let even: [u64; N] = std::array::from_fn(|at| {
            let limb = power[at] + u64::conditional_select(&0, &modulus[at], odd) + carry;
            carry = limb >> LIMB_BITS;
            limb & LIMB_MASK
        });
        power = std::array::from_fn(|at| {
            let above = even.get(at + 1).copied().unwrap_or(0);
            (even[at] >> 1) | ((above & 1) << (LIMB_BITS - 1))
        });
    }
    power
}

/// Returns -1 / `modulus` modulo 2^52, for an odd lowest limb.
pub(crate) fn negative_inverse(modulus: u64) -> u64 {
    // Newton's iteration doubles the number of right bits: 3, 6, 12, 24, 48, 96.
    let mut inverse = modulus.wrapping_mul(3) ^ 2;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(modulus.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg() & LIMB_MASK
}

#[cfg(test)]
mod tests {
    use rsa::BigUint;

    use super::*;

    fn number(limbs: &[u64]) -> BigUint {
        limbs
            .iter()
            .rev()
            .fold(BigUint::default(), |sum, limb| (sum << LIMB_BITS) + *limb)
    }

    #[test]
    fn bytes_and_limbs_are_the_same_number() {
        let bytes: [u8; 256] = std::array::from_fn(|at| (at * 7 + 3) as u8);
        let limbs: [u64; MODULUS_LIMBS] = from_bytes(&bytes);
        assert!(limbs.iter().all(|limb| *limb <= LIMB_MASK));
        assert_eq!(number(&limbs), BigUint::from_bytes_be(&bytes));
        assert_eq!(to_bytes(&limbs), bytes);
        assert_eq!(to_bytes(&from_bytes(&[0xff; 256])), [0xff; 256]);
    }

    #[test]
    fn powers_of_two_and_of_a_half_are_right() {
        let mut bytes = [0xa7; 128];
        bytes[0] = 0x80;
        let modulus: [u64; PRIME_LIMBS] = from_bytes(&bytes);
        let big = number(&modulus);
        for exponent in [0, 1, 51, 520, 1023, 1024, 1040, 3120] {
            let power = number(&power_of_two(exponent, &modulus));
            let expected = BigUint::from(2_u8).modpow(&BigUint::from(exponent), &big);
            assert_eq!(power, expected, "2^{exponent}");
            let half = number(&power_of_half(exponent, &modulus));
            assert_eq!(half * power % &big, BigUint::from(1_u8), "2^-{exponent}");
        }
    }

    #[test]
    fn products_and_differences_are_right() {
        let a: [u64; PRIME_LIMBS] = from_bytes(&[0xff; 130]);
        let b: [u64; PRIME_LIMBS] = from_bytes(&[0xa5; 129]);
        assert_eq!(number(&multiply(&a, &a)), number(&a) * number(&a));
        assert_eq!(number(&multiply(&a, &b)), number(&a) * number(&b));
        let (difference, negative) = subtract(&a, &b);
        assert_eq!(number(&difference), number(&a) - number(&b));
        assert!(!bool::from(negative));
        assert!(bool::from(is_less(&b, &a)));
        assert!(!bool::from(is_less(&a, &a)));
    }

    #[test]
    fn the_inverse_of_a_limb_is_one() {
        for limb in [
            1,
            3,
            LIMB_MASK,
            LIMB_MASK / 2 + 2,
            0x0123_4567_89ab_cdef & LIMB_MASK,
        ] {
            let product = negative_inverse(limb).wrapping_mul(limb) & LIMB_MASK;
            assert_eq!(product, LIMB_MASK, "{limb:x}");
        }
    }
}
