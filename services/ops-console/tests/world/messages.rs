//! The pages of cross-chain messages.

use std::time::Duration;

use causeway_proto::{
    ccip::v1::{
        Attempt, ChainView, DiagnoseMessageResponse, DiagnosisStep, GetInFlightValueResponse,
        GetLaneStatisticsResponse, GetMessageResponse, GetReportRequest, GetReportResponse, HistoryStep, InFlightValue,
        LaneStatistics, LaneView, ListLanesResponse, ListTransactionMessagesResponse, Message, MessageSide,
        MessageStatus, SearchMessagesRequest, SearchMessagesResponse,
    },
    ops::v1::WatchEventsResponse,
    types::v1::{BigInteger, ChainPosition, PageResponse},
};
use futures_util::StreamExt as _;
use prost_types::Timestamp;
use tonic::Code;

use super::stand::Stand;

pub(super) const ID: &str = "0xabababababababababababababababababababababababababababababababab";

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: 1_790_000_000 + seconds, nanos: 0 })
}

fn number(text: &str) -> Option<BigInteger> {
    Some(BigInteger { value: text.to_owned() })
}

pub(super) fn message(status: MessageStatus) -> Message {
    Message {
        message_id: ID.to_owned(),
        id_proof: 1,
        lane: "besu-to-sepolia".to_owned(),
        dialect: "ccip-1.6".to_owned(),
        source: Some(MessageSide { chain_id: 138, r#final: true, ..MessageSide::default() }),
        destination: Some(MessageSide { selector: "16015286601757825753".to_owned(), ..MessageSide::default() }),
        sender: format!("0x{}", "11".repeat(20)),
        receiver: format!("0x{}", "22".repeat(32)),
        status: status.into(),
        sent_at: at(0),
        executed_at: at(93),
        fee_token: format!("0x{}", "0".repeat(40)),
        fee: number("1500000000000000"),
        ..Message::default()
    }
}

pub(super) fn found(messages: Vec<Message>, next: &str) -> SearchMessagesResponse {
    SearchMessagesResponse { messages, page: Some(PageResponse { next_token: next.to_owned() }) }
}

#[tokio::test]
async fn ops_1_messages_are_searched_paged_and_refused_with_what_is_allowed() {
    let stand = Stand::whole("console_messages").await;
    let monitor = &stand.monitor.calls;
    monitor.answer("SearchMessages", &found(vec![message(MessageStatus::Executed)], "older+1"));
    let query = "/messages?status=executed&from=138&sender=0x1111111111111111111111111111111111111111&lane=";
    let page = stand.page(query).await;
    for shown in ["executed", "138 → selector 16015286601757825753", "1 min", "0xabababab…ababab", "page=older%2B1"]
    {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    let asked: SearchMessagesRequest = monitor.last("SearchMessages");
    assert_eq!((asked.status(), asked.source_chain_id, asked.lane.as_str()), (MessageStatus::Executed, 138, ""));
    for (query, allowed) in [
        ("status=lost", "one of sent, delivered, executing, executed, failed, expired"),
        ("from=main", "a whole number"),
        ("sender=0x12", "0x and 40 hexadecimal digits"),
        ("colour=red", "one of id, status, from"),
        ("id=<script>", "0x and 64 hexadecimal digits"),
    ] {
        let answer = stand.get(&format!("/messages?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        let page = answer.text().await.unwrap();
        assert!(page.contains(allowed) && !page.contains("<script>"), "{query}: {page}");
    }
    monitor.refuse("SearchMessages", Code::InvalidArgument, "page.token: must be one that a search gave");
    let answer = stand.get("/messages?page=mine").await;
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("must be one that a search gave"));

    monitor.refuse("GetMessage", Code::NotFound, "there is no message");
    let chain =
        ChainView { position: Some(ChainPosition { chain_id: 138, ..Default::default() }), ..Default::default() };
    monitor.answer("ListLanes", &ListLanesResponse { chains: vec![chain], lanes: Vec::new() });
    let of_tx = ListTransactionMessagesResponse { messages: vec![message(MessageStatus::Sent)] };
    monitor.answer("ListTransactionMessages", &of_tx);
    let page = stand.page(&format!("/messages?id=0x{}", "77".repeat(32))).await;
    assert!(page.contains("0xabababab…ababab"), "a transaction is found by its hash: {page}");
    assert_eq!(stand.get(&format!("/messages/{ID}")).await.status(), 404);
    assert_eq!(stand.get("/messages/0x12").await.status(), 404);
}

#[tokio::test]
async fn ops_7_a_message_shows_how_far_it_is_why_and_what_to_do() {
    let stand = Stand::whole("console_message").await;
    let monitor = &stand.monitor.calls;
    let step = |event: &str, status: MessageStatus, seconds| HistoryStep {
        event: event.to_owned(),
        status: status.into(),
        at: at(seconds),
        ..HistoryStep::default()
    };
    let history = vec![step("sent", MessageStatus::Sent, 0), step("failed", MessageStatus::Failed, 60)];
    let reason = "Receiver reverted: <b>paused</b>\u{202e}".to_owned();
    let attempts = vec![Attempt { outcome: "failed".to_owned(), reason, timestamp: at(60), ..Attempt::default() }];
    let one = message(MessageStatus::Failed);
    monitor.answer("GetMessage", &GetMessageResponse { message: Some(one), history, attempts });
    let steps = vec![DiagnosisStep {
        name: "execution".to_owned(),
        finding: 2,
        detail: "the receiver is paused".to_owned(),
        proof: "eth_call paused() at 7".to_owned(),
        ..DiagnosisStep::default()
    }];
    let made = DiagnoseMessageResponse {
        verdict: "the receiver refused it".to_owned(),
        action: "unpause the receiver, then execute by hand".to_owned(),
        outcome: "executable".to_owned(),
        steps,
        ..DiagnoseMessageResponse::default()
    };
    monitor.answer("DiagnoseMessage", &made);
    let path = format!("/messages/{ID}");
    let page = stand.page(&path).await;
    for shown in [
        "■</span> failed",
        "executable by hand",
        "unpause the receiver",
        "eth_call paused() at 7",
        "not seen",
        "0.0015 of the chain",
        "2026-09-21",
        "&#60;b&#62;paused&#60;/b&#62;\u{fffd}",
    ] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    monitor.refuse("DiagnoseMessage", Code::DeadlineExceeded, "too slow");
    stand.shows(&path, &["The diagnosis cannot be made now", "Receiver reverted"]).await;
}

/// A part of the page that cannot be asked says so, and the others stand; when none can, what was there before does.
async fn each_part_stands_alone(stand: &Stand) {
    let monitor = &stand.monitor.calls;
    for (call, rest) in [
        ("GetInFlightValue", ["1,000", "does not serve", "From send to execution"]),
        ("GetLaneStatistics", ["not known", "does not serve", "From send to execution"]),
        ("SearchMessages", ["besu-to-sepolia", "not known", "does not serve"]),
    ] {
        let why = format!("no {call} today");
        monitor.refuse(call, Code::Internal, &why);
        stand.shows("/messages/lanes", &[why.as_str(), rest[0], rest[1], rest[2]]).await;
    }
    monitor.answer("SearchMessages", &found(vec![message(MessageStatus::Executed)], ""));
    monitor.refuse("ListLanes", Code::Internal, "no lanes today");
    stand.shows("/messages/lanes", &["no lanes today", "From send to execution"]).await;
    monitor.refuse("SearchMessages", Code::Internal, "nothing today");
    let shown = ["no lanes today", "What follows is of", "From send to execution"];
    stand.shows("/messages/lanes", &shown).await;
}

#[tokio::test]
async fn ops_7_lanes_say_their_figures_what_is_on_its_way_and_how_far_was_read() {
    let stand = Stand::whole("console_lanes").await;
    let monitor = &stand.monitor.calls;
    let lane = LaneView { name: "besu-to-sepolia".to_owned(), supported: "yes".to_owned(), ..LaneView::default() };
    let chain = ChainView { name: "besu".to_owned(), router: "paused".to_owned(), head: 1_234, ..ChainView::default() };
    monitor.answer("ListLanes", &ListLanesResponse { chains: vec![chain], lanes: vec![lane] });
    let latency = Some(prost_types::Duration { seconds: 93, nanos: 0 });
    let figures = LaneStatistics {
        lane: "besu-to-sepolia".to_owned(),
        sent: 1_000,
        executed: 2,
        failed: 1,
        latency_p50: latency,
        ..LaneStatistics::default()
    };
    monitor.answer("GetLaneStatistics", &GetLaneStatisticsResponse { lanes: vec![figures] });
    let value = InFlightValue { amount: number("123456789"), messages: 3, ..InFlightValue::default() };
    monitor.answer("GetInFlightValue", &GetInFlightValueResponse { values: vec![value], positions: Vec::new() });
    monitor.answer("SearchMessages", &found(vec![message(MessageStatus::Executed)], ""));
    let page = stand.page("/messages/lanes").await;
    for shown in
        ["1,000", "66.666 %", "123,456,789", "does not serve", "paused", "From send to execution", "93 s", "<svg"]
    {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    monitor.refuse("GetInFlightValue", Code::FailedPrecondition, "chain 138 was read up to 7 of 9");
    stand.shows("/messages/lanes", &["An incomplete sum is no sum", "chain 138 was read up to 7 of 9"]).await;
    each_part_stands_alone(&stand).await;

    let document = r#"{"coverage":{"whole":false,"open_holes":2},"volume":[{"lane":null,"sent":5,"executed":4,"failed":1,
        "expired":0,"pending":0,"success_rate_percent":"80.00","latency":null}],"fees":{"lanes":[]},"errors":{"kinds":[],
        "unlisted":0},"activity":{"days":[{"start":"2026-11-20T00:00:00Z","sent":5,"executed":4}]},"newer":1}"#;
    let report = |document: &str| GetReportResponse {
        from: at(0),
        before: at(86_400),
        document_json: document.to_owned(),
        markdown: "# Report\n<script>".to_owned(),
    };
    monitor.answer("GetReport", &report(document));
    let page = stand.page("/messages/report?span=month").await;
    for shown in
        ["all lanes", "80.00 %", "2 things are there that could not be read", "Messages a day", "&#60;script&#62;"]
    {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    assert_eq!(monitor.last::<GetReportRequest>("GetReport").span, 3);
    monitor.answer("GetReport", &report("[]"));
    assert!(stand.page("/messages/report").await.contains("a report that this console cannot read"));
}

#[tokio::test]
async fn ops_1_a_page_of_a_service_that_is_silent_slow_older_or_unwilling_says_so_and_what_to_do() {
    let mut stand = Stand::whole("console_silent").await;
    let monitor = stand.monitor.calls.clone();
    let page = stand.page("/messages").await;
    assert!(page.contains("does not know this question") && page.contains("bring it up to date"), "{page}");
    monitor.refuse("SearchMessages", Code::PermissionDenied, "not you");
    stand.shows("/messages", &["not you", "callers"]).await;
    monitor.answer("SearchMessages", &found(vec![message(MessageStatus::Executed)], ""));
    stand.shows("/messages", &["0xabababab…ababab"]).await;
    monitor.hang("SearchMessages");
    stand.shows("/messages", &["no answer", "What follows is of", "0xabababab…ababab"]).await;
    drop(stand.doors.remove(0));
    stand.shows("/messages", &["It was last heard", "kubectl logs deployment/ccip-monitor", "0xabababab…ababab"]).await;
    let old = stand.page("/messages?status=failed").await;
    assert!(old.contains("no answer") && !old.contains("What follows"), "nothing was seen of this search: {old}");
}

#[tokio::test]
async fn ops_1_hostile_words_of_a_message_are_inert_and_short() {
    let stand = Stand::whole("console_hostile_message").await;
    let monitor = &stand.monitor.calls;
    let evil = format!("\u{202e}<script>alert(1)</script>\" onload=x{}", "y".repeat(1 << 19));
    let one = Message {
        message_id: evil.clone(),
        lane: evil.clone(),
        sender: evil.clone(),
        fee_token: evil.clone(),
        fee: number(&evil),
        ..message(MessageStatus::Sent)
    };
    monitor.answer("SearchMessages", &found(vec![one.clone()], &evil[..500]));
    monitor.answer("GetMessage", &GetMessageResponse { message: Some(one), ..GetMessageResponse::default() });
    let made = DiagnoseMessageResponse { verdict: evil.clone(), outcome: evil, ..DiagnoseMessageResponse::default() };
    monitor.answer("DiagnoseMessage", &made);
    for path in ["/messages".to_owned(), format!("/messages/{ID}")] {
        let page = stand.page(&path).await;
        assert!(page.contains("no number") || path == "/messages", "{page}");
        assert!(page.len() < 30_000, "{path}: {}", page.len());
        assert!(!page.contains('\u{202e}') && !page.contains("<script>") && !page.contains("\" onload"), "{page}");
    }
}

#[tokio::test]
async fn ops_1_a_page_is_made_anew_with_what_its_service_tells() {
    let stand = Stand::whole("console_live_message").await;
    let monitor = &stand.monitor;
    monitor.calls.answer("SearchMessages", &found(vec![message(MessageStatus::Sent)], ""));
    stand.shows("/messages", &["sent</span>"]).await;
    let mut live = stand.get("/live").await.bytes_stream();
    live.next().await.unwrap().unwrap();
    monitor.calls.answer("SearchMessages", &found(vec![message(MessageStatus::Failed)], ""));
    monitor.tell(WatchEventsResponse { sequence: 9, at: at(0), kind: "failed".to_owned(), ..Default::default() });
    let rung = tokio::time::timeout(Duration::from_secs(10), live.next()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&rung).contains("news"), "{rung:?}");
    assert!(stand.page("/messages").await.contains("failed</span>"), "what is told now is shown now");
}
