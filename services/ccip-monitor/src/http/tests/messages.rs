//! One message, those of a transaction, and pages of them.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use causeway_primitives::{B256, Bytes};
use serde_json::{Value, json};

use super::get;
use crate::{
    domain::{event::IdProof, event::Outcome, event::Payload, message::Status},
    ports::{
        AttemptView, HistoryStep, MessageView,
        fake::FakeStore,
        samples::{at, chain, id, message, pending},
    },
};

fn one(message: MessageView) -> FakeStore {
    let step = HistoryStep {
        event: "sent".to_owned(),
        status: Status::Sent,
        at: at(7),
        chain: Some(chain(138)),
        block_number: Some(7),
        tx: Some(B256::repeat_byte(7)),
        cause: "accepted by the on-ramp".to_owned(),
    };
    let attempt = AttemptView {
        tx: B256::repeat_byte(0x87),
        block_number: 37,
        time: at(37),
        outcome: Some(Outcome::Failed),
        return_data: Bytes::from_static(&[0x08, 0xc3, 0x79, 0xa0]),
        gas_used: None,
        orphaned: false,
    };
    FakeStore { messages: vec![message], history: vec![step], attempts: vec![attempt], ..FakeStore::default() }
}

#[tokio::test]
async fn ccip_8_a_message_has_the_shape_that_operators_know() {
    let (status, body) = get(one(message(7)), &format!("/api/v1/ccip/messages/{}", id(7))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["message_id"], json!(id(7).to_string()));
    let source = json!({
        "chain_id": 138, "selector": "138", "tx_hash": B256::repeat_byte(7).to_string(), "block_number": 7,
        "block_hash": B256::repeat_byte(0xbb).to_string(), "sender": format!("0x{}", "51".repeat(20)),
        "timestamp": "2026-01-01T00:00:07Z", "finality": "final",
    });
    assert_eq!(body["source"], source);
    let destination = json!({
        "chain_id": 11_155_111, "selector": "16015286601757825753", "tx_hash": B256::repeat_byte(0x87).to_string(),
        "block_number": 37, "block_hash": B256::repeat_byte(0xbb).to_string(),
        "receiver": format!("0x{}", "52".repeat(20)), "timestamp": "2026-01-01T00:00:37Z", "finality": "final",
    });
    assert_eq!(body["destination"], destination);
    for (field, expected) in [
        ("status", json!("executed")),
        ("sent_at", json!("2026-01-01T00:00:07Z")),
        ("executed_at", json!("2026-01-01T00:00:37Z")),
        ("lane", json!("besu-to-sepolia")),
        ("dialect", json!("ccip-1.6")),
        ("id_proof", json!("verified")),
        ("id_derived", json!(false)),
    ] {
        assert_eq!(body[field], expected, "{field}");
    }
}

#[tokio::test]
async fn ccip_5_what_was_extracted_is_exact_text() {
    let (_, body) = get(one(message(7)), &format!("/api/v1/ccip/messages/{}", id(7))).await;
    assert_eq!(body["fee"], json!("1000000000000000000000000000000"));
    assert_eq!(body["sequence_number"], json!("18446744073709551615"));
    assert_eq!(body["tokens"][0]["amount"], json!(causeway_primitives::U256::MAX.to_string()));
    assert_eq!((&body["data"], &body["data_shortened"]), (&json!("0x68656c6c6f"), &json!(false)));
    let long = Payload { length: 1_000_000, ..message(7).payload };
    let (_, body) =
        get(one(MessageView { payload: long, ..message(7) }), &format!("/api/v1/ccip/messages/{}", id(7))).await;
    assert_eq!((&body["data_length"], &body["data_shortened"]), (&json!(1_000_000), &json!(true)));
}

