//! `causeway.tokenization.v1.TokenizationService`: who calls, what he may, what he says; the rest is the application's.

use std::collections::BTreeMap;

use causeway_grpc::{Code, Peer, Refusal};
use causeway_primitives::{Address, AssetId, B256, ChainId};
use causeway_proto::{
    tokenization::v1::{
        ApproveRequestRequest, ApproveRequestResponse, BridgeRequest, BridgeResponse, GetReconciliationRequest,
        GetReconciliationResponse, GetRequestRequest, GetRequestResponse, ListAnswersRequest, ListAnswersResponse,
        ListAssetsRequest, ListAssetsResponse, ListLedgerRequest, ListLedgerResponse, ListRequestsRequest,
        ListRequestsResponse, MintRequest, MintResponse, RedeemRequest, RedeemResponse, RefuseRequestRequest,
        RefuseRequestResponse, ReleaseRequestRequest, ReleaseRequestResponse, ReplayAnswerRequest,
        ReplayAnswerResponse, Request as Told, SubmitMessageRequest, SubmitMessageResponse, TransferRequest,
        TransferResponse, WatchRequestsRequest, WatchRequestsResponse,
        tokenization_service_server::TokenizationService,
    },
    types::v1::PageResponse,
};
use causeway_runtime::CancellationToken;
use prost::Message;
use tonic::{Request, Response, Status};

use super::{
    convert, keep, request,
    status::{failed, not_admitted, not_called, not_decided, not_read, not_taken, unread},
    watch::{self, Answers},
};
use crate::{
    app::{Api, Asked, Decision, Shown, Tail, Taken, digest_of},
    config::Right,
    domain::{
        actor::Actor,
        request::{AnswerId, Request as Stored, RequestId},
    },
};

/// The methods of this service that know their callers themselves; reading ones included, because whoever asks has to be
/// one of the callers.
pub(crate) const METHODS: [&str; 16] = [
    "causeway.tokenization.v1.TokenizationService/ApproveRequest",
    "causeway.tokenization.v1.TokenizationService/Bridge",
    "causeway.tokenization.v1.TokenizationService/GetReconciliation",
    "causeway.tokenization.v1.TokenizationService/GetRequest",
    "causeway.tokenization.v1.TokenizationService/ListAnswers",
    "causeway.tokenization.v1.TokenizationService/ListAssets",
    "causeway.tokenization.v1.TokenizationService/ListLedger",
    "causeway.tokenization.v1.TokenizationService/ListRequests",
    "causeway.tokenization.v1.TokenizationService/Mint",
    "causeway.tokenization.v1.TokenizationService/Redeem",
    "causeway.tokenization.v1.TokenizationService/RefuseRequest",
    "causeway.tokenization.v1.TokenizationService/ReleaseRequest",
    "causeway.tokenization.v1.TokenizationService/ReplayAnswer",
    "causeway.tokenization.v1.TokenizationService/SubmitMessage",
    "causeway.tokenization.v1.TokenizationService/Transfer",
    "causeway.tokenization.v1.TokenizationService/WatchRequests",
];

/// The service.
#[derive(Debug, Clone)]
pub(crate) struct Tokenization {
    /// What stands behind it.
    pub(crate) api: Api,
    /// Where the tokens are.
    pub(crate) chain: ChainId,
    /// Each asset's contract.
    pub(crate) tokens: BTreeMap<AssetId, Address>,
    /// Cancelled when the service drains: streams end with it.
    pub(crate) draining: CancellationToken,
}

