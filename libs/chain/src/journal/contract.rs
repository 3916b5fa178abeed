//! What every journal must do, as checks that run against any implementation.
//!
//! An implementation's test calls [`uphold`] with an empty journal that no other test uses.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a failed expectation is the finding"
)]

use alloy::primitives::{Address, B256, Bytes, U256};
use causeway_primitives::Timestamp;

use super::{Error, Inserted, Journal};
use crate::{
    intent::{Attempt, EventPattern, Expectation, Failure, Inclusion, Intent, OnNonceTaken, Outcome, Stage},
    transaction::Fees,
};

const NOW: Timestamp = Timestamp::EPOCH;

/// Runs all checks, in an order in which none disturbs another.
///
/// # Panics
/// When the journal breaks the contract; the message says where.
pub async fn uphold(journal: &dyn Journal) {
    an_intent_is_inserted_once(journal).await;
    a_key_names_one_intent(journal).await;
    attempts_come_back_byte_for_byte_in_order(journal).await;
    attempts_join_only_open_intents(journal).await;
    stages_change_only_from_where_they_are(journal).await;
    several_are_written_together(journal).await;
    open_intents_are_listed_in_the_order_of_insertion(journal).await;
}

/// An intent with every field in use.
pub fn intent(key: &str) -> Intent {
    Intent {
        key: key.parse().expect("a valid key"),
        to: Address::repeat_byte(0x11),
        value: U256::MAX,
        data: Bytes::from_static(&[0, 1, 2, 255]),
        expect: Expectation::Event(EventPattern {
            address: Address::repeat_byte(0x11),
            topics: vec![Some(B256::repeat_byte(1)), None],
        }),
        on_nonce_taken: OnNonceTaken::SignAgain,
        expires_at: Timestamp::from_millis(1_700_000_000_123).ok(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    }
}

/// An attempt whose bytes and hash follow from `mark`.
pub fn attempt(ordinal: u32, nonce: u64, mark: u8) -> Attempt {
    Attempt {
        ordinal,
        nonce,
        gas_limit: 90_000,
        fees: Fees::Eip1559 { max_fee: u128::from(u64::MAX), max_priority_fee: 1 },
        raw: Bytes::from(vec![mark; 100]),
        hash: B256::repeat_byte(mark),
        signed_at: NOW,
        sent_at: None,
    }
}

async fn insert(journal: &dyn Journal, key: &str) -> Intent {
    let intent = intent(key);
    assert_eq!(journal.insert(&intent, NOW).await.expect("insert"), Inserted::New, "{key}");
    intent
}

async fn an_intent_is_inserted_once(journal: &dyn Journal) {
    let first = insert(journal, "contract-once").await;
    let again = Intent { traceparent: None, ..first.clone() };
    let found = journal.insert(&again, NOW).await.expect("the same intent again");
    assert_eq!(found, Inserted::Existing(Stage::Unsigned));
    let stored = journal.find(&first.key).await.expect("find").expect("the intent");
    assert_eq!((stored.intent, stored.stage, stored.attempts), (first, Stage::Unsigned, Vec::new()));
    assert_eq!(journal.find(&"contract-nobody".parse().expect("key")).await.expect("find"), None);
}

async fn a_key_names_one_intent(journal: &dyn Journal) {
    let first = insert(journal, "contract-key").await;
    let other = Intent { data: Bytes::from_static(&[9]), ..first };
    let refused = journal.insert(&other, NOW).await;
    assert!(matches!(refused, Err(Error::KeyReused(_))), "a key was used for another intent: {refused:?}");
}

async fn attempts_come_back_byte_for_byte_in_order(journal: &dyn Journal) {
    let key = insert(journal, "contract-attempts").await.key;
    let (first, second) = (attempt(1, 7, 0xa1), attempt(2, 7, 0xa2));
    for each in [&first, &second] {
        journal.record_attempt(&key, each).await.expect("record");
    }
    let later = Timestamp::from_millis(42).expect("time");
    journal.record_sent(&key, second.hash, later).await.expect("sent");
    let stored = journal.find(&key).await.expect("find").expect("the intent");
    assert_eq!(stored.stage, Stage::Pending { nonce: 7 });
    assert_eq!(stored.attempts, [first, Attempt { sent_at: Some(later), ..second }]);
    let unknown = journal.record_sent(&key, B256::repeat_byte(0xee), later).await;
    assert!(matches!(unknown, Err(Error::Conflict(_))), "an unknown attempt was sent: {unknown:?}");
}

async fn attempts_join_only_open_intents(journal: &dyn Journal) {
    let key = insert(journal, "contract-join").await.key;
    journal.record_attempt(&key, &attempt(1, 3, 0xb1)).await.expect("record");
    let other_nonce = journal.record_attempt(&key, &attempt(2, 4, 0xb2)).await;
    assert!(matches!(other_nonce, Err(Error::Conflict(_))), "two nonces for one intent: {other_nonce:?}");
    let settled = Stage::Settled(Outcome::Failed(Failure::NonceTaken));
    journal.advance(&key, &Stage::Pending { nonce: 3 }, &settled, NOW).await.expect("settle");
    let late = journal.record_attempt(&key, &attempt(2, 3, 0xb3)).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "a settled intent was signed: {late:?}");
}

