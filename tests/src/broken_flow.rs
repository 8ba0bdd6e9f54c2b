//! Copies of the Flow of `examples/book-appointment`, each with one mistake
//! between Flow JSON and GraphQL documents.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Marks the place in a text that a finding points to.
const MARK: char = '«';

/// One mistake and what is to be found.
#[derive(Debug, Deserialize)]
pub struct BrokenFlow {
    /// The code of the finding.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// The file that is changed; made if `find` is empty.
    file: String,
    /// A text that is in the file once.
    find: String,
    /// What takes its place.
    replace: String,
    at: Marked,
    /// A part of what to do.
    pub help: String,
}

/// A text that is in a file once, with a mark before the place.
#[derive(Debug, Deserialize)]
struct Marked {
    file: String,
    text: String,
}

/// Reads `examples/book-appointment/tests/broken.json`.
pub fn book_appointment() -> Vec<BrokenFlow> {
    let text = fs::read(example().join("tests/broken.json")).unwrap();
    let copies: Vec<BrokenFlow> = serde_json::from_slice(&text).unwrap();
    assert!(!copies.is_empty());
    copies
}

/// Returns the file of the example's schema.
pub fn book_appointment_schema() -> PathBuf {
    example().join("schema.graphql")
}

impl BrokenFlow {
    /// Tells whether the mistake counts where warnings are not denied.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Writes the copy into a folder that is made, and returns the place of the
    /// finding in it: `exchange.graphql:10:18`.
    #[track_caller]
    pub fn write_to(&self, folder: &Path) -> String {
        fs::create_dir(folder).unwrap();
        for entry in fs::read_dir(example().join("flows/appointment")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        let path = folder.join(&self.file);
        let text = if self.find.is_empty() {
            self.replace.clone()
        } else {
            let text = fs::read_to_string(&path).unwrap();
            self.only(&text, &self.find);
            text.replace(&self.find, &self.replace)
        };
        fs::write(path, text).unwrap();
        let text = fs::read_to_string(folder.join(&self.at.file)).unwrap();
        let (before, after) = self.at.text.split_once(MARK).unwrap();
        let place = self.only(&text, &format!("{before}{after}")) + before.len();
        let line_start = text[..place].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[..place].matches('\n').count() + 1;
        let column = text[line_start..place].chars().count() + 1;
        format!("{}:{line}:{column}", self.at.file)
    }

    /// Returns where a text is, which must be there once.
    #[track_caller]
    fn only(&self, text: &str, part: &str) -> usize {
        let found: Vec<usize> = text.match_indices(part).map(|(at, _)| at).collect();
        assert_eq!(found.len(), 1, "{}: `{part}`", self.code);
        found[0]
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/book-appointment")
}
