//! The kernels against their twins in plain code, and these against big integers.

use rsa::BigUint;
use rsa::rand_core::{OsRng, RngCore};

use super::arithmetic::{
    Columns, Number, ZERO, add_product, from_lanes, reduce, subtract_if_not_less,
};
use super::karatsuba::{FoldModulus, Lookup, PART_LIMBS, Products, TablePart, multiply, square};
use super::ops::{LANES, Lanes, load, store};
use super::power::set_masks;
use crate::exponent::{Exponent, TABLE_ENTRIES, WINDOWS};
use crate::limbs::{LIMB_BITS, LIMB_MASK, PRIME_LIMBS, from_bytes};
use crate::primes::PrimeConstants;
use crate::testing::number;
use crate::{key, twin};

/// Runs a kernel; not at all where the processor lacks the instructions.
macro_rules! kernel {
    ($call:expr) => {{
        #[expect(unsafe_code, reason = "calls a function that needs AVX-512")]
        // SAFETY: every test has asked `is_supported` first.
        unsafe {
            $call
        }
    }};
}

fn is_supported() -> bool {
    let supported = key::is_supported();
    if !supported {
        println!("skipped: {}", crate::Unsupported::Processor);
    }
    supported
}

fn random_limbs() -> [u64; PRIME_LIMBS] {
    std::array::from_fn(|_| OsRng.next_u64() & LIMB_MASK)
}

/// A random odd number above 2^1023 and below 2^1024, or one at the limits.
fn modulus(case: usize) -> [u64; PRIME_LIMBS] {
    let mut bytes = [0; 128];
    match case {
        0 => bytes.fill(0xff),
        1 => {}
        2 => bytes[64..].fill(0xff),
        3 => bytes[..64].fill(0xff),
        _ => OsRng.fill_bytes(&mut bytes),
    }
    bytes[0] |= 0x80;
    bytes[127] |= 1;
    from_bytes(&bytes)
}

/// A number below 3 m at which something is at its limit, or a random one.
fn operand(case: usize, modulus: &[u64; PRIME_LIMBS]) -> [u64; PRIME_LIMBS] {
    let ones = |limbs: std::ops::Range<usize>| {
        std::array::from_fn(|at| if limbs.contains(&at) { LIMB_MASK } else { 0 })
    };
    let random = below_half(random_limbs());
    match case {
        0 => [0; PRIME_LIMBS],
        1 => std::array::from_fn(|at| u64::from(at == 0)),
        2 => *modulus,
        3 => to_limbs(&(big(modulus) - 1_u8)),
        4 => to_limbs(&(big(modulus) * 2_u8 - 1_u8)),
        5 => ones(0..19),
        6 => ones(0..10),
        7 => ones(10..19),
        8 => ones(0..5),
        9 => ones(5..10),
        // Sums of halves that just do and just do not carry.
        10 => std::array::from_fn(|at| {
            if at < 10 {
                LIMB_MASK
            } else {
                u64::from(at == 10)
            }
        }),
        11 => below_half(std::array::from_fn(|at| {
            LIMB_MASK - if at < 10 { 0 } else { random[at - 10] }
        })),
        12 => below_half(std::array::from_fn(|at| (at as u64 % 2) * LIMB_MASK)),
        13 => to_limbs(&(big(modulus) * 3_u8 - 1_u8)),
        _ => random,
    }
}

/// Cuts a number to 1023 bits.
fn below_half(mut limbs: [u64; PRIME_LIMBS]) -> [u64; PRIME_LIMBS] {
    limbs[19] &= (1 << 35) - 1;
    limbs
}

/// Operands that are not random.
const OPERANDS: usize = 14;

fn big(limbs: &[u64]) -> BigUint {
    number(limbs.iter().copied())
}

fn to_limbs(number: &BigUint) -> [u64; PRIME_LIMBS] {
    from_bytes(&number.to_bytes_be())
}

