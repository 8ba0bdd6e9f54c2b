//! Takes DER apart and tells by its structure what it is.
//!
//! The name in a PEM header line is what somebody typed; what follows is what
//! will be used or published. The shapes are those of RFC 8017 appendix A.1,
//! RFC 5958, RFC 5280 section 4.1, RFC 5915 and RFC 7292.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

use crate::KeyError;

/// What a DER value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DerKind {
    Pkcs1,
    Pkcs8,
    EncryptedPkcs8,
    Pkcs1Public,
    Spki,
    Certificate,
    CertificateRequest,
    /// RFC 5915: an elliptic-curve private key without PKCS #8 around it.
    EcPrivate,
    DsaPrivate,
    Pkcs12,
    Unknown,
}

impl DerKind {
    /// Looks at the outermost elements.
    ///
    /// # Errors
    ///
    /// [`KeyError::Truncated`] when the value announces more bytes than there
    /// are, [`KeyError::Damaged`] when it is not DER or is followed by more.
    pub(crate) fn of(bytes: &[u8], container: &str) -> Result<Self, KeyError> {
        let whole = outermost(bytes, container)?;
        let Ok(parts) = children(whole) else {
            return Ok(Self::Unknown);
        };
        let tags: Vec<Tag> = parts.iter().map(Tagged::tag).collect();
        Ok(match tags.as_slice() {
            [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => Self::Pkcs8,
            [Tag::Integer, Tag::Sequence, ..] if parts[0].value() == [3] => Self::Pkcs12,
            [Tag::Integer, Tag::OctetString, ..] => Self::EcPrivate,
            [Tag::Integer, Tag::Integer] => Self::Pkcs1Public,
            tags if tags.len() == 6 && tags.iter().all(|tag| *tag == Tag::Integer) => {
                Self::DsaPrivate
            }
            tags if tags.len() >= 9 && tags[..9].iter().all(|tag| *tag == Tag::Integer) => {
                Self::Pkcs1
            }
            [Tag::Sequence, Tag::OctetString] => Self::EncryptedPkcs8,
            [Tag::Sequence, Tag::BitString] => Self::Spki,
            [Tag::Sequence, Tag::Sequence, Tag::BitString] => signed_kind(parts[0]),
            _ => Self::Unknown,
        })
    }

    /// Whether this is, or may open to, private key material.
    pub(crate) fn is_private(self) -> bool {
        matches!(
            self,
            Self::Pkcs1
                | Self::Pkcs8
                | Self::EncryptedPkcs8
                | Self::EcPrivate
                | Self::DsaPrivate
                | Self::Pkcs12
        )
    }

    /// The error for a kind of which no key can be made.
    pub(crate) fn unsupported(self, label: Option<&str>) -> KeyError {
        let found = |found, help| KeyError::UnsupportedFile { found, help };
        match self {
            Self::EcPrivate => KeyError::UnsupportedAlgorithm {
                found: "an elliptic-curve key".to_owned(),
            },
            Self::DsaPrivate => KeyError::UnsupportedAlgorithm {
                found: "a DSA key".to_owned(),
            },
            Self::Pkcs12 => found(
                "a PKCS #12 key store (.p12, .pfx)",
                "take the key out with `openssl pkcs12 -in FILE -nocerts -out private.pem`",
            ),
            Self::CertificateRequest => found(
                "a certificate request",
                "take the public key out with `openssl req -in FILE -pubkey -noout`; a server \
                 needs the private key",
            ),
            _ if label.is_some_and(|label| label.contains("PGP")) => found(
                "a key of OpenPGP",
                "make a pair with `flowgate keys generate`",
            ),
            _ if label.is_some_and(|label| !label.contains("KEY")) => found(
                "a block that is no key",
                "give the file whose first line ends in `KEY-----`",
            ),
            _ => KeyError::Damaged {
                reason: "its structure is that of no key",
            },
        }
    }

    /// Names the kind within a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pkcs1 => "an RSA private key",
            Self::Pkcs8 => "a private key",
            Self::EncryptedPkcs8 => "an encrypted private key",
            Self::Pkcs1Public | Self::Spki => "a public key",
            Self::Certificate => "a certificate",
            Self::CertificateRequest => "a certificate request",
            Self::EcPrivate => "an elliptic-curve private key",
            Self::DsaPrivate => "a DSA private key",
            Self::Pkcs12 => "a PKCS #12 key store",
            Self::Unknown => "something else",
        }
    }
}

/// A certificate and a certificate request are both something signed; the
/// request has its public key as third element, the certificate its issuer
/// and validity before.
fn signed_kind(signed: AnyRef<'_>) -> DerKind {
    let Ok(parts) = children(signed) else {
        return DerKind::Unknown;
    };
    let tags: Vec<Tag> = parts.iter().map(Tagged::tag).collect();
    match tags.as_slice() {
        [Tag::Integer, Tag::Sequence, Tag::Sequence, rest @ ..]
            if !rest.contains(&Tag::Sequence) =>
        {
            DerKind::CertificateRequest
        }
        _ => DerKind::Certificate,
    }
}