impl Tokenization {
    /// Lets a caller in who has a right: by the token that he shows, or else by his certificate.
    fn admit<T>(&self, request: &Request<T>, right: Right) -> Result<Actor, Status> {
        let token = request.metadata().get("authorization");
        let token = token.map(|value| value.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")));
        let names = request.extensions().get::<Peer>().map(|peer| peer.names.as_slice()).unwrap_or_default();
        let shown = token.map_or(Shown::Certificate(names), |token| Shown::Token(token.unwrap_or_default()));
        self.api.door.admit(shown, right).map_err(not_admitted)
    }

    /// Takes an instruction, or answers the call as before.
    async fn instruct<M: Message + Default>(
        &self,
        caller: &Actor,
        (key, body): (&str, B256),
        asked: Asked,
        answer: impl FnOnce(Told) -> M + Send,
    ) -> Result<Response<M>, Status> {
        let carry_out = async { keep::keep(self.take(caller, &asked).await.map(answer)) };
        let kept = self.api.calls.once(caller, key, body, carry_out).await.map_err(not_called)?;
        keep::told(&kept).map(Response::new)
    }

    async fn take(&self, caller: &Actor, asked: &Asked) -> Result<Told, Status> {
        let taken = self.api.orders.ask(caller, asked).await.map_err(|error| failed(&error))?;
        let (Taken::New(id) | Taken::Known(id)) = taken.map_err(not_taken)?;
        self.told(&self.find(id).await?).await
    }

    async fn find(&self, id: RequestId) -> Result<Stored, Status> {
        let found = self.api.store.find_request(id).await.map_err(unread)?;
        let unknown = || Refusal::new(Code::NotFound, "REQUEST_UNKNOWN", format!("there is no request {id}"));
        Ok(found.ok_or_else(unknown)?)
    }

    /// A request with its timeline.
    async fn told(&self, request: &Stored) -> Result<Told, Status> {
        let steps = self.api.store.list_steps(request.id).await.map_err(unread)?;
        Ok(convert::request(request, &steps))
    }

    async fn decide(
        &self,
        person: &Actor,
        id: &str,
        (decision, why): (Decision, Option<&str>),
    ) -> Result<Option<Told>, Status> {
        let id = request::id("request_id", id)?;
        let decided = self.api.desk.decide(id, person, decision, why).await.map_err(|error| failed(&error))?;
        let decided = decided.map_err(not_decided)?;
        tracing::info!(request_id = %id, actor = %person, state = decided.saga.state.as_str(), "request decided");
        self.told(&decided).await.map(Some)
    }

    /// An asset that there is.
    fn asset(&self, id: &str) -> Result<AssetId, Status> {
        let id = request::asset("asset_id", id)?;
        let unknown = || Refusal::new(Code::NotFound, "ASSET_UNKNOWN", format!("there is no asset {id}"));
        self.api.catalogue.asset(&id).ok_or_else(unknown)?;
        Ok(id)
    }
}

/// What a call is known by beside its key.
fn said<M: Message>(method: &str, message: &M) -> B256 {
    digest_of(method, &message.encode_to_vec())
}

#[tonic::async_trait]
impl TokenizationService for Tokenization {
    async fn submit_message(
        &self,
        request: Request<SubmitMessageRequest>,
    ) -> Result<Response<SubmitMessageResponse>, Status> {
        let caller = self.admit(&request, Right::Order)?;
        let message = request.into_inner();
        let carry_out = async {
            let taken = self.api.orders.submit(&caller, &message.file_name, &message.content).await;
            let receipts = taken.map_err(|error| failed(&error))?.map_err(|refused| not_read(&refused));
            let answer = |receipts: Vec<_>| receipts.into_iter().map(convert::message).collect();
            keep::keep(receipts.map(|receipts| SubmitMessageResponse { messages: answer(receipts) }))
        };
        let body = said("grpc/submit", &message);
        let kept = self.api.calls.once(&caller, &message.idempotency_key, body, carry_out).await;
        keep::told(&kept.map_err(not_called)?).map(Response::new)
    }

    async fn mint(&self, request: Request<MintRequest>) -> Result<Response<MintResponse>, Status> {
        let caller = self.admit(&request, Right::Order)?;
        let wish = request.into_inner();
        let (asked, call) = (request::mint(&wish)?, (wish.idempotency_key.as_str(), said("grpc/mint", &wish)));
        self.instruct(&caller, call, asked, |request| MintResponse { request: Some(request) }).await
    }

