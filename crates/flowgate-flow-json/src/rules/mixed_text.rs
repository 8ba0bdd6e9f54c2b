//! Warns of references inside fixed text.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::ComponentType,
    model::{FlowJson, Site},
    version::V6_0,
};

pub(super) struct MixedText;

impl Rule for MixedText {
    const FACTS: RuleFacts = RuleFacts {
        code: "mixed-text",
        summary: "a reference stands alone or in an expression",
        errors: &[ErrorId::InvalidTextDynamicData, ErrorId::PatternMismatch],
        explanation: "A reference is documented to be the whole value of a property. Text with \
            references in it is published all the same and shown by phones, so this is only a \
            warning; an expression in backticks, from 6.0 on, is the documented way. In the \
            list of a RichText and in names it is an error.",
        bad: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"name": {"type": "string", "__example__": "Ada"}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextBody", "text": «"Hello ${data.name}"»},
  §footer
]}}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"name": {"type": "string", "__example__": "Ada"}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextBody", "text": "`'Hello ' ${data.name}`"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for dynamic in flow.uses() {
            let node = dynamic.node();
            let in_rich_text = dynamic
                .component()
                .is_some_and(|component| component.is(ComponentType::RichText));
            let is_item = matches!(dynamic.site(), Site::Element(_));
            let is_whole_reference = matches!(dynamic.value(), Dynamic::Reference(_));
            if in_rich_text
                && dynamic.site().property().is_some_and(|facts| facts.name == "text")
                && (is_item || !is_whole_reference)
            {
                report.error(
                    ErrorId::InvalidTextDynamicData,
                    At::Value(node),
                    "text of a RichText with a reference in it",
                    "let the whole text be one reference, such as \"${data.text}\"",
                );
                continue;
            }
            if let Site::Property(facts) = dynamic.site()
                && !facts.dynamic
            {
                report.error(
                    ErrorId::PatternMismatch,
                    At::Value(node),
                    format!("`{}` cannot be dynamic", facts.name),
                    "write the value out",
                );
                continue;
            }
            if let Dynamic::Mixed(references) = dynamic.value() {
                report.warning(
                    At::Value(node),
                    "text with a reference in it, expected a reference alone",
                    rewritten(node.as_str().unwrap_or_default(), references, flow.version() >= V6_0),
                );
            }
        }
    }
}

/// Writes a text with references as an expression in backticks.
fn rewritten(
    text: &str,
    references: &[crate::expression::Reference],
    has_expressions: bool,
) -> String {
    if !has_expressions {
        return format!("declare a field for the whole text, or use version {V6_0} and backticks");
    }
    let mut parts = Vec::new();
    let mut at = 0;
    for reference in references {
        if let Some(before) = text.get(at..reference.span.start).filter(|b| !b.is_empty()) {
            parts.push(quoted(before));
        }
        parts.push(reference.to_string());
        at = reference.span.end;
    }
    if let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        parts.push(quoted(rest));
    }
    format!("write \"`{}`\"", parts.join(" "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "\\\\'").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<MixedText>();
    }

    #[test]
    fn rich_text_and_names_are_stricter() {
        finds::<MixedText>(
            ErrorId::InvalidTextDynamicData,
            Example::children(r#"{"type": "RichText", "text": ["a", «"${data.x}"»]}"#),
        );
        finds::<MixedText>(
            ErrorId::PatternMismatch,
            Example::children(r#"{"type": "TextInput", "name": «"${data.x}"», "label": "A"}"#),
        );
    }
}
