//! How long a log takes from the endpoint's bytes to a neutral event: found in the registry, decoded, its id computed
//! again, and for a send of 1.6 the leaf of its execution foretold.
//!
//! `cargo bench -p ccip-monitor --bench decode`. Target: 100,000 sends of 1.6 with 200 bytes of data a second on one
//! core, which is 10 µs for each.
#![allow(clippy::expect_used, clippy::panic, reason = "a bench whose fixed inputs are wrong has nothing to measure")]
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::{hint::black_box, time::Duration};

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{B256, ChainId, ChainSelector, Timestamp, U256};
use causeway_testkit::{blocks::GeneratedLog, ccip::v1_6::Traffic};
use ccip_monitor::{
    adapters::dialects::{Private, Reading, Registry, returndata},
    domain::{
        event::{IdProof, LaneEvent},
        lane::Dialect,
    },
    ports::{Contract, Role},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Different messages, more than the caches of a core hold.
const MESSAGES: u64 = 4_096;

const SOURCE: u64 = 16_015_286_601_757_825_753;
const DESTINATION: u64 = 138;

fn chain() -> ChainId {
    ChainId::new(DESTINATION).expect("not zero")
}

fn traffic(data_bytes: usize) -> Traffic {
    Traffic {
        source: SOURCE,
        destination: DESTINATION,
        messages: MESSAGES,
        per_block: MESSAGES,
        every: 1,
        delay: 2,
        data_bytes,
    }
}

/// Both ends on one chain, so that one registry has both ramps.
fn registry(traffic: &Traffic) -> Registry {
    let contract = |role, address, home| {
        let home = ChainSelector::new(home).expect("not zero");
        let dialect = Dialect::V1_6;
        let (from_block, until_block) = (0, None);
        Contract { address, role, dialect, home, peer: None, from_block, until_block, peer_on_ramp: None }
    };
    let on_ramp = contract(Role::OnRamp, traffic.on_ramp(), SOURCE);
    let off_ramp = contract(Role::OffRamp, traffic.off_ramp(), DESTINATION);
    let private = Private::operators().expect("a preset");
    Registry::new([(chain(), on_ramp), (chain(), off_ramp)], &[private]).expect("two contracts")
}

fn scanned(log: GeneratedLog) -> ScannedLog {
    let GeneratedLog { address, topics, data, tx_index } = log;
    ScannedLog {
        address,
        topics,
        data,
        block_number: 1,
        block_hash: B256::repeat_byte(1),
        block_time: Timestamp::EPOCH,
        tx_hash: B256::repeat_byte(2),
        tx_index,
        log_index: tx_index,
    }
}

/// Reads all logs once.
fn read(registry: &Registry, logs: &[ScannedLog]) {
    for log in logs {
        black_box(registry.read(chain(), log));
    }
}

/// A bench of a decoder that refuses everything is very fast.
fn check_sends(registry: &Registry, logs: &[ScannedLog]) {
    for log in logs {
        let Reading::Events(events) = registry.read(chain(), log) else { panic!("a send") };
        let proven = events.iter().all(|located| {
            matches!(&located.event, LaneEvent::Sent(sent) if sent.id_proof == IdProof::Verified && sent.leaf.is_some())
        });
        assert!(proven && events.len() == 1, "a proven send");
    }
}

fn sends(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(MESSAGES));
    for bytes in [0, 200, 4_000] {
        let traffic = traffic(bytes);
        let registry = registry(&traffic);
        let logs: Vec<_> = traffic.sends(1).into_iter().map(scanned).collect();
        check_sends(&registry, &logs);
        group.bench_function(format!("send of 1.6 with {bytes} bytes, id verified and leaf computed"), |bencher| {
            bencher.iter(|| read(&registry, &logs));
        });
    }
    let traffic = traffic(200);
    let registry = registry(&traffic);
    let executions: Vec<_> = traffic.arrivals(3).into_iter().map(scanned).collect();
    assert!(executions.iter().all(|log| matches!(registry.read(chain(), log), Reading::Events(_))), "executions");
    group.bench_function("execution of 1.6", |bencher| bencher.iter(|| read(&registry, &executions)));
    group.finish();
}

fn explanations(criterion: &mut Criterion) {
    // ReceiverError("no"), as ramps cut it.
    let mut data = vec![0x0a, 0x8d, 0x6e, 0x8c];
    data.extend(word(32).into_iter().chain(word(68)).chain([0x08, 0xc3, 0x79, 0xa0]));
    data.extend(word(32).into_iter().chain(word(2)).chain(*b"no"));
    assert_eq!(returndata::explain(&data).around, ["ReceiverError"]);
    criterion.bench_function("explain return data", |bencher| bencher.iter(|| returndata::explain(black_box(&data))));
}

fn word(value: u8) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = sends, explanations
}
criterion_main!(benches);
