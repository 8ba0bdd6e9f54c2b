//! Requires that operators stand between values they can work with.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    data_type::DataType,
    diagnostic::{At, ErrorId, Severity},
    expression::{Dynamic, Expression, ExpressionKind, Operator},
    facts::PropertyKind,
    json::Node,
    model::{FlowJson, Screen, Site},
    resolve,
    version::V7_2,
};

pub(super) struct ExpressionTypes;

impl Rule for ExpressionTypes {
    const FACTS: RuleFacts = RuleFacts {
        code: "expression-types",
        summary: "operators stand between values they can work with, and a condition is boolean",
        errors: &[ErrorId::InvalidPropertyValue],
        explanation: "== and != take two values of one type, < and > take numbers, && and || take \
            booleans. At least one side of a comparison is a reference. A condition that is a \
            single value must be a reference to a boolean.",
        bad: Example::children(
            r#"
{"type": "TextInput", "name": "animal", "label": "Animal"},
{"type": "If", "condition": "«${form.animal} == 7»", "then": [{"type": "TextBody", "text": "Seven"}]}"#,
        ),
        good: Example::children(
            r#"
{"type": "TextInput", "name": "animal", "label": "Animal"},
{"type": "If", "condition": "${form.animal} == 'cat'", "then": [{"type": "TextBody", "text": "Meow"}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for dynamic in flow.uses() {
            let Dynamic::Expression(expression) = dynamic.value() else {
                continue;
            };
            let in_payload = matches!(dynamic.site(), Site::Payload { .. });
            let severity = if in_payload && flow.version() < V7_2 {
                Severity::Warning
            } else {
                Severity::Error
            };
            let mut checker = Checker {
                flow,
                report,
                screen: dynamic.screen(),
                node: dynamic.node(),
                severity,
                reported: false,
            };
            expression.walk(&mut |part| checker.part(part));
            if let Site::Property(facts) = dynamic.site()
                && matches!(facts.kind, PropertyKind::Condition)
            {
                checker.condition(expression);
            }
        }
    }
}

struct Checker<'f, 'r> {
    flow: &'f FlowJson,
    report: &'r mut Report<'f>,
    screen: Screen<'f>,
    node: Node<'f>,
    severity: Severity,
    /// Whether this expression has an error already.
    reported: bool,
}

impl<'f> Checker<'f, '_> {
    fn error(&mut self, part: &Expression, message: String, help: &str) {
        self.reported = true;
        self.report.add(
            self.severity,
            Some(ErrorId::InvalidPropertyValue),
            &[At::Within(self.node, part.span.clone())],
            message,
            help.to_owned(),
        );
    }

    fn text(&self, part: &Expression) -> &'f str {
        self.node
            .as_str()
            .and_then(|text| text.get(part.span.clone()))
            .unwrap_or_default()
    }

    fn type_of(&self, part: &Expression) -> DataType {
        resolve::type_of_expression(self.flow, self.screen, part)
    }

    fn part(&mut self, part: &Expression) {
        match &part.kind {
            ExpressionKind::Not(inner) => {
                let found = self.type_of(inner);
                if !found.fits(&DataType::Boolean) {
                    let message = format!("`!` takes a boolean, and `{}` is {found}", self.text(inner));
                    self.error(inner, message, "compare it, such as ${form.name} == 'text'");
                }
            }
            ExpressionKind::Binary {
                operator,
                left,
                right,
                ..
            } => self.binary(part, *operator, left, right),
            _ => {}
        }
    }

    fn binary(&mut self, part: &Expression, operator: Operator, left: &Expression, right: &Expression) {
        let symbol = operator.symbol();
        if (operator.is_comparison() || operator.is_logical())
            && left.is_literal()
            && right.is_literal()
        {
            let message = format!("`{symbol}` has fixed values on both sides");
            self.error(part, message, "write a reference such as ${form.name} on one side");
            return;
        }
        let types = [self.type_of(left), self.type_of(right)];
        if operator.is_equality() {
            let [a, b] = &types;
            if !a.fits(b) {
                let message = format!("`{symbol}` compares {a} with {b}, expected one type");
                self.error(part, message, "write texts in single quotes, numbers and booleans without");
            }
            return;
        }
        let wanted = if operator.is_logical() {
            DataType::Boolean
        } else {
            DataType::Number
        };
        for (side, found) in [left, right].into_iter().zip(types) {
            if !found.fits(&wanted) {
                let message = format!(
                    "`{symbol}` takes {}s, and `{}` is {found}",
                    wanted.name(),
                    self.text(side)
                );
                let help = if operator.is_logical() {
                    "compare it first, in parentheses: (${form.name} == 'text')"
                } else {
                    "refer to a number, or compare with == or !="
                };
                self.error(side, message, help);
            } else if operator.is_logical()
                && matches!(&side.kind, ExpressionKind::Binary { operator, .. } if operator.is_comparison())
            {
                self.report.warning(
                    At::Within(self.node, side.span.clone()),
                    format!("comparison beside `{symbol}` without parentheses"),
                    format!("write ({}); the order is not documented", self.text(side)),
                );
            }
        }
    }

    fn condition(&mut self, expression: &Expression) {
        let inner = expression.without_parentheses();
        if inner.is_literal() {
            self.error(
                expression,
                "the condition is a fixed value, expected a reference to a boolean".into(),
                "write a comparison such as ${form.name} == 'text', or delete the If",
            );
            return;
        }
        let found = self.type_of(inner);
        if !found.fits(&DataType::Boolean) {
            self.error(
                expression,
                format!("the condition is {found}, expected a boolean"),
                "compare it, such as ${form.name} == 'text'",
            );
        } else if expression.references().is_empty() && !self.reported {
            self.error(
                expression,
                "the condition has no reference".into(),
                "write a reference such as ${form.name}",
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
        check_examples::<ExpressionTypes>();
    }

    #[track_caller]
    fn check(severity: crate::Severity, condition: &str) {
        let text = format!(
            r#"{{"type": "TextInput", "name": "a", "label": "A"}}, {{"type": "OptIn", "name": "o", "label": "O"}},
               {{"type": "If", "condition": "{condition}", "then": [{{"type": "TextBody", "text": "x"}}]}}"#
        );
        warns::<ExpressionTypes>(severity, Example::children(Box::leak(text.into_boxed_str())));
    }

    #[test]
    fn conditions_are_typed() {
        use crate::Severity::{Error, Warning};
        check(Error, "«573 == 376»");
        check(Error, "«true»");
        check(Error, "«${form.a}»");
        check(Error, "!«${form.a}»");
        check(Error, "${form.o} && «${form.a}»");
        check(Error, "«${form.a}» < 3");
        check(Warning, "${form.o} && «${form.a} == 'x'»");
        check(Error, "(${form.a} == 'x') && ${form.o}");
    }
}
