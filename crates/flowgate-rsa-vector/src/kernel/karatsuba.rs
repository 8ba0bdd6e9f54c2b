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

use super::arithmetic::{Number, carry};
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
    /// F = 1/X modulo m.
    pub(crate) fold: Number,
    /// Sums of the five-limb blocks of F: 0 and 1, 2 and 3.
    pub(crate) fold_sums: [Quarter; 2],
    /// All ones where such a sum does not fit five limbs, else zero.
    pub(crate) fold_carries: [Lanes; 2],
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

/// Columns of the three products, and of the whole.
#[derive(Zeroize)]
pub(crate) struct Products {
    low: Block,
    high: Block,
    cross: Block,
    sum: [Half; 2],
    folded: [Lanes; 30],
}

impl Products {
    pub(crate) const ZERO: Self = Self {
        low: [super::arithmetic::ZERO; 20],
        high: [super::arithmetic::ZERO; 20],
        cross: [super::arithmetic::ZERO; 20],
        sum: [[super::arithmetic::ZERO; 10]; 2],
        folded: [super::arithmetic::ZERO; 30],
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
    let c = add_halves(&mut p.sum[0], a_low, a_high);
    square_half(&mut p.low, a_low);
    square_half(&mut p.high, a_high);
    square_half(&mut p.cross, &p.sum[0]);
    // (S + c X)² = S² + 2 c S X + c X².
    let mut upper = [zero(); 10];
    unrolled!(J < 10, {
        let s = and(load(&p.sum[0][J]), c);
        upper[J] = add(s, s);
    });
    join(p, upper, c);
    fold(modulus, p);
    montgomery(modulus, &mut p.folded, Some(lookup));
    carry::<20>(result, p.folded.last_chunk().expect("20 of 30 columns"));
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
    let c = add_halves(&mut p.sum[0], a_low, a_high);
    let d = add_halves(&mut p.sum[1], b_low, b_high);
    multiply_half(&mut p.low, a_low, b_low);
    multiply_half(&mut p.high, a_high, b_high);
    multiply_half(&mut p.cross, &p.sum[0], &p.sum[1]);
    // (S + c X)(U + d X) = S U + (d S + c U) X + c d X².
    let mut upper = [zero(); 10];
    unrolled!(J < 10, {
        let s = and(load(&p.sum[0][J]), d);
        upper[J] = add(s, and(load(&p.sum[1][J]), c));
    });
    join(p, upper, and(c, d));
    fold(modulus, p);
    montgomery(modulus, &mut p.folded, None);
    carry::<20>(result, p.folded.last_chunk().expect("20 of 30 columns"));
}

/// The lower and the upper ten limbs.
fn halves(a: &Number) -> (&Half, &Half) {
    let low = a.first_chunk().expect("10 of 20 limbs");
    let high = a.last_chunk().expect("10 of 20 limbs");
    (low, high)
}

/// Returns the ten limbs of a sum, and all ones where it does not fit into them.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn add_halves<const N: usize>(sum: &mut [Lanes; N], a: &[Lanes; N], b: &[Lanes; N]) -> Vector {
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

/// Puts the three products together: the lowest ten limbs of the whole as
/// limbs into `sum[0]`, the other 30 columns into `folded`.
///
/// T = P + (M - P - Q) X + Q X², with M the product of the sums, to which `upper`
/// and `top` add what the sums have above ten limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn join(p: &mut Products, upper: [Vector; 10], top: Vector) {
    let low = p.low.first_chunk::<10>().expect("10 of 20 columns");
    let carried = carry(&mut p.sum[0], low);
    unrolled!(J < 10, {
        let (p0, p1) = (load(&p.low[J]), load(&p.low[10 + J]));
        let (q0, q1) = (load(&p.high[J]), load(&p.high[10 + J]));
        let (m0, m1) = (load(&p.cross[J]), load(&p.cross[10 + J]));
        let first = add(sub(m0, q0), sub(p1, p0));
        let second = add(add(sub(m1, q1), sub(q0, p1)), upper[J]);
        if J == 0 {
            store(&mut p.folded[J], add(first, carried));
            store(&mut p.folded[20 + J], sub(q1, top));
        } else {
            store(&mut p.folded[J], first);
            store(&mut p.folded[20 + J], q1);
        }
        store(&mut p.folded[10 + J], second);
    });
}

