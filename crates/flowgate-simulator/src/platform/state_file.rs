//! The file that keeps the state over a restart.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Lasting;
use crate::SimulatorError;

/// Grows when an older program could not read the file.
const FORMAT: u32 = 1;

#[derive(Debug)]
pub(super) struct StateFile(PathBuf);

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    #[serde(flatten)]
    lasting: &'a Lasting,
}

#[derive(Deserialize)]
struct Read {
    format: u32,
    #[serde(flatten)]
    lasting: Lasting,
}

impl StateFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads the state; none if there is no file yet.
    pub(super) fn read(&self) -> Result<Option<Lasting>, SimulatorError> {
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed("read", source)),
        };
        let wrong = |reason: String| SimulatorError::StateFormat {
            path: self.0.clone(),
            reason,
        };
        let read: Read = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        if read.format != FORMAT {
            return Err(wrong(format!("format {} instead of {FORMAT}", read.format)));
        }
        Ok(Some(read.lasting))
    }

    /// Writes the state beside the file and puts it into its place, so that a
    /// crash leaves the old or the new one.
    pub(super) fn write(&self, lasting: &Lasting) -> Result<(), SimulatorError> {
        let written = Written {
            format: FORMAT,
            lasting,
        };
        let mut text =
            serde_json::to_vec_pretty(&written).map_err(|error| SimulatorError::StateFormat {
                path: self.0.clone(),
                reason: error.to_string(),
            })?;
        text.push(b'\n');
        let mut beside = self.0.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(&beside)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&beside, &self.0))
            .map_err(|source| self.failed("write", source))
    }

    fn failed(&self, action: &'static str, source: io::Error) -> SimulatorError {
        SimulatorError::StateFile {
            action,
            path: self.0.clone(),
            source,
        }
    }
}
