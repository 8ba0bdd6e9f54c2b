//! Requires that a minimum does not exceed its maximum.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::MINIMUM_AND_MAXIMUM,
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
        let pairs = MINIMUM_AND_MAXIMUM
            .iter()
            .map(|(minimum, maximum)| (*minimum, *maximum, ErrorId::MinValueGreaterThanMax));
        let days = [("min-days", "max-days", ErrorId::InvalidMinMaxDays)];
        for (minimum, maximum, error) in pairs.chain(days) {
            for component in flow.components() {
                let (Some(low), Some(high)) = (component.get(minimum), component.get(maximum))
                else {
                    continue;
                };
                if let (Some(low_number), Some(high_number)) = (number(low), number(high))
                    && low_number > high_number
                {
                    report.add_error(
                        error,
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
}
