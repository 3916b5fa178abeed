//! The gateway over gRPC: the same orders, keys and rights as over REST, and what only it has.

use causeway_grpc::{Code, Refusal};
use causeway_primitives::U256;
use causeway_proto::{
    tokenization::v1::{
        ApproveRequestRequest, GetReconciliationRequest, GetRequestRequest, ListAnswersRequest, ListAssetsRequest,
        ListLedgerRequest, ListRequestsRequest, MintRequest, ReconciliationOutcome, RefuseRequestRequest,
        ReplayAnswerRequest, RequestState, SubmitMessageRequest, WatchRequestsRequest,
        tokenization_service_client::TokenizationServiceClient,
    },
    types::v1::{Decimal, PageRequest},
};
use causeway_testkit::wait::{SOON, eventually};
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint},
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};

use super::{
    messages::{mt103, uetr},
    process::{ANNA, BANK, Process},
    stand::Stand,
};

type Client = TokenizationServiceClient<Channel>;

async fn channel(process: &Process) -> Channel {
    let address = format!("http://{}", process.service.listening().grpc);
    Endpoint::from_shared(address).unwrap().connect().await.unwrap()
}

async fn client(process: &Process) -> Client {
    Client::new(channel(process).await)
}

/// A call of somebody.
fn by<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

fn mint(key: &str, amount: &str, to: impl ToString) -> MintRequest {
    MintRequest {
        idempotency_key: key.to_owned(),
        asset_id: "eur".to_owned(),
        amount: Some(Decimal { value: amount.to_owned() }),
        to: to.to_string(),
        business_reference: format!("B-{key}"),
    }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let refusal = Refusal::from(answer.unwrap_err());
    (refusal.code, refusal.reason.into_owned())
}

/// Every state of a request from where it was taken, as the stream tells them, until one of these.
async fn watched(client: &mut Client, id: &str, last: RequestState) -> Vec<RequestState> {
    let wanted = WatchRequestsRequest { request_id: id.to_owned(), after: 1 };
    let mut steps = client.watch_requests(by(BANK, wanted)).await.unwrap().into_inner();
    let mut states = Vec::new();
    while states.last() != Some(&last) {
        let step = tokio::time::timeout(SOON, steps.message()).await.unwrap().unwrap().unwrap();
        states.push(step.entry.unwrap().state());
    }
    states
}

