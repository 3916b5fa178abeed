//! What is refused is refused with a reason, and never answered as another question.

use std::time::Duration;

use axum::http::StatusCode;
use causeway_store::Error as StoreError;
use serde_json::json;

use super::get;
use crate::ports::{
    fake::FakeStore,
    samples::{id, message},
};

#[tokio::test]
async fn ccip_8_every_malformed_question_is_a_400_that_names_the_field() {
    let hash = "ab".repeat(32);
    for (path, field) in [
        ("messages/latest".to_owned(), "message_id"),
        (format!("messages/{hash}"), "message_id"),
        (format!("messages/0x{hash}00"), "message_id"),
        (format!("messages/0x{hash}?verbose=1"), "query"),
        ("messages/x/diagnosis".to_owned(), "message_id"),
        (format!("messages/0x{hash}/diagnosis?fast=1"), "query"),
        ("messages/%ff".to_owned(), "path"),
        (format!("transactions/138/{hash}/messages"), "tx_hash"),
        (format!("transactions/0/0x{hash}/messages"), "chain_id"),
        (format!("transactions/besu/0x{hash}/messages"), "chain_id"),
        (format!("transactions/138/0x{hash}/messages?limit=1"), "query"),
        ("messages?source_chain=138".to_owned(), "query"),
        ("messages?status=sent&status=failed".to_owned(), "query"),
        ("messages?source_chain_id=0".to_owned(), "source_chain_id"),
        ("messages?destination_chain_id=-1".to_owned(), "destination_chain_id"),
        ("messages?status=done".to_owned(), "status"),
        ("messages?sender=0x1234".to_owned(), "sender"),
        ("messages?receiver=nobody".to_owned(), "receiver"),
        ("messages?lane=".to_owned(), "lane"),
        ("messages?sent_from=yesterday".to_owned(), "sent_from"),
        ("messages?sent_before=2026-13-01T00:00:00Z".to_owned(), "sent_before"),
        ("messages?sent_from=2026-01-02T00:00:00Z&sent_before=2026-01-01T00:00:00Z".to_owned(), "sent_before"),
        ("messages?limit=0".to_owned(), "limit"),
        ("messages?limit=501".to_owned(), "limit"),
        ("messages?limit=many".to_owned(), "limit"),
        ("messages?cursor=x".to_owned(), "cursor"),
        ("findings?limit=0".to_owned(), "limit"),
        ("findings?cursor=12".to_owned(), "cursor"),
        ("findings?kind=x".to_owned(), "query"),
        ("lanes?name=x".to_owned(), "query"),
        ("statistics?from=x".to_owned(), "from"),
        ("statistics?from=2026-01-02T00:00:00Z&before=2026-01-01T00:00:00Z".to_owned(), "before"),
        ("statistics?from=2020-01-01T00:00:00Z&before=2026-01-01T00:00:00Z".to_owned(), "before"),
        ("events?message_id=x".to_owned(), "message_id"),
        ("events?after=-1".to_owned(), "after"),
        ("events?from=1".to_owned(), "query"),
    ] {
        let (status, body) = get(FakeStore::default(), &format!("/api/v1/ccip/{path}")).await;
        assert_eq!((status, &body["reason"]), (StatusCode::BAD_REQUEST, &json!("INVALID")), "{path}: {body}");
        assert_eq!(body["field"], json!(field), "{path}: {body}");
        assert!(body["message"].as_str().unwrap().contains("must be"), "{path}: {body}");
    }
}

#[tokio::test]
async fn ccip_8_a_cursor_belongs_to_its_filters() {
    let store = || FakeStore { messages: (1..=5).map(message).collect(), ..FakeStore::default() };
    let (_, page) = get(store(), "/api/v1/ccip/messages?limit=2&status=executed").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let (status, _) = get(store(), &format!("/api/v1/ccip/messages?limit=3&status=executed&cursor={cursor}")).await;
    assert_eq!(status, StatusCode::OK, "the size of a page is no filter");
    let (status, body) = get(store(), &format!("/api/v1/ccip/messages?status=failed&cursor={cursor}")).await;
    assert_eq!((status, &body["field"]), (StatusCode::BAD_REQUEST, &json!("cursor")));
}

#[tokio::test]
async fn ccip_8_an_unknown_message_is_a_404() {
    let (status, body) = get(FakeStore::default(), &format!("/api/v1/ccip/messages/{}", id(1))).await;
    assert_eq!((status, &body["reason"]), (StatusCode::NOT_FOUND, &json!("MESSAGE_UNKNOWN")));
    let (status, _) = get(FakeStore::default(), "/api/v1/ccip/nothing").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_database_that_may_answer_later_is_told_apart_from_one_that_will_not() {
    let down = || StoreError::Timeout { query: "list_messages", limit: Duration::from_secs(5) };
    let unreadable = || StoreError::Unreadable { column: "message.status" };
    for path in ["messages", "findings", "statistics", "events"] {
        let broken = |broken: fn() -> StoreError| FakeStore { broken: Some(broken), ..FakeStore::default() };
        let path = format!("/api/v1/ccip/{path}");
        let (status, body) = get(broken(down), &path).await;
        assert_eq!((status, &body["reason"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("STORE_UNAVAILABLE")), "{path}");
        let (status, body) = get(broken(unreadable), &path).await;
        assert_eq!((status, &body["reason"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("STORE_FAILED")), "{path}");
    }
}
