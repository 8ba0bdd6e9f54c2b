//! The few texts that the framework itself shows on a phone.

/// Holds the texts that phones show when the application has none.
///
/// Defaults to English; set them in the language of the Flow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Messages {
    /// Shown when the data of a request does not fit the form.
    pub invalid_data: String,
    /// Shown when the application took too long.
    pub deadline_exceeded: String,
    /// Shown when the application cannot answer now.
    pub unavailable: String,
    /// Shown when WhatsApp's signature of the flow token is not in order.
    pub flow_token_invalid: String,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            invalid_data: "Please check what you have entered and try again.".to_owned(),
            deadline_exceeded: "This takes longer than usual. Please try again.".to_owned(),
            unavailable: "Something went wrong on our side. Please try again.".to_owned(),
            flow_token_invalid: "This form is no longer open. Please ask for a new one.".to_owned(),
        }
    }
}
