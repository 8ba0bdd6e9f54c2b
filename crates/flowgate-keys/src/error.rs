//! Everything that can go wrong while reading, making or writing key files.
//!
//! Key files come from the operator, so every variant is the operator's to
//! mend, and its text says how: [`KeyError::problem`] names what was found and
//! what was expected, [`KeyError::help`] what to type. `Display` joins both.
//! No message holds any part of a key, of a passphrase or of a file's content
//! other than the name in a PEM header line or of an algorithm.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a key could not be read, made or written.
///
/// The caller adds where the key came from (a file, a variable); only the
/// variants about the file system name a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The input has no bytes, or nothing but blanks and line ends.
    Empty,
    /// The input is the placeholder of Meta's sample README, not a key.
    Placeholder,
    /// The input holds neither a PEM block nor DER nor base64 of either.
    NoKeyFound,
    /// There is something like a PEM header line, but it is not written as one.
    DamagedHeaderLine,
    /// The key ends early: no footer line, or fewer bytes than it announces.
    Truncated {
        /// The name in the header line, or "DER".
        container: String,
    },
    /// The key is whole, but its content is not what its format prescribes.
    Damaged {
        /// What is wrong, in words.
        reason: &'static str,
    },
    /// The numbers of the key do not belong together.
    Inconsistent {
        /// Which of them, in words.
        reason: &'static str,
    },
    /// The header line promises something else than the block holds.
    Mislabelled {
        /// The name in the header line.
        label: String,
        /// What the block holds.
        holds: &'static str,
    },
    /// A public key was given where a private key is needed.
    PublicKeyWherePrivateExpected,
    /// A certificate was given where a private key is needed.
    CertificateWherePrivateExpected,
    /// A private key was given where something public is needed.
    ///
    /// What is read as a public key gets published, so this is never mended
    /// silently by taking the public half.
    PrivateKeyWherePublicExpected,
    /// There are several private keys, and one was asked for.
    SeveralPrivateKeys {
        /// How many.
        count: usize,
    },
    /// The key is of the private form of OpenSSH.
    OpenSshKey,
    /// The input is a key store or a key of another family of tools.
    UnsupportedFile {
        /// What it is.
        found: &'static str,
        /// The command that makes a usable file of it.
        help: &'static str,
    },
    /// The key is not an RSA key for encryption.
    UnsupportedAlgorithm {
        /// The algorithm by name, or by object identifier where it has none here.
        found: String,
    },
    /// The RSA modulus has another size than 2048 bits.
    WrongSize {
        /// The size found, in bits.
        bits: usize,
    },
    /// The public exponent is even, below 3 or above 2^33 - 1.
    UnsupportedExponent,
    /// The key is encrypted by a method that is not supported.
    UnsupportedEncryption {
        /// The method by name, or by object identifier where it has none here.
        found: String,
    },
    /// Deriving the key from the passphrase would cost more than the bound.
    ///
    /// The bound keeps a crafted file from occupying processor or memory.
    ExcessiveCost {
        /// What the file asks for.
        found: String,
        /// What is allowed.
        limit: String,
    },
    /// The key is encrypted and no passphrase was given.
    MissingPassphrase,
    /// The passphrase does not open the key, or the key is damaged.
    ///
    /// None of the encryptions of key files carries a checksum, so the two
    /// cannot be told apart.
    WrongPassphrase,
    /// A key was to be written under an empty passphrase.
    EmptyPassphrase,
    /// A passphrase file is not UTF-8 text.
    PassphraseNotText {
        /// The file.
        path: PathBuf,
    },
    /// The input is larger than any key file.
    TooLarge {
        /// The largest size read, in bytes.
        limit: usize,
    },
    /// A key file exists already and overwriting was not asked for.
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be read or written.
    Io {
        /// What was tried: "read" or "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause, as the operating system gave it.
        source: io::Error,
    },
    /// The operating system gave no random bytes, or encoding failed.
    Generation {
        /// What failed, in words.
        reason: &'static str,
    },
}

