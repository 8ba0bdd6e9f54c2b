//! Books appointments through a WhatsApp Flow.
//!
//! The user picks department, location, date and time, gives details, sees a
//! summary, accepts the terms, and has an appointment. It shows:
//!
//! - a **GraphQL schema** of the business ([`book_appointment`]) that knows nothing of
//!   screens, and the documents in `flows/appointment` that bind each event of
//!   the Flow to one operation; both are checked against each other before the
//!   server starts;
//! - options that depend on earlier choices, updated without leaving the screen;
//! - validation that keeps the user on the screen with a text;
//! - a slot that somebody else has taken meanwhile;
//! - going back (`BACK`) to fresh options;
//! - completion, with values that come back to the business;
//! - a flow token that works once: afterwards it is answered with 427.
//!
//! `cargo run --release -p book-appointment` starts it on loopback with an
//! embedded database and a development key, and prints a line to try next.
//! `--database postgres://…` keeps the bookings in PostgreSQL instead.
//!
//! A short cut: any token that the phone sends is taken and bound to whoever
//! sends it first. A business issues its tokens when it sends the message; see
//! `SignedFlowTokens`.
#![forbid(unsafe_code)]

use std::path::PathBuf;

use book_appointment::{Audience, Calendar, Database, TokenOfOurs, flow, graphiql, schema, sdl};
use clap::Parser;
use flowgate::config::{EndpointArgs, ListenArgs, PublishArgs};
use flowgate::graphql::FlowDirectory;
use flowgate::keys::AppSecret;
use flowgate::prelude::*;

/// Books appointments through a WhatsApp Flow
#[derive(Parser)]
#[command(version)]
struct Args {
    /// File of SQLite, made if it is missing, or the URL of a database:
    /// sqlite:… or postgres://…
    #[arg(
        long,
        env = "FLOWGATE_DATABASE",
        value_name = "PATH|URL",
        default_value = ".flowgate/book-appointment.sqlite",
        hide_env_values = true
    )]
    database: Database,
    /// Folder with flow.json and GraphQL documents, instead of those that are
    /// built in
    #[arg(long, env = "FLOWGATE_FLOW", value_name = "FOLDER")]
    flow: Option<PathBuf>,
    /// Print the GraphQL schema of the business and end
    #[arg(long)]
    print_schema: bool,
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
    if args.print_schema {
        print!("{}", sdl());
        return Ok(());
    }
    let mut server = Server::new(&args.endpoint, &args.listen)?;
    let directory = match &args.flow {
        Some(folder) => FlowDirectory::read(folder).map_err(StartError::application)?,
        None => flow::built_in(),
    };
    let store = args
        .database
        .open()
        .await
        .map_err(StartError::application)?;
    let for_developers = server.is_development() && args.listen.listen.ip().is_loopback();
    let audience = match for_developers {
        true => Audience::Developers,
        false => Audience::Production,
    };
    let schema = schema(store.clone(), Calendar::system(), audience);
    let endpoint = flow::endpoint(directory, &schema, &store).map_err(StartError::application)?;
    if for_developers {
        let what = "is GraphiQL over the schema of the business";
        server = server.page(graphiql::PATH, what, move |config| {
            graphiql::configure(config, &schema, &store);
        });
    }
    server
        .publication(&args.publication)
        .token_check(TokenOfOurs, sample_token()?)
        .run(endpoint)
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
