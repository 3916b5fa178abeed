//! `causeway.oracle.v1.OracleService`.

use std::{
    collections::{BTreeSet, VecDeque},
    pin::Pin,
    sync::Arc,
};

use causeway_primitives::{ChainId, FeedId, RoundId, SourceId};
use causeway_proto::oracle::v1::{
    ExplainRoundRequest, ExplainRoundResponse, GetPriceRequest, GetPriceResponse, ListFeedsRequest, ListFeedsResponse,
    ListRoundsRequest, ListRoundsResponse, ListSourcesRequest, ListSourcesResponse, SetSourceStateRequest,
    SetSourceStateResponse, SourceAction as WireAction, WatchPricesRequest, WatchPricesResponse,
    explain_round_request::Target, oracle_service_server::OracleService,
};
use causeway_proto::types::v1::PageResponse;
use causeway_runtime::{CancellationToken, clock::Clock};
use causeway_service::wire::actor;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{self, error::RecvError};
use tonic::{Request, Response, Status};

use super::{convert, explained};
use crate::{
    app::{
        control::{Control, SourceAction},
        page,
        view::Views,
    },
    error::Error,
    ports::{DecisionQuery, Records},
};

/// The page's fields, as the contract names them.
const FIELDS: page::Fields = page::Fields { size: "page.size", token: "page.token" };

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Oracle {
    /// The read model.
    pub views: Views,
    /// What was stored.
    pub records: Arc<dyn Records>,
    /// The operators' handle.
    pub control: Control,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The chain that the feeds are on.
    pub chain_id: ChainId,
    /// Cancelled when the service drains: streams end with it.
    pub draining: CancellationToken,
}

fn feed_id(text: &str) -> Result<FeedId, Error> {
    text.parse().map_err(|_| Error::Invalid { field: "feed_id", expected: "a feed id, for example eur-usd" })
}

fn source_id(text: &str) -> Result<SourceId, Error> {
    text.parse().map_err(|_| Error::Invalid { field: "source_id", expected: "a source id, for example kraken-eur-usd" })
}

fn target(value: Option<Target>) -> Result<DecisionQuery, Error> {
    match value {
        None => Ok(DecisionQuery::Latest),
        Some(Target::DecisionId(id)) => Ok(DecisionQuery::Id(id)),
        Some(Target::RoundId(text)) => text
            .parse()
            .map(|id| DecisionQuery::Round(RoundId::new(id)))
            .map_err(|_| Error::Invalid { field: "round_id", expected: "a round id as decimal text" }),
    }
}

#[tonic::async_trait]
impl OracleService for Oracle {
    async fn get_price(&self, request: Request<GetPriceRequest>) -> Result<Response<GetPriceResponse>, Status> {
        let id = feed_id(&request.into_inner().feed_id)?;
        let view = self.views.find_feed(&id).ok_or(Error::FeedUnknown { feed: id })?;
        Ok(Response::new(GetPriceResponse { price: Some(convert::feed_price(&view, self.clock.now())) }))
    }

    async fn list_feeds(&self, _: Request<ListFeedsRequest>) -> Result<Response<ListFeedsResponse>, Status> {
        let now = self.clock.now();
        let feeds = self.views.list_feeds().iter().map(|view| convert::feed(view, now)).collect();
        Ok(Response::new(ListFeedsResponse { feeds }))
    }

    type WatchPricesStream = Pin<Box<dyn Stream<Item = Result<WatchPricesResponse, Status>> + Send>>;

    async fn watch_prices(
        &self,
        request: Request<WatchPricesRequest>,
    ) -> Result<Response<Self::WatchPricesStream>, Status> {
        let wanted = request.into_inner().feed_ids;
        let wanted = wanted.iter().map(|text| feed_id(text)).collect::<Result<BTreeSet<_>, _>>()?;
        for id in &wanted {
            self.views.find_feed(id).ok_or_else(|| Error::FeedUnknown { feed: id.clone() })?;
        }
        let watch = Watch::new(self.clone(), wanted);
        let prices = stream::unfold(watch, |mut watch| async move { watch.next().await.map(|item| (item, watch)) });
        Ok(Response::new(Box::pin(causeway_grpc::until_stopped(Box::pin(prices), self.draining.clone()))))
    }

