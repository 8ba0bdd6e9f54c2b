//! Reads JSON and goes on after a mistake wherever the meaning is plain.
//!
//! Implements [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259). Nesting is
//! held on a heap stack and limited, so no input can exhaust the call stack.
//! People's habits from other notations (comments, trailing commas, single
//! quotes) are reported and skipped; everything else ends the reading.

use std::{collections::HashSet, fmt, ops::Range};

use super::{Document, JsonKind, KeyData, NONE, NodeData};
use crate::source_text::SourceText;

/// The deepest nesting of arrays and objects that is read.
///
/// Flow JSON needs fewer than forty levels. 128 is also the limit of
/// `serde_json`, so every document accepted here can be read elsewhere.
pub const MAX_DEPTH: usize = 128;

/// The largest text that WhatsApp accepts as Flow JSON: 10 MB.
///
/// Source: [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson).
/// WhatsApp counts a megabyte as 1024 × 1024 bytes.
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// Describes one offence against JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonProblem {
    /// What was found.
    pub kind: JsonProblemKind,
    /// The bytes of the text where it was found.
    pub span: Range<usize>,
}

/// Says which rule of JSON a text breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonProblemKind {
    /// The text is larger than [`MAX_DOCUMENT_BYTES`].
    TooLarge {
        /// The size of the text in bytes.
        bytes: usize,
    },
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// The text holds no value at all.
    Empty,
    /// The text begins with a byte order mark.
    ByteOrderMark,
    /// A byte is not UTF-8.
    NotUtf8 {
        /// The offending byte.
        byte: u8,
    },
    /// A comma stands before a closing bracket.
    TrailingComma,
    /// Two values stand side by side without a comma.
    MissingComma,
    /// A comma stands where a value or member name was expected.
    ExtraComma,
    /// A member name has no colon behind it.
    MissingColon,
    /// A comment, which JSON does not know.
    Comment,
    /// A string in single quotes.
    SingleQuotes,
    /// A member name without quotes.
    UnquotedName,
    /// A word that is no JSON literal, such as `None` or `undefined`.
    UnknownWord,
    /// A number that JSON does not allow, such as `01`, `+1`, `.5` or `1.`.
    MalformedNumber,
    /// A backslash with a character that escapes nothing.
    MalformedEscape,
    /// A line break or another control character inside a string.
    ControlCharacter,
    /// A string that is never closed.
    UnclosedString,
    /// An array or object that is never closed.
    UnclosedContainer {
        /// The bracket that opened it.
        open: char,
    },
    /// A closing bracket that does not fit the opening one.
    WrongClose {
        /// The bracket that was found.
        found: char,
        /// The bracket that was expected.
        expected: char,
    },
    /// A value was expected and something else stands there.
    ExpectedValue,
    /// A member name was expected and something else stands there.
    ExpectedName,
    /// Text follows the outermost value.
    TrailingText,
    /// An object has two members of one name.
    DuplicateKey {
        /// The name.
        key: String,
        /// Where the name was first used.
        first: Range<usize>,
    },
}

impl JsonProblemKind {
    /// Says what to do about the problem.
    pub fn help(&self) -> String {
        match self {
            Self::TooLarge { .. } => {
                "move images and long lists out of the document and send them from your endpoint"
                    .into()
            }
            Self::TooDeep => "check for a generator that nests without end".into(),
            Self::Empty => r#"begin with {"version": "7.3", "screens": []}"#.into(),
            Self::ByteOrderMark => "save the file as UTF-8 without a byte order mark".into(),
            Self::NotUtf8 { .. } => "save the file as UTF-8".into(),
            Self::TrailingComma | Self::ExtraComma => "delete the comma".into(),
            Self::MissingComma => "put a comma between the two".into(),
            Self::MissingColon => "put a colon between the name and its value".into(),
            Self::Comment => "delete the comment; JSON has none".into(),
            Self::SingleQuotes => "write the text in double quotes".into(),
            Self::UnquotedName => "write the name in double quotes".into(),
            Self::UnknownWord => "write true, false, or text in double quotes".into(),
            Self::MalformedNumber => {
                "write the number with digits before and after the point and without leading zeroes"
                    .into()
            }
            Self::MalformedEscape => {
                r#"write \\ for a backslash; the other escapes are \" \/ \b \f \n \r \t and \uXXXX"#
                    .into()
            }
            Self::ControlCharacter => r"write \n for a line break and \t for a tab".into(),
            Self::UnclosedString => r#"close the text with ""#.into(),
            Self::UnclosedContainer { open } => {
                format!("close it with {}", if *open == '{' { '}' } else { ']' })
            }
            Self::WrongClose { expected, .. } => format!("write {expected} here"),
            Self::ExpectedValue => {
                "write a text in double quotes, a number, true, false, an array or an object".into()
            }
            Self::ExpectedName => "write a name in double quotes, a colon and a value".into(),
            Self::TrailingText => "delete everything after the end of the document".into(),
            Self::DuplicateKey { key, .. } => {
                format!("keep one `{key}`; most programs read only the last one")
            }
        }
    }
}

