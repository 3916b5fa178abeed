//! `causeway.ops.v1.ConsoleService`: the first page, for programs. Reads only.

use std::sync::Arc;

use causeway_proto::ops::v1::{
    Alert, GetOverviewRequest, GetOverviewResponse, ListEventsRequest, ListEventsResponse, MaintenanceWindow,
    SeenAlert, SeenEvent, SeenService, Severity, console_service_server::ConsoleService,
};
use causeway_runtime::clock::Clock;
use causeway_service::wire::timestamp;
use tonic::{Request, Response, Status};

use super::{callers::Callers, change_convert::refusal};
use crate::{
    adapters::store::Store,
    app::{Board, Fleet, Replicated, changes::Error},
    domain::{condition::Condition, maintenance::Window},
    ports::{Alert as SeenThere, Severity as Urgency},
};
use causeway_primitives::Timestamp;
use uuid::Uuid;

/// Events of an answer, when nobody says how many.
const EVENTS: u32 = 50;
/// And at most.
const MOST_EVENTS: u32 = 500;

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Overviews {
    pub(crate) board: Board,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) callers: Callers,
}

#[tonic::async_trait]
impl ConsoleService for Overviews {
    async fn get_overview(
        &self,
        request: Request<GetOverviewRequest>,
    ) -> Result<Response<GetOverviewResponse>, Status> {
        self.callers.person(&request).await?;
        let (fleet, now) = (self.board.fleet(), self.clock.now());
        let windows = self.store.list_windows(now).await.map_err(Error::from).map_err(refusal)?;
        let alerts = fleet.alerts(now).into_iter().map(alert).collect();
        Ok(Response::new(GetOverviewResponse {
            condition: fleet.condition(now).as_str().to_owned(),
            services: fleet.services.iter().map(|one| service(one, &fleet, now)).collect(),
            alerts,
            windows: windows.iter().map(|(id, one)| window(*id, one, now)).collect(),
        }))
    }

    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        self.callers.person(&request).await?;
        let limit = match request.get_ref().limit {
            0 => EVENTS,
            limit => limit.min(MOST_EVENTS),
        };
        let rows = self.store.list_events(limit).await.map_err(Error::from).map_err(refusal)?;
        let events = rows.into_iter().map(|row| SeenEvent {
            service: row.service,
            sequence: row.sequence,
            at: timestamp(row.at),
            kind: row.kind,
            subject: row.subject,
            summary: row.summary,
            trace_id: row.trace_id,
        });
        Ok(Response::new(ListEventsResponse { events: events.collect() }))
    }
}

fn service(one: &Replicated, fleet: &Fleet, now: Timestamp) -> SeenService {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut versions: Vec<&str> =
        one.replicas.iter().filter_map(|seen| Some(seen.status.as_ref()?.version.as_str())).collect();
    versions.sort_unstable();
    versions.dedup();
    let is_up = |seen: &&crate::app::Seen| {
        matches!(seen.condition(now, fleet.stale_after), Condition::Ok | Condition::Degraded)
    };
    SeenService {
        name: one.name.clone(),
        condition: one.condition(now, fleet.stale_after).as_str().to_owned(),
        reason: one.reason(now, fleet.stale_after),
        version: versions.join(", "),
        up: count(one.replicas.iter().filter(is_up).count()),
        replicas: count(one.replicas.len()),
        alerts: count(one.alerts(now, fleet.stale_after).len()),
    }
}

fn alert(one: &SeenThere) -> SeenAlert {
    let severity = match one.severity {
        Urgency::Info => Severity::Info,
        Urgency::Warning => Severity::Warning,
        Urgency::Error => Severity::Error,
        Urgency::Critical => Severity::Critical,
    };
    SeenAlert {
        service: one.service.clone(),
        alert: Some(Alert {
            name: one.name.clone(),
            subject: one.subject.clone(),
            severity: severity.into(),
            summary: one.summary.clone(),
            next_step: one.next_step.clone(),
            runbook: one.runbook.clone(),
            fired_at: one.fired_at.and_then(timestamp),
            acknowledged_by: one.acknowledged_by.clone(),
            acknowledged_at: None,
            muted_by: one.muted_by.clone(),
        }),
        muted_by: one.muted_by.clone(),
    }
}

fn window(id: Uuid, one: &Window, now: Timestamp) -> MaintenanceWindow {
    MaintenanceWindow {
        window_id: id.to_string(),
        state: one.stage(now).as_str().to_owned(),
        from: timestamp(one.from),
        until: timestamp(one.until),
        services: one.services.iter().cloned().collect(),
        alerts: one.alerts.iter().cloned().collect(),
        reason: one.reason.clone(),
    }
}
