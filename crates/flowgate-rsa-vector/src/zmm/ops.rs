//! Eight lanes of 64 bits: four ciphertexts, each modulo p (lanes 0 to 3) and
//! modulo q (lanes 4 to 7).

use std::arch::x86_64::*;

use zeroize::Zeroize;

/// Lanes of a vector.
pub(crate) const LANES: usize = 8;

/// A vector in a register.
pub(crate) type Vector = __m512i;

/// A vector in memory: one 52-bit limb of each lane.
#[derive(Clone, Copy, Zeroize)]
#[repr(C, align(64))]
pub(crate) struct Lanes(pub(crate) [u64; LANES]);

// What `load` and `store` rely on.
const _: () = assert!(size_of::<Lanes>() == size_of::<Vector>());
const _: () = assert!(align_of::<Lanes>() == size_of::<Vector>());

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn load(from: &Lanes) -> Vector {
    #[expect(unsafe_code, reason = "intrinsics load through pointers")]
    // SAFETY: the reference is to 64 readable bytes, aligned to 64.
    unsafe {
        _mm512_load_si512(std::ptr::from_ref(from).cast())
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn store(to: &mut Lanes, value: Vector) {
    #[expect(unsafe_code, reason = "intrinsics store through pointers")]
    // SAFETY: the reference is to 64 writable bytes, aligned to 64.
    unsafe {
        _mm512_store_si512(std::ptr::from_mut(to).cast(), value);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn zero() -> Vector {
    _mm512_setzero_si512()
}

/// The same value in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn splat(value: i64) -> Vector {
    _mm512_set1_epi64(value)
}

/// `c` + the low 52 bits of `a` · `b`, of whose lanes only the low 52 bits count.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn low(c: Vector, a: Vector, b: Vector) -> Vector {
    _mm512_madd52lo_epu64(c, a, b)
}

/// `c` + the high 52 bits of `a` · `b`, of whose lanes only the low 52 bits count.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn high(c: Vector, a: Vector, b: Vector) -> Vector {
    _mm512_madd52hi_epu64(c, a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn add(a: Vector, b: Vector) -> Vector {
    _mm512_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn sub(a: Vector, b: Vector) -> Vector {
    _mm512_sub_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn and(a: Vector, b: Vector) -> Vector {
    _mm512_and_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn xor(a: Vector, b: Vector) -> Vector {
    _mm512_xor_si512(a, b)
}

/// `a` / 2^52, rounded down; the sign stays.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn above_52(a: Vector) -> Vector {
    _mm512_srai_epi64::<52>(a)
}

/// All ones where `a` is negative, else zero.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn sign(a: Vector) -> Vector {
    _mm512_srai_epi64::<63>(a)
}

/// `c` | (`a` & `mask`), in one bitwise instruction.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn or_masked(c: Vector, a: Vector, mask: Vector) -> Vector {
    _mm512_ternarylogic_epi64::<0xf8>(c, a, mask)
}

/// `yes` where `mask` is ones and `no` where it is zero, in one bitwise
/// instruction.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw")]
pub(crate) fn select(mask: Vector, yes: Vector, no: Vector) -> Vector {
    _mm512_ternarylogic_epi64::<0xca>(mask, yes, no)
}
