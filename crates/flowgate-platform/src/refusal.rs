//! What the platform itself says when it refuses a call.
//!
//! The Cloud API answers `{"error": {…}}`
//! ([error codes](https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes)),
//! an On-Premises installation `{"errors": [{…}]}`
//! ([error codes](https://developers.facebook.com/docs/whatsapp/api/errors)).
//! One code covers many cases, so the platform's own words come first and the
//! advice follows from code and status, never from the wording.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// Which of the two APIs is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// WhatsApp's own servers: the Graph API.
    Cloud,
    /// The client that a business runs itself.
    OnPremises,
}

/// Holds the error body of the platform.
///
/// ```json
/// {"error": {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190,
///            "error_subcode": 463, "fbtrace_id": "AbC"}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Which API answered.
    pub api: Api,
    /// HTTP status.
    pub status: u16,
    /// The code, the first thing to look up; none if the body has none.
    pub code: Option<i64>,
    /// The subcode, which tells cases of one code apart.
    pub subcode: Option<i64>,
    /// The platform's own words.
    pub message: String,
    /// More of its words, meant for people: title, text, details.
    pub details: Option<String>,
    /// What Meta's support asks for.
    pub trace_id: Option<String>,
    /// Whether the platform itself says that trying again may help.
    pub is_transient: bool,
    /// How long the platform wants to be left alone.
    pub retry_after: Option<Duration>,
}

/// What a refusal means for the public key, and so what there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The access token is expired, invalid or of another app.
    InvalidToken,
    /// User name or password of an On-Premises installation are wrong.
    InvalidLogin,
    /// The token may not do this, or the number may not have a key.
    NotPermitted,
    /// No object of that id is visible to the token.
    WrongId,
    /// The phone number is not registered.
    NotRegistered,
    /// A parameter is refused; of an upload that is the key.
    InvalidParameter,
    /// Too many calls.
    RateLimited,
    /// The platform failed for now.
    Temporary,
    /// The account is locked or blocked.
    AccountBlocked,
    /// None of the documented ones.
    Unknown,
}

impl Refusal {
    /// Reads the error body of either API; none if it has no error in it.
    pub(crate) fn from_body(
        api: Api,
        status: u16,
        retry_after: Option<Duration>,
        body: &Value,
    ) -> Option<Self> {
        if let error @ Value::Object(_) = &body["error"] {
            let details = [
                &error["error_user_title"],
                &error["error_user_msg"],
                &error["error_data"]["details"],
            ];
            return Some(Self {
                api,
                status,
                code: integer(&error["code"]),
                subcode: integer(&error["error_subcode"]),
                message: words(&error["message"]).unwrap_or_default(),
                details: joined(details),
                trace_id: words(&error["fbtrace_id"]),
                is_transient: error["is_transient"] == true,
                retry_after,
            });
        }
        let error = body["errors"].as_array()?.first()?;
        Some(Self {
            api,
            status,
            code: integer(&error["code"]),
            subcode: None,
            message: words(&error["title"]).unwrap_or_default(),
            details: joined([&error["details"], &Value::Null, &Value::Null]),
            trace_id: None,
            is_transient: false,
            retry_after,
        })
    }

    /// Replaces every occurrence of a secret: the Graph API repeats a malformed
    /// token in its message.
    pub(crate) fn redact(&mut self, secret: &str, name: &str) {
        for text in [Some(&mut self.message), self.details.as_mut()]
            .into_iter()
            .flatten()
        {
            if text.contains(secret) {
                *text = text.replace(secret, name);
            }
        }
    }

    /// Sorts the refusal by what there is to do.
    pub fn cause(&self) -> Cause {
        match (self.api, self.code, self.subcode) {
            (Api::Cloud, Some(100), Some(33)) => Some(Cause::WrongId),
            (Api::Cloud, Some(code), _) => cloud_cause(code),
            (Api::OnPremises, Some(code), _) => on_premises_cause(code),
            (_, None, _) => None,
        }
        .filter(|cause| {
            // The same code stands for a login that is wrong and for one that
            // may not do this.
            !(self.api == Api::OnPremises && self.status == 401 && *cause == Cause::NotPermitted)
        })
        .unwrap_or_else(|| Cause::of_status(self.api, self.status))
    }