impl KeyError {
    /// Says what was found and what was expected: one line, lower case, no
    /// final period.
    pub fn problem(&self) -> String {
        match self {
            Self::Empty => "found nothing where a key was expected".to_owned(),
            Self::Placeholder => {
                "found the placeholder `[REPLACE THIS]` of the sample README instead of a key"
                    .to_owned()
            }
            Self::NoKeyFound => {
                "found no key: neither a `-----BEGIN …-----` line nor DER nor base64 of either"
                    .to_owned()
            }
            Self::DamagedHeaderLine => {
                "found a damaged header or footer line, expected `-----BEGIN …-----` and \
                 `-----END …-----` with five dashes on either side and the same name"
                    .to_owned()
            }
            Self::Truncated { container } => {
                format!("the {container} block is cut off: its end is missing")
            }
            Self::Damaged { reason } => format!("the key is damaged: {reason}"),
            Self::Inconsistent { reason } => {
                format!("the numbers of the key do not belong together: {reason}")
            }
            Self::Mislabelled { label, holds } => {
                format!("the block is labelled `{label}` but holds {holds}")
            }
            Self::PublicKeyWherePrivateExpected => {
                "found a public key, expected the private key".to_owned()
            }
            Self::CertificateWherePrivateExpected => {
                "found a certificate, expected the private key".to_owned()
            }
            Self::PrivateKeyWherePublicExpected => {
                "found a private key where only public material may stand".to_owned()
            }
            Self::SeveralPrivateKeys { count } => {
                format!("found {count} private keys, expected one")
            }
            Self::OpenSshKey => {
                "found a key in the form of OpenSSH, expected PKCS #8 or PKCS #1".to_owned()
            }
            Self::UnsupportedFile { found, .. } => {
                format!("found {found}, expected a key in PEM or DER")
            }
            Self::UnsupportedAlgorithm { found } => {
                format!("found {found}, expected an RSA key of 2048 bits")
            }
            Self::WrongSize { bits } => {
                format!("found an RSA key of {bits} bits, expected exactly 2048")
            }
            Self::UnsupportedExponent => {
                "found a public exponent that is even or out of range, expected 65537 (odd, from \
                 3 to 2^33 - 1)"
                    .to_owned()
            }
            Self::UnsupportedEncryption { found } => {
                format!("the key is encrypted with {found}, which is not supported")
            }
            Self::ExcessiveCost { found, limit } => {
                format!("the key asks for {found} to try a passphrase, more than {limit}")
            }
            Self::MissingPassphrase => {
                "the private key is encrypted and no passphrase was given".to_owned()
            }
            Self::WrongPassphrase => "wrong passphrase or damaged key".to_owned(),
            Self::EmptyPassphrase => "the passphrase to encrypt the key with is empty".to_owned(),
            Self::PassphraseNotText { path } => {
                format!("passphrase file `{}` is not UTF-8 text", path.display())
            }
            Self::TooLarge { limit } => {
                format!("the input is larger than {limit} bytes, which no key file is")
            }
            Self::AlreadyExists { path } => {
                format!("`{}` exists already and was left as it is", path.display())
            }
            Self::Io {
                action,
                path,
                source,
            } => {
                // The cause is part of the line: it alone says what to mend.
                format!("cannot {action} `{}`: {source}", path.display())
            }
            Self::Generation { reason } => (*reason).to_owned(),
        }
    }

