//! Figures over known rows: each can be checked by hand.

use std::time::Duration;

use causeway_primitives::{Timestamp, U256};
use ccip_monitor::{
    domain::{
        lane::Dialect,
        message::Status,
        report::{Hour, Latency, Repeat, Rows, Window},
    },
    ports::{Records as _, Reports as _},
};

use super::stand::{Block, SOURCE, Stand, account, at, fail, lane, message_id, send, sent, succeed};

/// The block of all sends, and that second.
const SENT_IN: u64 = 10;

/// Messages that are executed: the one of number `n` takes `n` seconds.
const EXECUTED: u64 = 100;

/// One more fails twice.
const FAILED: u64 = EXECUTED + 1;

/// One more is undone.
const UNDONE: u64 = FAILED + 1;

async fn stand(label: &str) -> Stand {
    let stand = Stand::new(label).await;
    let sends = (1..=FAILED).fold(Block::source(SENT_IN), |block, id| block.with(send(id)));
    stand.read(sends.clone()).await;
    stand.read(Block::source(SENT_IN + 1).with(send(UNDONE))).await;
    stand.unwind(SOURCE, Some(&sends)).await;
    for id in 1..=EXECUTED {
        stand.read(Block::destination(SENT_IN + id).with(succeed(id))).await;
    }
    stand.read(Block::destination(200).with(fail(FAILED))).await;
    stand.read(Block::destination(201).with(fail(FAILED))).await;
    stand
}

async fn rows(stand: &Stand, from: Timestamp, before: Timestamp) -> Rows {
    stand.store.read_report_rows(Window::new(from, before).unwrap()).await.unwrap()
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test]
async fn ccip_12_latencies_are_exact_over_the_messages_of_the_window_and_an_undone_one_is_none() {
    let stand = stand("reports_latency").await;
    let rows = rows(&stand, at(0), at(1_000)).await;
    let latency = Latency {
        messages: EXECUTED,
        mean: Duration::from_millis(50_500),
        p25: seconds(25),
        p50: seconds(50),
        p75: seconds(75),
        p95: seconds(95),
        p99: seconds(99),
        longest: seconds(100),
        backwards: 0,
    };
    let by_status = vec![(Status::Executed, EXECUTED), (Status::Failed, 1)];
    assert_eq!(rows.volumes.len(), 2, "all together, and the one lane");
    assert_eq!(rows.volumes.iter().filter(|volume| volume.lane.is_none()).count(), 1);
    for volume in &rows.volumes {
        assert_eq!((volume.sent, &volume.by_status, volume.latency), (FAILED, &by_status, Some(latency)));
    }
    let slowest: Vec<_> = rows.slowest.iter().map(|slow| (slow.message, slow.latency)).collect();
    let expected: Vec<_> = (81..=EXECUTED).rev().map(|id| (message_id(id), seconds(id))).collect();
    assert_eq!(slowest, expected);

    let stats = stand.store.list_lane_stats(at(0), at(1_000)).await.unwrap();
    assert_eq!(stats.len(), 1);
    assert_eq!((&stats[0].lane, stats[0].sent, &stats[0].by_status), (&lane(Dialect::V1_6), FAILED, &by_status));
    assert_eq!(stats[0].latency, Some([50, 95, 99].map(seconds)));
}

#[tokio::test]
async fn ccip_12_ccip_14_fees_failures_hours_and_repeats_are_counted_once() {
    let stand = stand("reports_sums").await;
    let rows = rows(&stand, at(0), at(1_000)).await;
    let total = U256::from(FAILED * (FAILED + 1) / 2);
    assert_eq!(rows.fees.len(), 1, "one day, one lane, one token");
    let fees = &rows.fees[0];
    assert_eq!((fees.messages, fees.total, fees.data_bytes), (FAILED, total, 3 * FAILED));
    assert!(rows.fees_before.is_empty());
    assert_eq!(rows.cheapest.iter().map(|cheapest| cheapest.fee).collect::<Vec<_>>(), [U256::from(1)]);

    let failures: Vec<_> =
        rows.failures.iter().map(|one| (one.attempts, one.messages, one.last_at, one.example)).collect();
    assert_eq!((rows.failed_attempts, failures), (2, vec![(2, 1, at(201), message_id(FAILED))]));

    let hour = Timestamp::from_rfc3339("2023-11-14T22:00:00Z").unwrap();
    let hours: Vec<Hour> =
        vec![Hour { lane: rows.hours[0].lane.clone(), start: hour, sent: FAILED, executed: EXECUTED }];
    assert_eq!((&rows.hours, &rows.peaks), (&hours, &hours));

    let [repeat] = <[Repeat; 1]>::try_from(rows.repeats).unwrap();
    assert_eq!((repeat.sender, repeat.receiver), (account(0x5E), sent(1).receiver));
    assert_eq!((repeat.followers, repeat.fees), (FAILED - 1, total - U256::from(1)), "all but the first");
    assert_eq!(
        rows.formats.iter().map(|format| (format.messages, format.verified)).collect::<Vec<_>>(),
        [(FAILED, FAILED)]
    );
    assert_eq!((rows.samples.len(), rows.open_holes), (usize::try_from(FAILED).unwrap(), 0));
}

#[tokio::test]
async fn ccip_12_a_window_has_its_first_moment_and_not_its_last() {
    let stand = stand("reports_window").await;
    let until_the_send = rows(&stand, at(0), at(SENT_IN)).await;
    assert_eq!((until_the_send.volumes, until_the_send.fees), (vec![], vec![]));
    let from_the_send = rows(&stand, at(SENT_IN), at(SENT_IN + 1)).await;
    assert_eq!(from_the_send.volumes[0].sent, FAILED);
    assert_eq!((from_the_send.failed_attempts, from_the_send.failures.len()), (0, 0), "they failed later");
}
