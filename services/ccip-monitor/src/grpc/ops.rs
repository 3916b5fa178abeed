//! `causeway.ops.v1.OpsService`.

use std::sync::Arc;

use causeway_alerting::{Alarms, Severity as AlertSeverity};
use causeway_grpc::Peer;
use causeway_primitives::Timestamp;
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
use tonic::{Request, Response, Status};

use super::{
    convert::timestamp,
    watch::{self, Answers},
};
use crate::{
    app::{page, watch::Events},
    domain::finding::Kind,
    error::Error,
    ports::{Accepted, Ledger, Watch, Which},
};

/// What operators may have the monitor do: it reads chains and changes nothing on them.
const ACKNOWLEDGE: &str = "alert.acknowledge";
const ACCEPT: &str = "finding.accept";
/// Parameter of the first.
const ALERT: &str = "alert";
/// Parameter of the second.
const FINDING: &str = "finding";
/// What that must be.
const EXPECTED_FINDING: &str = "a finding's number, or a kind such as settings_changed for all that are open of it";
/// What that must be.
const EXPECTED_ALERT: &str = "name and subject, for example CcipErrorRateHigh/besu-to-mainnet";

/// The service.
#[derive(Debug, Clone)]
pub struct Ops {
    /// What `/health` shows.
    pub health: Health,
    /// What fires.
    pub alarms: Alarms,
    /// What happens.
    pub watch: Arc<dyn Watch>,
    /// Where findings are closed.
    pub ledger: Arc<dyn Ledger>,
    /// Whether this replica leads.
    pub leadership: tokio::sync::watch::Receiver<Option<Leadership>>,
    /// This replica's name.
    pub instance: String,
    /// Hash of the configuration.
    pub config_hash: String,
    /// When the process started.
    pub started: Timestamp,
    /// Cancelled when the service drains: streams end with it.
    pub draining: CancellationToken,
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
            service: env!("CARGO_PKG_NAME").to_owned(),
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
        });
        Ok(Response::new(ListAlertsResponse { alerts: alerts.collect() }))
    }

    type WatchEventsStream = Answers<WatchEventsResponse>;

    async fn watch_events(
        &self,
        request: Request<WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let after = Some(request.into_inner().after).filter(|after| *after > 0);
        let tail = Events::start(Arc::clone(&self.watch), after).await?;
        Ok(Response::new(watch::events(tail, self.draining.clone())))
    }

    async fn list_actions(&self, _: Request<ListActionsRequest>) -> Result<Response<ListActionsResponse>, Status> {
        let acknowledge = action(
            ACKNOWLEDGE,
            "Takes an alert: nobody else is called for it, and who heard of it hears who has it.",
            (ALERT, EXPECTED_ALERT),
        );
        let accept = action(
            ACCEPT,
            "Closes what was found, because it was meant or was looked into; it stays closed when it is seen again.",
            (FINDING, EXPECTED_FINDING),
        );
        Ok(Response::new(ListActionsResponse { actions: vec![acknowledge, accept] }))
    }

    async fn run_action(&self, request: Request<RunActionRequest>) -> Result<Response<RunActionResponse>, Status> {
        let actor = request.extensions().get::<Peer>().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        let request = request.into_inner();
        let summary = match request.name.as_str() {
            ACKNOWLEDGE => self.acknowledge(&request, &actor).await?,
            ACCEPT => self.accept(&request, actor).await?,
            _ => return Err(Error::ActionUnknown.into()),
        };
        Ok(Response::new(RunActionResponse { summary }))
    }
}

impl Ops {
    async fn acknowledge(&self, request: &RunActionRequest, actor: &str) -> Result<String, Error> {
        let reason = page::reason(&request.reason)?;
        let alert = only(request, ALERT)?;
        let invalid = Error::Invalid { field: ALERT, expected: EXPECTED_ALERT };
        let (name, subject) = alert.split_once('/').ok_or(invalid)?;
        self.alarms.acknowledge(name, subject, &format!("{actor}: {reason}")).await?;
        tracing::info!(alert = name, subject, actor, reason, "alert acknowledged");
        Ok(format!("{name} of {subject} is acknowledged"))
    }

    async fn accept(&self, request: &RunActionRequest, by: String) -> Result<String, Error> {
        let reason = page::reason(&request.reason)?.to_owned();
        let finding = only(request, FINDING)?;
        let by_number = || finding.parse().ok().map(Which::One);
        let which = Kind::from_name(finding).map(Which::Kind).or_else(by_number);
        let which = which.ok_or(Error::Invalid { field: FINDING, expected: EXPECTED_FINDING })?;
        tracing::info!(finding, actor = by, reason, "findings accepted");
        match self.ledger.accept(&Accepted { which, by, reason }).await? {
            0 => Err(Error::FindingUnknown),
            count => Ok(format!("{count} findings are closed")),
        }
    }
}

fn action(name: &str, description: &str, (parameter, expected): (&str, &str)) -> Action {
    let parameter = ActionParameter { name: parameter.to_owned(), description: expected.to_owned(), required: true };
    Action { name: name.to_owned(), description: description.to_owned(), parameters: vec![parameter] }
}

/// The value of an action's only parameter; empty when it is not given.
fn only<'a>(request: &'a RunActionRequest, name: &str) -> Result<&'a str, Error> {
    if request.parameters.keys().any(|given| given != name) {
        return Err(Error::Invalid { field: "parameters", expected: "only those that ListActions names" });
    }
    Ok(request.parameters.get(name).map(String::as_str).unwrap_or_default())
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