/// Adds u F: u = u_0 + u_1 Y and F = v_0 + v_1 Y + v_2 Y² + v_3 Y³ with Y = 2^260,
/// as two of Karatsuba's products, of u with v_0, v_1 and of u with v_2, v_3.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn fold(modulus: &FoldModulus, p: &mut Products) {
    let [u0, u1] = [0, 5].map(|at| p.sum[0][at..].first_chunk::<5>().expect("5 of 10 limbs"));
    let v = [0, 5, 10, 15].map(|at| {
        let block: &Quarter = modulus.fold[at..].first_chunk().expect("5 of 20 limbs");
        block
    });
    let mut w: Quarter = [super::arithmetic::ZERO; 5];
    let carry = add_halves(&mut w, u0, u1);
    for pair in 0..2 {
        let (x, y) = multiply_quarters(u0, v[2 * pair], u1, v[2 * pair + 1]);
        let z = multiply_quarter(&w, &modulus.fold_sums[pair]);
        let fold_carry = load(&modulus.fold_carries[pair]);
        let columns: &mut [Lanes; 20] = p.folded[10 * pair..]
            .first_chunk_mut()
            .expect("20 of 30 columns");
        let mut cross = [zero(); 10];
        unrolled!(J < 10, { cross[J] = sub(z[J], add(x[J], y[J])) });
        unrolled!(J < 5, {
            let c = add(load(&columns[J]), x[J]);
            store(&mut columns[J], c);
            let c = add(load(&columns[5 + J]), add(x[5 + J], cross[J]));
            store(&mut columns[5 + J], c);
            // (w + c Y)(z + d Y) = w z + (c z + d w) Y + c d Y².
            let sums = add(
                and(load(&modulus.fold_sums[pair][J]), carry),
                and(load(&w[J]), fold_carry),
            );
            let c = add(load(&columns[10 + J]), add(y[J], cross[5 + J]));
            store(&mut columns[10 + J], add(c, sums));
            let mut c = add(load(&columns[15 + J]), y[5 + J]);
            if J == 0 {
                c = sub(c, and(carry, fold_carry));
            }
            store(&mut columns[15 + J], c);
        });
    }
}

/// The ten columns of the product of five limbs and five limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn multiply_quarter(a: &Quarter, b: &Quarter) -> [Vector; 10] {
    let mut c = [zero(); 10];
    unrolled!(I < 5, {
        let x = load(&a[I]);
        unrolled!(J < 5, {
            let y = load(&b[J]);
            c[I + J] = low(c[I + J], x, y);
            c[I + J + 1] = high(c[I + J + 1], x, y);
        });
    });
    c
}

/// Two such products in turns, so that neither waits for its sums.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn multiply_quarters(
    a0: &Quarter,
    b0: &Quarter,
    a1: &Quarter,
    b1: &Quarter,
) -> ([Vector; 10], [Vector; 10]) {
    let mut c = [zero(); 10];
    let mut d = [zero(); 10];
    unrolled!(I < 5, {
        let (x, y) = (load(&a0[I]), load(&a1[I]));
        unrolled!(J < 5, {
            let (v, w) = (load(&b0[J]), load(&b1[J]));
            c[I + J] = low(c[I + J], x, v);
            d[I + J] = low(d[I + J], y, w);
            c[I + J + 1] = high(c[I + J + 1], x, v);
            d[I + J + 1] = high(d[I + J + 1], y, w);
        });
    });
    (c, d)
}

/// Ten of Montgomery's steps on 30 columns, as in [`super::arithmetic::reduce`];
/// the next factor is begun as soon as its column is ready.
///
/// Beside it runs a look-up, whose loads and selections find free places between
/// the multiplications.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn montgomery(modulus: &FoldModulus, columns: &mut [Lanes; 30], lookup: Option<Lookup<'_>>) {
    let mut chosen = [zero(); PART_LIMBS];
    let inverse = load(&modulus.inverse);
    let mask = splat(LIMB_MASK.cast_signed());
    let mut c: [Vector; 21] = [zero(); 21];
    unrolled!(J < 20, { c[J] = load(&columns[J]) });
    let mut factor = low(zero(), c[0], inverse);
    for i in 0..10 {
        c[20] = load(&columns[i + 20]);
        let limbs = black_box(&modulus.limbs);
        let carry = above_52(add(c[0], mask));
        let first = load(&limbs[0]);
        let second = load(&limbs[1]);
        c[1] = low(high(add(c[1], carry), factor, first), factor, second);
        c[2] = high(c[2], factor, second);
        let next = black_box(low(zero(), c[1], inverse));
        unrolled!(J < 20, {
            if J > 1 {
                let m = load(&limbs[J]);
                c[J] = low(c[J], factor, m);
                c[J + 1] = high(c[J + 1], factor, m);
            }
        });
        if let Some(lookup) = &lookup {
            // The last two rows look at the first entries again, which changes
            // nothing.
            let first = i * ROW_ENTRIES % TABLE_ENTRIES;
            for k in 0..ROW_ENTRIES {
                let mask = load(&lookup.masks[first + k]);
                for (limb, from) in chosen.iter_mut().zip(&lookup.part[first + k]) {
                    *limb = or_masked(*limb, load(from), mask);
                }
            }
        }
        unrolled!(J < 20, { c[J] = c[J + 1] });
        factor = next;
    }
    if let Some(lookup) = lookup {
        for (to, limb) in lookup.chosen.iter_mut().zip(chosen) {
            store(to, limb);
        }
    }
    unrolled!(J < 20, { store(&mut columns[10 + J], c[J]) });
}