impl fmt::Display for JsonProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(
                f,
                "the document has {bytes} bytes and may have at most {MAX_DOCUMENT_BYTES}"
            ),
            Self::TooDeep => write!(
                f,
                "arrays and objects are nested deeper than {MAX_DEPTH} levels"
            ),
            Self::Empty => f.write_str("the document is empty, expected an object"),
            Self::ByteOrderMark => f.write_str("the document begins with a byte order mark"),
            Self::NotUtf8 { byte } => write!(f, "byte 0x{byte:02x} is not UTF-8 text"),
            Self::TrailingComma => f.write_str("comma before a closing bracket"),
            Self::MissingComma => f.write_str("expected a comma"),
            Self::ExtraComma => f.write_str("comma without a value before it"),
            Self::MissingColon => f.write_str("expected a colon after the member name"),
            Self::Comment => f.write_str("comment in JSON"),
            Self::SingleQuotes => f.write_str("text in single quotes, expected double quotes"),
            Self::UnquotedName => f.write_str("member name without quotes"),
            Self::UnknownWord => f.write_str("unknown word, expected a value"),
            Self::MalformedNumber => f.write_str("malformed number"),
            Self::MalformedEscape => f.write_str("unknown escape in a text"),
            Self::ControlCharacter => f.write_str("line break or control character inside a text"),
            Self::UnclosedString => f.write_str("text is never closed"),
            Self::UnclosedContainer { open } => write!(f, "`{open}` is never closed"),
            Self::WrongClose { found, expected } => {
                write!(f, "found `{found}`, expected `{expected}`")
            }
            Self::ExpectedValue => f.write_str("expected a value"),
            Self::ExpectedName => f.write_str("expected a member name"),
            Self::TrailingText => f.write_str("text after the end of the document"),
            Self::DuplicateKey { key, .. } => write!(f, "member `{key}` is written twice"),
        }
    }
}

pub(crate) struct ReadJson {
    pub(crate) document: Document,
    pub(crate) problems: Vec<JsonProblem>,
    /// Whether the whole text was understood; if not, what follows the last
    /// problem is missing from the document.
    pub(crate) complete: bool,
}

pub(crate) fn read(bytes: &[u8]) -> ReadJson {
    let mut problems = Vec::new();
    if bytes.len() > MAX_DOCUMENT_BYTES {
        problems.push(JsonProblem {
            kind: JsonProblemKind::TooLarge { bytes: bytes.len() },
            span: 0..0,
        });
        return ReadJson {
            document: empty_document(),
            problems,
            complete: false,
        };
    }
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            problems.push(JsonProblem {
                kind: JsonProblemKind::ByteOrderMark,
                span: 0..0,
            });
            rest
        }
        None => bytes,
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) => {
            // Replacement characters are longer than the bytes they stand
            // for, but the text before the first of them is untouched.
            let at = error.valid_up_to();
            problems.push(JsonProblem {
                kind: JsonProblemKind::NotUtf8 { byte: bytes[at] },
                span: at..at + '\u{fffd}'.len_utf8(),
            });
            String::from_utf8_lossy(bytes).into_owned()
        }
    };
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text: &text,
        at: 0,
        nodes: Vec::with_capacity(text.len() / 24),
        keys: Vec::with_capacity(text.len() / 32),
        decoded: Vec::new(),
        problems,
    };
    let complete = reader.document();
    let Reader {
        nodes,
        keys,
        decoded,
        problems,
        ..
    } = reader;
    ReadJson {
        document: Document {
            source: SourceText::new(text),
            nodes,
            keys,
            decoded,
        },
        problems,
        complete,
    }
}

