//! Properties that hold for every document.

#![expect(
    clippy::unwrap_used,
    reason = "a test may end where its own values are not as they should be"
)]

use flowgate_flow_json::{
    FlowJson, graph,
    json::{JsonKind, Node},
    render::{self, CheckedFile, Color},
};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON value of moderate size.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Documents that look like Flow JSON and are wrong in every imaginable way.
fn documents() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "version",
        "screens",
        "routing_model",
        "data_api_version",
        "id",
        "layout",
        "type",
        "children",
        "name",
        "label",
        "text",
        "data",
        "__example__",
        "items",
        "properties",
        "data-source",
        "on-click-action",
        "on-select-action",
        "payload",
        "next",
        "then",
        "else",
        "cases",
        "condition",
        "value",
        "init-values",
        "visible",
        "list-items",
        "main-content",
        "mode",
        "min-date",
        "images",
        "src",
        "sensitive",
        "terminal",
        "required",
    ]);
    let words = prop::sample::select(vec![
        "7.3",
        "4.0",
        "2.1",
        "3.0",
        "A",
        "B",
        "SUCCESS",
        "Form",
        "TextInput",
        "If",
        "Switch",
        "Footer",
        "Dropdown",
        "CalendarPicker",
        "NavigationList",
        "PhotoPicker",
        "RichText",
        "SingleColumnLayout",
        "navigate",
        "complete",
        "data_exchange",
        "update_data",
        "open_url",
        "screen",
        "${data.A}",
        "${form.B}",
        "${screen.A.data.B}",
        "`${data.A} 'x' + 1`",
        "${form.A} == 'x'",
        "((",
        "range",
        "array",
        "object",
        "string",
        "2026-02-30",
        "é😀",
    ]);
    let leaf = prop_oneof![
        words.prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-2_i64..40).prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(8, 128, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn same(node: Node<'_>, value: &Value) -> bool {
    match value {
        Value::Null => node.kind() == JsonKind::Null,
        Value::Bool(value) => node.as_bool() == Some(*value),
        Value::Number(value) => node.as_f64() == value.as_f64(),
        Value::String(value) => node.as_str() == Some(value),
        Value::Array(items) => {
            node.len() == items.len() && node.items().zip(items).all(|(a, b)| same(a, b))
        }
        Value::Object(members) => {
            node.len() == members.len()
                && members
                    .iter()
                    .all(|(name, value)| node.get(name).is_some_and(|node| same(node, value)))
        }
    }
}

fn check_everything(text: &[u8]) -> Result<(), TestCaseError> {
    let file = CheckedFile::check("flow.json", text);
    let length = file.flow().unwrap().document().text().len();
    for found in &file.diagnostics {
        prop_assert!(found.span.end <= length);
        prop_assert!((found.line_start, found.column_start) <= (found.line_end, found.column_end));
        prop_assert!(!found.help.is_empty() && !found.message.is_empty());
    }
    for contract in file.flow().unwrap().screen_contracts() {
        contract.check(&Value::Null);
    }
    file.flow().unwrap().action_payloads();
    graph::mermaid(file.flow().unwrap());
    graph::svg(file.flow().unwrap());
    let files = [file];
    render::text(&files, Color::Always);
    render::github(&files);
    let log: Value = serde_json::from_str(&render::sarif(&files, &[])).unwrap();
    prop_assert_eq!(&log["version"], "2.1.0");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn json_is_read_as_serde_json_reads_it(value in values()) {
        let compact = value.to_string();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        for text in [compact, pretty] {
            let flow = FlowJson::parse(text.as_bytes());
            prop_assert!(same(flow.document().root().unwrap(), &value), "{}", text);
        }
    }

    #[test]
    fn pointers_lead_to_their_value(value in values()) {
        let text = value.to_string();
        let flow = FlowJson::parse(text.as_bytes());
        let mut open = vec![flow.document().root().unwrap()];
        while let Some(node) = open.pop() {
            let found = value.pointer(&node.pointer());
            prop_assert!(found.is_some_and(|found| same(node, found)));
            open.extend(node.children());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_everything(&bytes)?;
    }

    #[test]
    fn any_json_is_answered(value in values()) {
        check_everything(value.to_string().as_bytes())?;
    }

    #[test]
    fn anything_like_flow_json_is_answered(
        screens in prop::collection::vec(documents(), 0..4),
        mut document in documents(),
    ) {
        if let Value::Object(members) = &mut document {
            members.insert("screens".into(), screens.into());
        }
        check_everything(document.to_string().as_bytes())?;
    }
}
