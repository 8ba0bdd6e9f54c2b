//! Points out data that nothing reads, and names that cannot be referred to.

use std::collections::HashSet;

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At, expression::Scope, facts::ActionName, json::Node, model::FlowJson, resolve,
};

pub(super) struct DataFieldsUsed;

impl Rule for DataFieldsUsed {
    const FACTS: RuleFacts = RuleFacts {
        code: "data-fields-used",
        summary: "every field of `data` has a plain name and is read somewhere",
        errors: &[],
        explanation: "WhatsApp accepts a field that nothing reads, and then refuses every answer \
            of the endpoint that leaves it out. Names with blanks, hyphens, quotes or backticks \
            cannot be referred to in expressions.",
        bad: Example::data(
            r#"
«"greeting"»: {"type": "string", "__example__": "Hello"}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true,
 "data": {"greeting": {"type": "string", "__example__": "Hello"}},
 "layout": {"type": "SingleColumnLayout", "children": [
  {"type": "TextHeading", "text": "${data.greeting}"},
  §footer
]}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let mut read = HashSet::new();
        for dynamic in flow.uses() {
            for reference in dynamic.value().references() {
                if reference.scope == Scope::Data
                    && let Some(screen) = resolve::screen_of(flow, dynamic.screen(), reference)
                {
                    read.insert((screen.index(), reference.name()));
                }
            }
        }
        let mut written = HashSet::new();
        for action in flow.actions().filter(|action| action.is(ActionName::UpdateData)) {
            for (name, _) in action.payload().into_iter().flat_map(Node::members) {
                written.insert((action.screen().index(), name));
            }
        }
        for screen in flow.screens() {
            for field in screen.data() {
                let node = flow.node(field.node);
                let name = field.name.as_str();
                if name.contains([' ', '-', '`', '\'']) {
                    report.warning(
                        At::Key(node),
                        format!("field `{name}` cannot be referred to in expressions"),
                        format!("write \"{}\"", name.replace([' ', '-', '`', '\''], "_")),
                    );
                }
                if !read.contains(&(screen.index(), name)) {
                    let updated = written.contains(&(screen.index(), name));
                    report.info(
                        At::Key(node),
                        format!(
                            "nothing reads `{name}` of screen `{}`{}",
                            screen.name(),
                            if updated { ", only update_data writes it" } else { "" }
                        ),
                        format!("delete it, or show it with ${{data.{name}}}"),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<DataFieldsUsed>();
    }
}
