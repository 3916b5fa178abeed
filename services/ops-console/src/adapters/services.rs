//! The services over their own OpsService.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_grpc::{Client, Group, Member, Place, Unbounded};
use causeway_proto::ops::v1::{
    Alert as WireAlert, Component, Condition as WireCondition, GetStatusRequest, GetStatusResponse, ListAlertsRequest,
    Severity as WireSeverity, WatchEventsRequest, WatchEventsResponse, ops_service_client::OpsServiceClient,
};
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tonic::Request;

use super::wire::time;
use crate::{
    domain::{condition::Condition, text::inert},
    ports::{Alert, Part, Replica, Severity, Silence, Status, Stories, Told},
};

/// Characters of a name.
const NAME: usize = 80;
/// Characters of a sentence.
const SENTENCE: usize = 400;
/// Parts and alerts of one replica that are shown; the pages count, they do not archive.
const MOST: usize = 2_000;

/// A replica at an address.
#[derive(Debug, Clone)]
pub struct Remote {
    address: String,
    service: String,
    ops: OpsServiceClient<Client>,
}

impl Remote {
    /// A replica of this service.
    pub fn new(service: String, address: String, client: Client) -> Self {
        Self { address, service, ops: OpsServiceClient::new(client) }
    }
}

/// The replicas of a service as they are now.
#[derive(Debug, Clone)]
pub struct Remotes {
    service: String,
    group: Group,
}

impl Remotes {
    /// Of this service.
    pub const fn new(service: String, group: Group) -> Self {
        Self { service, group }
    }

    /// Who is there.
    pub fn now(&self) -> Vec<Arc<dyn Replica>> {
        let remote =
            |Member { address, client }| Arc::new(Remote::new(self.service.clone(), address, client)) as Arc<_>;
        self.group.now().into_iter().map(remote).collect()
    }

    /// Wakes when others are there.
    pub fn news(&self) -> watch::Receiver<Vec<Place>> {
        self.group.news()
    }
}

#[async_trait]
impl Replica for Remote {
    fn address(&self) -> &str {
        &self.address
    }

    async fn status(&self) -> Result<Status, Silence> {
        let answer = self.ops.clone().get_status(GetStatusRequest {}).await.map_err(|status| no_answer(&status))?;
        status(answer.into_inner(), &self.service)
    }

    async fn alerts(&self) -> Result<Vec<Alert>, Silence> {
        let answer = self.ops.clone().list_alerts(ListAlertsRequest {}).await.map_err(|status| no_answer(&status))?;
        Ok(answer.into_inner().alerts.into_iter().take(MOST).map(|wire| alert(wire, &self.service)).collect())
    }

    async fn events(&self, after: u64) -> Result<Stories, Silence> {
        let mut request = Request::new(WatchEventsRequest { after });
        request.extensions_mut().insert(Unbounded);
        let stream = self.ops.clone().watch_events(request).await.map_err(|status| no_answer(&status))?.into_inner();
        Ok(Box::pin(stream.map(|event| match event {
            Ok(event) => told(event),
            Err(status) => Err(no_answer(&status)),
        })))
    }
}

fn no_answer(status: &tonic::Status) -> Silence {
    Silence::NoAnswer(inert(&format!("{}: {}", status.code(), status.message()), SENTENCE))
}

fn status(wire: GetStatusResponse, expected: &str) -> Result<Status, Silence> {
    // Another service behind the address is a wrong address, and nothing that it says is about this one.
    if wire.service != expected {
        return Err(Silence::Strange("it is another service"));
    }
    let condition = condition(wire.condition());
    Ok(Status {
        service: wire.service,
        version: inert(&wire.version, NAME),
        instance: inert(&wire.instance, NAME),
        config_hash: inert(&wire.config_hash, NAME),
        condition,
        role: inert(&wire.role, NAME),
        started_at: wire.started_at.as_ref().and_then(time),
        parts: wire.components.into_iter().take(MOST).map(part).collect(),
    })
}

fn part(wire: Component) -> Part {
    Part {
        condition: condition(wire.condition()),
        name: inert(&wire.name, NAME),
        detail: inert(&wire.detail, SENTENCE),
        since: wire.since.as_ref().and_then(time),
        required: wire.required,
    }
}

/// A condition that this console does not know is not known to be well.
const fn condition(wire: WireCondition) -> Condition {
    match wire {
        WireCondition::Unspecified => Condition::Unknown,
        WireCondition::Ok => Condition::Ok,
        WireCondition::Degraded => Condition::Degraded,
        WireCondition::Down => Condition::Down,
    }
}

fn alert(wire: WireAlert, service: &str) -> Alert {
    Alert {
        service: service.to_owned(),
        severity: severity(wire.severity()),
        name: inert(&wire.name, NAME),
        subject: inert(&wire.subject, NAME),
        summary: inert(&wire.summary, SENTENCE),
        next_step: inert(&wire.next_step, SENTENCE),
        runbook: inert(&wire.runbook, NAME),
        fired_at: wire.fired_at.as_ref().and_then(time),
        acknowledged_by: inert(&wire.acknowledged_by, SENTENCE),
        muted_by: inert(&wire.muted_by, NAME),
    }
}

/// A severity that this console does not know may be the worst.
const fn severity(wire: WireSeverity) -> Severity {
    match wire {
        WireSeverity::Unspecified | WireSeverity::Critical => Severity::Critical,
        WireSeverity::Error => Severity::Error,
        WireSeverity::Warning => Severity::Warning,
        WireSeverity::Info => Severity::Info,
    }
}

fn told(wire: WatchEventsResponse) -> Result<Told, Silence> {
    let is_trace = wire.trace_id.len() == 32 && wire.trace_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(Told {
        sequence: wire.sequence,
        at: wire.at.as_ref().and_then(time).ok_or(Silence::Strange("an event without a time"))?,
        kind: inert(&wire.kind, NAME),
        subject: inert(&wire.subject, NAME),
        summary: inert(&wire.summary, SENTENCE),
        trace_id: if is_trace { wire.trace_id } else { String::new() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> GetStatusResponse {
        GetStatusResponse {
            service: "ccip-monitor".to_owned(),
            condition: 1,
            components: vec![Component { name: "chain\u{202e}".to_owned(), condition: 77, ..Component::default() }],
            ..GetStatusResponse::default()
        }
    }

    #[test]
    fn ops_1_a_condition_of_a_newer_service_is_unknown_and_never_well() {
        let status = status(wire(), "ccip-monitor").unwrap();
        assert_eq!(status.condition, Condition::Ok);
        assert_eq!((status.parts[0].condition, status.parts[0].name.as_str()), (Condition::Unknown, "chain\u{fffd}"));
        assert_eq!(severity(WireSeverity::Unspecified), Severity::Critical);
    }

    #[test]
    fn ops_1_another_service_at_the_address_is_no_answer() {
        assert!(matches!(status(wire(), "oracle-publisher"), Err(Silence::Strange(_))));
    }

    #[test]
    fn an_event_without_a_time_is_none() {
        let event = WatchEventsResponse { trace_id: "<script>".to_owned(), ..WatchEventsResponse::default() };
        assert!(told(event).is_err());
    }
}
