//! What fires, once, and is cleared.

use std::{path::Path, time::Duration};

use causeway_primitives::{Answer, Decimals, RoundId};
use causeway_runtime::clock::ManualClock;

use super::*;
use crate::{
    app::view::{DecisionView, OnChainView},
    domain::route::Route,
};

fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(second).unwrap()
}

fn alerts() -> Alerts {
    let clock = Arc::new(ManualClock::at(at(1_000)));
    Alerts::new(Alarms::unattended(clock), ChainId::new(138).unwrap())
}

/// A feed without trouble at second 1,000.
fn feed() -> FeedView {
    let decimals = Decimals::new(8).unwrap();
    let answer = Answer::from_price("1.07".parse().unwrap(), decimals).unwrap();
    FeedView {
        id: "eur-usd".parse().unwrap(),
        pair: "EUR/USD".parse().unwrap(),
        decimals,
        aggregator: Some(causeway_primitives::Address::repeat_byte(1)),
        deviation_threshold: Ppm::new(5_000),
        heartbeat: Duration::from_secs(60),
        sources: Vec::new(),
        derived_from: Vec::new(),
        breaker: "closed",
        forced: "none",
        on_chain: Some(OnChainView { round_id: RoundId::new(7), answer, updated_at: at(990) }),
        position: None,
        market: None,
        venues_counted: 3,
        quorum: 3,
        decision: None,
    }
}

#[track_caller]
fn assert_fires(alerts: &Alerts, name: &str, subjects: &[&str]) {
    let expected: BTreeSet<String> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    let concern = CONCERNS.iter().find(|concern| concern.name() == name).unwrap();
    assert_eq!(alerts.alarms().subjects(concern), expected, "{name}");
}

#[test]
fn ora_5_a_feed_in_trouble_fires_once_and_is_cleared() {
    let refused = DecisionView { kind: "refuse".into(), reason: "above_maximum".into(), decided_at: at(1_000) };
    let troubles = [
        (
            "OracleRoundOverdue",
            FeedView { on_chain: feed().on_chain.map(|round| OnChainView { updated_at: at(900), ..round }), ..feed() },
        ),
        ("OracleFeedBreakerOpen", FeedView { breaker: "open", ..feed() }),
        ("OracleQuorumLost", FeedView { venues_counted: 2, ..feed() }),
        ("OracleAnswerOutOfBounds", FeedView { decision: Some(refused), ..feed() }),
    ];
    let alerts = alerts();
    for (name, trouble) in troubles {
        for _ in 0..3 {
            alerts.feed(&trouble, at(1_000));
        }
        assert_fires(&alerts, name, &["eur-usd"]);
        alerts.feed(&feed(), at(1_000));
        assert_fires(&alerts, name, &[]);
        assert_eq!(alerts.alarms().list_firing().len(), 0, "{name} fired nothing else");
    }
}

#[test]
fn a_feed_that_is_not_published_fires_nothing() {
    let alerts = alerts();
    alerts.feed(&FeedView { aggregator: None, venues_counted: 0, breaker: "open", ..feed() }, at(5_000));
    assert_eq!(alerts.alarms().list_firing().len(), 0);
}

#[test]
fn ora_6_a_refused_credential_is_told_apart_from_a_bad_price() {
    let alerts = alerts();
    alerts.source("kraken-eur-usd", "quarantined", "outlier");
    alerts.source("okx-eur-usd", "quarantined", "credential");
    assert_fires(&alerts, "OracleSourceQuarantined", &["kraken-eur-usd"]);
    assert_fires(&alerts, "OracleSourceCredentialRejected", &["okx-eur-usd"]);
    alerts.source("kraken-eur-usd", "probation", "served");
    alerts.source("okx-eur-usd", "probation", "served");
    assert_eq!(alerts.alarms().list_firing().len(), 0);
}

