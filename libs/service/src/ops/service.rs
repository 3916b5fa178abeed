//! The service itself.

use std::{pin::Pin, sync::Arc};

use causeway_alerting::{Alarms, Severity as AlertSeverity};
use causeway_primitives::Timestamp;
use causeway_proto::ops::v1::{
    Alert, Component, Condition, GetStatusRequest, GetStatusResponse, ListActionsRequest, ListActionsResponse,
    ListAlertsRequest, ListAlertsResponse, RunActionRequest, RunActionResponse, SetMaintenanceRequest,
    SetMaintenanceResponse, Severity, WatchEventsRequest, WatchEventsResponse, ops_service_server::OpsService,
};
use causeway_runtime::{
    CancellationToken,
    health::{Health, State},
    process::Context,
};
use futures_util::{Stream, stream};
use tonic::{Request, Response, Status};

use super::{Actions, Error, EventLog, EventRow, Events, Offered, Order, Parameter, maintenance};
use crate::{
    config::Base,
    leader::Posts,
    wire::{actor, person, timestamp},
};

/// Takes an alert: everybody's action.
const ACKNOWLEDGE: Offered = Offered {
    name: "alert.acknowledge",
    description: "Takes an alert: nobody else is called for it, and who heard of it hears who has it.",
    parameters: &[ALERT],
};

/// Its parameter.
const ALERT: Parameter = Parameter {
    name: "alert",
    expected: "name and subject as ListAlerts has them, for example OracleQuorumLost/eur-usd",
};

/// The service.
#[derive(Debug, Clone)]
pub struct Ops {
    /// Name and version of the program.
    service: (&'static str, &'static str),
    health: Health,
    alarms: Alarms,
    events: Arc<dyn EventLog>,
    actions: Arc<dyn Actions>,
    posts: Posts,
    /// This replica's name.
    instance: String,
    config_hash: String,
    started: Timestamp,
    /// Cancelled when the service drains: streams end with it.
    draining: CancellationToken,
}

impl Ops {
    /// Tells how the service is by `health` and `alarms`, and what happens by the log; offers the actions.
    pub fn new(
        base: &Base,
        context: &Context,
        posts: Posts,
        (health, alarms): (Health, Alarms),
        (events, actions): (Arc<dyn EventLog>, Arc<dyn Actions>),
    ) -> Self {
        Self {
            service: (base.telemetry.service, base.telemetry.version),
            health,
            alarms,
            events,
            actions,
            posts,
            instance: base.telemetry.instance.clone(),
            config_hash: base.hash.clone(),
            started: context.started,
            draining: context.shutdown.draining.clone(),
        }
    }
}

#[tonic::async_trait]
impl OpsService for Ops {
    async fn get_status(&self, _: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        let report = self.health.report();
        let components = report.components.iter().map(|part| Component {
            name: part.name.clone(),
            condition: condition(part.state).into(),
            detail: part.reason.clone(),
            since: Timestamp::from_rfc3339(&part.since).ok().and_then(timestamp),
            required: part.required,
        });
        Ok(Response::new(GetStatusResponse {
            service: self.service.0.to_owned(),
            version: self.service.1.to_owned(),
            instance: self.instance.clone(),
            config_hash: self.config_hash.clone(),
            condition: condition(report.overall()).into(),
            role: self.posts.role().as_str().to_owned(),
            started_at: timestamp(self.started),
            components: components.collect(),
        }))
    }

