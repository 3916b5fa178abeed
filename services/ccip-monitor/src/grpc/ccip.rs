//! `causeway.ccip.v1.CcipService`.

use std::{sync::Arc, time::Duration};

use causeway_proto::{
    ccip::v1::{
        DiagnoseMessageRequest, DiagnoseMessageResponse, GetInFlightValueRequest, GetInFlightValueResponse,
        GetLaneStatisticsRequest, GetLaneStatisticsResponse, GetMessageRequest, GetMessageResponse, GetReportRequest,
        GetReportResponse, ListFindingsRequest, ListFindingsResponse, ListLanesRequest, ListLanesResponse,
        ListTransactionMessagesRequest, ListTransactionMessagesResponse, SearchMessagesRequest, SearchMessagesResponse,
        WatchMessagesRequest, WatchMessagesResponse, ccip_service_server::CcipService,
    },
    types::v1::PageResponse,
};
use causeway_runtime::{CancellationToken, clock::Clock};
use tonic::{Request, Response, Status};

use super::{
    convert, diagnosis, lanes, request,
    watch::{self, Answers},
};
use crate::{
    app::{
        diagnose::Diagnoser,
        page,
        reports::{self, Policy},
        view::Views,
        watch::{Messages, Wanted},
    },
    error::Error,
    ports::{Records, Reports, Watch},
};

/// The window of statistics when none is given.
const DAY: Duration = Duration::from_secs(86_400);

/// The service.
#[derive(Debug, Clone)]
pub struct Ccip {
    /// What is watched, as it was last looked at.
    pub views: Views,
    /// What was stored.
    pub records: Arc<dyn Records>,
    /// The same, summed up.
    pub reports: Arc<dyn Reports>,
    /// The same, as it comes.
    pub watch: Arc<dyn Watch>,
    /// Why messages are where they are.
    pub diagnoser: Arc<Diagnoser>,
    /// Who may use which lane.
    pub policy: Arc<Policy>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when the service drains: streams end with it.
    pub draining: CancellationToken,
}

