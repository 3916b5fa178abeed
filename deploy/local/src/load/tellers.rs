//! Services that tell the console what they are told to: the contract that every service has, and nothing behind it.

use std::{net::SocketAddr, pin::Pin, sync::Arc};

use causeway_proto::ops::v1::{
    Alert, Component, GetStatusRequest, GetStatusResponse, ListActionsRequest, ListActionsResponse, ListAlertsRequest,
    ListAlertsResponse, RunActionRequest, RunActionResponse, SetMaintenanceRequest, SetMaintenanceResponse,
    WatchEventsRequest, WatchEventsResponse,
    ops_service_server::{OpsService, OpsServiceServer},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_stream::{Stream, StreamExt as _, wrappers::WatchStream};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

/// A condition of the contract: well.
const OK: i32 = 1;
/// And a severity of it: warning.
const WARNING: i32 = 2;

/// A time that has passed, in 2026.
const BEGINNING: i64 = 1_790_000_000;

/// See the module. Clones are the same service.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    status: GetStatusResponse,
    alerts: Arc<[Alert]>,
    /// The number of the last event.
    events: watch::Sender<u64>,
}

impl Teller {
    /// A healthy service of this name at which so many alerts fire.
    pub(super) fn new(name: &str, alerts: u32) -> Self {
        let status = GetStatusResponse {
            service: name.to_owned(),
            version: "0.1.0".to_owned(),
            instance: "replica-a".to_owned(),
            config_hash: "ab".repeat(32),
            condition: OK,
            role: "leader".to_owned(),
            components: vec![Component { name: "store".to_owned(), condition: OK, ..Component::default() }],
            ..GetStatusResponse::default()
        };
        Self { status, alerts: (0..alerts).map(alert).collect(), events: watch::Sender::new(0) }
    }

    /// Serves it on a free port for as long as the set is there.
    pub(super) async fn open(&self, serving: &mut JoinSet<()>) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = Server::builder().add_service(OpsServiceServer::new(self.clone()));
        serving.spawn(async move { drop(server.serve_with_incoming(TcpIncoming::from(listener)).await) });
        Ok(address)
    }

    /// Tells the event of this number.
    pub(super) fn tell(&self, number: u64) {
        self.events.send_replace(number);
    }
}

fn alert(number: u32) -> Alert {
    Alert {
        name: "GatewayRequestHeld".to_owned(),
        subject: format!("request {number}"),
        severity: WARNING,
        summary: "a request is held for so long that somebody has to look at it".to_owned(),
        next_step: "look at the request's page, and at the guard if it waits for leave".to_owned(),
        runbook: "docs/runbooks/GatewayRequestHeld.md".to_owned(),
        ..Alert::default()
    }
}

/// One a second, by a clock of its own.
fn event(sequence: u64) -> WatchEventsResponse {
    let seconds = BEGINNING.saturating_add(i64::try_from(sequence).unwrap_or_default());
    WatchEventsResponse {
        sequence,
        at: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        kind: "request".to_owned(),
        subject: format!("request {sequence}"),
        summary: "a request moved on".to_owned(),
        ..WatchEventsResponse::default()
    }
}

#[tonic::async_trait]
impl OpsService for Teller {
    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<WatchEventsResponse, Status>> + Send>>;

    async fn get_status(&self, _: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        Ok(Response::new(self.status.clone()))
    }

    async fn list_alerts(&self, _: Request<ListAlertsRequest>) -> Result<Response<ListAlertsResponse>, Status> {
        Ok(Response::new(ListAlertsResponse { alerts: self.alerts.to_vec() }))
    }

    async fn watch_events(&self, _: Request<WatchEventsRequest>) -> Result<Response<Self::WatchEventsStream>, Status> {
        let events = WatchStream::from_changes(self.events.subscribe()).map(|number| Ok(event(number)));
        Ok(Response::new(Box::pin(events)))
    }

    async fn list_actions(&self, _: Request<ListActionsRequest>) -> Result<Response<ListActionsResponse>, Status> {
        Ok(Response::new(ListActionsResponse::default()))
    }

    async fn run_action(&self, _: Request<RunActionRequest>) -> Result<Response<RunActionResponse>, Status> {
        Err(Status::not_found("there is no action here"))
    }

    async fn set_maintenance(
        &self,
        _: Request<SetMaintenanceRequest>,
    ) -> Result<Response<SetMaintenanceResponse>, Status> {
        Ok(Response::new(SetMaintenanceResponse::default()))
    }
}
