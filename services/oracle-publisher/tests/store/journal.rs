//! The sender's journal: the contract of every journal, its fence, and what settling an intent settles with it.

use causeway_chain::{
    intent::{Outcome, Stage},
    journal::{Error as JournalError, Journal as _, contract},
};
use causeway_primitives::{RoundId, Timestamp};
use causeway_service::ops::EventLog as _;
use oracle_publisher::{
    app::publisher::key_of,
    ports::{Ledger as _, Rounds as _},
};

use super::stand::{Stand, at, failed, feed_id, inclusion, intent_key, key, publish, reverted};

#[tokio::test]
async fn ora_11_the_store_is_a_journal_like_every_other() {
    let stand = Stand::new("journal_contract").await;
    contract::uphold(&stand.journal).await;
}

#[tokio::test]
async fn ora_11_a_deposed_leader_journals_nothing() {
    let stand = Stand::new("journal_fence").await;
    let intent = contract::intent("fenced");
    stand.journal.insert(&intent, at(0)).await.unwrap();
    let before = stand.rows().await;
    stand.depose().await;

    let inserted = stand.journal.insert(&contract::intent("late"), at(1)).await;
    assert!(matches!(inserted, Err(JournalError::Fenced)), "{inserted:?}");
    let signed = stand.journal.record_attempt(&intent.key, &contract::attempt(1, 0, 0xd1)).await;
    assert!(matches!(signed, Err(JournalError::Fenced)), "{signed:?}");
    let settled = stand.journal.advance(&intent.key, &Stage::Unsigned, &Stage::Settled(failed()), at(1)).await;
    assert!(matches!(settled, Err(JournalError::Fenced)), "{settled:?}");
    assert_eq!(stand.rows().await, before);
    assert_eq!(stand.number("SELECT count(*) FROM attempt").await, 0);
    assert_eq!(stand.journal.find(&intent.key).await.unwrap().unwrap().stage, Stage::Unsigned);
}

#[tokio::test]
async fn ora_11_a_standby_journals_nothing_and_still_reads() {
    let stand = Stand::new("journal_standby").await;
    stand.journal.insert(&contract::intent("known"), at(0)).await.unwrap();
    stand.stand_by();
    let inserted = stand.journal.insert(&contract::intent("late"), at(1)).await;
    assert!(matches!(inserted, Err(JournalError::Fenced)), "{inserted:?}");
    assert_eq!(stand.journal.list_open().await.unwrap().len(), 1);
}

#[tokio::test]
async fn ops_10_each_sender_sees_what_is_open_of_its_own_feeds_and_all_can_be_found() {
    let stand = Stand::new("journal_shares").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    stand.insert(&publish("gbp-usd", 2, 7)).await;
    // The stand's intents are named after feed and second; senders name them by `key_of`.
    let named = |feed: &str| key_of(&feed_id(feed), RoundId::new(9), 5).unwrap();
    for feed in ["eur-usd", "gbp-usd"] {
        stand.journal.insert(&contract::intent(named(feed).as_str()), at(3)).await.unwrap();
    }
    let open = stand.journal.list_open().await.unwrap();
    let open: Vec<_> = open.iter().map(|state| state.intent.key.as_str()).collect();
    assert_eq!(open, ["eur-usd-1", "eur-usd/9/5"]);
    let other = stand.journal_of("fx").list_open().await.unwrap();
    let other: Vec<_> = other.iter().map(|state| state.intent.key.as_str()).collect();
    assert_eq!(other, ["gbp-usd-2", named("gbp-usd").as_str()]);
    assert!(stand.journal.find(&named("gbp-usd")).await.unwrap().is_some());
}

#[tokio::test]
async fn ops_10_an_answer_of_a_key_that_is_unknown_here_is_left_to_it_while_it_may_be_signed() {
    let stand = Stand::new("journal_unknown").await;
    let of_new = |feed, second| {
        let mut entry = publish(feed, second, 7);
        if let Some(publication) = entry.decision.as_mut().and_then(|decision| decision.publication.as_mut()) {
            publication.signer = "new".parse().unwrap();
            publication.intent.expires_at = Some(Timestamp::from_secs(4_000_000_000).unwrap());
        }
        entry
    };
    stand.insert(&of_new("eur-usd", 1)).await;
    stand.insert(&of_new("gbp-usd", 2)).await;
    let open = async |key: &str| {
        let open = stand.journal_of(key).list_open().await.unwrap();
        open.into_iter().map(|state| state.intent.key.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert!(open("default").await.is_empty() && open("fx").await.is_empty());

    stand.execute("UPDATE intent SET expires_at = now() - INTERVAL '2 minutes' WHERE intent_key = 'eur-usd-1'").await;
    assert_eq!(open("default").await, ["eur-usd-1"], "what nobody may sign any more is ended here");
}

#[tokio::test]
async fn ora_11_a_settled_intent_settles_its_publication_and_tells_operators() {
    let stand = Stand::new("journal_settles").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    stand.settle(&key("eur-usd", 1), Outcome::Confirmed(inclusion())).await;

    let row = stand.store.find_round_by_key(&key("eur-usd", 1)).await.unwrap().unwrap();
    assert_eq!((row.state.as_str(), row.block_number), ("confirmed", Some(12)));
    assert_eq!(row.tx_hash, Some(inclusion().tx_hash));
    assert_eq!(stand.store.get_feed(&feed_id("eur-usd")).await.unwrap().pending, None);
    assert_eq!(stand.journal.list_open().await.unwrap(), []);
    let events = stand.store.list_events(0, 10).await.unwrap();
    let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.subject.as_str())).collect();
    assert_eq!(told, [("round_settled", "eur-usd")]);
    assert_eq!(events[0].trace_id, row.trace_id, "the event belongs to the trace of its round");
}

#[tokio::test]
async fn ora_11_settling_happens_as_a_whole_or_not_at_all() {
    let stand = Stand::new("journal_atomic").await;
    stand.insert(&publish("eur-usd", 1, 7)).await;
    stand.execute("ALTER TABLE event ADD CONSTRAINT nobody_is_told CHECK (FALSE) NOT VALID").await;

    let intent = intent_key(&key("eur-usd", 1));
    let settled = Stage::Settled(Outcome::Confirmed(inclusion()));
    let refused = stand.journal.advance(&intent, &Stage::Unsigned, &settled, at(2)).await;
    assert!(matches!(refused, Err(JournalError::Unavailable(_))), "{refused:?}");
    assert_eq!(stand.journal.find(&intent).await.unwrap().unwrap().stage, Stage::Unsigned);
    assert_eq!(stand.store.find_round_by_key(intent.as_str()).await.unwrap().unwrap().state, "pending");
}

#[tokio::test]
async fn ora_11_each_outcome_has_its_state() {
    let stand = Stand::new("journal_outcomes").await;
    let outcomes = [
        (1, Outcome::Confirmed(inclusion()), "confirmed"),
        (2, reverted(), "reverted"),
        (3, Outcome::EventMissing(inclusion()), "failed"),
        (4, failed(), "failed"),
    ];
    for (second, outcome, state) in outcomes {
        stand.insert(&publish("eur-usd", second, u128::from(second))).await;
        stand.settle(&key("eur-usd", second), outcome).await;
        let row = stand.store.find_round_by_key(&key("eur-usd", second)).await.unwrap().unwrap();
        assert_eq!(row.state, state);
    }
}
