//! Messages in the background, from the other chain to the consortium's, so that the tour is not alone: over real CCIP
//! 1.6 and the operators' own contracts, one after the other, for as long as the demo runs.

use std::{convert::Infallible, time::Duration};

use causeway_testkit::{
    ccip::{Error, Order, Role, Send, Sender, Side},
    monitor::World,
};
use tokio::sync::Mutex;

/// From one message to the next.
const EVERY: Duration = Duration::from_millis(1_500);

/// After a message that was refused, as all are while the tour has the lane cursed, or that its reorganisation took.
const REFUSED: Duration = Duration::from_secs(3);

/// Sends and delivers until it is dropped. Each step holds `chains`, and nothing holds it while waiting.
pub(crate) async fn flow(world: &World, chains: &Mutex<()>) -> Infallible {
    let mut number = 0_u64;
    loop {
        number = number.wrapping_add(1);
        // What the tour does to the chains is no fault here: the next message is tried later.
        let pause = if message(world, chains, number).await.is_ok() { EVERY } else { REFUSED };
        tokio::time::sleep(pause).await;
    }
}

async fn message(world: &World, chains: &Mutex<()>, number: u64) -> Result<(), Error> {
    let receiver = world.ccip.home.tokens.receiver;
    let data = number.to_be_bytes().to_vec();
    if number.is_multiple_of(2) {
        let lane = world.ccip.private(Side::Away);
        let relayed = alone(chains, lane.send(Sender::Account(Role::User), receiver, data.into())).await?;
        return alone(chains, lane.execute(&relayed)).await.map(drop);
    }
    let lane = world.ccip.v1_6(Side::Away);
    let send = Send { order: Order::Free, ..Send::new(receiver, data) };
    let sent = alone(chains, lane.send(&send)).await?;
    alone(chains, lane.commit_all()).await?;
    alone(chains, lane.execute(&[sent.sequence_number])).await.map(drop)
}

/// One step, and time to see it.
async fn alone<T>(chains: &Mutex<()>, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = {
        let _held = chains.lock().await;
        step.await
    };
    tokio::time::sleep(EVERY).await;
    done
}
