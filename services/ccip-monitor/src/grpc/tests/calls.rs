//! Calls with one answer.

use causeway_primitives::{B256, MessageId};
use causeway_proto::{
    ccip::v1::{
        DiagnoseMessageRequest, Finding, GetLaneStatisticsRequest, GetMessageRequest, GetReportRequest,
        GetReportResponse, IdProof, ListFindingsRequest, ListLanesRequest, ListTransactionMessagesRequest,
        MessageStatus, SearchMessagesRequest, ccip_service_server::CcipService as _,
    },
    types::v1::PageRequest,
};
use tonic::{Code, Request};

use super::ccip;
use crate::ports::{
    fake::FakeStore,
    samples::{finding, id, message, pending, stats},
};

fn of(text: impl ToString) -> Request<GetMessageRequest> {
    Request::new(GetMessageRequest { message_id: text.to_string() })
}

#[tokio::test]
async fn ccip_18_a_message_is_got_by_its_id() {
    let (service, _) = ccip(FakeStore { messages: vec![message(7)], ..FakeStore::default() });
    let found = service.get_message(of(id(7))).await.unwrap().into_inner().message.unwrap();
    assert_eq!((found.status(), found.id_proof()), (MessageStatus::Executed, IdProof::Verified));
    assert_eq!(found.sequence_number, Some(u64::MAX));
    let (source, destination) = (found.source.unwrap(), found.destination.unwrap());
    assert_eq!((source.chain_id, source.selector.as_str(), source.r#final), (138, "138", true));
    assert_eq!(destination.selector, "16015286601757825753");
    assert_eq!(service.get_message(of(id(8))).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(service.get_message(of("latest")).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn ccip_18_a_search_is_paged_and_its_token_is_bound_to_it() {
    let (service, _) = ccip(FakeStore { messages: (1..=5).map(message).collect(), ..FakeStore::default() });
    let search = |status: MessageStatus, token: &str| {
        let page = Some(PageRequest { size: 3, token: token.to_owned() });
        Request::new(SearchMessagesRequest { status: status.into(), page, ..SearchMessagesRequest::default() })
    };
    let first = service.search_messages(search(MessageStatus::Executed, "")).await.unwrap().into_inner();
    let token = first.page.unwrap().next_token;
    let second = service.search_messages(search(MessageStatus::Executed, &token)).await.unwrap().into_inner();
    let ids: Vec<String> = first.messages.into_iter().chain(second.messages).map(|one| one.message_id).collect();
    assert_eq!(ids, (1..=5).rev().map(|number| id(number).to_string()).collect::<Vec<_>>());
    assert_eq!(second.page.unwrap().next_token, "");
    let refused = service.search_messages(search(MessageStatus::Failed, &token)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn ccip_18_a_filter_that_is_none_is_refused_and_not_left_out() {
    let (service, _) = ccip(FakeStore::default());
    let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    for request in [
        SearchMessagesRequest { sender: "0x12".to_owned(), ..SearchMessagesRequest::default() },
        SearchMessagesRequest { receiver: "x".to_owned(), ..SearchMessagesRequest::default() },
        SearchMessagesRequest { status: 77, ..SearchMessagesRequest::default() },
        SearchMessagesRequest { lane: "a b".to_owned(), ..SearchMessagesRequest::default() },
        SearchMessagesRequest { sent_from: time(-1), ..SearchMessagesRequest::default() },
        SearchMessagesRequest { sent_from: time(2), sent_before: time(1), ..SearchMessagesRequest::default() },
        SearchMessagesRequest {
            page: Some(PageRequest { size: 501, token: String::new() }),
            ..SearchMessagesRequest::default()
        },
    ] {
        let refused = service.search_messages(Request::new(request.clone())).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{request:?}");
    }
}

#[tokio::test]
async fn ccip_18_a_transaction_has_its_messages() {
    let (service, _) = ccip(FakeStore { messages: vec![pending(3)], ..FakeStore::default() });
    let ask = |chain_id, tx_hash: String| {
        service.list_transaction_messages(Request::new(ListTransactionMessagesRequest { chain_id, tx_hash }))
    };
    let found = ask(138, B256::repeat_byte(3).to_string()).await.unwrap().into_inner().messages;
    assert_eq!((found.len(), found[0].status()), (1, MessageStatus::Sent));
    assert_eq!(ask(0, B256::repeat_byte(3).to_string()).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(ask(138, "0x".to_owned()).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn ccip_18_statistics_of_lanes_say_what_is_pending() {
    let (service, _) = ccip(FakeStore { stats: vec![stats()], ..FakeStore::default() });
    let answer = service.get_lane_statistics(Request::new(GetLaneStatisticsRequest::default())).await.unwrap();
    let lane = &answer.into_inner().lanes[0];
    assert_eq!((lane.sent, lane.executed, lane.failed, lane.expired, lane.pending), (10, 7, 1, 0, 2));
    assert_eq!(lane.latency_p50.unwrap().nanos, 500_000_000);
}

#[tokio::test]
async fn ccip_15_a_diagnosis_never_says_more_than_is_known() {
    let (service, _) = ccip(FakeStore { messages: vec![pending(7)], ..FakeStore::default() });
    let ask =
        |id: MessageId| service.diagnose_message(Request::new(DiagnoseMessageRequest { message_id: id.to_string() }));
    let answer = ask(id(7)).await.unwrap().into_inner();
    assert_eq!((answer.outcome.as_str(), answer.steps[0].finding()), ("unknown", Finding::Unspecified));
    assert_eq!(answer.message.unwrap().status(), MessageStatus::Sent);
    assert_eq!(ask(id(8)).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn ccip_18_findings_and_lanes_are_listed() {
    let (service, _) = ccip(FakeStore { findings: (1..=3).map(finding).collect(), ..FakeStore::default() });
    let page = Some(PageRequest { size: 2, token: String::new() });
    let answer = service.list_findings(Request::new(ListFindingsRequest { page })).await.unwrap().into_inner();
    assert_eq!((answer.findings[0].sequence, answer.findings.len()), (3, 2));
    assert_eq!(answer.page.unwrap().next_token, "f.2");
    let lanes = service.list_lanes(Request::new(ListLanesRequest {})).await.unwrap().into_inner();
    let names: Vec<_> = lanes.chains.iter().map(|chain| (chain.name.as_str(), chain.cursed.as_str())).collect();
    assert_eq!(names, [("besu", "no"), ("sepolia", "")]);
    assert_eq!(lanes.chains[0].balances[0].juels, None, "what could not be read is not zero");
    assert_eq!((lanes.chains[0].router.as_str(), lanes.lanes[0].supported.as_str()), ("ok", "yes"));
}

#[tokio::test]
async fn ccip_12_a_report_of_whole_days_comes_as_data_and_in_words() {
    let (service, _) = ccip(FakeStore { messages: vec![message(7)], ..FakeStore::default() });
    let ask = |span| service.get_report(Request::new(GetReportRequest { span }));
    let week = ask(0).await.unwrap().into_inner();
    let length = |report: &GetReportResponse| report.before.unwrap().seconds - report.from.unwrap().seconds;
    assert_eq!((length(&week), week.before.unwrap().seconds % 86_400), (7 * 86_400, 0));
    let document: serde_json::Value = serde_json::from_str(&week.document_json).unwrap();
    assert!(document["volume"].is_array() && document["fees"]["days"].is_array(), "{document}");
    assert!(week.markdown.starts_with('#'), "{}", week.markdown);
    assert_eq!(length(&ask(3).await.unwrap().into_inner()), 30 * 86_400);
    assert_eq!(ask(9).await.unwrap_err().code(), Code::InvalidArgument);
}
