//! What a loaded key came from: its form, what was repaired, what to know.

use std::fmt;

/// A key together with what its file looked like.
///
/// `flowgate keys inspect` renders it; a server logs its repairs and notes
/// once at start. It says nothing about the secret parts of the key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded<K> {
    /// The key itself.
    pub key: K,
    /// The form it was found in.
    pub form: KeyForm,
    /// What had to be repaired before it could be read, in the order of work.
    pub repairs: Vec<Repair>,
    /// What the owner should know although the key works.
    pub notes: Vec<KeyNote>,
}

impl<K> Loaded<K> {
    pub(crate) fn map<T>(self, wrap: impl FnOnce(K) -> T) -> Loaded<T> {
        Loaded {
            key: wrap(self.key),
            form: self.form,
            repairs: self.repairs,
            notes: self.notes,
        }
    }
}

/// The form of a key file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyForm {
    /// Whether the key was in text or in binary form.
    pub encoding: Encoding,
    /// The structure inside.
    pub container: Container,
    /// How it was encrypted; `None` for a key in the clear.
    pub encryption: Option<Encryption>,
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.container, self.encoding)
    }
}

/// How the bytes of a key file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Base64 between a header and a footer line (RFC 7468).
    Pem,
    /// Binary (X.690).
    Der,
    /// Base64 of DER without header and footer line.
    Base64Der,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Der => "DER",
            Self::Base64Der => "base64 without header lines",
        })
    }
}

/// The structure that holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Container {
    /// `RSAPrivateKey` of PKCS #1, RFC 8017 appendix A.1.2.
    Pkcs1,
    /// `PrivateKeyInfo` of PKCS #8, RFC 5958, in the clear or encrypted.
    Pkcs8,
    /// `RSAPublicKey` of PKCS #1, RFC 8017 appendix A.1.1.
    Pkcs1Public,
    /// `SubjectPublicKeyInfo`, RFC 5280 section 4.1: the form that WhatsApp takes.
    Spki,
    /// An X.509 certificate, of which only the public key is used.
    Certificate,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs1 => "PKCS #1 private key",
            Self::Pkcs8 => "PKCS #8 private key",
            Self::Pkcs1Public => "PKCS #1 public key",
            Self::Spki => "public key (SubjectPublicKeyInfo)",
            Self::Certificate => "X.509 certificate",
        })
    }
}

/// How a private key was encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encryption {
    /// The cipher, for instance `AES-256-CBC`.
    pub cipher: &'static str,
    /// How the cipher's key comes from the passphrase.
    pub derivation: KeyDerivation,
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.cipher, self.derivation)
    }
}

/// How the key of a cipher is derived from a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyDerivation {
    /// OpenSSL's traditional scheme: MD5, one iteration.
    Md5Once,
    /// PBKDF2, RFC 8018 section 5.2.
    Pbkdf2 {
        /// The hash of its HMAC, for instance `SHA-256`.
        hash: &'static str,
        /// How many times it is applied.
        iterations: u32,
    },
    /// scrypt, RFC 7914.
    Scrypt {
        /// N, the cost in processor time and memory.
        cost: u64,
        /// r, the size of a block.
        block_size: u32,
        /// p, the parallelization.
        parallelization: u32,
    },
    /// The derivation of PKCS #12 with SHA-1, RFC 7292 appendix B.
    Pkcs12Sha1 {
        /// How many times it is applied.
        iterations: u32,
    },
}

impl fmt::Display for KeyDerivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Md5Once => f.write_str("MD5 once (traditional PEM)"),
            Self::Pbkdf2 { hash, iterations } => {
                write!(f, "PBKDF2-HMAC-{hash} with {iterations} iterations")
            }
            Self::Scrypt {
                cost,
                block_size,
                parallelization,
            } => write!(
                f,
                "scrypt with N={cost}, r={block_size}, p={parallelization}"
            ),
            Self::Pkcs12Sha1 { iterations } => {
                write!(f, "PKCS #12 with SHA-1 and {iterations} iterations")
            }
        }
    }
}

/// A damage of the text that was mended while reading.
///
/// Environment variables, secret stores and clipboards do this to PEM. The key
/// is whole, but other programs may refuse the same text, so it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repair {
    /// The text was UTF-16 or began with a byte order mark, as Windows tools write it.
    UnicodeMark,
    /// The whole text was encoded in base64 once more.
    Base64OfWholeText,
    /// Header and footer line were missing around the base64.
    HeaderLinesMissing,
    /// Text stood before, between or after the blocks.
    TextAround,
    /// Quotes stood around the text or its lines.
    Quotes,
    /// Line ends were written as the two characters `\n` (or `/` as `\/`).
    EscapedLineEnds,
    /// Line ends were written as the letter `n`: `\n` without its backslash.
    BackslashesLost,
    /// Lines ended in CR LF, as on Windows.
    WindowsLineEnds,
    /// Lines began or ended with blanks.
    BlanksAroundLines,
    /// All lines had been joined into one.
    LineEndsLost,
    /// Blanks were missing within the header or footer line.
    HeaderLineBlanks,
    /// The name in the header line was that of another form of private or public key.
    HeaderLineName,
}

