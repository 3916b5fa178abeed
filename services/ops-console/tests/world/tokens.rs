//! The pages of tokens.

use causeway_primitives::Timestamp;
use causeway_proto::{
    tokenization::v1::{
        Asset, GetReconciliationResponse, GetRequestResponse, LedgerEntry, LedgerLeg, LedgerTotals,
        ListAnswersResponse, ListAssetsResponse, ListLedgerResponse, ListRequestsRequest, ListRequestsResponse,
        OutboundMessage, Reconciliation, Request, TimelineEntry,
    },
    types::v1::BigInteger,
};
use causeway_service::wire::timestamp;
use tonic::Code;

use super::{
    canned::Canned,
    stand::{Stand, TOKEN},
};

pub(super) const REQUEST: &str = "018f0000-0000-7000-8000-0000000000aa";

fn number(text: &str) -> Option<BigInteger> {
    Some(BigInteger { value: text.to_owned() })
}

pub(super) fn request() -> Request {
    let step = |step, state, cause: &str| TimelineEntry {
        step,
        state,
        cause: cause.to_owned(),
        actor: "gateway".to_owned(),
        at: None,
    };
    Request {
        request_id: REQUEST.to_owned(),
        kind: 1,
        state: 14,
        reason: "awaits_approval".to_owned(),
        asset_id: "eur".to_owned(),
        units: number("123450"),
        amount: "1234.50".to_owned(),
        to: format!("0x{}", "22".repeat(20)),
        maker: "anna\u{202e}<b>".to_owned(),
        timeline: vec![step(1, 1, "taken"), step(2, 14, "awaits_approval"), step(3, 99, "newer")],
        ..Request::default()
    }
}

/// Nobody needs to do anything about it.
fn for_a_later_day() -> Request {
    let begins = Timestamp::from_rfc3339("2026-12-24T00:00:00Z").unwrap();
    Request {
        request_id: REQUEST.replace("018f", "018e"),
        reason: "value_date".to_owned(),
        not_before: timestamp(begins),
        ..request()
    }
}

pub(super) fn whole(gateway: &Canned) {
    gateway.answer("ListRequests", &ListRequestsResponse { requests: vec![request(), for_a_later_day()], page: None });
    let asset = Asset { asset_id: "eur".to_owned(), decimals: 2, active: true, ..Asset::default() };
    gateway.answer("ListAssets", &ListAssetsResponse { assets: vec![asset] });
    let totals = LedgerTotals { issued: number("500000"), ..LedgerTotals::default() };
    let broken = Reconciliation {
        asset_id: "eur".to_owned(),
        outcome: 3,
        totals: Some(totals),
        total_supply: number("500001"),
        ..Reconciliation::default()
    };
    gateway.answer("GetReconciliation", &GetReconciliationResponse { reconciliations: vec![broken] });
}

