//! `flowgate check`: says what is wrong with Flow JSON, and with the GraphQL
//! documents beside it.

use std::{io::Write, path::PathBuf, process::ExitCode, thread, time::Duration};

use clap::{Args, ValueEnum};
use flowgate_flow_json::{
    Severity,
    render::{self, CheckedFile, Color},
};
use flowgate_graphql::{FlowDirectory, SchemaSdl};

use crate::exit_code;
use crate::flow_json_files::{self, Source, SourceError};

/// Checks Flow JSON, and GraphQL documents against it, and says what to change.
///
/// Exit codes: 0 if there is no error, 1 if there is one (with
/// --deny-warnings also a warning), 2 if the arguments or files cannot be used.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files or folders with Flow JSON, or - for standard input; the current
    /// folder if none is given.
    paths: Vec<PathBuf>,

    /// The GraphQL schema that answers the Flows: checks it against the Flow
    /// JSON and the .graphql documents of each folder with a flow.json.
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    schema: Option<PathBuf>,

    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Counts warnings as errors.
    #[arg(long)]
    deny_warnings: bool,

    /// Checks again whenever a file changes, until stopped.
    #[arg(long, conflicts_with = "explain")]
    watch: bool,

    /// Explains a rule, by its code or by WhatsApp's id, with an example.
    #[arg(long, value_name = "CODE", conflicts_with = "paths")]
    explain: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the line and what to type.
    Text,
    /// For programs; a stable format.
    Json,
    /// For code scanners (SARIF 2.1.0).
    Sarif,
    /// Annotations for GitHub Actions.
    Github,
}

/// What is checked, as it was read.
enum Input {
    FlowJson(Vec<Source>),
    /// Folders with Flow JSON and documents, and the schema behind them.
    Contracts(Vec<FlowDirectory>, SchemaSdl),
}

pub(crate) fn run(arguments: CheckArgs) -> ExitCode {
    if let Some(code) = &arguments.explain {
        return explain(code);
    }
    if arguments.watch {
        return watch(&arguments);
    }
    match read(&arguments) {
        Ok(input) => ExitCode::from(check(&arguments, &input)),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(exit_code::USAGE)
        }
    }
}

fn explain(code: &str) -> ExitCode {
    let explained = render::explain(code, Color::Always)
        .or_else(|| flowgate_graphql::explain(code, Color::Always));
    match explained {
        Some(text) => {
            print(&text);
            ExitCode::from(exit_code::SUCCESS)
        }
        None => {
            let codes: Vec<_> = flowgate_flow_json::rules()
                .map(|rule| rule.code)
                .chain(flowgate_graphql::rules().map(|rule| rule.code))
                .collect();
            complain(&format!(
                "no rule is called `{code}`\nhelp: the rules are {}",
                codes.join(", ")
            ));
            ExitCode::from(exit_code::USAGE)
        }
    }
}

fn read(arguments: &CheckArgs) -> Result<Input, SourceError> {
    match &arguments.schema {
        None => flow_json_files::read_all(&arguments.paths).map(Input::FlowJson),
        Some(schema) => {
            let schema = flow_json_files::read_schema(schema)?;
            let directories = flow_json_files::read_directories(&arguments.paths)?;
            Ok(Input::Contracts(directories, schema))
        }
    }
}

fn check(arguments: &CheckArgs, input: &Input) -> u8 {
    let files: Vec<_> = match input {
        Input::FlowJson(sources) => sources
            .iter()
            .map(|source| CheckedFile::check(&source.name, &source.text))
            .collect(),
        Input::Contracts(directories, schema) => directories
            .iter()
            .flat_map(|directory| flowgate_graphql::check_all(directory, schema))
            .collect(),
    };
    print(&match arguments.format {
        Format::Text => render::text(&files, Color::Always),
        Format::Json => render::json(&files),
        Format::Sarif => {
            let more = flowgate_graphql::rules().map(flowgate_graphql::RuleFacts::summary);
            let more: Vec<_> = more.filter(|_| arguments.schema.is_some()).collect();
            render::sarif(&files, &more)
        }
        Format::Github => render::github(&files),
    });
    let lowest = if arguments.deny_warnings {
        Severity::Warning
    } else {
        Severity::Error
    };
    let failed = files
        .iter()
        .flat_map(|file| &file.diagnostics)
        .any(|diagnostic| diagnostic.severity >= lowest);
    if failed {
        exit_code::REFUSED
    } else {
        exit_code::SUCCESS
    }
}

/// How often files are looked at. Reading them again is cheap and works on
/// every file system, unlike notifications.
const INTERVAL: Duration = Duration::from_millis(300);

fn watch(arguments: &CheckArgs) -> ExitCode {
    if arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        complain("standard input cannot be watched\nhelp: name a file or folder");
        return ExitCode::from(exit_code::USAGE);
    }
    let mut before = None;
    loop {
        let read = read(arguments).map_err(|error| error.to_string());
        let now = read.as_ref().map(Input::texts).map_err(String::clone);
        if before.as_ref() != Some(&now) {
            match &read {
                Ok(input) => {
                    check(arguments, input);
                }
                // A file that is being saved may be missing for a moment.
                Err(error) => complain(error),
            }
            before = Some(now);
        }
        thread::sleep(INTERVAL);
    }
}

impl Input {
    /// Returns all files as name and text, to be compared with what was read
    /// before.
    fn texts(&self) -> Vec<(String, Vec<u8>)> {
        match self {
            Self::FlowJson(sources) => sources
                .iter()
                .map(|source| (source.name.clone(), source.text.clone()))
                .collect(),
            Self::Contracts(directories, schema) => directories
                .iter()
                .flat_map(FlowDirectory::sources)
                .chain([schema.source()])
                .map(|(name, text)| (name.to_owned(), text.as_bytes().to_owned()))
                .collect(),
        }
    }
}

/// Writes to standard output; colours are dropped where there is no terminal
/// or NO_COLOR is set. A reader that went away, such as `head`, is no error.
fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

fn complain(message: &str) {
    let _ = writeln!(anstream::stderr(), "\x1b[1;31merror\x1b[0m: {message}");
}
