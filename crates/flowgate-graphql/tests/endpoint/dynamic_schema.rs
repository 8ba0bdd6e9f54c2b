//! Schemas that are made at run time answer Flows too.

use async_graphql::{
    Value,
    dynamic::{Field, FieldFuture, Object, Schema, TypeRef},
};
use flowgate_graphql::{FlowContext, FlowDirectory, GraphqlEndpoint};
use flowgate_protocol::testing::TestPhone;
use futures_executor::block_on;
use serde_json::json;

const FLOW: &str = r#"{"version": "7.3", "data_api_version": "4.0", "routing_model": {"START": []}, "screens": [
    {"id": "START", "title": "Start", "terminal": true, "data": {"text": {"type": "string", "__example__": ""}},
     "layout": {"type": "SingleColumnLayout", "children": []}}]}"#;

#[test]
fn a_dynamic_schema_answers() {
    let field = Field::new("greeting", TypeRef::named_nn(TypeRef::STRING), |context| {
        FieldFuture::new(async move {
            let flow = context.data::<FlowContext>()?;
            Ok(Some(Value::from(format!("Hello at {}", flow.event))))
        })
    });
    let schema = Schema::build("Query", None, None)
        .register(Object::new("Query").field(field))
        .finish()
        .unwrap();
    let document = r#"query Open @flow(on: INIT) @screen(id: "START") { text: greeting }"#;
    let directory = FlowDirectory::from_sources(("flow.json", FLOW), [("open.graphql", document)]);
    let endpoint = GraphqlEndpoint::builder(directory, schema.sdl(), schema)
        .build()
        .unwrap();

    let reply = block_on(TestPhone::new(endpoint).init());
    assert_eq!(reply.screen(), "START");
    assert_eq!(reply.data(), &json!({"text": "Hello at INIT"}));
}
