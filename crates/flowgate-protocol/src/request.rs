//! The decrypted request: what the phone says, typed.
//!
//! Implements "Data exchange request" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::fmt;

use serde::de::{self, DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{EndpointError, FlowToken, FlowTokenClaims, ScreenId};

/// Says what happened on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// WhatsApp checks that the endpoint is alive; the framework answers.
    Ping,
    /// The user opened the Flow.
    Init,
    /// The user went back from a screen with `refresh_on_back`.
    Back,
    /// The user submitted a screen or changed a component on it.
    DataExchange,
}

impl Action {
    /// Lists all actions.
    pub const ALL: [Self; 4] = [Self::Ping, Self::Init, Self::Back, Self::DataExchange];

    /// Returns the name on the wire: `ping`, `INIT`, `BACK` or `data_exchange`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Init => "INIT",
            Self::Back => "BACK",
            Self::DataExchange => "data_exchange",
        }
    }

    fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Holds a request that the application answers: INIT, BACK or data_exchange.
///
/// ```json
/// {"version": "3.0", "action": "data_exchange", "screen": "APPOINTMENT",
///  "data": {"department": "shopping", "trigger": "department_selected"}, "flow_token": "…"}
/// ```
///
/// **Security:** the phone's owner chooses every value: public key and URL are
/// all it takes. Prices, ids and the order of screens must come from the
/// server's own state; the flow token is the only proof of who is asking.
/// `Debug` shows no data and no token.
#[derive(Clone)]
#[non_exhaustive]
pub struct FlowRequest {
    /// What happened.
    pub action: Action,
    /// The screen that was submitted or, with BACK, left. None with INIT.
    pub screen: Option<ScreenId>,
    /// What the screen sent; empty if it sent nothing.
    pub data: Map<String, Value>,
    /// The token that the business put into the message, if the phone sent one.
    pub flow_token: Option<FlowToken>,
    /// What the token says, if it is a signed one and has been verified.
    pub claims: Option<FlowTokenClaims>,
    /// Version of the data API, such as `3.0`.
    pub version: String,
    /// Fields that this version of the framework does not know.
    pub unknown_fields: Map<String, Value>,
}

/// Says that the phone could not use the previous reply.
///
/// Not every phone reports every failure: a count that stays at zero proves
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorNotification {
    /// Key of the error, such as `payload-schema-error`; may be empty.
    pub error: String,
    /// What the phone says about it.
    pub error_message: String,
    /// The action that failed, as the phone spells it.
    pub action: String,
    /// The screen from which the exchange started.
    pub screen: Option<ScreenId>,
}

/// Sorts out decrypted requests by who answers them.
#[derive(Debug, Clone)]
pub(crate) enum Incoming {
    Ping,
    ErrorNotification(ErrorNotification),
    Request {
        request: FlowRequest,
        flow_token_signature: Option<String>,
    },
}

/// Says why a decrypted payload is no request. WhatsApp never sends such a one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The payload is not a JSON object of the documented form.
    ///
    /// The position is kept and the text of the parser is not: it may quote
    /// the payload.
    #[error("payload is not a Flow request: line {line}, column {column}")]
    NotARequest {
        /// One-based line.
        line: usize,
        /// One-based column in bytes.
        column: usize,
    },
    /// No action has that name.
    #[error("payload has an unknown action")]
    UnknownAction,
}

/// The fields of a request as they travel, none where they are missing. All but
/// the action may be null, which is as good as missing.
#[derive(Default)]
struct Wire {
    action: String,
    version: Option<Option<Version>>,
    screen: Option<Option<String>>,
    data: Option<Option<Map<String, Value>>>,
    flow_token: Option<Option<String>>,
    flow_token_signature: Option<Option<String>>,
    unknown_fields: Map<String, Value>,
}

