//! `causeway.ops.v1.ChangeService`: the desk of changes, over the wire. It knows its callers itself: by the account that a
//! certificate names.

use std::{pin::Pin, sync::Arc};

use causeway_grpc::{Code, Refusal};
use causeway_primitives::B256;
use causeway_proto::ops::v1::{
    ApproveChangeRequest, ApproveChangeResponse, BeginChangeRequest, BeginChangeResponse, CheckAuditRequest,
    CheckAuditResponse, CheckChangeRequest, CheckChangeResponse, ExplainChangeRequest, ExplainChangeResponse,
    FinishChangeRequest, FinishChangeResponse, GetChangeRequest, GetChangeResponse, ListAuditRequest,
    ListAuditResponse, ListChangesRequest, ListChangesResponse, ListProceduresRequest, ListProceduresResponse,
    ProposeChangeRequest, ProposeChangeResponse, RefuseChangeRequest, RefuseChangeResponse, SettleChangeRequest,
    SettleChangeResponse, WatchChangesRequest, WatchChangesResponse, WithdrawChangeRequest, WithdrawChangeResponse,
    change_service_server::ChangeService,
};
use causeway_runtime::CancellationToken;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    callers::Callers,
    change_convert::{change, entry, look, procedure, refusal},
};
use crate::{
    adapters::store::{Store, Which},
    app::changes::{Desk, Error, Proposal},
    domain::change::{Found, catalogue::CATALOGUE, plan::Plan},
};

/// Changes of one answer.
const CHANGES: u32 = 200;
/// Lines of one answer.
const LINES: u32 = 500;
/// How often the record is asked for new lines by a stream. Well under the second within which a page shows them.
const POLL: std::time::Duration = std::time::Duration::from_millis(400);

/// Streams at once: each asks the database.
pub(crate) const STREAMS: usize = 64;

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    pub(crate) desk: Desk,
    pub(crate) callers: Callers,
    /// Places of streams.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) draining: CancellationToken,
}

impl Changes {
    fn store(&self) -> &Store {
        self.desk.changes().store()
    }
}

#[tonic::async_trait]
impl ChangeService for Changes {
    async fn list_procedures(
        &self,
        request: Request<ListProceduresRequest>,
    ) -> Result<Response<ListProceduresResponse>, Status> {
        self.callers.person(&request).await?;
        let procedures = CATALOGUE.iter().map(|one| procedure(one, self.desk.approvals(one))).collect();
        Ok(Response::new(ListProceduresResponse { procedures }))
    }

    async fn explain_change(
        &self,
        request: Request<ExplainChangeRequest>,
    ) -> Result<Response<ExplainChangeResponse>, Status> {
        self.callers.person(&request).await?;
        let ExplainChangeRequest { procedure: name, parameters, reason } = request.into_inner();
        let values = parameters.into_iter().collect();
        let proposal = Proposal { id: Uuid::nil(), procedure: name, values, reason };
        let preview = self.desk.preview(&proposal).await.map_err(refusal)?;
        Ok(Response::new(ExplainChangeResponse {
            procedure: Some(procedure(preview.procedure, preview.approvals)),
            look: Some(look(&preview.look)),
            plan_hash: Plan::hash(&preview.plan).to_string(),
        }))
    }

