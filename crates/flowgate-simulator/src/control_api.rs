//! The control API, as the documentation of the crate lists it.

use std::time::Duration;

use actix_web::guard::{self, GuardContext};
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError, web};
use flowgate_keys::PhoneNumberId;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Alteration, CallLimit, Fault, Home, NumberBehaviour, NumberSetup, Platform, Shapes,
    SimulatorError, TokenGrant,
};

type State = web::Data<Platform>;
type Answer = Result<HttpResponse, ControlError>;

/// Registers the paths.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(
            web::JsonConfig::default()
                .error_handler(|error, _| ControlError::Malformed(error.to_string()).into()),
        )
        .service(
            web::scope("/control")
                .guard(guard::fn_guard(comes_from_here))
                .route("/state", web::get().to(state))
                .route("/numbers", web::post().to(add_number))
                .route("/numbers/{id}", web::get().to(number))
                .route("/numbers/{id}/re-register", web::post().to(re_register))
                .route("/numbers/{id}/deregister", web::post().to(deregister))
                .route("/numbers/{id}/move", web::post().to(move_number))
                .route("/numbers/{id}/behaviour", web::put().to(behave))
                .route("/numbers/{id}/alter-key", web::post().to(alter_key))
                .route("/numbers/{id}/key", web::delete().to(remove_key))
                .route("/tokens", web::post().to(issue_token))
                .route("/tokens/expire", web::post().to(expire_tokens))
                .route("/logins/expire", web::post().to(expire_logins))
                .route("/faults", web::get().to(faults))
                .route("/faults", web::post().to(add_fault))
                .route("/faults", web::delete().to(clear_faults))
                .route("/limits", web::put().to(limit))
                .route("/shapes", web::put().to(set_shapes))
                .route("/requests", web::get().to(requests))
                .route("/requests", web::delete().to(clear_requests))
                .route("/clock", web::post().to(advance)),
        )
        .default_service(web::to(|| async {
            HttpResponse::NotFound().json(json!({
                "error": "no such path; see the documentation of the control API of \
                          flowgate-simulator",
            }))
        }));
}

/// Keeps web pages in a browser on this machine from steering the stand-in: by
/// a name that resolves to loopback, or by a form.
fn comes_from_here(context: &GuardContext<'_>) -> bool {
    let headers = &context.head().headers;
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost") && !headers.contains_key(header::ORIGIN)
}

#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error("{0}")]
    Malformed(String),
    #[error(transparent)]
    Refused(#[from] SimulatorError),
}

impl ResponseError for ControlError {
    fn status_code(&self) -> actix_web::http::StatusCode {
        use actix_web::http::StatusCode;
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Refused(SimulatorError::UnknownNumber { .. }) => StatusCode::NOT_FOUND,
            Self::Refused(
                SimulatorError::NumberExists { .. }
                | SimulatorError::InstallationTaken { .. }
                | SimulatorError::NoKey { .. },
            ) => StatusCode::CONFLICT,
            Self::Refused(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(json!({ "error": self.to_string() }))
    }
}

async fn state(platform: State) -> Answer {
    Ok(HttpResponse::Ok().json(json!({
        "unix_seconds": platform.now(),
        "numbers": platform.phone_numbers(),
        "shapes": platform.shapes(),
        "limits": platform.limits(),
        "faults": platform.faults(),
    })))
}

async fn add_number(platform: State, number: web::Json<NumberSetup>) -> Answer {
    platform.add_phone_number(number.into_inner())?;
    done()
}

async fn number(platform: State, id: web::Path<String>) -> Answer {
    Ok(HttpResponse::Ok().json(platform.phone_number(&number_id(&id)?)?))
}

async fn re_register(platform: State, id: web::Path<String>) -> Answer {
    platform.re_register(&number_id(&id)?)?;
    done()
}

async fn deregister(platform: State, id: web::Path<String>) -> Answer {
    platform.deregister(&number_id(&id)?)?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    to: Home,
}

async fn move_number(platform: State, id: web::Path<String>, body: web::Json<Move>) -> Answer {
    platform.move_to(&number_id(&id)?, body.to)?;
    done()
}

async fn behave(
    platform: State,
    id: web::Path<String>,
    body: web::Json<NumberBehaviour>,
) -> Answer {
    platform.set_behaviour(&number_id(&id)?, body.into_inner())?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alter {
    alteration: Alteration,
}

async fn alter_key(platform: State, id: web::Path<String>, body: web::Json<Alter>) -> Answer {
    platform.alter_key(&number_id(&id)?, body.alteration)?;
    done()
}

async fn remove_key(platform: State, id: web::Path<String>) -> Answer {
    platform.remove_key(&number_id(&id)?)?;
    done()
}

async fn issue_token(platform: State, grant: web::Json<TokenGrant>) -> Answer {
    let token = platform.issue_token(grant.into_inner())?;
    Ok(HttpResponse::Ok().json(json!({ "access_token": token.expose_secret() })))
}

async fn expire_tokens(platform: State) -> Answer {
    platform.expire_access_tokens();
    done()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ExpireLogins {
    after_calls: u32,
}

async fn expire_logins(platform: State, body: Option<web::Json<ExpireLogins>>) -> Answer {
    let after = body.map(web::Json::into_inner).unwrap_or_default();
    platform.expire_logins_after(after.after_calls);
    done()
}

async fn faults(platform: State) -> Answer {
    Ok(HttpResponse::Ok().json(json!({ "faults": platform.faults() })))
}

async fn add_fault(platform: State, fault: web::Json<Fault>) -> Answer {
    platform.inject(fault.into_inner());
    done()
}

async fn clear_faults(platform: State) -> Answer {
    platform.clear_faults();
    done()
}

async fn limit(platform: State, limits: web::Json<Vec<CallLimit>>) -> Answer {
    platform.set_limits(limits.into_inner());
    done()
}

async fn set_shapes(platform: State, shapes: web::Json<Shapes>) -> Answer {
    platform.set_shapes(shapes.into_inner());
    done()
}

async fn requests(platform: State) -> Answer {
    Ok(HttpResponse::Ok().json(json!({
        "counts": platform.request_counts(),
        "requests": platform.requests(),
    })))
}

async fn clear_requests(platform: State) -> Answer {
    platform.clear_requests();
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

async fn advance(platform: State, body: web::Json<Advance>) -> Answer {
    platform
        .clock()
        .advance(Duration::from_secs(body.advance_seconds));
    Ok(HttpResponse::Ok().json(json!({ "unix_seconds": platform.now() })))
}

fn number_id(text: &str) -> Result<PhoneNumberId, ControlError> {
    PhoneNumberId::new(text).map_err(|error| ControlError::Malformed(error.to_string()))
}

fn done() -> Answer {
    Ok(HttpResponse::Ok().json(Value::Object(serde_json::Map::new())))
}
