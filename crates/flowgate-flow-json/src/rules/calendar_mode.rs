//! Requires that a CalendarPicker has the properties of its mode.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::{ComponentType, PropertyKind},
    json::{JsonKind, Node},
    model::{Component, FlowJson},
};

pub(super) struct CalendarMode;

impl Rule for CalendarMode {
    const FACTS: RuleFacts = RuleFacts {
        code: "calendar-mode",
        summary: "a CalendarPicker has the properties of its mode",
        errors: &[
            ErrorId::UnexpectedCalendarPickerRangeModeProp,
            ErrorId::MissingCalendarPickerRangeModeProp,
        ],
        explanation: "In range mode `label`, `helper-text`, `required`, `init-value` and \
            `error-message` are objects with `start-date` and `end-date`, and `title`, \
            `description`, `min-days` and `max-days` are allowed. In single mode, which is the \
            default, none of that holds.",
        bad: Example::children(
            r#"
{"type": "CalendarPicker", "name": "stay", "label": "Your stay", «"min-days"»: 2}"#,
        ),
        good: Example::children(
            r#"
{"type": "CalendarPicker", "name": "stay", "mode": "range",
 "label": {"start-date": "Arrival", "end-date": "Departure"}, "min-days": 2}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for picker in flow.components().filter(|c| c.is(ComponentType::CalendarPicker)) {
            let mode = picker.get("mode").and_then(Node::as_str);
            match mode {
                Some("range") => check_range(report, picker),
                None | Some("single") => check_single(report, picker),
                // A dynamic mode may turn out as either.
                Some(_) => {}
            }
            for property in picker.properties() {
                if property
                    .facts
                    .is_some_and(|facts| matches!(facts.kind, PropertyKind::PerDate(_)))
                {
                    check_members(report, property.node);
                }
            }
        }
    }
}

const ONLY_RANGE: [&str; 4] = ["title", "description", "min-days", "max-days"];

fn check_single<'f>(report: &mut Report<'f>, picker: Component<'f>) {
    let title = picker.title();
    for name in ONLY_RANGE {
        if let Some(node) = picker.get(name) {
            report.error(
                ErrorId::UnexpectedCalendarPickerRangeModeProp,
                At::Key(node),
                format!("`{name}` of {title} in single mode"),
                "delete it, or add \"mode\": \"range\"",
            );
        }
    }
    for property in picker.properties() {
        let Some(facts) = property.facts else {
            continue;
        };
        if matches!(facts.kind, PropertyKind::PerDate(_)) && property.node.is_object() {
            report.error(
                ErrorId::UnexpectedCalendarPickerRangeModeProp,
                At::Value(property.node),
                format!("`{}` of {title} is an object in single mode", facts.name),
                "write a single value, or add \"mode\": \"range\"",
            );
        }
    }
}

fn check_range<'f>(report: &mut Report<'f>, picker: Component<'f>) {
    for property in picker.properties() {
        let Some(facts) = property.facts else {
            continue;
        };
        let node = property.node;
        let is_dynamic = node
            .as_str()
            .is_some_and(|text| Dynamic::parse(text).is_some());
        if matches!(facts.kind, PropertyKind::PerDate(_)) && !node.is_object() && !is_dynamic {
            // Some notes on WhatsApp's own validator say that plain values
            // are taken, so only the label, which is documented, is an error.
            let message = format!(
                "`{}` of {} in range mode is {}, expected an object",
                facts.name,
                picker.title(),
                node.kind().with_article()
            );
            let help = format!(
                "write {{\"start-date\": {0}, \"end-date\": {0}}}",
                node.raw()
            );
            if facts.name == "label" && node.kind() == JsonKind::String {
                report.error(
                    ErrorId::MissingCalendarPickerRangeModeProp,
                    At::Value(node),
                    message,
                    help,
                );
            } else {
                report.warning(At::Value(node), message, help);
            }
        }
    }
}

fn check_members<'f>(report: &mut Report<'f>, value: Node<'f>) {
    for (name, member) in value.members() {
        if name != "start-date" && name != "end-date" {
            report.error(
                ErrorId::UnexpectedCalendarPickerRangeModeProp,
                At::Key(member),
                format!("`{name}`, expected start-date or end-date"),
                "write \"start-date\" or \"end-date\"",
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
        check_examples::<CalendarMode>();
    }

    #[test]
    fn a_range_has_two_labels() {
        finds::<CalendarMode>(
            ErrorId::MissingCalendarPickerRangeModeProp,
            Example::children(
                r#"{"type": "CalendarPicker", "name": "c", "mode": "range", "label": «"Stay"»}"#,
            ),
        );
    }
}
