//! What is old goes; what remains can still be verified.

use std::time::Duration;

use causeway_chain::intent::Outcome;
use causeway_primitives::B256;
use causeway_service::ops::EventLog as _;
use causeway_store::{
    audit,
    upkeep::{Order, archive, restore},
};
use oracle_publisher::{
    adapters::store::{KEPT, Retention},
    ports::{DecisionRow, Entry, Records as _},
};

use super::stand::{Stand, at, event, feed_id, hold, inclusion, key, publish};

fn retention(stand: &Stand) -> Retention {
    Retention::new(stand.store.clone(), stand.leads(), Duration::from_secs(10))
}

/// The digest before what remains, from what there was.
fn before(all: &[DecisionRow], rest: &[DecisionRow]) -> Option<B256> {
    let first = rest.first().unwrap().sequence;
    all.iter().find(|row| row.sequence + 1 == first).map(|row| row.digest)
}

fn sequences(rows: &[DecisionRow]) -> Vec<u64> {
    rows.iter().map(|row| row.sequence).collect()
}

#[tokio::test]
async fn ora_10_what_remains_is_one_verifiable_stretch_up_to_the_head() {
    let stand = Stand::new("retention_chain").await;
    for second in 1..=20 {
        stand.insert(&Entry { events: vec![event("one")], ..hold("eur-usd", second) }).await;
    }
    let all = stand.decisions("eur-usd").await;
    assert_eq!(retention(&stand).run(at(25)).await.unwrap(), 28, "14 decisions and 14 events");

    let rest = stand.decisions("eur-usd").await;
    assert_eq!(sequences(&rest), [15, 16, 17, 18, 19, 20]);
    let rows = rest.iter().map(|row| (row.record.as_bytes(), row.digest));
    let end = audit::verify(before(&all, &rest), rows).unwrap();
    assert_eq!(end, stand.store.find_head(&feed_id("eur-usd")).await.unwrap().map(|head| head.digest));
    assert_eq!(stand.store.list_events(0, 100).await.unwrap().len(), 6);
    assert_eq!(retention(&stand).run(at(25)).await.unwrap(), 0);
}

#[tokio::test]
async fn ora_10_a_clock_that_stepped_back_tears_no_hole() {
    let stand = Stand::new("retention_clock").await;
    for second in [1, 2, 100, 3, 4] {
        stand.insert(&hold("eur-usd", second)).await;
    }
    retention(&stand).run(at(50)).await.unwrap();
    assert_eq!(sequences(&stand.decisions("eur-usd").await), [3, 4, 5]);
}

#[tokio::test]
async fn ora_10_the_head_of_a_quiet_feed_stays() {
    let stand = Stand::new("retention_head").await;
    for second in 1..=3 {
        stand.insert(&hold("eur-usd", second)).await;
    }
    retention(&stand).run(at(1_000)).await.unwrap();
    assert_eq!(sequences(&stand.decisions("eur-usd").await), [3]);
}

#[tokio::test]
async fn ora_11_an_answer_on_its_way_is_kept_with_its_decision() {
    let stand = Stand::new("retention_pending").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    stand.settle(&key("eur-usd", 1), Outcome::Confirmed(inclusion())).await;
    stand.insert(&publish("eur-usd", 2, 8)).await;
    stand.insert(&hold("eur-usd", 3)).await;
    retention(&stand).run(at(1_000)).await.unwrap();

    assert_eq!(sequences(&stand.decisions("eur-usd").await), [2, 3]);
    assert_eq!(stand.number("SELECT count(*) FROM publication").await, 1);
    assert_eq!(stand.number("SELECT count(*) FROM intent").await, 1);
    assert_eq!(stand.number("SELECT count(*) FROM publication WHERE state = 'pending'").await, 1);
}

#[tokio::test]
async fn ora_11_a_standby_removes_nothing() {
    let stand = Stand::new("retention_standby").await;
    stand.insert(&hold("eur-usd", 1)).await;
    stand.insert(&hold("eur-usd", 2)).await;
    stand.stand_by();
    assert_eq!(retention(&stand).run(at(1_000)).await.unwrap(), 0);
    assert_eq!(stand.decisions("eur-usd").await.len(), 2);
}

#[tokio::test]
async fn ops_5_what_goes_into_files_leaves_one_verifiable_stretch_and_comes_back_whole() {
    let stand = Stand::new("retention_files").await;
    let folder = tempfile::tempdir().unwrap();
    stand.insert(&publish("eur-usd", 1, 7)).await;
    stand.settle(&key("eur-usd", 1), Outcome::Confirmed(inclusion())).await;
    for second in 2..=20 {
        stand.insert(&Entry { events: vec![event("one")], ..hold("eur-usd", second) }).await;
    }
    let (all, rows) = (stand.decisions("eur-usd").await, stand.rows().await);
    let order =
        Order { at: at(1_000_000_000), age: Some(Duration::from_secs(1_000_000_000 - 15)), into: folder.path().into() };
    let taken = archive(&stand.pool, KEPT, &order).await.unwrap();
    assert_eq!(
        taken.iter().map(|one| (one.table, one.rows())).collect::<Vec<_>>(),
        [("publication", 1), ("attempt", 0), ("intent", 1), ("decision", 14), ("event", 13),]
    );

    let rest = stand.decisions("eur-usd").await;
    assert_eq!(sequences(&rest), [15, 16, 17, 18, 19, 20]);
    let links = rest.iter().map(|row| (row.record.as_bytes(), row.digest));
    let end = audit::verify(before(&all, &rest), links).unwrap();
    assert_eq!(end, stand.store.find_head(&feed_id("eur-usd")).await.unwrap().map(|head| head.digest));
    assert_eq!(retention(&stand).run(at(2_000_000_000)).await.unwrap(), 0, "nothing goes that is in no file");

    let files = taken.iter().rev().flat_map(|one| one.files.iter().rev());
    for (file, contents) in files {
        assert_eq!(restore(&stand.pool, KEPT, file).await.unwrap(), contents.rows);
    }
    assert_eq!((stand.decisions("eur-usd").await, stand.rows().await), (all, rows));
}
