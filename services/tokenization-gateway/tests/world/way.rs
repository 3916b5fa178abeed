//! A way to another chain: real CCIP between two chains, our bridge on it, and a monitor that says what a test tells it.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

use causeway_chain::finality::Finality;
use causeway_primitives::ChainSelector;
use causeway_proto::ccip::v1::{
    DiagnoseMessageRequest, DiagnoseMessageResponse, GetInFlightValueRequest, GetInFlightValueResponse,
    GetLaneStatisticsRequest, GetLaneStatisticsResponse, GetMessageRequest, GetMessageResponse, GetReportRequest,
    GetReportResponse, ListFindingsRequest, ListFindingsResponse, ListLanesRequest, ListLanesResponse,
    ListTransactionMessagesRequest, ListTransactionMessagesResponse, Message, MessageStatus, SearchMessagesRequest,
    SearchMessagesResponse, WatchMessagesRequest, WatchMessagesResponse,
    ccip_service_client::CcipServiceClient,
    ccip_service_server::{CcipService, CcipServiceServer},
};
use causeway_testkit::{
    ccip::{Side, World},
    token::Bridge as Ends,
};
use tokenization_gateway::adapters::{
    ccip::{Far, Lane},
    issuer::{Bridge, Chain, Route},
};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::{
    gateway::endpoints,
    stand::{Node, Stand, spec},
};

/// The world, what is deployed on it, and who follows its messages.
pub(super) struct Way {
    pub(super) world: World,
    pub(super) ends: Ends,
    pub(super) monitor: Monitor,
}

impl Way {
    pub(super) fn destination(&self) -> ChainSelector {
        ChainSelector::new(self.ends.away.selector).unwrap()
    }

    pub(super) fn route(&self) -> Route {
        Route::Ccip { bridge: self.ends.home.address }
    }

    /// The adapter under test.
    pub(super) fn bridge(&self, home: &Chain) -> Arc<dyn Bridge> {
        let away = &self.world.away;
        let chain = Chain::new(endpoints(away.anvil.url(), away.chain_id), 1, Finality::Instant);
        let far = Far { chain, token: self.ends.away.token.address, bridge: self.ends.away.address };
        let client = CcipServiceClient::new(CcipServiceServer::new(self.monitor.clone()));
        Arc::new(Lane::new((home.clone(), self.ends.home.address), far, client))
    }
}

impl Stand {
    /// On the home chain of a CCIP world, with a bridge to the other one.
    pub(super) async fn with_a_way(label: &str) -> Self {
        let world = World::start().await.unwrap();
        let ends = Ends::deploy(&world, &spec(world.home.anvil.accounts())).await.unwrap();
        let (node, token) = (Node::of(&world.chain(Side::Home).anvil), ends.home.token.clone());
        let way = Way { world, ends, monitor: Monitor::default() };
        let mut stand = Self::on(label, node, token).await;
        stand.way = Some(way);
        stand
    }

    pub(super) fn way(&self) -> &Way {
        self.way.as_ref().unwrap()
    }
}

/// A ccip-monitor, as far as the gateway asks it.
#[derive(Debug, Clone, Default)]
pub(super) struct Monitor(Arc<Mutex<Said>>);

/// What it says of every message, and how often it was asked.
#[derive(Debug, Default)]
struct Said {
    status: Option<MessageStatus>,
    is_silent: bool,
    asked: usize,
}

impl Monitor {
    /// What it says of every message from now on.
    pub(super) fn now(&self, status: MessageStatus) {
        self.0.lock().unwrap().status = Some(status);
    }

    /// From now on nothing comes back.
    pub(super) fn falls_silent(&self) {
        *self.0.lock().unwrap() = Said { is_silent: true, ..Said::default() };
    }

    /// How often it was asked since it fell silent.
    pub(super) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

#[tonic::async_trait]
impl CcipService for Monitor {
    type WatchMessagesStream = Pin<Box<dyn Stream<Item = Result<WatchMessagesResponse, Status>> + Send>>;

    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let status = {
            let mut said = self.0.lock().unwrap();
            said.asked += 1;
            if said.is_silent {
                return Err(Status::deadline_exceeded("nobody answered"));
            }
            said.status.ok_or_else(|| Status::not_found("not read so far"))?
        };
        let message =
            Message { message_id: request.into_inner().message_id, status: status.into(), ..Message::default() };
        Ok(Response::new(GetMessageResponse { message: Some(message), ..GetMessageResponse::default() }))
    }

    async fn search_messages(
        &self,
        _: Request<SearchMessagesRequest>,
    ) -> Result<Response<SearchMessagesResponse>, Status> {
        Err(not_asked())
    }

    async fn list_transaction_messages(
        &self,
        _: Request<ListTransactionMessagesRequest>,
    ) -> Result<Response<ListTransactionMessagesResponse>, Status> {
        Err(not_asked())
    }

    async fn watch_messages(
        &self,
        _: Request<WatchMessagesRequest>,
    ) -> Result<Response<Self::WatchMessagesStream>, Status> {
        Err(not_asked())
    }

    async fn diagnose_message(
        &self,
        _: Request<DiagnoseMessageRequest>,
    ) -> Result<Response<DiagnoseMessageResponse>, Status> {
        Err(not_asked())
    }

    async fn get_lane_statistics(
        &self,
        _: Request<GetLaneStatisticsRequest>,
    ) -> Result<Response<GetLaneStatisticsResponse>, Status> {
        Err(not_asked())
    }

    async fn get_in_flight_value(
        &self,
        _: Request<GetInFlightValueRequest>,
    ) -> Result<Response<GetInFlightValueResponse>, Status> {
        Err(not_asked())
    }

    async fn list_findings(&self, _: Request<ListFindingsRequest>) -> Result<Response<ListFindingsResponse>, Status> {
        Err(not_asked())
    }

    async fn get_report(&self, _: Request<GetReportRequest>) -> Result<Response<GetReportResponse>, Status> {
        Err(not_asked())
    }

    async fn list_lanes(&self, _: Request<ListLanesRequest>) -> Result<Response<ListLanesResponse>, Status> {
        Err(not_asked())
    }
}

fn not_asked() -> Status {
    Status::unimplemented("the gateway never asks that")
}