    /// Says what to do about it, with the command to type where there is one.
    pub fn help(&self) -> String {
        let help = match self {
            Self::Empty => {
                "give the text of the private key file, or make a pair with \
                 `flowgate keys generate`"
            }
            Self::Placeholder => {
                "put the whole text of your key file in its place; header and footer lines read \
                 `-----BEGIN RSA PRIVATE KEY-----`, without `[REPLACE THIS]`"
            }
            Self::NoKeyFound => {
                "check the path or the variable, or make a pair with `flowgate keys generate`"
            }
            Self::DamagedHeaderLine => {
                "copy the key from its file again, from the first dash to the last"
            }
            Self::Truncated { .. } => {
                "copy the key from its file again, up to and including the line \
                 `-----END …-----`; a variable may need quotes around the text"
            }
            Self::Damaged { .. } => {
                "copy the key from its file again; `openssl pkey -in FILE -noout` tells whether \
                 the file itself is sound"
            }
            Self::Inconsistent { .. } => {
                "take the key from a backup (`openssl rsa -in FILE -check -noout` tells whether \
                 that one is sound), or make a new pair with `flowgate keys generate`"
            }
            Self::Mislabelled { label, .. } if label.contains("PRIVATE") => {
                "give the private key itself; this file's header line was changed by hand"
            }
            Self::Mislabelled { .. } => {
                "do not publish this file; correct the name in its header and footer line, and \
                 make a new pair if it was handed out already"
            }
            Self::PublicKeyWherePrivateExpected => {
                "give the file that `flowgate keys generate` or `openssl genrsa` wrote; its first \
                 line ends in `PRIVATE KEY-----`"
            }
            Self::CertificateWherePrivateExpected => {
                "give the private key that the certificate was made for; its first line ends in \
                 `PRIVATE KEY-----`"
            }
            Self::PrivateKeyWherePublicExpected => {
                "nothing was sent; write the public half to a file of its own with \
                 `openssl pkey -in FILE -pubout -out public.pem`, and give that"
            }
            Self::SeveralPrivateKeys { .. } => {
                "leave one in the file, or load the file as a key ring"
            }
            Self::OpenSshKey => {
                "convert a copy of it with `ssh-keygen -p -m PKCS8 -f COPY`, or better make a \
                 pair of its own with `flowgate keys generate`"
            }
            Self::UnsupportedFile { help, .. } => help,
            Self::UnsupportedAlgorithm { .. } | Self::WrongSize { .. } => {
                "WhatsApp accepts no other; make a pair with `flowgate keys generate` or \
                 `openssl genrsa -aes256 -out private.pem 2048`"
            }
            Self::UnsupportedExponent => "make a pair with `flowgate keys generate`",
            Self::UnsupportedEncryption { .. } | Self::ExcessiveCost { .. } => {
                "encrypt it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE -out \
                 private.pem`"
            }
            Self::MissingPassphrase => {
                "set FLOWGATE_PASSPHRASE, or FLOWGATE_PASSPHRASE_FILE to a file that holds it"
            }
            Self::WrongPassphrase => {
                "check the passphrase, blanks and line ends included; \
                 `openssl pkey -in FILE -noout` asks for it and tells whether it fits"
            }
            Self::EmptyPassphrase => {
                "give a passphrase, or say plainly that the key is to be written without \
                 encryption"
            }
            Self::PassphraseNotText { .. } => "write it anew as UTF-8",
            Self::TooLarge { .. } => "check the path",
            Self::AlreadyExists { .. } => {
                "choose another path; overwriting a private key loses it, and every phone that \
                 still holds its public half"
            }
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "check the path",
                io::ErrorKind::PermissionDenied => {
                    "check who owns the file and its folder, and who runs this program"
                }
                io::ErrorKind::IsADirectory => "give the path of a file in that folder",
                _ => "mend the cause and try again",
            },
            Self::Generation { .. } => "try again; the operating system must give random bytes",
        };
        help.to_owned()
    }
}

impl KeyError {
    /// The same error once more, for one that is kept beside a block.
    ///
    /// Only reading errors are kept there; they hold no source.
    pub(crate) fn repeated(&self) -> Self {
        match self {
            Self::Placeholder => Self::Placeholder,
            Self::Truncated { container } => Self::Truncated {
                container: container.clone(),
            },
            Self::Damaged { reason } => Self::Damaged { reason },
            Self::UnsupportedEncryption { found } => Self::UnsupportedEncryption {
                found: found.clone(),
            },
            _ => Self::Damaged {
                reason: "it could not be decoded",
            },
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.help())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_lower_case_without_final_period_and_say_what_to_do() {
        let errors = [
            KeyError::Empty,
            KeyError::Placeholder,
            KeyError::NoKeyFound,
            KeyError::DamagedHeaderLine,
            KeyError::OpenSshKey,
            KeyError::MissingPassphrase,
            KeyError::WrongPassphrase,
            KeyError::EmptyPassphrase,
            KeyError::UnsupportedExponent,
            KeyError::PrivateKeyWherePublicExpected,
            KeyError::PublicKeyWherePrivateExpected,
            KeyError::CertificateWherePrivateExpected,
            KeyError::WrongSize { bits: 1024 },
            KeyError::SeveralPrivateKeys { count: 2 },
        ];
        for error in errors {
            let text = error.to_string();
            assert!(!text.ends_with('.'), "{text}");
            assert!(!text.starts_with(char::is_uppercase), "{text}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{text}");
            assert!(text.contains("; "), "{text}");
        }
    }
}
