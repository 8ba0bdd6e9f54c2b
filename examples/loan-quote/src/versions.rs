//! Answers each version of the Flow with its own documents.

use flowgate::graphql::ContractError;
use flowgate::prelude::*;
use flowgate::protocol::Count;

use crate::schema::Schema;

/// The version that new messages are sent with.
pub(crate) const NEWEST: &str = "2";

/// A version with its files, as this program was built with them.
struct Files {
    version: &'static str,
    flow: (&'static str, &'static str),
    document: (&'static str, &'static str),
}

const VERSIONS: [Files; 2] = [
    Files {
        version: "1",
        flow: ("flows/v1/flow.json", include_str!("../flows/v1/flow.json")),
        document: (
            "flows/v1/quote.graphql",
            include_str!("../flows/v1/quote.graphql"),
        ),
    },
    Files {
        version: NEWEST,
        flow: ("flows/v2/flow.json", include_str!("../flows/v2/flow.json")),
        document: (
            "flows/v2/quote.graphql",
            include_str!("../flows/v2/quote.graphql"),
        ),
    },
];

/// Holds an endpoint for each version.
#[derive(Debug)]
pub(crate) struct Versions {
    endpoints: Vec<(&'static str, GraphqlEndpoint<Schema>)>,
    /// The screens of all versions.
    screens: Vec<ScreenId>,
}

impl Versions {
    /// Checks every version against the schema.
    pub(crate) fn new(schema: &Schema) -> Result<Self, ContractError> {
        let mut endpoints = Vec::new();
        let mut screens: Vec<ScreenId> = Vec::new();
        for files in VERSIONS {
            let directory = FlowDirectory::from_sources(files.flow, [files.document]);
            let endpoint = GraphqlEndpoint::builder(directory, schema.sdl(), schema.clone())
                .deny_warnings()
                .build()?;
            for screen in endpoint.screens() {
                if !screens.contains(screen) {
                    screens.push(screen.clone());
                }
            }
            endpoints.push((files.version, endpoint));
        }
        Ok(Self { endpoints, screens })
    }
}

impl Endpoint for Versions {
    async fn answer(&self, request: FlowRequest) -> Answer {
        let version = request.claims.as_ref();
        let version = version.and_then(|claims| claims.flow_version.as_deref());
        let endpoint = self
            .endpoints
            .iter()
            .find(|(known, _)| version == Some(*known));
        match endpoint {
            Some((_, endpoint)) => endpoint.answer(request).await,
            None => Err(EndpointError::flow_token_invalid(
                "This form is no longer in use. Please ask for a new one.",
            )),
        }
    }

    fn screens(&self) -> &[ScreenId] {
        &self.screens
    }

    fn counts(&self) -> Vec<Count> {
        let mut sums: Vec<Count> = Vec::new();
        for count in self
            .endpoints
            .iter()
            .flat_map(|(_, endpoint)| endpoint.counts())
        {
            match sums.iter_mut().find(|sum| sum.name == count.name) {
                Some(sum) => sum.number += count.number,
                None => sums.push(count),
            }
        }
        sums
    }
}
