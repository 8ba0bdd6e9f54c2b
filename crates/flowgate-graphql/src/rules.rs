//! Describes what is checked between Flow JSON, documents and schema, one rule
//! for each kind of finding.

pub(crate) mod data;
pub(crate) mod documents;
pub(crate) mod events;
mod example;
pub(crate) mod outcomes;
pub(crate) mod payload;
pub(crate) mod schema;

pub use example::Example;
use flowgate_flow_json::render::{self, Color, RuleSummary};

/// Describes one rule, as `flowgate check --explain` shows it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RuleFacts {
    /// The code, which findings carry.
    pub code: &'static str,
    /// What must hold, in one sentence without a period.
    pub summary: &'static str,
    /// Why the rule exists and what to do.
    pub explanation: &'static str,
    /// Files that break the rule.
    pub bad: Example,
    /// The same files put right.
    pub good: Example,
}

static RULES: [&RuleFacts; 31] = [
    &documents::FLOW_JSON_READABLE,
    &documents::GRAPHQL_SYNTAX,
    &documents::OPERATIONS_NAMED,
    &documents::DIRECTIVES_COMPLETE,
    &documents::OUTCOMES_PLACED,
    &schema::FIELDS_EXIST,
    &schema::SELECTIONS_END_IN_VALUES,
    &schema::ARGUMENTS_FIT,
    &schema::VARIABLES_FIT,
    &schema::FRAGMENTS_FIT,
    &schema::DIRECTIVES_KNOWN,
    &schema::RESPONSES_UNAMBIGUOUS,
    &schema::DEFAULTS_FIT,
    &events::SCREENS_EXIST,
    &events::OPERATIONS_BOUND,
    &events::EVENTS_BOUND,
    &events::EVENTS_BOUND_ONCE,
    &events::EVENTS_HAPPEN,
    &events::QUERIES_TO_READ,
    &outcomes::OUTCOMES_BEHIND_OBJECTS,
    &outcomes::OUTCOMES_COVER_TYPES,
    &outcomes::OUTCOMES_FOLLOW_ROUTES,
    &outcomes::COMPLETE_ON_TERMINAL,
    &outcomes::EXPIRED_SAYS_WHY,
    &data::DATA_COMPLETE,
    &data::DATA_DECLARED_BY_SCREEN,
    &data::DATA_TYPES_FIT,
    &data::DATA_NEVER_NULL,
    &payload::PAYLOADS_FEED_VARIABLES,
    &payload::PAYLOADS_FIT_VARIABLES,
    &payload::PAYLOADS_TAKEN,
];

/// Iterates over all rules between Flow JSON, documents and schema.
pub fn rules() -> impl Iterator<Item = &'static RuleFacts> {
    RULES.into_iter()
}

impl RuleFacts {
    /// Returns what renderers for code scanners need to know of the rule.
    pub fn summary(&self) -> RuleSummary {
        RuleSummary {
            code: self.code,
            summary: self.summary,
            explanation: self.explanation,
        }
    }
}

/// Writes the explanation of a rule with what is found in its wrong example;
/// `None` if no rule has the code.
pub fn explain(code: &str, color: Color) -> Option<String> {
    let rule = rules().find(|rule| rule.code == code)?;
    let files = rule.bad.check();
    let shown = files.iter().find_map(|file| {
        let mut found = file.diagnostics.iter();
        let found = found.find(|diagnostic| diagnostic.code == code)?;
        Some(render::finding(file, found, color))
    });
    Some(render::explanation(
        &rule.summary(),
        "",
        &rule.bad.text_beside(&rule.good),
        shown.as_deref().unwrap_or_default(),
        &rule.good.text_beside(&rule.bad),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_rule_finds_what_its_wrong_example_marks() {
        let mut wrong = String::new();
        for rule in rules() {
            let mut found = rule.bad.found(rule.code);
            let mut marked = rule.bad.marked();
            found.sort();
            // Two events can bring one place to light.
            found.dedup();
            marked.sort();
            if marked.is_empty() || found != marked {
                let shown = render::text(&rule.bad.check(), Color::Never);
                wrong += &format!(
                    "{}:\n found {found:?}\n marked {marked:?}\n{shown}",
                    rule.code
                );
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn right_examples_are_right_altogether() {
        let mut wrong = String::new();
        for rule in rules() {
            let files = rule.good.check();
            if files.iter().any(|file| !file.diagnostics.is_empty()) {
                wrong += &format!("{}:\n{}", rule.code, render::text(&files, Color::Never));
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn every_rule_is_explained_with_its_own_finding() {
        let mut seen = HashSet::new();
        let flow_json: HashSet<_> = flowgate_flow_json::rules().map(|rule| rule.code).collect();
        for rule in rules() {
            assert!(seen.insert(rule.code) && !flow_json.contains(rule.code));
            assert!(!rule.summary.ends_with('.'), "{}", rule.code);
            let text = explain(rule.code, Color::Never).unwrap_or_default();
            assert!(text.contains("wrong:") && text.contains("right:"), "{text}");
            assert!(text.contains(&format!("[{}]", rule.code)), "{text}");
            assert!(!text.contains(['«', '»', '§']), "{text}");
            assert!(!text.contains("right:\n\n\n"), "{text}");
        }
        assert!(explain("nothing", Color::Never).is_none());
    }
}
