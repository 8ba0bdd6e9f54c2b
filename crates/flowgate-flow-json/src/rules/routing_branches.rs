//! Limits the screens that can follow one screen.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    facts::MAX_BRANCHES,
    json::Node,
    model::FlowJson,
};

pub(super) struct RoutingBranches;

impl Rule for RoutingBranches {
    const FACTS: RuleFacts = RuleFacts {
        code: "routing-branches",
        summary: "at most 10 screens can follow one screen",
        errors: &[ErrorId::InvalidRoutingModel],
        explanation: "Show variants of one screen with If and Switch, or let an endpoint fill it.",
        bad: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0",
 "routing_model": {«"MENU"»: ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"]},
 "screens": []}"#,
        ),
        good: Example::screens(
            r#"
{"id": "START", "title": "Start", "terminal": true, §layout}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let help = || "let several of them become one screen with If, Switch or data";
        if let Some(model) = flow.member("routing_model").filter(|model| model.is_object()) {
            for (from, targets) in model.members() {
                let mut distinct: Vec<_> = targets.items().filter_map(Node::as_str).collect();
                distinct.sort_unstable();
                distinct.dedup();
                if distinct.len() > MAX_BRANCHES {
                    report.error(
                        ErrorId::InvalidRoutingModel,
                        At::Key(targets),
                        format!(
                            "{} screens follow `{from}`, expected at most {MAX_BRANCHES}",
                            distinct.len()
                        ),
                        help(),
                    );
                }
            }
        }
        if flow.routing().is_written() {
            return;
        }
        let mut counts = vec![0; flow.screens.len()];
        for route in flow.routing().routes() {
            counts[route.from] += 1;
        }
        for (screen, count) in flow.screens().zip(counts) {
            if count > MAX_BRANCHES {
                report.error(
                    ErrorId::InvalidRoutingModel,
                    At::Object(screen.node()),
                    format!(
                        "screen `{}` navigates to {count} screens, expected at most {MAX_BRANCHES}",
                        screen.name()
                    ),
                    help(),
                );
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
        check_examples::<RoutingBranches>();
    }
}
