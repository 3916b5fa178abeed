//! What a look at a service shows, as a word. A thing that is not there is a word of its own, and no look that worked is
//! mistaken for one that did not.

use causeway_proto::{
    guard::v1::{GetStatusRequest, HaltedScope, Scope, guard_service_client::GuardServiceClient},
    ops::v1::{ListActionsRequest, ListAlertsRequest, ops_service_client::OpsServiceClient},
    oracle::v1::{ListFeedsRequest, ListSourcesRequest, oracle_service_client::OracleServiceClient},
    tokenization::v1::{GetRequestRequest, tokenization_service_client::TokenizationServiceClient},
};
use tonic::{Code, Status};
use uuid::Uuid;

use super::Services;
use crate::domain::change::{
    expect::{Fact, Seen},
    plan::{Deed, Plan},
};

/// What is not there.
const MISSING: &str = "missing";

impl Services {
    /// One look.
    pub(super) async fn look(&self, id: Uuid, plan: &Plan, fact: Fact) -> Seen {
        match fact {
            Fact::Action => self.action(plan).await,
            Fact::Source => self.source(plan).await,
            Fact::Forced => self.forced(plan).await,
            Fact::Halt => self.halt(id, plan).await,
            Fact::Scope => self.scope(plan).await,
            Fact::Request => self.request(plan).await,
            Fact::Alert(names) => self.alert(plan, names).await,
            Fact::Times | Fact::Window => Err("only the console has windows".to_owned()),
        }
    }

    async fn action(&self, plan: &Plan) -> Seen {
        let Deed::Action { action, .. } = &plan.deed else { return Err("it is done by hand".to_owned()) };
        let speaker = self.speaker(&plan.service)?;
        let mut ops = OpsServiceClient::new(speaker.client.clone());
        let offered = ops.list_actions(speaker.ask(ListActionsRequest {})).await.map_err(said)?.into_inner().actions;
        let is_offered = offered.iter().any(|offered| offered.name == *action);
        Ok(if is_offered { "offered" } else { MISSING }.to_owned())
    }

    async fn source(&self, plan: &Plan) -> Seen {
        let speaker = self.speaker(&plan.service)?;
        let mut oracle = OracleServiceClient::new(speaker.client.clone());
        let sources =
            oracle.list_sources(speaker.ask(ListSourcesRequest::default())).await.map_err(said)?.into_inner().sources;
        let found = sources.into_iter().find(|source| source.source_id == plan.value("source_id"));
        Ok(found.map_or_else(|| MISSING.to_owned(), |source| source.state))
    }

    async fn forced(&self, plan: &Plan) -> Seen {
        let speaker = self.speaker(&plan.service)?;
        let mut oracle = OracleServiceClient::new(speaker.client.clone());
        let feeds = oracle.list_feeds(speaker.ask(ListFeedsRequest::default())).await.map_err(said)?.into_inner().feeds;
        let wanted = plan.value("feed_id");
        let is_it = |price: &causeway_proto::oracle::v1::FeedPrice| price.feed_id == wanted;
        let found = feeds.into_iter().find(|feed| feed.price.as_ref().is_some_and(is_it));
        let word = found.map_or_else(|| MISSING.to_owned(), |feed| feed.breaker_forced);
        if word.is_empty() { Err(format!("this {} does not say it", plan.service)) } else { Ok(word) }
    }

    /// Any other halt of the same scope says nothing about this one.
    async fn halt(&self, id: Uuid, plan: &Plan) -> Seen {
        let halted = self.halted(plan).await?;
        let is_it = |halted: &HaltedScope| halted.halt_id.parse() == Ok(id);
        Ok(if halted.iter().any(is_it) { "holds" } else { "none" }.to_owned())
    }

    async fn halted(&self, plan: &Plan) -> Result<Vec<HaltedScope>, String> {
        let speaker = self.speaker(&plan.service)?;
        let mut guard = GuardServiceClient::new(speaker.client.clone());
        Ok(guard.get_status(speaker.ask(GetStatusRequest {})).await.map_err(said)?.into_inner().halted)
    }

    async fn scope(&self, plan: &Plan) -> Seen {
        let wanted = match plan.value("scope") {
            "batch_creation" => Scope::BatchCreation,
            "settlement" => Scope::Settlement,
            "tokenization" => Scope::Tokenization,
            "all" => Scope::All,
            _ => return Ok(MISSING.to_owned()),
        };
        let halted = self.halted(plan).await?;
        let is_halted = halted.iter().any(|halted| halted.scope() == wanted || halted.scope() == Scope::All);
        Ok(if is_halted { "halted" } else { "running" }.to_owned())
    }

    async fn request(&self, plan: &Plan) -> Seen {
        let speaker = self.speaker(&plan.service)?;
        let mut gateway = TokenizationServiceClient::new(speaker.client.clone());
        let wanted = GetRequestRequest { request_id: plan.value("request_id").to_owned() };
        let found = match gateway.get_request(speaker.ask(wanted)).await {
            Ok(found) => found.into_inner().request,
            Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => None,
            Err(status) => return Err(said(status)),
        };
        let name = found.map(|request| request.state().as_str_name());
        let word = name.and_then(|name| name.strip_prefix("REQUEST_STATE_"));
        Ok(word.map_or_else(|| MISSING.to_owned(), str::to_ascii_lowercase))
    }

    /// About the plan's subject, which is its only parameter.
    async fn alert(&self, plan: &Plan, names: &[&str]) -> Seen {
        let subject = plan.values.values().next().map(String::as_str).unwrap_or_default();
        let speaker = self.speaker(&plan.service)?;
        let mut ops = OpsServiceClient::new(speaker.client.clone());
        let alerts = ops.list_alerts(speaker.ask(ListAlertsRequest {})).await.map_err(said)?.into_inner().alerts;
        let fires = alerts.iter().any(|alert| names.contains(&alert.name.as_str()) && alert.subject == subject);
        Ok(if fires { "fires" } else { "quiet" }.to_owned())
    }
}

fn said(status: Status) -> String {
    format!("{}: {}", status.code(), status.message())
}
