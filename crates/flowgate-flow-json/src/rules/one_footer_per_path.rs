//! Requires that every combination of branches shows at most one Footer, and
//! that branches agree on having one.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::ComponentType,
    json::Node,
    model::{Component, FlowJson, Slot},
};

pub(super) struct OneFooterPerPath;

impl Rule for OneFooterPerPath {
    const FACTS: RuleFacts = RuleFacts {
        code: "one-footer-per-path",
        summary: "a screen shows one Footer at most, in all branches or in none",
        errors: &[
            ErrorId::MaxFooterPerScreen,
            ErrorId::MoreThanOneFooter,
            ErrorId::MissingFooterInIfElseBranches,
            ErrorId::MissingFooterInSwitchBranches,
        ],
        explanation: "If one branch of an If has a Footer the other has one too, likewise every \
            case of a Switch, and then there is none outside. A Footer in an If stands in the \
            first level only.",
        bad: Example::layout(
            r#"
{"type": "OptIn", "name": "terms", "label": "I agree"},
{"type": «"If"», "condition": "${form.terms}", "then": [
  §footer
]}"#,
        ),
        good: Example::layout(
            r#"
{"type": "OptIn", "name": "terms", "label": "I agree"},
{"type": "If", "condition": "${form.terms}", "then": [
  §footer
], "else": [
  §footer
]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for screen in flow.screens() {
            let footers: Vec<_> = screen
                .components()
                .filter(|component| component.is(ComponentType::Footer))
                .collect();
            check_paths(report, &footers);
        }
        for component in flow.components() {
            match component.component_type() {
                Some(ComponentType::If) => check_if(report, component),
                Some(ComponentType::Switch) => check_switch(report, component),
                _ => {}
            }
        }
    }
}

/// The branches that a component stands in, outermost first.
fn branches(component: Component<'_>) -> Vec<(usize, Slot)> {
    let mut branches = Vec::new();
    let mut inner = component;
    while let Some(parent) = inner.parent() {
        if inner.slot() != Slot::Children {
            branches.push((parent.index(), inner.slot()));
        }
        inner = parent;
    }
    branches.reverse();
    branches
}

/// Two components never show together if they stand in different branches of
/// one If or Switch.
fn exclude(one: &[(usize, Slot)], other: &[(usize, Slot)]) -> bool {
    one.iter()
        .zip(other)
        .take_while(|(a, b)| a.0 == b.0)
        .any(|(a, b)| a.1 != b.1)
}

fn check_paths<'f>(report: &mut Report<'f>, footers: &[Component<'f>]) {
    let mut shown: Vec<(Component<'f>, Vec<(usize, Slot)>)> = Vec::new();
    for footer in footers {
        let path = branches(*footer);
        let clash = shown.iter().find(|(_, other)| !exclude(&path, other));
        if let Some((earlier, other)) = clash {
            let plain = path.is_empty() && other.is_empty();
            report.add_error(
                if plain {
                    ErrorId::MaxFooterPerScreen
                } else {
                    ErrorId::MoreThanOneFooter
                },
                &[At::Object(footer.node()), At::Object(earlier.node())],
                format!(
                    "screen `{}` shows more than one Footer at a time",
                    footer.screen().name()
                ),
                "keep one Footer, or one in each branch",
            );
        } else {
            shown.push((*footer, path));
        }
        if report.is_full() || shown.len() > MAX_COMPARED {
            return;
        }
    }
}

/// Footers beyond these are not compared with each other.
const MAX_COMPARED: usize = 200;

fn has_footer(component: Component<'_>, slot: Slot) -> bool {
    component.children().any(|child| {
        child.slot() == slot && (child.is(ComponentType::Footer) || holds_footer(child))
    })
}

fn holds_footer(component: Component<'_>) -> bool {
    component
        .children()
        .any(|child| child.is(ComponentType::Footer) || holds_footer(child))
}

fn check_if<'f>(report: &mut Report<'f>, component: Component<'f>) {
    let then = has_footer(component, Slot::Then);
    let other = has_footer(component, Slot::Else);
    if !then && !other {
        return;
    }
    let error = ErrorId::MissingFooterInIfElseBranches;
    let nested = component
        .ancestors()
        .any(|parent| parent.is(ComponentType::If));
    if nested {
        let footer = component
            .children()
            .find(|child| child.is(ComponentType::Footer));
        if let Some(footer) = footer {
            report.error(
                error,
                At::Object(footer.node()),
                "a Footer in an If that stands in another If",
                "move the Footer to the branches of the outer If",
            );
        }
        return;
    }
    if then && other {
        return;
    }
    let (branch, opposite) = if then { ("else", "then") } else { ("then", "else") };
    let absent = component.get(branch).is_none();
    report.error(
        error,
        At::Object(component.node()),
        format!(
            "`{opposite}` has a Footer and `{branch}` {}",
            if absent { "is missing" } else { "has none" }
        ),
        format!("add a Footer to `{branch}`, or move the one in `{opposite}` behind the If"),
    );
}

fn check_switch<'f>(report: &mut Report<'f>, component: Component<'f>) {
    let cases: Vec<_> = component
        .get("cases")
        .into_iter()
        .flat_map(Node::members)
        .collect();
    let with: Vec<bool> = cases
        .iter()
        .map(|(_, case)| has_footer(component, Slot::Case(case.id())))
        .collect();
    if !with.contains(&true) {
        return;
    }
    for ((name, case), _) in cases.iter().zip(&with).filter(|(_, has)| !**has) {
        report.error(
            ErrorId::MissingFooterInSwitchBranches,
            At::Key(*case),
            format!("case `{name}` has no Footer, and another case has one"),
            "add a Footer to every case, or put one behind the Switch",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<OneFooterPerPath>();
    }

    #[test]
    fn each_kind_of_surplus_and_lack_is_told_apart() {
        finds::<OneFooterPerPath>(
            ErrorId::MaxFooterPerScreen,
            Example::layout(
                r#"§footer, {"type": «"Footer"», "label": "B", "on-click-action": {"name": "complete", "payload": {}}}"#,
            ),
        );
        finds::<OneFooterPerPath>(
            ErrorId::MoreThanOneFooter,
            Example::layout(
                r#"{"type": "Switch", "value": "${form.a}", "cases": {"x": [§footer], "y": [§footer]}},
                   {"type": «"Footer"», "label": "B", "on-click-action": {"name": "complete", "payload": {}}}"#,
            ),
        );
        finds::<OneFooterPerPath>(
            ErrorId::MissingFooterInSwitchBranches,
            Example::layout(
                r#"{"type": "Switch", "value": "${form.a}", "cases": {«"x"»: [], "y": [§footer], «"z"»: []}}"#,
            ),
        );
    }

    #[test]
    fn a_nested_if_has_no_footer() {
        finds::<OneFooterPerPath>(
            ErrorId::MissingFooterInIfElseBranches,
            Example::layout(
                r#"{"type": "If", "condition": "${form.a}", "then": [
                     {"type": "If", "condition": "${form.b}", "then": [
                       {"type": «"Footer"», "label": "B", "on-click-action": {"name": "complete", "payload": {}}}], "else": [§footer]}],
                   "else": [§footer]}"#,
            ),
        );
    }
}
