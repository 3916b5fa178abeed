//! Logs and contracts for tests.

use std::{fs, path::Path};

use alloy::{primitives::LogData, sol_types::SolEvent};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, Bytes, ChainSelector, Timestamp};
use ccip_monitor::{
    domain::{
        event::{Attempted, Changed, LaneEvent, Sent},
        lane::Dialect,
    },
    ports::{Contract, Decode, DecodeError, Role},
};

/// A chain without an official selector, and Sepolia, whose selector exceeds 63 bits.
pub(crate) const BESU: u64 = 138;
pub(crate) const SEPOLIA: u64 = 16_015_286_601_757_825_753;

pub(crate) fn selector(value: u64) -> ChainSelector {
    ChainSelector::new(value).unwrap()
}

pub(crate) fn account(byte: u8) -> Address {
    Address::repeat_byte(byte)
}

/// A contract on the chain `home`, whose lane, where it serves one, goes to or comes from `peer`.
pub(crate) fn contract(dialect: Dialect, role: Role, home: u64, peer: Option<u64>) -> Contract {
    Contract {
        address: account(0xcc),
        role,
        dialect,
        home: selector(home),
        peer: peer.map(selector),
        from_block: 0,
        until_block: None,
        peer_on_ramp: None,
    }
}

pub(crate) fn log_of(event: &impl SolEvent) -> ScannedLog {
    raw_log(event.encode_log_data())
}

pub(crate) fn raw_log(data: LogData) -> ScannedLog {
    let (topics, data) = data.split();
    log(topics, data)
}

pub(crate) fn log(topics: Vec<B256>, data: Bytes) -> ScannedLog {
    ScannedLog {
        address: account(0xcc),
        topics,
        data,
        block_number: 1_000,
        block_hash: B256::repeat_byte(0xb1),
        block_time: Timestamp::from_secs(1_700_000_000).unwrap(),
        tx_hash: B256::repeat_byte(0x7a),
        tx_index: 3,
        log_index: 9,
    }
}

/// The one event of a log.
pub(crate) fn one(decoder: &dyn Decode, contract: &Contract, log: &ScannedLog) -> LaneEvent {
    let [event] = <[_; 1]>::try_from(decoder.decode(contract, log).unwrap()).unwrap();
    event
}

pub(crate) fn sent(decoder: &dyn Decode, contract: &Contract, log: &ScannedLog) -> Sent {
    let LaneEvent::Sent(sent) = one(decoder, contract, log) else { panic!("a send") };
    *sent
}

pub(crate) fn attempted(decoder: &dyn Decode, contract: &Contract, log: &ScannedLog) -> Attempted {
    let LaneEvent::Attempted(attempted) = one(decoder, contract, log) else { panic!("an execution") };
    *attempted
}

pub(crate) fn changes(decoder: &dyn Decode, contract: &Contract, event: &impl SolEvent) -> Vec<Changed> {
    let change = |event| {
        let LaneEvent::Changed(changed) = event else { panic!("a change and not {event:?}") };
        changed
    };
    decoder.decode(contract, &log_of(event)).unwrap().into_iter().map(change).collect()
}

pub(crate) fn refused(decoder: &dyn Decode, contract: &Contract, log: &ScannedLog) -> DecodeError {
    decoder.decode(contract, log).unwrap_err()
}

/// A file of published data, which came out of public repositories and is not part of this one. `None`, and a word
/// about it, where it is not beside the checkout.
pub(crate) fn shared(name: &str) -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let path = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside)).join("ccip").join(name);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!(
            "{name} is not on this machine, so nothing is compared: set CAUSEWAY_DATA to a folder with ccip/{name}"
        );
    }
    text
}
