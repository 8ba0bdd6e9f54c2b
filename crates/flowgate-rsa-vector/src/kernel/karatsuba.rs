//! Squares and products modulo a prime: Karatsuba's method for the product, and
//! for the first half of the reduction.
//!
//! X is 2^520, so a number of 20 limbs is a_0 + a_1 X, and R = X².
//!
//! 1. **Product.** T = P + (M - P - Q) X + Q X² with P = a_0 b_0, Q = a_1 b_1 and
//!    M = (a_0 + a_1)(b_0 + b_1).
//! 2. **Fold.** With F = 1/X modulo m and T = u + t X, u being the lowest ten limbs,
//!    T / X = t + u F modulo m: a product that does not wait for one factor after
//!    the other.
//! 3. **Reduction.** Ten steps divide by X once more. Nine are folds of one limb:
//!    with G = 1/2^52 modulo m and V = u + 2^52 v, u being the lowest limb,
//!    V / 2^52 = v + u G modulo m. They wait for no factor to be calculated, but
//!    leave up to 2^52 m. The tenth is Montgomery's: it divides by 2^52 what they
//!    have left, and adds less than m.
//!
//! # Bounds
//!
//! With a, b < 3.001 m < 2^1025.6, T < 2^2051.2 and so t < 2^1531.2. F < m and
//! u < X, so t + u F < 2^1531.2 + X m. Each fold of one limb divides by 2^52 and adds less
//! than 2^52 m, and so nine of them leave less than
//! (2^1531.2 + X m) / 2^468 + (2^52 + 1 + 2^-51) m. The result is below
//! (2^1531.2 + X m) / X + (1 + 2^-51) m + m < 3.001 m, because m > 2^1023.
//!
//! Columns are signed, and may become negative on the way; what they stand for
//! together never does. Let B = 2^52. The columns of P, Q and M are sums of at most
//! ten low and ten high halves: 0 to 20 B. So those of M - P - Q, with P or Q beside
//! it and what M lacks (4 B), are within ±44 B. Each half of the fold adds columns of
//! 10 B for each of its products: x, y, and z - x - y, within ±40 B together, and
//! 2 B for what z lacks; two halves overlap. The ten steps add 20 B and carries. All
//! together stays within ±(44 + 84 + 21) B < 2^59.3, and carries between columns
//! are arithmetic shifts.

use std::hint::black_box;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::arithmetic::{Number, ZERO, from_lanes};
use super::ops::{
    LANES, Lanes, Vector, above_52, add, and, high, load, low, or_masked, splat, store, sub, zero,
};
use crate::exponent::{TABLE_ENTRIES, WINDOW_BITS};
use crate::limbs::{LIMB_MASK, PRIME_LIMBS};
use crate::primes::PrimeConstants;
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
    /// G = 1/2^52 modulo m.
    pub(crate) step: Number,
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

impl FoldModulus {
    /// Puts the constants of one modulus into each lane.
    pub(crate) fn new(constants: [&PrimeConstants; LANES]) -> Self {
        Self {
            limbs: from_lanes(constants.map(|constants| &constants.limbs)),
            inverse: Lanes(constants.map(|constants| constants.inverse)),
            fold: [0, 1].map(|at| {
                let half = constants.map(|constants| &constants.fold[at]);
                FoldHalf {
                    blocks: [0, 1].map(|at| from_lanes(half.map(|half| &half.blocks[at]))),
                    sum: from_lanes(half.map(|half| &half.sum)),
                    carry: Lanes(half.map(|half| half.carry)),
                }
            }),
            step: from_lanes(constants.map(|constants| &constants.step)),
        }
    }
}

/// What a product is put together from.
///
/// The limbs of `sums`, `lowest` and `lowest_sum` still have above their 52 bits what
/// was carried to the next one. Multiply-adds do not see it; who needs the limb alone
/// takes it off with [`limb`].
#[derive(Zeroize)]
pub(crate) struct Products {
    /// P, the product of the lower halves.
    low: Block,
    /// The lower ten columns of Q, the product of the upper halves.
    high: Half,
    /// What M, the product of the sums of the halves, is added to.
    middle: Block,
    /// Sums of the halves, without what does not fit ten limbs.
    sums: [Half; 2],
    /// u, the lowest ten limbs of the whole, and the sum of its two blocks.
    lowest: Half,
    lowest_sum: Quarter,
    /// The other 30 columns; the last ten are Q's upper ones.
    columns: [Lanes; 30],
}

