//! Several dialects, contracts and versions side by side.

use causeway_primitives::{B256, ChainId};
use ccip_monitor::{
    adapters::dialects::{Private, Reading, Registry, RegistryError},
    domain::{event::LaneEvent, lane::Dialect},
    ports::{Contract, Role},
};

use super::{
    abi::{private, v1_5, v1_6, v2_0},
    support::{BESU, SEPOLIA, account, contract, log_of, selector},
};

fn chain(id: u64) -> ChainId {
    ChainId::new(id).unwrap()
}

fn at(byte: u8, contract: Contract) -> Contract {
    Contract { address: account(byte), ..contract }
}

fn operators() -> Dialect {
    Dialect::Private("operators".into())
}

fn registry(contracts: Vec<(ChainId, Contract)>) -> Result<Registry, RegistryError> {
    Registry::new(contracts, &[Private::operators().unwrap()])
}

fn operators_sent() -> private::MessageSent {
    private::MessageSent {
        sender: account(0x51),
        destinationChainSelector: SEPOLIA,
        receiver: account(0x52).to_vec().into(),
        data: vec![].into(),
        feeToken: account(0xfe),
        fee: "1".parse().unwrap(),
    }
}

fn succeeded_1_6() -> v1_6::ExecutionStateChanged {
    v1_6::ExecutionStateChanged {
        sourceChainSelector: SEPOLIA,
        sequenceNumber: 1,
        messageId: B256::repeat_byte(1),
        messageHash: B256::repeat_byte(2),
        state: 2,
        returnData: vec![].into(),
        gasUsed: "3".parse().unwrap(),
    }
}

#[test]
fn ccip_3_events_of_one_name_are_told_apart_by_contract_and_topic() {
    let besu = chain(138);
    let registry = registry(vec![
        (besu, at(1, contract(Dialect::V1_5, Role::OffRamp, BESU, Some(SEPOLIA)))),
        (besu, at(2, contract(Dialect::V1_6, Role::OffRamp, BESU, None))),
        (besu, at(3, contract(Dialect::V2_0, Role::OffRamp, BESU, None))),
        (besu, at(4, contract(operators(), Role::OnRamp, BESU, None))),
    ])
    .unwrap();
    let mut old = log_of(&v1_5::ExecutionStateChanged {
        sequenceNumber: 1,
        messageId: B256::repeat_byte(1),
        state: 2,
        returnData: vec![].into(),
    });
    let mut new = log_of(&v2_0::ExecutionStateChanged {
        sourceChainSelector: SEPOLIA,
        messageNumber: 1,
        messageId: B256::repeat_byte(1),
        state: 2,
        returnData: vec![].into(),
    });
    let mut middle = log_of(&succeeded_1_6());
    for (byte, log, dialect) in
        [(1, &mut old, Dialect::V1_5), (2, &mut middle, Dialect::V1_6), (3, &mut new, Dialect::V2_0)]
    {
        log.address = account(byte);
        let Reading::Events(events) = registry.read(besu, log) else { panic!("events") };
        let LaneEvent::Attempted(found) = &events[0].event else { panic!("an execution") };
        assert_eq!(found.lane.dialect, dialect);
        assert_eq!((events[0].place.contract, events[0].place.log_index), (account(byte), log.log_index));
        log.address = account(byte % 3 + 1);
        assert_eq!(registry.read(besu, log), Reading::Unknown, "the same name with other types is another event");
    }
}

#[test]
fn ccip_2_a_look_alike_of_another_contract_or_chain_says_nothing() {
    let besu = chain(138);
    let registry = registry(vec![(besu, at(4, contract(operators(), Role::OnRamp, BESU, None)))]).unwrap();
    let mut log = log_of(&operators_sent());
    log.address = account(4);
    assert!(matches!(registry.read(besu, &log), Reading::Events(events) if events.len() == 1));
    assert_eq!(registry.read(chain(1), &log), Reading::Foreign);
    log.address = account(5);
    assert_eq!(registry.read(besu, &log), Reading::Foreign);
}

