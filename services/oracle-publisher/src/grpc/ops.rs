//! `causeway.ops.v1.OpsService`.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};

use causeway_alerting::Severity as AlertSeverity;
use causeway_primitives::{FeedId, SourceId, Timestamp};
use causeway_proto::ops::v1::{
    Action, ActionParameter, Alert, Component, Condition, GetStatusRequest, GetStatusResponse, ListActionsRequest,
    ListActionsResponse, ListAlertsRequest, ListAlertsResponse, RunActionRequest, RunActionResponse, Severity,
    WatchEventsRequest, WatchEventsResponse, ops_service_server::OpsService,
};
use causeway_runtime::{
    CancellationToken,
    health::{Health, State},
};
use causeway_store::lease::Leadership;
use futures_util::{Stream, stream};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::{convert::timestamp, oracle::actor};
use crate::{
    app::{
        alerts::Alerts,
        control::{BreakerAction, Control, Order, SourceAction},
        page,
    },
    config::SERVICE,
    error::Error,
    ports::{EventRow, Records},
};

/// How often the store is asked for new events while somebody watches. Well under the second within which a page
/// shows an event.
const EVENT_POLL: Duration = Duration::from_millis(400);

/// Events of one question.
const EVENT_BATCH: u32 = 200;

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Ops {
    /// What `/health` shows.
    pub health: Health,
    /// What fires.
    pub alerts: Alerts,
    /// What was stored.
    pub records: Arc<dyn Records>,
    /// The operators' handle.
    pub control: Control,
    /// Whether this replica leads.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// This replica's name.
    pub instance: String,
    /// Hash of the configuration.
    pub config_hash: String,
    /// When the process started.
    pub started: Timestamp,
    /// Cancelled when the service drains: streams end with it.
    pub draining: CancellationToken,
}

/// What operators may have the service do, besides what the contract has methods for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Acknowledge,
    Source(SourceAction),
    Breaker(BreakerAction),
}

impl Named {
    const ALL: [Self; 6] = [
        Self::Acknowledge,
        Self::Breaker(BreakerAction::Clear),
        Self::Breaker(BreakerAction::ForceClosed),
        Self::Breaker(BreakerAction::ForceOpen),
        Self::Source(SourceAction::Exclude),
        Self::Source(SourceAction::Reinstate),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Acknowledge => "alert.acknowledge",
            Self::Breaker(BreakerAction::Clear) => "breaker.clear",
            Self::Breaker(BreakerAction::ForceClosed) => "breaker.force_closed",
            Self::Breaker(BreakerAction::ForceOpen) => "breaker.force_open",
            Self::Source(SourceAction::Exclude) => "source.exclude",
            Self::Source(SourceAction::Reinstate) => "source.reinstate",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Acknowledge => "Takes an alert: nobody else is called for it, and who heard of it hears who has it.",
            Self::Breaker(BreakerAction::Clear) => "Gives a feed's breaker back to the automaton.",
            Self::Breaker(BreakerAction::ForceClosed) => {
                "Publishes although venues disagree, until cleared. Bounds still hold."
            }
            Self::Breaker(BreakerAction::ForceOpen) => "Publishes nothing for a feed until cleared.",
            Self::Source(SourceAction::Exclude) => "Takes a source out until it is reinstated.",
            Self::Source(SourceAction::Reinstate) => "Gives a source back; it enters probation.",
        }
    }

    const fn parameter(self) -> (&'static str, &'static str) {
        match self {
            Self::Acknowledge => ("alert", "name and subject, for example OracleQuorumLost/eur-usd"),
            Self::Breaker(_) => ("feed_id", "a feed, for example eur-usd"),
            Self::Source(_) => ("source_id", "a source, for example kraken-eur-usd"),
        }
    }

    fn action(self) -> Action {
        let (name, description) = self.parameter();
        let parameter = ActionParameter { name: name.to_owned(), description: description.to_owned(), required: true };
        Action { name: self.name().to_owned(), description: self.description().to_owned(), parameters: vec![parameter] }
    }
}

