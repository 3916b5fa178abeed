//! What the monitor itself found out about messages.

use causeway_primitives::Timestamp;
use ccip_monitor::{
    domain::{lane::Dialect, message::Status},
    ports::{Judgement, LaneRow, Ledger as _, Records as _, Upkeep as _, Verdict},
};

use super::stand::{Block, DESTINATION, SOURCE, Stand, at, chain_id, commit, fail, hash, lane, send, succeed};

fn judgement(message: u64, verdict: Verdict, at: Timestamp) -> Judgement {
    Judgement { message, verdict, at, cause: "because".to_owned() }
}

async fn judge(stand: &Stand, id: u64, verdict: Verdict, second: u64) -> u64 {
    let key = stand.get(id).await.key;
    stand.store.judge(&stand.leader, &[judgement(key, verdict, at(second))]).await.unwrap()
}

#[tokio::test]
async fn ccip_4_a_message_that_expired_comes_back_with_its_success() {
    let stand = Stand::new("judge_expired").await;
    stand.read(Block::source(10).with(send(1))).await;
    stand.read(Block::destination(20).with(commit(1, 1))).await;
    assert_eq!(judge(&stand, 1, Verdict::TimedOut, 20).await, 1);
    assert_eq!(judge(&stand, 1, Verdict::TimedOut, 20).await, 0, "once");
    assert_eq!(stand.status(1).await, Status::Expired);
    assert_eq!(judge(&stand, 1, Verdict::TimeExtended, 20).await, 1);
    assert_eq!(stand.status(1).await, Status::Delivered);
    assert_eq!(judge(&stand, 1, Verdict::TimedOut, 20).await, 1);
    stand.read(Block::destination(30).with(succeed(1))).await;
    assert_eq!(stand.status(1).await, Status::Executed);
    assert_eq!(judge(&stand, 1, Verdict::TimedOut, 30).await, 0, "what is executed is not late");
    let steps: Vec<_> = stand.steps(1).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(steps, ["sent", "committed", "timed_out", "time_extended", "timed_out", "succeeded"]);
}

#[tokio::test]
async fn ccip_7_a_reverted_execution_counts_and_one_on_its_way_does_not() {
    let stand = Stand::new("judge_reverted").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read(Block::destination(20).with(fail(1))).await;
    assert_eq!(judge(&stand, 1, Verdict::Underway(hash(5)), 21).await, 1);
    assert_eq!(judge(&stand, 2, Verdict::Underway(hash(6)), 21).await, 1);
    assert_eq!((stand.status(1).await, stand.status(2).await), (Status::Failed, Status::Executing));
    assert_eq!(judge(&stand, 1, Verdict::Reverted(hash(5)), 22).await, 1);
    assert_eq!(judge(&stand, 1, Verdict::Reverted(hash(5)), 23).await, 0, "the transaction is known");
    let message = stand.get(1).await;
    assert_eq!((message.retry_count, message.last_retry_at), (1, Some(at(22))));
    let attempts = stand.store.list_attempts(message.key).await.unwrap();
    assert_eq!((attempts.len(), attempts[1].outcome, attempts[1].tx), (2, None, hash(5)));
}

#[tokio::test]
async fn ccip_16_a_judgement_goes_with_the_block_that_it_was_made_at() {
    let stand = Stand::new("judge_reorg").await;
    let row = LaneRow {
        key: lane(Dialect::V1_6),
        name: "there".to_owned(),
        source_chain: Some(chain_id(SOURCE)),
        destination_chain: Some(chain_id(DESTINATION)),
    };
    stand.store.upsert_lanes(&stand.leader, &[row]).await.unwrap();
    stand.read(Block::source(10).with(send(1))).await;
    stand.read(Block::destination(20)).await;
    stand.read(Block::destination(21)).await;
    judge(&stand, 1, Verdict::TimedOut, 21).await;
    assert_eq!((stand.status(1).await, stand.get(1).await.lane_name.as_str()), (Status::Expired, "there"));
    stand.unwind(DESTINATION, Some(&Block::destination(20))).await;
    assert_eq!(stand.status(1).await, Status::Sent);
    assert_eq!(judge(&stand, 1, Verdict::TimedOut, 21).await, 1, "it is judged again");
}

#[tokio::test]
async fn ccip_10_the_round_asks_who_is_late_and_how_lanes_did() {
    let stand = Stand::new("judge_round").await;
    let key = lane(Dialect::V1_6);
    for id in 1..=4 {
        stand.read(Block::source(10 + id).with(send(id))).await;
    }
    stand.read(Block::destination(20).with(commit(2, 2)).with(fail(3)).with(succeed(4))).await;
    let late = stand.store.list_late(&key, at(13), 10).await.unwrap();
    let mut keys = Vec::new();
    for id in [1, 2] {
        keys.push(stand.get(id).await.key);
    }
    assert_eq!(late, keys, "oldest first; failed and executed ones are not late");
    assert_eq!(stand.store.list_late(&key, at(13), 1).await.unwrap(), keys[..1]);
    assert_eq!(stand.store.count_late(&key, at(13)).await.unwrap(), 2);
    assert_eq!(stand.store.count_late(&key, at(12)).await.unwrap(), 1);
    judge(&stand, 1, Verdict::TimedOut, 20).await;
    assert_eq!(stand.store.list_early(&key, at(11), 10).await.unwrap(), keys[..1]);
    assert!(stand.store.list_early(&key, at(12), 10).await.unwrap().is_empty());

    let ended = stand.store.list_ended(at(0)).await.unwrap();
    assert_eq!(ended.len(), 1);
    let figures = &ended[0].1;
    assert_eq!((figures.executed, figures.failed, figures.expired), (1, 1, 1));
    assert_eq!(figures.latency.unwrap().as_secs(), 6);
    assert!(stand.store.list_ended(at(21)).await.unwrap().is_empty());
    assert_eq!(stand.store.count_executed().await.unwrap(), [(key.clone(), 1)]);
    let unfinished = stand.store.count_unfinished().await.unwrap();
    let of = |status| unfinished.iter().find(|(_, known, _)| *known == status).map(|(.., count)| *count);
    assert_eq!(
        [Status::Sent, Status::Delivered, Status::Executing, Status::Failed, Status::Expired].map(of),
        [Some(0), Some(1), Some(0), Some(1), Some(1)],
    );
    assert_eq!(stand.store.list_lanes().await.unwrap(), [key]);
}