    async fn transfer(&self, request: Request<TransferRequest>) -> Result<Response<TransferResponse>, Status> {
        let caller = self.admit(&request, Right::Order)?;
        let wish = request.into_inner();
        let (asked, call) = (request::transfer(&wish)?, (wish.idempotency_key.as_str(), said("grpc/transfer", &wish)));
        self.instruct(&caller, call, asked, |request| TransferResponse { request: Some(request) }).await
    }

    async fn redeem(&self, request: Request<RedeemRequest>) -> Result<Response<RedeemResponse>, Status> {
        let caller = self.admit(&request, Right::Order)?;
        let wish = request.into_inner();
        let (asked, call) = (request::redeem(&wish)?, (wish.idempotency_key.as_str(), said("grpc/redeem", &wish)));
        self.instruct(&caller, call, asked, |request| RedeemResponse { request: Some(request) }).await
    }

    async fn bridge(&self, request: Request<BridgeRequest>) -> Result<Response<BridgeResponse>, Status> {
        let caller = self.admit(&request, Right::Order)?;
        let wish = request.into_inner();
        let (asked, call) = (request::bridge(&wish)?, (wish.idempotency_key.as_str(), said("grpc/bridge", &wish)));
        self.instruct(&caller, call, asked, |request| BridgeResponse { request: Some(request) }).await
    }

    async fn approve_request(
        &self,
        request: Request<ApproveRequestRequest>,
    ) -> Result<Response<ApproveRequestResponse>, Status> {
        let person = self.admit(&request, Right::Decide)?;
        let id = request.into_inner().request_id;
        let request = self.decide(&person, &id, (Decision::Approve, None)).await?;
        Ok(Response::new(ApproveRequestResponse { request }))
    }

    async fn refuse_request(
        &self,
        request: Request<RefuseRequestRequest>,
    ) -> Result<Response<RefuseRequestResponse>, Status> {
        let person = self.admit(&request, Right::Decide)?;
        let RefuseRequestRequest { request_id, reason } = request.into_inner();
        let why = request::words("reason", &reason)?;
        let request = self.decide(&person, &request_id, (Decision::Refuse, Some(why))).await?;
        Ok(Response::new(RefuseRequestResponse { request }))
    }

    async fn release_request(
        &self,
        request: Request<ReleaseRequestRequest>,
    ) -> Result<Response<ReleaseRequestResponse>, Status> {
        let person = self.admit(&request, Right::Decide)?;
        let id = request.into_inner().request_id;
        let request = self.decide(&person, &id, (Decision::Release, None)).await?;
        Ok(Response::new(ReleaseRequestResponse { request }))
    }

    async fn get_request(&self, request: Request<GetRequestRequest>) -> Result<Response<GetRequestResponse>, Status> {
        self.admit(&request, Right::Read)?;
        let found = self.find(request::id("request_id", &request.into_inner().request_id)?).await?;
        Ok(Response::new(GetRequestResponse { request: Some(self.told(&found).await?) }))
    }

    async fn list_requests(
        &self,
        request: Request<ListRequestsRequest>,
    ) -> Result<Response<ListRequestsResponse>, Status> {
        self.admit(&request, Right::Read)?;
        let wanted = request.into_inner();
        let (filter, size) = (request::filter(&wanted)?, request::size(wanted.page.as_ref())?);
        let before = match request::token(wanted.page.as_ref())? {
            Some(id) => Some(self.find(id).await?),
            None => None,
        };
        let found = self.api.store.list_requests(&filter, before.as_ref(), size.saturating_add(1)).await;
        let (found, page) = page(found.map_err(unread)?, size, |last| last.id.to_string());
        let requests = found.iter().map(|request| convert::request(request, &[])).collect();
        Ok(Response::new(ListRequestsResponse { requests, page }))
    }

    type WatchRequestsStream = Answers<WatchRequestsResponse>;

