//! Requires a version of the data API that WhatsApp has.

use super::{Example, Report, Rule, RuleFacts};
use crate::{
    diagnostic::{At, ErrorId},
    model::FlowJson,
    version::{DATA_API_4_0, DATA_API_VERSIONS, V7_3, Version},
};

pub(super) struct KnownDataApiVersion;

impl Rule for KnownDataApiVersion {
    const FACTS: RuleFacts = RuleFacts {
        code: "known-data-api-version",
        summary: "the version of the data API is one that WhatsApp has",
        errors: &[ErrorId::NoSupportedDataApiVersion],
        explanation: "The data API exists as 3.0 and 4.0. Version 4.0 adds a signature of the \
            flow token to every request and needs Flow JSON 7.3.",
        bad: Example::document(
            r#"
{"version": "7.3", "data_api_version": «"2.0"», "routing_model": {"START": []}, "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
        good: Example::document(
            r#"
{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": []}, "screens": [{
  "id": "START", "title": "Start", "terminal": true,
  §layout
}]}"#,
        ),
    };

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>) {
        let Some(node) = flow.member("data_api_version") else {
            return;
        };
        let version: Option<Version> = node.as_str().and_then(|text| text.parse().ok());
        let Some(version) = version.filter(|version| DATA_API_VERSIONS.contains(version)) else {
            report.error(
                ErrorId::NoSupportedDataApiVersion,
                At::Value(node),
                format!(
                    "data API version {} does not exist, expected \"3.0\" or \"4.0\"",
                    node.as_str()
                        .map_or_else(|| node.kind().with_article().into(), |v| format!("`{v}`"))
                ),
                "write \"4.0\", or \"3.0\" before Flow JSON 7.3",
            );
            return;
        };
        if version >= DATA_API_4_0 && flow.version() < V7_3 {
            report.warning(
                At::Value(node),
                format!("data API {version} needs Flow JSON {V7_3}"),
                format!("write \"version\": \"{V7_3}\", or \"data_api_version\": \"3.0\""),
            );
        } else if version < DATA_API_4_0 && flow.version() >= V7_3 {
            report.info(
                At::Value(node),
                format!("data API {version} sends no signature of the flow token"),
                format!("write \"{DATA_API_4_0}\", which WhatsApp recommends"),
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
        check_examples::<KnownDataApiVersion>();
    }
}
