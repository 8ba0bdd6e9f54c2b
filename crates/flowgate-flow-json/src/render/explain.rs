//! Writes what a rule demands, with an example that breaks it and one that
//! does not.

use super::{CheckedFile, Color, RuleSummary, text::finding};
use crate::rules::{RuleFacts, rules};

/// Writes the explanation of a rule; `None` if there is no such rule.
///
/// A rule is found by its code or by the id of an error of WhatsApp's; several
/// rules can report one id.
pub fn explain(code: &str, color: Color) -> Option<String> {
    let matching: Vec<_> = rules()
        .filter(|rule| rule.code == code || rule.errors.iter().any(|error| error.name() == code))
        .collect();
    if matching.is_empty() {
        return None;
    }
    let texts: Vec<_> = matching.iter().map(|rule| one(rule, color)).collect();
    Some(texts.join("\n"))
}

fn one(rule: &RuleFacts, color: Color) -> String {
    let ids: Vec<_> = rule.errors.iter().map(|error| error.name()).collect();
    let reported = if ids.is_empty() {
        String::new()
    } else {
        format!("WhatsApp reports it as {}.", ids.join(", "))
    };
    let (document, _) = rule.bad.framed();
    let mut checked = CheckedFile::check("example", document.as_bytes());
    checked.hidden_lines = 1;
    let shown = checked
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code == rule.code)
        .map(|found| finding(&checked, found, color));
    let summary = RuleSummary {
        code: rule.code,
        summary: rule.summary,
        explanation: rule.explanation,
    };
    explanation(
        &summary,
        &reported,
        &rule.bad.text(),
        shown.as_deref().unwrap_or_default(),
        &rule.good.text(),
    )
}

/// Writes the explanation of a rule of any check: what it demands, who reports
/// it otherwise, a wrong example with what is `shown` for it, and a right one.
/// Empty texts are left out.
pub fn explanation(
    rule: &RuleSummary,
    reported: &str,
    bad: &str,
    shown: &str,
    good: &str,
) -> String {
    let mut text = format!(
        "{}: {}\n\n{}\n",
        rule.code,
        rule.summary,
        wrap(rule.explanation)
    );
    if !reported.is_empty() {
        text.push_str(&format!("\n{reported}\n"));
    }
    text.push_str(&format!("\nwrong:\n\n{}\n\n", indented(bad)));
    if !shown.is_empty() {
        text.push_str(&indented(shown));
        text.push('\n');
    }
    text.push_str(&format!("right:\n\n{}\n", indented(good)));
    text
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}\n"))
        .collect::<String>()
        .trim_end_matches('\n')
        .to_owned()
        + if text.ends_with('\n') { "\n" } else { "" }
}

const COLUMNS: usize = 80;

fn wrap(text: &str) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > COLUMNS {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_explained_with_its_own_finding() {
        for rule in rules() {
            let text = explain(rule.code, Color::Never).unwrap();
            assert!(text.contains("wrong:") && text.contains("right:"));
            assert!(text.contains(&format!("[{}]", rule.code)), "{text}");
            assert!(!text.contains(['«', '»', '§']), "{text}");
        }
    }

    #[test]
    fn the_ids_of_whatsapp_are_understood() {
        let text = explain("INVALID_ROUTING_MODEL", Color::Never).unwrap();
        assert!(text.contains("routing-forward-only") && text.contains("screens-connected"));
        assert!(explain("nothing", Color::Never).is_none());
    }
}
