//! The business that the tests book at: what happens depends on the names that
//! are entered.

use async_graphql::{
    Context, EmptySubscription, Enum, Error, ErrorExtensions, ID, InputValueError,
    InputValueResult, Interface, Json, Object, Result, Scalar, ScalarType, Schema, SimpleObject,
    Union, Value,
};
use flowgate_graphql::{
    BAD_USER_INPUT, FLOW_EXPIRED, FLOW_MESSAGE, FlowContext, FlowDirectory, GraphqlEndpoint,
    GraphqlEndpointBuilder, limits,
};

pub(crate) type Business = Schema<Query, Mutation, EmptySubscription>;

pub(crate) fn schema() -> Business {
    let builder = Schema::build(Query, Mutation, EmptySubscription);
    limits::production(builder)
        .register_output_type::<Failure>()
        .finish()
}

pub(crate) fn directory() -> FlowDirectory {
    FlowDirectory::from_sources(
        ("flow.json", include_str!("../book/flow.json")),
        [
            ("exchange.graphql", include_str!("../book/exchange.graphql")),
            ("book.graphql", include_str!("../book/book.graphql")),
        ],
    )
}

pub(crate) fn builder() -> GraphqlEndpointBuilder<Business> {
    let schema = schema();
    GraphqlEndpoint::builder(directory(), schema.sdl(), schema)
}

/// What the application adds to each request.
pub(crate) struct Tenant(pub(crate) String);

/// A day without its year: `11-23`.
pub(crate) struct Day(String);

#[Scalar]
impl ScalarType for Day {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.len() == 5 => Ok(Self(text)),
            Value::String(text) => Err(InputValueError::custom(format!("no day: {text}"))),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum Part {
    Morning,
    Evening,
}

#[derive(SimpleObject)]
pub(crate) struct Slot {
    id: ID,
    time: String,
    is_free: bool,
    note: Option<String>,
}

pub(crate) struct Query;

#[Object]
impl Query {
    async fn slots(&self, day: Option<Day>, part: Option<Part>) -> Vec<Slot> {
        let day = day.map_or_else(|| "any day".to_owned(), |day| day.0);
        let evening = part == Some(Part::Evening);
        let time = if evening { "20:30" } else { "10:30" };
        ["a", "b"]
            .map(|id| Slot {
                id: id.into(),
                time: format!("{day} {time}"),
                is_free: id == "a",
                note: None,
            })
            .into()
    }

    async fn hint(&self, context: &Context<'_>) -> Result<String> {
        let flow = context.data::<FlowContext>()?;
        let tenant = context
            .data_opt::<Tenant>()
            .map_or("nobody", |tenant| &tenant.0);
        let screen = flow.screen.as_ref().map_or("", |screen| screen.as_str());
        Ok(format!("{} {screen} {tenant}", flow.event))
    }

    async fn slot(&self, id: ID, #[graphql(validator(minimum = 1))] seats: i32) -> Result<Chosen> {
        if id.0 == "missing" {
            return Err(
                Error::new("there is no such slot").extend_with(|_, values| {
                    values.set("code", BAD_USER_INPUT);
                }),
            );
        }
        Ok(Chosen {
            summary: Json(match id.0.as_str() {
                "wrong" => 7.into(),
                id => format!("{seats} at {id}").into(),
            }),
        })
    }
}

#[derive(SimpleObject)]
pub(crate) struct Chosen {
    /// A scalar of which nobody knows what is in it.
    summary: Json<serde_json::Value>,
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn book(&self, context: &Context<'_>, name: String) -> Result<BookResult> {
        let key = context.data::<FlowContext>()?.idempotency_key;
        let message = format!("{name}, really?");
        match name.as_str() {
            "taken" => Ok(BookResult::SlotTaken(SlotTaken { message })),
            "short" => Ok(BookResult::NameTooShort(NameTooShort { message })),
            "odd" => Ok(BookResult::NameTooOdd(NameTooOdd { message })),
            "ended" => Ok(BookResult::SessionEnded(SessionEnded { message })),
            "message" | "expired" | "broken" => Err(Error::new(message).extend_with(
                |_, values| match name.as_str() {
                    "message" => values.set("code", FLOW_MESSAGE),
                    "expired" => values.set("code", FLOW_EXPIRED),
                    _ => values.set("code", "DATABASE"),
                },
            )),
            "fails" => Err(Error::new("SELECT secret FROM rooms")),
            _ => Ok(BookResult::Booking(Booking {
                number: 7,
                key: key.map(|key| key.to_string()).unwrap_or_default(),
                note: None,
            })),
        }
    }
}

#[derive(Union)]
pub(crate) enum BookResult {
    Booking(Booking),
    SlotTaken(SlotTaken),
    NameTooShort(NameTooShort),
    NameTooOdd(NameTooOdd),
    SessionEnded(SessionEnded),
}

#[derive(Interface)]
#[graphql(field(name = "message", ty = "&String"))]
pub(crate) enum Failure {
    NameTooShort(NameTooShort),
    NameTooOdd(NameTooOdd),
}

#[derive(SimpleObject)]
pub(crate) struct Booking {
    number: i32,
    key: String,
    note: Option<String>,
}

#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct SlotTaken {
    message: String,
}

#[async_graphql::ComplexObject]
impl SlotTaken {
    async fn free_slots(&self) -> Vec<Slot> {
        Vec::new()
    }
}

#[derive(SimpleObject)]
pub(crate) struct NameTooShort {
    message: String,
}

#[derive(SimpleObject)]
pub(crate) struct NameTooOdd {
    message: String,
}

#[derive(SimpleObject)]
pub(crate) struct SessionEnded {
    message: String,
}
