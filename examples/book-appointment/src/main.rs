//! Books appointments through a WhatsApp Flow.
//!
//! The user picks department, location, date and time, gives details, sees a
//! summary, accepts the terms, and has an appointment. It shows:
//!
//! - options that depend on earlier choices, updated without leaving the screen;
//! - validation that keeps the user on the screen with a text;
//! - a slot that somebody else has taken meanwhile;
//! - going back (`BACK`) to fresh options;
//! - completion, with values that come back to the business;
//! - a flow token that works once: afterwards it is answered with 427.
//!
//! `cargo run --release -p book-appointment` starts it on loopback with an
//! embedded database and a development key, and prints a line to try next.
//! `flow.json` beside this crate is its Flow.
//!
//! A short cut: any token that the phone sends is taken and bound to whoever
//! sends it first. A business issues its tokens when it sends the message; see
//! `SignedFlowTokens`.
#![forbid(unsafe_code)]

mod calendar;
mod handlers;
mod screens;
mod store;
mod token_hash;

use std::path::PathBuf;

use clap::Parser;
use flowgate::config::{EndpointArgs, ListenArgs, PublishArgs};
use flowgate::keys::AppSecret;
use flowgate::prelude::*;

use crate::calendar::Calendar;
use crate::handlers::{Appointments, TokenOfOurs};
use crate::store::Store;

/// Books appointments through a WhatsApp Flow
#[derive(Parser)]
#[command(version)]
struct Args {
    /// File of the embedded database; made if it is missing
    #[arg(
        long,
        env = "FLOWGATE_DATABASE",
        value_name = "PATH",
        default_value = ".flowgate/appointments.sqlite"
    )]
    database: PathBuf,
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    endpoint: EndpointArgs,
    #[command(flatten)]
    publication: PublishArgs,
}

#[actix_web::main]
async fn main() -> Result<(), StartError> {
    let args = Args::parse();
    let server = Server::new(&args.endpoint, &args.listen)?;
    let store = Store::open(&args.database)
        .await
        .map_err(StartError::application)?;
    let appointments = Appointments::new(store, Calendar::system());
    server
        .publication(&args.publication)
        .token_check(TokenOfOurs, sample_token()?)
        .run(handlers::router(appointments))
        .await
}

/// Makes a token for the line that development mode prints: a new one each
/// time, because a token books once.
fn sample_token() -> Result<FlowToken, StartError> {
    let random = AppSecret::generate().map_err(StartError::application)?;
    Ok(FlowToken::new(format!(
        "try-{}",
        &random.expose_secret()[..8]
    )))
}
