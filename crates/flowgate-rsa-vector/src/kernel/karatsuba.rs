//! Squares and products modulo a prime: Karatsuba's method for the product, and
//! for the first half of the reduction.
//!
//! X is 2^520, so a number of 20 limbs is a_0 + a_1 X, and R = X². With
//! F = 1/X modulo m, the number T = t + u X^0, u being its lowest ten limbs, has
//! T / X = t / X + u F modulo m: the first half of the reduction is a product
//! that does not wait for one factor after the other. The second half are ten
//! of Montgomery's steps.
//!
//! Columns may become negative on the way; what they stand for never does.

use std::hint::black_box;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{Number, ZERO, carry};
use super::ops::{
    Lanes, Vector, above_52, add, and, high, load, low, or_masked, splat, store, sub, zero,
};
use crate::exponent::{TABLE_ENTRIES, WINDOW_BITS};
use crate::limbs::{LIMB_MASK, PRIME_LIMBS};
use crate::unrolled::unrolled;

/// Ten limbs in each lane.
type Half = [Lanes; 10];

/// Five limbs in each lane.
type Quarter = [Lanes; 5];

/// Twenty columns.
type Block = [Lanes; 20];

/// What reducing modulo one number in each lane takes: m is odd, above 2^1023
/// and below 2^1024.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct FoldModulus {
    /// m.
    pub(crate) limbs: Number,
    /// -1 / m modulo 2^52.
    pub(crate) inverse: Lanes,
    /// F = 1/X modulo m, its lower and its upper ten limbs.
    pub(crate) fold: [FoldHalf; 2],
}

/// Half of F, v_0 + v_1 Y with Y = 2^260.
#[derive(Clone, Zeroize)]
pub(crate) struct FoldHalf {
    pub(crate) blocks: [Quarter; 2],
    /// The lowest five limbs of v_0 + v_1.
    pub(crate) sum: Quarter,
    /// All ones where this sum does not fit five limbs, else zero.
    pub(crate) carry: Lanes,
}

/// Limbs that one of a window's squarings looks up.
pub(crate) const PART_LIMBS: usize = PRIME_LIMBS / WINDOW_BITS;

/// Entries that each row of a reduction reads.
const ROW_ENTRIES: usize = TABLE_ENTRIES / 8;

/// Some limbs of every table entry.
pub(crate) type TablePart = [[Lanes; PART_LIMBS]; TABLE_ENTRIES];

/// What a squaring looks up beside its work.
pub(crate) struct Lookup<'a> {
    /// All ones in the mask of the entry that each lane wants, else zero.
    pub(crate) masks: &'a [Lanes; TABLE_ENTRIES],
    /// All entries.
    pub(crate) part: &'a TablePart,
    /// Where the wanted limbs go.
    pub(crate) chosen: &'a mut [Lanes; PART_LIMBS],
}

/// What a product is put together from.
#[derive(Zeroize)]
pub(crate) struct Products {
    /// P, the product of the lower halves.
    low: Block,
    /// Q, the product of the upper halves.
    high: Block,
    /// M, the product of the sums of the halves.
    cross: Block,
    /// Sums of the halves, without what does not fit ten limbs.
    sums: [Half; 2],
    /// What M lacks because of that, from its column 10 on.
    missing: Half,
    /// u, the lowest ten limbs of the whole, and the sum of its two blocks.
    lowest: Half,
    lowest_sum: Quarter,
    /// The other 30 columns.
    columns: [Lanes; 30],
}

impl Products {
    pub(crate) const ZERO: Self = Self {
        low: [ZERO; 20],
        high: [ZERO; 20],
        cross: [ZERO; 20],
        sums: [[ZERO; 10]; 2],
        missing: [ZERO; 10],
        lowest: [ZERO; 10],
        lowest_sum: [ZERO; 5],
        columns: [ZERO; 30],
    };
}

/// Returns `a`² / R modulo m in `result`, below 2.001 m if `a` is.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn square(
    result: &mut Number,
    a: &Number,
    modulus: &FoldModulus,
    p: &mut Products,
    lookup: Lookup<'_>,
) {
    let (a_low, a_high) = halves(a);
    let c = add_limbs(&mut p.sums[0], a_low, a_high);
    // (S + c X)² = S² + 2 c S X + c X².
    unrolled!(J < 10, {
        let s = and(load(&p.sums[0][J]), c);
        store(&mut p.missing[J], add(s, s));
    });
    square_half(&mut p.low, a_low);
    begin(p, c);
    square_half(&mut p.high, a_high);
    square_half(&mut p.cross, &p.sums[0]);
    fold(modulus, p);
    let mut chosen = [zero(); PART_LIMBS];
    montgomery(result, modulus, p, |row, step| {
        if step < ROW_ENTRIES {
            // The last two rows look at the first entries again, which changes
            // nothing.
            let entry = (row * ROW_ENTRIES + step) % TABLE_ENTRIES;
            let mask = load(&lookup.masks[entry]);
            for (limb, from) in chosen.iter_mut().zip(&lookup.part[entry]) {
                *limb = or_masked(*limb, load(from), mask);
            }
        }
    });
    for (to, limb) in lookup.chosen.iter_mut().zip(chosen) {
        store(to, limb);
    }
}