/// Whether tools that know nothing but the port find the service.
async fn is_listed(process: &Process) -> bool {
    let mut client = ServerReflectionClient::new(channel(process).await);
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let question = ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = client.server_reflection_info(tokio_stream::once(question)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    format!("{answer:?}").contains("causeway.tokenization.v1.TokenizationService")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_1_tok_7_tok_10_over_grpc_a_call_is_answered_once_and_refused_by_place_and_reason() {
    let stand = Stand::new("gateway_grpc").await;
    let process = Process::start(&stand).await;
    assert!(is_listed(&process).await);
    let mut client = client(&process).await;
    let submit = |key: &str, content: Vec<u8>| SubmitMessageRequest {
        content,
        file_name: "a.fin".to_owned(),
        idempotency_key: key.to_owned(),
    };
    let message = submit("s-1", mt103(&uetr(1), "10,", ""));
    let taken = client.submit_message(by(BANK, message.clone())).await.unwrap().into_inner();
    let (told, transaction) = (&taken.messages[0], &taken.messages[0].transactions[0]);
    assert_eq!((told.message_type.as_str(), told.sender.as_str()), ("MT103", "BANKBEBBXXX"));
    assert_eq!((transaction.known, transaction.refusal.as_str()), (false, ""));
    let states = watched(&mut client, &transaction.request_id, RequestState::Reported).await;
    assert!(states.ends_with(&[RequestState::Mined, RequestState::Reconciled, RequestState::Reported]), "{states:?}");
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::from(10_000_000));

    let again = client.submit_message(by(BANK, message)).await.unwrap().into_inner();
    assert_eq!(again, taken, "the same call has the same answer, whatever happened since");
    let other = client.submit_message(by(BANK, submit("s-1", mt103(&uetr(2), "10,", "")))).await;
    assert_eq!(refused(other), (Code::Conflict, "KEY_REUSED".to_owned()));
    let wrong = client.submit_message(by(BANK, submit("s-2", mt103(&uetr(3), "10.00", "")))).await;
    let refusal = Refusal::from(wrong.unwrap_err());
    assert_eq!((refusal.code, refusal.reason.as_ref()), (Code::InvalidArgument, "INVALID"));
    assert_eq!(refusal.violations[0].field, "block 4, field 32A");
    let training = mt103(&uetr(4), "10,", "{5:{CHK:123456789ABC}{TNG:}}");
    let training = client.submit_message(by(BANK, submit("s-3", training))).await;
    assert_eq!(refused(training), (Code::FailedPrecondition, "TRAINING".to_owned()));

    let wish = mint("m-1", "1.5", stand.holder);
    assert_eq!(refused(client.mint(wish.clone()).await).0, Code::Unauthenticated);
    assert_eq!(refused(client.mint(by("x", wish.clone())).await).0, Code::Unauthenticated);
    assert_eq!(refused(client.mint(by(ANNA, wish.clone())).await).0, Code::PermissionDenied);
    assert_eq!(refused(client.list_assets(ListAssetsRequest {}).await).0, Code::Unauthenticated);
    let first = client.mint(by(BANK, wish.clone())).await.unwrap().into_inner();
    assert_eq!(client.mint(by(BANK, wish.clone())).await.unwrap().into_inner(), first);
    let fine = mint("m-2", "0.0000001", stand.holder);
    assert_eq!(refused(client.mint(by(BANK, fine)).await), (Code::FailedPrecondition, "AMOUNT_NOT_IN_UNITS".into()));
    let keyless = MintRequest { idempotency_key: String::new(), ..wish };
    assert_eq!(refused(client.mint(by(BANK, keyless)).await).0, Code::InvalidArgument);
    process.service.terminate(SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_7_tok_8_over_grpc_people_decide_and_books_lists_and_answers_are_read() {
    let stand = Stand::new("gateway_grpc_people").await;
    let process = Process::start(&stand).await;
    let mut client = client(&process).await;
    let ask = async |key: &str, amount: &str| {
        let mut client = client.clone();
        let taken = client.mint(by(BANK, mint(key, amount, stand.holder))).await.unwrap().into_inner();
        let id = taken.request.unwrap().request_id;
        watched(&mut client, &id, RequestState::Held).await;
        id
    };
    let (yes, no) = (ask("k-1", "1000.5").await, ask("k-2", "2000").await);
    let approve = |id: &String| ApproveRequestRequest { request_id: id.clone() };
    assert_eq!(refused(client.approve_request(by(BANK, approve(&yes))).await).0, Code::PermissionDenied);
    client.approve_request(by(ANNA, approve(&yes))).await.unwrap();
    watched(&mut client, &yes, RequestState::Reported).await;
    let refuse = |reason: &str| RefuseRequestRequest { request_id: no.clone(), reason: reason.to_owned() };
    assert_eq!(refused(client.refuse_request(by(ANNA, refuse(""))).await).0, Code::InvalidArgument);
    let rejected = client.refuse_request(by(ANNA, refuse("not agreed with treasury"))).await.unwrap().into_inner();
    assert_eq!(rejected.request.unwrap().state(), RequestState::Rejected);
    let late = client.approve_request(by(ANNA, approve(&no))).await;
    assert_eq!(refused(late), (Code::FailedPrecondition, "NOT_WAITING".to_owned()));
    let record = stand.store.list_audit(0, 100).await.unwrap();
    assert!(record.iter().any(|row| row.body.contains("not agreed with treasury")), "why is on the record");

    let get = client.get_request(by(BANK, GetRequestRequest { request_id: yes.clone() })).await.unwrap().into_inner();
    let request = get.request.unwrap();
    assert_eq!(request.approvals[0].approver, "anna");
    assert!(request.on_chain.is_some() && request.timeline.len() > 12, "{request:?}");
    let page = |token: String| {
        let page = Some(PageRequest { size: 1, token });
        ListRequestsRequest { page, ..ListRequestsRequest::default() }
    };
    let first = client.list_requests(by(BANK, page(String::new()))).await.unwrap().into_inner();
    let second = client.list_requests(by(BANK, page(first.page.unwrap().next_token))).await.unwrap().into_inner();
    assert_eq!((&first.requests[0].request_id, &second.requests[0].request_id), (&no, &yes), "newest first");
    assert_eq!(second.page.unwrap().next_token, "", "that was the last");
    books_and_answers(&mut client, &yes).await;
    process.service.terminate(SOON).await.unwrap();
}

async fn books_and_answers(client: &mut Client, id: &str) {
    let wanted = ListLedgerRequest { asset_id: "eur".to_owned(), request_id: id.to_owned(), page: None };
    let ledger = client.list_ledger(by(BANK, wanted)).await.unwrap().into_inner();
    let phases: Vec<_> = ledger.entries.iter().map(|entry| entry.phase.as_str()).collect();
    assert_eq!(phases, ["posted", "pending"]);
    assert_eq!(ledger.totals.unwrap().held.unwrap().value, "1000500000");
    let found = eventually("books and chain agree", async || {
        let wanted = GetReconciliationRequest { asset_id: "eur".to_owned() };
        let told = client.get_reconciliation(by(BANK, wanted)).await.unwrap().into_inner();
        told.reconciliations.into_iter().find(|one| {
            one.outcome() == ReconciliationOutcome::Balanced
                && one.total_supply.as_ref().is_some_and(|supply| supply.value == "1000500000")
        })
    })
    .await;
    assert!(found.position.unwrap().block_number > 0, "with its block");

    let taken = client
        .submit_message(by(
            BANK,
            SubmitMessageRequest {
                content: mt103(&uetr(7), "10,", ""),
                idempotency_key: "s-7".to_owned(),
                ..SubmitMessageRequest::default()
            },
        ))
        .await
        .unwrap()
        .into_inner();
    let id = &taken.messages[0].transactions[0].request_id;
    watched(client, id, RequestState::Reported).await;
    let wanted = ListAnswersRequest { request_id: id.clone() };
    let answers = client.list_answers(by(BANK, wanted)).await.unwrap().into_inner().answers;
    assert!(answers.iter().any(|answer| answer.message_type.starts_with("pacs.002")), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.state == "kept"), "nobody is configured to be told");
    let replay = |id: &str| ReplayAnswerRequest { answer_id: id.to_owned() };
    client.replay_answer(by(ANNA, replay(&answers[0].answer_id))).await.unwrap();
    let unknown = client.replay_answer(by(ANNA, replay("00000000-0000-0000-0000-000000000001"))).await;
    assert_eq!(refused(unknown), (Code::NotFound, "ANSWER_UNKNOWN".to_owned()));
}
