//! A small oracle whose answers depend on what it is asked for, and what it takes to serve and call it.

use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use causeway_grpc::{
    Client, ClientSettings, Code, Deadline, Error, Metrics, Peer, Reflection, Refusal, Server, ServerSettings,
    Standing, Table, until_stopped,
};
use causeway_proto::oracle::v1::{
    self as oracle, FeedPrice, GetPriceRequest, GetPriceResponse, Source,
    oracle_service_client::OracleServiceClient,
    oracle_service_server::{OracleService, OracleServiceServer},
};
use futures_util::{Stream, StreamExt, stream};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

pub(crate) const SET_SOURCE_STATE: &str = "causeway.oracle.v1.OracleService/SetSourceState";
pub(crate) const GENEROUS: Duration = Duration::from_secs(30);

/// Answers by what it is asked for: `missing` is refused, `slow` never answers, `downstream` asks the
/// next oracle for `deadline`, `deadline` answers with the milliseconds that are left.
#[derive(Default)]
pub(crate) struct Oracle {
    pub(crate) downstream: Option<Client>,
    pub(crate) entered: Arc<Notify>,
    pub(crate) dropped: Arc<Notify>,
    pub(crate) stop: CancellationToken,
}

struct NotifyOnDrop(Arc<Notify>);

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

type Prices = Pin<Box<dyn Stream<Item = Result<oracle::WatchPricesResponse, Status>> + Send>>;

#[tonic::async_trait]
impl OracleService for Oracle {
    type WatchPricesStream = Prices;

    async fn get_price(&self, request: Request<GetPriceRequest>) -> Result<Response<GetPriceResponse>, Status> {
        match request.get_ref().feed_id.as_str() {
            "missing" => Err(Refusal::new(Code::NotFound, "FEED_UNKNOWN", "no such feed").into()),
            "slow" => {
                let _dropped = NotifyOnDrop(Arc::clone(&self.dropped));
                self.entered.notify_one();
                std::future::pending().await
            }
            "downstream" => {
                let next = self.downstream.clone().ok_or_else(|| Status::from(Refusal::internal()))?;
                OracleServiceClient::new(next).get_price(ask("deadline")).await
            }
            _ => {
                let left = Deadline::current().map(Deadline::remaining).unwrap_or_default();
                Ok(Response::new(priced(left.as_millis().to_string())))
            }
        }
    }

    /// One price, then for `failing` an error, else nothing more until the server stops.
    async fn watch_prices(&self, request: Request<oracle::WatchPricesRequest>) -> Result<Response<Prices>, Status> {
        let first = stream::iter([Ok(oracle::WatchPricesResponse { price: priced(String::new()).price })]);
        let failing = request.get_ref().feed_ids.iter().any(|feed| feed == "failing");
        let prices: Prices = if failing {
            let refusal = Refusal::new(Code::Unavailable, "SOURCE_LOST", "the source is gone");
            Box::pin(first.chain(stream::iter([Err(refusal.into())])))
        } else {
            Box::pin(until_stopped(first.chain(stream::pending()), self.stop.clone()))
        };
        Ok(Response::new(prices))
    }

    /// Answers with who was seen to ask.
    async fn set_source_state(
        &self,
        request: Request<oracle::SetSourceStateRequest>,
    ) -> Result<Response<oracle::SetSourceStateResponse>, Status> {
        let who = request.extensions().get::<Peer>().map(Peer::to_string).unwrap_or_default();
        let source = Source { source_id: who, ..Source::default() };
        Ok(Response::new(oracle::SetSourceStateResponse { source: Some(source) }))
    }

    async fn list_feeds(
        &self,
        _: Request<oracle::ListFeedsRequest>,
    ) -> Result<Response<oracle::ListFeedsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn list_rounds(
        &self,
        _: Request<oracle::ListRoundsRequest>,
    ) -> Result<Response<oracle::ListRoundsResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn explain_round(
        &self,
        _: Request<oracle::ExplainRoundRequest>,
    ) -> Result<Response<oracle::ExplainRoundResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn list_sources(
        &self,
        _: Request<oracle::ListSourcesRequest>,
    ) -> Result<Response<oracle::ListSourcesResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
}

fn priced(decision: String) -> GetPriceResponse {
    GetPriceResponse { price: Some(FeedPrice { decision, ..FeedPrice::default() }) }
}

pub(crate) fn ask(feed_id: &str) -> GetPriceRequest {
    GetPriceRequest { feed_id: feed_id.to_owned() }
}

/// How a server is set up. Fields are changed from the defaults where a test needs it.
pub(crate) struct Setup {
    pub(crate) settings: ServerSettings,
    pub(crate) table: Table,
    pub(crate) metrics: Metrics,
    pub(crate) oracle: Oracle,
}

impl Default for Setup {
    fn default() -> Self {
        let settings = ServerSettings {
            call_timeout: GENEROUS,
            max_calls_in_flight: 16,
            max_connection_age: None,
            tls: None,
            reflection: Reflection::Served,
        };
        Self { settings, table: Table::default(), metrics: Metrics::default(), oracle: Oracle::default() }
    }
}

/// A server that runs until its test ends.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) draining: CancellationToken,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<Result<(), Error>>,
    pub(crate) standing: Option<watch::Receiver<Standing>>,
}

impl Running {
    pub(crate) async fn start(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (draining, stop) = (CancellationToken::new(), setup.oracle.stop.clone());
        let server = Server::new(setup.settings, setup.metrics)
            .service(OracleServiceServer::new(setup.oracle))
            .descriptors(causeway_proto::FILE_DESCRIPTOR_SET)
            .authorise(setup.table);
        let standing = server.standing();
        let served = tokio::spawn(server.serve(listener, draining.clone(), stop.clone()));
        Self { address, draining, stop, served, standing }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn client(&self) -> OracleServiceClient<Client> {
        self.client_with(GENEROUS)
    }

    pub(crate) fn client_with(&self, call_timeout: Duration) -> OracleServiceClient<Client> {
        OracleServiceClient::new(client(self.url(), call_timeout))
    }
}

pub(crate) fn client(address: String, call_timeout: Duration) -> Client {
    let settings = ClientSettings { address, call_timeout, tls: None, server_name: None };
    Client::connect_lazy(settings, Metrics::default()).unwrap()
}

pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T, Status>) -> Refusal {
    outcome.unwrap_err().into()
}