    async fn list_rounds(&self, request: Request<ListRoundsRequest>) -> Result<Response<ListRoundsResponse>, Status> {
        let request = request.into_inner();
        let feed = if request.feed_id.is_empty() { None } else { Some(feed_id(&request.feed_id)?) };
        let wanted = request.page.unwrap_or_default();
        let page = page::rounds(self.records.as_ref(), feed.as_ref(), wanted.size, &wanted.token, FIELDS).await?;
        Ok(Response::new(ListRoundsResponse {
            rounds: page.rows.iter().map(convert::round).collect(),
            page: Some(PageResponse { next_token: page.next }),
        }))
    }

    async fn explain_round(
        &self,
        request: Request<ExplainRoundRequest>,
    ) -> Result<Response<ExplainRoundResponse>, Status> {
        let request = request.into_inner();
        let feed = feed_id(&request.feed_id)?;
        let query = target(request.target)?;
        let explained = page::explain(self.records.as_ref(), &feed, &query).await?;
        Ok(Response::new(explained::response(explained, self.chain_id.get())))
    }

    async fn list_sources(
        &self,
        request: Request<ListSourcesRequest>,
    ) -> Result<Response<ListSourcesResponse>, Status> {
        let wanted = request.into_inner().feed_id;
        let wanted = if wanted.is_empty() { None } else { Some(feed_id(&wanted)?) };
        let sources = self.views.list_sources();
        let matching = sources.iter().filter(|view| wanted.as_ref().is_none_or(|feed| *feed == view.feed));
        Ok(Response::new(ListSourcesResponse { sources: matching.map(|view| convert::source(view)).collect() }))
    }

    async fn set_source_state(
        &self,
        request: Request<SetSourceStateRequest>,
    ) -> Result<Response<SetSourceStateResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let action = match request.action() {
            WireAction::Exclude => SourceAction::Exclude,
            WireAction::Reinstate => SourceAction::Reinstate,
            WireAction::Unspecified => {
                return Err(Error::Invalid { field: "action", expected: "EXCLUDE or REINSTATE" }.into());
            }
        };
        let order = page::order(actor, &request.reason)?;
        let source = self.control.set_source(source_id(&request.source_id)?, action, order).await?;
        Ok(Response::new(SetSourceStateResponse { source: Some(convert::source(&source)) }))
    }
}

/// One stream of prices to one caller. It is polled by the caller's reading, so a slow caller costs nothing
/// but his own delay.
struct Watch {
    oracle: Oracle,
    wanted: BTreeSet<FeedId>,
    changes: broadcast::Receiver<FeedId>,
    due: VecDeque<FeedId>,
}

impl Watch {
    fn new(oracle: Oracle, wanted: BTreeSet<FeedId>) -> Self {
        // Subscribed before the first read, so that no change falls between the two.
        let changes = oracle.views.watch();
        let mut watch = Self { oracle, wanted, changes, due: VecDeque::new() };
        watch.read_all_again();
        watch
    }

    fn read_all_again(&mut self) {
        self.due = self.oracle.views.list_feeds().iter().map(|view| view.id.clone()).collect();
    }

    async fn next(&mut self) -> Option<Result<WatchPricesResponse, Status>> {
        loop {
            while let Some(id) = self.due.pop_front() {
                let wanted = self.wanted.is_empty() || self.wanted.contains(&id);
                if let Some(view) = self.oracle.views.find_feed(&id).filter(|_| wanted) {
                    let price = Some(convert::feed_price(&view, self.oracle.clock.now()));
                    return Some(Ok(WatchPricesResponse { price }));
                }
            }
            match self.changes.recv().await {
                Ok(id) => self.due.push_back(id),
                Err(RecvError::Lagged(_)) => self.read_all_again(),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
