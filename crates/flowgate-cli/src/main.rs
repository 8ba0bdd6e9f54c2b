//! The `flowgate` program.

mod exit_code;
mod keys;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keys, checks and test requests for WhatsApp Flows endpoints.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make and inspect the key pair of the business.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Keys(command) => command.run(),
    }
}
