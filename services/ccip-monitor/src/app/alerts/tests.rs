//! Each alert, raised and ended.

use std::sync::Arc;

use causeway_primitives::Ppm;
use causeway_runtime::clock::ManualClock;

use super::*;
use crate::ports::samples::{at, chain, views};

const LIMITS: AlertLimits = AlertLimits {
    window: Duration::from_secs(3_600),
    minimum_sample: 20,
    error_rate: Ppm::new(50_000),
    success_rate: Ppm::new(950_000),
    hysteresis: Ppm::new(10_000),
    latency: Duration::from_secs(300),
    link_warning: U256::from_limbs([100, 0, 0, 0]),
    link_critical: U256::from_limbs([50, 0, 0, 0]),
    behind: Duration::from_secs(120),
};

fn alerts() -> Alerts {
    Alerts::new(Alarms::unattended(Arc::new(ManualClock::at(at(0)))), LIMITS)
}

/// What fires: name and subject.
fn firing(alerts: &Alerts) -> Vec<(&'static str, String)> {
    let of = |concern: &&'static Concern| {
        let name = concern.name();
        alerts.alarms.subjects(concern).into_iter().map(move |subject| (name, subject)).collect::<Vec<_>>()
    };
    CONCERNS.iter().flat_map(of).collect()
}

fn open(kind: Kind, lane: Option<&str>, count: u64) -> OpenFindings {
    OpenFindings {
        kind,
        chain: chain(138),
        lane_name: lane.map(str::to_owned),
        count,
        newest: count,
        detail: "what was seen".to_owned(),
        seen_at: at(0),
    }
}

#[test]
fn ccip_13_every_kind_of_finding_rings_under_its_name_and_is_quiet_when_none_is_open() {
    let named = |kind: Kind| match kind {
        Kind::IdMismatch | Kind::LeafMismatch => "CcipMessageTampered",
        Kind::DuplicateExecution | Kind::SequenceRepeated | Kind::IllegalTransition => "CcipReplay",
        Kind::ExecutionWithoutSend => "CcipExecutionWithoutSend",
        Kind::SequenceGap | Kind::Undecodable => "CcipMessagesMissing",
        Kind::CommitOverlap | Kind::CommitGap | Kind::CommitWithoutSend | Kind::RootRemoved => "CcipCommitIrregular",
        Kind::NonceOutOfOrder => "CcipOutOfOrder",
        Kind::SenderNotAllowed | Kind::ReceiverNotAllowed | Kind::UnlistedLane => "CcipUnauthorised",
        Kind::SettingsChanged => "CcipSettingsChanged",
        Kind::AmbiguousLink => "CcipAmbiguousLink",
    };
    let alerts = alerts();
    for kind in Kind::ALL {
        alerts.findings(&[open(kind, Some("there"), 1)], at(9));
        assert_eq!(firing(&alerts), [(named(kind), "there".to_owned())], "{kind:?}");
        alerts.findings(&[open(kind, None, 1)], at(9));
        assert_eq!(firing(&alerts), [(named(kind), "chain 138".to_owned())], "{kind:?} of no lane");
        alerts.findings(&[], at(9));
        assert_eq!(firing(&alerts), [], "{kind:?} is over");
    }
}

#[test]
fn ccip_13_the_words_count_all_findings_of_an_alert_and_tell_the_newest() {
    let alerts = alerts();
    let newest =
        OpenFindings { newest: 9, detail: "the newest".to_owned(), ..open(Kind::IdMismatch, Some("there"), 3) };
    alerts.findings(&[newest, open(Kind::LeafMismatch, Some("there"), 4)], at(5));
    let standing = alerts.alarms.list_firing();
    assert_eq!(standing.len(), 1);
    assert_eq!(standing[0].alert.summary.to_string(), "7 open, the newest 5 s ago: the newest");
}

#[test]
fn ccip_10_a_lane_rings_for_what_never_arrives_and_goes_on_while_it_stands_still() {
    let alerts = alerts();
    let done = |executed, seconds| Ended { executed, latency: Some(Duration::from_secs(seconds)), ..Ended::default() };
    let waiting = |pending, overdue| Waiting { pending, overdue };
    let rings = |alerts: &Alerts| alerts.fires(&LATENCY, "there");
    alerts.lane_ended("there", &Ended::default(), waiting(2, 0));
    assert!(!rings(&alerts), "they are young");
    alerts.lane_ended("there", &Ended::default(), waiting(2, 1));
    assert!(rings(&alerts), "one is older than the limit and nothing arrives");
    alerts.lane_ended("there", &Ended::default(), waiting(2, 0));
    assert!(rings(&alerts), "standing still is no end of it");
    alerts.lane_ended("there", &done(30, 9), waiting(2, 0));
    assert_eq!(firing(&alerts), []);
    alerts.lane_ended("there", &done(30, 301), waiting(0, 0));
    assert!(rings(&alerts), "what arrives takes too long");
    alerts.lane_ended("there", &Ended::default(), waiting(0, 0));
    assert_eq!(firing(&alerts), [], "the window holds nothing bad any more");
}

