//! The numbers of a private key, and why they may not be taken.

/// The numbers of an RSA private key, big-endian; leading zeros do not count.
///
/// Named as in [RFC 8017, section 3.2](https://www.rfc-editor.org/rfc/rfc8017#section-3.2).
///
/// **Security:** only borrowed; clearing them is up to the caller.
#[derive(Clone, Copy)]
pub struct Components<'a> {
    /// Modulus, 256 bytes.
    pub n: &'a [u8],
    /// Public exponent.
    pub e: &'a [u8],
    /// First prime, 128 bytes.
    pub p: &'a [u8],
    /// Second prime, 128 bytes.
    pub q: &'a [u8],
    /// Private exponent modulo p - 1.
    pub dp: &'a [u8],
    /// Private exponent modulo q - 1.
    pub dq: &'a [u8],
    /// 1/q modulo p.
    pub qinv: &'a [u8],
}

/// Says why a key cannot be used with vectors. Another implementation can take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// The processor, or the system on it, lacks the instructions.
    #[error("this processor has no AVX-512 with the extensions IFMA, VL, DQ and BW")]
    Processor,
    /// The modulus has another size.
    #[error("the modulus has {found} bits instead of 2048")]
    ModulusSize {
        /// Its bits.
        found: usize,
    },
    /// The primes have not the same size.
    #[error("a prime has {found} bits instead of 1024")]
    PrimeSize {
        /// Bits of the prime.
        found: usize,
    },
    /// The public exponent is not 65537.
    #[error("the public exponent is not 65537")]
    PublicExponent,
    /// The numbers do not belong together.
    #[error("the numbers of the key do not belong together")]
    Inconsistent,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Randomness,
}

impl std::fmt::Debug for Components<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Components")
    }
}

/// Returns a number without leading zeros.
pub(crate) fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// Counts the bits of a number.
pub(crate) fn bits(bytes: &[u8]) -> usize {
    let bytes = significant(bytes);
    let leading = bytes.first().map_or(0, |byte| byte.leading_zeros());
    bytes.len() * 8 - leading as usize
}
