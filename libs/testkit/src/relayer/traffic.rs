//! Simulated users: deposits of random amounts, and burns of part of what has arrived. They need no guard's leave, as
//! users do not.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, U256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::process::Shared;
use crate::bridge::{At, Bridge, Error};

/// So many of ten movements are burns, as far as there is something to burn.
const BURNS_OF_TEN: u32 = 4;

/// A movement is between one and so many thousandths of a token.
const MOST_THOUSANDTHS: u64 = 100_000;

/// Moves value at the rate that is told, until the token is cancelled. A rate is in movements per minute; 0 is none.
pub(super) async fn run(
    bridge: Bridge,
    user: Address,
    mut rate: watch::Receiver<u32>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    loop {
        let per_minute = *rate.borrow_and_update();
        let pause = match Duration::from_secs(60).checked_div(per_minute) {
            Some(pause) => pause,
            None => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = rate.changed() => continue,
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            _ = rate.changed() => continue,
            () = tokio::time::sleep(pause) => {}
        }
        let moved = movement(&bridge, user).await;
        shared.note_traffic(|traffic| {
            let count = match moved {
                Ok(Moved::Deposit) => &mut traffic.deposits,
                Ok(Moved::Burn) => &mut traffic.burns,
                // A paused contract, a dead node: a user shrugs and tries again.
                Err(_) => &mut traffic.refused,
            };
            *count = count.saturating_add(1);
        });
    }
}

enum Moved {
    Deposit,
    Burn,
}

async fn movement(bridge: &Bridge, user: Address) -> Result<Moved, Error> {
    let thousandths = rand::random_range(1..=MOST_THOUSANDTHS);
    let amount = U256::from(thousandths).saturating_mul(U256::from(1_000_000_000_000_000_u64));
    if rand::random_range(0..10) < BURNS_OF_TEN && bridge.bridged_balance(user, At::Latest).await? >= amount {
        bridge.burn(user, user, amount).await?;
        return Ok(Moved::Burn);
    }
    bridge.deposit(user, user, amount).await?;
    Ok(Moved::Deposit)
}
