//! Turns byte offsets into lines and columns in constant time.
//!
//! A 10 MB document on a single line with thousands of findings must not cost
//! a walk through the line for each: characters are counted at checkpoints.

use serde::Serialize;

/// Names a place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    /// The line, counted from one. Lines end with a line feed.
    pub line: usize,
    /// The column, counted from one, in Unicode scalar values.
    pub column: usize,
}

#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<u32>,
    /// Characters that begin before byte `index * CHECKPOINT_BYTES`.
    characters: Vec<u32>,
}

const CHECKPOINT_BYTES: usize = 512;

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let mut characters = Vec::with_capacity(text.len() / CHECKPOINT_BYTES + 1);
        let mut count = 0;
        for (index, chunk) in text.as_bytes().chunks(CHECKPOINT_BYTES).enumerate() {
            characters.push(count);
            count += count_characters(chunk);
            for (offset, byte) in chunk.iter().enumerate() {
                if *byte == b'\n' {
                    starts.push((index * CHECKPOINT_BYTES + offset + 1) as u32);
                }
            }
        }
        Self { starts, characters }
    }

    pub(crate) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self
            .starts
            .partition_point(|start| *start as usize <= offset);
        let start = self.starts[line - 1] as usize;
        Position {
            line,
            column: self.characters_before(text, offset) - self.characters_before(text, start) + 1,
        }
    }

    pub(crate) fn line<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let Some(start) = line.checked_sub(1).and_then(|index| self.starts.get(index)) else {
            return "";
        };
        let end = self
            .starts
            .get(line)
            .map_or(text.len(), |next| *next as usize);
        text[*start as usize..end].trim_end_matches(['\n', '\r'])
    }

    pub(crate) fn has(&self, line: usize) -> bool {
        (1..=self.starts.len()).contains(&line)
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        if self.characters.is_empty() {
            return 0;
        }
        let checkpoint = (offset / CHECKPOINT_BYTES).min(self.characters.len() - 1);
        let rest = &text.as_bytes()[checkpoint * CHECKPOINT_BYTES..offset];
        (self.characters[checkpoint] + count_characters(rest)) as usize
    }
}

fn count_characters(bytes: &[u8]) -> u32 {
    // Every byte that does not continue a UTF-8 sequence begins a character.
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_agree_with_a_plain_count() {
        let text = "aé😀\n".repeat(700) + "end";
        let lines = Lines::new(&text);
        let (mut line, mut column) = (1, 1);
        for (offset, character) in text.char_indices() {
            assert_eq!(lines.position(&text, offset), Position { line, column });
            if character == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        assert_eq!(lines.position(&text, text.len()), Position { line, column });
    }

    #[test]
    fn lines_come_without_their_break() {
        let text = "one\r\ntwo\n";
        let lines = Lines::new(text);
        assert_eq!(lines.line(text, 1), "one");
        assert_eq!(lines.line(text, 2), "two");
        assert_eq!(lines.line(text, 3), "");
        assert_eq!(lines.line(text, 9), "");
        assert_eq!(lines.line(text, 0), "");
    }
}
