//! `flowgate check`: says what is wrong with Flow JSON.

use std::{io::Write, path::PathBuf, process::ExitCode, thread, time::Duration};

use clap::{Args, ValueEnum};
use flowgate_flow_json::{
    Severity,
    render::{self, CheckedFile, Color},
};

use crate::exit_code;
use crate::flow_json_files::{self, Source};

/// Checks Flow JSON and says what to change.
///
/// Exit codes: 0 if there is no error, 1 if there is one (with
/// --deny-warnings also a warning), 2 if the arguments or files cannot be used.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files or folders with Flow JSON, or - for standard input; the current
    /// folder if none is given.
    paths: Vec<PathBuf>,

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

pub(crate) fn run(arguments: CheckArgs) -> ExitCode {
    if let Some(code) = &arguments.explain {
        return explain(code);
    }
    if arguments.watch {
        return watch(&arguments);
    }
    match flow_json_files::read_all(&arguments.paths) {
        Ok(sources) => ExitCode::from(check(&arguments, sources)),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(exit_code::USAGE)
        }
    }
}

fn explain(code: &str) -> ExitCode {
    match render::explain(code, Color::Always) {
        Some(text) => {
            print(&text);
            ExitCode::from(exit_code::SUCCESS)
        }
        None => {
            let codes: Vec<_> = flowgate_flow_json::rules().map(|rule| rule.code).collect();
            complain(&format!(
                "no rule is called `{code}`\nhelp: the rules are {}",
                codes.join(", ")
            ));
            ExitCode::from(exit_code::USAGE)
        }
    }
}

fn check(arguments: &CheckArgs, sources: Vec<Source>) -> u8 {
    let files: Vec<_> = sources
        .into_iter()
        .map(|source| CheckedFile::check(source.name, &source.text))
        .collect();
    print(&match arguments.format {
        Format::Text => render::text(&files, Color::Always),
        Format::Json => render::json(&files),
        Format::Sarif => render::sarif(&files, &[]),
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
        let now = flow_json_files::read_all(&arguments.paths)
            .map(|sources| {
                sources
                    .into_iter()
                    .map(|source| (source.name, source.text))
                    .collect::<Vec<_>>()
            })
            .map_err(|error| error.to_string());
        if before.as_ref() != Some(&now) {
            match &now {
                Ok(sources) => {
                    let sources = sources
                        .iter()
                        .map(|(name, text)| Source {
                            name: name.clone(),
                            text: text.clone(),
                        })
                        .collect();
                    check(arguments, sources);
                }
                // A file that is being saved may be missing for a moment.
                Err(error) => complain(error),
            }
            before = Some(now);
        }
        thread::sleep(INTERVAL);
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
