//! The `flowgate` program.

mod check;
mod flow_graph;
mod flow_json_files;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tools for WhatsApp Flows.
#[derive(Debug, Parser)]
#[command(name = "flowgate", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::CheckArgs),
    #[command(subcommand)]
    Flow(FlowCommand),
}

/// Shows what is in a Flow.
#[derive(Debug, Subcommand)]
enum FlowCommand {
    Graph(flow_graph::GraphArgs),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(arguments),
        Command::Flow(FlowCommand::Graph(arguments)) => flow_graph::run(arguments),
    }
}
