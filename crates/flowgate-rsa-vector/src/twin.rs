//! The kernels in plain code, for one lane: what they are meant to do, step by
//! step and limb by limb. Tests hold the kernels against it, with overflow
//! checks on, and it against big integers.

use crate::limbs::{LIMB_BITS, LIMB_MASK};
use crate::primes::PrimeConstants;

/// The low 52 bits of a product, as the instruction takes it.
fn low(a: u64, b: u64) -> i64 {
    (product(a, b) as u64 & LIMB_MASK).cast_signed()
}

/// The high 52 bits of a product.
fn high(a: u64, b: u64) -> i64 {
    ((product(a, b) >> LIMB_BITS) as u64).cast_signed()
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a & LIMB_MASK) * u128::from(b & LIMB_MASK)
}

/// A column is carried: what stays, and what goes on.
fn split(column: i64) -> (u64, i64) {
    (column.cast_unsigned() & LIMB_MASK, column >> LIMB_BITS)
}

/// Adds `a` · `b` to columns.
pub(crate) fn add_product(columns: &mut [i64], a: &[u64], b: &[u64]) {
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            columns[i + j] += low(*x, *y);
            columns[i + j + 1] += high(*x, *y);
        }
    }
}

/// Adds `a`² to columns that are zero: different limbs once, and then doubled.
fn add_square(columns: &mut [i64], a: &[u64]) {
    for (i, x) in a.iter().enumerate() {
        for (j, y) in a.iter().enumerate().skip(i + 1) {
            columns[i + j] += low(*x, *y);
            columns[i + j + 1] += high(*x, *y);
        }
    }
    for (i, x) in a.iter().enumerate() {
        columns[2 * i] = 2 * columns[2 * i] + low(*x, *x);
        columns[2 * i + 1] = 2 * columns[2 * i + 1] + high(*x, *x);
    }
}

/// Montgomery's steps for the lowest columns; the factors that they take.
pub(crate) fn reduce(columns: &mut [i64], modulus: &[u64], inverse: u64, steps: usize) -> Vec<u64> {
    let mut factors = Vec::new();
    for i in 0..steps {
        let factor = low(columns[i].cast_unsigned(), inverse).cast_unsigned();
        // Exact: with the low half of the first product the column is a
        // multiple of 2^52.
        let whole = columns[i] + low(factor, modulus[0]);
        assert_eq!(split(whole).0, 0);
        columns[i + 1] += (columns[i] + LIMB_MASK.cast_signed()) >> LIMB_BITS;
        assert_eq!(
            whole >> LIMB_BITS,
            (columns[i] + LIMB_MASK.cast_signed()) >> LIMB_BITS
        );
        for (j, m) in modulus.iter().enumerate() {
            if j > 0 {
                columns[i + j] += low(factor, *m);
            }
            columns[i + j + 1] += high(factor, *m);
        }
        factors.push(factor);
    }
    factors
}

/// Carries columns to limbs, and returns what is above the last one.
pub(crate) fn carry(columns: &[i64]) -> (Vec<u64>, i64) {
    let mut carry = 0;
    let limbs = columns.iter().map(|column| {
        let (limb, above) = split(column + carry);
        carry = above;
        limb
    });
    (limbs.collect(), carry)
}

/// Adds in limbs, and tells the bit that these do not hold.
fn add(a: &[u64], b: &[u64]) -> (Vec<u64>, bool) {
    let sums: Vec<i64> = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a + b).cast_signed())
        .collect();
    let (limbs, carry) = carry(&sums);
    assert!(carry == 0 || carry == 1);
    (limbs, carry == 1)
}

/// `limbs` if `chosen`, else zero.
fn masked(limb: u64, chosen: bool) -> i64 {
    if chosen { limb.cast_signed() } else { 0 }
}

/// `a` · `b` / R modulo the modulus: as `square` of the kernels if it is the same
/// number twice.
pub(crate) fn multiply(a: &[u64; 20], b: &[u64; 20], constants: &PrimeConstants) -> Vec<u64> {
    let multiply_half = |a: &[u64], b: &[u64]| {
        let mut columns = [0; 20];
        if a == b {
            add_square(&mut columns, a);
        } else {
            add_product(&mut columns, a, b);
        }
        columns
    };
    let (s, c) = add(&a[..10], &a[10..]);
    let (u, d) = add(&b[..10], &b[10..]);
    let p = multiply_half(&a[..10], &b[..10]);
    let q = multiply_half(&a[10..], &b[10..]);
    let m = multiply_half(&s, &u);

    // T = P + (M - P - Q) X + Q X², with M = S U + (d S + c U) X + c d X².
    let (lowest, carried) = carry(&p[..10]);
    let mut columns = [0; 30];
    for j in 0..10 {
        columns[j] = p[10 + j] + m[j] - p[j] - q[j];
        columns[10 + j] =
            q[j] + m[10 + j] - p[10 + j] - q[10 + j] + masked(s[j], d) + masked(u[j], c);
        columns[20 + j] = q[10 + j];
    }
    columns[0] += carried;
    columns[20] += i64::from(c && d);

    let (w, c) = add(&lowest[..5], &lowest[5..]);
    for (at, half) in [0, 10].into_iter().zip(&constants.fold) {
        let d = half.carry != 0;
        let multiply_quarter = |a: &[u64], b: &[u64]| {
            let mut columns = [0; 10];
            add_product(&mut columns, a, b);
            columns
        };
        let x = multiply_quarter(&lowest[..5], &half.blocks[0]);
        let y = multiply_quarter(&lowest[5..], &half.blocks[1]);
        let z = multiply_quarter(&w, &half.sum);
        for j in 0..10 {
            columns[at + j] += x[j];
            columns[at + 5 + j] += z[j] - x[j] - y[j];
            columns[at + 10 + j] += y[j];
        }
        for j in 0..5 {
            columns[at + 10 + j] += masked(half.sum[j], c) + masked(w[j], d);
        }
        columns[at + 15] += i64::from(c && d);
    }

    // The last fold of a limb reaches one column more.
    let mut columns = columns.to_vec();
    columns.push(0);
    for i in 0..9 {
        let (limb, above) = split(columns[i]);
        columns[i] = 0;
        columns[i + 1] += above;
        add_product(&mut columns[i + 1..], &[limb], &constants.step);
    }
    reduce(&mut columns[9..], &constants.limbs, constants.inverse, 1);
    let (mut result, above) = carry(&columns[10..]);
    assert_eq!(above, 0);
    assert_eq!(result.pop(), Some(0));
    result
}
