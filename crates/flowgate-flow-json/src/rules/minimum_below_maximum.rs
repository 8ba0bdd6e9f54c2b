//! Requires that a minimum does not exceed its maximum.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::{ComponentType, MINIMUM_AND_MAXIMUM},
    json::Node,
    model::FlowJson,
};

pub(super) struct MinimumBelowMaximum;

impl Rule for MinimumBelowMaximum {
    const FACTS: RuleFacts = RuleFacts {
        code: "minimum-below-maximum",
        summary: "no minimum exceeds its maximum",
        errors: &[ErrorId::MinValueGreaterThanMax, ErrorId::InvalidMinMaxDays],
        explanation: "A user could never satisfy both limits.",
        bad: Example::children(
            r#"
{"type": "CheckboxGroup", "name": "days", "label": "Days", "min-selected-items": «3», "max-selected-items": 2,
 "data-source": [{"id": "mo", "title": "Monday"}, {"id": "tu", "title": "Tuesday"}, {"id": "we", "title": "Wednesday"}]}"#,
        ),
        good: Example::children(
            r#"
{"type": "CheckboxGroup", "name": "days", "label": "Days", "min-selected-items": 2, "max-selected-items": 3,
 "data-source": [{"id": "mo", "title": "Monday"}, {"id": "tu", "title": "Tuesday"}, {"id": "we", "title": "Wednesday"}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for component in flow.components() {
            for property in component.properties() {
                let Some(maximum) = MINIMUM_AND_MAXIMUM
                    .iter()
                    .find(|(minimum, _)| *minimum == property.name())
                    .map(|(_, maximum)| *maximum)
                else {
                    continue;
                };
                let (minimum, low) = (property.name(), property.node);
                let Some(high) = component.get(maximum) else {
                    continue;
                };
                if let (Some(low_number), Some(high_number)) = (number(low), number(high))
                    && low_number > high_number
                {
                    report.add_error(
                        if component.is(ComponentType::CalendarPicker) {
                            ErrorId::InvalidMinMaxDays
                        } else {
                            ErrorId::MinValueGreaterThanMax
                        },
                        &[At::Value(low), At::Value(high)],
                        format!(
                            "`{minimum}` of {} is {} and exceeds `{maximum}`, which is {}",
                            component.title(),
                            low.raw(),
                            high.raw()
                        ),
                        format!("lower `{minimum}` or raise `{maximum}`"),
                    );
                }
            }
        }
    }
}

fn number(node: Node<'_>) -> Option<f64> {
    node.as_f64().or_else(|| node.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<MinimumBelowMaximum>();
    }

    #[test]
    fn days_of_a_calendar_have_their_own_error() {
        finds::<MinimumBelowMaximum>(
            ErrorId::InvalidMinMaxDays,
            Example::children(
                r#"{"type": "CalendarPicker", "name": "c", "mode": "range", "min-days": «5», "max-days": 2,
                    "label": {"start-date": "From", "end-date": "To"}}"#,
            ),
        );
    }
}