async fn stages_change_only_from_where_they_are(journal: &dyn Journal) {
    let key = insert(journal, "contract-stages").await.key;
    journal.record_attempt(&key, &attempt(1, 5, 0xc1)).await.expect("record");
    let pending = Stage::Pending { nonce: 5 };
    let inclusion = Inclusion {
        tx_hash: B256::repeat_byte(0xc1),
        block_number: 12,
        block_hash: B256::repeat_byte(0xcc),
        gas_used: 80_000,
        gas_price: 0,
    };
    let included = Stage::Included { nonce: 5, inclusion };
    let early = journal.advance(&key, &Stage::Unsigned, &included, NOW).await;
    assert!(matches!(early, Err(Error::Conflict(_))), "a stage was left that was not entered: {early:?}");
    for (from, to) in [(&pending, &included), (&included, &pending), (&pending, &Stage::Unsigned)] {
        journal.advance(&key, from, to, NOW).await.expect("advance");
    }
    let stored = journal.find(&key).await.expect("find").expect("the intent");
    assert_eq!((stored.stage, stored.attempts.len()), (Stage::Unsigned, 1), "attempts are never forgotten");
    journal.record_attempt(&key, &attempt(2, 9, 0xc2)).await.expect("sign again with another nonce");
}

async fn several_are_written_together(journal: &dyn Journal) {
    let keys = [insert(journal, "contract-two").await.key, insert(journal, "contract-one").await.key];
    let attempts = [attempt(1, 20, 0xd1), attempt(1, 21, 0xd2)];
    let each = |mark: usize| (keys[mark].clone(), attempts[mark].clone());
    journal.record_attempts(&[each(0), each(1)]).await.expect("record both");
    let sent = [0, 1].map(|mark: usize| (keys[mark].clone(), attempts[mark].hash));
    let later = Timestamp::from_millis(43).expect("time");
    journal.record_all_sent(&sent, later).await.expect("both sent");
    for (key, attempt) in keys.iter().zip(&attempts) {
        let stored = journal.find(key).await.expect("find").expect("the intent");
        assert_eq!(stored.stage, Stage::Pending { nonce: attempt.nonce });
        assert_eq!(stored.attempts, [Attempt { sent_at: Some(later), ..attempt.clone() }]);
    }
    let settled = || Stage::Settled(Outcome::Failed(Failure::NonceTaken));
    let from = |mark: usize, nonce| (keys[mark].clone(), Stage::Pending { nonce }, settled());
    let wrong = journal.advance_all(&[from(0, 99), from(1, 21)], NOW).await;
    assert!(matches!(&wrong, Err(Error::Conflict(key)) if *key == keys[0]), "{wrong:?}");
    journal.advance_all(&[from(0, 20)], NOW).await.expect("settle one");
    let late = journal.record_attempts(&[(keys[0].clone(), attempt(2, 20, 0xd3))]).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "a settled intent was signed: {late:?}");
    let unknown = journal.record_all_sent(&[(keys[1].clone(), B256::repeat_byte(0xef))], later).await;
    assert!(matches!(unknown, Err(Error::Conflict(_))), "an unknown attempt was sent: {unknown:?}");
    let left = from(1, 21);
    let rest = journal.find(&keys[1]).await.expect("find").expect("the intent");
    if rest.stage == left.1 {
        journal.advance_all(&[left], NOW).await.expect("settle the other");
    }
}

async fn open_intents_are_listed_in_the_order_of_insertion(journal: &dyn Journal) {
    // "contract-join" is settled; the order is not that of the keys.
    let open = journal.list_open().await.expect("list");
    let keys: Vec<_> = open.iter().map(|state| state.intent.key.as_str()).collect();
    assert_eq!(keys, ["contract-once", "contract-key", "contract-attempts", "contract-stages"]);
}
