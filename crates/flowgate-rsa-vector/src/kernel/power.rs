//! Modular exponentiation in all lanes, with a fixed window.
//!
//! Every power is looked up by reading the whole table: neither an address nor
//! a branch depends on an exponent.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{Columns, Number, ZERO, add_product, carry, reduce};
use super::karatsuba::{FoldModulus, Products, multiply, square};
use super::ops::{LANES, Lanes, Vector, load, or_masked, sign, splat, store, sub, xor, zero};
use crate::exponent::{Exponent, TABLE_ENTRIES, WINDOW_BITS, WINDOWS};
use crate::limbs::PRIME_LIMBS;

/// What is overwritten while calculating; cleared when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Scratch {
    pub(crate) columns: Columns,
    products: Products,
    factors: Number,
    table: [Number; TABLE_ENTRIES],
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            columns: [ZERO; 2 * PRIME_LIMBS],
            products: Products::ZERO,
            factors: [ZERO; PRIME_LIMBS],
            table: [[ZERO; PRIME_LIMBS]; TABLE_ENTRIES],
        }
    }
}

/// Returns `columns` / R modulo m, in limbs.
///
/// If the columns are a · b with a, b < 2 m, the result is below
/// (4 m² + R m) / R < 1.001 m.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn reduced(scratch: &mut Scratch, modulus: &FoldModulus) -> Number {
    reduce(
        &mut scratch.columns,
        &modulus.limbs,
        &modulus.inverse,
        &mut scratch.factors,
    );
    let mut result = [ZERO; PRIME_LIMBS];
    let upper = scratch.columns.last_chunk().expect("20 of 40 columns");
    // Nothing is above limb 19: the result is below R.
    carry::<PRIME_LIMBS>(&mut result, upper);
    result
}

/// Returns `a` · `b` / R modulo m.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn multiplied(
    a: &Number,
    b: &Number,
    scratch: &mut Scratch,
    modulus: &FoldModulus,
) -> Number {
    scratch.columns = [ZERO; 2 * PRIME_LIMBS];
    add_product(&mut scratch.columns, a, b);
    reduced(scratch, modulus)
}

/// Returns `base`^`exponents` modulo m, both in Montgomery's form; the first
/// half of the lanes has the first exponent, the second half the second.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn raised(
    base: &Number,
    exponents: &[Exponent; 2],
    one: &Number,
    scratch: &mut Scratch,
    modulus: &FoldModulus,
) -> Number {
    let Scratch {
        products, table, ..
    } = scratch;
    table[0] = *one;
    for entry in 1..TABLE_ENTRIES {
        let below = table[entry - 1];
        multiply(&mut table[entry], &below, base, modulus, products);
    }
    let mut power = chosen(table, exponents, 0);
    for window in 1..WINDOWS {
        for _ in 0..WINDOW_BITS {
            let root = power;
            square(&mut power, &root, modulus, products);
        }
        let factor = chosen(table, exponents, window);
        let product = power;
        multiply(&mut power, &product, &factor, modulus, products);
    }
    power
}

/// Looks up the table entry of a window in each lane, by reading all of them.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn chosen(
    table: &[Number; TABLE_ENTRIES],
    exponents: &[Exponent; 2],
    window: usize,
) -> Number {
    let digits = digits(exponents, window);
    let mut limbs: [Vector; PRIME_LIMBS] = [zero(); PRIME_LIMBS];
    for (number, entry) in table.iter().zip(0..) {
        let mask = is_equal(digits, splat(entry));
        for (limb, from) in limbs.iter_mut().zip(number) {
            *limb = or_masked(*limb, load(from), mask);
        }
    }
    let mut result = [ZERO; PRIME_LIMBS];
    for (to, limb) in result.iter_mut().zip(limbs) {
        store(to, limb);
    }
    result
}

/// The digits of a window in their lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn digits(exponents: &[Exponent; 2], window: usize) -> Vector {
    let digits = exponents.each_ref().map(|exponent| exponent.digit(window));
    load(&Lanes(std::array::from_fn(|lane| {
        digits[lane / (LANES / 2)]
    })))
}

/// All ones where `a` = `b`, else zero, for numbers below 2^63: a - b exclusive
/// or is zero then, and only zero becomes negative by subtracting 1.
///
/// A comparison into a mask register would do as well, but the compiler makes
/// loads out of it that the mask suppresses.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn is_equal(a: Vector, b: Vector) -> Vector {
    sign(sub(xor(a, b), splat(1)))
}
