//! Rewriting the end of a chain, seen through a message on it.

use alloy::primitives::{B256, Bytes};
use serde_json::Value;

use crate::ccip::{Replay, Role, Sender, Side, World};

const HELLO: Bytes = Bytes::from_static(b"hello");

/// Block number, block hash and log index of the one send that the router emitted, if it did.
async fn place(world: &World) -> Option<(String, B256, String)> {
    let filter = serde_json::json!({
        "address": world.home.private.router,
        "topics": ["0x802c6746db839cfc7e0e91acc673c4a618f921e14d2ca65160cf483f786eb51b"],
        "fromBlock": "0x0",
        "toBlock": "latest",
    });
    let logs: Vec<Value> = world.home.anvil.rpc().call("eth_getLogs", &(filter,)).await.unwrap();
    assert!(logs.len() < 2, "{logs:?}");
    let log = logs.into_iter().next()?;
    let field = |name: &str| log[name].as_str().unwrap().to_owned();
    Some((field("blockNumber"), field("blockHash").parse().unwrap(), field("logIndex")))
}

#[tokio::test]
async fn ccip_16_a_rewritten_chain_drops_keeps_or_moves_a_send() {
    let world = World::start().await.unwrap();
    let (lane, anvil) = (world.private(Side::Home), &world.home.anvil);
    anvil.mine(1).await.unwrap();
    lane.send(Sender::Account(Role::User), world.away.tokens.receiver, HELLO).await.unwrap();
    anvil.mine(2).await.unwrap();
    let (head, before) = (anvil.block_number().await.unwrap(), place(&world).await.unwrap());

    anvil.rewrite(4, Replay::SameBlocks).await.unwrap();
    let same = place(&world).await.unwrap();
    assert_eq!((&same.0, same.1 == before.1), (&before.0, false), "another block of the same number");

    anvil.rewrite(4, Replay::LastBlock).await.unwrap();
    let moved = place(&world).await.unwrap();
    assert_ne!(moved.0, before.0, "another number");

    anvil.rewrite(4, Replay::Nothing).await.unwrap();
    assert_eq!((place(&world).await, anvil.block_number().await.unwrap()), (None, head));

    let again = lane.send(Sender::Account(Role::User), world.away.tokens.receiver, HELLO).await.unwrap();
    assert_eq!(again.transaction.block_number, head + 1, "the chain goes on");
}