    async fn list_alerts(&self, _: Request<ListAlertsRequest>) -> Result<Response<ListAlertsResponse>, Status> {
        let firing = self.alarms.list_firing();
        let alerts = firing.iter().map(|one| Alert {
            name: one.alert.name.to_string(),
            subject: one.alert.subject.to_string(),
            severity: severity(one.alert.severity).into(),
            summary: one.alert.summary.to_string(),
            next_step: one.alert.next_step.to_string(),
            runbook: one.alert.runbook(),
            fired_at: timestamp(one.alert.fired_at),
            acknowledged_by: one.acknowledged.as_ref().map(|taken| taken.by.to_string()).unwrap_or_default(),
            acknowledged_at: one.acknowledged.as_ref().and_then(|taken| timestamp(taken.at)),
            muted_by: one.muted_by.as_ref().map(ToString::to_string).unwrap_or_default(),
        });
        Ok(Response::new(ListAlertsResponse { alerts: alerts.collect() }))
    }

    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<WatchEventsResponse, Status>> + Send>>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let after = Some(request.into_inner().after).filter(|after| *after > 0);
        let tail = Events::start(Arc::clone(&self.events), after).await.map_err(Error::from)?;
        // Ends after the first failure: a caller that retries says itself where to go on.
        let events = stream::unfold(Some(tail), |tail| async move {
            let mut tail = tail?;
            match tail.next().await {
                Ok(row) => Some((Ok(on_the_wire(row)), Some(tail))),
                Err(error) => Some((Err(Error::from(error).into()), None)),
            }
        });
        Ok(Response::new(Box::pin(causeway_grpc::until_stopped(Box::pin(events), self.draining.clone()))))
    }

    async fn list_actions(&self, _: Request<ListActionsRequest>) -> Result<Response<ListActionsResponse>, Status> {
        Ok(Response::new(ListActionsResponse { actions: self.offered().iter().map(Offered::on_the_wire).collect() }))
    }

    async fn run_action(&self, request: Request<RunActionRequest>) -> Result<Response<RunActionResponse>, Status> {
        let (actor, person) = (actor(&request), person(&request));
        let order = Order::read(request.into_inner(), &self.offered(), (actor, person))?;
        let summary = if order.action == ACKNOWLEDGE.name {
            self.acknowledge(&order).await?
        } else {
            self.actions.run(order).await?
        };
        Ok(Response::new(RunActionResponse { summary }))
    }

    async fn set_maintenance(
        &self,
        request: Request<SetMaintenanceRequest>,
    ) -> Result<Response<SetMaintenanceResponse>, Status> {
        let (windows, lease) = maintenance::read(request.into_inner())?;
        self.alarms.keep_windows(windows, lease).await.map_err(Error::from)?;
        let muted = self.alarms.list_firing().iter().filter(|one| one.muted_by.is_some()).count();
        Ok(Response::new(SetMaintenanceResponse { muted: u32::try_from(muted).unwrap_or(u32::MAX) }))
    }
}

impl Ops {
    /// Ordered by name.
    fn offered(&self) -> Vec<Offered> {
        let mut offered = self.actions.offered();
        offered.push(ACKNOWLEDGE);
        offered.sort_by_key(|one| one.name);
        offered
    }

    async fn acknowledge(&self, order: &Order) -> Result<String, Error> {
        let invalid = || Error::Invalid { field: ALERT.name, expected: ALERT.expected.to_owned() };
        let (name, subject) = order.value(ALERT.name).split_once('/').ok_or_else(invalid)?;
        let (actor, reason) = (&order.actor, &order.reason);
        self.alarms.acknowledge(name, subject, &format!("{actor}: {reason}")).await?;
        tracing::info!(alert = name, subject, actor, reason, "alert acknowledged");
        Ok(format!("{name} of {subject} is acknowledged"))
    }
}

/// An event, as everybody is told of it.
pub(crate) fn on_the_wire(row: EventRow) -> WatchEventsResponse {
    WatchEventsResponse {
        sequence: row.sequence,
        at: timestamp(row.at),
        kind: row.kind,
        subject: row.subject,
        summary: row.summary,
        detail_json: row.detail_json,
        trace_id: row.trace_id.unwrap_or_default(),
    }
}

const fn condition(state: State) -> Condition {
    match state {
        State::Ok => Condition::Ok,
        State::Degraded => Condition::Degraded,
        State::Down => Condition::Down,
        State::Unknown => Condition::Unspecified,
    }
}

const fn severity(severity: AlertSeverity) -> Severity {
    match severity {
        AlertSeverity::Info => Severity::Info,
        AlertSeverity::Warning => Severity::Warning,
        AlertSeverity::Error => Severity::Error,
        AlertSeverity::Critical => Severity::Critical,
    }
}