impl Products {
    pub(crate) const ZERO: Self = Self {
        low: [ZERO; 20],
        high: [ZERO; 10],
        middle: [ZERO; 20],
        sums: [[ZERO; 10]; 2],
        lowest: [ZERO; 10],
        lowest_sum: [ZERO; 5],
        columns: [ZERO; 30],
    };
}

/// Returns `a`² / R modulo m in `result`, below 3.001 m if `a` is, and looks
/// powers up beside that.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn square(
    result: &mut Number,
    a: &Number,
    modulus: &FoldModulus,
    products: &mut Products,
    lookup: Lookup<'_>,
) {
    let Products {
        low,
        high,
        middle,
        sums: [sum, _],
        lowest,
        lowest_sum,
        columns,
    } = products;
    let (a_low, a_high) = halves(a);
    let Lookup {
        masks,
        part,
        chosen,
    } = lookup;
    let mut limbs = [zero(); PART_LIMBS];
    let mut look_up = |first: usize, row: usize| {
        // Each product takes a third of the entries, rounded up.
        let mut entry = first + row;
        while entry < (first + TABLE_ENTRIES.div_ceil(3)).min(TABLE_ENTRIES) {
            let mask = load(&masks[entry]);
            for (limb, from) in limbs.iter_mut().zip(&part[entry]) {
                *limb = or_masked(*limb, load(from), mask);
            }
            entry += 10;
        }
    };

    let mut c = zero();
    let none = |_| zero();
    square_half(a_low, none, |row, even, odd| {
        store(&mut low[2 * row], even);
        store(&mut low[2 * row + 1], odd);
        c = add_limb(&mut sum[row], &a_low[row], &a_high[row], c);
        look_up(0, row);
    });
    // Without this, and below, the compiler would keep what it has just stored in
    // registers that it has not got.
    let (low, sum) = black_box((low, sum));
    let mut carried = zero();
    square_half(a_high, none, |row, even, odd| {
        for (at, column) in [(2 * row, even), (2 * row + 1, odd)] {
            let to = if at < 10 {
                &mut high[at]
            } else {
                &mut columns[10 + at]
            };
            store(to, column);
        }
        carried = carry_limb(&mut lowest[row], &low[row], carried);
        look_up(TABLE_ENTRIES.div_ceil(3), row);
    });
    let (high, lowest, columns) = black_box((high, lowest, columns));
    // (S + c X)² = S² + 2 c S X + c X².
    let c = sub(zero(), c);
    let missing = |row: usize| and(limb(load(&sum[row])), c);
    let fifth = above_52(load(&lowest[4]));
    let mut lowest_carry = fifth;
    square_half(sum, missing, |row, even, odd| {
        for (at, column) in [(2 * row, even), (2 * row + 1, odd)] {
            let column = if at < 10 {
                let between = sub(load(&low[10 + at]), load(&high[at]));
                store(&mut middle[at], between);
                add(column, sub(between, load(&low[at])))
            } else {
                sub(column, add(load(&middle[at - 10]), load(&columns[10 + at])))
            };
            store(&mut columns[at], column);
        }
        if row < 5 {
            let sum = &mut lowest_sum[row];
            lowest_carry = add_limb(sum, &low[row], &low[5 + row], lowest_carry);
        }
        look_up(2 * TABLE_ENTRIES.div_ceil(3), row);
    });
    for (to, limb) in chosen.iter_mut().zip(limbs) {
        store(to, limb);
    }
    let lowest_carry = sub(lowest_carry, add(fifth, carried));
    finish(result, modulus, products, carried, c, lowest_carry);
}