    async fn propose_change(
        &self,
        request: Request<ProposeChangeRequest>,
    ) -> Result<Response<ProposeChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let ProposeChangeRequest { change_id, procedure, parameters, reason } = request.into_inner();
        let values = parameters.into_iter().collect();
        let proposal = Proposal { id: id(&change_id)?, procedure, values, reason };
        let filed = self.desk.propose(&person, &proposal).await.map_err(refusal)?;
        Ok(Response::new(ProposeChangeResponse { change: Some(change(&filed)) }))
    }

    async fn check_change(
        &self,
        request: Request<CheckChangeRequest>,
    ) -> Result<Response<CheckChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let filed = self.desk.check(&person, id(&request.get_ref().change_id)?).await.map_err(refusal)?;
        Ok(Response::new(CheckChangeResponse { change: Some(change(&filed)) }))
    }

    async fn approve_change(
        &self,
        request: Request<ApproveChangeRequest>,
    ) -> Result<Response<ApproveChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let ApproveChangeRequest { change_id, plan_hash } = request.into_inner();
        let plan = hash("plan_hash", &plan_hash)?;
        let filed = self.desk.approve(&person, id(&change_id)?, plan).await.map_err(refusal)?;
        Ok(Response::new(ApproveChangeResponse { change: Some(change(&filed)) }))
    }

    async fn refuse_change(
        &self,
        request: Request<RefuseChangeRequest>,
    ) -> Result<Response<RefuseChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let RefuseChangeRequest { change_id, reason } = request.into_inner();
        let filed = self.desk.refuse(&person, id(&change_id)?, &reason).await.map_err(refusal)?;
        Ok(Response::new(RefuseChangeResponse { change: Some(change(&filed)) }))
    }

    async fn withdraw_change(
        &self,
        request: Request<WithdrawChangeRequest>,
    ) -> Result<Response<WithdrawChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let filed = self.desk.withdraw(&person, id(&request.get_ref().change_id)?).await.map_err(refusal)?;
        Ok(Response::new(WithdrawChangeResponse { change: Some(change(&filed)) }))
    }

    async fn begin_change(
        &self,
        request: Request<BeginChangeRequest>,
    ) -> Result<Response<BeginChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let filed = self.desk.begin(&person, id(&request.get_ref().change_id)?).await.map_err(refusal)?;
        Ok(Response::new(BeginChangeResponse { change: Some(change(&filed)) }))
    }

    async fn finish_change(
        &self,
        request: Request<FinishChangeRequest>,
    ) -> Result<Response<FinishChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let FinishChangeRequest { change_id, how } = request.into_inner();
        let filed = self.desk.finish(&person, id(&change_id)?, &how).await.map_err(refusal)?;
        Ok(Response::new(FinishChangeResponse { change: Some(change(&filed)) }))
    }

    async fn settle_change(
        &self,
        request: Request<SettleChangeRequest>,
    ) -> Result<Response<SettleChangeResponse>, Status> {
        let person = self.callers.person(&request).await?;
        let SettleChangeRequest { change_id, happened, how } = request.into_inner();
        let found = if happened { Found::Happened } else { Found::DidNotHappen };
        let filed = self.desk.settle(&person, id(&change_id)?, found, &how).await.map_err(refusal)?;
        Ok(Response::new(SettleChangeResponse { change: Some(change(&filed)) }))
    }

    async fn list_changes(
        &self,
        request: Request<ListChangesRequest>,
    ) -> Result<Response<ListChangesResponse>, Status> {
        self.callers.person(&request).await?;
        let which = if request.get_ref().open { Which::Open } else { Which::All };
        let changes = self.desk.list(which, CHANGES).await.map_err(refusal)?.changes;
        Ok(Response::new(ListChangesResponse { changes: changes.iter().map(change).collect() }))
    }

    async fn get_change(&self, request: Request<GetChangeRequest>) -> Result<Response<GetChangeResponse>, Status> {
        self.callers.person(&request).await?;
        let filed = self.desk.get(id(&request.get_ref().change_id)?).await.map_err(refusal)?;
        let lines = self.store().list_audit(0, Some(&filed.id.to_string()), LINES).await;
        let record = lines.map_err(Error::from).map_err(refusal)?.into_iter().map(entry).collect();
        Ok(Response::new(GetChangeResponse { change: Some(change(&filed)), record }))
    }

    type WatchChangesStream = Pin<Box<dyn Stream<Item = Result<WatchChangesResponse, Status>> + Send>>;

    async fn watch_changes(
        &self,
        request: Request<WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        self.callers.person(&request).await?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Refusal::new(
                Code::ResourceExhausted,
                "TOO_MANY_STREAMS",
                "too many follow the changes already; try again later",
            )
        })?;
        let after = match request.get_ref().after {
            0 => self.store().audit_head().await.map_err(Error::from).map_err(refusal)?.index,
            after => after,
        };
        // Ends after the first failure: a caller that retries says itself where to go on.
        let batches = stream::unfold(Some((self.store().clone(), after)), |place| async move {
            let (store, after) = place?;
            loop {
                match store.list_audit(after, None, LINES).await {
                    Ok(lines) if lines.is_empty() => tokio::time::sleep(POLL).await,
                    Ok(lines) => {
                        let after = lines.last().map_or(after, |line| line.index);
                        let lines = lines.into_iter().map(|line| Ok(WatchChangesResponse { entry: Some(entry(line)) }));
                        return Some((lines.collect::<Vec<_>>(), Some((store, after))));
                    }
                    Err(error) => return Some((vec![Err(refusal(error.into()))], None)),
                }
            }
        });
        // Moved in, so that the place is given back with the stream.
        let lines = batches.flat_map(stream::iter).inspect(move |_| {
            let _here = &place;
        });
        Ok(Response::new(Box::pin(causeway_grpc::until_stopped(Box::pin(lines), self.draining.clone()))))
    }

    async fn list_audit(&self, request: Request<ListAuditRequest>) -> Result<Response<ListAuditResponse>, Status> {
        self.callers.person(&request).await?;
        let lines = self.store().list_audit(request.get_ref().after, None, LINES).await;
        let entries = lines.map_err(Error::from).map_err(refusal)?.into_iter().map(entry).collect();
        Ok(Response::new(ListAuditResponse { entries }))
    }

    async fn check_audit(&self, request: Request<CheckAuditRequest>) -> Result<Response<CheckAuditResponse>, Status> {
        self.callers.person(&request).await?;
        let anchor = match request.get_ref().anchor.as_str() {
            "" => None,
            text => Some(hash("anchor", text)?),
        };
        let checked = self.store().verify_audit(1, anchor).await.map_err(Error::from).map_err(refusal)?;
        let head = self.store().audit_head().await.map_err(Error::from).map_err(refusal)?;
        let head = head.link.map(|link| link.to_string()).unwrap_or_default();
        let (Ok(index) | Err(index)) = checked;
        Ok(Response::new(CheckAuditResponse { holds: checked.is_ok(), index, head }))
    }
}

fn id(text: &str) -> Result<Uuid, Status> {
    let given = text.parse::<Uuid>().ok().filter(|id| !id.is_nil());
    given.ok_or_else(|| Refusal::field("change_id", "a UUID that names the change").into())
}

fn hash(field: &'static str, text: &str) -> Result<B256, Status> {
    text.parse().map_err(|_| Refusal::field(field, "0x and 64 hexadecimal digits").into())
}