fn lane<const N: usize>(lanes: &[Lanes; N], lane: usize) -> [u64; N] {
    std::array::from_fn(|limb| lanes[limb].0[lane])
}

/// Multiplies and squares in all lanes, and compares each with twin and integer.
fn check(moduli: &[PrimeConstants; LANES], a: &[[u64; 20]; LANES], b: &[[u64; 20]; LANES]) {
    let vectors = FoldModulus::new(moduli.each_ref());
    let (x, y) = (from_lanes(a.each_ref()), from_lanes(b.each_ref()));
    let mut products = Products::ZERO;
    let mut result = [ZERO; PRIME_LIMBS];
    kernel!(multiply(&mut result, &x, &y, &vectors, &mut products));
    compare(&result, moduli, a, b);

    let lookup = Lookup {
        masks: &[ZERO; TABLE_ENTRIES],
        part: &[[ZERO; PART_LIMBS]; TABLE_ENTRIES],
        chosen: &mut [ZERO; PART_LIMBS],
    };
    kernel!(square(&mut result, &x, &vectors, &mut products, lookup));
    compare(&result, moduli, a, a);
}

#[track_caller]
fn compare(
    result: &Number,
    moduli: &[PrimeConstants; LANES],
    a: &[[u64; 20]; LANES],
    b: &[[u64; 20]; LANES],
) {
    for at in 0..LANES {
        let result = lane(result, at);
        let twin = twin::multiply(&a[at], &b[at], &moduli[at]);
        assert_eq!(
            result.as_slice(),
            twin,
            "lane {at}: {:x?} {:x?}",
            a[at],
            b[at]
        );
        let m = big(&moduli[at].limbs);
        let shifted = big(&result) << (PRIME_LIMBS * LIMB_BITS);
        assert_eq!(shifted % &m, big(&a[at]) * big(&b[at]) % &m);
        assert!(big(&result) * 1000_u32 < m * 3001_u32);
    }
}

#[test]
fn vectors_in_memory_are_loaded_and_stored_lane_by_lane() {
    if !is_supported() {
        return;
    }
    // Neighbours must stay as they are.
    let before: [Lanes; 3] =
        std::array::from_fn(|_| Lanes(std::array::from_fn(|_| OsRng.next_u64())));
    let mut after = before;
    kernel!(store(&mut after[1], load(&before[2])));
    assert_eq!(after[0].0, before[0].0);
    assert_eq!(after[1].0, before[2].0);
    assert_eq!(after[2].0, before[2].0);
}

#[test]
fn products_and_squares_are_those_of_the_twin() {
    if !is_supported() {
        return;
    }
    let mut pairs = Vec::new();
    for case in 0..OPERANDS {
        pairs.extend((0..=OPERANDS).map(|other| (case, other)));
    }
    pairs.extend([(OPERANDS, OPERANDS); 300]);
    for (round, pairs) in pairs.chunks(LANES).enumerate() {
        // Every lane another modulus, and the limits in turns.
        let moduli: [_; LANES] =
            std::array::from_fn(|at| PrimeConstants::new(&modulus((round + at) % 9)));
        let operands: [_; LANES] = std::array::from_fn(|at| {
            let (a, b) = pairs[at % pairs.len()];
            (operand(a, &moduli[at].limbs), operand(b, &moduli[at].limbs))
        });
        check(
            &moduli,
            &operands.map(|(a, _)| a),
            &operands.map(|(_, b)| b),
        );
    }
}