    /// Tells whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.is_transient || matches!(self.cause(), Cause::RateLimited | Cause::Temporary)
    }
}

impl Cause {
    /// What a status alone means, for replies without a documented code.
    pub(crate) fn of_status(api: Api, status: u16) -> Self {
        match (api, status) {
            (Api::Cloud, 401) => Self::InvalidToken,
            (Api::OnPremises, 401) => Self::InvalidLogin,
            (_, 403) => Self::NotPermitted,
            (_, 404) => Self::WrongId,
            (_, 400 | 422) => Self::InvalidParameter,
            (_, 429) => Self::RateLimited,
            (_, 408 | 500..=599) => Self::Temporary,
            _ => Self::Unknown,
        }
    }

    /// Says what to do: one line, lower case, no final period.
    pub fn help(self, api: Api) -> &'static str {
        match (self, api) {
            (Self::InvalidToken, _) => {
                "make a new token for a system user of the business (Business settings, System \
                 users) with the permission `whatsapp_business_messaging`; tokens of the app \
                 dashboard expire after 24 h"
            }
            (Self::InvalidLogin, _) => {
                "check user and password of the installation; a fresh one has user `admin`, \
                 password `secret`, and wants a new password with the first login"
            }
            (Self::NotPermitted, Api::Cloud) => {
                "give the token the permission `whatsapp_business_messaging` and its system user \
                 the WhatsApp Business Account as an asset; for numbers of other businesses the \
                 app needs Advanced Access"
            }
            (Self::NotPermitted, Api::OnPremises) => {
                "log in as the administrator of the installation"
            }
            (Self::WrongId, Api::Cloud) => {
                "the path needs the phone number id (digits, in WhatsApp Manager below the \
                 number; `GET /{WABA-ID}/phone_numbers` lists them), not the telephone number, \
                 not the id of the WhatsApp Business Account, app or Flow; and the token must see \
                 that number"
            }
            (Self::WrongId, Api::OnPremises) => {
                "check the URL of the installation; the client must be of version 2.51 or later \
                 to know this setting"
            }
            (Self::NotRegistered, _) => {
                "register the phone number first (`POST /{PHONE-NUMBER-ID}/register`), then \
                 publish the key again"
            }
            (Self::InvalidParameter, _) => {
                "the key must be an RSA public key of 2048 bits in PEM, which flowgate always \
                 sends; check that the id is that of a phone number, and see the platform's words"
            }
            (Self::RateLimited, _) => {
                "wait and try again; other programs with the same app or account count too"
            }
            (Self::Temporary, _) => {
                "the platform failed to do its part; try again in some minutes, and see \
                 https://metastatus.com if it lasts"
            }
            (Self::AccountBlocked, _) => {
                "the account is locked or restricted: WhatsApp Manager says why, under Account \
                 quality"
            }
            (Self::Unknown, _) => {
                "look the code up at \
                 https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes"
            }
        }
    }
}

/// The platform's own words with everything that identifies the case.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            f.write_str("no words")?;
        } else {
            write!(f, "\"{}\"", self.message)?;
        }
        if let Some(details) = &self.details {
            write!(f, " - {details}")?;
        }
        f.write_str(" (")?;
        if let Some(code) = self.code {
            write!(f, "code {code}, ")?;
        }
        if let Some(subcode) = self.subcode {
            write!(f, "subcode {subcode}, ")?;
        }
        write!(f, "HTTP {}", self.status)?;
        if let Some(trace_id) = &self.trace_id {
            write!(f, ", trace {trace_id}")?;
        }
        if let Some(retry_after) = self.retry_after {
            write!(f, ", retry after {} s", retry_after.as_secs())?;
        }
        f.write_str(")")
    }
}

fn cloud_cause(code: i64) -> Option<Cause> {
    Some(match code {
        102 | 190 => Cause::InvalidToken,
        3 | 10 | 200..=299 | 131005 => Cause::NotPermitted,
        803 => Cause::WrongId,
        133010 => Cause::NotRegistered,
        33 | 100 | 131008 | 131009 => Cause::InvalidParameter,
        4 | 17 | 32 | 613 | 80007 | 130429 => Cause::RateLimited,
        1 | 2 | 131000 | 131016 => Cause::Temporary,
        368 | 131031 => Cause::AccountBlocked,
        _ => return None,
    })
}

