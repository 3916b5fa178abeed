//! The world itself: what it costs, what it tells a monitor, and who is who.

use alloy::primitives::{Bytes, U64, U256};

use crate::ccip::{Family, Network, Send, Settings, Side, World};

#[tokio::test]
async fn every_world_has_the_same_addresses_on_chains_of_its_own() {
    let (one, other) = tokio::join!(World::start(), World::start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((&one.home.v1_6, &one.away.v1_5), (&other.home.v1_6, &other.away.v1_5));
    assert_ne!(one.home.anvil.url(), other.home.anvil.url());
    one.v1_6(Side::Home).send(&Send::new(one.away.tokens.receiver, Bytes::new())).await.unwrap();
    assert_eq!(other.v1_6(Side::Home).next_to_send().await.unwrap(), 1);
}

#[tokio::test]
async fn the_plan_names_both_chains_and_every_family_in_both_directions() {
    let world = World::start().await.unwrap();
    let plan = world.plan();
    assert_eq!(plan.chains.each_ref().map(|chain| chain.chain_id), [138, 1_337]);
    assert!(i64::try_from(plan.chains[0].selector).is_err(), "no signed number holds the home selector");
    let told: Vec<_> = plan.lanes.iter().map(|lane| (lane.family, lane.source)).collect();
    let families = [Family::Private, Family::V1_5, Family::V1_6, Family::V2_0];
    let expected: Vec<_> =
        [Side::Home, Side::Away].into_iter().flat_map(|side| families.map(|family| (family, side))).collect();
    assert_eq!(told, expected);
    for lane in &plan.lanes {
        for (side, address) in [(lane.source, lane.on_ramp), (lane.source.other(), lane.off_ramp)] {
            let code: Bytes = world.chain(side).anvil.rpc().call("eth_getCode", &(address, "latest")).await.unwrap();
            assert!(!code.is_empty(), "{lane:?}");
        }
    }
}

#[tokio::test]
async fn a_world_of_other_numbers_is_deployed() {
    let settings = Settings {
        home: Network { chain_id: 138, selector: 138 },
        away: Network { chain_id: 11_155_111, selector: u64::MAX },
    };
    let world = World::deploy(settings).await.unwrap();
    let id: U64 = world.away.anvil.rpc().call("eth_chainId", &()).await.unwrap();
    assert_eq!((id.to::<u64>(), world.away.selector), (11_155_111, u64::MAX));
}

#[tokio::test]
async fn ccip_10_the_sender_contracts_link_can_be_set_to_any_amount() {
    let world = World::start().await.unwrap();
    let (link, sender) = (world.home.tokens.link, world.home.tokens.sender);
    for juels in [U256::from(4), U256::MAX >> 128, U256::ZERO] {
        world.home.set_sender_link(juels).await.unwrap();
        assert_eq!(world.home.balance(link, sender).await.unwrap(), juels);
    }
}
