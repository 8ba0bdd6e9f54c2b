//! Warns of initial values that are no option.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::At,
    expression::Dynamic,
    facts::ComponentType,
    json::Node,
    model::{Component, FlowJson},
    suggestion,
};

pub(super) struct InitialValuesFit;

impl Rule for InitialValuesFit {
    const FACTS: RuleFacts = RuleFacts {
        code: "initial-values-fit",
        summary: "the initial value of a choice is one of its options",
        errors: &[],
        explanation: "An initial value that is no option's id selects nothing, and one that is \
            disabled cannot be deselected.",
        bad: Example::children(
            r#"
{"type": "Dropdown", "name": "size", "label": "Size", "init-value": «"medium"»,
 "data-source": [{"id": "s", "title": "Small"}, {"id": "m", "title": "Medium"}]}"#,
        ),
        good: Example::children(
            r#"
{"type": "Dropdown", "name": "size", "label": "Size", "init-value": "m",
 "data-source": [{"id": "s", "title": "Small"}, {"id": "m", "title": "Medium"}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for component in flow.components() {
            if component.is(ComponentType::Form) {
                for (name, value) in component.get("init-values").into_iter().flat_map(Node::members)
                {
                    if let Some(input) = component.screen().input(name) {
                        check_value(report, input, value);
                    }
                }
            } else if let Some(value) = component.get("init-value") {
                check_value(report, component, value);
            }
        }
    }
}

fn check_value<'f>(report: &mut Report<'f>, input: Component<'f>, value: Node<'f>) {
    let Some(options) = input.get("data-source").filter(|options| options.is_array()) else {
        return;
    };
    if report.is_full() {
        return;
    }
    let chosen = std::iter::once(value).filter(|value| value.as_str().is_some());
    for node in chosen.chain(value.items()) {
        let Some(id) = node.as_str().filter(|id| !id.is_empty()) else {
            continue;
        };
        if Dynamic::parse(id).is_some() {
            continue;
        }
        let ids = || {
            options
                .items()
                .filter_map(|option| option.get("id")?.as_str())
        };
        let option = options
            .items()
            .find(|option| option.get("id").and_then(Node::as_str) == Some(id));
        match option {
            None if ids().any(|id| Dynamic::parse(id).is_some()) => {}
            None => report.warning(
                At::Value(node),
                format!("`{id}` is no option of {}", input.title()),
                suggestion::did_you_mean(id, ids(), || {
                    format!("write one of {}", suggestion::list(ids()))
                }),
            ),
            Some(option) if option.get("enabled").and_then(Node::as_bool) == Some(false) => {
                report.warning(
                    At::Value(node),
                    format!("option `{id}` of {} is disabled", input.title()),
                    "choose another initial value or enable the option",
                );
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<InitialValuesFit>();
    }
}