fn on_premises_cause(code: i64) -> Option<Cause> {
    Some(match code {
        1005 | 1013 => Cause::NotPermitted,
        1006 => Cause::WrongId,
        1008..=1010 => Cause::InvalidParameter,
        1011 | 1014 => Cause::Temporary,
        1015 => Cause::RateLimited,
        _ => return None,
    })
}

fn integer(value: &Value) -> Option<i64> {
    // Some bodies carry numbers as text.
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn words(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let cleaned = printable(text, MAX_WORDS_CHARACTERS);
    (!cleaned.is_empty()).then_some(cleaned)
}

fn joined(parts: [&Value; 3]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().filter_map(words).collect();
    (!parts.is_empty()).then(|| parts.join(": "))
}

/// Makes foreign text safe for one line of a terminal or a log: no control
/// characters, blanks joined, cut to a length.
pub(crate) fn printable(text: &str, max_characters: usize) -> String {
    let mut line = String::new();
    for (count, character) in text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .flat_map(|word| word.chars().chain([' ']))
        .enumerate()
    {
        if count == max_characters {
            line.push('…');
            return line;
        }
        line.push(character);
    }
    line.truncate(line.trim_end().len());
    line
}

/// The longest message shown; those of the Graph API are far below.
const MAX_WORDS_CHARACTERS: usize = 600;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cloud(status: u16, code: i64) -> Refusal {
        let body = json!({"error": {"message": "m", "code": code}});
        Refusal::from_body(Api::Cloud, status, None, &body).unwrap()
    }

    #[test]
    fn every_documented_code_has_its_cause() {
        for (status, code, cause) in [
            (400, 100, Cause::InvalidParameter),
            (403, 10, Cause::NotPermitted),
            (403, 200, Cause::NotPermitted),
            (403, 299, Cause::NotPermitted),
            (401, 190, Cause::InvalidToken),
            (500, 131000, Cause::Temporary),
            (400, 133010, Cause::NotRegistered),
            (400, 80007, Cause::RateLimited),
            (404, 4711, Cause::WrongId),
            (500, 4711, Cause::Temporary),
            (418, 4711, Cause::Unknown),
        ] {
            assert_eq!(cloud(status, code).cause(), cause, "{status} {code}");
        }
    }

    #[test]
    fn code_100_with_subcode_33_is_a_wrong_id() {
        let body = json!({"error": {"message": "m", "code": 100, "error_subcode": 33}});
        let refusal = Refusal::from_body(Api::Cloud, 400, None, &body).unwrap();
        assert_eq!(refusal.cause(), Cause::WrongId);
    }

    #[test]
    fn the_on_premises_body_is_read_and_401_means_the_login() {
        let body = json!({"errors": [{"code": 1005, "title": "Access denied", "details": "no"}]});
        let refusal = Refusal::from_body(Api::OnPremises, 401, None, &body).unwrap();
        assert_eq!(
            refusal.to_string(),
            "\"Access denied\" - no (code 1005, HTTP 401)"
        );
        assert_eq!(refusal.cause(), Cause::InvalidLogin);
        let refusal = Refusal::from_body(Api::OnPremises, 403, None, &body).unwrap();
        assert_eq!(refusal.cause(), Cause::NotPermitted);
    }

    #[test]
    fn a_token_in_the_message_is_not_repeated() {
        let body = json!({"error": {"message": "Malformed access token EAABx", "code": 190}});
        let mut refusal = Refusal::from_body(Api::Cloud, 401, None, &body).unwrap();
        refusal.redact("EAABx", "<access token>");
        assert_eq!(
            refusal.to_string(),
            "\"Malformed access token <access token>\" (code 190, HTTP 401)"
        );
    }

    #[test]
    fn foreign_text_becomes_one_harmless_line() {
        assert_eq!(printable("a\u{1b}[31m\r\n  b\t", 80), "a [31m b");
        assert_eq!(printable("abcdef", 3), "abc…");
    }
}
