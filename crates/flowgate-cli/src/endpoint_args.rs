//! The endpoint that a command calls, and whom to trust for it.

use std::path::{Path, PathBuf};

use clap::Args;
use flowgate_platform::args::path;
use flowgate_platform::{Url, read_ca_file};
use reqwest::Certificate;

use crate::failure::Failure;

/// The endpoint.
#[derive(Args)]
#[command(next_help_heading = "Endpoint")]
pub(crate) struct EndpointArgs {
    /// Public URL of the endpoint
    #[arg(long, value_name = "URL", env = "FLOWGATE_ENDPOINT")]
    endpoint: Option<Url>,
    /// File of the only CA to trust for the endpoint and its metrics; WhatsApp
    /// itself takes certificates of public ones
    #[arg(long, value_name = "PATH", env = "FLOWGATE_ENDPOINT_CA_FILE", value_parser = path())]
    endpoint_ca_file: Option<PathBuf>,
}

impl EndpointArgs {
    /// Returns the URL, which has to be given.
    pub(crate) fn require(&self) -> Result<&Url, Failure> {
        self.endpoint.as_ref().ok_or_else(|| Failure::Usage {
            problem: "no endpoint named".to_owned(),
            help: "give its public URL with `--endpoint` or FLOWGATE_ENDPOINT".to_owned(),
        })
    }

    /// Returns the file of the only CA to trust; none for those of the system.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.endpoint_ca_file
            .as_deref()
            .filter(|path| !path.as_os_str().is_empty())
    }

    /// Reads the certificates of that file.
    pub(crate) fn certificates(&self) -> Result<Option<Vec<Certificate>>, Failure> {
        Ok(self.ca_file().map(read_ca_file).transpose()?)
    }
}
