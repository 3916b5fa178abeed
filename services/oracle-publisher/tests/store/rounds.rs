//! Pages of rounds, and rounds that get their number.

use std::collections::BTreeSet;

use causeway_chain::intent::Outcome;
use causeway_primitives::RoundId;
use causeway_store::Error;
use oracle_publisher::{
    app::page,
    error::Error as ServiceError,
    ports::{RoundRow, Rounds as _},
};

use super::stand::{Stand, failed, feed_id, inclusion, key, publish};

/// Three feeds that decide at the same instants: times alone do not order the rows.
const FEEDS: [&str; 3] = ["btc-usd", "eth-usd", "eur-usd"];
const INSTANTS: u64 = 5;

async fn settled_rounds(label: &str) -> Stand {
    let stand = Stand::new(label).await;
    for second in 1..=INSTANTS {
        for feed in FEEDS {
            stand.insert(&publish(feed, second, u128::from(second))).await;
            stand.settle(&key(feed, second), failed()).await;
        }
    }
    stand
}

const FIELDS: page::Fields = page::Fields { size: "page_size", token: "page_token" };

#[tokio::test]
async fn pages_of_rounds_have_no_gaps_and_no_doubles() {
    let stand = settled_rounds("rounds_pages").await;
    for size in [1, 2, 4, 7, 15, 16] {
        let mut rows: Vec<RoundRow> = Vec::new();
        let mut token = String::new();
        loop {
            let page = page::rounds(&stand.store, None, size, &token, FIELDS).await.unwrap();
            assert!(page.rows.len() <= usize::try_from(size).unwrap());
            rows.extend(page.rows);
            if page.next.is_empty() {
                break;
            }
            token = page.next;
        }
        let keys: BTreeSet<_> = rows.iter().map(|row| row.intent_key.clone()).collect();
        assert_eq!((rows.len(), keys.len()), (15, 15), "pages of {size}");
        let newest_first = rows.is_sorted_by(|a, b| (a.decided_at, &a.intent_key) > (b.decided_at, &b.intent_key));
        assert!(newest_first, "pages of {size}");
    }
}

#[tokio::test]
async fn pages_of_one_feed_hold_only_that_feed() {
    let stand = settled_rounds("rounds_feed").await;
    let feed = feed_id("eth-usd");
    let first = page::rounds(&stand.store, Some(&feed), 3, "", FIELDS).await.unwrap();
    let second = page::rounds(&stand.store, Some(&feed), 3, &first.next, FIELDS).await.unwrap();
    assert_eq!((first.rows.len(), second.rows.len(), second.next.as_str()), (3, 2, ""));
    assert!(first.rows.iter().chain(&second.rows).all(|row| row.feed == feed));
    let too_large = page::rounds(&stand.store, None, 501, "", FIELDS).await;
    assert!(matches!(too_large, Err(ServiceError::Invalid { field: "page_size", .. })));
}

#[tokio::test]
async fn ora_11_a_confirmed_round_waits_for_its_number() {
    let stand = Stand::new("rounds_number").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    assert_eq!(
        stand.store.list_unnamed_rounds(&[feed_id("eur-usd")], 10).await.unwrap(),
        [],
        "a pending answer is no round yet"
    );
    stand.settle(&key("eur-usd", 1), Outcome::Confirmed(inclusion())).await;
    let unnamed = stand.store.list_unnamed_rounds(&[feed_id("eur-usd")], 10).await.unwrap();
    assert_eq!(unnamed.iter().map(|row| row.intent_key.as_str()).collect::<Vec<_>>(), ["eur-usd-1"]);

    let second = stand.depose().await;
    let late = stand.store.update_round_id(&stand.leader, "eur-usd-1", RoundId::new(8)).await;
    assert!(matches!(late, Err(Error::Fenced { .. })), "{late:?}");
    stand.store.update_round_id(&second, "eur-usd-1", RoundId::new(8)).await.unwrap();
    assert_eq!(stand.store.list_unnamed_rounds(&[feed_id("eur-usd")], 10).await.unwrap(), []);
    let row = stand.store.find_round_by_key("eur-usd-1").await.unwrap().unwrap();
    assert_eq!(row.round_id, Some(RoundId::new(8)));
}
