//! `flowgate bench`: how many requests this machine can decrypt.

mod chart;
mod measurement;
mod report;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use flowgate_keys::{Backend, KeyError};
use flowgate_measure::rounds::Rounds;
use indicatif::{ProgressBar, ProgressStyle};

use self::measurement::Plan;
use crate::exit_code;
use crate::failure::Failure;
use crate::output::{Format, write_result};

/// Measure how many requests this machine can decrypt.
///
/// The private-key operation is nearly all that an exchange costs. It is measured
/// with a key made for this run, per backend, by the number of requests that wait
/// together, and over the processors of this machine. Backends run in turns, so
/// ratios hold on a busy machine too; absolute numbers want an idle one.
#[derive(Args)]
pub(crate) struct Bench {
    /// Backends to measure, comma-separated; all that run here unless set
    #[arg(long = "backend", value_name = "NAME", value_delimiter = ',')]
    backends: Vec<Backend>,
    /// Requests that wait together, comma-separated
    #[arg(
        long = "batch",
        value_name = "NUMBER",
        value_delimiter = ',',
        default_value = "1,2,4",
        value_parser = clap::value_parser!(u8).range(1..=16)
    )]
    batches: Vec<u8>,
    /// Rounds of the measurement
    #[arg(long, value_name = "NUMBER", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Milliseconds of each turn in a round
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    milliseconds: u64,
    /// Also draw a chart into this SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

impl Bench {
    /// Measures, shows how far it is on a terminal, and writes the result.
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let plan = Plan {
            backends: self.backends()?,
            batches: self.batches.iter().copied().map(usize::from).collect(),
            rounds: Rounds {
                rounds: self.rounds.into(),
                time: Duration::from_millis(self.milliseconds),
            },
        };
        let progress = progress_bar(plan.turns());
        let result = plan.run(|| progress.inc(1));
        progress.finish_and_clear();
        let result = result?;
        if let Some(path) = &self.svg {
            fs::write(path, chart::draw(&result)).map_err(|source| KeyError::Io {
                action: "write",
                path: path.clone(),
                source,
            })?;
        }
        write_result(&match self.format {
            Format::Text => report::text(&result),
            Format::Json => format!("{:#}\n", report::document(&result)),
        })?;
        Ok(ExitCode::from(exit_code::SUCCESS))
    }

    fn backends(&self) -> Result<Vec<Backend>, Failure> {
        if self.backends.is_empty() {
            return Ok(Backend::AVAILABLE.to_vec());
        }
        for (index, backend) in self.backends.iter().enumerate() {
            if self.backends[..index].contains(backend) {
                return Err(Failure::Usage {
                    problem: format!("backend {backend} is named twice"),
                    help: "name each backend once".to_owned(),
                });
            }
        }
        Ok(self.backends.clone())
    }
}

/// Shows itself on standard error if that is a terminal.
fn progress_bar(turns: u64) -> ProgressBar {
    let bar = ProgressBar::new(turns);
    let style = ProgressStyle::with_template("measuring {bar:40} {percent:>3} %, {eta} left");
    // A template that cannot be read leaves the usual look.
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
