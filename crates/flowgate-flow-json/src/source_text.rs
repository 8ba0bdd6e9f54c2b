//! Holds a text whose places are known by line and column.

use std::ops::Range;

use crate::json::{Lines, Position};

/// Holds one text of which findings show parts: a Flow JSON, or another
/// document that belongs to it.
#[derive(Debug)]
pub struct SourceText {
    text: Box<str>,
    lines: Lines,
}

impl SourceText {
    /// Takes a text of at most 4 GiB.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self {
            lines: Lines::new(&text),
            text,
        }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns line and column of a byte offset, both counted from one.
    pub fn position(&self, offset: usize) -> Position {
        self.lines.position(&self.text, offset)
    }

    /// Returns the byte offset of a line and column, both counted from one;
    /// the end of the line or of the text if there is no such place.
    pub fn offset(&self, position: Position) -> usize {
        let line = self.line(position.line);
        if position.line == 0 || (line.is_empty() && !self.lines.has(position.line)) {
            return self.text.len();
        }
        let start = line.as_ptr() as usize - self.text.as_ptr() as usize;
        let within = line
            .char_indices()
            .nth(position.column.saturating_sub(1))
            .map_or(line.len(), |(at, _)| at);
        start + within
    }

    /// Returns the text of a line, counted from one, without its line break.
    pub fn line(&self, line: usize) -> &str {
        self.lines.line(&self.text, line)
    }

    /// Returns the part of the text in `span`; empty if there is no such part.
    pub fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_positions_are_each_others_inverse() {
        let source = SourceText::new("aé\n\n😀b");
        for (offset, _) in source.text().char_indices() {
            assert_eq!(source.offset(source.position(offset)), offset);
        }
        let behind = Position { line: 9, column: 9 };
        assert_eq!(source.offset(behind), source.text().len());
        let wide = Position { line: 1, column: 9 };
        assert_eq!(source.offset(wide), 3);
    }
}
