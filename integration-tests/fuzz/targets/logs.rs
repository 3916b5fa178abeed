//! Any log of any contract is decoded or refused, by every decoder of every dialect, within the bounds of its own length.
//!
//! The first byte chooses the event, the next one how many topics follow; the rest is data.
#![no_main]

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, Timestamp};
use libfuzzer_sys::fuzz_target;

#[path = "../../../services/ccip-monitor/tests/dialects/any_log.rs"]
mod any_log;

/// What a topic takes.
const WORD: usize = 32;

fn log(first: B256, topics: &[u8], data: &[u8]) -> ScannedLog {
    let (topics, _) = topics.as_chunks::<WORD>();
    ScannedLog {
        address: Address::repeat_byte(0xcc),
        topics: std::iter::once(first).chain(topics.iter().map(B256::from)).collect(),
        data: data.to_vec().into(),
        block_number: 1_000,
        block_hash: B256::repeat_byte(0xb1),
        block_time: Timestamp::from_secs(1_700_000_000).expect("a time"),
        tx_hash: B256::repeat_byte(0x7a),
        tx_index: 3,
        log_index: 9,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [which, count, rest @ ..] = bytes else { return };
    let targets = any_log::targets();
    let target = &targets[usize::from(*which) % targets.len()];
    let (topics, data) = rest.split_at(rest.len().min(usize::from(count % 4) * WORD));
    any_log::is_decoded_or_refused(&*target.decoder, &target.contract, &log(target.topic, topics, data));
});
