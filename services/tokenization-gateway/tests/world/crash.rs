//! Crashes: whatever is killed wherever it stands, nothing is lost, nothing is minted twice, and the books hold.

use std::time::Duration;

use causeway_primitives::{Timestamp, U256};
use causeway_testkit::{firefly::EventWays, tools::storm_rounds};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    messages::{mt103, uetr},
    stand::{Stand, Via},
};

/// So many times is killed in a run, unless `CAUSEWAY_STORM_ROUNDS` says otherwise.
const ROUNDS: u32 = 200;

async fn storm(label: &str, via: Via) {
    let stand = Stand::via(label, via).await;
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    if let Some(firefly) = &stand.firefly {
        firefly.at_random(seed);
        firefly.tell_events(EventWays { doubled: true, lost: true, swapped: true, replayed: true });
    }
    let (mut requests, mut cut) = (Vec::new(), 0);
    for round in 0..storm_rounds().unwrap_or(ROUNDS) {
        let gateway = stand.start();
        for number in 0..random.random_range(0..3_u32) {
            requests.push(stand.order(&mt103(&uetr(round * 10 + number + 1), "1,", "")).await);
        }
        // Anywhere between the first query and the last receipt: that is the point of it.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..120))).await;
        gateway.kill().await;
        cut += stand.store.list_due(later(), 100).await.unwrap().len();
    }
    assert!(cut > 0, "nothing was ever killed on its way, so nothing is proven; seed {seed}");
    let gateway = stand.start();
    for id in &requests {
        stand.reaches(*id, "reported").await;
    }
    let ordered = U256::from(requests.len()) * U256::from(1_000_000);
    assert_eq!(stand.token.total_supply().await.unwrap(), ordered, "seed {seed}");
    assert_eq!(stand.token.performed().await.unwrap().len(), requests.len(), "seed {seed}");
    stand.is_reconciled(&gateway).await;
    assert!(stand.firefly.is_none_or(|firefly| firefly.retried() == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_7_killed_wherever_it_stands_nothing_is_lost_and_nothing_minted_twice() {
    storm("gateway_crash", Via::Direct).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_tok_7_killed_wherever_it_stands_while_firefly_misbehaves_nothing_is_lost_and_nothing_minted_twice() {
    storm("gateway_crash_firefly", Via::Firefly).await;
}

/// Later than anything is due.
fn later() -> Timestamp {
    Timestamp::EPOCH.after(Duration::MAX)
}