#[tonic::async_trait]
impl CcipService for Ccip {
    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let id = page::message_id(&request.into_inner().message_id)?;
        let detail = page::detail(self.records.as_ref(), id).await?;
        Ok(Response::new(GetMessageResponse {
            message: Some(convert::message(&detail.message)),
            history: detail.history.iter().map(convert::step).collect(),
            attempts: detail.attempts.iter().map(convert::attempt).collect(),
        }))
    }

    async fn search_messages(
        &self,
        request: Request<SearchMessagesRequest>,
    ) -> Result<Response<SearchMessagesResponse>, Status> {
        let request = request.into_inner();
        let filter = request::filter(&request)?;
        let wanted = request.page.unwrap_or_default();
        let page = page::messages(self.records.as_ref(), &filter, wanted.size, &wanted.token).await?;
        Ok(Response::new(SearchMessagesResponse {
            messages: page.rows.iter().map(convert::message).collect(),
            page: Some(PageResponse { next_token: page.next.unwrap_or_default() }),
        }))
    }

    async fn list_transaction_messages(
        &self,
        request: Request<ListTransactionMessagesRequest>,
    ) -> Result<Response<ListTransactionMessagesResponse>, Status> {
        let request = request.into_inner();
        let chain = page::chain_id("chain_id", &request.chain_id.to_string())?;
        let rows = page::of_transaction(self.records.as_ref(), chain, page::tx_hash(&request.tx_hash)?).await?;
        let messages = rows.iter().map(convert::message).collect();
        Ok(Response::new(ListTransactionMessagesResponse { messages }))
    }

    type WatchMessagesStream = Answers<WatchMessagesResponse>;

    async fn watch_messages(
        &self,
        request: Request<WatchMessagesRequest>,
    ) -> Result<Response<Self::WatchMessagesStream>, Status> {
        let request = request.into_inner();
        let wanted = Wanted {
            message: request::set(&request.message_id).map(page::message_id).transpose()?,
            lane: request::set(&request.lane).map(page::lane).transpose()?,
        };
        let message = wanted.message;
        let after = Some(request.after).filter(|after| *after > 0);
        let mut tail = Messages::start(Arc::clone(&self.watch), wanted, after).await?;
        if let (Some(id), None) = (message, after) {
            let now = self.records.find_message(id).await.map_err(Error::from)?;
            tail = tail.with_first(now.ok_or(Error::MessageUnknown { id })?);
        }
        Ok(Response::new(watch::messages(tail, self.draining.clone())))
    }

    async fn diagnose_message(
        &self,
        request: Request<DiagnoseMessageRequest>,
    ) -> Result<Response<DiagnoseMessageResponse>, Status> {
        let id = page::message_id(&request.into_inner().message_id)?;
        let diagnosed = page::diagnosis(&self.diagnoser, id).await?;
        Ok(Response::new(diagnosis::response(diagnosed)))
    }

    async fn get_lane_statistics(
        &self,
        request: Request<GetLaneStatisticsRequest>,
    ) -> Result<Response<GetLaneStatisticsResponse>, Status> {
        let request = request.into_inner();
        let before = request.before.map_or_else(|| Ok(self.clock.now()), |at| request::time("before", &at))?;
        let from = request.from.map_or_else(|| Ok(page::earlier(before, DAY)), |at| request::time("from", &at))?;
        let window = page::window("before", from, before)?;
        let stats = self.records.list_lane_stats(window.from(), window.before()).await.map_err(Error::from)?;
        Ok(Response::new(GetLaneStatisticsResponse { lanes: stats.iter().map(convert::statistics).collect() }))
    }

    async fn get_in_flight_value(
        &self,
        request: Request<GetInFlightValueRequest>,
    ) -> Result<Response<GetInFlightValueResponse>, Status> {
        let request = request.into_inner();
        let lane = request::set(&request.lane).map(page::lane).transpose()?;
        let token = request::set(&request.token).map(|text| page::address("token", text)).transpose()?;
        let required = request::required(&request.at_least)?;
        let cut = page::in_flight(self.reports.as_ref(), &self.views, lane.as_deref(), token, &required).await?;
        Ok(Response::new(GetInFlightValueResponse {
            values: cut.values.iter().map(convert::in_flight).collect(),
            positions: cut.positions.iter().map(convert::position).collect(),
        }))
    }

    async fn list_findings(
        &self,
        request: Request<ListFindingsRequest>,
    ) -> Result<Response<ListFindingsResponse>, Status> {
        let wanted = request.into_inner().page.unwrap_or_default();
        let page = page::findings(self.reports.as_ref(), wanted.size, &wanted.token).await?;
        Ok(Response::new(ListFindingsResponse {
            findings: page.rows.iter().map(convert::finding).collect(),
            page: Some(PageResponse { next_token: page.next.unwrap_or_default() }),
        }))
    }

    async fn list_lanes(&self, _: Request<ListLanesRequest>) -> Result<Response<ListLanesResponse>, Status> {
        let (mut chains, mut lanes_known) = (self.views.list_chains(), self.views.list_lanes());
        chains.sort_by(|a, b| a.name.cmp(&b.name));
        lanes_known.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Response::new(ListLanesResponse {
            chains: chains.iter().map(lanes::chain).collect(),
            lanes: lanes_known.iter().map(lanes::lane).collect(),
        }))
    }
    async fn get_report(&self, request: Request<GetReportRequest>) -> Result<Response<GetReportResponse>, Status> {
        let span = request::span(request.into_inner().span)?;
        let window = reports::window(span, None, None, self.clock.now())?;
        let report = reports::report(self.reports.as_ref(), &self.policy, window).await?;
        Ok(Response::new(convert::report(window, &report)?))
    }
}