fn empty_document() -> Document {
    Document {
        source: SourceText::new(""),
        nodes: Vec::new(),
        keys: Vec::new(),
        decoded: Vec::new(),
    }
}

/// More problems than these are not collected; a file with so many is no JSON.
const MAX_PROBLEMS: usize = 100;

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    nodes: Vec<NodeData>,
    keys: Vec<KeyData>,
    decoded: Vec<Box<str>>,
    problems: Vec<JsonProblem>,
}

/// An array or object that is still open.
struct Open {
    node: u32,
    last_child: u32,
    object: bool,
    first_key: usize,
}

/// Ends the reading; the problem has been reported.
struct Stop;

impl<'t> Reader<'t> {
    fn document(&mut self) -> bool {
        let mut open = Vec::new();
        let outcome = self.value_and_rest(&mut open);
        // Whatever is still open ends where the reading ended, so that every
        // span lies inside the text.
        for container in open.iter().rev() {
            self.close(container);
        }
        outcome.is_ok()
    }

    fn value_and_rest(&mut self, open: &mut Vec<Open>) -> Result<(), Stop> {
        self.skip_blank()?;
        if self.at == self.bytes.len() {
            return self.stop(JsonProblemKind::Empty, self.at..self.at);
        }
        self.value(open, NONE)?;
        while let Some(container) = open.last() {
            let object = container.object;
            self.skip_blank()?;
            match self.peek() {
                None => {
                    let (node, open_char) = (container.node, if object { '{' } else { '[' });
                    let start = self.nodes[node as usize].start as usize;
                    return self.stop(
                        JsonProblemKind::UnclosedContainer { open: open_char },
                        start..start + 1,
                    );
                }
                Some(b'}' | b']') => self.end_container(open)?,
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    if container.last_child == NONE {
                        self.report(JsonProblemKind::ExtraComma, comma..comma + 1)?;
                        continue;
                    }
                    self.skip_blank()?;
                    match self.peek() {
                        Some(b'}' | b']') => {
                            self.report(JsonProblemKind::TrailingComma, comma..comma + 1)?;
                        }
                        Some(b',') => {
                            self.report(JsonProblemKind::ExtraComma, self.at..self.at + 1)?;
                        }
                        None => {}
                        Some(_) => self.element(open)?,
                    }
                }
                Some(_) => {
                    if container.last_child != NONE {
                        let behind = self.nodes[container.last_child as usize].end as usize;
                        self.report(JsonProblemKind::MissingComma, behind..behind)?;
                    }
                    self.element(open)?;
                }
            }
        }
        self.skip_blank()?;
        if self.at < self.bytes.len() {
            return self.stop(
                JsonProblemKind::TrailingText,
                self.at..self.at + self.char_len(),
            );
        }
        Ok(())
    }

    /// Reads one item of an array or one member of an object.
    fn element(&mut self, open: &mut Vec<Open>) -> Result<(), Stop> {
        let Some(container) = open.last() else {
            return Ok(());
        };
        if !container.object {
            return self.value(open, NONE);
        }
        let start = self.at;
        let decoded = match self.bytes[self.at] {
            b'"' => self.string()?,
            b'\'' => self.single_quoted()?,
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.word();
                self.report(JsonProblemKind::UnquotedName, start..self.at)?;
                let name = self.text[start..self.at].into();
                self.keep(name)
            }
            _ => {
                return self.stop(
                    JsonProblemKind::ExpectedName,
                    self.at..self.at + self.char_len(),
                );
            }
        };
        let key = self.keys.len() as u32;
        self.keys.push(KeyData {
            start: start as u32,
            end: self.at as u32,
            decoded,
        });
        let behind = self.at;
        self.skip_blank()?;
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b',' | b'}' | b']') | None => {
                return self.stop(JsonProblemKind::MissingColon, behind..behind);
            }
            Some(_) => self.report(JsonProblemKind::MissingColon, behind..behind)?,
        }
        self.skip_blank()?;
        self.value(open, key)
    }

    /// Reads a scalar whole, or the opening bracket of a container.
    fn value(&mut self, open: &mut Vec<Open>, key: u32) -> Result<(), Stop> {
        let start = self.at;
        let Some(byte) = self.peek() else {
            return self.stop(JsonProblemKind::ExpectedValue, start..start);
        };
        let (kind, decoded) = match byte {
            b'{' | b'[' => {
                if open.len() == MAX_DEPTH {
                    return self.stop(JsonProblemKind::TooDeep, start..start + 1);
                }
                self.at += 1;
                let object = byte == b'{';
                let kind = if object {
                    JsonKind::Object
                } else {
                    JsonKind::Array
                };
                let node = self.push(open, kind, start, key, NONE);
                open.push(Open {
                    node,
                    last_child: NONE,
                    object,
                    first_key: self.keys.len(),
                });
                return Ok(());
            }
            b'"' => (JsonKind::String, self.string()?),
            b'\'' => (JsonKind::String, self.single_quoted()?),
            b'-' | b'+' | b'.' | b'0'..=b'9' => {
                self.number()?;
                (JsonKind::Number, NONE)
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => (self.literal()?, NONE),
            _ => {
                return self.stop(
                    JsonProblemKind::ExpectedValue,
                    start..start + self.char_len(),
                );
            }
        };
        self.push(open, kind, start, key, decoded);
        Ok(())
    }

    fn push(
        &mut self,
        open: &mut [Open],
        kind: JsonKind,
        start: usize,
        mut key: u32,
        decoded: u32,
    ) -> u32 {
        let id = self.nodes.len() as u32;
        let mut parent = NONE;
        if let Some(container) = open.last_mut() {
            parent = container.node;
            if container.last_child != NONE {
                self.nodes[container.last_child as usize].next = id;
            }
            container.last_child = id;
            let siblings = &mut self.nodes[container.node as usize].children;
            if !container.object {
                key = *siblings;
            }
            *siblings += 1;
        }
        self.nodes.push(NodeData {
            start: start as u32,
            end: self.at as u32,
            parent,
            next: NONE,
            children: 0,
            key,
            decoded,
            kind,
        });
        id
    }

    fn end_container(&mut self, open: &mut Vec<Open>) -> Result<(), Stop> {
        let Some(container) = open.last() else {
            return Ok(());
        };
        let found = self.bytes[self.at];
        let expected = if container.object { b'}' } else { b']' };
        if found != expected {
            return self.stop(
                JsonProblemKind::WrongClose {
                    found: found as char,
                    expected: expected as char,
                },
                self.at..self.at + 1,
            );
        }
        self.at += 1;
        if let Some(container) = open.pop() {
            self.close(&container);
            if container.object {
                self.find_duplicates(&container)?;
            }
        }
        Ok(())
    }

    fn close(&mut self, container: &Open) {
        self.nodes[container.node as usize].end = self.at as u32;
    }

    fn find_duplicates(&mut self, container: &Open) -> Result<(), Stop> {
        let count = self.nodes[container.node as usize].children as usize;
        if count < 2 {
            return Ok(());
        }
        let mut keys = Vec::with_capacity(count);
        let mut child = container.node + 1;
        while child != NONE {
            keys.push(self.nodes[child as usize].key);
            child = self.nodes[child as usize].next;
        }
        debug_assert!(keys.iter().all(|key| *key as usize >= container.first_key));
        let mut repeated = Vec::new();
        if count <= 12 {
            // Comparing a handful of short names is cheaper than hashing them.
            for (index, key) in keys.iter().enumerate() {
                let name = self.key_text(*key);
                if let Some(first) = keys[..index].iter().find(|k| self.key_text(**k) == name) {
                    repeated.push((*first, *key));
                }
            }
        } else {
            let mut seen = HashSet::with_capacity(count);
            let mut again = HashSet::new();
            for key in &keys {
                let name = self.key_text(*key);
                if !seen.insert(name) {
                    again.insert(name);
                }
            }
            if !again.is_empty() {
                let mut first = std::collections::HashMap::new();
                for key in &keys {
                    let name = self.key_text(*key);
                    if again.contains(name) {
                        match first.entry(name) {
                            std::collections::hash_map::Entry::Vacant(place) => {
                                place.insert(*key);
                            }
                            std::collections::hash_map::Entry::Occupied(place) => {
                                repeated.push((*place.get(), *key));
                            }
                        }
                    }
                }
            }
        }
        for (first, key) in repeated {
            let name = self.key_text(key).to_owned();
            let first = self.keys[first as usize];
            let key = self.keys[key as usize];
            self.report(
                JsonProblemKind::DuplicateKey {
                    key: name,
                    first: first.start as usize..first.end as usize,
                },
                key.start as usize..key.end as usize,
            )?;
        }
        Ok(())
    }

    fn key_text(&self, key: u32) -> &str {
        let key = self.keys[key as usize];
        if key.decoded == NONE {
            &self.text[key.start as usize + 1..key.end as usize - 1]
        } else {
            &self.decoded[key.decoded as usize]
        }
    }

    /// Reads a string and returns the index of its decoded text, or `NONE` if
    /// the text between the quotes is the value.
    fn string(&mut self) -> Result<u32, Stop> {
        let start = self.at;
        self.at += 1;
        let mut plain = true;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => {
                    plain = false;
                    let escape = self.at;
                    self.at += 1;
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                            self.at += 1;
                        }
                        Some(b'u') => {
                            self.at += 1;
                            let digits = self.bytes[self.at..]
                                .iter()
                                .take(4)
                                .take_while(|byte| byte.is_ascii_hexdigit())
                                .count();
                            self.at += digits;
                            if digits < 4 {
                                self.report(JsonProblemKind::MalformedEscape, escape..self.at)?;
                            }
                        }
                        Some(_) => {
                            self.at += self.char_len();
                            self.report(JsonProblemKind::MalformedEscape, escape..self.at)?;
                        }
                        None => {}
                    }
                }
                Some(byte) if byte < 0x20 => {
                    if byte == b'\n' && self.looks_unclosed() {
                        return self.stop(JsonProblemKind::UnclosedString, start..self.at);
                    }
                    self.report(JsonProblemKind::ControlCharacter, self.at..self.at + 1)?;
                    self.at += 1;
                }
                Some(_) => {
                    // Runs of ordinary bytes are the bulk of every document.
                    let rest = &self.bytes[self.at..];
                    let run = rest
                        .iter()
                        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
                        .unwrap_or(rest.len());
                    self.at += run;
                }
                None => {
                    return self.stop(JsonProblemKind::UnclosedString, start..start + 1);
                }
            }
        }
        if plain {
            return Ok(NONE);
        }
        let value = decode(&self.text[start..self.at]).into_boxed_str();
        Ok(self.keep(value))
    }

    /// Says whether the line break at hand ends a string that somebody forgot
    /// to close, as opposed to a string that runs over several lines.
    fn looks_unclosed(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let quote = rest.iter().position(|byte| *byte == b'"');
        let Some(quote) = quote else {
            return true;
        };
        // After the real end of a string comes punctuation; after the start
        // of the next one comes text.
        let behind = rest[quote + 1..]
            .iter()
            .find(|byte| !byte.is_ascii_whitespace());
        !matches!(behind, Some(b',' | b'}' | b']' | b':'))
    }

    fn single_quoted(&mut self) -> Result<u32, Stop> {
        let start = self.at;
        let rest = &self.bytes[start + 1..];
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'\'' | b'\n'))
            .filter(|at| rest[*at] == b'\'');
        let Some(length) = end else {
            return self.stop(JsonProblemKind::SingleQuotes, start..start + 1);
        };
        self.at = start + length + 2;
        self.report(JsonProblemKind::SingleQuotes, start..self.at)?;
        let value = self.text[start + 1..self.at - 1].into();
        Ok(self.keep(value))
    }

    fn keep(&mut self, value: Box<str>) -> u32 {
        self.decoded.push(value);
        self.decoded.len() as u32 - 1
    }

    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
        ) {
            self.at += 1;
        }
        if !is_json_number(&self.bytes[start..self.at]) {
            self.report(JsonProblemKind::MalformedNumber, start..self.at)?;
        }
        Ok(())
    }

    fn literal(&mut self) -> Result<JsonKind, Stop> {
        let start = self.at;
        self.word();
        match &self.bytes[start..self.at] {
            b"true" | b"false" => Ok(JsonKind::Boolean),
            b"null" => Ok(JsonKind::Null),
            word => {
                let kind = match word {
                    b"True" | b"False" | b"TRUE" | b"FALSE" => JsonKind::Boolean,
                    _ => JsonKind::Null,
                };
                self.report(JsonProblemKind::UnknownWord, start..self.at)?;
                Ok(kind)
            }
        }
    }

    fn word(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        {
            self.at += 1;
        }
    }

    fn skip_blank(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => {
                    let start = self.at;
                    let rest = &self.bytes[start..];
                    let length = if rest.starts_with(b"//") {
                        rest.iter().position(|byte| *byte == b'\n')
                    } else if rest.starts_with(b"/*") {
                        rest.windows(2)
                            .skip(2)
                            .position(|pair| pair == b"*/")
                            .map(|at| at + 4)
                    } else {
                        return Ok(());
                    };
                    self.at = length.map_or(self.bytes.len(), |length| start + length);
                    self.report(JsonProblemKind::Comment, start..self.at)?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn char_len(&self) -> usize {
        self.text[self.at..]
            .chars()
            .next()
            .map_or(0, char::len_utf8)
    }

    fn report(&mut self, kind: JsonProblemKind, span: Range<usize>) -> Result<(), Stop> {
        self.problems.push(JsonProblem { kind, span });
        if self.problems.len() >= MAX_PROBLEMS {
            return Err(Stop);
        }
        Ok(())
    }

    fn stop<T>(&mut self, kind: JsonProblemKind, span: Range<usize>) -> Result<T, Stop> {
        self.problems.push(JsonProblem { kind, span });
        Err(Stop)
    }
}

fn is_json_number(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (integer, rest) = digits(text);
    if integer.is_empty() || (integer.len() > 1 && integer[0] == b'0') {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => {
            let (fraction, rest) = digits(rest);
            if fraction.is_empty() {
                return false;
            }
            rest
        }
        None => rest,
    };
    let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) else {
        return rest.is_empty();
    };
    let exponent = exponent
        .strip_prefix(b"+")
        .or_else(|| exponent.strip_prefix(b"-"))
        .unwrap_or(exponent);
    let (exponent, rest) = digits(exponent);
    !exponent.is_empty() && rest.is_empty()
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Walks over the characters of a raw string, quotes included, as pairs of
/// the raw bytes and the character they stand for.
struct Characters<'t> {
    raw: &'t str,
    at: usize,
}