#[test]
fn ccip_10_a_router_that_is_gone_rings_and_one_that_nobody_configured_does_not() {
    let mut alerts = alerts();
    let [besu, ..] = <[ChainView; 2]>::try_from(views().list_chains()).unwrap();
    let rings = |alerts: &Alerts| alerts.fires(&ROUTER, "besu");
    for gone in
        [Known::Is(Router::NoCode), Known::Is(Router::Refuses("no".to_owned())), Known::Unknown("silence".to_owned())]
    {
        alerts.chain(&ChainView { router: gone.clone(), ..besu.clone() });
        assert!(rings(&alerts), "{gone:?}");
        alerts.chain(&ChainView { router: Known::NotAsked, looked_at: None, ..besu.clone() });
        assert!(rings(&alerts), "after a start nobody knows better");
        alerts.chain(&besu);
        assert!(!rings(&alerts), "it serves");
    }
    alerts.chain(&ChainView { router: Known::Is(Router::NoCode), ..besu.clone() });
    alerts.chain(&ChainView { router: Known::NotAsked, cursed: Known::Is(true), ..besu });
    assert_eq!(firing(&alerts), [(CURSED.name(), "besu".to_owned())], "the rest is looked at all the same");
}

#[test]
fn ccip_11_lanes_ring_while_they_are_unsupported_or_cursed_and_not_for_what_is_not_known() {
    let alerts = alerts();
    let [lane] = <[LaneView; 1]>::try_from(views().list_lanes()).unwrap();
    let subject = || lane.name.to_string();
    alerts.lane(&LaneView { supported: Known::Is(false), cursed: Known::Is(true), ..lane.clone() });
    assert_eq!(firing(&alerts), [(LANE.name(), subject()), (CURSED.name(), subject())]);
    let unknown = || Known::Unknown("silence".to_owned());
    alerts.lane(&LaneView { supported: unknown(), cursed: unknown(), ..lane.clone() });
    assert_eq!(firing(&alerts).len(), 2, "silence ends nothing");
    alerts.lane(&lane);
    assert_eq!(firing(&alerts), []);
}

#[test]
fn ccip_10_a_chain_rings_while_it_is_silent_or_read_behind_its_head() {
    let alerts = alerts();
    let [besu, ..] = <[ChainView; 2]>::try_from(views().list_chains()).unwrap();
    let behind = ChainView { head_time: Some(at(300)), ..besu.clone() };
    alerts.reading(&behind, false);
    assert_eq!(firing(&alerts), [(CHAIN.name(), "besu".to_owned()), (BEHIND.name(), "besu".to_owned())]);
    alerts.reading(&besu, true);
    assert_eq!(firing(&alerts), []);
}

#[test]
fn ccip_10_link_that_runs_low_rings_once_as_a_warning_and_once_as_critical() {
    let mut alerts = alerts();
    for (juels, rings) in [(99, Some(&LINK_LOW)), (49, Some(&LINK_CRITICAL)), (200, None)] {
        alerts.link("besu:0x51", U256::from(juels), Some(3));
        let expected: Vec<_> = rings.into_iter().map(|concern| (concern.name(), "besu:0x51".to_owned())).collect();
        assert_eq!(firing(&alerts), expected, "{juels} juels");
    }
}

#[test]
fn ccip_10_rates_and_expired_messages_of_a_lane_ring_until_it_does_well() {
    let alerts = alerts();
    let bad = Ended { executed: 18, failed: 2, ..Ended::default() };
    alerts.lane_ended("there", &bad, Waiting::default());
    alerts.expired("there", 1);
    let names: Vec<_> = firing(&alerts).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [ERROR_RATE.name(), SUCCESS_RATE.name(), EXPIRED.name()]);
    alerts.lane_ended("there", &Ended { executed: 40, ..Ended::default() }, Waiting::default());
    alerts.expired("there", 0);
    assert_eq!(firing(&alerts), []);
}

#[test]
fn ccip_17_a_chain_that_no_replica_reads_rings() {
    let alerts = alerts();
    leader(&alerts.alarms, "besu", false);
    assert_eq!(firing(&alerts), [(NO_LEADER.name(), "besu".to_owned())]);
    leader(&alerts.alarms, "besu", true);
    assert_eq!(firing(&alerts), []);
}
