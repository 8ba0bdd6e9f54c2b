//! Finds and reads the Flow JSON that the arguments of a command name.

use std::{
    fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use flowgate_graphql::{FLOW_JSON_FILE, FlowDirectory, FlowDirectoryError, SchemaSdl};

/// One document as it was read.
pub(crate) struct Source {
    /// The path as people see it.
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

/// Says why no document could be read.
pub(crate) enum SourceError {
    Read { path: PathBuf, error: io::Error },
    NothingFound { folder: PathBuf },
    NoFlow { path: PathBuf },
}

impl From<FlowDirectoryError> for SourceError {
    fn from(FlowDirectoryError { path, error, .. }: FlowDirectoryError) -> Self {
        Self::Read { path, error }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, error } => write!(
                f,
                "cannot read `{}`: {error}\nhelp: name a file or folder that exists, or - for standard input",
                path.display()
            ),
            Self::NothingFound { folder } => write!(
                f,
                "no Flow JSON in `{}`\nhelp: name the file itself; in folders, files that end in .json and have `screens` are checked",
                folder.display()
            ),
            Self::NoFlow { path } => write!(
                f,
                "`{}` holds no {FLOW_JSON_FILE}\nhelp: with --schema, name folders with a {FLOW_JSON_FILE} and the .graphql documents beside it",
                path.display()
            ),
        }
    }
}

/// Reads every document that `paths` name: files, folders with everything in
/// them, and `-` for standard input. Without any, the current folder.
pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<Source>, SourceError> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(read_standard_input()?);
        } else if path.is_dir() {
            let before = sources.len();
            read_folder(path, &mut sources)?;
            if sources.len() == before {
                return Err(SourceError::NothingFound {
                    folder: path.clone(),
                });
            }
        } else {
            sources.push(read_file(path)?);
        }
    }
    Ok(sources)
}

/// Reads a schema.
pub(crate) fn read_schema(path: &Path) -> Result<SchemaSdl, SourceError> {
    let text = fs::read_to_string(path).map_err(|error| SourceError::Read {
        path: path.to_owned(),
        error,
    })?;
    Ok(SchemaSdl::new(path.display().to_string(), &text))
}

/// Reads every Flow with its documents that `paths` name: folders with a
/// `flow.json`, and such below them. Without any, the current folder.
pub(crate) fn read_directories(paths: &[PathBuf]) -> Result<Vec<FlowDirectory>, SourceError> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut directories = Vec::new();
    for path in paths {
        let before = directories.len();
        if path.is_dir() {
            read_directories_in(path, &mut directories)?;
        }
        if directories.len() == before {
            return Err(SourceError::NoFlow { path: path.clone() });
        }
    }
    Ok(directories)
}

fn read_directories_in(
    folder: &Path,
    directories: &mut Vec<FlowDirectory>,
) -> Result<(), SourceError> {
    if folder.join(FLOW_JSON_FILE).is_file() {
        directories.push(FlowDirectory::read(folder)?);
    }
    for entry in sorted_entries(folder)? {
        if is_searched_folder(&entry) {
            read_directories_in(&entry.path(), directories)?;
        }
    }
    Ok(())
}

fn read_standard_input() -> Result<Source, SourceError> {
    let mut text = Vec::new();
    io::stdin()
        .read_to_end(&mut text)
        .map_err(|error| SourceError::Read {
            path: "-".into(),
            error,
        })?;
    Ok(Source {
        name: "standard input".into(),
        text,
    })
}

fn read_file(path: &Path) -> Result<Source, SourceError> {
    let text = fs::read(path).map_err(|error| SourceError::Read {
        path: path.to_owned(),
        error,
    })?;
    Ok(Source {
        name: path.display().to_string(),
        text,
    })
}

/// Folders that hold the work of other programs.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "node_modules"];

fn sorted_entries(folder: &Path) -> Result<Vec<fs::DirEntry>, SourceError> {
    let failed = |error| SourceError::Read {
        path: folder.to_owned(),
        error,
    };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?);
    }
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// Symbolic links are not followed, so that no loop of them is.
fn is_searched_folder(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    entry.file_type().is_ok_and(|kind| kind.is_dir())
        && !name.starts_with('.')
        && !SKIPPED_FOLDERS.contains(&name.as_ref())
}

fn read_folder(folder: &Path, sources: &mut Vec<Source>) -> Result<(), SourceError> {
    for entry in sorted_entries(folder)? {
        let path = entry.path();
        let is_json = entry.file_name().to_string_lossy().ends_with(".json");
        if is_searched_folder(&entry) {
            read_folder(&path, sources)?;
        } else if is_json && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let source = read_file(&path)?;
            if flowgate_flow_json::looks_like_flow_json(&source.text) {
                sources.push(Source {
                    name: source.name.trim_start_matches("./").to_owned(),
                    ..source
                });
            }
        }
    }
    Ok(())
}
