//! How long one evaluation takes: aggregate, assess, breaker, decide.
//!
//! `cargo bench -p oracle-publisher --bench decide`. Targets: nine sources in at most 5 µs; 1,000 feeds of
//! seven venues once a second in under half a core, which is 500 µs of work per feed and second.
#![allow(clippy::expect_used, reason = "a bench whose fixed inputs are wrong has nothing to measure")]
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::{hint::black_box, time::Duration};

use causeway_primitives::{Answer, Decimals, I256, Ppm, RoundId, Timestamp};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oracle_publisher::domain::{
    breaker::Breaker,
    decide::{Block, OnChain, Profile, Round},
    evaluation::{Inputs, Material, evaluate},
    observation::{Observation, Standing, Weight},
    policy::{
        Bounds, BreakerPolicy, Condition, FeedPolicy, Freshness, Frozen, Jump, LifecyclePolicy, Outlier, Quorum, Terms,
        Trigger,
    },
    route::{Conversions, Route},
};

fn policy() -> FeedPolicy {
    let seconds = Duration::from_secs;
    let terms = Terms {
        feed: "eth-usd".parse().expect("an id"),
        pair: "ETH/USD".parse().expect("a pair"),
        decimals: Decimals::new(8).expect("at most 18"),
        trigger: Trigger {
            profile: Profile::Causeway,
            deviation: Ppm::new(5_000),
            heartbeat: seconds(60),
            lead: seconds(6),
        },
        quorum: Quorum::new(3, 1).expect("three venues"),
        freshness: Freshness {
            max_age: seconds(30),
            max_venue_age: seconds(60),
            max_future_skew: seconds(2),
            frozen: Some(Frozen { after: seconds(60), market_move: Ppm::new(2_000) }),
        },
        outlier: Outlier { mad_multiple: Ppm::new(3_000_000), floor: Ppm::new(2_000) },
        max_spread: Ppm::new(20_000),
        jump: Jump { threshold: Ppm::new(100_000), confirmations: 3 },
        bounds: Bounds::NONE,
        pending_accept: Ppm::new(2_500),
        breaker: BreakerPolicy { cooldown: seconds(60), agreeing: 3, agreeing_for: seconds(5) },
        lifecycle: LifecyclePolicy {
            strikes: 3,
            clears: 3,
            quarantine: seconds(300),
            quarantine_cap: seconds(3_600),
            flapping_window: seconds(86_400),
            shadow_rounds: 10,
            reduced_rounds: 10,
            reduced_weight: Weight::new(Ppm::new(250_000)).expect("a part of a vote"),
        },
    };
    FeedPolicy::try_new(terms).expect("a sound policy")
}

fn now() -> Timestamp {
    Timestamp::from_secs(1_700_000_000).expect("before the year 10000")
}

/// Prices with the digits that venues really send, one of them frozen, one an outlier.
fn inputs(venues: usize) -> Inputs {
    let word = |venue: usize| Observation {
        source: format!("venue-{venue}-eth-usd").parse().expect("an id"),
        venue: format!("venue-{venue}").parse().expect("an id"),
        price: format!("{}.{:03}2", if venue == 1 { 1_750 } else { 1_666 }, venue * 37).parse().expect("a price"),
        route: Route::direct(),
        venue_time: Some(now()),
        received_at: now(),
        age: Duration::from_millis(250),
        unchanged_for: Duration::from_secs(if venue == 2 { 90 } else { 1 }),
        standing: Standing::Active(Weight::FULL),
    };
    let answer = Answer::new(I256::try_from(166_000_000_000_i64).expect("an answer"));
    let round = Round { id: RoundId::new(41), answer, started_at: now(), updated_at: now() };
    Inputs {
        now: now(),
        condition: Condition::Normal,
        material: Material::Observed((0..venues).map(word).collect()),
        conversions: Conversions::none(),
        on_chain: OnChain { block: Block { number: 12_345, hash: None, time: now() }, latest: Some(round) },
        breaker: Breaker::CLOSED,
        pending: None,
    }
}

fn one_feed(criterion: &mut Criterion) {
    let policy = policy();
    let mut group = criterion.benchmark_group("evaluate");
    for venues in [3, 7, 9] {
        let inputs = inputs(venues);
        group.bench_function(format!("{venues} sources"), |bench| {
            bench.iter(|| evaluate(black_box(&policy), black_box(&inputs)));
        });
    }
    group.finish();
}

fn a_thousand_feeds(criterion: &mut Criterion) {
    let policy = policy();
    let feeds: Vec<Inputs> = (0..1_000).map(|_| inputs(7)).collect();
    let mut group = criterion.benchmark_group("one second of 1,000 feeds");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("7 venues each", |bench| {
        bench.iter(|| {
            for inputs in &feeds {
                black_box(evaluate(&policy, black_box(inputs)));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, one_feed, a_thousand_feeds);
criterion_main!(benches);
