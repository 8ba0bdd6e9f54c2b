//! Writes findings for people: the line, the place in it, and what to type.

use unicode_width::UnicodeWidthChar;

use super::{CheckedFile, total};
use crate::diagnostic::{Diagnostic, Severity};

/// Says whether the text is coloured with ANSI escape sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// Coloured text.
    Always,
}

/// Writes all findings of all files and a summary.
pub fn text(files: &[CheckedFile], color: Color) -> String {
    let mut output = String::new();
    for file in files {
        for diagnostic in &file.diagnostics {
            write_diagnostic(&mut output, file, diagnostic, color);
            output.push('\n');
        }
    }
    output.push_str(&summary(files, color));
    output
}

/// Writes one finding of a file with the line it is on.
pub fn finding(file: &CheckedFile, diagnostic: &Diagnostic, color: Color) -> String {
    let mut output = String::new();
    write_diagnostic(&mut output, file, diagnostic, color);
    output
}

/// Writes one finding with the line it is on.
pub(super) fn write_diagnostic(
    output: &mut String,
    file: &CheckedFile,
    diagnostic: &Diagnostic,
    color: Color,
) {
    let paint = Paint { color };
    let tone = match diagnostic.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Info => "1;36",
    };
    let head = format!("{}[{}]", diagnostic.severity, diagnostic.code);
    output.push_str(&paint.with(tone, &head));
    output.push_str(&paint.with("1", &format!(": {}", printable(&diagnostic.message))));
    output.push('\n');

    let shown_line = diagnostic.line_start - file.hidden_lines;
    let number = shown_line.to_string();
    let indent = " ".repeat(number.len());
    let bar = paint.with("34", "|");
    output.push_str(&format!(
        "{indent}{} {}:{}:{}\n",
        paint.with("34", "-->"),
        printable(&file.path),
        shown_line,
        diagnostic.column_start
    ));
    let line = file.source().line(diagnostic.line_start);
    if line.chars().any(|character| !character.is_whitespace()) {
        let excerpt = Excerpt::of(file.source().text(), line, diagnostic);
        output.push_str(&format!("{indent} {bar}\n"));
        output.push_str(&format!(
            "{} {bar} {}\n",
            paint.with("34", &number),
            excerpt.line
        ));
        output.push_str(&format!(
            "{indent} {bar} {}{}\n",
            " ".repeat(excerpt.before),
            paint.with(tone, &"^".repeat(excerpt.marked))
        ));
    }
    let equals = paint.with("34", "=");
    for other in diagnostic.pointers.iter().skip(1) {
        output.push_str(&format!(
            "{indent} {equals} see also: {}:{}:{}{}\n",
            printable(&file.path),
            other.line_start - file.hidden_lines,
            other.column_start,
            if other.path.is_empty() {
                String::new()
            } else {
                format!(" ({})", printable(&other.path))
            }
        ));
    }
    for label in &diagnostic.labels {
        output.push_str(&format!(
            "{indent} {equals} see also: {}:{}:{}: {}\n",
            printable(&label.file),
            label.line_start,
            label.column_start,
            printable(&label.message)
        ));
    }
    output.push_str(&format!(
        "{indent} {equals} {} {}\n",
        paint.with("1", "help:"),
        printable(&diagnostic.help)
    ));
    if let Some(error) = diagnostic.error {
        output.push_str(&format!(
            "{indent} {equals} {} {error}{}\n",
            paint.with("1", "WhatsApp:"),
            match diagnostic.pointers.first() {
                Some(first) if !first.path.is_empty() => format!(" at {}", printable(&first.path)),
                _ => String::new(),
            }
        ));
    }
}

fn summary(files: &[CheckedFile], color: Color) -> String {
    let paint = Paint { color };
    let mut parts = Vec::new();
    for (severity, one, many, tone) in [
        (Severity::Error, "error", "errors", "1;31"),
        (Severity::Warning, "warning", "warnings", "1;33"),
        (Severity::Info, "hint", "hints", "1;36"),
    ] {
        let count = total(files, severity);
        if count > 0 {
            let noun = if count == 1 { one } else { many };
            parts.push(paint.with(tone, &format!("{count} {noun}")));
        }
    }
    let found = if parts.is_empty() {
        paint.with("1;32", "no problems found")
    } else {
        parts.join(", ")
    };
    let noun = if files.len() == 1 { "file" } else { "files" };
    let mut text = format!("checked {} {noun}: {found}\n", files.len());
    let first = files
        .iter()
        .flat_map(|file| &file.diagnostics)
        .max_by_key(|diagnostic| diagnostic.severity)
        .filter(|diagnostic| diagnostic.severity > Severity::Info);
    if let Some(first) = first {
        text.push_str(&format!(
            "for more on a finding: flowgate check --explain {}\n",
            first.code
        ));
    }
    text
}

