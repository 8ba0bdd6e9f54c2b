//! Requires that uploaded files are sent only where they can be.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::{Dynamic, Reference, Scope},
    facts::{
        ActionName, ComponentType, MAX_COMPLETE_FILES, MAX_COMPLETE_KILOBYTES, MAX_UPLOADS,
    },
    json::Node,
    model::{Component, FlowJson, Screen, Site},
    resolve,
    version::V5_0,
};

pub(super) struct MediaPayloads;

impl Rule for MediaPayloads {
    const FACTS: RuleFacts = RuleFacts {
        code: "media-payloads",
        summary: "uploaded files are sent by data_exchange and complete, as a value of their own",
        errors: &[ErrorId::InvalidOnClickActionPayload],
        explanation: "The files of a PhotoPicker or DocumentPicker cannot travel to another \
            screen with `navigate`. In the payload of `data_exchange` and `complete` the \
            reference stands alone under its key. With `complete` at most 10 files of 100 MiB \
            together may be sent from 5.0 on, before that one file of one picker; a picker \
            without a maximum counts as 30 files.",
        bad: Example::layout(
            r#"
{"type": "PhotoPicker", "name": "proof", "label": "Proof"},
{"type": "Footer", "label": "Send", "on-click-action":
  {"name": "complete", "payload": {"proof": «"${form.proof}"»}}}"#,
        ),
        good: Example::layout(
            r#"
{"type": "PhotoPicker", "name": "proof", "label": "Proof", "max-uploaded-photos": 4},
{"type": "Footer", "label": "Send", "on-click-action":
  {"name": "complete", "payload": {"proof": "${form.proof}"}}}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let mut sent: Vec<(usize, Vec<Sent<'f>>)> = Vec::new();
        for dynamic in flow.uses() {
            let Site::Payload { action: index, top_level } = dynamic.site() else {
                continue;
            };
            let Some(action) = dynamic.action() else {
                continue;
            };
            for reference in dynamic.value().references() {
                let Some(picker) = picker(flow, dynamic.screen(), reference) else {
                    continue;
                };
                let node = dynamic.node();
                let kind = picker.type_name();
                if action.is(ActionName::Navigate) {
                    report.error(
                        ErrorId::InvalidOnClickActionPayload,
                        At::Value(node),
                        format!("the files of {} in the payload of navigate", picker.title()),
                        format!(
                            "delete it and read ${{screen.{}.form.{}}} on the last screen",
                            picker.screen().name(),
                            reference.name()
                        ),
                    );
                } else if !top_level || !matches!(dynamic.value(), Dynamic::Reference(_)) {
                    report.error(
                        ErrorId::InvalidOnClickActionPayload,
                        At::Value(node),
                        format!("the files of a {kind} inside a list, object or text"),
                        format!("write \"{}\": \"{reference}\" directly in the payload", reference.name()),
                    );
                } else if action.is(ActionName::Complete) {
                    match sent.last_mut() {
                        Some((last, pickers)) if *last == index => pickers.push((picker, node)),
                        _ => sent.push((index, vec![(picker, node)])),
                    }
                }
            }
        }
        for (_, pickers) in sent {
            check_complete(flow, report, &pickers);
        }
    }
}

/// A picker whose files an action sends, and where its payload says so.
type Sent<'f> = (Component<'f>, Node<'f>);

fn picker<'f>(
    flow: &'f FlowJson,
    screen: Screen<'f>,
    reference: &Reference,
) -> Option<Component<'f>> {
    if reference.scope != Scope::Form {
        return None;
    }
    resolve::screen_of(flow, screen, reference)?
        .input(reference.name())
        .filter(|input| input.component_type().is_some_and(ComponentType::is_media_picker))
}

fn check_complete<'f>(
    flow: &'f FlowJson,
    report: &mut Report<'f>,
    pickers: &[Sent<'f>],
) {
    if flow.version() < V5_0 {
        for (picker, node) in pickers {
            if most_files(*picker) > 1 {
                report.error(
                    ErrorId::InvalidOnClickActionPayload,
                    At::Value(*node),
                    format!("complete sends up to {} files of {}", most_files(*picker), picker.title()),
                    format!("add \"{}\": 1", maximum_property(*picker)),
                );
            }
        }
        if let Some((_, node)) = pickers.get(1) {
            report.error(
                ErrorId::InvalidOnClickActionPayload,
                At::Value(*node),
                "complete sends the files of more than one picker",
                "keep one of them",
            );
        }
        return;
    }
    let files: i64 = pickers.iter().map(|(picker, _)| most_files(*picker)).sum();
    let kilobytes: i64 = pickers
        .iter()
        .map(|(picker, _)| {
            most_files(*picker).saturating_mul(number(*picker, "max-file-size-kb").unwrap_or(0))
        })
        .sum();
    let Some((picker, node)) = pickers.first() else {
        return;
    };
    if files > MAX_COMPLETE_FILES {
        report.error(
            ErrorId::InvalidOnClickActionPayload,
            At::Value(*node),
            format!("complete sends up to {files} files, expected at most {MAX_COMPLETE_FILES}"),
            format!("add \"{}\": {MAX_COMPLETE_FILES}, or less", maximum_property(*picker)),
        );
    } else if kilobytes > MAX_COMPLETE_KILOBYTES {
        report.error(
            ErrorId::InvalidOnClickActionPayload,
            At::Value(*node),
            format!(
                "complete sends up to {kilobytes} KiB of files, expected at most {MAX_COMPLETE_KILOBYTES}"
            ),
            "lower max-file-size-kb or the number of files",
        );
    }
}

fn maximum_property(picker: Component<'_>) -> &'static str {
    if picker.is(ComponentType::PhotoPicker) {
        "max-uploaded-photos"
    } else {
        "max-uploaded-documents"
    }
}

fn most_files(picker: Component<'_>) -> i64 {
    number(picker, maximum_property(picker)).unwrap_or(MAX_UPLOADS)
}

fn number(picker: Component<'_>, name: &str) -> Option<i64> {
    picker.get(name).and_then(Node::as_i64).map(|n| n.clamp(0, 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<MediaPayloads>();
    }

    #[test]
    fn files_stay_on_their_screen_and_alone() {
        finds::<MediaPayloads>(
            ErrorId::InvalidOnClickActionPayload,
            Example::layout(
                r#"{"type": "DocumentPicker", "name": "d", "label": "D", "max-uploaded-documents": 1},
                   {"type": "EmbeddedLink", "text": "Next", "on-click-action": {"name": "navigate",
                    "next": {"type": "screen", "name": "B"}, "payload": {"d": «"${form.d}"»}}},
                   {"type": "Footer", "label": "Go", "on-click-action":
                    {"name": "complete", "payload": {"d": {"list": [«"${form.d}"»]}}}}"#,
            ),
        );
    }

    #[test]
    fn before_5_0_one_file_of_one_picker_is_sent() {
        finds::<MediaPayloads>(
            ErrorId::InvalidOnClickActionPayload,
            Example::layout(
                r#"{"type": "PhotoPicker", "name": "p", "label": "P", "max-uploaded-photos": 2},
                   {"type": "Footer", "label": "Go", "on-click-action":
                    {"name": "complete", "payload": {"p": «"${form.p}"»}}}"#,
            )
            .version("4.0"),
        );
    }
}