#[tokio::test]
async fn ops_1_tokens_show_what_waits_how_the_books_agree_and_the_requests_of_a_state() {
    let stand = Stand::whole("console_tokens").await;
    let gateway = &stand.gateway.calls;
    whole(gateway);
    let page = stand.page("/tokens?state=held").await;
    for shown in [
        "Waits for a second person",
        "mint of 1,234.5 eur",
        "anna\u{fffd}&#60;b&#62;",
        "action=request.approve&#38;request_id=018f",
        "they differ",
        "5,000.01",
        "a second person always",
    ] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    let called = gateway.asked();
    let bearer = format!("Bearer {TOKEN}");
    assert!(called.iter().filter(|one| one.call.starts_with("List")).all(|one| {
        one.headers.get("authorization").is_some_and(|value| value.to_str().unwrap() == bearer)
            || one.call == "ListAlerts"
    }));
    let states: Vec<i32> = called
        .iter()
        .filter(|one| one.call == "ListRequests")
        .map(|one| one.question::<ListRequestsRequest>().state)
        .collect();
    assert!(states.contains(&14) && states.contains(&15), "{states:?}");
    let lists = called.iter().filter(|one| one.call == "ListRequests").map(|one| one.question::<ListRequestsRequest>());
    let apart: Vec<_> =
        lists.flat_map(|one| [one.reasons, one.except_reasons]).filter(|words| !words.is_empty()).collect();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let expected = [words(&["awaits_approval"]), words(&["awaits_approval", "value_date"])];
    assert!(expected.iter().all(|one| apart.contains(one)), "of what is many, nothing hides what is few: {apart:?}");
    assert!(page.contains("value date, not before 2026-12-24T00:00:00"), "{page}");
    assert_eq!(stand.get("/tokens?state=gone").await.status(), 400);
    assert!(!stand.console.log().lines().join("\n").contains(TOKEN), "no token in the log");
    gateway.refuse("GetReconciliation", Code::Internal, "the books are shut");
    stand.shows("/tokens", &["the books are shut", "mint of 1,234.5 eur", "a second person always"]).await;
    gateway.refuse("ListAssets", Code::Internal, "no assets today");
    stand.shows("/tokens", &["no assets today", "smallest units", "mint of 123,450 units eur"]).await;
    whole(gateway);
    gateway.refuse("ListRequests", Code::Internal, "no requests today");
    let parts = [
        "Waits for a second person",
        "Held, or not known what became of them",
        "no requests today",
        "they differ",
        "a second person always",
    ];
    stand.shows("/tokens", &parts).await;
    gateway.refuse("ListRequests", Code::InvalidArgument, "asset_id: there is none");
    stand.shows("/tokens?asset=gone", &["asset_id: there is none"]).await;
    assert_eq!(stand.get("/tokens?asset=gone").await.status(), 400);
}

#[tokio::test]
async fn ops_1_a_request_shows_its_way_its_postings_and_its_answers() {
    let stand = Stand::whole("console_request").await;
    let gateway = &stand.gateway.calls;
    whole(gateway);
    gateway.answer("GetRequest", &GetRequestResponse { request: Some(request()) });
    let leg = |account: &str, side| LedgerLeg { account: account.to_owned(), side, units: number("123450") };
    let legs = vec![leg("issued", 1), leg("transit:mint", 2)];
    let entry = LedgerEntry { entry_id: 7, phase: "pending".to_owned(), legs, ..LedgerEntry::default() };
    gateway.answer("ListLedger", &ListLedgerResponse { entries: vec![entry], totals: None, page: None });
    let answer = OutboundMessage {
        answer_id: REQUEST.to_owned(),
        message_type: "pacs.002.001.10".to_owned(),
        content: "<Document/>\n\u{202e}".to_owned(),
        state: "dead".to_owned(),
        ..OutboundMessage::default()
    };
    gateway.answer("ListAnswers", &ListAnswersResponse { answers: vec![answer] });
    let path = format!("/tokens/{REQUEST}");
    let page = stand.page(&path).await;
    for shown in [
        "it waits for a second person",
        "1,234.5",
        "awaits approval",
        "a state that this console does not know",
        "transit:mint",
        "given up",
        "&#60;Document/&#62;\n\u{fffd}",
    ] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    gateway.refuse("ListAssets", Code::Internal, "no assets today");
    stand.shows(&path, &["no assets today. Amounts are in its smallest units", "123,450 units", "given up"]).await;
    whole(gateway);
    gateway.refuse("ListLedger", Code::Internal, "the books are shut");
    stand.shows(&path, &["the books are shut", "1,234.5", "given up"]).await;
    gateway.refuse("GetRequest", Code::NotFound, "there is no request");
    stand.shows(&path, &["there is no request"]).await;
    assert_eq!(stand.get(&path).await.status(), 404);
    gateway.refuse("GetRequest", Code::Unauthenticated, "who are you");
    stand.shows(&path, &["who are you", "token"]).await;
}
