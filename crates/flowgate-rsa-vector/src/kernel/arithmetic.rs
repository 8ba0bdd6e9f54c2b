//! Products, squares and Montgomery reduction of numbers of 20 limbs in all
//! lanes. Compiled once for each width of vector.
//!
//! **Columns** are sums that have not been carried yet: column k has the weight
//! 2^(52 k). They are signed 64-bit numbers. R is 2^1040.
//!
//! Every function is a straight line but for loops of a fixed count. The plain
//! code in `twin.rs` says the same step by step.

use super::ops::{
    LANES, Lanes, Vector, above_52, add, and, high, load, low, select, sign, splat, store, sub,
    zero,
};
use crate::limbs::{LIMB_MASK, PRIME_LIMBS};
use crate::unrolled::unrolled;

/// A number of 20 limbs in each lane.
pub(crate) type Number = [Lanes; PRIME_LIMBS];

/// The columns of a product of two such numbers.
pub(crate) type Columns = [Lanes; 2 * PRIME_LIMBS];

/// Zero in all lanes.
pub(crate) const ZERO: Lanes = Lanes([0; LANES]);

/// Puts a number into each lane.
pub(crate) fn from_lanes<const N: usize>(numbers: [&[u64; N]; LANES]) -> [Lanes; N] {
    std::array::from_fn(|limb| Lanes(numbers.map(|number| number[limb])))
}

/// Adds `a` · `b` to the columns.
///
/// Limbs are below 2^52. Each column gets at most 20 low and 20 high halves,
/// less than 40 · 2^52 < 2^57.4.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn add_product(columns: &mut Columns, a: &Number, b: &Number) {
    let mut c: [Vector; PRIME_LIMBS + 1] = [zero(); PRIME_LIMBS + 1];
    unrolled!(J < 20, { c[J] = load(&columns[J]) });
    for i in 0..PRIME_LIMBS {
        let a = load(&a[i]);
        c[PRIME_LIMBS] = load(&columns[i + PRIME_LIMBS]);
        unrolled!(J < 20, {
            let b = load(&b[J]);
            c[J] = low(c[J], a, b);
            c[J + 1] = high(c[J + 1], a, b);
        });
        store(&mut columns[i], c[0]);
        unrolled!(J < 20, { c[J] = c[J + 1] });
    }
    unrolled!(J < 20, { store(&mut columns[PRIME_LIMBS + J], c[J]) });
}

/// Montgomery's reduction of 20 limbs: adds the multiple q · `modulus` that
/// makes columns 0 to 19 zero, and carries what is left of them to column 20.
///
/// In each row the low half of q · m_0 makes column c a multiple of 2^52
/// without being calculated: the carry (c + low(q m_0)) / 2^52 is c / 2^52,
/// rounded up. Columns grow by at most 40 · 2^52.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn reduce(columns: &mut Columns, modulus: &Number, inverse: &Lanes, q: &mut Number) {
    let inverse = load(inverse);
    let mask = splat(LIMB_MASK.cast_signed());
    let mut c: [Vector; PRIME_LIMBS + 1] = [zero(); PRIME_LIMBS + 1];
    unrolled!(J < 20, { c[J] = load(&columns[J]) });
    for i in 0..PRIME_LIMBS {
        let factor = low(zero(), c[0], inverse);
        store(&mut q[i], factor);
        c[PRIME_LIMBS] = load(&columns[i + PRIME_LIMBS]);
        let carry = above_52(add(c[0], mask));
        c[1] = add(c[1], carry);
        unrolled!(J < 20, {
            let m = load(&modulus[J]);
            if J != 0 {
                c[J] = low(c[J], factor, m);
            }
            c[J + 1] = high(c[J + 1], factor, m);
        });
        unrolled!(J < 20, { c[J] = c[J + 1] });
    }
    unrolled!(J < 20, { store(&mut columns[PRIME_LIMBS + J], c[J]) });
}

/// Carries columns to limbs, and returns what is above the last one.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn carry<const N: usize>(limbs: &mut [Lanes; N], columns: &[Lanes; N]) -> Vector {
    let mask = splat(LIMB_MASK.cast_signed());
    let mut carry = zero();
    for (limb, column) in limbs.iter_mut().zip(columns) {
        let sum = add(load(column), carry);
        store(limb, and(sum, mask));
        carry = above_52(sum);
    }
    carry
}

/// Subtracts `b` from `a` where that leaves nothing negative.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn subtract_if_not_less<const N: usize>(a: &mut [Lanes; N], b: &[Lanes; N]) {
    let mut difference = [ZERO; N];
    for j in 0..N {
        store(&mut difference[j], sub(load(&a[j]), load(&b[j])));
    }
    let mut limbs = [ZERO; N];
    let negative = sign(carry(&mut limbs, &difference));
    for j in 0..N {
        let limb = select(negative, load(&a[j]), load(&limbs[j]));
        store(&mut a[j], limb);
    }
}
