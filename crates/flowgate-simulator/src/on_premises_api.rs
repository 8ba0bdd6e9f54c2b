//! The On-Premises API, as far as the business public key is concerned.
//!
//! Documents: [Business encryption setting](https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/business-whatsapp-business-encryption),
//! [login](https://developers.facebook.com/docs/whatsapp/on-premises/reference/users/login)
//! and [errors](https://developers.facebook.com/docs/whatsapp/api/errors).
//!
//! Not documented and chosen here: the HTTP status that goes with each code,
//! 1009 for a text that is no key, 1011 while no number is registered, and the
//! body of a read ([`OnPremisesReadShape`]).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::clock::on_premises_time;
use crate::http::{ApiReply, ApiRequest};
use crate::platform::{Home, LoginRefusal, OnPremisesReadShape, World};
use crate::published_key::check_upload;
use crate::{BodyEncoding, Disturbance};

const SETTING: &str = "/v1/settings/business/whatsapp_business_encryption";

/// An answer, or the error that replaces it.
type Answer = Result<ApiReply, ApiReply>;

/// Answers a call.
pub(crate) fn answer(world: &mut World, request: &ApiRequest, now: u64) -> ApiReply {
    let mut reply = route(world, request, now).unwrap_or_else(|error| error);
    reply.body["meta"] = json!({
        "version": format!("v{}", world.lasting.installation.version),
        "api_status": "stable",
    });
    reply
}

fn route(world: &mut World, request: &ApiRequest, now: u64) -> Answer {
    match (request.path.as_str(), request.method.as_str()) {
        ("/v1/users/login", "POST") => log_in(world, request, now),
        ("/v1/users/logout", "POST") => {
            let token = authorize(world, request, now)?;
            world.lasting.installation.log_out(&token);
            Ok(ApiReply::ok(json!({})))
        }
        // Older clients do not know the setting at all.
        (SETTING, _) if !world.lasting.installation.knows_the_key() => Err(not_found()),
        (SETTING, "POST") => upload(world, request, now),
        (SETTING, "GET") => read(world, request, now),
        (SETTING | "/v1/users/login" | "/v1/users/logout", _) => Err(error(
            405,
            1006,
            &format!("{} is not allowed here", request.method),
        )),
        _ => Err(not_found()),
    }
}

fn log_in(world: &mut World, request: &ApiRequest, now: u64) -> Answer {
    let credentials = request
        .credentials("Basic")
        .and_then(|base64| STANDARD.decode(base64).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| access_denied("Basic credentials are required"))?;
    let (user, password) = credentials
        .split_once(':')
        .ok_or_else(|| access_denied("Basic credentials need a colon"))?;
    let parameters = request
        .parameters()
        .map_err(|_| invalid("the body is not what its content type says"))?;
    let (token, expires_at) = world
        .lasting
        .installation
        .log_in(user, password, parameters.text("new_password"), now)
        .map_err(|refusal| match refusal {
            LoginRefusal::WrongCredentials => access_denied("Invalid credentials"),
            LoginRefusal::NewPasswordRequired => missing(
                "new_password: the first login has to change the password of the installation",
            ),
            LoginRefusal::WeakPassword => invalid(
                "new_password: 8 to 64 characters with at least one digit, one upper-case letter, \
                 one lower-case letter and one special character",
            ),
            LoginRefusal::NoRandomness => error(500, 1014, "no randomness"),
        })?;
    Ok(ApiReply::ok(json!({
        "users": [{ "token": token, "expires_after": on_premises_time(expires_at) }],
    })))
}