#[test]
fn ora_6_quotas_and_credentials_warn_before_they_end() {
    let alerts = alerts();
    let source = config::Source {
        id: "gecko-eur-usd".parse().unwrap(),
        venue: "gecko".parse().unwrap(),
        market: "EUR/USD".parse().unwrap(),
        route: Route::direct(),
        role: config::Role::Backup,
    };
    let day = 86_400;
    let now = at(100 * day);
    let facts = |days: u64| {
        let expires = config::VenueFacts { credential_expires_at: Some(at((100 + days) * day)) };
        BTreeMap::from([(source.venue.clone(), expires)])
    };
    let reading = |used| QuotaReading { used, limit: 10_000, window: Duration::from_secs(30 * day) };

    let calm = alerts.budget(&source, Some(&reading(100)), &facts(90), now);
    assert_eq!((calm.quota_used, calm.credential_days_left), (Some(Ppm::new(10_000)), Some(90)));
    assert_eq!(alerts.alarms().list_firing().len(), 0);
    let tight = alerts.budget(&source, Some(&reading(9_900)), &facts(3), now);
    assert_eq!(tight.credential_days_left, Some(3));
    assert_fires(&alerts, "OracleQuotaExhaustionProjected", &["gecko-eur-usd"]);
    assert_fires(&alerts, "OracleCredentialExpiresSoon", &["gecko"]);
    alerts.budget(&source, Some(&reading(100)), &facts(90), now);
    assert_eq!(alerts.alarms().list_firing().len(), 0);
    assert_eq!(alerts.budget(&source, None, &BTreeMap::new(), now), Budget::default());
}

#[test]
fn ora_11_an_endpoint_set_that_does_not_answer_is_one_alert_however_many_feeds_it_serves() {
    let alerts = alerts();
    let feeds: Vec<FeedId> = ["eur-usd", "usd-eur"].map(|feed| feed.parse().unwrap()).into();
    feeds.iter().for_each(|feed| alerts.chain_readable(feed, false));
    assert_fires(&alerts, "OracleRpcUnavailable", &["chain-138"]);
    alerts.chain_readable(&feeds[0], true);
    assert_fires(&alerts, "OracleRpcUnavailable", &["chain-138"]);
    alerts.chain_readable(&feeds[1], true);
    assert_fires(&alerts, "OracleRpcUnavailable", &[]);
}

#[test]
fn ora_11_the_publishers_troubles_fire_and_are_cleared() {
    let alerts = alerts();
    let (eur, fx): (FeedId, SignerId) = ("eur-usd".parse().unwrap(), "fx".parse().unwrap());
    let switch = |wrong: bool| {
        alerts.chain_readable(&eur, !wrong);
        alerts.leader("fx", !wrong);
        alerts.transaction_stuck("eur-usd", wrong);
        alerts.transaction_failed("eur-usd", wrong.then_some("reverted"));
        alerts.balance(&fx, Some(if wrong { 499 } else { 500 }), 500);
        alerts.skew(if wrong { 31 } else { 30 });
    };
    switch(true);
    switch(true);
    let firing = alerts.alarms().list_firing();
    let firing: BTreeSet<_> = firing.iter().map(|one| one.alert.name.to_string()).collect();
    let expected = [
        "OracleClockSkew",
        "OracleNoLeader",
        "OraclePublisherBalanceLow",
        "OracleRpcUnavailable",
        "OracleTransactionReverted",
        "OracleTransactionStuck",
    ];
    assert_eq!(firing, expected.map(str::to_owned).into());
    switch(false);
    assert_eq!(alerts.alarms().list_firing().len(), 0);
}

#[test]
fn every_alert_has_a_runbook_that_says_what_to_do() {
    let runbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbooks");
    for concern in CONCERNS {
        let name = concern.name();
        let page = std::fs::read_to_string(runbooks.join(format!("{name}.md"))).expect(name);
        assert!(page.starts_with(&format!("# {name}")), "{name}");
    }
}