/// Returns `a` · `b` / R modulo m in `result`, below 2.001 m if both are.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn multiply(
    result: &mut Number,
    a: &Number,
    b: &Number,
    modulus: &FoldModulus,
    p: &mut Products,
) {
    let (a_low, a_high) = halves(a);
    let (b_low, b_high) = halves(b);
    let c = add_limbs(&mut p.sums[0], a_low, a_high);
    let d = add_limbs(&mut p.sums[1], b_low, b_high);
    // (S + c X)(U + d X) = S U + (d S + c U) X + c d X².
    unrolled!(J < 10, {
        let s = and(load(&p.sums[0][J]), d);
        let u = and(load(&p.sums[1][J]), c);
        store(&mut p.missing[J], add(s, u));
    });
    multiply_half(&mut p.low, a_low, b_low);
    begin(p, and(c, d));
    multiply_half(&mut p.high, a_high, b_high);
    multiply_half(&mut p.cross, &p.sums[0], &p.sums[1]);
    fold(modulus, p);
    montgomery(result, modulus, p, |_, _| ());
}

/// The lower and the upper ten limbs.
fn halves(a: &Number) -> (&Half, &Half) {
    let low = a.first_chunk().expect("10 of 20 limbs");
    let high = a.last_chunk().expect("10 of 20 limbs");
    (low, high)
}

/// Adds in limbs, and returns all ones where the sum does not fit into them.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn add_limbs<const N: usize>(sum: &mut [Lanes; N], a: &[Lanes; N], b: &[Lanes; N]) -> Vector {
    let mask = splat(LIMB_MASK.cast_signed());
    let mut carry = zero();
    for j in 0..N {
        let limb = add(add(load(&a[j]), load(&b[j])), carry);
        store(&mut sum[j], and(limb, mask));
        carry = above_52(limb);
    }
    sub(zero(), carry)
}

/// The 20 columns of the square of ten limbs.
///
/// Products of different limbs are added once and doubled when their column is
/// complete. A column gets at most ten low and ten high halves: 20 · 2^52.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn square_half(columns: &mut Block, a: &Half) {
    let mut c = [zero(); 20];
    unrolled!(I < 10, {
        let x = load(&a[I]);
        unrolled!(J < 10, {
            if J > I {
                let y = load(&a[J]);
                c[I + J] = low(c[I + J], x, y);
                c[I + J + 1] = high(c[I + J + 1], x, y);
            }
        });
        let even = low(add(c[2 * I], c[2 * I]), x, x);
        let odd = high(add(c[2 * I + 1], c[2 * I + 1]), x, x);
        store(&mut columns[2 * I], even);
        store(&mut columns[2 * I + 1], odd);
    });
}

/// The 20 columns of the product of ten limbs and ten limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn multiply_half(columns: &mut Block, a: &Half, b: &Half) {
    let mut c = [zero(); 11];
    for i in 0..10 {
        let x = load(&a[i]);
        c[10] = zero();
        unrolled!(J < 10, {
            let y = load(&b[J]);
            c[J] = low(c[J], x, y);
            c[J + 1] = high(c[J + 1], x, y);
        });
        store(&mut columns[i], c[0]);
        unrolled!(J < 10, { c[J] = c[J + 1] });
    }
    unrolled!(J < 10, { store(&mut columns[10 + J], c[J]) });
}

/// Begins to put the products together, as soon as P is known:
///
/// T = P + (M - P - Q) X + Q X²
///
/// The lowest ten columns are P's alone; they become limbs. The other 30 get what
/// does not need M and Q; `top` is all ones where M lacks one at its column 20.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn begin(p: &mut Products, top: Vector) {
    let low = p.low.first_chunk::<10>().expect("10 of 20 columns");
    let carried = carry(&mut p.lowest, low);
    unrolled!(J < 10, {
        let (p0, p1) = (load(&p.low[J]), load(&p.low[10 + J]));
        let first = sub(p1, p0);
        let second = sub(load(&p.missing[J]), p1);
        if J == 0 {
            store(&mut p.columns[0], add(first, carried));
            store(&mut p.columns[20], sub(zero(), top));
        } else {
            store(&mut p.columns[J], first);
            store(&mut p.columns[20 + J], zero());
        }
        store(&mut p.columns[10 + J], second);
    });
}