    async fn watch_requests(
        &self,
        request: Request<WatchRequestsRequest>,
    ) -> Result<Response<Self::WatchRequestsStream>, Status> {
        self.admit(&request, Right::Read)?;
        let WatchRequestsRequest { request_id, after } = request.into_inner();
        let only = request::set(&request_id).map(|id| request::id("request_id", id)).transpose()?;
        if let Some(id) = only {
            self.find(id).await?;
        }
        let after = Some(after).filter(|after| *after > 0);
        let tail = Tail::start(self.api.store.clone(), only, after).await.map_err(unread)?;
        Ok(Response::new(watch::steps(tail, self.draining.clone())))
    }

    async fn list_assets(&self, request: Request<ListAssetsRequest>) -> Result<Response<ListAssetsResponse>, Status> {
        self.admit(&request, Right::Read)?;
        let place = |id| (self.chain, self.tokens.get(id).copied());
        let told = self.api.catalogue.assets().map(|(id, asset)| convert::asset(id, asset, place(id)));
        Ok(Response::new(ListAssetsResponse { assets: told.collect() }))
    }

    async fn list_ledger(&self, request: Request<ListLedgerRequest>) -> Result<Response<ListLedgerResponse>, Status> {
        self.admit(&request, Right::Read)?;
        let wanted = request.into_inner();
        let (asset, size) = (self.asset(&wanted.asset_id)?, request::size(wanted.page.as_ref())?);
        let only = request::set(&wanted.request_id).map(|id| request::id("request_id", id)).transpose()?;
        let before = request::token(wanted.page.as_ref())?.unwrap_or(u64::MAX);
        let store = &self.api.store;
        let found = store.list_entries(&asset, only, before, size.saturating_add(1)).await.map_err(unread)?;
        let totals = store.get_books(&asset).await.map_err(unread)?.totals().map_err(|error| failed(&error.into()))?;
        let (found, page) = page(found, size, |last| last.id.to_string());
        let entries = found.iter().map(|row| convert::entry(&asset, row)).collect();
        Ok(Response::new(ListLedgerResponse { entries, totals: Some(convert::totals(&totals)), page }))
    }

    async fn get_reconciliation(
        &self,
        request: Request<GetReconciliationRequest>,
    ) -> Result<Response<GetReconciliationResponse>, Status> {
        self.admit(&request, Right::Read)?;
        let wanted = request.into_inner().asset_id;
        let only = request::set(&wanted).map(|id| self.asset(id)).transpose()?;
        let comparisons = self.api.comparisons.borrow().clone();
        let of = comparisons.iter().filter(|(asset, _)| only.as_ref().is_none_or(|only| only == *asset));
        let reconciliations = of.map(|(asset, one)| convert::reconciliation(asset, self.chain, one)).collect();
        Ok(Response::new(GetReconciliationResponse { reconciliations }))
    }

    async fn list_answers(
        &self,
        request: Request<ListAnswersRequest>,
    ) -> Result<Response<ListAnswersResponse>, Status> {
        self.admit(&request, Right::Read)?;
        let request = self.find(request::id("request_id", &request.into_inner().request_id)?).await?;
        let answers = self.api.store.list_answers(request.id).await.map_err(unread)?;
        Ok(Response::new(ListAnswersResponse { answers: answers.into_iter().map(convert::answer).collect() }))
    }

    async fn replay_answer(
        &self,
        request: Request<ReplayAnswerRequest>,
    ) -> Result<Response<ReplayAnswerResponse>, Status> {
        let person = self.admit(&request, Right::Decide)?;
        let id: AnswerId = request::id("answer_id", &request.into_inner().answer_id)?;
        let answer = self.api.desk.replay(id, &person).await.map_err(|error| failed(&error))?;
        let unknown = || Refusal::new(Code::NotFound, "ANSWER_UNKNOWN", format!("there is no answer {id}"));
        let answer = Some(convert::answer(answer.ok_or_else(unknown)?));
        Ok(Response::new(ReplayAnswerResponse { answer }))
    }
}

/// The first so many of what was asked for with one more, and how to go on when there was one more.
fn page<T>(mut found: Vec<T>, size: u32, token: impl Fn(&T) -> String) -> (Vec<T>, Option<PageResponse>) {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next_token = found.last().filter(|_| more).map(token).unwrap_or_default();
    (found, Some(PageResponse { next_token }))
}
