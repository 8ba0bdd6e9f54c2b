//! Finds the keys in whatever text or bytes an operator hands over.
//!
//! [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468) says how PEM is written;
//! environment variables, secret stores and clipboards say how it arrives.
//! This module repairs what can be repaired without guessing, notes each
//! repair, and names the rest. It knows base64 and header lines; what the
//! bytes mean is for [`crate::key_der`].

use base64ct::{Base64Unpadded, Encoding as _};
use zeroize::Zeroizing;

use crate::key_der::DerKind;
use crate::key_file::MAX_KEY_FILE_BYTES;
use crate::key_form::{Encoding, Repair};
use crate::password_encryption::PemCipher;
use crate::{KeyError, key_der};

/// All blocks of one input, in their order.
pub(crate) struct KeyText {
    pub(crate) encoding: Encoding,
    pub(crate) blocks: Vec<Block>,
    /// Repairs of the input as a whole.
    pub(crate) repairs: Vec<Repair>,
}

/// One PEM block, or the whole input where it was DER.
pub(crate) struct Block {
    /// The name in the header line, blanks as they should be; none for DER.
    pub(crate) label: Option<String>,
    /// The decoded bytes, or why there are none. A damaged block is an error
    /// only for whoever needs that block.
    pub(crate) content: Result<Content, KeyError>,
    pub(crate) repairs: Vec<Repair>,
}

/// The decoded body of a block.
pub(crate) struct Content {
    /// Set for the traditional encryption, which the text announces itself.
    pub(crate) cipher: Option<PemCipher>,
    /// The bytes; still encrypted where `cipher` is set.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

impl KeyText {
    /// Reads PEM or DER, mending what the module documentation lists.
    pub(crate) fn read(input: &[u8]) -> Result<Self, KeyError> {
        if input.len() > MAX_KEY_FILE_BYTES {
            return Err(KeyError::TooLarge {
                limit: MAX_KEY_FILE_BYTES,
            });
        }
        if key_der::looks_like_der(input) {
            return Ok(Self {
                encoding: Encoding::Der,
                blocks: vec![Block {
                    label: None,
                    content: Ok(Content {
                        cipher: None,
                        bytes: Zeroizing::new(input.to_vec()),
                    }),
                    repairs: Vec::new(),
                }],
                repairs: Vec::new(),
            });
        }
        let mut repairs = Vec::new();
        let text = to_text(input, &mut repairs);
        Self::read_text(&text, repairs, BASE64_LAYERS)
    }

    fn read_text(text: &str, mut repairs: Vec<Repair>, layers: usize) -> Result<Self, KeyError> {
        let found = find_blocks(text);
        if !found.blocks.is_empty() {
            repairs.extend(found.repairs);
            return Ok(Self {
                encoding: Encoding::Pem,
                blocks: found.blocks,
                repairs,
            });
        }
        if text.chars().all(|c| c.is_whitespace() || c == '\0') {
            return Err(KeyError::Empty);
        }
        if let Some(bytes) = decode_bare_base64(text) {
            if key_der::looks_like_der(&bytes) {
                repairs.push(Repair::HeaderLinesMissing);
                return Ok(Self {
                    encoding: Encoding::Base64Der,
                    blocks: vec![Block {
                        label: None,
                        content: Ok(Content {
                            cipher: None,
                            bytes,
                        }),
                        repairs: Vec::new(),
                    }],
                    repairs,
                });
            }
            if layers > 0 {
                repairs.push(Repair::Base64OfWholeText);
                let inner = to_text(&bytes, &mut repairs);
                return Self::read_text(&inner, repairs, layers - 1);
            }
        }
        Err(diagnose(text))
    }
}

impl Block {
    /// What the block holds, judged by its bytes.
    ///
    /// # Errors
    ///
    /// Why the block could not be decoded, told anew: the block keeps its own.
    pub(crate) fn kind(&self) -> Result<DerKind, KeyError> {
        let content = self.content.as_ref().map_err(KeyError::repeated)?;
        if content.cipher.is_some() {
            // The bytes say nothing before they are decrypted.
            return Ok(DerKind::Pkcs1);
        }
        if self.label.as_deref() == Some("OPENSSH PRIVATE KEY") {
            return Err(KeyError::OpenSshKey);
        }
        DerKind::of(&content.bytes, self.label.as_deref().unwrap_or("DER"))
    }

