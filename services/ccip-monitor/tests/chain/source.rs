//! A message at its source.

use causeway_primitives::{Address, B256, U256};
use causeway_testkit::ccip::{Family, Fee, Send, Side};
use ccip_monitor::{domain::diagnose::evidence::Mined, ports::ChainReads as _};

use super::stand::{Stand, hello, token};

#[tokio::test]
async fn ccip_15_a_sent_message_is_found_with_its_router_counter_and_fee() {
    let stand = Stand::new().await;
    let send = hello(&stand.world);
    for family in [Family::V1_5, Family::V1_6] {
        let sent = match family {
            Family::V1_5 => stand.world.v1_5(Side::Home).send(&send).await.unwrap(),
            Family::Private | Family::V1_6 | Family::V2_0 => stand.world.v1_6(Side::Home).send(&send).await.unwrap(),
        };
        let tx = &sent.transaction;
        let ask = stand.source_ask(family, stand.parcel(family, &send, &sent), tx.hash);
        let found = stand.home.source(stand.home_pin().await, &ask).await;
        assert_eq!(found.mined.value, Ok(Some(Mined { block_hash: tx.block_hash, succeeded: true })));
        assert_eq!(found.current_on_ramp.value, Ok(ask.on_ramp));
        assert_eq!(found.expected_next.value, Ok(2));
        assert_ne!(found.ramp_router.value, Ok(Address::ZERO));
        assert_eq!(found.supported.value, Ok(true));
        assert_eq!(found.funds.fee.value, Ok(sent.fee), "{family:?}: {}", found.funds.fee.proof);
        assert_eq!(found.funds.is_contract.value, Ok(false));
        assert!(found.funds.balance.value.unwrap() > U256::ZERO);
    }
}

#[tokio::test]
async fn ccip_15_a_paused_ramp_has_no_router_and_an_unknown_transaction_is_none() {
    let stand = Stand::new().await;
    let send = hello(&stand.world);
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&send).await.unwrap();
    lane.pause().await.unwrap();
    let ask = stand.source_ask(Family::V1_6, stand.parcel(Family::V1_6, &send, &sent), B256::repeat_byte(1));
    let found = stand.home.source(stand.home_pin().await, &ask).await;
    assert_eq!(found.ramp_router.value, Ok(Address::ZERO), "{}", found.ramp_router.proof);
    assert_eq!(found.mined.value, Ok(None));
}

#[tokio::test]
async fn ccip_15_the_original_holds_the_data_and_tokens_of_the_log() {
    let stand = Stand::new().await;
    let data = vec![7_u8; 5_000];
    let bridged = stand.world.home.tokens.bridged;
    let send = Send {
        data: data.clone().into(),
        fee: Fee::Link,
        tokens: vec![(bridged, U256::from(9))],
        ..hello(&stand.world)
    };
    let sent = stand.world.v1_6(Side::Home).send(&send).await.unwrap();
    let parcel = stand.parcel(Family::V1_6, &send, &sent);
    let original = stand.original(Family::V1_6, &parcel, sent.transaction.hash).await;
    assert_eq!(original.data, Some(data.into()));
    let token = token(&original);
    assert_eq!((token.destination, token.amount), (Some(stand.world.away.tokens.bridged), U256::from(9)));

    // The same price with tokens on board: the pool is asked for its token.
    let mut parcel = parcel;
    parcel.tokens = original.tokens;
    let mut ask = stand.source_ask(Family::V1_6, parcel, sent.transaction.hash);
    ask.fee_token = stand.world.home.tokens.link;
    let found = stand.home.source(stand.home_pin().await, &ask).await;
    assert_eq!(found.funds.fee.value, Ok(sent.fee), "{}", found.funds.fee.proof);
}
