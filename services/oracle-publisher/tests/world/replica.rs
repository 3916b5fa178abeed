//! A running replica with clients for its three ports.

use causeway_proto::{
    ops::v1::{Alert, GetStatusRequest, ListAlertsRequest, ops_service_client::OpsServiceClient},
    oracle::v1::{
        ExplainRoundRequest, ExplainRoundResponse, Feed, FeedPrice, GetPriceRequest, ListFeedsRequest,
        ListRoundsRequest, ListSourcesRequest, Round, Source, explain_round_request::Target,
        oracle_service_client::OracleServiceClient,
    },
    types::v1::PageRequest,
};
use causeway_testkit::{
    service::{Log, Service},
    wait::eventually,
};
use tonic::transport::Channel;

/// A process and its clients.
pub(super) struct Replica {
    pub(super) name: String,
    pub(super) service: Service,
    pub(super) oracle: OracleServiceClient<Channel>,
    pub(super) ops: OpsServiceClient<Channel>,
    pub(super) channel: Channel,
    http: reqwest::Client,
}

impl Replica {
    pub(super) async fn connect(name: &str, service: Service) -> Self {
        // Whoever installed one before has chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let address = format!("http://{}", service.listening().grpc);
        let endpoint = Channel::from_shared(address).expect("an address");
        let channel = eventually("a gRPC connection", async || endpoint.connect().await).await;
        let (oracle, ops) = (OracleServiceClient::new(channel.clone()), OpsServiceClient::new(channel.clone()));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { name: name.to_owned(), service, oracle, ops, channel, http }
    }

    /// SIGKILL.
    pub(super) async fn kill(self) -> Log {
        self.service.kill().await.expect("it can be killed")
    }

    /// Status and body of a page on the HTTP port.
    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        self.page(&format!("http://{}{path}", self.service.listening().http)).await
    }

    /// The body of a page on the HTTP port, as JSON.
    pub(super) async fn json(&self, path: &str) -> (u16, serde_json::Value) {
        let (status, body) = self.get(path).await;
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path} is no JSON ({error}): {body}")))
    }

    async fn page(&self, url: &str) -> (u16, String) {
        let response = self.http.get(url).send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    /// Waits until a probe answers with this status.
    pub(super) async fn answers(&self, path: &str, status: u16) -> String {
        let found = async || {
            let (found, body) = self.get(path).await;
            (found == status).then_some(body)
        };
        eventually(&format!("{path} with status {status}"), found).await
    }

    /// The sum of a metric's samples whose labels contain each of these texts.
    pub(super) async fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        let (_, page) = self.page(&format!("http://{}/metrics", self.service.listening().metrics)).await;
        let samples = page.lines().filter_map(|line| {
            let (sample, value) = line.split_once(' ')?;
            let (found, rest) = sample.split_once('{').unwrap_or((sample, ""));
            let fits = found == name && labels.iter().all(|label| rest.contains(label));
            fits.then(|| value.split(' ').next().and_then(|value| value.parse::<u64>().ok())).flatten()
        });
        samples.sum()
    }

    /// The newest rounds of a feed.
    pub(super) async fn rounds(&self, feed: &str) -> Vec<Round> {
        let page = Some(PageRequest { size: 200, token: String::new() });
        let request = ListRoundsRequest { feed_id: feed.to_owned(), page };
        self.oracle.clone().list_rounds(request).await.expect("rounds").into_inner().rounds
    }

    /// Waits for a confirmed and named round of a feed that fits.
    pub(super) async fn round(&self, feed: &str, what: &str, fits: impl Fn(&Round) -> bool) -> Round {
        let named = |round: &Round| round.state == "confirmed" && round.round_id.is_some() && fits(round);
        eventually(what, async || self.rounds(feed).await.into_iter().find(named)).await
    }

    /// Waits for the first confirmed round of `eur-usd`.
    pub(super) async fn first_round(&self) -> Round {
        self.round("eur-usd", "the first round", |round| round.reason == "first_round").await
    }

    /// A feed's price now.
    pub(super) async fn price(&self, feed: &str) -> FeedPrice {
        let request = GetPriceRequest { feed_id: feed.to_owned() };
        self.oracle.clone().get_price(request).await.expect("a price").into_inner().price.expect("a price")
    }

    /// Waits until the price of `eur-usd` is as wanted.
    pub(super) async fn priced(&self, what: &str, fits: impl Fn(&FeedPrice) -> bool) -> FeedPrice {
        eventually(what, async || Some(self.price("eur-usd").await).filter(&fits)).await
    }

    /// The state of the breaker of `eur-usd`.
    pub(super) async fn breaker(&self) -> String {
        self.feed().await.breaker_state
    }

    /// What that breaker was told.
    pub(super) async fn forced(&self) -> String {
        self.feed().await.breaker_forced
    }

    async fn feed(&self) -> Feed {
        let feeds = self.oracle.clone().list_feeds(ListFeedsRequest {}).await.expect("feeds").into_inner().feeds;
        let feed = feeds.into_iter().find(|feed| feed.price.as_ref().is_some_and(|price| price.feed_id == "eur-usd"));
        feed.expect("it is configured")
    }

    /// Waits for a state of that breaker.
    pub(super) async fn breaker_is(&self, state: &str) {
        let found = async || self.breaker().await == state;
        eventually(&format!("the breaker is {state}"), found).await;
    }

    /// One source, as soon as its feed was looked at.
    pub(super) async fn source(&self, id: &str) -> Source {
        let found = async || {
            let request = ListSourcesRequest { feed_id: String::new() };
            let sources = self.oracle.clone().list_sources(request).await.expect("sources").into_inner().sources;
            sources.into_iter().find(|source| source.source_id == id)
        };
        eventually(&format!("{id} is listed"), found).await
    }

    /// Waits for a state of a source.
    pub(super) async fn source_is(&self, id: &str, state: &str) -> Source {
        let found = async || Some(self.source(id).await).filter(|source| source.state == state);
        eventually(&format!("{id} is {state}"), found).await
    }

    /// Why a decision came out as it did.
    pub(super) async fn explain(&self, feed: &str, target: Option<Target>) -> ExplainRoundResponse {
        let request = ExplainRoundRequest { feed_id: feed.to_owned(), target };
        self.oracle.clone().explain_round(request).await.expect("an explanation").into_inner()
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

/// The round's number on chain; 0 before it is known.
pub(super) fn number(round: &Round) -> u64 {
    round.round_id.as_ref().and_then(|id| id.value.parse().ok()).unwrap_or(0)
}

/// The round's answer as text.
pub(super) fn answer(round: &Round) -> &str {
    round.answer.as_ref().map_or("", |answer| answer.value.as_str())
}
