//! The Cloud API, as far as the business public key is concerned.
//!
//! Documents: [Business encryption](https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/business-encryption-api),
//! [error codes](https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes),
//! [phone numbers](https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers)
//! and, for errors that these do not show, [Graph API errors](https://developers.facebook.com/docs/graph-api/guides/error-handling).
//!
//! Not documented and chosen here: that a missing permission is code 10 and a
//! foreign account code 200 (the documents give both for either), that the
//! limit of an account is code 80007 with `Retry-After`, the texts of messages,
//! and that a file part of form-data is no parameter.

use serde_json::{Map, Value, json};

use crate::Disturbance;
use crate::http::{ApiReply, ApiRequest};
use crate::parameters::Parameters;
use crate::platform::{
    CloudReadShape, Home, IssuedToken, NoKeyShape, Permission, TokenRefusal, UnknownIdShape, World,
};
use crate::published_key::check_upload;

const KEY: &str = "business_public_key";
const STATUS: &str = "business_public_key_signature_status";

/// Entries of a page unless `limit` says otherwise, as everywhere in the Graph API.
const PAGE: usize = 25;
/// The largest page.
const MAX_PAGE: usize = 100;

/// An answer, or the error that replaces it.
type Answer = Result<ApiReply, ApiReply>;

/// Answers a call.
pub(crate) fn answer(world: &mut World, request: &ApiRequest, now: u64) -> ApiReply {
    route(world, request, now).unwrap_or_else(|error| error)
}

fn route(world: &mut World, request: &ApiRequest, now: u64) -> Answer {
    let mut parts = request.path.trim_matches('/').split('/');
    let (Some(version), Some(id), Some(edge), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(unknown_path(&request.path));
    };
    if !is_version(version) {
        return Err(unknown_path(&request.path));
    }
    // The Graph API looks at the token before anything else.
    let parameters = request
        .parameters()
        .map_err(|_| invalid_parameter("(#100) The body is not what its content type says"))?;
    let token = token(world, request, &parameters, now)?;
    match (edge, request.method.as_str()) {
        ("whatsapp_business_encryption", "POST") => upload(world, &token, id, &parameters, now),
        ("whatsapp_business_encryption", "GET") => read(world, &token, id, &parameters, now),
        ("phone_numbers", "GET") => phone_numbers(world, &token, id, &parameters, request, version),
        ("whatsapp_business_encryption" | "phone_numbers", method) => {
            Err(unsupported(world, method, id))
        }
        (edge, _) => Err(unknown_path(&format!("/{edge}"))),
    }
}

fn upload(
    world: &mut World,
    token: &IssuedToken,
    id: &str,
    parameters: &Parameters,
    now: u64,
) -> Answer {
    check_number(world, token, "post", id)?;
    let Some(text) = parameters.text(KEY) else {
        return Err(invalid_parameter(&format!(
            "(#100) The parameter {KEY} is required."
        )));
    };
    if check_upload(text).is_err() {
        return Err(invalid_parameter(
            "(#100) Invalid parameter: business_public_key must be a valid 2048-bit RSA public \
             key in PEM format",
        ));
    }
    if let Some(number) = world.lasting.number_mut(id) {
        if number.behaviour.not_allow_listed {
            return Err(error(
                403,
                10,
                "(#10) Application does not have permission for this action: the phone number is \
                 not allow-listed for setting a business public key",
            ));
        }
        number.upload(text.to_owned(), now);
    }
    Ok(ApiReply::ok(json!({ "success": true })))
}

fn read(
    world: &mut World,
    token: &IssuedToken,
    id: &str,
    parameters: &Parameters,
    now: u64,
) -> Answer {
    check_number(world, token, "get", id)?;
    let fields = fields(parameters, &[KEY, STATUS], "WhatsAppBusinessEncryption")?;
    let key = world
        .lasting
        .number_mut(id)
        .and_then(|number| number.read_key(now));
    let entry = match (key, world.shapes.cloud_no_key) {
        (Some(key), _) => Some(json!({
            KEY: key.business_public_key,
            STATUS: key.business_public_key_signature_status.as_str(),
        })),
        (None, NoKeyShape::Empty) => None,
        (None, NoKeyShape::NoFields) => Some(json!({})),
        (None, NoKeyShape::Blank) => Some(json!({ KEY: " ", STATUS: "VALID" })),
    };
    let entry = entry.map(|entry| pick(entry, &fields));
    Ok(ApiReply::ok(match world.shapes.cloud_read {
        CloudReadShape::Data => json!({ "data": entry.into_iter().collect::<Vec<_>>() }),
        CloudReadShape::Flat => entry.unwrap_or_else(|| json!({})),
    }))
}

