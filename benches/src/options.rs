//! The same question answered by a plain handler and by a GraphQL operation:
//! the options of three lists, from memory.

use async_graphql::{
    EmptyMutation, EmptySubscription, ID, Object, Request, Response, Schema, SimpleObject,
    Variables,
};
use flowgate_graphql::{FlowDirectory, GraphqlEndpoint, limits};
use flowgate_protocol::{Action, Endpoint, FlowRequest, FlowResponse, FlowToken, Router};
use serde_json::{Value, json};

use crate::exchange::block_on;

/// How many options each of the three lists has: of a small screen, and of one
/// that shows as much as people can bear.
pub const OPTIONS: [usize; 2] = [5, 20];

/// What one list offers.
#[derive(SimpleObject, Clone)]
struct Choice {
    id: ID,
    name: String,
    is_open: bool,
}

fn choices(options: usize, list: &str, of: &str) -> Vec<Choice> {
    let choice = |number| Choice {
        id: format!("{list}-{number}").into(),
        name: format!("{list} {number} of {of}"),
        is_open: number % 3 != 0,
    };
    (0..options).map(choice).collect()
}

struct Query {
    options: usize,
}

#[Object]
impl Query {
    async fn departments(&self) -> Vec<Choice> {
        choices(self.options, "department", "all")
    }

    async fn locations(&self, department: Option<ID>) -> Vec<Choice> {
        choices(
            self.options,
            "location",
            department.as_deref().map_or("all", String::as_str),
        )
    }

    async fn slots(&self, location: Option<ID>, seats: i32) -> Vec<Choice> {
        let _ = seats;
        choices(
            self.options,
            "slot",
            location.as_deref().map_or("all", String::as_str),
        )
    }
}

/// Answers with a function of the request.
pub fn handler(options: usize) -> impl Endpoint {
    let list = move |list: &str, of: &str| -> Value {
        let choices = choices(options, list, of).into_iter();
        choices
            .map(|choice| json!({"id": choice.id.0, "title": choice.name, "enabled": choice.is_open}))
            .collect()
    };
    Router::new(()).on_data_exchange("CHOICES", move |_, request| async move {
        let department = request.text("department").unwrap_or("all");
        let location = request.text("location").unwrap_or("all");
        Ok(FlowResponse::screen("CHOICES")
            .with("department", list("department", "all"))
            .with("location", list("location", department))
            .with("slot", list("slot", location)))
    })
}

/// Runs the operation on the schema alone, parsed and with its variables, as
/// any server on async-graphql does.
pub fn schema_alone(options: usize) -> impl Fn() -> Response {
    let schema = schema(options);
    let directory = directory();
    let operation = directory.operations().next().unwrap();
    let (name, document) = (operation.name().to_owned(), operation.executable().clone());
    move || {
        let variables = json!({"department": "department-3", "location": "location-4", "seats": 2});
        let mut request = Request::new("")
            .operation_name(&name)
            .variables(Variables::from_json(variables));
        request.set_parsed_query(document.clone());
        block_on(schema.execute(request))
    }
}

/// Answers with a GraphQL operation: variables, execution, and the check of the
/// reply against the screen.
pub fn graphql(options: usize) -> impl Endpoint {
    let schema = schema(options);
    GraphqlEndpoint::builder(directory(), schema.sdl(), schema)
        .build()
        .unwrap()
}

fn schema(options: usize) -> Schema<Query, EmptyMutation, EmptySubscription> {
    let query = Query { options };
    limits::production(Schema::build(query, EmptyMutation, EmptySubscription)).finish()
}

fn directory() -> FlowDirectory {
    let flow = flow().to_string();
    FlowDirectory::from_sources(("flow.json", &flow), [("choices.graphql", DOCUMENT)])
}

/// Asks for the options.
pub fn request() -> FlowRequest {
    let mut request = FlowRequest::new(Action::DataExchange);
    request.screen = Some("CHOICES".into());
    request.flow_token = Some(FlowToken::new("token-of-a-benchmark"));
    for (key, value) in [
        ("department", "department-3"),
        ("location", "location-4"),
        ("seats", "2"),
    ] {
        request.data.insert(key.to_owned(), value.into());
    }
    request
}

const DOCUMENT: &str = r#"
query Choices($department: ID, $location: ID, $seats: Int! = 1)
  @flow(on: INIT)
  @flow(on: DATA_EXCHANGE, from: "CHOICES")
  @screen(id: "CHOICES") {
  department: departments { id title: name enabled: isOpen }
  location: locations(department: $department) { id title: name enabled: isOpen }
  slot: slots(location: $location, seats: $seats) { id title: name enabled: isOpen }
}
"#;

fn flow() -> Value {
    let list = json!({"type": "array", "__example__": [], "items": {"type": "object", "properties": {
        "id": {"type": "string"}, "title": {"type": "string"}, "enabled": {"type": "boolean"}}}});
    let dropdown = |name: &str| json!({"type": "Dropdown", "name": name, "label": name, "data-source": format!("${{data.{name}}}")});
    let payload =
        json!({"department": "${form.department}", "location": "${form.location}", "seats": "2"});
    let footer = json!({"type": "Footer", "label": "Next",
        "on-click-action": {"name": "data_exchange", "payload": payload}});
    json!({"version": "7.3", "data_api_version": "4.0", "routing_model": {"CHOICES": []}, "screens": [{
        "id": "CHOICES", "title": "Choices", "terminal": true,
        "data": {"department": list, "location": list, "slot": list},
        "layout": {"type": "SingleColumnLayout",
            "children": [dropdown("department"), dropdown("location"), dropdown("slot"), footer]}}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_give_the_same_answer() {
        let plain = block_on(handler(3).answer(request())).unwrap();
        let bound = block_on(graphql(3).answer(request())).unwrap();
        assert_eq!(plain, bound);
        assert!(schema_alone(3)().is_ok());
        assert_eq!(plain.data()["slot"][1]["title"], "slot 1 of location-4");
    }
}