impl Repair {
    /// The repairs of an input and of a block in it, each once: the same
    /// damage inside and outside of the block is one.
    pub(crate) fn joined(input: &[Self], block: &[Self]) -> Vec<Self> {
        let mut joined = Vec::new();
        for repair in input.iter().chain(block) {
            if !joined.contains(repair) {
                joined.push(*repair);
            }
        }
        joined
    }

    /// Says how to mend the file itself, for programs that do not repair.
    pub fn help(self) -> &'static str {
        match self {
            Self::UnicodeMark => "iconv -f UTF-16 -t UTF-8 FILE > clean.pem",
            Self::Base64OfWholeText => "base64 -d FILE > clean.pem",
            Self::HeaderLinesMissing => {
                "base64 -d FILE | openssl pkey -inform DER -out clean.pem (with -pubin for a \
                 public key)"
            }
            Self::TextAround => {
                "delete everything before `-----BEGIN` and after `-----` at the end"
            }
            Self::Quotes => "delete the quotes",
            Self::EscapedLineEnds => "printf '%b\\n' \"$(cat FILE)\" > clean.pem",
            Self::BackslashesLost => "set the variable again with the text in single quotes",
            Self::WindowsLineEnds => "tr -d '\\r' < FILE > clean.pem",
            Self::BlanksAroundLines => "sed 's/^[ \\t]*//; s/[ \\t]*$//' FILE > clean.pem",
            Self::LineEndsLost => {
                "put header and footer on lines of their own and break the rest every 64 characters"
            }
            Self::HeaderLineBlanks => {
                "write the header as `-----BEGIN PRIVATE KEY-----`, with its blanks"
            }
            Self::HeaderLineName => {
                "name the block by its form: PRIVATE KEY (PKCS #8), RSA PRIVATE KEY (PKCS #1), ENCRYPTED PRIVATE KEY, PUBLIC KEY"
            }
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnicodeMark => "UTF-16 text or a byte order mark turned into plain text",
            Self::Base64OfWholeText => "base64 around the whole text taken off",
            Self::HeaderLinesMissing => "missing header and footer lines supplied",
            Self::TextAround => "text around the key left out",
            Self::Quotes => "quotes taken off",
            Self::EscapedLineEnds => "`\\n` written as two characters turned into line ends",
            Self::BackslashesLost => "`n` left over from `\\n` turned into line ends",
            Self::WindowsLineEnds => "Windows line ends (CR LF) turned into line ends",
            Self::BlanksAroundLines => "blanks around lines taken off",
            Self::LineEndsLost => "lost line ends put back",
            Self::HeaderLineBlanks => "lost blanks in the header line put back",
            Self::HeaderLineName => "wrong name in the header line corrected",
        })
    }
}

/// Something the owner of a working key should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyNote {
    /// A passphrase was given, but the key was not encrypted.
    PassphraseNotNeeded,
    /// A certificate beside the private key belongs to it.
    CertificateMatches,
    /// A certificate or public key beside the private key belongs to another pair.
    OtherPublicKeyBeside,
    /// Further blocks stood in the file and were not used.
    OtherBlocks {
        /// The names in their header lines.
        labels: Vec<String>,
    },
    /// The passphrase can be tried quickly by whoever gets hold of the file.
    WeakDerivation,
    /// The public exponent is not the usual 65537.
    UnusualExponent,
}

impl fmt::Display for KeyNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassphraseNotNeeded => f.write_str(
                "a passphrase was given, but the key is not encrypted; remove the setting, or \
                 encrypt the key with `openssl pkcs8 -topk8 -in FILE -out private.pem`",
            ),
            Self::CertificateMatches => {
                f.write_str("the certificate in the same file belongs to this key")
            }
            Self::OtherPublicKeyBeside => {
                f.write_str("the certificate or public key in the same file belongs to another key")
            }
            Self::OtherBlocks { labels } => {
                write!(
                    f,
                    "other blocks in the file were not used: {}",
                    labels.join(", ")
                )
            }
            Self::WeakDerivation => f.write_str(
                "passphrases can be tried fast against this encryption; write the key anew with \
                 `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in FILE -out private.pem`",
            ),
            Self::UnusualExponent => {
                f.write_str("the public exponent is not 65537, which other programs may refuse")
            }
        }
    }
}
