//! The `flowgate` program: parses arguments, calls the libraries, renders.
#![forbid(unsafe_code)]

mod exit_code;
mod failure;
mod keys;
mod output;
mod send;
mod simulator;

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
    /// Send one encrypted and signed request, as a phone through WhatsApp does.
    Send(send::Send),
    Simulator(simulator::SimulatorCommand),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Keys(command) => command.run(),
        Command::Send(send) => send
            .run()
            .unwrap_or_else(|failure| failure.report(send.format)),
        Command::Simulator(simulator) => simulator
            .run()
            .unwrap_or_else(|failure| failure.report(simulator.format)),
    }
}
