//! The clear reply: what the phone should do next.
//!
//! Implements "Data exchange response" of the
//! [endpoint guide](https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint).

use std::fmt;

use flowgate_keys::TAG_BYTES;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::{FlowToken, ScreenId};

/// Room that is made for a reply before it is written.
const USUAL_BYTES: usize = 2048;

/// Tells the phone what to do next.
///
/// ```
/// use flowgate_protocol::FlowResponse;
/// use serde_json::json;
///
/// // Show a screen with its data.
/// FlowResponse::screen("SUMMARY").with("total", "12.50 €");
/// // Stay on the same screen and show a text.
/// FlowResponse::stay("this appointment has just been taken");
/// // End the Flow; the values come back in the completion message.
/// FlowResponse::complete().with("booking_id", 7);
/// ```
///
/// WhatsApp knows no null: keys whose value is null are left out, at every
/// depth. `Debug` shows no data.
#[derive(Clone, PartialEq)]
pub struct FlowResponse {
    next: Next,
    data: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
enum Next {
    Screen(ScreenId),
    Stay,
    Complete,
    Close,
}

/// Says why a reply cannot be sent; a mistake of the application.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The reply stays on a screen, but the request named none.
    #[error("the reply stays on the same screen, but the request names none; name the screen")]
    NoScreenToStayOn,
    /// The reply shows a screen of the reserved name.
    #[error(
        "`SUCCESS` is reserved and no screen; complete the Flow with `FlowResponse::complete()`"
    )]
    ReservedScreen,
    /// The reply completes the Flow, but there is no flow token to return.
    #[error(
        "the reply completes the Flow, but the request has no flow token and the reply sets none"
    )]
    NoFlowToken,
    /// The inner service answered with something else than a reply.
    #[error("the service answered with something else than {{\"screen\": …, \"data\": {{…}}}}")]
    NotAResponse,
}

impl FlowResponse {
    /// Shows a screen. Its data follows with [`with`](Self::with) or
    /// [`with_data`](Self::with_data); a screen without a data model gets none.
    #[must_use]
    pub fn screen(id: impl Into<ScreenId>) -> Self {
        Self::new(Next::Screen(id.into()))
    }

    /// Stays on the screen that the request named, and shows a text there.
    #[must_use]
    pub fn stay(error_message: impl Into<String>) -> Self {
        Self::refresh().error_message(error_message)
    }

    /// Stays on the screen that the request named, with new data.
    #[must_use]
    pub fn refresh() -> Self {
        Self::new(Next::Stay)
    }

    /// Ends the Flow. What follows with [`with`](Self::with) comes back to the
    /// business in the completion message; the flow token is added.
    #[must_use]
    pub fn complete() -> Self {
        Self::new(Next::Complete)
    }

    /// Ends the Flow without a completion message, as observed with WhatsApp's
    /// web client; not documented for phones.
    #[must_use]
    pub fn close() -> Self {
        Self::new(Next::Close)
    }

    fn new(next: Next) -> Self {
        Self {
            next,
            data: Map::new(),
        }
    }

    /// Adds one value.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(key.into(), value.into());
        self
    }

    /// Adds all fields of a value that serialises to an object.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] if it serialises to something else or not at all.
    pub fn with_data(mut self, data: impl Serialize) -> Result<Self, serde_json::Error> {
        match serde_json::to_value(data)? {
            Value::Object(fields) => self.data.extend(fields),
            _ => return Err(serde::ser::Error::custom("data of a screen is an object")),
        }
        Ok(self)
    }

    /// Shows a text on the screen, beside its data.
    #[must_use]
    pub fn error_message(self, text: impl Into<String>) -> Self {
        self.with("error_message", text.into())
    }

    /// Returns the screen that is shown, if the reply names one.
    pub fn next_screen(&self) -> Option<&ScreenId> {
        match &self.next {
            Next::Screen(id) => Some(id),
            _ => None,
        }
    }

    /// Tells whether the Flow ends with this reply.
    pub fn ends_flow(&self) -> bool {
        matches!(self.next, Next::Complete | Next::Close)
    }

    /// Returns the data of the screen, or the values of the completion message.
    pub fn data(&self) -> &Map<String, Value> {
        &self.data
    }

    /// Reads a reply in the form that travels, as an inner service gives it.
    ///
    /// # Errors
    ///
    /// [`ResponseError::NotAResponse`] if it has another form.
    pub fn from_json(text: &[u8]) -> Result<Self, ResponseError> {
        #[derive(Deserialize)]
        struct Wire {
            screen: ScreenId,
            #[serde(default)]
            data: Map<String, Value>,
        }
        let Wire { screen, mut data } =
            serde_json::from_slice(text).map_err(|_| ResponseError::NotAResponse)?;
        if screen != ScreenId::SUCCESS {
            return Ok(Self {
                next: Next::Screen(screen),
                data,
            });
        }
        let params = data
            .remove("extension_message_response")
            .map(|mut response| response.get_mut("params").map(Value::take));
        match params {
            None => Ok(Self::close()),
            Some(Some(Value::Object(params))) => Ok(Self {
                next: Next::Complete,
                data: params,
            }),
            Some(_) => Err(ResponseError::NotAResponse),
        }
    }

    /// Writes the reply in the form that travels, for a request that named the
    /// given screen and token.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] if the reply does not fit the request.
    pub fn to_json(
        mut self,
        screen: Option<&ScreenId>,
        flow_token: Option<&FlowToken>,
    ) -> Result<Vec<u8>, ResponseError> {
        self.write(screen, flow_token)
    }

    /// Does what [`to_json`](Self::to_json) says, and leaves what was written for
    /// the caller to drop.
    pub(crate) fn write(
        &mut self,
        screen: Option<&ScreenId>,
        flow_token: Option<&FlowToken>,
    ) -> Result<Vec<u8>, ResponseError> {
        let Self { next, data } = self;
        let screen = match next {
            Next::Screen(id) if *id == ScreenId::SUCCESS => {
                return Err(ResponseError::ReservedScreen);
            }
            Next::Screen(id) => id.as_str(),
            Next::Stay => screen.ok_or(ResponseError::NoScreenToStayOn)?.as_str(),
            Next::Complete => {
                if !data.contains_key("flow_token") {
                    let token = flow_token.ok_or(ResponseError::NoFlowToken)?;
                    data.insert("flow_token".to_owned(), token.expose_secret().into());
                }
                let params = std::mem::take(data);
                data.insert(
                    "extension_message_response".to_owned(),
                    json!({ "params": params }),
                );
                ScreenId::SUCCESS
            }
            Next::Close => ScreenId::SUCCESS,
        };
        #[derive(Serialize)]
        struct Wire<'a> {
            screen: &'a str,
            data: ObjectWithoutNulls<'a>,
        }
        let data = ObjectWithoutNulls(data);
        let mut text = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut text, &Wire { screen, data })
            .expect("values with text keys always serialise");
        // Sealing adds the tag.
        text.reserve_exact(TAG_BYTES);
        Ok(text)
    }
}