    /// Whether the block holds private material, or says so.
    pub(crate) fn is_private(&self) -> bool {
        let says_so = self
            .label
            .as_deref()
            .is_some_and(|label| label.contains("PRIVATE"));
        says_so || self.kind().is_ok_and(DerKind::is_private)
    }

    /// Whether the header line promises public material over a private key, or
    /// the reverse. The name of another private or public form is forgiven.
    pub(crate) fn is_mislabelled(&self, kind: DerKind) -> bool {
        let Some(label) = &self.label else {
            return false;
        };
        let is_public = matches!(
            kind,
            DerKind::Spki | DerKind::Pkcs1Public | DerKind::Certificate
        );
        let says_private = label.contains("PRIVATE");
        (kind.is_private() && !says_private) || (is_public && says_private)
    }

    /// The error for a block that holds no key of ours.
    pub(crate) fn unusable(&self, kind: DerKind) -> KeyError {
        kind.unsupported(self.label.as_deref())
    }
}

/// Turns the input into text. Bytes that are not UTF-8 (a friendly name in
/// Latin-1 beside the key) become replacement characters; keys are ASCII.
fn to_text(input: &[u8], repairs: &mut Vec<Repair>) -> Zeroizing<String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        // The capacity is enough for any text, so that growing leaves no copy.
        let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        text
    };
    let text = match input {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Zeroizing::new(String::from_utf8_lossy(rest).into_owned()),
        _ => return Zeroizing::new(String::from_utf8_lossy(input).into_owned()),
    };
    repairs.push(Repair::UnicodeMark);
    text
}

/// What [`find_blocks`] saw.
struct Found {
    blocks: Vec<Block>,
    repairs: Vec<Repair>,
}

/// Finds every `-----BEGIN name-----` and the footer line that belongs to it.
fn find_blocks(text: &str) -> Found {
    let lines = boundaries(text);
    let mut blocks = Vec::new();
    let mut outside = Outside::default();
    let mut rest = 0;
    let mut lines = lines.iter().peekable();
    while let Some(header) = lines.next() {
        if header.word == Word::End {
            // A footer line without a header line is mere text.
            continue;
        }
        outside.see(&text[rest..header.start]);
        // Another header line before the footer line: this block has none.
        let footer = lines.next_if(|next| next.word == Word::End);
        let body_end = match (footer, lines.peek()) {
            (Some(footer), _) => footer.start,
            (None, Some(next)) => next.start,
            (None, None) => text.len(),
        };
        let body = &text[header.end..body_end];
        blocks.push(read_block(
            header.label,
            body,
            footer.map(|line| line.label),
        ));
        rest = footer.map_or(body_end, |footer| footer.end);
    }
    if !blocks.is_empty() {
        outside.see(&text[rest..]);
    }
    Found {
        blocks,
        repairs: outside.repairs(),
    }
}

/// A header or footer line, wherever in a line it stands.
struct Boundary<'a> {
    word: Word,
    label: &'a str,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Begin,
    End,
}

/// Finds all `-----BEGIN …-----` and `-----END …-----` in one pass.
fn boundaries(text: &str) -> Vec<Boundary<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(dashes) = text[from..].find(DASHES) {
        let start = from + dashes;
        let name = text[start..].trim_start_matches('-');
        // Whatever this is, the search goes on behind these dashes.
        from = text.len() - name.len();
        let name = name.trim_start_matches([' ', '\t']);
        let (word, name) = if let Some(name) = name.strip_prefix("BEGIN") {
            (Word::Begin, name)
        } else if let Some(name) = name.strip_prefix("END") {
            (Word::End, name)
        } else {
            continue;
        };
        // A name is short, so that the search for its end is, too.
        let Some(length) = name.find('-').filter(|length| is_label(&name[..*length])) else {
            continue;
        };
        let behind = name[length..].trim_start_matches('-');
        let end = text.len() - behind.len();
        if end - (text.len() - name.len() + length) >= DASHES.len() {
            found.push(Boundary {
                word,
                label: name[..length].trim(),
                start,
                end,
            });
            from = end;
        }
    }
    found
}

/// Whether a text can be the name in a header line. It is shown in messages,
/// so nothing that could be part of a key passes.
fn is_label(text: &str) -> bool {
    !text.trim().is_empty()
        && text.len() <= MAX_LABEL_BYTES
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ' || c == '_')
}

/// What stood outside of the blocks.
#[derive(Default)]
struct Outside {
    text: bool,
    quotes: bool,
    escapes: bool,
}