impl Iterator for Characters<'_> {
    type Item = (Range<usize>, char);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let end = self.raw.len() - 1;
        if start >= end {
            return None;
        }
        let character = self.raw[start..].chars().next()?;
        self.at += character.len_utf8();
        if character != '\\' {
            return Some((start..self.at, character));
        }
        let escaped = self.raw[self.at..end].chars().next()?;
        self.at += escaped.len_utf8();
        let decoded = match escaped {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => self.unicode(end),
            other => other,
        };
        Some((start..self.at, decoded))
    }
}

impl Characters<'_> {
    fn unicode(&mut self, end: usize) -> char {
        let Some(high) = self.hex(self.at, end) else {
            return char::REPLACEMENT_CHARACTER;
        };
        self.at += 4;
        if (0xd800..0xdc00).contains(&high)
            && self.raw[self.at..end].starts_with("\\u")
            && let Some(low) = self.hex(self.at + 2, end)
            && (0xdc00..0xe000).contains(&low)
        {
            self.at += 6;
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
        char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&self, at: usize, end: usize) -> Option<u32> {
        let digits = self.raw.as_bytes().get(at..at + 4)?;
        if at + 4 > end || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }
}

fn decode(raw: &str) -> String {
    Characters { raw, at: 1 }
        .map(|(_, character)| character)
        .collect()
}

