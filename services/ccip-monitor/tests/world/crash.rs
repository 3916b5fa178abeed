//! kill -9 in the middle of a backfill.

use causeway_testkit::{
    ccip::{Family, Send, Sender, Side},
    monitor::Plan,
    wait::eventually,
};

use super::{replica::Replica, stage::Stage};

/// Messages of each family that wait for the first start.
const MESSAGES: u64 = 60;

/// Kills in one test. Each costs the life of a lease.
const KILLS: u32 = 3;

/// Some hundred blocks in steps of three.
fn many_batches() -> Plan {
    Plan { families: vec![Family::Private, Family::V1_6], log_blocks: 3, ..Plan::default() }
}

#[tokio::test]
async fn ccip_16_ccip_17_kill_9_in_the_middle_of_a_backfill_loses_nothing_and_doubles_nothing() {
    let stage = Stage::new(many_batches()).await;
    traffic(&stage).await;
    let height = stage.world.ccip.home.anvil.block_number().await.unwrap();
    let mut interrupted = 0;
    for kill in 0..KILLS {
        let replica = stage.serve(&format!("replica-{kill}")).await;
        let known = position(&replica).await.unwrap_or(0);
        let further = async || position(&replica).await.filter(|now| *now > known || *now >= height);
        let reached = eventually("some progress", further).await;
        replica.kill().await;
        interrupted += u32::from(reached < height);
    }
    assert!(interrupted > 0, "no kill came in the middle, so nothing was tested");
    let last = stage.serve("replica-last").await;
    last.is("leader").await;
    stage.finish(vec![last]).await;
}

/// Up to where home was read, by the replica that reads it.
async fn position(replica: &Replica) -> Option<u64> {
    replica.chain("home").await["block_number"].as_u64()
}

async fn traffic(stage: &Stage) {
    let world = &stage.world.ccip;
    let (receiver, ramped, relayed) = (world.away.tokens.receiver, world.v1_6(Side::Home), world.private(Side::Home));
    for number in 0..MESSAGES {
        let data = number.to_be_bytes().to_vec();
        ramped.send(&Send::new(receiver, data.clone())).await.expect("a send");
        let message = relayed.send(Sender::Contract, receiver, data.into()).await.expect("a send");
        relayed.execute(&message).await.expect("an execution");
    }
    ramped.commit_all().await.expect("a report");
}
