//! The ready-made call executes on the real off-ramps.

use causeway_primitives::{Address, B256, Bytes, U256};
use causeway_testkit::ccip::{Behaviour, Committed, Family, Order, Role, Send, Sent, Side, State};
use ccip_monitor::{
    domain::diagnose::diagnosis::ManualCall,
    ports::{ChainReads as _, ManualAsk},
};
use serde_json::json;

use super::stand::{Stand, hello};

/// The call for the message at `index` of a report with these leaves.
async fn call(
    stand: &Stand,
    family: Family,
    (send, sent): (&Send, &Sent),
    (committed, leaves): (&Committed, Vec<B256>),
    gas_override: Option<u64>,
) -> ManualCall {
    let parcel = stand.parcel(family, send, sent);
    let original = stand.original(family, &parcel, sent.transaction.hash).await;
    let ask = ManualAsk {
        lane: stand.key(family),
        off_ramp: stand.lane(family).off_ramp,
        original,
        root: Some(committed.root),
        index: usize::try_from(sent.sequence_number - committed.interval.start()).unwrap(),
        leaves,
        gas_override: gas_override.map(U256::from),
    };
    stand.away.manual_call(stand.away_pin().await, &ask).await.value.unwrap()
}

/// Sends it as anybody may, with gas that estimation would not choose.
async fn execute(stand: &Stand, off_ramp: Address, call: &Bytes) -> bool {
    let anvil = &stand.world.away.anvil;
    let from = stand.world.away.account(Role::Stranger);
    let request = json!({ "from": from, "to": off_ramp, "data": call, "gas": "0xb71b00" });
    let hash: B256 = anvil.rpc().call("eth_sendTransaction", &(request,)).await.unwrap();
    // Whatever mines at once does so in its own time.
    anvil.mine(1).await.unwrap();
    let receipt: serde_json::Value = anvil.rpc().call("eth_getTransactionReceipt", &(hash,)).await.unwrap();
    assert!(receipt.is_object(), "it was mined");
    receipt["status"] == "0x1"
}

#[tokio::test]
async fn ccip_15_the_ready_made_call_executes_a_failed_message_of_1_6_out_of_the_middle_of_its_report() {
    let stand = Stand::new().await;
    let lane = stand.world.v1_6(Side::Home);
    let send = Send { order: Order::Free, ..hello(&stand.world) };
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(lane.send(&send).await.unwrap());
    }
    let committed = lane.commit_all().await.unwrap();
    stand.world.away.tell_receiver(&Behaviour::RevertEmpty).await.unwrap();
    lane.execute(&[3]).await.unwrap();
    assert_eq!(lane.state(3).await.unwrap(), State::Failure);

    let leaves: Vec<B256> = lane.leaves(1..=5).await.unwrap().iter().map(|leaf| leaf.hash).collect();
    let call = call(&stand, Family::V1_6, (&send, &sent[2]), (&committed, leaves), None).await;
    assert_eq!((call.function, call.root), ("manuallyExecute", Some(committed.root)));
    let off_ramp = stand.lane(Family::V1_6).off_ramp;
    assert!(!execute(&stand, off_ramp, &call.calldata).await, "the receiver still refuses");
    stand.world.away.tell_receiver(&Behaviour::Accept).await.unwrap();
    assert!(execute(&stand, off_ramp, &call.calldata).await);
    assert_eq!(lane.state(3).await.unwrap(), State::Success);
}

#[tokio::test]
async fn ccip_15_the_gas_override_in_the_call_reaches_a_receiver_that_needs_more() {
    let stand = Stand::new().await;
    let send = hello(&stand.world);
    stand.world.away.tell_receiver(&Behaviour::UseGas(500_000)).await.unwrap();
    for family in [Family::V1_5, Family::V1_6] {
        let (sent, committed, leaf) = match family {
            Family::V1_5 => {
                let lane = stand.world.v1_5(Side::Home);
                let sent = lane.send(&send).await.unwrap();
                let committed = lane.commit(1..=1).await.unwrap();
                lane.execute(&[1]).await.unwrap();
                let leaf = sent.message_id;
                (sent, committed, leaf)
            }
            Family::Private | Family::V1_6 | Family::V2_0 => {
                let lane = stand.world.v1_6(Side::Home);
                let sent = lane.send(&send).await.unwrap();
                let committed = lane.commit(1..=1).await.unwrap();
                lane.execute(&[1]).await.unwrap();
                (sent, committed, lane.leaves(1..=1).await.unwrap()[0].hash)
            }
        };
        let off_ramp = stand.lane(family).off_ramp;
        let plain = call(&stand, family, (&send, &sent), (&committed, vec![leaf]), None).await;
        assert!(!execute(&stand, off_ramp, &plain.calldata).await, "{family:?}: not with the message's own gas");
        let more = call(&stand, family, (&send, &sent), (&committed, vec![leaf]), Some(700_000)).await;
        assert!(execute(&stand, off_ramp, &more.calldata).await, "{family:?}");
    }
    assert_eq!(stand.world.v1_5(Side::Home).state(1).await.unwrap(), State::Success);
    assert_eq!(stand.world.v1_6(Side::Home).state(1).await.unwrap(), State::Success);
}

#[tokio::test]
async fn ccip_15_leaves_that_do_not_give_the_committed_root_make_no_call() {
    let stand = Stand::new().await;
    let lane = stand.world.v1_6(Side::Home);
    let send = hello(&stand.world);
    let sent = lane.send(&send).await.unwrap();
    let committed = lane.commit(1..=1).await.unwrap();
    let parcel = stand.parcel(Family::V1_6, &send, &sent);
    let original = stand.original(Family::V1_6, &parcel, sent.transaction.hash).await;
    let ask = ManualAsk {
        lane: stand.key(Family::V1_6),
        off_ramp: stand.lane(Family::V1_6).off_ramp,
        original,
        root: Some(committed.root),
        leaves: vec![B256::repeat_byte(1)],
        index: 0,
        gas_override: None,
    };
    let made = stand.away.manual_call(stand.away_pin().await, &ask).await;
    assert!(made.value.is_err(), "{made:?}");
}
