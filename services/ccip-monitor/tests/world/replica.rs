//! A running replica with clients for its three ports.

use std::collections::HashMap;

use causeway_proto::{
    ccip::v1::ccip_service_client::CcipServiceClient,
    ops::v1::{Alert, GetStatusRequest, ListAlertsRequest, RunActionRequest, ops_service_client::OpsServiceClient},
};
use causeway_testkit::{
    monitor::Client,
    service::{Log, Service},
    wait::eventually,
};
use serde_json::Value;
use tonic::transport::Channel;

/// A page of messages as large as it may be.
const PAGE: &str = "/api/v1/ccip/messages?limit=500";

/// A process and its clients.
pub(super) struct Replica {
    pub(super) name: String,
    pub(super) service: Service,
    pub(super) client: Client,
    pub(super) ccip: CcipServiceClient<Channel>,
    ops: OpsServiceClient<Channel>,
}

impl Replica {
    pub(super) async fn connect(name: &str, service: Service) -> Self {
        let client = Client::new(service.listening()).expect("a client");
        let channel = eventually("a gRPC connection", async || client.channel().await).await;
        let (ccip, ops) = (CcipServiceClient::new(channel.clone()), OpsServiceClient::new(channel));
        Self { name: name.to_owned(), service, client, ccip, ops }
    }

    /// SIGKILL.
    pub(super) async fn kill(self) -> Log {
        self.service.kill().await.expect("it can be killed")
    }

    /// The body of a page on the HTTP port that must be there.
    pub(super) async fn json(&self, path: &str) -> Value {
        let (status, body) = self.client.json(path).await.expect("an answer");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Waits until a probe answers with this status.
    pub(super) async fn answers(&self, path: &str, status: u16) -> String {
        let found = async || {
            let (found, body) = self.client.get(path).await.expect("an answer");
            (found == status).then_some(body)
        };
        eventually(&format!("{path} with status {status}"), found).await
    }

    /// Waits until a message is as wanted; a failure shows how it was last.
    pub(super) async fn message(&self, id: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("{id} is {what}"), async || {
            let found = self.client.message(id).await.map_err(|error| error.to_string())?.ok_or("it is not known")?;
            if fits(&found) { Ok(found) } else { Err(format!("{found:#}")) }
        })
        .await
    }

    /// Waits until a message has a status.
    pub(super) async fn status(&self, id: &str, status: &str) -> Value {
        self.message(id, status, |message| message["status"] == status).await
    }

    /// Every message, newest first, page by page.
    pub(super) async fn messages(&self) -> Vec<Value> {
        let (mut all, mut path) = (Vec::new(), PAGE.to_owned());
        loop {
            let page = self.json(&path).await;
            all.extend(page["messages"].as_array().expect("a page has messages").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("{PAGE}&cursor={cursor}"),
                None => return all,
            }
        }
    }

    /// The kinds of the open findings.
    pub(super) async fn findings(&self) -> Vec<String> {
        let page = self.json("/api/v1/ccip/findings?limit=500").await;
        let open =
            page["findings"].as_array().expect("findings").iter().filter(|finding| finding["closed_at"].is_null());
        open.filter_map(|finding| finding["kind"].as_str().map(str::to_owned)).collect()
    }

    /// As [`Self::findings`], without settings that changed: each world is set up before it is watched.
    pub(super) async fn troubles(&self) -> Vec<String> {
        let mut troubles = self.findings().await;
        troubles.retain(|kind| kind != "settings_changed");
        troubles
    }

    /// Waits until a finding of a kind is open, or none is.
    pub(super) async fn finds(&self, kind: &str, is_open: bool) {
        let found = async || self.findings().await.iter().any(|open| open == kind) == is_open;
        eventually(&format!("a finding {kind} is open: {is_open}"), found).await;
    }

    /// A chain as it was last looked at.
    pub(super) async fn chain(&self, name: &str) -> Value {
        let page = self.json("/api/v1/ccip/lanes").await;
        let chains = page["chains"].as_array().expect("chains");
        chains.iter().find(|chain| chain["name"] == name).expect("it is configured").clone()
    }

    /// Why a message is where it is.
    pub(super) async fn diagnosis(&self, id: &str) -> Value {
        self.json(&format!("/api/v1/ccip/messages/{id}/diagnosis")).await
    }

    /// The sum of a metric's samples whose labels contain each of these texts.
    pub(super) async fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        let page = self.client.metrics().await.expect("metrics");
        let samples = page.lines().filter_map(|line| {
            let (sample, value) = line.rsplit_once(' ')?;
            let (found, rest) = sample.split_once('{').unwrap_or((sample, ""));
            let fits = found == name && labels.iter().all(|label| rest.contains(label));
            fits.then(|| value.parse::<u64>().ok()).flatten()
        });
        samples.sum()
    }

    /// What fires.
    pub(super) async fn alerts(&self) -> Vec<Alert> {
        self.ops.clone().list_alerts(ListAlertsRequest {}).await.expect("alerts").into_inner().alerts
    }

    /// Waits until an alert fires, or does not.
    pub(super) async fn alert(&self, name: &str, fires: bool) {
        let found = async || self.alerts().await.iter().any(|alert| alert.name == name) == fires;
        eventually(&format!("{name} fires: {fires}"), found).await;
    }

    /// Has it do something.
    pub(super) async fn act(
        &self,
        name: &str,
        (parameter, value): (&str, &str),
        reason: &str,
    ) -> Result<String, tonic::Status> {
        let parameters = HashMap::from([(parameter.to_owned(), value.to_owned())]);
        let request = RunActionRequest { name: name.to_owned(), parameters, reason: reason.to_owned() };
        Ok(self.ops.clone().run_action(request).await?.into_inner().summary)
    }

    /// `leader` or `standby`.
    pub(super) async fn role(&self) -> String {
        self.ops.clone().get_status(GetStatusRequest {}).await.expect("a status").into_inner().role
    }

    /// Waits for a role.
    pub(super) async fn is(&self, role: &str) {
        let found = async || self.role().await == role;
        eventually(&format!("{} is the {role}", self.name), found).await;
    }
}