/// Returns `a` · `b` / R modulo m in `result`, below 3.001 m if both are.
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn multiply(
    result: &mut Number,
    a: &Number,
    b: &Number,
    modulus: &FoldModulus,
    products: &mut Products,
) {
    let Products {
        low,
        high: _,
        middle,
        sums: [a_sum, b_sum],
        lowest,
        lowest_sum,
        columns,
    } = products;
    let (a_low, a_high) = halves(a);
    let (b_low, b_high) = halves(b);
    let (mut c, mut d) = (zero(), zero());
    let none = |_| zero();
    multiply_half(low, a_low, b_low, none, none, |row, _| {
        c = add_limb(&mut a_sum[row], &a_low[row], &a_high[row], c);
        d = add_limb(&mut b_sum[row], &b_low[row], &b_high[row], d);
    });
    // (S + c X)(U + d X) = S U + (d S + c U) X + c d X².
    let (c, d) = (sub(zero(), c), sub(zero(), d));
    let mut carried = zero();
    let high = columns.last_chunk_mut().expect("20 of 30 columns");
    multiply_half(high, a_high, b_high, none, none, |row, column| {
        let s = and(limb(load(&a_sum[row])), d);
        let u = and(limb(load(&b_sum[row])), c);
        let between = sub(load(&low[10 + row]), column);
        store(&mut middle[row], sub(between, load(&low[row])));
        store(&mut middle[10 + row], sub(add(s, u), between));
        carried = carry_limb(&mut lowest[row], &low[row], carried);
    });
    let fifth = above_52(load(&lowest[4]));
    let mut lowest_carry = fifth;
    unrolled!(J < 5, {
        lowest_carry = add_limb(&mut lowest_sum[J], &low[J], &low[5 + J], lowest_carry);
    });
    let (columns, high) = columns.split_at_mut(20);
    let columns = columns.first_chunk_mut().expect("20 columns");
    let (first, last) = halves(middle);
    multiply_half(
        columns,
        a_sum,
        b_sum,
        |at| load(&first[at]),
        |row| sub(load(&last[row]), load(&high[row])),
        |_, _| {},
    );
    let lowest_carry = sub(lowest_carry, add(fifth, carried));
    finish(result, modulus, products, carried, and(c, d), lowest_carry);
}

/// The lower and the upper ten limbs.
fn halves(a: &Number) -> (&Half, &Half) {
    let low = a.first_chunk().expect("10 of 20 limbs");
    let high = a.last_chunk().expect("10 of 20 limbs");
    (low, high)
}

/// The lowest 52 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn limb(sum: Vector) -> Vector {
    and(sum, splat(LIMB_MASK.cast_signed()))
}

/// Adds two limbs or columns and a carry, and returns the next carry. The sum is a
/// limb for multiply-adds, which do not see what is above its 52 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn add_limb(sum: &mut Lanes, a: &Lanes, b: &Lanes, carry: Vector) -> Vector {
    let limb = add(add(load(a), load(b)), carry);
    store(sum, limb);
    above_52(limb)
}

/// Adds a carry to a column, and returns the next one. The sum is a limb as with
/// [`add_limb`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn carry_limb(sum: &mut Lanes, column: &Lanes, carry: Vector) -> Vector {
    let limb = add(load(column), carry);
    store(sum, limb);
    above_52(limb)
}

/// The 20 columns of the square of ten limbs; calls `done` with two of them after
/// each of ten rows.
///
/// Products of different limbs are added once and doubled when their column is
/// complete. A column gets at most ten low and ten high halves, 20 · 2^52, and
/// column 10 + `row` twice what `begin` returns for the row, less than 2^52.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn square_half(
    a: &Half,
    begin: impl Fn(usize) -> Vector,
    mut done: impl FnMut(usize, Vector, Vector),
) {
    let mut c = [zero(); 20];
    unrolled!(I < 10, {
        let x = load(&a[I]);
        c[10 + I] = begin(I);
        unrolled!(J < 10, {
            if (I + 1..10).contains(&J) {
                let y = load(&a[J]);
                c[I + J] = low(c[I + J], x, y);
                c[I + J + 1] = high(c[I + J + 1], x, y);
            }
        });
        let even = low(add(c[2 * I], c[2 * I]), x, x);
        let odd = high(add(c[2 * I + 1], c[2 * I + 1]), x, x);
        done(I, even, odd);
    });
}

/// The 20 columns of the product of ten limbs and ten limbs, added to what `first`
/// returns for each of the lower ten, and `last` for each of the upper ten. Calls
/// `beside` with the column that each of ten rows completes.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn multiply_half(
    columns: &mut Block,
    a: &Half,
    b: &Half,
    first: impl Fn(usize) -> Vector,
    last: impl Fn(usize) -> Vector,
    mut beside: impl FnMut(usize, Vector),
) {
    let mut c = [zero(); 11];
    unrolled!(J < 10, { c[J] = first(J) });
    for i in 0..10 {
        let x = load(&a[i]);
        c[10] = last(i);
        unrolled!(J < 10, {
            let y = load(&b[J]);
            c[J] = low(c[J], x, y);
            c[J + 1] = high(c[J + 1], x, y);
        });
        store(&mut columns[i], c[0]);
        beside(i, c[0]);
        unrolled!(J < 10, { c[J] = c[J + 1] });
    }
    unrolled!(J < 10, { store(&mut columns[10 + J], c[J]) });
}