#[tokio::test]
async fn ccip_7_retries_and_the_whole_way_are_told() {
    let (_, body) = get(one(message(7)), &format!("/api/v1/ccip/messages/{}", id(7))).await;
    assert_eq!(body["retry_count"], json!(1));
    assert_eq!(body["retry_timestamps"], json!(["2026-01-01T00:00:37Z"]));
    assert_eq!(body["last_retry_at"], json!("2026-01-01T00:00:37Z"));
    assert_eq!(body["history"][0]["event"], json!("sent"));
    assert_eq!(body["history"][0]["cause"], json!("accepted by the on-ramp"));
    assert_eq!(body["attempts"][0]["outcome"], json!("failed"));
    assert_eq!(body["attempts"][0]["return_data"], json!("0x08c379a0"));
    assert!(!body["attempts"][0]["reason"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn ccip_8_what_is_not_there_yet_is_null_and_not_zero() {
    let tampered = IdProof::Mismatch { computed: id(9) };
    let view = MessageView { id_proof: tampered, ..pending(7) };
    let (_, body) = get(one(view), &format!("/api/v1/ccip/messages/{}", id(7))).await;
    for field in ["executed_at", "delivered_at", "last_retry_at", "link", "possible_resend_of", "nonce"] {
        assert_eq!(body[field], Value::Null, "{field}");
    }
    for field in ["tx_hash", "block_number", "timestamp", "finality"] {
        assert_eq!(body["destination"][field], Value::Null, "{field}");
    }
    assert_eq!(body["id_proof"], json!("mismatch"));
}

#[tokio::test]
async fn ccip_8_a_transaction_of_either_side_has_its_messages() {
    let hash = |number| B256::repeat_byte(number);
    let store = || FakeStore { messages: vec![message(1), message(2)], ..FakeStore::default() };
    let path = |chain: u64, tx: B256| format!("/api/v1/ccip/transactions/{chain}/{tx}/messages");
    let (status, sent) = get(store(), &path(138, hash(1))).await;
    assert_eq!((status, &sent["messages"][0]["message_id"]), (StatusCode::OK, &json!(id(1).to_string())));
    let (_, executed) = get(store(), &path(11_155_111, hash(0x82))).await;
    assert_eq!(executed["messages"][0]["message_id"], json!(id(2).to_string()));
    let (status, none) = get(store(), &path(138, hash(9))).await;
    assert_eq!((status, none), (StatusCode::OK, json!({"messages": [], "next_cursor": null, "previous_cursor": null})));
}

#[tokio::test]
async fn ccip_15_a_diagnosis_says_step_by_step_what_it_knows_and_what_not() {
    let (status, body) = get(one(pending(7)), &format!("/api/v1/ccip/messages/{}/diagnosis", id(7))).await;
    assert_eq!((status, &body["verdict"]), (StatusCode::OK, &json!("unknown")), "no chain could be asked");
    assert_eq!(body["message"]["message_id"], json!(id(7).to_string()));
    assert_eq!((&body["steps"][0]["name"], &body["steps"][0]["found"]), (&json!("monitor"), &json!("unknown")));
    assert!(!body["action"].as_str().unwrap().is_empty());
    let (status, body) = get(one(message(7)), &format!("/api/v1/ccip/messages/{}/diagnosis", id(7))).await;
    assert_eq!((status, &body["verdict"]), (StatusCode::OK, &json!("executed")));
    let (status, _) = get(one(message(7)), &format!("/api/v1/ccip/messages/{}/diagnosis", id(8))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

fn ids(page: &Value) -> Vec<String> {
    page["messages"].as_array().unwrap().iter().map(|one| one["message_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn ccip_8_pages_go_both_ways_without_gap_or_double() {
    let store = || FakeStore { messages: (1..=25).map(message).collect(), ..FakeStore::default() };
    let mut seen = Vec::new();
    let mut path = "/api/v1/ccip/messages?limit=10".to_owned();
    let mut pages = Vec::new();
    loop {
        let (status, page) = get(store(), &path).await;
        assert_eq!(status, StatusCode::OK);
        seen.extend(ids(&page));
        let next = page["next_cursor"].as_str().map(str::to_owned);
        pages.push(page);
        let Some(next) = next else { break };
        path = format!("/api/v1/ccip/messages?limit=10&cursor={next}");
    }
    let newest_first: Vec<String> = (1..=25).rev().map(|number| id(number).to_string()).collect();
    assert_eq!(seen, newest_first);
    assert_eq!((pages.len(), &pages[0]["previous_cursor"]), (3, &Value::Null));
    let back = pages[2]["previous_cursor"].as_str().unwrap();
    let (_, second) = get(store(), &format!("/api/v1/ccip/messages?limit=10&cursor={back}")).await;
    assert_eq!(ids(&second), ids(&pages[1]));
    let back = second["previous_cursor"].as_str().unwrap();
    let (_, first) = get(store(), &format!("/api/v1/ccip/messages?limit=10&cursor={back}")).await;
    assert_eq!((ids(&first), &first["previous_cursor"]), (ids(&pages[0]), &Value::Null));
}

#[tokio::test]
async fn ccip_8_all_filters_must_hold() {
    let failed = MessageView { status: Status::Failed, ..message(3) };
    let store = || FakeStore { messages: vec![message(1), message(2), failed.clone()], ..FakeStore::default() };
    let sender = format!("0x{}", "51".repeat(20));
    let all: BTreeSet<_> = (1..=3).map(|number| id(number).to_string()).collect();
    for (query, expected) in [
        ("source_chain_id=138&destination_chain_id=11155111".to_owned(), all.clone()),
        ("source_chain_id=1".to_owned(), BTreeSet::new()),
        ("status=failed".to_owned(), BTreeSet::from([id(3).to_string()])),
        (format!("sender={sender}&status=executed"), BTreeSet::from([id(1).to_string(), id(2).to_string()])),
        (format!("receiver={sender}"), BTreeSet::new()),
        (
            "lane=besu-to-sepolia&sent_from=2026-01-01T00:00:02Z".to_owned(),
            BTreeSet::from([id(2).to_string(), id(3).to_string()]),
        ),
        ("sent_before=2026-01-01T01:00:02%2B01:00".to_owned(), BTreeSet::from([id(1).to_string()])),
    ] {
        let (status, page) = get(store(), &format!("/api/v1/ccip/messages?{query}")).await;
        assert_eq!((status, ids(&page).into_iter().collect()), (StatusCode::OK, expected), "{query}");
    }
}
