//! The page for people.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
};
use causeway_primitives::B256;

use super::{api, ask};
use crate::{
    domain::message::Status,
    ports::{
        FindingView, MessageView,
        fake::FakeStore,
        samples::{finding, id, message, pending},
    },
};

async fn get(store: FakeStore, path: &str) -> (StatusCode, HeaderMap, String) {
    let response = ask(api(store), Request::get(path).body(Body::empty()).unwrap()).await;
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, 10_000_000).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(text.to_vec()).unwrap())
}

fn store() -> FakeStore {
    let failed = MessageView { status: Status::Failed, ..message(2) };
    FakeStore { messages: vec![message(1), failed, pending(3)], findings: vec![finding(1)], ..FakeStore::default() }
}

#[tokio::test]
async fn ccip_4_the_first_page_shows_lanes_and_ladders_in_words_and_shapes() {
    let (status, headers, text) = get(store(), "/").await;
    assert_eq!(
        (status, &headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &HeaderValue::from_static("text/html; charset=utf-8"))
    );
    for expected in [
        "<strong>besu-to-sepolia</strong>",
        "<span aria-hidden=\"true\">✔</span> open",
        "no code at the router's address".replace('\'', "&#39;").as_str(),
        "unknown: the endpoint did not answer",
        "<span aria-hidden=\"true\">✖</span> failed",
        "here now",
        "sequence_gap",
        "3 blocks behind",
        "data-after=\"0\"",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[tokio::test]
async fn a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline() {
    for path in ["/", &format!("/messages/{}", id(1)), &format!("/messages/{}/diagnosis", id(1)), "/messages/x"] {
        let (_, headers, text) = get(store(), path).await;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        for banned in ["http://", "https://", "<style", " style=", " onclick", "javascript:"] {
            assert!(!text.contains(banned), "{path} has {banned}");
        }
    }
    for path in ["/assets/page.css", "/assets/page.js"] {
        let (status, _, text) = get(store(), path).await;
        assert!(status == StatusCode::OK && !text.contains("http"), "{path}");
    }
}

#[tokio::test]
async fn ccip_7_a_message_has_a_page_with_its_way_and_its_diagnosis_on_another() {
    let (status, _, text) = get(store(), &format!("/messages/{}", id(2))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("the content gives this id") && text.contains("data-load"), "{text}");
    let (_, _, done) = get(store(), &format!("/messages/{}", id(1))).await;
    assert!(!done.contains("data-load"), "nobody asks why a message is where it should be");
    let (status, _, text) = get(store(), &format!("/messages/{}/diagnosis", id(3))).await;
    assert!(status == StatusCode::OK && text.contains("Diagnosis: unknown"), "{text}");
}

#[tokio::test]
async fn the_search_box_finds_by_id_transaction_and_account() {
    let (status, headers, _) = get(store(), &format!("/?q=%20{}", id(1))).await;
    assert_eq!(
        (status, &headers[header::LOCATION]),
        (StatusCode::SEE_OTHER, &HeaderValue::from_str(&format!("/messages/{}", id(1))).unwrap())
    );
    let (_, _, by_tx) = get(store(), &format!("/?q={}", B256::repeat_byte(0x82))).await;
    assert!(by_tx.contains(&format!("/messages/{}", id(2))) && !by_tx.contains(&format!("/messages/{}", id(1))));
    let (_, _, by_sender) = get(store(), &format!("/?q=0x{}", "51".repeat(20))).await;
    assert!((1..=3).all(|number| by_sender.contains(&format!("/messages/{}", id(number)))));
    let (_, _, nobody) = get(store(), &format!("/?q=0x{}", "99".repeat(20))).await;
    assert!(nobody.contains("None yet."));
    for bad in ["/?q=besu", "/?q=0xzz", "/?p=1"] {
        assert_eq!(get(store(), bad).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(get(store(), &format!("/messages/{}", id(9))).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_strangers_wrote_is_text_on_a_page() {
    let hostile = FindingView { detail: "<script>alert(1)</script>".to_owned(), ..finding(1) };
    let (_, _, text) = get(FakeStore { findings: vec![hostile], ..store() }, "/").await;
    assert!(text.contains("&lt;script&gt;") || text.contains("&#60;script&#62;"), "{text}");
    let (_, _, text) = get(store(), "/?q=0x%22%3E%3Cscript%3E").await;
    assert!(!text.contains("<script>"), "{text}");
}
