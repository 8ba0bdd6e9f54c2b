//! Reads one reference: `${data.x}`, `${form.x}`, `${screen.ID.data.x}`.

use std::{fmt, ops::Range};

use super::{ExpressionProblem, ExpressionProblemKind};

/// Says which values a reference reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The data of a screen.
    Data,
    /// The inputs of a screen.
    Form,
}

impl Scope {
    /// Returns the scope as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Form => "form",
        }
    }
}

/// Holds one reference and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The screen of a global reference; `None` means the screen it stands on.
    pub screen: Option<String>,
    /// Whether data or an input is read.
    pub scope: Scope,
    /// The field or input, then the members inside it; never empty.
    pub path: Vec<String>,
    /// The bytes of the decoded string, from `$` to `}`.
    pub span: Range<usize>,
}

impl Reference {
    /// Returns the name of the field or input.
    pub fn name(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("${")?;
        if let Some(screen) = &self.screen {
            write!(f, "screen.{screen}.")?;
        }
        write!(f, "{}.{}}}", self.scope.name(), self.path.join("."))
    }
}

/// Says why a text between `${` and `}` is no reference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferenceProblem {
    /// The closing brace is missing.
    Unclosed,
    /// It begins with something other than data, form or screen.
    UnknownRoot(String),
    /// Nothing follows `data` or `form`, or two dots stand side by side.
    MissingName,
    /// `${screen.ID.…}` does not continue with data or form.
    ScreenPart {
        /// The screen.
        screen: String,
        /// What followed it.
        rest: String,
    },
    /// Operators or texts stand inside the braces.
    OperatorInside,
    /// An index in brackets, which no version documents.
    Index,
    /// A blank inside the braces, outside a name.
    Blank,
}

impl ReferenceProblem {
    pub(super) fn help(&self) -> String {
        match self {
            Self::Unclosed => "close the reference with }".into(),
            Self::UnknownRoot(_) => {
                "write ${data.NAME}, ${form.NAME} or ${screen.SCREEN.data.NAME}".into()
            }
            Self::MissingName => "write a name behind the dot, such as ${data.name}".into(),
            Self::ScreenPart { screen, rest } => {
                let rest = if rest.is_empty() { "NAME" } else { rest };
                format!(
                    "write ${{screen.{screen}.form.{rest}}} or ${{screen.{screen}.data.{rest}}}"
                )
            }
            Self::OperatorInside => {
                "write the operators outside the braces: `${form.name} == 'text'`, in backticks"
                    .into()
            }
            Self::Index => {
                "give the item a field of its own in the screen's data and refer to that".into()
            }
            Self::Blank => "delete the blank".into(),
        }
    }
}

impl fmt::Display for ReferenceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => f.write_str("the reference is never closed"),
            Self::UnknownRoot(root) => write!(
                f,
                "a reference begins with data, form or screen, found `{root}`"
            ),
            Self::MissingName => f.write_str("the reference names nothing"),
            Self::ScreenPart { screen, .. } => write!(
                f,
                "`data` or `form` is missing after screen `{screen}` in the reference"
            ),
            Self::OperatorInside => f.write_str("operators inside the braces of a reference"),
            Self::Index => f.write_str("a reference cannot pick an item of a list by index"),
            Self::Blank => f.write_str("blank inside the braces of a reference"),
        }
    }
}

/// References of one text beyond these are not read.
const MAX_REFERENCES: usize = 512;

/// Finds all references of a text.
pub(super) fn find_all(text: &str) -> Result<Vec<Reference>, ExpressionProblem> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("${") {
        let reference = read(text, at + start)?;
        at = reference.span.end;
        if found.len() == MAX_REFERENCES {
            return Err(ExpressionProblem {
                kind: ExpressionProblemKind::TooComplex,
                span: 0..text.len(),
            });
        }
        found.push(reference);
    }
    Ok(found)
}

/// Reads the reference that begins with `${` at byte `start`.
pub(super) fn read(text: &str, start: usize) -> Result<Reference, ExpressionProblem> {
    let problem = |kind, span| {
        Err(ExpressionProblem {
            kind: ExpressionProblemKind::Reference(kind),
            span,
        })
    };
    let inner = &text[start + 2..];
    let Some(length) = inner.find('}') else {
        return problem(ReferenceProblem::Unclosed, start..text.len());
    };
    let span = start..start + 2 + length + 1;
    let inner = &inner[..length];
    if inner.contains(['[', ']']) || inner.contains("${") {
        return problem(ReferenceProblem::Index, span);
    }
    if inner.contains(['=', '<', '>', '|', '"', '\'', '`', '?', '(', '!']) || inner.contains("&&") {
        return problem(ReferenceProblem::OperatorInside, span);
    }
    let mut parts = inner.split('.');
    let root = parts.next().unwrap_or_default();
    let mut screen = None;
    let scope = match root {
        "data" => Scope::Data,
        "form" => Scope::Form,
        "screen" => {
            let id = parts.next().unwrap_or_default();
            let scope = match parts.next() {
                Some("data") => Scope::Data,
                Some("form") => Scope::Form,
                other => {
                    let mut rest = other.unwrap_or_default().to_owned();
                    for part in parts {
                        rest.push('.');
                        rest.push_str(part);
                    }
                    return problem(
                        ReferenceProblem::ScreenPart {
                            screen: id.to_owned(),
                            rest,
                        },
                        span,
                    );
                }
            };
            screen = Some(id.to_owned());
            scope
        }
        _ if inner.trim().starts_with("data.") || inner.trim().starts_with("form.") => {
            return problem(ReferenceProblem::Blank, span);
        }
        _ => return problem(ReferenceProblem::UnknownRoot(root.to_owned()), span),
    };
    let path: Vec<_> = parts.map(str::to_owned).collect();
    if path.is_empty() || path.iter().any(String::is_empty) {
        return problem(ReferenceProblem::MissingName, span);
    }
    if path.iter().any(|part| part.trim() != part) {
        return problem(ReferenceProblem::Blank, span);
    }
    Ok(Reference {
        screen,
        scope,
        path,
        span,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_show_as_they_were_written() {
        for text in [
            "${data.name}",
            "${form.regex input}",
            "${data.top.second.target}",
            "${screen.ROOT.form.calendar.start-date}",
        ] {
            assert_eq!(read(text, 0).unwrap().to_string(), text);
        }
    }

    #[track_caller]
    fn check(text: &str, expected: ReferenceProblem) {
        let problem = read(text, 0).unwrap_err();
        assert_eq!(problem.kind, ExpressionProblemKind::Reference(expected));
    }

    #[test]
    fn other_forms_are_told_apart() {
        check("${data.x", ReferenceProblem::Unclosed);
        check("${item.id}", ReferenceProblem::UnknownRoot("item".into()));
        check("${data}", ReferenceProblem::MissingName);
        check("${data.}", ReferenceProblem::MissingName);
        check("${data..x}", ReferenceProblem::MissingName);
        check(
            "${screen.A.name}",
            ReferenceProblem::ScreenPart {
                screen: "A".into(),
                rest: "name".into(),
            },
        );
        check("${form.a == \"0\"}", ReferenceProblem::OperatorInside);
        check("${data.list[0].x}", ReferenceProblem::Index);
        check("${data.list[${form.i}].x}", ReferenceProblem::Index);
        check("${ data.x }", ReferenceProblem::Blank);
    }
}
