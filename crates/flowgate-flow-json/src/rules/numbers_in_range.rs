//! Requires that numbers lie within the limits of their property.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::PropertyKind,
    model::FlowJson,
};

pub(super) struct NumbersInRange;

impl Rule for NumbersInRange {
    const FACTS: RuleFacts = RuleFacts {
        code: "numbers-in-range",
        summary: "numbers lie within the limits of their property",
        errors: &[ErrorId::MinimumValueRequired, ErrorId::MaximumValueRequired],
        explanation: "PhotoPicker and DocumentPicker take up to 30 files of up to 25600 KiB each. \
            Other numbers, such as lengths and counts, may not be negative.",
        bad: Example::children(
            r#"
{"type": "PhotoPicker", "name": "id_proof", "label": "Proof", "max-uploaded-photos": «40»}"#,
        ),
        good: Example::children(
            r#"
{"type": "PhotoPicker", "name": "id_proof", "label": "Proof", "max-uploaded-photos": 4}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for object in flow.objects() {
            for (node, facts) in object.known() {
                let (minimum, maximum) = match (facts.range, facts.kind) {
                    (Some(range), _) => range,
                    (None, PropertyKind::Integer | PropertyKind::LooseInteger) => (0, i64::MAX),
                    _ => continue,
                };
                let Some(number) = node.as_f64() else {
                    continue;
                };
                if number < minimum as f64 {
                    report.error(
                        ErrorId::MinimumValueRequired,
                        At::Value(node),
                        format!(
                            "`{}` is {}, expected at least {minimum}",
                            facts.name,
                            node.raw()
                        ),
                        format!("write {minimum} or more"),
                    );
                } else if number > maximum as f64 {
                    report.error(
                        ErrorId::MaximumValueRequired,
                        At::Value(node),
                        format!(
                            "`{}` is {}, expected at most {maximum}",
                            facts.name,
                            node.raw()
                        ),
                        format!("write {maximum} or less"),
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
        check_examples::<NumbersInRange>();
    }

    #[test]
    fn both_ends_are_checked() {
        finds::<NumbersInRange>(
            ErrorId::MinimumValueRequired,
            Example::children(
                r#"{"type": "PhotoPicker", "name": "p", "label": "P", "min-uploaded-photos": «-1»},
                   {"type": "TextInput", "name": "t", "label": "T", "min-chars": «-5»}"#,
            ),
        );
    }
}
