//! Quotes loans through a WhatsApp Flow that is open in two versions at once.
//!
//! Messages stay in chats for months, and each opens the version of the Flow
//! that it was sent with. It shows:
//!
//! - two **versions** side by side, a folder each in `flows/`, over one schema; the
//!   signed flow token says which one a message belongs to;
//! - several exchanges of one screen, told apart by a value of the payload
//!   (`when:`): another product, another term, a code;
//! - mutations whose results are unions: errors on the screen, another screen,
//!   the end;
//! - a quote that ends after an hour, and belongs to the one who asked for it.
//!
//! `cargo run --release -p loan-quote` starts it on loopback with a development
//! key, and prints a line to try next. `--issue-token 1` prints a token for
//! another message.
//!
//! Short cuts: quotes and applications are kept in memory, and a secret for flow
//! tokens that is not set is made anew at each start.
#![forbid(unsafe_code)]

mod business;
mod schema;
mod tokens;
mod versions;

use clap::Parser;
use flowgate::config::{EndpointArgs, ListenArgs};
use flowgate::prelude::*;

use crate::tokens::{TokenArgs, Tokens};
use crate::versions::Versions;

/// Quotes loans through a WhatsApp Flow, in two versions at once
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Print the GraphQL schema of the business and end
    #[arg(long)]
    print_schema: bool,
    #[command(flatten)]
    tokens: TokenArgs,
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

#[actix_web::main]
async fn main() -> Result<(), StartError> {
    let args = Args::parse();
    if args.print_schema {
        print!("{}", schema::sdl());
        return Ok(());
    }
    let tokens = Tokens::new(&args.tokens).map_err(StartError::application)?;
    if let Some(version) = &args.tokens.issue_token {
        let token = tokens.issue(version).map_err(StartError::application)?;
        println!("{}", token.expose_secret());
        return Ok(());
    }
    let server = Server::new(&args.endpoint, &args.listen)?;
    let versions = Versions::new(&schema::schema()).map_err(StartError::application)?;
    let sample = tokens
        .issue(versions::NEWEST)
        .map_err(StartError::application)?;
    server
        .token_check(tokens.check(), sample)
        .run(versions)
        .await
}
