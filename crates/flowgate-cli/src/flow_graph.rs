//! `flowgate flow graph`: draws which screen can follow which.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use flowgate_flow_json::{FlowJson, graph};

use crate::{exit_code, flow_json_files};

/// Draws which screen can follow which.
///
/// Exit codes: 0 if a picture was written, 2 if the file cannot be used.
#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// A file with Flow JSON, or - for standard input.
    path: PathBuf,

    /// How the picture is written.
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A Mermaid flowchart, which many sites show in Markdown.
    Mermaid,
    /// An SVG picture, which every browser shows.
    Svg,
}

pub(crate) fn run(arguments: GraphArgs) -> ExitCode {
    let sources = match flow_json_files::read_all(std::slice::from_ref(&arguments.path)) {
        Ok(sources) => sources,
        Err(error) => return fail(&error.to_string()),
    };
    let [source] = sources.as_slice() else {
        return fail(&format!(
            "`{}` holds {} documents\nhelp: name one of them",
            arguments.path.display(),
            sources.len()
        ));
    };
    let flow = FlowJson::parse(&source.text);
    if flow.screens().next().is_none() {
        return fail(&format!(
            "{} has no screens\nhelp: flowgate check {}",
            source.name,
            arguments.path.display()
        ));
    }
    let picture = match arguments.format {
        Format::Mermaid => graph::mermaid(&flow),
        Format::Svg => graph::svg(&flow),
    };
    // A reader that went away, such as `head`, is no error.
    let _ = anstream::stdout().write_all(picture.as_bytes());
    ExitCode::from(exit_code::SUCCESS)
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(anstream::stderr(), "\x1b[1;31merror\x1b[0m: {message}");
    ExitCode::from(exit_code::USAGE)
}
