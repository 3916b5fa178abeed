//! Executions without a log: on their way, and reverted.

use causeway_primitives::ChainSelector;
use causeway_testkit::ccip::{Behaviour, Family, Side};
use ccip_monitor::ports::{ChainReads as _, Named, OffRampAsk};
use serde_json::json;

use super::stand::{Stand, hello};

fn ask(stand: &Stand) -> Vec<OffRampAsk> {
    let (key, lane) = (stand.key(Family::V1_6), stand.lane(Family::V1_6));
    vec![OffRampAsk { dialect: key.dialect, address: lane.off_ramp, source: None }]
}

fn first_of_home(stand: &Stand) -> Named {
    Named::Number { source: ChainSelector::new(stand.world.home.selector).unwrap(), sequence: 1 }
}

#[tokio::test]
async fn ccip_7_a_reverted_execution_by_hand_is_found_by_its_receipt_and_names_its_message() {
    let stand = Stand::new().await;
    let lane = stand.world.v1_6(Side::Home);
    stand.world.away.tell_receiver(&Behaviour::RevertEmpty).await.unwrap();
    lane.deliver(&hello(&stand.world)).await.unwrap();
    let reverted = lane.attempt_manually(1, None).await.unwrap();
    assert!(!reverted.took_effect);

    let blocks = reverted.block_number.saturating_sub(3)..=reverted.block_number;
    let found = stand.away.reverted_tries(blocks, &ask(&stand)).await.value.unwrap();
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((only.tx, only.names.as_slice()), (reverted.hash, [first_of_home(&stand)].as_slice()));
    let block = only.reverted_in.unwrap();
    assert_eq!((block.number, block.hash), (reverted.block_number, reverted.block_hash));
}

#[tokio::test]
async fn ccip_7_an_execution_on_its_way_is_found_in_the_pending_block_and_not_in_the_last_one() {
    let stand = Stand::new().await;
    let lane = stand.world.v1_6(Side::Home);
    stand.world.away.tell_receiver(&Behaviour::RevertEmpty).await.unwrap();
    lane.deliver(&hello(&stand.world)).await.unwrap();
    let reverted = lane.attempt_manually(1, None).await.unwrap();
    assert_eq!(stand.away.pending_tries(&ask(&stand)).await.value, Ok(Vec::new()), "what is mined is not pending");

    // The same call again, and nobody mines it.
    let anvil = &stand.world.away.anvil;
    let mined: serde_json::Value = anvil.rpc().call("eth_getTransactionByHash", &(reverted.hash,)).await.unwrap();
    anvil.set_automine(false).await.unwrap();
    let again = json!({ "from": mined["from"], "to": mined["to"], "data": mined["input"], "gas": "0xb71b00" });
    let hash: causeway_primitives::B256 = anvil.rpc().call("eth_sendTransaction", &(again,)).await.unwrap();
    let found = stand.away.pending_tries(&ask(&stand)).await.value.unwrap();
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((only.tx, only.reverted_in), (hash, None));
    assert_eq!(only.names, [first_of_home(&stand)]);
}
