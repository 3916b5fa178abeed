//! A simulated service: the real contract on a real port, and what it says is what a test tells it to.

use std::{net::SocketAddr, pin::Pin};

use causeway_proto::ops::v1::{
    Action, Alert, Component, GetStatusRequest, GetStatusResponse, ListActionsRequest, ListActionsResponse,
    ListAlertsRequest, ListAlertsResponse, QuietWindow, RunActionRequest, RunActionResponse, SetMaintenanceRequest,
    SetMaintenanceResponse, WatchEventsRequest, WatchEventsResponse,
    ops_service_server::{OpsService, OpsServiceServer},
};
use causeway_testkit::wait;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::watch,
};
use tokio_stream::wrappers::{TcpListenerStream, WatchStream};
use tonic::{Request, Response, Status, transport::Server};

use super::canned::Canned;

/// What it says.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pub(super) status: GetStatusResponse,
    pub(super) alerts: Vec<Alert>,
    /// What it offers to do; what it does is in [`super::publisher`].
    pub(super) actions: Vec<Action>,
    /// What it was asked to do, in order.
    pub(super) asked: Vec<RunActionRequest>,
    /// For whom, by the console's word.
    pub(super) asked_for: Vec<String>,
    /// It does what it is asked and never says so.
    pub(super) is_mute: bool,
    /// It takes no word of maintenance from this console.
    pub(super) is_closed: bool,
    /// What it was told is worked on.
    pub(super) worked_on: Vec<QuietWindow>,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Simulated {
    /// What it answers to calls of its own contract.
    pub(super) calls: Canned,
    words: watch::Sender<Words>,
    events: watch::Sender<Vec<WatchEventsResponse>>,
}

/// Its port, while it is open. It lives in a runtime of its own, so that it can be gone at once with all its connections.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Simulated {
    pub(super) fn new(name: &str) -> Self {
        let status = GetStatusResponse {
            service: name.to_owned(),
            version: "0.1.0".to_owned(),
            instance: "replica-a".to_owned(),
            config_hash: "ab".repeat(32),
            condition: 1,
            role: "leader".to_owned(),
            components: vec![Component { name: "store".to_owned(), condition: 1, ..Component::default() }],
            ..GetStatusResponse::default()
        };
        let words = watch::Sender::new(Words { status, ..Words::default() });
        Self { calls: Canned::default(), words, events: watch::Sender::new(Vec::new()) }
    }

    pub(super) fn say(&self, change: impl FnOnce(&mut Words)) {
        self.words.send_modify(change);
    }

    pub(super) fn tell(&self, event: WatchEventsResponse) {
        self.events.send_modify(|events| events.push(event));
    }

    pub(super) async fn open(&self, at: Option<SocketAddr>) -> Open {
        let listener = TcpListener::bind(at.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap())).await.unwrap();
        let address = listener.local_addr().unwrap();
        let doors = self.calls.routes().add_service(OpsServiceServer::new(self.clone()));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = listener.into_std().unwrap();
        runtime.spawn(async move {
            let incoming = TcpListenerStream::new(TcpListener::from_std(listener).unwrap());
            Server::builder().add_routes(doors).serve_with_incoming(incoming).await.unwrap();
        });
        Open { address, runtime: Some(runtime) }
    }

    pub(super) fn words(&self) -> Words {
        self.words.borrow().clone()
    }

    /// Waits until it was asked to do something.
    pub(super) async fn is_asked(&self) {
        wait::told("the service is asked", self.words.subscribe(), |words| !words.asked.is_empty()).await;
    }
}

#[tonic::async_trait]
impl OpsService for Simulated {
    async fn get_status(&self, _: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        Ok(Response::new(self.words().status))
    }

    async fn list_alerts(&self, _: Request<ListAlertsRequest>) -> Result<Response<ListAlertsResponse>, Status> {
        Ok(Response::new(ListAlertsResponse { alerts: self.words().alerts }))
    }

    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<WatchEventsResponse, Status>> + Send>>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let mut after = request.into_inner().after;
        let events = WatchStream::new(self.events.subscribe()).flat_map(move |events| {
            let new: Vec<_> = events.into_iter().filter(|event| event.sequence > after).collect();
            after = new.last().map_or(after, |event| event.sequence);
            stream::iter(new.into_iter().map(Ok))
        });
        Ok(Response::new(Box::pin(events)))
    }

    async fn list_actions(&self, _: Request<ListActionsRequest>) -> Result<Response<ListActionsResponse>, Status> {
        Ok(Response::new(ListActionsResponse { actions: self.words().actions }))
    }

    async fn run_action(&self, request: Request<RunActionRequest>) -> Result<Response<RunActionResponse>, Status> {
        let person = request.metadata().get("x-causeway-person").map(|name| name.to_str().unwrap().to_owned());
        self.say(|words| words.asked_for.extend(person));
        let request = request.into_inner();
        let summary = self.act(&request)?;
        if self.words().is_mute {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(RunActionResponse { summary }))
    }

    async fn set_maintenance(
        &self,
        request: Request<SetMaintenanceRequest>,
    ) -> Result<Response<SetMaintenanceResponse>, Status> {
        if self.words().is_closed {
            return Err(Status::permission_denied("not from you\u{202e}"));
        }
        self.say(|words| words.worked_on = request.into_inner().windows);
        Ok(Response::new(SetMaintenanceResponse::default()))
    }
}
