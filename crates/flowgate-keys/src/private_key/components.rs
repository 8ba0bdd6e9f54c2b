//! Checks that the numbers of a private key belong together.
//!
//! A damaged key that still parses would unwrap nothing, or leak its primes
//! through a wrong CRT result, so every relation of
//! [RFC 8017, section 3.2](https://www.rfc-editor.org/rfc/rfc8017#section-3.2)
//! is checked once, at loading.

use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey, pkcs1};
use zeroize::Zeroizing;

use super::MODULUS_BITS;
use crate::KeyError;
use crate::public_key::check_public_numbers;

/// Reads and checks `RSAPrivateKey` of RFC 8017 appendix A.1.2.
pub(super) fn from_pkcs1_der(der: &[u8]) -> Result<RsaPrivateKey, KeyError> {
    let parsed = pkcs1::RsaPrivateKey::try_from(der).map_err(|_| KeyError::Damaged {
        reason: "it is not a whole PKCS #1 structure",
    })?;
    if parsed.version() != pkcs1::Version::TwoPrime {
        return Err(KeyError::UnsupportedAlgorithm {
            found: "an RSA key of more than two primes".to_owned(),
        });
    }
    let n = BigUint::from_bytes_be(parsed.modulus.as_bytes());
    let e = BigUint::from_bytes_be(parsed.public_exponent.as_bytes());
    check_public_numbers(&n, &e)?;

    // Larger numbers would only cost time.
    let secret = |number: pkcs1::UintRef<'_>| {
        if number.as_bytes().len() > MODULUS_BITS / 8 {
            return Err(inconsistent("a secret number is longer than the modulus"));
        }
        Ok(Zeroizing::new(BigUint::from_bytes_be(number.as_bytes())))
    };
    let d = secret(parsed.private_exponent)?;
    let p = secret(parsed.prime1)?;
    let q = secret(parsed.prime2)?;
    let dp = secret(parsed.exponent1)?;
    let dq = secret(parsed.exponent2)?;
    let q_inverse = secret(parsed.coefficient)?;

    let one = BigUint::from(1u8);
    if *d >= n {
        return Err(inconsistent(
            "the private exponent is larger than the modulus",
        ));
    }
    for prime in [&*p, &*q] {
        if *prime <= one || prime.to_bytes_le().first().is_none_or(|low| low % 2 == 0) {
            return Err(inconsistent("a prime factor is even or too small"));
        }
    }
    if *p == *q {
        return Err(inconsistent("the prime factors are equal"));
    }
    if &*p * &*q != n {
        return Err(inconsistent(
            "the modulus is not the product of the prime factors",
        ));
    }
    let p_less_one = Zeroizing::new(&*p - &one);
    let q_less_one = Zeroizing::new(&*q - &one);
    let inverse = Zeroizing::new(&*d * &e);
    if &*inverse % &*p_less_one != one || &*inverse % &*q_less_one != one {
        return Err(inconsistent(
            "private and public exponent are not inverse to each other",
        ));
    }
    let dp_right = Zeroizing::new(&*d % &*p_less_one);
    let dq_right = Zeroizing::new(&*d % &*q_less_one);
    let product = Zeroizing::new(&*q * &*q_inverse);
    if *dp != *dp_right || *dq != *dq_right || *q_inverse >= *p || &*product % &*p != one {
        return Err(inconsistent(
            "the CRT values do not follow from the prime factors",
        ));
    }
    for (prime, less_one) in [(&p, &p_less_one), (&q, &q_less_one)] {
        // Fermat's little theorem, last because it alone takes a while.
        if BigUint::from(2u8).modpow(less_one, prime) != one {
            return Err(inconsistent("a prime factor is not prime"));
        }
    }
    build(n, e, &d, &p, &q)
}

/// Orders the primes as OpenSSL does, p above q, so that the same key is
/// always the same bytes and every library takes it.
pub(super) fn with_larger_prime_first(key: RsaPrivateKey) -> Result<RsaPrivateKey, KeyError> {
    match key.primes() {
        [p, q] => build(key.n().clone(), key.e().clone(), key.d(), p, q),
        _ => Err(inconsistent("there are not two prime factors")),
    }
}

fn build(
    n: BigUint,
    e: BigUint,
    d: &BigUint,
    p: &BigUint,
    q: &BigUint,
) -> Result<RsaPrivateKey, KeyError> {
    // The key clears these copies when it is dropped.
    let primes = vec![p.max(q).clone(), p.min(q).clone()];
    RsaPrivateKey::from_components(n, e, d.clone(), primes)
        .map_err(|_| inconsistent("the exponents do not fit the prime factors"))
}

fn inconsistent(reason: &'static str) -> KeyError {
    KeyError::Inconsistent { reason }
}
