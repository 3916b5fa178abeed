//! Executions without a log become part of a message's way.

use std::{sync::Arc, time::Duration};

use causeway_primitives::MessageId;
use causeway_runtime::{CancellationToken, clock::SystemClock, health::Health};
use causeway_telemetry::metrics::{Registry, encode};
use causeway_testkit::{
    ccip::{Behaviour, Family, Side},
    wait::eventually,
};
use ccip_monitor::{
    app::tries::{Parts, Tried, Watcher},
    domain::message::Status,
    metrics::Metrics,
    ports::{OffRampAsk, Records as _},
};
use tokio::sync::watch;

use super::stand::{Stand, chain_id, selector};

/// A watcher of the other chain's 1.6 off-ramp.
fn watcher(stand: &Stand) -> (Watcher, watch::Sender<Option<causeway_store::lease::Leadership>>) {
    watcher_with(stand, &Metrics::default())
}

fn watcher_with(
    stand: &Stand,
    metrics: &Metrics,
) -> (Watcher, watch::Sender<Option<causeway_store::lease::Leadership>>) {
    let id = chain_id(&stand.world, Side::Away);
    let health = Health::new(Arc::new(SystemClock::new()), CancellationToken::new());
    let (leads, leadership) = watch::channel(Some(stand.leader.clone()));
    let key = stand.key(Family::V1_6);
    let off_ramp = stand.sites.off_ramp(&key).unwrap();
    let tried = Tried {
        name: "away".parse().unwrap(),
        id,
        selector: selector(&stand.world, Side::Away),
        reads: Arc::clone(&stand.readers[&id]),
        off_ramps: vec![OffRampAsk { dialect: key.dialect, address: off_ramp, source: None }],
    };
    let parts = Parts {
        records: stand.store.clone(),
        dossier: stand.store.clone(),
        ledger: stand.store.clone(),
        leadership,
        interval: Duration::from_millis(50),
        heartbeat: health.heartbeat("tries", Duration::from_secs(60)),
        metrics: metrics.clone(),
    };
    (Watcher::new(tried, parts), leads)
}

#[tokio::test]
async fn ccip_7_a_reverted_execution_by_hand_counts_as_a_retry_with_its_transaction() {
    let stand = Stand::new("tries").await;
    let lane = stand.world.v1_6(Side::Home);
    stand.world.away.tell_receiver(&Behaviour::RevertEmpty).await.unwrap();
    let (sent, _) = lane.deliver(&stand.hello()).await.unwrap();
    stand.read().await;
    let (watcher, _leads) = watcher(&stand);
    let mut watcher = watcher;
    assert_eq!(watcher.turn().await.unwrap(), 0, "nothing was tried yet");

    let reverted = lane.attempt_manually(1, None).await.unwrap();
    assert!(!reverted.took_effect);
    stand.read().await;
    assert_eq!(watcher.turn().await.unwrap(), 1);
    assert_eq!(watcher.turn().await.unwrap(), 0, "it is known");
    let message = stand.diagnose(sent.message_id).await.message;
    assert_eq!((message.status, message.retry_count), (Status::Failed, 1), "the failure is still the last word");
    let attempts = stand.store.list_attempts(message.key).await.unwrap();
    let outcomes: Vec<_> =
        attempts.iter().map(|attempt| (attempt.tx == reverted.hash, attempt.outcome.is_some())).collect();
    assert_eq!(outcomes, [(false, true), (true, false)]);
}

#[tokio::test]
async fn ccip_7_a_watcher_that_was_away_looks_back_and_catches_up_in_one_turn() {
    let stand = Stand::new("tries_away").await;
    let lane = stand.world.v1_6(Side::Home);
    stand.world.away.tell_receiver(&Behaviour::RevertEmpty).await.unwrap();
    let (sent, _) = lane.deliver(&stand.hello()).await.unwrap();
    lane.attempt_manually(1, None).await.unwrap();
    // More blocks than are read at once, on both sides of a second attempt.
    stand.world.away.anvil.mine(70).await.unwrap();
    lane.attempt_manually(1, None).await.unwrap();
    stand.world.away.anvil.mine(70).await.unwrap();
    stand.read().await;
    let mut registry = Registry::default();
    let (mut watcher, _leads) = watcher_with(&stand, &Metrics::register(&mut registry));
    assert_eq!(watcher.turn().await.unwrap(), 2, "what was reverted while nobody looked");
    assert_eq!(stand.diagnose(sent.message_id).await.message.retry_count, 2);
    let passed_over =
        || encode(&registry).unwrap().lines().any(|line| line.starts_with("ccip_blocks_passed_over_total{"));
    assert!(!passed_over());

    stand.world.away.anvil.mine(600).await.unwrap();
    stand.read().await;
    assert_eq!(watcher.turn().await.unwrap(), 0);
    assert!(passed_over(), "nobody looks further back than so far, and it is said");
}

#[tokio::test]
async fn ccip_4_a_message_whose_execution_is_on_its_way_is_executing() {
    let stand = Stand::new("underway").await;
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&stand.hello()).await.unwrap();
    lane.commit_all().await.unwrap();
    stand.read().await;
    let (mut watcher, _leads) = watcher(&stand);
    assert_eq!(watcher.turn().await.unwrap(), 0, "nobody tries");

    let away = &stand.world.away.anvil;
    // Long enough between two blocks to look at what waits for the next one.
    away.set_interval_seconds(4).await.unwrap();
    let seen = async {
        eventually("a try on its way", async || watcher.turn().await.unwrap() > 0).await;
        let message = stand.store.find_message(MessageId::new(sent.message_id)).await.unwrap().unwrap();
        assert_eq!(message.status, Status::Executing);
        assert_eq!(watcher.turn().await.unwrap(), 0, "said once");
    };
    let numbers = [sent.sequence_number];
    let (executed, ()) = tokio::join!(lane.execute(&numbers), seen);
    executed.unwrap();
    stand.read().await;
    let message = stand.store.find_message(MessageId::new(sent.message_id)).await.unwrap().unwrap();
    assert_eq!(message.status, Status::Executed);
}
