//! Parameters of a call from its query and its body: JSON, form-urlencoded or
//! multipart/form-data, as the Graph API takes them alike.

use std::collections::BTreeMap;

use actix_web::web::Query;
use serde::Serialize;
use serde_json::Value;

/// How the body of a call was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyEncoding {
    /// No body.
    None,
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`, also assumed without content type.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Anything else: no parameters are read from it.
    Other,
}

impl BodyEncoding {
    pub(crate) fn of(content_type: Option<&str>, body: &[u8]) -> Self {
        if body.is_empty() {
            return Self::None;
        }
        let Some(content_type) = content_type else {
            return Self::Form;
        };
        match essence(content_type).as_str() {
            "application/json" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            _ => Self::Other,
        }
    }
}

/// The body is not what its content type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not what its content type says")]
pub(crate) struct MalformedBody;

/// The parameters of a call; those of the body win.
#[derive(Debug, Default)]
pub(crate) struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    pub(crate) fn read(
        query: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<Self, MalformedBody> {
        let mut parameters = Self::default();
        parameters.add(pairs(query).unwrap_or_default());
        match BodyEncoding::of(content_type, body) {
            BodyEncoding::None | BodyEncoding::Other => {}
            BodyEncoding::Json => {
                let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
                    return Err(MalformedBody);
                };
                parameters.0.extend(object);
            }
            BodyEncoding::Form => {
                let body = std::str::from_utf8(body).map_err(|_| MalformedBody)?;
                parameters.add(pairs(body).ok_or(MalformedBody)?);
            }
            BodyEncoding::Multipart => {
                let boundary = content_type
                    .and_then(|content_type| attribute(content_type, "boundary"))
                    .ok_or(MalformedBody)?;
                parameters.add(multipart(&boundary, body).ok_or(MalformedBody)?);
            }
        }
        Ok(parameters)
    }

    /// Returns a parameter that is a text and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    fn add(&mut self, pairs: Vec<(String, String)>) {
        self.0.extend(
            pairs
                .into_iter()
                .map(|(name, value)| (name, Value::String(value))),
        );
    }
}

fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    Query::from_query(text).ok().map(Query::into_inner)
}

fn essence(header: &str) -> String {
    let essence = header.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Returns an attribute of a header value, `b` for `a; name="b"`.
fn attribute(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim();
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .unwrap_or(value);
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.to_owned())
    })
}

/// Reads the text parts of a multipart body
/// ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)), byte for byte. A part
/// with a file name is an upload of a file and no parameter.
fn multipart(boundary: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let delimiter = format!("--{boundary}");
    let start = find(body, delimiter.as_bytes())?;
    let mut rest = &body[start + delimiter.len()..];
    let inner = format!("\r\n{delimiter}");
    let mut parameters = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parameters);
        }
        // After the boundary: blanks and a line break, headers, an empty line.
        let head = find(rest, b"\r\n")? + 2;
        let blank = find(&rest[head - 2..], b"\r\n\r\n")? + head - 2;
        let headers = std::str::from_utf8(&rest[head.min(blank)..blank]).ok()?;
        let content = &rest[blank + 4..];
        let end = find(content, inner.as_bytes())?;
        let disposition = headers.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition")
                .then_some(value)
        })?;
        if attribute(disposition, "filename").is_none() {
            let value = std::str::from_utf8(&content[..end]).ok()?;
            parameters.push((attribute(disposition, "name")?, value.to_owned()));
        }
        rest = &content[end + inner.len()..];
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &str) -> Result<Option<String>, MalformedBody> {
        Parameters::read("", Some(content_type), body.as_bytes())
            .map(|parameters| parameters.text("k").map(str::to_owned))
    }

    #[test]
    fn encodings_mean_the_same() {
        let value = Ok(Some("a+b/c=\nd é".to_owned()));
        assert_eq!(
            read(
                "application/json; charset=utf-8",
                r#"{"k": "a+b\/c=\nd \u00e9"}"#
            ),
            value
        );
        assert_eq!(
            read(
                "application/x-www-form-urlencoded",
                "k=a%2Bb%2Fc%3D%0Ad+%C3%A9"
            ),
            value
        );
        let body =
            "--x\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\na+b/c=\nd é\r\n--x--\r\n";
        assert_eq!(read("multipart/form-data; boundary=x", body), value);
        assert_eq!(read("multipart/form-data; boundary=\"x\"", body), value);
    }

    #[test]
    fn multipart_with_more_parts_and_headers_is_read() {
        let body = "preamble\r\n--x\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=other\r\n\r\n1\r\n\
                    --x \r\nContent-Disposition: form-data; name=\"k\"\r\nContent-Type: text/plain\r\n\r\nv\r\n\r\n--x--";
        assert_eq!(
            read("multipart/form-data; boundary=x", body),
            Ok(Some("v\r\n".to_owned()))
        );
    }

    #[test]
    fn a_file_is_no_parameter() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"k\"; filename=\"k.pem\"\r\n\r\nv\r\n--x--\r\n";
        assert_eq!(read("multipart/form-data; boundary=x", body), Ok(None));
    }

    #[test]
    fn damaged_bodies_are_refused() {
        for (content_type, body) in [
            ("application/json", "{"),
            ("application/json", "[]"),
            ("multipart/form-data", "--x--"),
            ("multipart/form-data; boundary=x", "--x"),
            ("multipart/form-data; boundary=x", "--x\r\n"),
            ("multipart/form-data; boundary=x", "--x\r\n\r\nv\r\n--x--"),
            (
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=k\r\n\r\nv",
            ),
        ] {
            assert_eq!(read(content_type, body), Err(MalformedBody), "{body:?}");
        }
    }

    #[test]
    fn other_content_types_carry_nothing() {
        assert_eq!(read("text/plain", "k=v"), Ok(None));
    }
}