impl Outside {
    fn see(&mut self, text: &str) {
        // A passphrase may stand in the same environment file.
        let mut plain = Zeroizing::new(String::with_capacity(text.len()));
        self.escapes |= unescape(text, &mut plain);
        for c in plain.chars() {
            match c {
                '"' | '\'' | '`' => self.quotes = true,
                c if c.is_whitespace() || c == '\0' => {}
                _ => self.text = true,
            }
        }
    }

    fn repairs(&self) -> Vec<Repair> {
        // Quotes within a sentence are text; quotes alone were put around the key.
        let seen = [
            (self.text, Repair::TextAround),
            (self.quotes && !self.text, Repair::Quotes),
            (self.escapes, Repair::EscapedLineEnds),
        ];
        seen.into_iter()
            .filter(|(seen, _)| *seen)
            .map(|(_, repair)| repair)
            .collect()
    }
}

fn read_block(begin: &str, body: &str, end: Option<&str>) -> Block {
    let mut repairs = Vec::new();
    let label = spaced_label(begin);
    if label != begin || end.is_some_and(|end| spaced_label(end) != end) {
        repairs.push(Repair::HeaderLineBlanks);
    }
    let content = match end {
        None if is_placeholder(body) => Err(KeyError::Placeholder),
        None => Err(KeyError::Truncated {
            container: label.clone(),
        }),
        Some(end) if spaced_label(end) != label => Err(KeyError::Damaged {
            reason: "header and footer line name different things",
        }),
        Some(_) => read_body(body, &mut repairs),
    };
    Block {
        label: Some(label),
        content,
        repairs,
    }
}

/// Puts back the blanks that a tool took out of a well-known name.
fn spaced_label(label: &str) -> String {
    let squeezed: String = label.chars().filter(|c| !matches!(c, ' ' | '_')).collect();
    let known = KNOWN_LABELS
        .iter()
        .find(|known| known.chars().filter(|c| *c != ' ').eq(squeezed.chars()));
    known.map_or_else(|| label.to_owned(), |known| (*known).to_owned())
}

/// Decodes what stands between header and footer line.
fn read_body(body: &str, repairs: &mut Vec<Repair>) -> Result<Content, KeyError> {
    // Everything derived from the body may be key material and is cleared.
    let mut plain = Zeroizing::new(String::with_capacity(body.len()));
    if unescape(body, &mut plain) {
        repairs.push(Repair::EscapedLineEnds);
    }
    if plain.contains("\r\n") {
        repairs.push(Repair::WindowsLineEnds);
    }
    if plain.contains(['"', '\'']) {
        repairs.push(Repair::Quotes);
    }
    let inner = plain.trim();
    if !inner.contains('\n') && inner.len() > 2 * PEM_COLUMNS {
        repairs.push(Repair::LineEndsLost);
    } else if has_blanks_around_lines(&plain) {
        repairs.push(Repair::BlanksAroundLines);
    }

    let mut compact = Zeroizing::new(String::with_capacity(plain.len()));
    for line in plain.lines() {
        // Header lines other than those of the encryption (`Comment: …`) say
        // nothing about the key. No line of base64 holds a colon.
        if line.contains(':') && !line.contains("Proc-Type") && !line.contains("DEK-Info") {
            continue;
        }
        compact.extend(
            line.chars()
                .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\0')),
        );
    }
    if is_placeholder(&compact) {
        return Err(KeyError::Placeholder);
    }
    let (cipher, base64) = match compact.strip_prefix("Proc-Type:") {
        None => (None, compact.as_str()),
        Some(rest) => {
            let info = rest.strip_prefix("4,ENCRYPTED").ok_or(KeyError::Damaged {
                reason: "its `Proc-Type` line is not `4,ENCRYPTED`",
            })?;
            let info = info.strip_prefix("DEK-Info:").ok_or(KeyError::Damaged {
                reason: "its `DEK-Info` line is missing",
            })?;
            let (cipher, base64) = PemCipher::from_dek_info(info)?;
            (Some(cipher), base64)
        }
    };
    let bytes = match without_stray_n(base64) {
        Some(base64) => {
            repairs.retain(|repair| *repair != Repair::LineEndsLost);
            repairs.push(Repair::BackslashesLost);
            decode_base64(&base64)?
        }
        None => decode_base64(base64)?,
    };
    Ok(Content { cipher, bytes })
}

