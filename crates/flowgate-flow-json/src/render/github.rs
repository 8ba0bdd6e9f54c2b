//! Writes findings as annotations of GitHub Actions.
//!
//! Implements [Workflow commands](https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions).

use super::CheckedFile;
use crate::diagnostic::Severity;

/// Writes one workflow command for each finding.
pub fn github(files: &[CheckedFile]) -> String {
    let mut output = String::new();
    for file in files {
        for diagnostic in &file.diagnostics {
            let command = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "notice",
            };
            // GitHub counts the last column in and knows columns only for
            // findings on a single line.
            let columns = if diagnostic.line_start == diagnostic.line_end {
                format!(
                    ",col={},endColumn={}",
                    diagnostic.column_start,
                    diagnostic
                        .column_end
                        .saturating_sub(1)
                        .max(diagnostic.column_start)
                )
            } else {
                String::new()
            };
            output.push_str(&format!(
                "::{command} file={},line={},endLine={}{columns},title={}::{}\n",
                property(&file.path),
                diagnostic.line_start,
                diagnostic.line_end,
                property(diagnostic.code),
                data(&format!(
                    "{}\nhelp: {}",
                    diagnostic.message, diagnostic.help
                ))
            ));
        }
    }
    output
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped() {
        let file = CheckedFile::check("a,b.json", b"{\"version\": \"7.3\", \"screens\": []}");
        assert_eq!(
            github(&[file]),
            "::error file=a%2Cb.json,line=1,endLine=1,col=31,endColumn=32,title=item-counts::\
             the document has no screens, expected a list with at least one%0A\
             help: write \"screens\": [{\"id\": \"START\", \"title\": \"Start\", \"layout\": {…}}]\n"
        );
    }
}