fn phone_numbers(
    world: &World,
    token: &IssuedToken,
    account: &str,
    parameters: &Parameters,
    request: &ApiRequest,
    version: &str,
) -> Answer {
    let numbers: Vec<_> = world
        .lasting
        .numbers
        .iter()
        .filter(|number| number.account == account)
        .collect();
    if numbers.is_empty() || !token.sees(account) {
        return Err(unsupported(world, "get", account));
    }
    if !token.may(Permission::WhatsappBusinessManagement) {
        return Err(missing_permission("whatsapp_business_management"));
    }
    let known = [
        "verified_name",
        "code_verification_status",
        "display_phone_number",
        "quality_rating",
        "platform_type",
        "id",
    ];
    let mut fields = fields(parameters, &known, "WhatsAppBusinessPhoneNumber")?;
    // The id comes always; the platform only on demand.
    if parameters.text("fields").is_none() {
        fields.retain(|field| field != "platform_type");
    } else if !fields.iter().any(|field| field == "id") {
        fields.push("id".to_owned());
    }

    let limit = match parameters.text("limit") {
        None => PAGE,
        Some(limit) => limit
            .parse()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| invalid_parameter("(#100) param limit must be a positive integer."))?,
    }
    .min(MAX_PAGE);
    let position = |cursor: &str| {
        cursor_id(cursor)
            .and_then(|id| numbers.iter().position(|number| number.id == id))
            .ok_or_else(|| invalid_parameter("(#100) Invalid cursors values"))
    };
    let (start, end) = match (parameters.text("after"), parameters.text("before")) {
        (Some(after), _) => {
            let start = position(after)? + 1;
            (start, (start + limit).min(numbers.len()))
        }
        (None, Some(before)) => {
            let end = position(before)?;
            (end.saturating_sub(limit), end)
        }
        (None, None) => (0, limit.min(numbers.len())),
    };
    let page = numbers.get(start..end).unwrap_or_default();
    let data: Vec<_> = page
        .iter()
        .map(|number| {
            let status = if number.registered {
                "VERIFIED"
            } else {
                "NOT_VERIFIED"
            };
            let platform = match number.home {
                Home::Cloud => "CLOUD_API",
                Home::OnPremises => "ON_PREMISE",
            };
            let entry = json!({
                "verified_name": number.verified_name,
                "code_verification_status": status,
                "display_phone_number": number.display_phone_number,
                "quality_rating": "GREEN",
                "platform_type": platform,
                "id": number.id,
            });
            pick(entry, &fields)
        })
        .collect();
    let mut reply = json!({ "data": data });
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        reply["paging"] = json!({
            "cursors": { "before": cursor(&first.id), "after": cursor(&last.id) },
        });
        // The real API repeats the access token in these; the stand-in leaves
        // it out, so that no URL carries it.
        let link = |direction: &str, id: &str| {
            let fields = match parameters.text("fields") {
                Some(fields) => format!("fields={fields}&"),
                None => String::new(),
            };
            format!(
                "{}/{version}/{account}/phone_numbers?{fields}limit={limit}&{direction}={}",
                request.base,
                cursor(id)
            )
        };
        if end < numbers.len() {
            reply["paging"]["next"] = link("after", &last.id).into();
        }
        if start > 0 {
            reply["paging"]["previous"] = link("before", &first.id).into();
        }
    }
    Ok(ApiReply::ok(reply))
}

/// Finds the token: in the header, or as the parameter `access_token`.
fn token(
    world: &mut World,
    request: &ApiRequest,
    parameters: &Parameters,
    now: u64,
) -> Result<IssuedToken, ApiReply> {
    let secret = request
        .credentials("Bearer")
        .or_else(|| request.credentials("OAuth"))
        .or_else(|| parameters.text("access_token"))
        .ok_or_else(|| {
            error(
                400,
                104,
                "An access token is required to request this resource.",
            )
        })?;
    world
        .lasting
        .use_token(secret, now)
        .map_err(|refusal| match refusal {
            TokenRefusal::Unknown => error(
                401,
                190,
                "Invalid OAuth access token - Cannot parse access token",
            ),
            TokenRefusal::Expired { at } => {
                let message = format!(
                    "Error validating access token: Session has expired on {at}. The current time \
                     is {now}."
                );
                with_subcode(error(401, 190, &message), 463)
            }
        })
}

/// Lets through who may set or read the key of a registered number.
fn check_number(
    world: &World,
    token: &IssuedToken,
    method: &str,
    id: &str,
) -> Result<(), ApiReply> {
    let Some(number) = world.lasting.number(id) else {
        return Err(unsupported(world, method, id));
    };
    if !token.sees(&number.account) {
        return Err(error(
            403,
            200,
            "(#200) You do not have the necessary permissions required on this WhatsApp Business \
             Account",
        ));
    }
    if !token.may(Permission::WhatsappBusinessMessaging) {
        return Err(missing_permission("whatsapp_business_messaging"));
    }
    if !number.registered || number.home != Home::Cloud {
        return Err(error(
            400,
            133_010,
            "(#133010) The account is not registered: phone number not registered on the Cloud API",
        ));
    }
    Ok(())
}

