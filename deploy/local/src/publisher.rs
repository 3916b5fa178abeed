//! What the demo asks the running oracle-publisher, over its gRPC port like any operator's tool.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail};
use causeway_proto::{
    oracle::v1::{
        ExplainRoundRequest, ExplainRoundResponse, ListRoundsRequest, ListSourcesRequest, Round, Source,
        explain_round_request::Target, oracle_service_client::OracleServiceClient,
    },
    types::v1::PageRequest,
};
use tonic::transport::Channel;

/// How often something is looked for.
const EVERY: Duration = Duration::from_millis(150);

/// A connection to one service.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    oracle: OracleServiceClient<Channel>,
}

impl Publisher {
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        Ok(Self { oracle: OracleServiceClient::new(channel) })
    }

    /// The newest rounds of a feed.
    pub(crate) async fn rounds(&mut self, feed: &str) -> anyhow::Result<Vec<Round>> {
        let page = Some(PageRequest { size: 50, token: String::new() });
        let request = ListRoundsRequest { feed_id: feed.to_owned(), page };
        Ok(self.oracle.list_rounds(request).await?.into_inner().rounds)
    }

    /// Waits for a confirmed round of a feed that fits.
    pub(crate) async fn round(
        &mut self,
        feed: &str,
        what: &str,
        limit: Duration,
        fits: impl Fn(&Round) -> bool,
    ) -> anyhow::Result<Round> {
        let found = async {
            loop {
                let rounds = self.rounds(feed).await?;
                let named = |round: &&Round| round.state == "confirmed" && round.round_id.is_some() && fits(round);
                if let Some(round) = rounds.iter().find(named) {
                    return anyhow::Ok(round.clone());
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::time::timeout(limit, found).await.with_context(|| format!("no {what} within {} s", limit.as_secs()))?
    }

    /// Waits until a source is in a state.
    pub(crate) async fn source(&mut self, id: &str, state: &str, limit: Duration) -> anyhow::Result<Source> {
        let found = async {
            loop {
                let request = ListSourcesRequest { feed_id: String::new() };
                let sources = self.oracle.list_sources(request).await?.into_inner().sources;
                match sources.into_iter().find(|source| source.source_id == id) {
                    Some(source) if source.state == state => return anyhow::Ok(source),
                    Some(_) => tokio::time::sleep(EVERY).await,
                    None => bail!("there is no source {id}"),
                }
            }
        };
        tokio::time::timeout(limit, found).await.with_context(|| format!("{id} is not {state} in time"))?
    }

    /// Why a decision came out as it did.
    pub(crate) async fn explain(&mut self, feed: &str, decision: u64) -> anyhow::Result<ExplainRoundResponse> {
        let request = ExplainRoundRequest { feed_id: feed.to_owned(), target: Some(Target::DecisionId(decision)) };
        Ok(self.oracle.explain_round(request).await?.into_inner())
    }
}
