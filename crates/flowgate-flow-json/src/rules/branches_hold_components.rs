//! Requires that If and Switch have branches with components that may stand
//! there.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::{BRANCH_CHILDREN, ComponentType, MAX_IF_NESTING},
    model::{Component, FlowJson, Slot},
    suggestion,
};

pub(super) struct BranchesHoldComponents;

impl Rule for BranchesHoldComponents {
    const FACTS: RuleFacts = RuleFacts {
        code: "branches-hold-components",
        summary: "If and Switch have branches, hold only what they may, and are not nested too deep",
        errors: &[
            ErrorId::InvalidPropertyValue,
            ErrorId::EmptySwitchCases,
            ErrorId::MaximumIfNesting,
        ],
        explanation: "`then` holds at least one component and `cases` at least one case; the list \
            of a case may be empty. Branches hold texts, inputs, links, images and Footers, an \
            If also further Ifs, three deep at most, and Switches; ChipsSelector from 7.1 on. \
            The value of a Switch is a reference.",
        bad: Example::children(
            r#"
{"type": "OptIn", "name": "more", "label": "Show more"},
{"type": "If", "condition": "${form.more}", "then": «[]»}"#,
        ),
        good: Example::children(
            r#"
{"type": "OptIn", "name": "more", "label": "Show more"},
{"type": "If", "condition": "${form.more}", "then": [{"type": "TextBody", "text": "More"}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for component in flow.components() {
            match component.component_type() {
                Some(ComponentType::If) => check_if(report, component),
                Some(ComponentType::Switch) => check_switch(report, component),
                _ => {}
            }
            if component.slot() != Slot::Children
                && let Some(parent) = component.parent()
            {
                check_child(flow, report, parent, component);
            }
        }
    }
}

fn check_if<'f>(report: &mut Report<'f>, component: Component<'f>) {
    for branch in ["then", "else"] {
        let Some(list) = component.get(branch) else {
            continue;
        };
        if list.is_array() && list.is_empty() {
            report.error(
                ErrorId::InvalidPropertyValue,
                At::Value(list),
                format!("`{branch}` is empty, expected at least one component"),
                match branch {
                    "then" => "add a component to it",
                    _ => "add a component to it, or delete it",
                },
            );
        }
    }
    let depth = 1 + component
        .ancestors()
        .filter(|parent| parent.is(ComponentType::If))
        .count();
    if depth == MAX_IF_NESTING + 1 {
        report.error(
            ErrorId::MaximumIfNesting,
            At::Object(component.node()),
            format!("If nested {depth} deep, expected at most {MAX_IF_NESTING}"),
            "join the conditions with &&",
        );
    }
}

fn check_switch<'f>(report: &mut Report<'f>, component: Component<'f>) {
    if let Some(cases) = component.get("cases")
        && cases.is_object()
        && cases.is_empty()
    {
        report.error(
            ErrorId::EmptySwitchCases,
            At::Value(cases),
            "`cases` is empty, expected at least one case",
            "write {\"value\": [{…}], \"default\": []}",
        );
    }
    if let Some(value) = component.get("value")
        && let Some(text) = value.as_str()
        && Dynamic::parse(text).is_none()
    {
        report.error(
            ErrorId::InvalidPropertyValue,
            At::Value(value),
            format!("the value of a Switch is `{text}`, expected a reference"),
            "write a reference such as \"${data.name}\"",
        );
    }
}

fn check_child<'f>(
    flow: &'f FlowJson,
    report: &mut Report<'f>,
    parent: Component<'f>,
    child: Component<'f>,
) {
    let Some(component_type) = child.component_type() else {
        return;
    };
    let nestable = parent.is(ComponentType::If)
        && matches!(component_type, ComponentType::If | ComponentType::Switch);
    if nestable {
        return;
    }
    let name = component_type.name();
    let allowed = BRANCH_CHILDREN.iter().find(|(allowed, _)| *allowed == name);
    let (message, help) = match allowed {
        Some((_, since)) if flow.version() >= *since => return,
        Some((_, since)) => (
            format!("{name} may stand in {} from version {since} on", parent.type_name()),
            format!("write \"version\": \"{since}\" or newer"),
        ),
        None => (
            format!("{name} cannot stand in {}", parent.type_name()),
            format!(
                "move it out and hide it with `visible`; {} holds {}",
                parent.type_name(),
                suggestion::list(BRANCH_CHILDREN.iter().map(|(name, _)| *name))
            ),
        ),
    };
    report.error(
        ErrorId::InvalidPropertyValue,
        At::Object(child.node()),
        message,
        help,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<BranchesHoldComponents>();
    }

    #[test]
    fn a_switch_needs_cases_and_a_reference() {
        finds::<BranchesHoldComponents>(
            ErrorId::EmptySwitchCases,
            Example::children(r#"{"type": "Switch", "value": "${data.a}", "cases": «{}»}"#),
        );
        finds::<BranchesHoldComponents>(
            ErrorId::InvalidPropertyValue,
            Example::children(
                r#"{"type": "Switch", "value": «"cat"», "cases": {"cat": [{"type": «"If"», "condition": "${form.a}",
                    "then": [{"type": «"Form"», "name": "f", "children": []}]}]}}"#,
            ),
        );
    }

    #[test]
    fn four_levels_are_one_too_many() {
        finds::<BranchesHoldComponents>(
            ErrorId::MaximumIfNesting,
            Example::children(
                r#"{"type": "If", "condition": "${form.a}", "then": [{"type": "If", "condition": "${form.a}", "then": [
                   {"type": "If", "condition": "${form.a}", "then": [{"type": «"If"», "condition": "${form.a}", "then": [
                   {"type": "TextBody", "text": "x"}]}]}]}]}"#,
            ),
        );
    }
}