/// Takes out the letters `n` that are left of `\n` when a shell has eaten the
/// backslashes: one before the first line, one after each line of 64.
///
/// Base64 has the letter too, but not at each of these places: a private key
/// by chance once in 64^25, a public key once in 64^7.
fn without_stray_n(base64: &str) -> Option<Zeroizing<String>> {
    let lines = base64.strip_suffix('n')?.as_bytes().chunks(1 + PEM_COLUMNS);
    if lines.len() < MIN_LINES_TO_JUDGE {
        return None;
    }
    let mut plain = Zeroizing::new(String::with_capacity(base64.len()));
    for line in lines {
        let [b'n', line @ ..] = line else {
            return None;
        };
        plain.extend(line.iter().copied().map(char::from));
    }
    Some(plain)
}

/// Writes the text without the escapes that JSON, shells and `.env` files put
/// in, however often they were escaped; tells whether there were any.
fn unescape(text: &str, plain: &mut String) -> bool {
    let mut escaped = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        while chars.next_if_eq(&'\\').is_some() {}
        escaped = true;
        match chars.peek() {
            Some('n' | 'r') => {
                chars.next();
                plain.push('\n');
            }
            Some('t') => {
                chars.next();
                plain.push(' ');
            }
            // `\/` of JSON, a continued line, an escaped quote: the next
            // character stands for itself.
            Some('/' | '\n' | '\r' | '"' | '\'' | '+' | '=') => {}
            // Anything else is no escape; base64 will name it.
            _ => plain.push('\\'),
        }
    }
    escaped
}

fn has_blanks_around_lines(plain: &str) -> bool {
    // The line end right after the header line begins the first, empty line.
    plain
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .any(|line| line.starts_with([' ', '\t']) || line.ends_with([' ', '\t']))
}

fn decode_base64(base64: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if base64.is_empty() {
        return Err(KeyError::Damaged {
            reason: "there is nothing between header and footer line",
        });
    }
    // Padding is redundant, and some tools drop it. Nothing else is forgiven:
    // what is not base64 here is a key with something missing.
    let unpadded = base64.trim_end_matches('=');
    Base64Unpadded::decode_vec(unpadded)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Damaged {
            reason: "the text between header and footer line is not base64",
        })
}

/// Decodes a text that is base64 from its first to its last character.
fn decode_bare_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    unescape(text, &mut plain);
    let mut compact = Zeroizing::new(String::with_capacity(plain.len()));
    compact.extend(
        plain
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\0')),
    );
    // Shorter than any key: words that happen to be base64 stay words.
    if compact.len() < MIN_BARE_BASE64 {
        return None;
    }
    decode_base64(&compact).ok()
}

fn is_placeholder(text: &str) -> bool {
    text.contains("REPLACE THIS") || text.contains("[REPLACETHIS]") || text.contains("...")
}

/// Names what a text without any block is.
fn diagnose(text: &str) -> KeyError {
    let found = |found, help| KeyError::UnsupportedFile { found, help };
    if text.contains("REPLACE THIS") {
        return KeyError::Placeholder;
    }
    if text.contains("PuTTY-User-Key-File") {
        return found(
            "a key of PuTTY",
            "make a pair with `flowgate keys generate`",
        );
    }
    if text.contains("ssh-rsa ") || text.contains("ssh-ed25519 ") || text.contains("SSH2 PUBLIC") {
        return found(
            "a public key in the form of OpenSSH",
            "convert it with `ssh-keygen -e -m PKCS8 -f FILE`; a server needs the private key",
        );
    }
    if text.contains("\"kty\"") {
        return found(
            "a JSON Web Key",
            "export it as PKCS #8 PEM, or make a pair with `flowgate keys generate`",
        );
    }
    let names_a_key = ["PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE", "PRIVATEKEY"];
    if text.contains("--") && names_a_key.iter().any(|name| text.contains(name)) {
        return KeyError::DamagedHeaderLine;
    }
    KeyError::NoKeyFound
}

/// What header and footer lines begin and end with.
const DASHES: &str = "-----";
/// The line length of PEM, RFC 7468 section 2.
const PEM_COLUMNS: usize = 64;
/// Fewer lines would leave too much to chance; a public key has seven.
const MIN_LINES_TO_JUDGE: usize = 6;
/// The longest name of a header line that is taken for one.
const MAX_LABEL_BYTES: usize = 40;
/// An Ed25519 key, the shortest that can be named, takes 64 characters.
const MIN_BARE_BASE64: usize = 56;
/// How often base64 around a whole text is taken off: once by whoever stored
/// it, once more by the secret store.
const BASE64_LAYERS: usize = 2;
/// Names whose blanks can be put back.
const KNOWN_LABELS: [&str; 8] = [
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "EC PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "CERTIFICATE",
];
