//! Requires dates in the form of the version and in order.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId, Severity},
    expression::Dynamic,
    facts::{ComponentType, DateValue, PropertyKind},
    json::Node,
    model::{Component, FlowJson},
    version::{V5_0, Version},
};

pub(super) struct DateValues;

impl Rule for DateValues {
    const FACTS: RuleFacts = RuleFacts {
        code: "date-values",
        summary: "dates have the form of the version, and min-date is not after max-date",
        errors: &[
            ErrorId::InvalidDateRange,
            ErrorId::InvalidDateSingleInitValueFormat,
            ErrorId::InvalidPropertyValue,
        ],
        explanation: "From 5.0 on a date is written YYYY-MM-DD; before, as the milliseconds since \
            1 January 1970, in quotes. A CalendarPicker knows only the first form.",
        bad: Example::children(
            r#"
{"type": "DatePicker", "name": "day", "label": "Day", "min-date": «"2026-12-24"», "max-date": "2026-12-01"}"#,
        ),
        good: Example::children(
            r#"
{"type": "DatePicker", "name": "day", "label": "Day", "min-date": "2026-12-01", "max-date": "2026-12-24"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let version = flow.version();
        for picker in flow.components() {
            let is_calendar = picker.is(ComponentType::CalendarPicker);
            if !is_calendar && !picker.is(ComponentType::DatePicker) {
                continue;
            }
            let form = Form::of(version);
            for property in picker.properties() {
                let Some(facts) = property.facts else {
                    continue;
                };
                let is_date = matches!(
                    facts.kind,
                    PropertyKind::Date
                        | PropertyKind::Dates
                        | PropertyKind::PerDate(DateValue::Date)
                );
                if !is_date {
                    continue;
                }
                // WhatsApp is known to check only the initial date.
                let strict = is_calendar && facts.name == "init-value";
                let parts = std::iter::once(property.node).chain(property.node.children());
                for node in parts {
                    check_form(report, form, node, strict);
                }
            }
            check_order(report, picker, form);
        }
    }
}

#[derive(Clone, Copy)]
enum Form {
    Day,
    Milliseconds,
}

impl Form {
    fn of(version: Version) -> Self {
        if version < V5_0 {
            Self::Milliseconds
        } else {
            Self::Day
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Day => "YYYY-MM-DD",
            Self::Milliseconds => "milliseconds since 1970",
        }
    }

    fn sample(self) -> &'static str {
        match self {
            Self::Day => "\"2026-12-24\"",
            Self::Milliseconds => "\"1798070400000\"",
        }
    }

    /// Returns a number by which dates can be ordered.
    fn parse(self, text: &str) -> Option<i64> {
        match self {
            Self::Milliseconds => text.parse().ok(),
            Self::Day => {
                let bytes = text.as_bytes();
                let separated = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
                if !separated {
                    return None;
                }
                let number = |range| {
                    let part: &str = text.get(range)?;
                    part.bytes()
                        .all(|byte| byte.is_ascii_digit())
                        .then(|| part.parse::<i64>().ok())?
                };
                let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
                ((1..=12).contains(&month) && (1..=days(year, month)).contains(&day))
                    .then_some(year * 10_000 + month * 100 + day)
            }
        }
    }
}

fn days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn literal(node: Node<'_>) -> Option<&str> {
    let text = node.as_str()?;
    (!text.is_empty() && Dynamic::parse(text).is_none()).then_some(text)
}

fn check_form<'f>(report: &mut Report<'f>, form: Form, node: Node<'f>, strict: bool) {
    let Some(text) = literal(node) else {
        return;
    };
    if form.parse(text).is_some() {
        return;
    }
    let message = format!("`{text}` is no date, expected {}", form.describe());
    let help = format!("write a date such as {}", form.sample());
    if strict {
        report.error(
            ErrorId::InvalidDateSingleInitValueFormat,
            At::Value(node),
            message,
            help,
        );
    } else {
        report.add(Severity::Warning, None, &[At::Value(node)], message, help);
    }
}

fn check_order<'f>(report: &mut Report<'f>, picker: Component<'f>, form: Form) {
    let date = |name| {
        let node = picker.get(name)?;
        Some((node, form.parse(literal(node)?)?))
    };
    let minimum = date("min-date");
    let maximum = date("max-date");
    if let (Some((low, first)), Some((high, last))) = (minimum, maximum)
        && first > last
    {
        report.add_error(
            ErrorId::InvalidDateRange,
            &[At::Value(low), At::Value(high)],
            format!("min-date {} is after max-date {}", low.raw(), high.raw()),
            "swap the two",
        );
        return;
    }
    let others = picker
        .get("unavailable-dates")
        .into_iter()
        .flat_map(Node::items)
        .chain(picker.get("init-value"));
    for node in others {
        let Some(day) = literal(node).and_then(|text| form.parse(text)) else {
            continue;
        };
        let outside = minimum.is_some_and(|(_, first)| day < first)
            || maximum.is_some_and(|(_, last)| day > last);
        if outside {
            report.warning(
                At::Value(node),
                format!("{} lies outside of min-date and max-date", node.raw()),
                "write a date between the two",
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
        check_examples::<DateValues>();
    }

    #[test]
    fn the_form_depends_on_the_version() {
        warns::<DateValues>(
            Severity::Warning,
            Example::children(
                r#"{"type": "DatePicker", "name": "d", "label": "D", "min-date": «"1693569600000"», "unavailable-dates": [«"2026-02-30"»]}"#,
            ),
        );
        accepts::<DateValues>(
            Example::children(
                r#"{"type": "DatePicker", "name": "d", "label": "D", "min-date": "1693569600000"}"#,
            )
            .version("4.0"),
        );
        finds::<DateValues>(
            ErrorId::InvalidDateSingleInitValueFormat,
            Example::children(
                r#"{"type": "CalendarPicker", "name": "d", "label": "D", "init-value": «"24.12.2026"»}"#,
            ),
        );
    }

    #[test]
    fn days_follow_the_calendar() {
        for (text, valid) in [
            ("2024-02-29", true),
            ("2100-02-29", false),
            ("2026-13-01", false),
            ("2026-1-1", false),
            ("20260-1-1", false),
        ] {
            assert_eq!(Form::Day.parse(text).is_some(), valid, "{text}");
        }
    }
}
