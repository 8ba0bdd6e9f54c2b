//! Requires that each place has only the actions it allows.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::{ActionName, PropertyKind},
    model::FlowJson,
    suggestion,
};

pub(super) struct ActionsFitTheirPlace;

impl Rule for ActionsFitTheirPlace {
    const FACTS: RuleFacts = RuleFacts {
        code: "actions-fit-their-place",
        summary: "every action stands where its kind is allowed",
        errors: &[ErrorId::InvalidEnumValue],
        explanation: "A Footer may navigate, ask the endpoint or complete; links and OptIn may \
            navigate, ask the endpoint or open a web page; choosing an option may ask the \
            endpoint or, from 6.0 on, update the data of the screen.",
        bad: Example::children(
            r#"
{"type": "EmbeddedLink", "text": "Cancel", "on-click-action": {"name": «"complete"», "payload": {}}}"#,
        ),
        good: Example::layout(
            r#"
{"type": "Footer", "label": "Cancel", "on-click-action": {"name": "complete", "payload": {}}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        for action in flow.actions() {
            let (Some(name), PropertyKind::Action(allowed)) = (action.name(), action.place().kind)
            else {
                continue;
            };
            let since = allowed.iter().find(|(action, _)| *action == name);
            let (problem, help) = match since {
                Some((_, since)) if version >= *since => continue,
                Some((_, since)) => (
                    format!("may do that only from version {since} on"),
                    format!("write \"version\": \"{since}\" or newer"),
                ),
                None => {
                    let open = allowed
                        .iter()
                        .filter(|(_, since)| version >= *since)
                        .map(|(action, _)| action.name());
                    (
                        format!("may be one of {}", suggestion::list(open)),
                        match name {
                            ActionName::Complete => {
                                "complete belongs on the Footer of a terminal screen".to_owned()
                            }
                            ActionName::OpenUrl => {
                                "put the link on an EmbeddedLink or an OptIn".to_owned()
                            }
                            _ => "use another component for this action".to_owned(),
                        },
                    )
                }
            };
            report.error(
                ErrorId::InvalidEnumValue,
                At::Object(action.node()),
                format!(
                    "`{}` in `{}` of {}, which {problem}",
                    name.name(),
                    action.trigger(),
                    action.component().type_name()
                ),
                help,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ActionsFitTheirPlace>();
    }

    #[test]
    fn updating_data_came_with_6_0() {
        finds::<ActionsFitTheirPlace>(
            ErrorId::InvalidEnumValue,
            Example::children(
                r#"{"type": "Dropdown", "name": "d", "label": "D", "data-source": [{"id": "1", "title": "One"}],
                    "on-select-action": {"name": «"update_data"», "payload": {}}}"#,
            )
            .version("5.1"),
        );
        finds::<ActionsFitTheirPlace>(
            ErrorId::InvalidEnumValue,
            Example::children(
                r#"{"type": "DatePicker", "name": "d", "label": "D",
                    "on-select-action": {"name": «"navigate"», "next": {"type": "screen", "name": "X"}}}"#,
            ),
        );
    }
}
