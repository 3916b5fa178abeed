//! How long one evaluation takes once its evidence is there, and how long a replay of it.
//!
//! `cargo bench -p relayer-invariant-guard --bench evaluate`. Targets: 100 ms for a sweep of a bridge with a million
//! deposits behind it, of which what is new and what is open counts; 10,000 stored verdicts replayed in 10 s, which is 1 ms
//! for each.
#![allow(clippy::expect_used, reason = "a bench whose fixed inputs are wrong has nothing to measure")]
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::{collections::BTreeMap, hint::black_box};

use causeway_primitives::{AssetId, B256, ChainName, Timestamp, U256, keccak256};
use criterion::{Criterion, criterion_group, criterion_main};
use relayer_invariant_guard::domain::{
    canonical::{EVIDENCE, decode, encode},
    checkpoint::Checkpoint,
    evaluate::{Verdict, evaluate},
    evidence::{
        Answer, Approved, BatchRow, Books, Event, EventKind, Evidence, ProofOutcome, ProofRow, Reading, Said, Seen,
        Watermark,
    },
    merkle,
    name::Name,
    preset::{self, Bridge, Preset, terms},
    quantity::Tolerance,
    rules::{ChainRule, NonceRule, Route, Rules},
};

const AMOUNT: u64 = 1_000;

fn asset() -> AssetId {
    "sigil".parse().expect("an id")
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn chains() -> [ChainName; 2] {
    ["home", "remote"].map(|name| name.parse().expect("an id"))
}

fn rules() -> Rules {
    let [home, remote] = chains();
    let tolerance = Tolerance::of_units(U256::from(1));
    let bridge = Bridge { asset: asset(), home: home.clone(), remote: remote.clone(), tolerance };
    let rule = ChainRule { quorum: 2, max_lag: 1_000, first_block: 0 };
    Rules {
        equations: preset::equations(Preset::LockMint, &bridge),
        routes: BTreeMap::from([(asset(), Route { home: home.clone(), remote: remote.clone() })]),
        chains: BTreeMap::from([(home, rule), (remote, rule)]),
        matching_bound: 100,
        nonces: NonceRule { settle_ms: 2_000, limit_ms: 60_000 },
        ..Rules::default()
    }
}

fn event(kind: EventKind, number: u64) -> Event {
    let id = keccak256(number.to_be_bytes());
    let (amount, recipient) = (U256::from(AMOUNT), B256::repeat_byte(1));
    Event { kind, id, asset: asset(), amount, recipient, height: number, log_index: 0, tx: id }
}

/// A cut with so many new messages, of which the last tenth is still on its way, and so many batches of 32.
fn evidence(rules: &Rules, messages: u64, batches: u64) -> Evidence {
    let arrived = messages - messages / 10;
    let [home, remote] = chains();
    let mark = |height| Watermark { height, hash: B256::repeat_byte(2) };
    let total = |count: u64| U256::from(AMOUNT) * U256::from(count);
    let sum = |term, count| ((asset(), name(term)), total(count));
    let reading = |term, count, kind, events: u64| Reading {
        hash: B256::repeat_byte(2),
        values: BTreeMap::from([sum(term, count)]),
        events: (0..events).map(|number| event(kind, number)).collect(),
        ..Reading::default()
    };
    let answers = |reading: Reading| {
        let answer = |endpoint| {
            let (head, pending) = (messages, BTreeMap::new());
            let said = Said::Reading { head, final_height: head, pending, reading: reading.clone() };
            Answer { endpoint: name(endpoint), operator: name(endpoint), said }
        };
        ["a", "b", "c"].map(answer).to_vec()
    };
    let (batches, proofs) = (0..batches).map(batch).unzip();
    let books = Books {
        watermarks: BTreeMap::from([(home.clone(), mark(messages)), (remote.clone(), mark(messages))]),
        sums: BTreeMap::from([
            sum(terms::DEPOSITS, messages),
            sum(terms::WITHDRAWALS, 0),
            sum(terms::MINTS, arrived),
            sum(terms::BURNS, 0),
        ]),
        batches,
        proofs,
        ..Books::default()
    };
    Evidence {
        taken_at: Timestamp::EPOCH,
        books: Seen::Known(books),
        chains: BTreeMap::from([
            (home, answers(reading(terms::CUSTODY, messages, EventKind::Deposit, messages))),
            (remote, answers(reading(terms::SUPPLY, arrived, EventKind::Mint, arrived))),
        ]),
        ledger: Vec::new(),
        adjustments: BTreeMap::new(),
        checkpoint: Some(Checkpoint { rules: rules.hash(), ..Checkpoint::default() }),
        approved: Approved::default(),
    }
}

fn batch(number: u64) -> (BatchRow, ProofRow) {
    let leaves: Vec<_> =
        (0..32_u64).map(|leaf| merkle::leaf(&[number.to_be_bytes(), leaf.to_be_bytes()].concat())).collect();
    let root = merkle::root(&leaves).expect("a root");
    let row = BatchRow { row: number, number, root, chain: None, anchored_at: None, leaves: Some(leaves) };
    let (message, outcome) = (keccak256(number.to_be_bytes()), ProofOutcome::Rejected);
    let proof = ProofRow {
        row: number,
        message,
        batch: number,
        root,
        chain: None,
        height: 1,
        leaf: message,
        path: Some(Vec::new()),
        outcome,
    };
    (row, proof)
}

fn one_sweep(criterion: &mut Criterion) {
    let rules = rules();
    let mut group = criterion.benchmark_group("evaluate");
    for (messages, batches) in [(100, 3), (1_000, 30), (10_000, 300)] {
        let evidence = evidence(&rules, messages, batches);
        assert_eq!(evaluate(&rules, &evidence).verdict, Verdict::Pass);
        group.bench_function(format!("{messages} new messages, {batches} batches of 32"), |bench| {
            bench.iter(|| evaluate(black_box(&rules), black_box(&evidence)));
        });
    }
    group.finish();
}

fn replay(criterion: &mut Criterion) {
    let rules = rules();
    let stored = encode(EVIDENCE, &evidence(&rules, 100, 3));
    criterion.bench_function("replay of stored evidence, 100 messages", |bench| {
        bench.iter(|| {
            let evidence: Evidence = decode(EVIDENCE, black_box(&stored)).expect("evidence");
            evaluate(&rules, &evidence)
        });
    });
}

criterion_group!(benches, one_sweep, replay);
criterion_main!(benches);
