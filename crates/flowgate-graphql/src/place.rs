//! Finds the bytes that the GraphQL parser's lines and columns mean.

use std::ops::Range;

use async_graphql::Pos;
use flowgate_flow_json::{SourceText, json::Position};

/// Returns the token that begins at `pos`: a name with its sigil, a string, a
/// number, a list or object to its closing bracket, or one character.
pub(crate) fn token(source: &SourceText, pos: Pos) -> Range<usize> {
    let start = source.offset(Position {
        line: pos.line,
        column: pos.column,
    });
    start..start + token_length(source.slice(start..source.text().len()))
}

/// Returns the name of a variable at `pos` with its dollar sign, which the
/// parser leaves out where variables are declared.
pub(crate) fn variable(source: &SourceText, pos: Pos) -> Range<usize> {
    let name = token(source, pos);
    match name.start.checked_sub(1) {
        Some(before) if source.slice(before..name.start) == "$" => before..name.end,
        _ => name,
    }
}

/// Returns the word `name` where it stands first at or after `pos`; the token
/// at `pos` if it does not follow.
pub(crate) fn word_after(source: &SourceText, pos: Pos, name: &str) -> Range<usize> {
    let first = token(source, pos);
    let mut at = first.start;
    while at < source.text().len() && at - first.start < MAX_WORD_DISTANCE_BYTES {
        let rest = source.slice(at..source.text().len());
        let length = name_length(rest);
        if length > 0 {
            if &rest[..length] == name {
                return at..at + length;
            }
            at += length;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    first
}

/// Longest way from a keyword to the name behind it.
const MAX_WORD_DISTANCE_BYTES: usize = 4096;

fn token_length(rest: &str) -> usize {
    match rest.as_bytes().first() {
        Some(b'$' | b'@') => 1 + name_length(&rest[1..]),
        Some(b'.') if rest.starts_with("...") => 3,
        Some(b'"') => string_length(rest),
        Some(b'{' | b'[') => bracket_length(rest),
        Some(b'-' | b'0'..=b'9') => rest
            .bytes()
            .take_while(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            .count(),
        Some(_) => match name_length(rest) {
            0 => rest.chars().next().map_or(0, char::len_utf8),
            length => length,
        },
        None => 0,
    }
}

fn name_length(rest: &str) -> usize {
    rest.bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count()
}

fn string_length(rest: &str) -> usize {
    if let Some(block) = rest.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or(rest.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\n' => return at,
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    rest.len()
}

fn bracket_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match rest.as_bytes()[at] {
            b'"' => {
                at += string_length(&rest[at..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, (line, column): (usize, usize), expected: &str) {
        let source = SourceText::new(text);
        let span = token(&source, Pos { line, column });
        assert_eq!(source.slice(span), expected);
    }

    #[test]
    fn tokens_end_where_their_kind_ends() {
        check("query Ä {\n  name: título }", (2, 3), "name");
        check("@flow(on: INIT)", (1, 1), "@flow");
        check("$slot: ID!", (1, 1), "$slot");
        check("... on Booking", (1, 1), "...");
        check(r#"id: "a\"b" }"#, (1, 5), r#""a\"b""#);
        check(r#"{a: {b: "}"}} }"#, (1, 1), r#"{a: {b: "}"}}"#);
        check("-1.5e3,", (1, 1), "-1.5e3");
        check("{ never closed", (1, 1), "{ never closed");
        check("a", (7, 7), "");
    }

    #[test]
    fn words_are_found_whole() {
        let source = SourceText::new("query queryQ Q { Q }");
        let span = word_after(&source, Pos { line: 1, column: 1 }, "Q");
        assert_eq!(span, 13..14);
    }
}
