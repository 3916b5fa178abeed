//! Decisions and states: the fence, the unique answer, the hash chain, and what comes back after a restart.

use causeway_chain::{
    intent::{Outcome, Stage},
    journal::{Journal as _, contract},
};
use causeway_primitives::RoundId;
use causeway_service::ops::EventLog as _;
use causeway_store::{Class, Error, audit};
use causeway_testkit::wait::{SOON, eventually};
use oracle_publisher::{
    app::control::Landing,
    domain::{
        breaker::{Breaker, Forced, State},
        decide::RefuseReason,
        lifecycle::{self, Post},
    },
    ports::{DecisionQuery, Entry, Ledger as _, Records as _},
};
use tokio::time::timeout;

use super::stand::{Stand, answer, at, event, feed_id, hold, inclusion, intent_key, key, publish, reverted};

fn is_refused_by_a_constraint(result: &Result<Option<u64>, Error>) -> bool {
    matches!(result, Err(Error::Query { class: Class::Constraint, .. }))
}

#[tokio::test]
async fn ora_11_a_deposed_leader_stores_nothing() {
    let stand = Stand::new("ledger_fence").await;
    stand.insert(&hold("eur-usd", 1)).await;
    let before = stand.rows().await;
    let second = stand.depose().await;

    let entry = Entry { events: vec![event("late")], ..publish("eur-usd", 2, 7) };
    let refused = stand.store.insert_entry(&stand.leader, &entry).await;
    assert!(matches!(refused, Err(Error::Fenced { .. })), "{refused:?}");
    assert_eq!(stand.rows().await, before);
    stand.store.insert_entry(&second, &entry).await.unwrap().unwrap();
}

#[tokio::test]
async fn ora_11_of_one_feed_one_answer_is_on_its_way() {
    let stand = Stand::new("ledger_pending").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    let before = stand.rows().await;
    let second = stand.store.insert_entry(&stand.leader, &publish("eur-usd", 2, 8)).await;
    assert!(is_refused_by_a_constraint(&second), "{second:?}");
    assert_eq!(stand.rows().await, before, "what was refused left nothing");
    assert_eq!(stand.journal.list_open().await.unwrap().len(), 1);
    stand.insert(&publish("eth-usd", 2, 7)).await;
}

#[tokio::test]
async fn ora_11_a_round_once_answered_is_not_answered_again() {
    let stand = Stand::new("ledger_one_answer").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    stand.settle(&key("eur-usd", 1), reverted()).await;
    stand.insert(&publish("eur-usd", 2, 7)).await;
    stand.settle(&key("eur-usd", 2), Outcome::Confirmed(inclusion())).await;
    let again = stand.store.insert_entry(&stand.leader, &publish("eur-usd", 3, 7)).await;
    assert!(is_refused_by_a_constraint(&again), "{again:?}");
    stand.insert(&publish("eur-usd", 4, 8)).await;
}