/// Reads `fields`, all known ones unless given.
fn fields(parameters: &Parameters, known: &[&str], node: &str) -> Result<Vec<String>, ApiReply> {
    let Some(wanted) = parameters.text("fields") else {
        return Ok(known.iter().map(|&field| field.to_owned()).collect());
    };
    wanted
        .split(',')
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .map(|field| {
            if known.contains(&field) {
                Ok(field.to_owned())
            } else {
                Err(invalid_parameter(&format!(
                    "(#100) Tried accessing nonexisting field ({field}) on node type ({node})"
                )))
            }
        })
        .collect()
}

fn pick(entry: Value, fields: &[String]) -> Value {
    let Value::Object(mut entry) = entry else {
        return entry;
    };
    let mut picked = Map::new();
    for field in fields {
        if let Some(value) = entry.remove(field) {
            picked.insert(field.clone(), value);
        }
    }
    Value::Object(picked)
}

/// Cursors are opaque to clients; here they name the entry they stand at.
fn cursor(id: &str) -> String {
    format!("QVFI{id}")
}

fn cursor_id(cursor: &str) -> Option<&str> {
    cursor.strip_prefix("QVFI")
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| {
            [major, minor]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit()))
        })
}

fn unknown_path(path: &str) -> ApiReply {
    error(400, 2500, &format!("Unknown path components: {path}"))
}

/// The answer to an id that is none, is something else, or may not be seen.
fn unsupported(world: &World, method: &str, id: &str) -> ApiReply {
    let status = match world.shapes.cloud_unknown_id {
        UnknownIdShape::BadRequest => 400,
        UnknownIdShape::NotFound => 404,
    };
    let message = format!(
        "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to \
         missing permissions, or does not support this operation. Please read the Graph API \
         documentation at https://developers.facebook.com/docs/graph-api",
        method.to_ascii_lowercase()
    );
    let mut reply = with_subcode(error(status, 100, &message), 33);
    reply.body["error"]["type"] = "GraphMethodException".into();
    reply
}

fn invalid_parameter(message: &str) -> ApiReply {
    error(400, 100, message)
}

fn missing_permission(permission: &str) -> ApiReply {
    error(
        403,
        10,
        &format!("(#10) Application does not have permission for this action: {permission}"),
    )
}

/// The answer beyond a limit.
pub(crate) fn too_many_calls() -> ApiReply {
    error(
        429,
        80_007,
        "(#80007) There have been too many calls to this WhatsApp Business account. Wait a bit \
         and try again.",
    )
}

/// The answer that a fault gives.
pub(crate) fn disturbed(fault: &Disturbance) -> ApiReply {
    let Disturbance::Error {
        status,
        code,
        subcode,
        message,
        retry_after,
    } = fault
    else {
        return ApiReply::nothing();
    };
    let text = match message {
        Some(message) => message.clone(),
        None => match code {
            10 => "(#10) Application does not have permission for this action".to_owned(),
            190 => "Error validating access token".to_owned(),
            200..=299 => format!("(#{code}) Permissions error"),
            4 | 80_007 | 130_429 => format!("(#{code}) Rate limit hit"),
            131_000 => "(#131000) Something went wrong".to_owned(),
            133_010 => "(#133010) Phone number not registered".to_owned(),
            _ => format!("(#{code}) An error occurred"),
        },
    };
    let mut reply = error(*status, *code, &text);
    if let Some(subcode) = subcode {
        reply = with_subcode(reply, *subcode);
    }
    if *status >= 500 {
        reply.body["error"]["is_transient"] = true.into();
    }
    match retry_after {
        Some(seconds) => reply.retry_after(*seconds),
        None => reply,
    }
}

/// Adds the `fbtrace_id` that every error carries.
pub(crate) fn add_trace(reply: &mut ApiReply, trace: u64) {
    if let Some(error) = reply.body.get_mut("error") {
        error["fbtrace_id"] = format!("AStandIn{trace:015}").into();
    }
}

fn error(status: u16, code: i64, message: &str) -> ApiReply {
    let kind = if (400..500).contains(&status) {
        "OAuthException"
    } else {
        "FacebookApiException"
    };
    let reason = if code == 190 {
        "invalid_token"
    } else {
        "invalid_request"
    };
    let reply = ApiReply::with_status(
        status,
        json!({ "error": { "message": message, "type": kind, "code": code } }),
    );
    if matches!(status, 400 | 401) {
        let quoted = message.replace('"', "'");
        reply.header(
            "WWW-Authenticate",
            format!("OAuth \"Facebook Platform\" \"{reason}\" \"{quoted}\""),
        )
    } else {
        reply
    }
}

fn with_subcode(mut reply: ApiReply, subcode: i64) -> ApiReply {
    reply.body["error"]["error_subcode"] = subcode.into();
    reply
}