#[test]
fn plain_products_and_reductions_are_those_of_the_twin() {
    if !is_supported() {
        return;
    }
    for round in 0..40 {
        let m = modulus(round);
        let constants = PrimeConstants::new(&m);
        let numbers: [_; LANES] = std::array::from_fn(|at| {
            [round + at, round + 3 * at].map(|case| operand(case % (OPERANDS + 1), &m))
        });
        let (a, b) = (numbers.map(|[a, _]| a), numbers.map(|[_, b]| b));
        let mut columns: Columns = [ZERO; 2 * PRIME_LIMBS];
        let mut factors = [ZERO; PRIME_LIMBS];
        let (x, y) = (from_lanes(a.each_ref()), from_lanes(b.each_ref()));
        kernel!(add_product(&mut columns, &x, &y));
        // A second product on top, as modulo n.
        kernel!(add_product(&mut columns, &y, &y));
        kernel!(reduce(
            &mut columns,
            &from_lanes([&m; LANES]),
            &Lanes([constants.inverse; LANES]),
            &mut factors
        ));
        for at in 0..LANES {
            let mut twin = [0; 2 * PRIME_LIMBS];
            twin::add_product(&mut twin, &a[at], &b[at]);
            twin::add_product(&mut twin, &b[at], &b[at]);
            let whole = big(&b[at]) * (big(&a[at]) + big(&b[at]));
            let twin_factors = twin::reduce(&mut twin, &m, constants.inverse, PRIME_LIMBS);
            assert_eq!(lane(&factors, at).as_slice(), twin_factors);
            assert_eq!(
                lane(&columns, at)[PRIME_LIMBS..],
                twin[PRIME_LIMBS..]
                    .iter()
                    .map(|c| c.cast_unsigned())
                    .collect::<Vec<_>>()
            );
            let (limbs, above) = twin::carry(&twin[PRIME_LIMBS..]);
            assert_eq!(above, 0);
            let sum = whole + big(&twin_factors) * big(&m);
            assert_eq!(big(&limbs) << (PRIME_LIMBS * LIMB_BITS), sum);
        }
    }
}

#[test]
fn a_subtraction_is_done_where_nothing_negative_is_left() {
    if !is_supported() {
        return;
    }
    for case in 0..=OPERANDS {
        let m = modulus(case);
        let numbers: [_; LANES] = std::array::from_fn(|at| operand((case + at) % 6, &m));
        let mut vectors = from_lanes(numbers.each_ref());
        kernel!(subtract_if_not_less(&mut vectors, &from_lanes([&m; LANES])));
        for (at, number) in numbers.iter().enumerate() {
            let before = big(number);
            let expected = if before < big(&m) {
                before
            } else {
                before - big(&m)
            };
            assert_eq!(big(&lane(&vectors, at)), expected);
        }
    }
}

#[test]
fn every_digit_looks_up_its_own_entry_in_each_half_of_the_lanes() {
    if !is_supported() {
        return;
    }
    let constants = PrimeConstants::new(&modulus(4));
    let vectors = FoldModulus::new([&constants; LANES]);
    let part: Box<TablePart> = Box::new(std::array::from_fn(|_| {
        std::array::from_fn(|_| Lanes(std::array::from_fn(|_| OsRng.next_u64() & LIMB_MASK)))
    }));
    for digit in 0..TABLE_ENTRIES {
        // The lowest window holds the lowest bits.
        let other = TABLE_ENTRIES - 1 - digit;
        let exponents = [digit, other].map(|digit| {
            Exponent::new(&std::array::from_fn(|at| {
                if at == 0 { digit as u64 } else { LIMB_MASK }
            }))
        });
        let mut masks = [ZERO; TABLE_ENTRIES];
        kernel!(set_masks(&mut masks, &exponents, WINDOWS - 1));
        let mut chosen = [ZERO; PART_LIMBS];
        let lookup = Lookup {
            masks: &masks,
            part: &part,
            chosen: &mut chosen,
        };
        let (mut result, mut products) = ([ZERO; PRIME_LIMBS], Products::ZERO);
        kernel!(square(
            &mut result,
            &[ZERO; PRIME_LIMBS],
            &vectors,
            &mut products,
            lookup
        ));
        for at in 0..LANES {
            let entry = if at < LANES / 2 { digit } else { other };
            assert_eq!(lane(&chosen, at), lane(&part[entry], at), "entry {entry}");
        }
    }
}
