//! Modular exponentiation in all lanes, with a fixed window.
//!
//! Every power is looked up by reading the whole table: neither an address nor
//! a branch depends on an exponent.

use std::mem::swap;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{Columns, Number, ZERO, add_product, carry, reduce};
use super::karatsuba::{FoldModulus, Lookup, PART_LIMBS, Products, TablePart, multiply, square};
use super::ops::{LANES, Lanes, Vector, load, sign, splat, store, sub, xor};
use crate::exponent::{Exponent, TABLE_ENTRIES, WINDOW_BITS, WINDOWS};
use crate::limbs::PRIME_LIMBS;

/// What is overwritten while calculating; cleared when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Scratch {
    pub(crate) columns: Columns,
    products: Products,
    factors: Number,
    table: [TablePart; WINDOW_BITS],
    masks: [Lanes; TABLE_ENTRIES],
    chosen: [[Lanes; PART_LIMBS]; WINDOW_BITS],
    powers: [Number; 2],
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            columns: [ZERO; 2 * PRIME_LIMBS],
            products: Products::ZERO,
            factors: [ZERO; PRIME_LIMBS],
            table: [[[ZERO; PART_LIMBS]; TABLE_ENTRIES]; WINDOW_BITS],
            masks: [ZERO; TABLE_ENTRIES],
            chosen: [[ZERO; PART_LIMBS]; WINDOW_BITS],
            powers: [[ZERO; PRIME_LIMBS]; 2],
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
        products,
        table,
        masks,
        chosen,
        powers: [power, other],
        ..
    } = scratch;
    *power = *one;
    for entry in 0..TABLE_ENTRIES {
        for (part, limbs) in table.iter_mut().zip(power.as_chunks().0) {
            part[entry] = *limbs;
        }
        multiply(other, power, base, modulus, products);
        *power = *other;
    }
    *power = *one;
    let (mut power, mut other) = (power, other);
    for window in 0..WINDOWS {
        set_masks(masks, exponents, window);
        for (part, chosen) in table.iter().zip(chosen.iter_mut()) {
            let lookup = Lookup {
                masks,
                part,
                chosen,
            };
            square(other, power, modulus, products, lookup);
            swap(&mut power, &mut other);
        }
        let factor = chosen.as_flattened().first_chunk().expect("20 limbs");
        multiply(other, power, factor, modulus, products);
        swap(&mut power, &mut other);
    }
    *power
}

/// Sets the mask of each table entry to ones in the lanes whose exponent has this
/// digit in the window.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn set_masks(
    masks: &mut [Lanes; TABLE_ENTRIES],
    exponents: &[Exponent; 2],
    window: usize,
) {
    let digits = digits(exponents, window);
    for (mask, entry) in masks.iter_mut().zip(0..) {
        store(mask, is_equal(digits, splat(entry)));
    }
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