#[test]
fn ccip_3_unknown_topics_are_counted_and_damaged_events_are_holes() {
    let besu = chain(138);
    let registry = registry(vec![(besu, at(4, contract(operators(), Role::OnRamp, BESU, None)))]).unwrap();
    let mut log = log_of(&operators_sent());
    log.address = account(4);
    log.data = log.data.slice(..64);
    assert!(matches!(registry.read(besu, &log), Reading::Undecodable(_)));
    log.topics[0] = B256::repeat_byte(0xee);
    assert_eq!(registry.read(besu, &log), Reading::Unknown);
    log.topics.clear();
    assert_eq!(registry.read(besu, &log), Reading::Unknown, "an anonymous event");
}

#[test]
fn ccip_3_a_contract_does_not_count_outside_of_its_blocks() {
    let besu = chain(138);
    let retired = Contract {
        from_block: 100,
        until_block: Some(1_000),
        ..at(2, contract(Dialect::V1_6, Role::OffRamp, BESU, None))
    };
    let registry = registry(vec![(besu, retired)]).unwrap();
    assert_eq!(registry.first_block(besu), Some(100));
    assert_eq!(registry.first_block(chain(1)), None);
    let mut log = log_of(&succeeded_1_6());
    log.address = account(2);
    for (block, counts) in [(99, false), (100, true), (1_000, true), (1_001, false)] {
        log.block_number = block;
        assert_eq!(matches!(registry.read(besu, &log), Reading::Events(_)), counts, "block {block}");
        assert_eq!(registry.read(besu, &log) == Reading::Foreign, !counts);
    }
}

#[test]
fn ccip_3_one_address_with_two_roles_and_many_lanes_is_read_once() {
    let besu = chain(138);
    let both = [Role::OnRamp, Role::OffRamp].map(|role| (besu, at(4, contract(operators(), role, BESU, None))));
    let twice = both.iter().cloned().chain(both.iter().cloned());
    let registry = registry(twice.collect()).unwrap();
    let mut granted =
        log_of(&private::RoleGranted { role: B256::repeat_byte(1), account: account(2), sender: account(3) });
    granted.address = account(4);
    assert!(matches!(registry.read(besu, &granted), Reading::Events(events) if events.len() == 1));
    let selection = registry.selection(besu);
    assert!(selection.contains(&account(4), &log_of(&operators_sent()).topics));
    assert!(!selection.contains(&account(5), &log_of(&operators_sent()).topics));
    assert!(registry.selection(chain(1)).is_empty());
}

#[test]
fn ccip_3_a_contract_that_two_dialects_claim_is_refused() {
    let besu = chain(138);
    let old = at(2, contract(Dialect::V1_5, Role::OffRamp, BESU, Some(SEPOLIA)));
    let new = at(2, contract(Dialect::V1_6, Role::OffRamp, BESU, None));
    let claimed = registry(vec![(besu, old.clone()), (besu, new.clone())]);
    assert!(matches!(claimed, Err(RegistryError::Ambiguous { .. })));
    let upgraded = [Contract { until_block: Some(9), ..old }, Contract { from_block: 10, ..new }];
    assert!(registry(upgraded.map(|contract| (besu, contract)).to_vec()).is_ok(), "one after the other");
    let router = |dialect| (besu, at(6, contract(dialect, Role::Router, BESU, None)));
    assert!(registry(vec![router(Dialect::V1_5), router(Dialect::V1_6)]).is_ok(), "one router serves all versions");
}

#[test]
fn ccip_3_contracts_without_a_dialect_or_the_other_end_are_refused() {
    let besu = chain(138);
    let stranger = contract(Dialect::Private("bridge".into()), Role::OnRamp, BESU, None);
    let error = registry(vec![(besu, stranger)]).unwrap_err();
    assert!(error.to_string().ends_with("speaks bridge, which is no dialect"), "{error}");
    let lonely = contract(Dialect::V1_5, Role::CommitStore, BESU, None);
    let error = registry(vec![(besu, lonely.clone())]).unwrap_err();
    assert!(error.to_string().starts_with("the commit_store "), "{error}");
    let torn = [SEPOLIA, 1].map(|peer| (besu, Contract { peer: Some(selector(peer)), ..lonely.clone() }));
    assert!(matches!(registry(torn.to_vec()), Err(RegistryError::TwoPeers { .. })));
}
