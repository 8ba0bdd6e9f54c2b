//! How results reach standard output.

use std::io::{self, Write};

use clap::ValueEnum;

use crate::failure::Failure;

/// Writes a result to standard output. A reader that has seen enough, `head`
/// for instance, is no failure.
pub(crate) fn write_result(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// How results are written to standard output.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document; fields are only ever added.
    Json,
}
