//! Any log of any contract is decoded or refused, by every decoder of every dialect, within the bounds of its own length.
//!
//! The first byte chooses the event, the next one how many topics follow; the rest is data.
#![no_main]

use std::sync::{Arc, LazyLock};

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, ChainSelector, Timestamp};
use ccip_monitor::{
    adapters::dialects::{Private, V1_5, V1_6, V2_0},
    domain::{
        event::{LaneEvent, Payload},
        lane::Dialect,
    },
    ports::{Contract, Decode, Role},
};
use libfuzzer_sys::fuzz_target;

const ROLES: [Role; 7] =
    [Role::Router, Role::OnRamp, Role::OffRamp, Role::CommitStore, Role::NonceManager, Role::Rmn, Role::Verifier];
/// An event in 32 bytes is the most that a log can hold.
const WORD: usize = 32;

/// An event that a decoder knows.
struct Target {
    decoder: Arc<dyn Decode>,
    contract: Contract,
    topic: B256,
}

static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let decoders: [(Dialect, Arc<dyn Decode>); 4] = [
        (Dialect::V1_5, Arc::new(V1_5)),
        (Dialect::V1_6, Arc::new(V1_6)),
        (Dialect::V2_0, Arc::new(V2_0)),
        (Dialect::Private("operators".into()), Arc::new(Private::operators().expect("the preset"))),
    ];
    let mut targets = Vec::new();
    for (dialect, decoder) in decoders {
        for role in ROLES {
            for topic in decoder.topics(role) {
                let contract = contract(dialect.clone(), role);
                targets.push(Target { decoder: Arc::clone(&decoder), contract, topic });
            }
        }
    }
    targets
});

fn contract(dialect: Dialect, role: Role) -> Contract {
    Contract {
        address: Address::repeat_byte(0xcc),
        role,
        dialect,
        home: ChainSelector::new(138).expect("a selector"),
        peer: ChainSelector::new(16_015_286_601_757_825_753).ok(),
        from_block: 0,
        until_block: None,
        peer_on_ramp: None,
    }
}

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

fn hold(event: &LaneEvent, words: usize) {
    match event {
        LaneEvent::Sent(sent) => {
            assert!(sent.payload.head.len() <= Payload::KEPT && sent.receiver.len() <= 256);
            assert!(sent.tokens.len() <= words);
            assert!(sent.sequence.is_none_or(|number| i64::try_from(number).is_ok()));
            assert!(sent.nonce.is_none_or(|number| i64::try_from(number).is_ok()));
        }
        LaneEvent::Committed(committed) => {
            assert!(committed.first <= committed.last && i64::try_from(committed.last).is_ok());
            assert!(committed.last - committed.first < 4_096);
        }
        LaneEvent::Attempted(attempted) => assert!(attempted.return_data.len() <= 1_024),
        LaneEvent::Changed(changed) => assert!(changed.subject.len() <= WORD),
        LaneEvent::Delivered { .. } | LaneEvent::RootRemoved { .. } | LaneEvent::Skipped(_) => {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [which, count, rest @ ..] = bytes else { return };
    let target = &TARGETS[usize::from(*which) % TARGETS.len()];
    let (topics, data) = rest.split_at(rest.len().min(usize::from(count % 4) * WORD));
    let Ok(events) = target.decoder.decode(&target.contract, &log(target.topic, topics, data)) else { return };
    let words = data.len() / WORD;
    assert!(events.len() <= words + 1, "{} events of {} bytes", events.len(), data.len());
    events.iter().for_each(|event| hold(event, words));
});