#[tonic::async_trait]
impl OpsService for Ops {
    async fn get_status(&self, _: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        let report = self.health.report();
        let role = if self.leadership.borrow().is_some() { "leader" } else { "standby" };
        let components = report.components.iter().map(|part| Component {
            name: part.name.clone(),
            condition: condition(part.state).into(),
            detail: part.reason.clone(),
            since: Timestamp::from_rfc3339(&part.since).ok().and_then(timestamp),
            required: part.required,
        });
        Ok(Response::new(GetStatusResponse {
            service: SERVICE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instance: self.instance.clone(),
            config_hash: self.config_hash.clone(),
            condition: condition(report.overall()).into(),
            role: role.to_owned(),
            started_at: timestamp(self.started),
            components: components.collect(),
        }))
    }

    async fn list_alerts(&self, _: Request<ListAlertsRequest>) -> Result<Response<ListAlertsResponse>, Status> {
        let firing = self.alerts.alarms().list_firing();
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
        });
        Ok(Response::new(ListAlertsResponse { alerts: alerts.collect() }))
    }

    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<WatchEventsResponse, Status>> + Send>>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let after = match request.into_inner().after {
            0 => self.records.last_event().await.map_err(Error::from)?,
            after => after,
        };
        let tail = Tail { records: Arc::clone(&self.records), after, due: VecDeque::new() };
        let events = stream::unfold(tail, |mut tail| async move { Some((tail.next().await, tail)) });
        Ok(Response::new(Box::pin(causeway_grpc::until_stopped(Box::pin(events), self.draining.clone()))))
    }

    async fn list_actions(&self, _: Request<ListActionsRequest>) -> Result<Response<ListActionsResponse>, Status> {
        Ok(Response::new(ListActionsResponse { actions: Named::ALL.map(Named::action).to_vec() }))
    }

    async fn run_action(&self, request: Request<RunActionRequest>) -> Result<Response<RunActionResponse>, Status> {
        let actor = actor(&request);
        let request = request.into_inner();
        let named = Named::ALL.into_iter().find(|named| named.name() == request.name).ok_or(Error::ActionUnknown)?;
        let order = page::order(actor, &request.reason)?;
        let (parameter, expected) = named.parameter();
        if request.parameters.keys().any(|name| name != parameter) {
            return Err(Error::Invalid { field: "parameters", expected: "only those that ListActions names" }.into());
        }
        let value = request.parameters.get(parameter).map(String::as_str).unwrap_or_default();
        let summary = self.run(named, value, order, Error::Invalid { field: parameter, expected }).await?;
        Ok(Response::new(RunActionResponse { summary }))
    }
}

impl Ops {
    async fn run(&self, named: Named, value: &str, order: Order, invalid: Error) -> Result<String, Error> {
        match named {
            Named::Acknowledge => {
                let (name, subject) = value.split_once('/').ok_or(invalid)?;
                let by = format!("{}: {}", order.actor, order.reason);
                self.alerts.alarms().acknowledge(name, subject, &by).await?;
                tracing::info!(alert = name, subject, actor = order.actor, reason = order.reason, "alert acknowledged");
                Ok(format!("{name} of {subject} is acknowledged"))
            }
            Named::Source(action) => {
                let source: SourceId = value.parse().map_err(|_| invalid)?;
                let view = self.control.set_source(source, action, order).await?;
                Ok(format!("source {} is {}", view.id, view.state))
            }
            Named::Breaker(action) => {
                let feed: FeedId = value.parse().map_err(|_| invalid)?;
                self.control.set_breaker(&feed, action, order).await?;
                Ok(format!("{} of the breaker of {feed} done", action.as_str()))
            }
        }
    }
}

/// Follows the events in the store: the one place where all replicas' events are in one order.
struct Tail {
    records: Arc<dyn Records>,
    after: u64,
    due: VecDeque<EventRow>,
}

impl Tail {
    async fn next(&mut self) -> Result<WatchEventsResponse, Status> {
        loop {
            if let Some(row) = self.due.pop_front() {
                self.after = row.sequence;
                return Ok(event(row));
            }
            self.due = self.records.list_events(self.after, EVENT_BATCH).await.map_err(Error::from)?.into();
            if self.due.is_empty() {
                tokio::time::sleep(EVENT_POLL).await;
            }
        }
    }
}

fn event(row: EventRow) -> WatchEventsResponse {
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
