//! The `flowgate` program: parses arguments, calls the libraries, renders.
#![forbid(unsafe_code)]

mod app_secret_args;
mod bench;
mod check;
mod doctor;
mod endpoint_args;
mod exit_code;
mod failure;
mod flow_graph;
mod flow_json_files;
mod keys;
mod output;
mod public_key_args;
mod retry_talk;
mod runtime;
mod send;
mod simulator;

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
    Bench(bench::Bench),
    Check(check::CheckArgs),
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Make, inspect and publish the key pair of the business.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Send one encrypted and signed request, as a phone through WhatsApp does.
    Send(send::Send),
    /// Examine an endpoint in any language, and the published key: what to mend.
    Doctor(Box<doctor::Doctor>),
    Simulator(simulator::SimulatorCommand),
}

/// Shows what is in a Flow.
#[derive(Subcommand)]
enum FlowCommand {
    Graph(flow_graph::GraphArgs),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Bench(bench) => bench
            .run()
            .unwrap_or_else(|failure| failure.report(bench.format)),
        Command::Check(arguments) => check::run(arguments),
        Command::Flow(FlowCommand::Graph(arguments)) => flow_graph::run(arguments),
        Command::Keys(command) => command.run(),
        Command::Doctor(doctor) => doctor
            .run()
            .map_or_else(|failure| failure.report(doctor.format), ExitCode::from),
        Command::Send(send) => send
            .run()
            .unwrap_or_else(|failure| failure.report(send.format)),
        Command::Simulator(simulator) => simulator
            .run()
            .unwrap_or_else(|failure| failure.report(simulator.format)),
    }
}