/// The SubjectPublicKeyInfo inside an X.509 certificate, as complete DER.
///
/// Only the order of the elements is relied on (RFC 5280 section 4.1): neither
/// signature nor validity matter, because only the key is taken.
pub(crate) fn certificate_spki(certificate: &[u8]) -> Result<&[u8], KeyError> {
    let damaged = |_| KeyError::Damaged {
        reason: "it is not a whole X.509 certificate",
    };
    let whole = outermost(certificate, "CERTIFICATE")?;
    let mut outer = SliceReader::new(whole.value()).map_err(damaged)?;
    let signed = AnyRef::decode(&mut outer).map_err(damaged)?;
    let mut reader = SliceReader::new(signed.value()).map_err(damaged)?;
    // The version stands first unless it is 1.
    let version = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    };
    // Serial number, signature algorithm, issuer, validity and subject.
    let mut skipped = 5;
    while skipped > 0 {
        let element = AnyRef::decode(&mut reader).map_err(damaged)?;
        if element.tag() != version {
            skipped -= 1;
        }
    }
    reader.tlv_bytes().map_err(damaged)
}

/// Whether bytes are binary DER rather than text: a SEQUENCE, whose first
/// byte is the character `0`, that holds a byte no text has.
pub(crate) fn looks_like_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30)
        && bytes
            .iter()
            .take(MAX_HEADER_BYTES)
            .any(|byte| *byte < b'\t' || *byte >= 0x80)
}

/// Decodes the outermost SEQUENCE and nothing after it.
pub(crate) fn outermost<'a>(bytes: &'a [u8], container: &str) -> Result<AnyRef<'a>, KeyError> {
    let mut reader = SliceReader::new(bytes).map_err(|_| KeyError::TooLarge {
        limit: crate::key_file::MAX_KEY_FILE_BYTES,
    })?;
    let announced = announced_length(bytes);
    if announced.is_some_and(|length| length > bytes.len()) {
        return Err(KeyError::Truncated {
            container: container.to_owned(),
        });
    }
    let whole = AnyRef::decode(&mut reader).map_err(|_| KeyError::Damaged {
        reason: "its bytes are not DER",
    })?;
    if whole.tag() != Tag::Sequence {
        return Err(KeyError::Damaged {
            reason: "its bytes are not a DER sequence",
        });
    }
    if !reader.is_finished() {
        return Err(KeyError::Damaged {
            reason: "there are bytes after its end",
        });
    }
    Ok(whole)
}

/// The elements of a constructed value.
pub(crate) fn children(whole: AnyRef<'_>) -> der::Result<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(whole.value())?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        parts.push(AnyRef::decode(&mut reader)?);
    }
    Ok(parts)
}

/// Reads an `AlgorithmIdentifier`: its identifier and its parameters.
pub(crate) fn algorithm(
    value: AnyRef<'_>,
) -> Result<(ObjectIdentifier, Option<AnyRef<'_>>), KeyError> {
    if value.tag() != Tag::Sequence {
        return Err(NO_ALGORITHM);
    }
    let parts = children(value).map_err(|_| NO_ALGORITHM)?;
    let (oid, parameters) = match parts.as_slice() {
        [oid] => (oid, None),
        [oid, parameters] => (oid, Some(*parameters)),
        _ => return Err(NO_ALGORITHM),
    };
    Ok((oid.decode_as().map_err(|_| NO_ALGORITHM)?, parameters))
}

/// How long the value says it is, header included.
fn announced_length(bytes: &[u8]) -> Option<usize> {
    let first = usize::from(*bytes.get(1)?);
    if first < 0x80 {
        return Some(2 + first);
    }
    let count = first & 0x7f;
    if count == 0 || count > 4 {
        return None;
    }
    let length = bytes.get(2..2 + count)?;
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    Some(2 + count + length)
}

/// The name of a public-key algorithm for a message.
pub(crate) fn algorithm_name(oid: ObjectIdentifier) -> String {
    let text = oid.to_string();
    let name = match text.as_str() {
        "1.2.840.10045.2.1" => "an elliptic-curve key",
        "1.3.101.110" => "an X25519 key",
        "1.3.101.111" => "an X448 key",
        "1.3.101.112" => "an Ed25519 key",
        "1.3.101.113" => "an Ed448 key",
        "1.2.840.10040.4.1" => "a DSA key",
        "1.2.840.113549.1.3.1" | "1.2.840.10046.2.1" => "a Diffie-Hellman key",
        "1.2.840.113549.1.1.10" => "an RSA-PSS key (for signatures only)",
        "1.2.840.113549.1.1.7" => "an RSA key bound to OAEP by its algorithm identifier",
        _ => return format!("a key of algorithm {text}"),
    };
    name.to_owned()
}

/// Tag, length and the first inner tag fit into this many bytes.
const MAX_HEADER_BYTES: usize = 16;
/// `rsaEncryption` of RFC 8017 appendix A.1: the only algorithm of our keys.
pub(crate) const RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// An `AlgorithmIdentifier` is an identifier and at most one parameter.
const NO_ALGORITHM: KeyError = KeyError::Damaged {
    reason: "the name of its algorithm or encryption is not whole",
};