impl fmt::Debug for FlowResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowResponse")
            .field("next", &self.next)
            .field("data_keys", &self.data.len())
            .finish()
    }
}

/// Writes an object without the keys that have no value, at every depth.
struct ObjectWithoutNulls<'a>(&'a Map<String, Value>);

impl Serialize for ObjectWithoutNulls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let there = self.0.iter().filter(|(_, value)| !value.is_null());
        serializer.collect_map(there.map(|(key, value)| (key, WithoutNulls(value))))
    }
}

/// Writes a value without the keys that have none; in lists, without such entries.
struct WithoutNulls<'a>(&'a Value);

impl Serialize for WithoutNulls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(object) => ObjectWithoutNulls(object).serialize(serializer),
            Value::Array(items) => {
                let there = items.iter().filter(|item| !item.is_null());
                serializer.collect_seq(there.map(WithoutNulls))
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(response: FlowResponse, expected: Value) {
        let screen = ScreenId::new("DETAILS");
        let token = FlowToken::new("tok-1");
        let text = response.to_json(Some(&screen), Some(&token)).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), expected);
    }

    #[test]
    fn a_screen_without_data_still_has_an_object() {
        check(
            FlowResponse::screen("APPOINTMENT"),
            json!({"screen": "APPOINTMENT", "data": {}}),
        );
    }

    #[test]
    fn staying_names_the_screen_of_the_request() {
        check(
            FlowResponse::stay("no").with("left", 2),
            json!({"screen": "DETAILS", "data": {"error_message": "no", "left": 2}}),
        );
        assert_eq!(
            FlowResponse::stay("no").to_json(None, None),
            Err(ResponseError::NoScreenToStayOn)
        );
    }

    #[test]
    fn completion_returns_the_flow_token() {
        check(
            FlowResponse::complete().with("id", 7),
            json!({"screen": "SUCCESS", "data": {"extension_message_response":
                {"params": {"id": 7, "flow_token": "tok-1"}}}}),
        );
        assert_eq!(
            FlowResponse::complete().to_json(None, None),
            Err(ResponseError::NoFlowToken)
        );
        check(
            FlowResponse::close(),
            json!({"screen": "SUCCESS", "data": {}}),
        );
    }

    #[test]
    fn success_is_no_screen() {
        assert_eq!(
            FlowResponse::screen("SUCCESS").to_json(None, None),
            Err(ResponseError::ReservedScreen)
        );
    }

    #[test]
    fn nulls_are_left_out_at_every_depth() {
        check(
            FlowResponse::screen("A").with(
                "x",
                json!({"a": null, "b": [null, {"c": null, "d": 1}], "e": [[null]]}),
            ),
            json!({"screen": "A", "data": {"x": {"b": [{"d": 1}], "e": [[]]}}}),
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        for response in [
            FlowResponse::screen("A").with("x", 1).error_message("m"),
            FlowResponse::complete()
                .with("flow_token", "t")
                .with("x", 1),
            FlowResponse::close(),
        ] {
            let text = response.clone().to_json(None, None).unwrap();
            assert_eq!(FlowResponse::from_json(&text), Ok(response));
        }
    }

    #[test]
    fn something_else_is_not_a_response() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"screen":1}"#,
            r#"{"screen":"A","data":[]}"#,
            r#"{"screen":"SUCCESS","data":{"extension_message_response":{"params":3}}}"#,
            r#"{"screen":"SUCCESS","data":{"extension_message_response":[1]}}"#,
        ] {
            assert_eq!(
                FlowResponse::from_json(text.as_bytes()),
                Err(ResponseError::NotAResponse),
                "{text}"
            );
        }
    }

    #[test]
    fn only_objects_are_data() {
        assert!(FlowResponse::screen("A").with_data([1]).is_err());
        assert!(FlowResponse::screen("A").with_data(json!({"x": 1})).is_ok());
    }

    #[test]
    fn debug_shows_no_data() {
        let shown = format!("{:?}", FlowResponse::screen("A").with("x", "secret"));
        assert!(!shown.contains("secret"));
    }
}