/// Text in requests, sometimes a number in error notifications.
struct Version(String);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;

        impl Visitor<'_> for TextOrNumber {
            type Value = Version;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a version as text or number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Version, E> {
                Ok(Version(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Version, E> {
                Ok(Version(number.to_string()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Version, E> {
                Ok(Version(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Version, E> {
                Ok(Version(number.to_string()))
            }
        }

        deserializer.deserialize_any(TextOrNumber)
    }
}

/// Name of a field on the wire.
enum Field {
    Action,
    Version,
    Screen,
    Data,
    FlowToken,
    FlowTokenSignature,
    Unknown(String),
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
                Ok(match name {
                    "action" => Field::Action,
                    "version" => Field::Version,
                    "screen" => Field::Screen,
                    "data" => Field::Data,
                    "flow_token" => Field::FlowToken,
                    "flow_token_signature" => Field::FlowTokenSignature,
                    unknown => Field::Unknown(unknown.to_owned()),
                })
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

impl<'de> Deserialize<'de> for Wire {
    /// Reads known fields straight into their types. Deriving this, with what is
    /// unknown flattened into a map, would copy everything once more.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Wire;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Wire, A::Error> {
                let mut wire = Wire::default();
                let mut action = None;
                while let Some(field) = map.next_key()? {
                    match field {
                        Field::Action => read(&mut action, "action", &mut map)?,
                        Field::Version => read(&mut wire.version, "version", &mut map)?,
                        Field::Screen => read(&mut wire.screen, "screen", &mut map)?,
                        Field::Data => read(&mut wire.data, "data", &mut map)?,
                        Field::FlowToken => read(&mut wire.flow_token, "flow_token", &mut map)?,
                        Field::FlowTokenSignature => read(
                            &mut wire.flow_token_signature,
                            "flow_token_signature",
                            &mut map,
                        )?,
                        Field::Unknown(name) => {
                            wire.unknown_fields.insert(name, map.next_value()?);
                        }
                    }
                }
                wire.action = action.ok_or_else(|| de::Error::missing_field("action"))?;
                Ok(wire)
            }
        }

        /// Reads the value of a field that has not come before.
        fn read<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
            field: &mut Option<T>,
            name: &'static str,
            map: &mut A,
        ) -> Result<(), A::Error> {
            match field.replace(map.next_value()?) {
                None => Ok(()),
                Some(_) => Err(de::Error::duplicate_field(name)),
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl Incoming {
    pub(crate) fn parse(plaintext: &[u8]) -> Result<Self, RequestError> {
        let wire: Wire =
            serde_json::from_slice(plaintext).map_err(|error| RequestError::NotARequest {
                line: error.line(),
                column: error.column(),
            })?;
        let screen = wire
            .screen
            .flatten()
            .filter(|screen| !screen.is_empty())
            .map(ScreenId::new);
        let data = wire.data.flatten().unwrap_or_default();

        // Before the action: a notification carries the action that failed,
        // even `navigate`, which is never sent otherwise.
        if let Some((error, error_message)) = notification_texts(&data) {
            return Ok(Self::ErrorNotification(ErrorNotification {
                error,
                error_message,
                action: wire.action,
                screen,
            }));
        }
        let action = Action::from_wire(&wire.action).ok_or(RequestError::UnknownAction)?;
        if action == Action::Ping {
            return Ok(Self::Ping);
        }
        Ok(Self::Request {
            request: FlowRequest {
                action,
                screen,
                data,
                flow_token: wire
                    .flow_token
                    .flatten()
                    .filter(|token| !token.is_empty())
                    .map(FlowToken::new),
                claims: None,
                version: wire
                    .version
                    .flatten()
                    .map_or_else(String::new, |version| version.0),
                unknown_fields: wire.unknown_fields,
            },
            flow_token_signature: wire.flow_token_signature.flatten(),
        })
    }
}

/// Recognises an error notification by its keys, so that a form with a field
/// called `error` is not mistaken for one and an empty `error` is not missed.
fn notification_texts(data: &Map<String, Value>) -> Option<(String, String)> {
    let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
    let error = text("error").or_else(|| text("error_key"));
    let message = text("error_message");
    let only_these = !data.is_empty()
        && data
            .keys()
            .all(|key| matches!(key.as_str(), "error" | "error_key" | "error_message"));
    match (error, message) {
        (Some(error), Some(message)) if only_these || data.contains_key("error") => {
            Some((error, message))
        }
        (error, message) if only_these => {
            Some((error.unwrap_or_default(), message.unwrap_or_default()))
        }
        _ => None,
    }
}

impl FlowRequest {
    /// Makes a request as a phone would send it, for tests of handlers.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            screen: None,
            data: Map::new(),
            flow_token: None,
            claims: None,
            version: "3.0".to_owned(),
            unknown_fields: Map::new(),
        }
    }

    /// Reads the data into a type of the application.
    ///
    /// # Errors
    ///
    /// [`EndpointError::InvalidData`] if it does not fit: answered on the
    /// screen with a neutral message, because only a phone that does not follow
    /// the Flow JSON sends such data.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T, EndpointError> {
        T::deserialize(&self.data).map_err(|_| EndpointError::InvalidData)
    }

    /// Returns a value of the data if it is there and a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.data.get(key).and_then(Value::as_str)
    }

    /// Returns the screen, or says that the phone should have named one.
    ///
    /// # Errors
    ///
    /// [`EndpointError::InvalidData`] if the request names no screen.
    pub fn require_screen(&self) -> Result<&ScreenId, EndpointError> {
        self.screen.as_ref().ok_or(EndpointError::InvalidData)
    }
}

impl fmt::Debug for FlowRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowRequest")
            .field("action", &self.action)
            .field("screen", &self.screen)
            .field("data_keys", &self.data.len())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Serialize for FlowRequest {
    /// Writes the clear request, as a phone seals it and as the inner service
    /// of a middleware receives it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Clear<'a> {
            version: &'a str,
            action: &'static str,
            screen: &'a str,
            data: &'a Map<String, Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            flow_token: Option<&'a str>,
            #[serde(flatten)]
            unknown_fields: &'a Map<String, Value>,
        }
        Clear {
            version: &self.version,
            action: self.action.as_str(),
            screen: self.screen.as_ref().map_or("", ScreenId::as_str),
            data: &self.data,
            flow_token: self.flow_token.as_ref().map(FlowToken::expose_secret),
            unknown_fields: &self.unknown_fields,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Incoming, RequestError> {
        Incoming::parse(text.as_bytes())
    }

    #[track_caller]
    fn request(text: &str) -> FlowRequest {
        match parse(text).unwrap() {
            Incoming::Request { request, .. } => request,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn notification(text: &str) -> ErrorNotification {
        match parse(text).unwrap() {
            Incoming::ErrorNotification(notification) => notification,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_documented_exchange_is_read() {
        let request = request(
            r#"{"version": "3.0", "action": "data_exchange", "screen": "APPOINTMENT",
                "data": {"department": "shopping", "trigger": "department_selected"},
                "flow_token": "tok-1", "sub_action": "kept"}"#,
        );
        assert_eq!(request.action, Action::DataExchange);
        assert_eq!(request.screen.as_ref().unwrap(), &"APPOINTMENT");
        assert_eq!(request.text("trigger"), Some("department_selected"));
        assert_eq!(
            request.flow_token.as_ref().unwrap().expose_secret(),
            "tok-1"
        );
        assert_eq!(request.unknown_fields["sub_action"], "kept");
        assert_eq!(request.version, "3.0");
    }

    #[test]
    fn a_version_may_be_a_number() {
        for (version, expected) in [("300", "300"), ("-1", "-1"), ("3.5", "3.5"), ("null", "")] {
            let text = format!(r#"{{"action":"INIT","version":{version}}}"#);
            assert_eq!(request(&text).version, expected);
        }
    }

    #[test]
    fn empty_screen_token_and_data_are_the_same_as_none() {
        for text in [
            r#"{"version":"3.0","action":"INIT","screen":"","data":{},"flow_token":""}"#,
            r#"{"version":"3.0","action":"INIT","screen":null,"data":null,"flow_token":null}"#,
            r#"{"action":"INIT"}"#,
        ] {
            let request = request(text);
            assert_eq!(request.action, Action::Init);
            assert!(request.screen.is_none() && request.flow_token.is_none());
            assert!(request.data.is_empty());
        }
    }

    #[test]
    fn a_ping_of_any_version_is_a_ping() {
        for version in [r#""3.0""#, r#""4.0""#, "300"] {
            let text = format!(r#"{{"version":{version},"action":"ping"}}"#);
            assert!(matches!(parse(&text).unwrap(), Incoming::Ping));
        }
    }

    #[test]
    fn notifications_are_recognised_by_their_keys() {
        let documented = notification(
            r#"{"version":"3.0","action":"data_exchange","screen":"DETAILS","flow_token":"t",
                "data":{"error":"payload-schema-error","error_message":"text"}}"#,
        );
        assert_eq!(documented.error, "payload-schema-error");
        assert_eq!(documented.error_message, "text");
        for text in [
            r#"{"version":300,"action":"navigate","screen":"","data":{"error":"","error_message":"m"}}"#,
            r#"{"version":"300","action":"INIT","data":{"error_key":"e","error_message":"m"}}"#,
            r#"{"action":"BACK","data":{"error":"e"}}"#,
            r#"{"action":"BACK","data":{"error":"e","error_message":"m","extra":1}}"#,
        ] {
            notification(text);
        }
    }

    #[test]
    fn a_form_with_a_field_called_error_is_no_notification() {
        for data in [
            r#"{"error":"text","name":"x"}"#,
            r#"{"error":true,"error_message":1,"name":"x"}"#,
            r#"{"error_key":"k","error_message":"m","name":"x"}"#,
        ] {
            request(&format!(
                r#"{{"action":"data_exchange","screen":"A","data":{data}}}"#
            ));
        }
    }

    #[test]
    fn other_payloads_are_refused_without_being_quoted() {
        for text in [
            "",
            "[]",
            "3",
            r#"{"version":"3.0"}"#,
            r#"{"action":1}"#,
            r#"{"action":"INIT","action":"BACK"}"#,
            r#"{"action":"INIT","screen":null,"screen":"A"}"#,
            r#"{"action":null}"#,
            r#"{"action":"INIT","version":true}"#,
            r#"{"action":"INIT","data":["secret"]}"#,
            r#"{"action":"INIT","screen":{"secret":1}}"#,
            r#"{"action":"secret"}"#,
            r#"{"action":"init"}"#,
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("secret"), "{text}");
        }
        let deep = format!(
            r#"{{"action":"INIT","data":{{"x":{}{}}}}}"#,
            "[".repeat(200_000),
            "]".repeat(200_000)
        );
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn debug_shows_no_data_and_no_token() {
        let shown = format!(
            "{:?}",
            request(r#"{"action":"INIT","data":{"name":"secret"},"flow_token":"secret"}"#)
        );
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn data_is_read_into_a_type() {
        #[derive(Deserialize)]
        struct Form {
            seats: u8,
        }
        let request = request(r#"{"action":"INIT","data":{"seats":3}}"#);
        assert_eq!(request.data_as::<Form>().unwrap().seats, 3);
        let mut bad = request.clone();
        bad.data.insert("seats".to_owned(), "many".into());
        assert!(matches!(
            bad.data_as::<Form>(),
            Err(EndpointError::InvalidData)
        ));
    }
}
