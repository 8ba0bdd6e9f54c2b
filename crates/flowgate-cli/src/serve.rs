//! `flowgate serve`: a ready endpoint in front of a GraphQL server.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flowgate::config::{EndpointArgs, ListenArgs, PublishArgs};
use flowgate::server::{Server, StartError};
use flowgate_graphql::{
    FlowDirectory, GraphqlEndpoint, RemoteSchema, RemoteSchemaError, SchemaSdl,
};
use tokio::task::LocalSet;

use crate::exit_code;
use crate::failure::Failure;
use crate::runtime;

/// Answer a Flow with a GraphQL server, without writing Rust.
///
/// The folder holds flow.json and .graphql documents that say which event of
/// the Flow runs which operation. Both are checked against the schema before
/// anything is served; what does not fit is listed, and nothing starts. Warnings
/// go to the log unless they are denied.
///
/// Exit codes: 1 if Flow and schema do not fit together, 2 if arguments or
/// environment say too little, 3 if a file cannot be read, 6 if the server
/// does not describe its schema.
#[derive(Args)]
pub(crate) struct Serve {
    /// Folder with flow.json and the .graphql documents beside it
    #[arg(long, value_name = "FOLDER")]
    flow: PathBuf,
    /// URL of the GraphQL server
    #[arg(long, env = "FLOWGATE_GRAPHQL", value_name = "URL")]
    graphql: String,
    /// Header that goes with every operation, 'Name: value'; repeatable. Others
    /// on this machine can see flags, so prefer the file
    #[arg(
        long,
        env = "FLOWGATE_GRAPHQL_HEADER",
        value_name = "HEADER",
        hide_env_values = true,
        value_delimiter = '\n'
    )]
    header: Vec<String>,
    /// File with such headers, one a line
    #[arg(long, env = "FLOWGATE_GRAPHQL_HEADER_FILE", value_name = "PATH")]
    header_file: Option<PathBuf>,
    /// File of the schema, for a server that does not describe it
    #[arg(long, env = "FLOWGATE_GRAPHQL_SCHEMA", value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Do not start with warnings either
    #[arg(long, env = "FLOWGATE_DENY_WARNINGS")]
    deny_warnings: bool,
    #[command(flatten)]
    endpoint: EndpointArgs,
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    publication: PublishArgs,
}

impl Serve {
    /// Serves until SIGTERM or Ctrl-C.
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let directory = FlowDirectory::read(&self.flow).map_err(|error| Failure::File {
            problem: error.to_string(),
            help: "name a folder with a flow.json and .graphql documents",
        })?;
        let remote = self.remote()?;
        let server = Server::new(&self.endpoint, &self.listen)
            .map_err(start_failure)?
            .publication(&self.publication);
        let serving = async {
            let schema = self.schema(&remote).await?;
            let mut endpoint = GraphqlEndpoint::builder(directory, schema, remote);
            if self.deny_warnings {
                endpoint = endpoint.deny_warnings();
            }
            let endpoint = endpoint
                .build()
                .map_err(|error| Failure::Contract(Box::new(error)))?;
            server.run(endpoint).await.map_err(start_failure)
        };
        // The server starts tasks that stay on its thread.
        runtime::block_on(LocalSet::new().run_until(serving))?;
        Ok(ExitCode::from(exit_code::SUCCESS))
    }

    fn remote(&self) -> Result<RemoteSchema, Failure> {
        let mut headers = self.header.clone();
        if let Some(path) = &self.header_file {
            let text = fs::read_to_string(path).map_err(|error| Failure::File {
                problem: format!("cannot read `{}`: {error}", path.display()),
                help: "name a file with lines such as `authorization: Bearer …`",
            })?;
            headers.extend(text.lines().map(str::to_owned));
        }
        let mut builder = RemoteSchema::builder(&self.graphql);
        for header in headers.iter().filter(|header| !header.trim().is_empty()) {
            // What has no colon may be a secret by itself: it is not repeated.
            let (name, value) = header.split_once(':').ok_or_else(|| Failure::Usage {
                problem: "a header has no colon".to_owned(),
                help: "write it as 'Name: value'".to_owned(),
            })?;
            builder = builder.header(name.trim(), value.trim());
        }
        builder.build().map_err(|error| Failure::Usage {
            problem: error.to_string(),
            help: "see `flowgate serve --help`".to_owned(),
        })
    }

    async fn schema(&self, remote: &RemoteSchema) -> Result<SchemaSdl, Failure> {
        if let Some(path) = &self.schema {
            let text = fs::read_to_string(path).map_err(|error| Failure::File {
                problem: format!("cannot read `{}`: {error}", path.display()),
                help: "name the file with the schema in its definition language",
            })?;
            return Ok(SchemaSdl::new(path.display().to_string(), &text));
        }
        remote.fetch_sdl().await.map_err(|error| match error {
            RemoteSchemaError::Introspection { host, reason, .. } => Failure::Unreachable {
                url: host,
                problem: format!("it does not describe its schema ({reason})"),
                help: "look at the server; where introspection is off, give the schema as a file: \
                       --schema schema.graphql",
            },
            other => Failure::System {
                problem: other.to_string(),
            },
        })
    }
}

fn start_failure(error: StartError) -> Failure {
    match error {
        StartError::Config(error) => Failure::Usage {
            problem: error.to_string(),
            help: String::new(),
        },
        other => Failure::System {
            problem: other.to_string(),
        },
    }
}