/// Reduces what the products make together.
///
/// Adds u F: u = u_0 + u_1 Y and F = v_0 + v_1 Y + v_2 Y² + v_3 Y³ with Y = 2^260,
/// as two of Karatsuba's products, of u with v_0, v_1 and of u with v_2, v_3.
/// `carried` is the carry of u, `top` all ones where M lacks one at its column 20,
/// `lowest_carry` the carry of u_0 + u_1.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn finish(
    result: &mut Number,
    modulus: &FoldModulus,
    p: &mut Products,
    carried: Vector,
    top: Vector,
    lowest_carry: Vector,
) {
    let c = sub(zero(), lowest_carry);
    let columns = p.columns.first_chunk_mut().expect("20 of 30 columns");
    add_folded(columns, &p.lowest, &p.lowest_sum, c, &modulus.fold[0]);
    let columns = p.columns.last_chunk_mut().expect("20 of 30 columns");
    add_folded(columns, &p.lowest, &p.lowest_sum, c, &modulus.fold[1]);
    last_steps(result, modulus, p, carried, top);
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
    // (w + c Y)(s + d Y) = w s + (c s + d w) Y + c d Y².
    let d = load(&v.carry);
    let mut z = [zero(); 10];
    unrolled!(J < 5, {
        // The middle of x - y Y belongs to both blocks.
        let between = sub(x[5 + J], y[J]);
        z[J] = add(load(&columns[5 + J]), sub(between, x[J]));
        let missing = add(and(load(&v.sum[J]), c), and(limb(load(&w[J])), d));
        let other = sub(missing, add(between, y[5 + J]));
        z[5 + J] = add(load(&columns[10 + J]), other);
        let sum = add(load(&columns[J]), x[J]);
        store(&mut columns[J], sum);
        let sum = add(load(&columns[15 + J]), y[5 + J]);
        store(&mut columns[15 + J], sum);
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
    unrolled!(J < 10, { store(&mut columns[5 + J], z[J]) });
    let sum = sub(load(&columns[15]), and(c, d));
    store(&mut columns[15], sum);
}

/// Reduces by ten limbs more: nine folds of one limb and one of Montgomery's steps,
/// as in [`super::arithmetic::reduce`]. Carries the result to limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
fn last_steps(
    result: &mut Number,
    modulus: &FoldModulus,
    p: &Products,
    carried: Vector,
    top: Vector,
) {
    let mut c: [Vector; 22] = [zero(); 22];
    unrolled!(J < 20, { c[J] = load(&p.columns[J]) });
    c[0] = add(c[0], carried);
    c[20] = sub(load(&p.columns[20]), top);
    unrolled!(I < 9, {
        c[21] = load(&p.columns[21 + I]);
        // The lowest 52 bits of column 0 are u, and what is above them is carried.
        let u = c[0];
        c[1] = add(c[1], above_52(u));
        let step = black_box(&modulus.step);
        unrolled!(J < 20, {
            let g = load(&step[J]);
            c[J + 1] = low(c[J + 1], u, g);
            c[J + 2] = high(c[J + 2], u, g);
        });
        unrolled!(J < 20, { c[J] = c[J + 1] });
        c[20] = c[21];
    });
    let mask = splat(LIMB_MASK.cast_signed());
    let factor = low(zero(), c[0], load(&modulus.inverse));
    c[1] = add(c[1], above_52(add(c[0], mask)));
    let mut carry = zero();
    unrolled!(J < 20, {
        let m = load(&modulus.limbs[J]);
        if J != 0 {
            c[J] = low(c[J], factor, m);
            let limb = add(c[J], carry);
            store(&mut result[J - 1], and(limb, mask));
            carry = above_52(limb);
        }
        c[J + 1] = high(c[J + 1], factor, m);
    });
    store(&mut result[19], and(add(c[20], carry), mask));
}
