//! Requires images in base64 and of a bearable size.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    expression::Dynamic,
    facts::{MAX_IMAGE_BYTES, MAX_LIST_IMAGE_BYTES, PropertyKind},
    model::FlowJson,
    version::V6_0,
};

pub(super) struct ImageData;

impl Rule for ImageData {
    const FACTS: RuleFacts = RuleFacts {
        code: "image-data",
        summary: "images are base64 without a prefix and not too large",
        errors: &[ErrorId::InvalidPropertyValue],
        explanation: "The bytes of a JPEG or PNG file are written in base64, without `data:` \
            before it. An address is not accepted. Images should have at most 300 KB, in lists \
            100 KB from 6.0 on, or phones show a gap.",
        bad: Example::children(
            r#"
{"type": "Image", "src": «"https://example.com/logo.png"», "alt-text": "Logo"}"#,
        ),
        good: Example::children(
            r#"
{"type": "Image", "src": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=", "alt-text": "Logo"}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        for object in flow.objects() {
            for (node, facts) in object.known() {
                if !matches!(facts.kind, PropertyKind::Image) {
                    continue;
                }
                let Some(text) = node.as_str() else {
                    continue;
                };
                if text.trim().is_empty() || Dynamic::parse(text).is_some() {
                    continue;
                }
                if text.starts_with("data:") {
                    report.error(
                        ErrorId::InvalidPropertyValue,
                        At::Within(node, 0..text.find(',').map_or(5, |comma| comma + 1)),
                        format!("`{}` begins with `data:`, expected base64 alone", facts.name),
                        "delete everything up to the comma",
                    );
                    continue;
                }
                if let Some(offset) = text.bytes().position(|byte| !is_base64(byte)) {
                    let offset = text.floor_char_boundary(offset);
                    if text.contains("://") {
                        report.error(
                            ErrorId::InvalidPropertyValue,
                            At::Value(node),
                            format!("`{}` is an address, expected base64", facts.name),
                            "write the bytes of the image in base64",
                        );
                    } else {
                        // Drafts hold placeholders here, and whether WhatsApp
                        // looks at them is not documented.
                        report.warning(
                            At::Value(node),
                            format!(
                                "`{}` is no base64, found `{}`",
                                facts.name,
                                text[offset..].chars().next().unwrap_or_default()
                            ),
                            "write the bytes of the image in base64",
                        );
                    }
                    continue;
                }
                let bytes = text.trim_end_matches('=').len() / 4 * 3;
                let in_list = object.component().is_some_and(|c| c.node().id() != object.node().id());
                let maximum = if in_list && facts.name == "image" && flow.version() >= V6_0 {
                    MAX_LIST_IMAGE_BYTES
                } else {
                    MAX_IMAGE_BYTES
                };
                if bytes > maximum {
                    report.warning(
                        At::Value(node),
                        format!(
                            "the image has {} KB, expected at most {} KB",
                            bytes / 1024,
                            maximum / 1024
                        ),
                        "make the image smaller or send it from your endpoint",
                    );
                }
            }
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn examples_hold() {
        check_examples::<ImageData>();
    }

    #[test]
    fn a_prefix_is_pointed_at() {
        finds::<ImageData>(
            ErrorId::InvalidPropertyValue,
            Example::children(
                r#"{"type": "Image", "src": "«data:image/png;base64,»iVBORw0KGgo="}"#,
            ),
        );
    }
}