#[tokio::test]
async fn ora_10_each_feed_has_an_unbroken_chain_of_decisions() {
    let stand = Stand::new("ledger_chain").await;
    for second in 1..=4 {
        stand.insert(&hold("eur-usd", second)).await;
        stand.insert(&hold("eth-usd", second)).await;
    }
    for feed in ["eur-usd", "eth-usd"] {
        let rows = stand.decisions(feed).await;
        assert_eq!(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let end = audit::verify(None, rows.iter().map(|row| (row.record.as_bytes(), row.digest))).unwrap();
        let head = stand.store.find_head(&feed_id(feed)).await.unwrap().unwrap();
        assert_eq!((head.sequence, Some(head.digest)), (4, end));
    }
}

#[tokio::test]
async fn ora_10_a_changed_record_breaks_the_chain_where_it_was_changed() {
    let stand = Stand::new("ledger_tampering").await;
    for second in 1..=4 {
        stand.insert(&hold("eur-usd", second)).await;
    }
    stand.execute("UPDATE decision SET record = '{\"now\":9}' WHERE sequence = 3").await;
    let rows = stand.decisions("eur-usd").await;
    let broken = audit::verify(None, rows.iter().map(|row| (row.record.as_bytes(), row.digest))).unwrap_err();
    assert_eq!(broken.position, 2);
}

#[tokio::test]
async fn ora_10_a_chain_that_was_cut_ends_before_its_head() {
    let stand = Stand::new("ledger_cut").await;
    for second in 1..=3 {
        stand.insert(&hold("eur-usd", second)).await;
    }
    stand.execute("DELETE FROM decision WHERE sequence = 3").await;
    let head = stand.store.find_head(&feed_id("eur-usd")).await.unwrap().unwrap();
    let last = stand.decisions("eur-usd").await.pop().unwrap();
    assert_eq!((head.sequence, last.sequence), (3, 2));
    assert_ne!(head.digest, last.digest);
    assert_eq!(stand.store.find_head(&feed_id("nobody")).await.unwrap(), None);
}

#[tokio::test]
async fn ora_5_states_come_back_after_a_restart() {
    let stand = Stand::new("ledger_states").await;
    let empty = stand.store.get_feed(&feed_id("eur-usd")).await.unwrap();
    assert!(empty.breaker.is_none() && empty.sources.is_empty() && empty.pending.is_none());

    let source = lifecycle::Source {
        state: lifecycle::State::Quarantined { until: at(300) },
        quarantines: vec![at(1), at(2)],
        ..lifecycle::Source::new(Post::Primary, at(1))
    };
    let opened = State::Open { since: at(1), reason: RefuseReason::Disagreement };
    let breaker = Breaker { state: opened, forced: Some(Forced::Closed) };
    let kraken = "kraken-eur-usd".parse().unwrap();
    stand.insert(&Entry { breaker, sources: vec![(kraken, source.clone())], ..publish("eur-usd", 1, 7) }).await;
    // A later entry that says nothing of the source leaves it.
    stand.insert(&Entry { breaker, ..hold("eur-usd", 2) }).await;

    let state = stand.store.get_feed(&feed_id("eur-usd")).await.unwrap();
    assert_eq!(state.breaker, Some(breaker));
    assert_eq!(state.sources.into_iter().collect::<Vec<_>>(), [("kraken-eur-usd".parse().unwrap(), source)]);
    assert_eq!(state.pending, Some(answer(107_000_000)));
    let decision = state.decision.unwrap();
    assert_eq!(
        (decision.kind.as_ref(), decision.decided_at),
        ("hold", at(2)),
        "the latest, for whoever did not take it"
    );
}

#[tokio::test]
async fn ops_10_a_replica_that_does_not_send_knows_that_a_transaction_is_stuck() {
    let stand = Stand::new("ledger_attempts").await;
    let feed = feed_id("eur-usd");
    stand.insert(&publish("eur-usd", 1, 7)).await;
    assert_eq!(stand.store.get_feed(&feed).await.unwrap().attempts, 0);
    for ordinal in 1..=2 {
        let attempt = contract::attempt(ordinal, 0, u8::try_from(ordinal).unwrap());
        stand.journal.record_attempt(&intent_key(&key("eur-usd", 1)), &attempt).await.unwrap();
    }
    assert_eq!(stand.store.get_feed(&feed).await.unwrap().attempts, 2);
    stand.settle_from(&key("eur-usd", 1), &Stage::Pending { nonce: 0 }, reverted()).await;
    assert_eq!(stand.store.get_feed(&feed).await.unwrap().attempts, 0, "it is on its way no more");
}

#[tokio::test]
async fn ora_11_how_the_last_answer_ended_is_known_to_whoever_missed_it() {
    let stand = Stand::new("ledger_last").await;
    let feed = feed_id("eur-usd");
    let last = async || stand.store.get_feed(&feed).await.unwrap().last;
    assert_eq!(last().await, None);
    stand.insert(&publish("eur-usd", 1, 7)).await;
    assert_eq!(last().await, None, "it is on its way");
    stand.settle(&key("eur-usd", 1), reverted()).await;
    assert_eq!(last().await, Some(Landing::Lost));
    stand.insert(&publish("eur-usd", 2, 7)).await;
    assert_eq!(last().await, Some(Landing::Lost), "the one before ended so");
    stand.settle(&key("eur-usd", 2), Outcome::Confirmed(inclusion())).await;
    assert_eq!(last().await, Some(Landing::Landed));
}

#[tokio::test]
async fn ora_10_a_decision_is_found_by_key_by_round_and_as_the_latest() {
    let stand = Stand::new("ledger_find").await;
    let feed = feed_id("eur-usd");
    let published = stand.insert(&publish("eur-usd", 1, 7)).await.unwrap();
    let latest = stand.insert(&hold("eur-usd", 2)).await.unwrap();
    stand.settle(&key("eur-usd", 1), Outcome::Confirmed(inclusion())).await;
    // Wider than 64 bits, as behind a proxy.
    let round = RoundId::new((3_u128 << 64) | 8);
    let rounds: &dyn oracle_publisher::ports::Rounds = &stand.store;
    rounds.update_round_id(&stand.leader, &key("eur-usd", 1), round).await.unwrap();

    for (query, expected) in [
        (DecisionQuery::Id(published), published),
        (DecisionQuery::Round(round), published),
        (DecisionQuery::Latest, latest),
    ] {
        let found = stand.store.find_decision(&feed, &query).await.unwrap().unwrap();
        assert_eq!(found.decision_id, expected, "{query:?}");
    }
    let of_another_feed = stand.store.find_decision(&feed_id("eth-usd"), &DecisionQuery::Id(published)).await.unwrap();
    assert_eq!(of_another_feed, None);
    let row = stand.store.find_round_of(published).await.unwrap().unwrap();
    assert_eq!((row.round_id, row.based_on_round), (Some(round), RoundId::new(7)));
    assert_eq!(stand.store.find_round_of(latest).await.unwrap(), None);
}

#[tokio::test]
async fn an_event_is_never_seen_before_one_with_a_smaller_number() {
    let stand = Stand::new("ledger_event_order").await;
    let mut slow = stand.pool.begin().await.unwrap();
    sqlx::raw_sql(
        "SELECT pg_advisory_xact_lock(138001);
         INSERT INTO event (at, kind, subject, summary, detail) VALUES (now(), 'x', 'x', 'slow', '{}')",
    )
    .execute(&mut *slow)
    .await
    .unwrap();

    let entry = Entry { events: vec![event("quick")], ..hold("eur-usd", 1) };
    let quick = stand.store.insert_entry(&stand.leader, &entry);
    let overtakes = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("the quick one waits", async || stand.number(waiting).await > 0).await;
        assert_eq!(stand.store.last_event().await.unwrap(), 0, "the quick one waits for the slow one");
        slow.commit().await.unwrap();
    };
    let (stored, ()) = timeout(SOON, async { tokio::join!(quick, overtakes) }).await.unwrap();
    stored.unwrap();
    let seen = stand.store.list_events(0, 10).await.unwrap();
    assert_eq!(seen.iter().map(|event| event.summary.as_str()).collect::<Vec<_>>(), ["slow", "quick"]);
}
