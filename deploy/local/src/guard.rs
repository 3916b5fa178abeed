//! What the demo asks the running guard, over its gRPC ports: as anybody, and as a person with a certificate.

mod guarded;

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use causeway_proto::guard::v1::{
    self as wire, GetIncidentReportRequest, GetIncidentRequest, GetStatusRequest, GetStatusResponse, Incident,
    ListEquationsRequest, ListHaltsRequest, ListResumesRequest, Resume, guard_service_client::GuardServiceClient,
};
use causeway_testkit::guard::Papers;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

pub(crate) use self::guarded::{Guarded, THEFT, theft};

/// How often something is looked at.
const EVERY: Duration = Duration::from_millis(50);

/// A connection to one replica.
#[derive(Debug, Clone)]
pub(crate) struct Guard(GuardServiceClient<Channel>);

impl Guard {
    /// In plain text, over loopback.
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        Ok(Self(GuardServiceClient::new(channel)))
    }

    /// As somebody.
    pub(crate) async fn with_papers(address: SocketAddr, papers: &Papers) -> anyhow::Result<Self> {
        let identity = Identity::from_pem(std::fs::read(&papers.certificate)?, std::fs::read(&papers.key)?);
        let authority = Certificate::from_pem(std::fs::read(&papers.authority)?);
        let tls = ClientTlsConfig::new().ca_certificate(authority).identity(identity).domain_name("localhost");
        let channel = Endpoint::from_shared(format!("https://{address}"))?.tls_config(tls)?.connect().await?;
        Ok(Self(GuardServiceClient::new(channel)))
    }

    /// Calls that only some people may make.
    pub(crate) fn calls(&self) -> GuardServiceClient<Channel> {
        self.0.clone()
    }

    pub(crate) async fn status(&self) -> anyhow::Result<GetStatusResponse> {
        Ok(self.calls().get_status(GetStatusRequest {}).await?.into_inner())
    }

    /// Waits until the guard is in this state.
    pub(crate) async fn until(&self, state: &str, limit: Duration) -> anyhow::Result<GetStatusResponse> {
        let mut last = None;
        let found = async {
            loop {
                let status = self.status().await?;
                if status.state == state {
                    return anyhow::Ok(status);
                }
                last = Some((status.state, status.last_verdict));
                tokio::time::sleep(EVERY).await;
            }
        };
        let in_time = tokio::time::timeout(limit, found).await;
        in_time.with_context(|| format!("the guard is not {state}; it was {last:?}"))?
    }

    /// The balances as of the last verdict, each in a line.
    pub(crate) async fn balances(&self) -> anyhow::Result<Vec<String>> {
        let request = ListEquationsRequest { asset: String::new() };
        let equations = self.calls().list_equations(request).await?.into_inner().equations;
        let delta = |equation: &wire::Equation| equation.delta.as_ref().map_or("?", |delta| &delta.value).to_owned();
        let line = |equation: wire::Equation| {
            format!(
                "{:<8} {} (delta {} base units): {}",
                equation.name,
                equation.standing,
                delta(&equation),
                equation.explanation
            )
        };
        Ok(equations.into_iter().map(line).collect())
    }

    /// Waits until no balance is off in what the guard last looked at: a guard that was halted believes nobody, but sees.
    pub(crate) async fn until_balanced(&self, limit: Duration) -> anyhow::Result<()> {
        let found = async {
            loop {
                let request = ListEquationsRequest { asset: String::new() };
                let equations = self.calls().list_equations(request).await?.into_inner().equations;
                if equations.iter().all(|equation| equation.standing == "holds") {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::time::timeout(limit, found).await.context("the balances are still off")?
    }

    /// The one halt that holds.
    pub(crate) async fn halt(&self) -> anyhow::Result<wire::Halt> {
        let request = ListHaltsRequest { only_active: true, page: None };
        let mut halts = self.calls().list_halts(request).await?.into_inner().halts;
        anyhow::ensure!(halts.len() == 1, "one theft is one halt, there are {}", halts.len());
        halts.pop().context("no halt")
    }

    /// Waits until the investigation of an incident is there.
    pub(crate) async fn investigated(&self, id: &str, limit: Duration) -> anyhow::Result<Incident> {
        let found = async {
            loop {
                let request = GetIncidentRequest { incident_id: id.to_owned() };
                let incident = self.calls().get_incident(request).await?.into_inner().incident;
                if let Some(incident) = incident.filter(|incident| !incident.investigations.is_empty()) {
                    return anyhow::Ok(incident);
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::time::timeout(limit, found).await.context("nothing was investigated")?
    }

    pub(crate) async fn report(&self, id: &str) -> anyhow::Result<String> {
        let request = GetIncidentReportRequest { incident_id: id.to_owned() };
        Ok(self.calls().get_incident_report(request).await?.into_inner().markdown)
    }

    /// A resume as it is now.
    pub(crate) async fn resume(&self, known: &Resume) -> anyhow::Result<Resume> {
        let request = ListResumesRequest { halt_id: known.halt_id.clone(), page: None };
        let resumes = self.calls().list_resumes(request).await?.into_inner().resumes;
        resumes.into_iter().find(|one| one.resume_id == known.resume_id).context("the resume is gone")
    }
}