/// Adds u F: u = u_0 + u_1 Y and F = v_0 + v_1 Y + v_2 Y² + v_3 Y³ with Y = 2^260,
/// as two of Karatsuba's products, of u with v_0, v_1 and of u with v_2, v_3.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn fold(modulus: &FoldModulus, p: &mut Products) {
    let u0 = p.lowest.first_chunk().expect("5 of 10 limbs");
    let u1 = p.lowest.last_chunk().expect("5 of 10 limbs");
    let c = add_limbs(&mut p.lowest_sum, u0, u1);
    let columns = p.columns.first_chunk_mut().expect("20 of 30 columns");
    add_folded(columns, &p.lowest, &p.lowest_sum, c, &modulus.fold[0]);
    let columns = p.columns.last_chunk_mut().expect("20 of 30 columns");
    add_folded(columns, &p.lowest, &p.lowest_sum, c, &modulus.fold[1]);
}

/// Adds u · (v_0 + v_1 Y), with `w` the limbs of u_0 + u_1 and `c` all ones where
/// these do not hold it.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn add_folded(columns: &mut Block, u: &Half, w: &Quarter, c: Vector, v: &FoldHalf) {
    let mut x = [zero(); 10];
    let mut y = [zero(); 10];
    // Two products in turns, so that neither waits for its sums.
    unrolled!(I < 5, {
        let (a, b) = (load(&u[I]), load(&u[5 + I]));
        let [v0, v1] = &black_box(v).blocks;
        unrolled!(J < 5, {
            let (d, e) = (load(&v0[J]), load(&v1[J]));
            x[I + J] = low(x[I + J], a, d);
            y[I + J] = low(y[I + J], b, e);
            x[I + J + 1] = high(x[I + J + 1], a, d);
            y[I + J + 1] = high(y[I + J + 1], b, e);
        });
    });
    let mut z = [zero(); 10];
    unrolled!(J < 10, {
        z[J] = sub(sub(zero(), x[J]), y[J]);
        let sum = add(load(&columns[J]), x[J]);
        store(&mut columns[J], sum);
        let sum = add(load(&columns[10 + J]), y[J]);
        store(&mut columns[10 + J], sum);
    });
    unrolled!(I < 5, {
        let a = load(&w[I]);
        let sum = &black_box(v).sum;
        unrolled!(J < 5, {
            let d = load(&sum[J]);
            z[I + J] = low(z[I + J], a, d);
            z[I + J + 1] = high(z[I + J + 1], a, d);
        });
    });
    // (w + c Y)(s + d Y) = w s + (c s + d w) Y + c d Y².
    let d = load(&v.carry);
    unrolled!(J < 5, {
        let missing = add(and(load(&v.sum[J]), c), and(load(&w[J]), d));
        z[5 + J] = add(z[5 + J], missing);
    });
    unrolled!(J < 10, {
        let sum = add(load(&columns[5 + J]), z[J]);
        store(&mut columns[5 + J], sum);
    });
    let sum = sub(load(&columns[15]), and(c, d));
    store(&mut columns[15], sum);
}

/// Adds to the columns what is missing of M and Q, and reduces by ten limbs more:
/// Montgomery's steps as in [`super::arithmetic::reduce`], but the next factor is
/// begun as soon as its column is ready.
///
/// Beside it runs a look-up, whose loads and selections find free places between
/// the multiplications.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn montgomery(
    result: &mut Number,
    modulus: &FoldModulus,
    p: &Products,
    mut beside: impl FnMut(usize, usize),
) {
    let inverse = load(&modulus.inverse);
    let mask = splat(LIMB_MASK.cast_signed());
    let mut c: [Vector; 21] = [zero(); 21];
    unrolled!(J < 10, {
        let (m0, m1) = (load(&p.cross[J]), load(&p.cross[10 + J]));
        let (q0, q1) = (load(&p.high[J]), load(&p.high[10 + J]));
        c[J] = add(load(&p.columns[J]), sub(m0, q0));
        c[10 + J] = add(add(load(&p.columns[10 + J]), q0), sub(m1, q1));
    });
    let mut next = low(zero(), c[0], inverse);
    for i in 0..10 {
        c[20] = add(load(&p.columns[20 + i]), load(&p.high[10 + i]));
        let factor = next;
        let limbs = black_box(&modulus.limbs);
        let carry = above_52(add(c[0], mask));
        let first = load(&limbs[0]);
        let second = load(&limbs[1]);
        c[1] = low(high(add(c[1], carry), factor, first), factor, second);
        next = low(zero(), c[1], inverse);
        c[2] = high(c[2], factor, second);
        let mut early = ZERO;
        store(&mut early, next);
        let limbs = black_box((limbs, &early)).0;
        unrolled!(J < 20, {
            if J > 1 {
                let m = load(&limbs[J]);
                c[J] = low(c[J], factor, m);
                c[J + 1] = high(c[J + 1], factor, m);
            }
            if J % 4 == 3 {
                beside(i, J / 4);
            }
        });
        unrolled!(J < 20, { c[J] = c[J + 1] });
    }
    let mut carry = zero();
    unrolled!(J < 20, {
        let sum = add(c[J], carry);
        store(&mut result[J], and(sum, mask));
        carry = above_52(sum);
    });
}