fn upload(world: &mut World, request: &ApiRequest, now: u64) -> Answer {
    authorize(world, request, now)?;
    // The reference knows JSON and forms; form-data is the Cloud API's.
    let encoding = BodyEncoding::of(request.content_type.as_deref(), &request.body);
    if matches!(encoding, BodyEncoding::Multipart | BodyEncoding::Other) {
        return Err(invalid(
            "the content type is neither application/json nor application/x-www-form-urlencoded",
        ));
    }
    let parameters = request
        .parameters()
        .map_err(|_| invalid("the body is not what its content type says"))?;
    let Some(text) = parameters.text("public_key") else {
        return Err(missing("public_key"));
    };
    if check_upload(text).is_err() {
        return Err(invalid(
            "public_key: must be a valid 2048-bit RSA public key in PEM format",
        ));
    }
    let id = number(world)?;
    if let Some(number) = world.lasting.number_mut(&id) {
        if number.behaviour.not_allow_listed {
            return Err(error(
                403,
                1005,
                "the phone number is not allow-listed for setting a business public key",
            ));
        }
        number.upload(text.to_owned(), now);
    }
    Ok(ApiReply::ok(json!({})))
}

fn read(world: &mut World, request: &ApiRequest, now: u64) -> Answer {
    authorize(world, request, now)?;
    let id = number(world)?;
    let key = world
        .lasting
        .number_mut(&id)
        .and_then(|number| number.read_key(now));
    let shape = world.shapes.on_premises_read;
    let name = match shape {
        OnPremisesReadShape::Settings => "public_key",
        OnPremisesReadShape::Flat | OnPremisesReadShape::Data => "business_public_key",
    };
    let entry = key.map(|key| {
        json!({
            name: key.business_public_key,
            "business_public_key_signature_status":
                key.business_public_key_signature_status.as_str(),
        })
    });
    Ok(ApiReply::ok(match shape {
        OnPremisesReadShape::Flat => entry.unwrap_or_else(|| json!({})),
        OnPremisesReadShape::Data => json!({ "data": entry.into_iter().collect::<Vec<_>>() }),
        OnPremisesReadShape::Settings => {
            json!({ "settings": entry.unwrap_or_else(|| json!({})) })
        }
    }))
}

/// Lets through who has logged in, and returns the token.
fn authorize(world: &mut World, request: &ApiRequest, now: u64) -> Result<String, ApiReply> {
    let token = request
        .credentials("Bearer")
        .ok_or_else(|| access_denied("a bearer token is required"))?;
    world
        .lasting
        .installation
        .use_login(token, now)
        .map_err(|_| access_denied("the token is invalid or has expired"))?;
    Ok(token.to_owned())
}

/// Returns the id of the one number that the installation serves.
fn number(world: &World) -> Result<String, ApiReply> {
    world
        .lasting
        .numbers
        .iter()
        .find(|number| number.home == Home::OnPremises && number.registered)
        .map(|number| number.id.clone())
        .ok_or_else(|| {
            error(
                503,
                1011,
                "no phone number is registered on this installation",
            )
        })
}

/// The answer beyond a limit.
pub(crate) fn too_many_calls() -> ApiReply {
    error(429, 1015, "too many requests in a short time")
}

/// The answer that a fault gives.
pub(crate) fn disturbed(fault: &Disturbance) -> ApiReply {
    let Disturbance::Error {
        status,
        code,
        message,
        retry_after,
        ..
    } = fault
    else {
        return ApiReply::nothing();
    };
    let reply = error(
        *status,
        *code,
        message.as_deref().unwrap_or("an error occurred"),
    );
    match retry_after {
        Some(seconds) => reply.retry_after(*seconds),
        None => reply,
    }
}

fn access_denied(details: &str) -> ApiReply {
    error(401, 1005, details)
}

fn not_found() -> ApiReply {
    error(404, 1006, "URL path not found")
}

fn missing(details: &str) -> ApiReply {
    error(400, 1008, details)
}

fn invalid(details: &str) -> ApiReply {
    error(400, 1009, details)
}

fn error(status: u16, code: i64, details: &str) -> ApiReply {
    let title = match code {
        1001 => "Message too long",
        1002 => "Invalid recipient type",
        1005 => "Access denied",
        1006 => "Resource not found",
        1008 => "Required parameter is missing",
        1009 => "Parameter value is not valid",
        1010 => "Parameter is not required",
        1011 => "Service not ready",
        1013 => "User is not valid",
        1014 => "Internal error",
        1015 => "Too many requests",
        _ => "Generic error",
    };
    let error: Value = json!({ "code": code, "title": title, "details": details });
    ApiReply::with_status(status, json!({ "errors": [error] }))
}
