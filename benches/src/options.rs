//! The options query of book-appointment, answered by a plain handler and by the
//! GraphQL layer: the same Flow and the same operation, from memory instead of
//! the database.

use async_graphql::{
    EmptyMutation, EmptySubscription, ID, Object, Request, Response, Scalar, ScalarType, Schema,
    SimpleObject, Union, Variables,
};
use flowgate_graphql::{FlowDirectory, GraphqlEndpoint, SchemaSdl, limits};
use flowgate_protocol::{Action, Endpoint, FlowRequest, FlowResponse, FlowToken, Router};
use serde_json::{Value, json};

use crate::exchange::block_on;

const SCREEN: &str = "APPOINTMENT";

/// How many options each list of the example offers once a department and a
/// location have been chosen.
const DEPARTMENTS: usize = 5;
const LOCATIONS: usize = 3;
const DAYS: usize = 10;
const TIMES: usize = 14;

macro_rules! book_appointment {
    ($file:literal) => {
        include_str!(concat!("../../examples/book-appointment/", $file))
    };
}

macro_rules! text_scalar {
    ($name:ident) => {
        #[derive(Clone)]
        struct $name(String);

        #[Scalar]
        impl ScalarType for $name {
            fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
                match value {
                    async_graphql::Value::String(text) => Ok(Self(text)),
                    other => Err(async_graphql::InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> async_graphql::Value {
                self.0.clone().into()
            }
        }
    };
}

text_scalar!(Date);
text_scalar!(Time);

#[derive(SimpleObject)]
struct Department {
    id: ID,
    name: String,
}

#[derive(SimpleObject)]
struct Location {
    id: ID,
    name: String,
}

#[derive(SimpleObject)]
struct Day {
    date: Date,
    title: String,
}

#[derive(SimpleObject)]
struct TimeSlot {
    time: Time,
    is_free: bool,
}

struct Offer {
    department: Option<ID>,
    location: Option<ID>,
    date: Option<Date>,
}

#[Object]
impl Offer {
    async fn departments(&self) -> Vec<Department> {
        let department = |(id, name)| Department { id: ID(id), name };
        departments().map(department).collect()
    }

    async fn can_choose_location(&self) -> bool {
        self.department.is_some()
    }

    async fn locations(&self) -> Vec<Location> {
        let location = |(id, name)| Location { id: ID(id), name };
        locations().map(location).collect()
    }

    async fn can_choose_day(&self) -> bool {
        self.location.is_some()
    }

    async fn days(&self) -> Vec<Day> {
        let day = |(date, title)| Day {
            date: Date(date),
            title,
        };
        days().map(day).collect()
    }

    async fn can_choose_time(&self) -> bool {
        self.date.is_some()
    }

    async fn contact_known(&self) -> bool {
        false
    }

    async fn times(&self) -> Vec<TimeSlot> {
        let slot = |(time, is_free)| TimeSlot {
            time: Time(time),
            is_free,
        };
        times().map(slot).collect()
    }
}

#[derive(SimpleObject)]
struct SessionEnded {
    message: String,
    number: i32,
}

#[derive(Union)]
enum OfferResult {
    Offer(Offer),
    SessionEnded(SessionEnded),
}

struct Query;

#[Object]
impl Query {
    async fn offer(
        &self,
        department: Option<ID>,
        location: Option<ID>,
        date: Option<Date>,
    ) -> OfferResult {
        if department.as_deref().is_some_and(String::is_empty) {
            return OfferResult::SessionEnded(SessionEnded {
                message: "You have an appointment.".to_owned(),
                number: 1,
            });
        }
        OfferResult::Offer(Offer {
            department,
            location,
            date,
        })
    }
}

fn departments() -> impl Iterator<Item = (String, String)> {
    (0..DEPARTMENTS).map(|number| {
        (
            format!("department-{number}"),
            format!("Department {number}"),
        )
    })
}

fn locations() -> impl Iterator<Item = (String, String)> {
    (0..LOCATIONS).map(|number| {
        (
            format!("location-{number}"),
            format!("Location {number}, London"),
        )
    })
}

fn days() -> impl Iterator<Item = (String, String)> {
    (1..=DAYS).map(|day| (format!("2027-03-{day:02}"), format!("Mon {day} Mar 2027")))
}

fn times() -> impl Iterator<Item = (String, bool)> {
    (0..TIMES).map(|number| (format!("{:02}:30", number + 7), number % 3 != 0))
}

/// Answers with a function of the request.
pub fn handler() -> impl Endpoint {
    let titled = |options: &mut dyn Iterator<Item = (String, String)>| -> Value {
        options
            .map(|(id, title)| json!({"id": id, "title": title}))
            .collect()
    };
    Router::new(()).on_data_exchange(SCREEN, move |_, request| async move {
        let times: Value = times()
            .map(|(time, is_free)| json!({"id": time, "title": time, "enabled": is_free}))
            .collect();
        Ok(FlowResponse::screen(SCREEN)
            .with("department", titled(&mut departments()))
            .with("location", titled(&mut locations()))
            .with("is_location_enabled", request.text("department").is_some())
            .with("date", titled(&mut days()))
            .with("is_date_enabled", request.text("location").is_some())
            .with("time", times)
            .with("is_time_enabled", request.text("date").is_some())
            .with("keep_contact", false))
    })
}

/// Runs the operation on the schema alone, parsed and with its variables, as
/// any server on async-graphql does.
pub fn schema_alone() -> impl Fn() -> Response {
    let schema = schema();
    let directory = directory();
    let operation = directory
        .operations()
        .find(|operation| operation.name() == "Choices")
        .unwrap();
    let (name, document) = (operation.name().to_owned(), operation.executable().clone());
    move || {
        let variables = Variables::from_json(Value::Object(request().data));
        let mut request = Request::new("").operation_name(&name).variables(variables);
        request.set_parsed_query(document.clone());
        block_on(schema.execute(request))
    }
}

/// Answers with a GraphQL operation: variables, execution, and the check of the
/// reply against the screen.
pub fn graphql() -> impl Endpoint {
    // The schema of the example, of which the query at hand is served here.
    let sdl = SchemaSdl::new("schema.graphql", book_appointment!("schema.graphql"));
    GraphqlEndpoint::builder(directory(), sdl, schema())
        .build()
        .unwrap()
}

fn schema() -> Schema<Query, EmptyMutation, EmptySubscription> {
    limits::checked_documents(Schema::build(Query, EmptyMutation, EmptySubscription)).finish()
}

fn directory() -> FlowDirectory {
    FlowDirectory::from_sources(
        (
            "flow.json",
            book_appointment!("flows/appointment/flow.json"),
        ),
        [(
            "exchange.graphql",
            book_appointment!("flows/appointment/exchange.graphql"),
        )],
    )
}

/// Asks for the options, as the phone does when a date has been chosen.
pub fn request() -> FlowRequest {
    let mut request = FlowRequest::new(Action::DataExchange);
    request.screen = Some(SCREEN.into());
    request.flow_token = Some(FlowToken::new("token-of-a-benchmark"));
    for (key, value) in [
        ("trigger", "date_selected"),
        ("department", "department-3"),
        ("location", "location-1"),
        ("date", "2027-03-04"),
    ] {
        request.data.insert(key.to_owned(), value.into());
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_give_the_same_answer() {
        let plain = block_on(handler().answer(request())).unwrap();
        let bound = block_on(graphql().answer(request())).unwrap();
        assert_eq!(plain, bound);
        assert!(schema_alone()().is_ok());
        assert_eq!(plain.data()["time"][1]["title"], "08:30");
        assert_eq!(plain.data()["is_time_enabled"], true);
    }
}