/// Finds the raw bytes that wrote a range of the decoded string.
pub(super) fn raw_range(raw: &str, range: Range<usize>) -> (usize, usize) {
    let (mut start, mut end) = (None, None);
    let mut decoded = 0;
    let mut behind = 1;
    for (place, character) in (Characters { raw, at: 1 }) {
        if start.is_none() && decoded >= range.start {
            start = Some(place.start);
        }
        if end.is_none() && decoded >= range.end {
            end = Some(place.start);
        }
        decoded += character.len_utf8();
        behind = place.end;
    }
    let start = start.unwrap_or(behind);
    (start, end.unwrap_or(behind).max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(JsonProblemKind, &str)]) -> ReadJson {
        let reading = read(text.as_bytes());
        let found: Vec<_> = reading
            .problems
            .iter()
            .map(|problem| {
                (
                    problem.kind.clone(),
                    &reading.document.text()[problem.span.clone()],
                )
            })
            .collect();
        assert_eq!(found, expected);
        reading
    }

    #[test]
    fn strings_are_decoded() {
        let reading = check(r#"["a\"\\\/\n\t\u0041\ud83d\ude00\ud83d"]"#, &[]);
        let root = reading.document.root().unwrap();
        let value = root.items().next().unwrap();
        assert_eq!(value.as_str(), Some("a\"\\/\n\tA😀\u{fffd}"));
    }

    #[test]
    fn reading_goes_on_after_habits_from_other_notations() {
        let reading = check(
            "{ // note\n 'a': [1, 2,], b: None, /* c */ \"c\": True \"d\": 01,}",
            &[
                (JsonProblemKind::Comment, "// note"),
                (JsonProblemKind::SingleQuotes, "'a'"),
                (JsonProblemKind::TrailingComma, ","),
                (JsonProblemKind::UnquotedName, "b"),
                (JsonProblemKind::UnknownWord, "None"),
                (JsonProblemKind::Comment, "/* c */"),
                (JsonProblemKind::UnknownWord, "True"),
                (JsonProblemKind::MissingComma, ""),
                (JsonProblemKind::MalformedNumber, "01"),
                (JsonProblemKind::TrailingComma, ","),
            ],
        );
        assert!(reading.complete);
        let root = reading.document.root().unwrap();
        let names: Vec<_> = root.members().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn reading_stops_where_the_meaning_is_lost() {
        use JsonProblemKind as K;
        for (text, kind, at) in [
            ("", K::Empty, ""),
            ("  ", K::Empty, ""),
            ("{\"a\": [1, 2", K::UnclosedContainer { open: '[' }, "["),
            (
                "[1}",
                K::WrongClose {
                    found: '}',
                    expected: ']',
                },
                "}",
            ),
            ("{\"a\": \"b", K::UnclosedString, "\""),
            ("{\"a\": }", K::ExpectedValue, "}"),
            ("{[", K::ExpectedName, "["),
            ("{\"a\"}", K::MissingColon, ""),
            ("{} x", K::TrailingText, "x"),
        ] {
            let reading = check(text, &[(kind, at)]);
            assert!(!reading.complete);
        }
    }

    #[test]
    fn an_unclosed_string_is_told_from_a_string_over_two_lines() {
        check(
            "{\"a\": \"one\ntwo\"}",
            &[(JsonProblemKind::ControlCharacter, "\n")],
        );
        check(
            "{\"a\": \"one\n\"b\": 2}",
            &[(JsonProblemKind::UnclosedString, "\"one")],
        );
    }

    #[test]
    fn duplicate_keys_are_found_in_small_and_large_objects() {
        let first = |span| JsonProblemKind::DuplicateKey {
            key: "a".into(),
            first: span,
        };
        check(
            r#"{"a":1,"b":2,"\u0061":3}"#,
            &[(first(1..4), r#""\u0061""#)],
        );
        let many: Vec<_> = (0..50).map(|n| format!("\"k{n}\":0")).collect();
        check(
            &format!("{{\"a\":1,{},\"a\":2}}", many.join(",")),
            &[(first(1..4), "\"a\"")],
        );
    }

    #[test]
    fn ten_thousand_levels_are_refused_without_recursion() {
        for open in ["[", "{\"a\":"] {
            let reading = read(open.repeat(10_000).as_bytes());
            assert_eq!(reading.problems[0].kind, JsonProblemKind::TooDeep);
            assert_eq!(reading.problems.len(), 1);
            assert_eq!(reading.document.nodes.len(), MAX_DEPTH);
        }
    }

    #[test]
    fn a_text_beyond_the_limit_is_refused_unread() {
        let reading = read(&vec![b'['; MAX_DOCUMENT_BYTES + 1]);
        assert_eq!(
            reading.problems[0].kind,
            JsonProblemKind::TooLarge {
                bytes: MAX_DOCUMENT_BYTES + 1
            }
        );
    }

    #[test]
    fn marks_and_foreign_bytes_are_named() {
        let reading = read(b"\xef\xbb\xbf{}");
        assert_eq!(reading.problems[0].kind, JsonProblemKind::ByteOrderMark);
        assert!(reading.complete);
        let reading = read(b"[\"caf\xe9\"]");
        assert_eq!(
            reading.problems[0],
            JsonProblem {
                kind: JsonProblemKind::NotUtf8 { byte: 0xe9 },
                span: 5..8
            }
        );
        assert!(reading.complete);
    }

    #[test]
    fn numbers_follow_the_grammar() {
        for good in ["0", "-0", "10", "1.5", "1e9", "1E+9", "-1.5e-3"] {
            assert!(is_json_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".5", "+1", "1e", "1e+", "1-2", "1.2.3"] {
            assert!(!is_json_number(bad.as_bytes()), "{bad}");
        }
    }
}