struct Paint {
    color: Color,
}

impl Paint {
    fn with(&self, tone: &str, text: &str) -> String {
        match self.color {
            Color::Never => text.to_owned(),
            Color::Always => format!("\x1b[{tone}m{text}\x1b[0m"),
        }
    }
}

/// The part of a line that is shown, and the part of that which is marked.
struct Excerpt {
    line: String,
    before: usize,
    marked: usize,
}

/// Lines are cut to about this many columns; images make them very long.
const SHOWN_COLUMNS: usize = 100;

/// At least these columns are left for the place.
const COLUMNS_BEHIND: usize = 20;

/// These columns are shown before the place where the line is cut.
const COLUMNS_BEFORE: usize = 40;

impl Excerpt {
    /// Cuts the part out of a line of `text`. The cost does not depend on the
    /// length of the line, which may be that of the whole document.
    fn of(text: &str, line: &str, diagnostic: &Diagnostic) -> Self {
        let line_start = line.as_ptr() as usize - text.as_ptr() as usize;
        let start = (diagnostic.span.start - line_start).min(line.len());
        let end = (diagnostic.span.end - line_start).min(line.len());
        let ahead = &line[..start];
        let is_short = ahead.len() < 4 * SHOWN_COLUMNS
            && ahead.chars().count() < SHOWN_COLUMNS - COLUMNS_BEHIND;
        let from = if is_short {
            0
        } else {
            ahead
                .char_indices()
                .rev()
                .nth(COLUMNS_BEFORE - 1)
                .map_or(0, |(at, _)| at)
        };
        let mut shown = String::new();
        let mut before = 0;
        let mut marked = 0;
        if from > 0 {
            shown.push('…');
            before += 1;
        }
        let mut width = 0;
        for (at, character) in line[from..].char_indices() {
            if width >= SHOWN_COLUMNS {
                shown.push('…');
                break;
            }
            let at = from + at;
            let character = visible(character);
            let own = character.width().unwrap_or(0);
            shown.push(character);
            width += own;
            if at < start {
                before += own;
            } else if at < end {
                marked += own;
            }
        }
        Self {
            line: shown,
            before,
            marked: marked.max(1),
        }
    }
}

/// Replaces characters that would move the cursor or change the terminal.
fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        other if other.is_control() || is_bidi_control(other) => '\u{fffd}',
        other => other,
    }
}

/// Writes text from a document so that it cannot steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn is_bidi_control(character: char) -> bool {
    matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_line_place_and_help() {
        let file = CheckedFile::check(
            "flow.json",
            b"{\n  \"verison\": \"7.3\",\n  \"screens\": []\n}",
        );
        let shown = text(&[file], Color::Never);
        let expected = "\
error[known-properties]: the document has no property `verison`
 --> flow.json:2:3
  |
2 |   \"verison\": \"7.3\",
  |   ^^^^^^^^^
  = help: did you mean `version`?
  = WhatsApp: INVALID_PROPERTY_KEY at verison
";
        assert!(shown.contains(expected), "{shown}");
        assert!(shown.contains("checked 1 file: 3 errors\n"), "{shown}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let document = format!(
            r#"{{"version": "7.3", "x": "{}", "screens": [], "y😀": 1}}"#,
            "a".repeat(5000)
        );
        let file = CheckedFile::check("flow.json", document.as_bytes());
        for line in text(&[file], Color::Never).lines() {
            assert!(line.chars().count() < 220, "{line}");
        }
    }

    #[test]
    fn documents_cannot_steer_the_terminal() {
        let file = CheckedFile::check("flow.json", b"{\"\\u001b[31m\": 1, \"a\x1b[2J\": 2}");
        assert!(!text(&[file], Color::Never).contains('\x1b'));
    }
}
