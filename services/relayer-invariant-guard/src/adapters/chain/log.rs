//! Logs → events. What cannot be decoded is garbage, and garbage is no event that did not happen.

use std::collections::BTreeMap;

use alloy::{rpc::types::Log, sol_types::SolEvent};
use causeway_primitives::{Address, AssetId, B256, U256};

use super::abi;
use crate::domain::evidence::{Event, EventKind};

/// The first topic of an event.
pub(super) const fn topic(kind: EventKind) -> B256 {
    match kind {
        EventKind::Deposit => abi::Deposit::SIGNATURE_HASH,
        EventKind::Mint => abi::Minted::SIGNATURE_HASH,
        EventKind::Burn => abi::Burned::SIGNATURE_HASH,
        EventKind::Release => abi::Released::SIGNATURE_HASH,
    }
}

/// The event of a log; `None` when the log is not what its first topic says, or names an asset that nobody knows.
pub(super) fn read(kind: EventKind, log: &Log, assets: &BTreeMap<Address, AssetId>) -> Option<Event> {
    let (id, asset, amount, recipient) = match kind {
        EventKind::Deposit => {
            let abi::Deposit { id, asset, amount, recipient, .. } = decode(log)?;
            (id, asset, amount, recipient)
        }
        EventKind::Mint => {
            let abi::Minted { id, asset, amount, recipient } = decode(log)?;
            (id, asset, amount, recipient)
        }
        EventKind::Burn => {
            let abi::Burned { id, asset, amount, recipient, .. } = decode(log)?;
            (id, asset, amount, recipient)
        }
        EventKind::Release => {
            let abi::Released { id, asset, amount, recipient } = decode(log)?;
            (id, asset, amount, recipient)
        }
    };
    moved(kind, log, (id, assets.get(&asset)?.clone(), amount), recipient)
}

fn decode<E: SolEvent>(log: &Log) -> Option<E> {
    E::decode_log(&log.inner).ok().map(|decoded| decoded.data)
}

fn moved(kind: EventKind, log: &Log, (id, asset, amount): (B256, AssetId, U256), recipient: Address) -> Option<Event> {
    let (height, log_index, tx) = (log.block_number?, log.log_index?, log.transaction_hash?);
    Some(Event { kind, id, asset, amount, recipient: recipient.into_word(), height, log_index, tx })
}
