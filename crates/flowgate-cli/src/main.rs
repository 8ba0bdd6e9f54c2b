//! The `flowgate` program: parses arguments, calls the libraries, renders.
#![forbid(unsafe_code)]

mod check;
mod exit_code;
mod failure;
mod flow_graph;
mod flow_json_files;
mod keys;
mod output;
mod send;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keys, checks and test requests for WhatsApp Flows endpoints.
#[derive(Parser)]
#[command(name = "flowgate", version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::CheckArgs),
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Make and inspect the key pair of the business.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Send one encrypted and signed request, as a phone through WhatsApp does.
    Send(send::Send),
}

/// Shows what is in a Flow.
#[derive(Subcommand)]
enum FlowCommand {
    Graph(flow_graph::GraphArgs),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(arguments),
        Command::Flow(FlowCommand::Graph(arguments)) => flow_graph::run(arguments),
        Command::Keys(command) => command.run(),
        Command::Send(send) => send
            .run()
            .unwrap_or_else(|failure| failure.report(send.format)),
    }
}
