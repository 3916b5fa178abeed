//! The life of a source, and the crowd around it.

use causeway_primitives::{SourceId, Timestamp, VenueId};

use super::*;
use crate::domain::{
    aggregate::{Aggregation, aggregate},
    observation::{Inactive, Observation, Standing, Weight},
    policy::{Condition, LifecyclePolicy},
    route::Conversions,
    samples::{self, at},
};

const BAD: Finding = Finding::Bad(Blame::Outlier);
const OK: Finding = Finding::Clean;

fn policy() -> LifecyclePolicy {
    samples::terms().lifecycle
}

/// Plays findings at seconds and gives every change, written `second: from>to cause`.
fn played(mut source: Source, steps: &[(u64, Finding)]) -> (Source, Vec<String>) {
    let mut changes = Vec::new();
    for (second, finding) in steps {
        let (after, change) = next(&source, *finding, at(*second), &policy());
        source = after;
        if let Some(Change { from, to, cause }) = change {
            changes.push(format!("{second}: {}>{} {}", from.as_str(), to.as_str(), cause.as_str()));
        }
    }
    (source, changes)
}

fn primary() -> Source {
    Source::new(Post::Primary, at(0))
}

#[test]
fn ora_5_a_source_falls_and_earns_its_vote_back_step_by_step() {
    let fall = [(1, BAD), (2, BAD), (3, BAD), (50, OK)];
    let (source, changes) = played(primary(), &fall);
    assert_eq!(changes, ["1: healthy>suspect outlier", "3: suspect>quarantined outlier"]);
    assert_eq!(source.state, State::Quarantined { until: at(103) });
    assert_eq!(source.standing(policy().reduced_weight), Standing::Inactive(Inactive::Quarantined));

    let (source, changes) = played(source, &[(103, OK), (104, OK)]);
    assert_eq!(changes, ["103: quarantined>probation served"]);
    assert_eq!(source.standing(policy().reduced_weight), Standing::Shadow);

    let (source, changes) = played(source, &[(105, OK), (106, OK), (107, OK)]);
    assert_eq!(changes, ["105: probation>probation shadow_passed"]);
    assert_eq!(source.standing(policy().reduced_weight), Standing::Active(policy().reduced_weight));

    let (source, changes) = played(source, &[(108, OK)]);
    assert_eq!(changes, ["108: probation>healthy probation_passed"]);
    assert_eq!(source.standing(policy().reduced_weight), Standing::Active(Weight::FULL));
    assert_eq!((source.since, source.cause), (at(108), Some(Cause::ProbationPassed)));
}

#[test]
fn ora_5_a_suspect_is_cleared_by_consecutive_clean_findings_only() {
    let (source, changes) = played(primary(), &[(1, BAD), (2, OK), (3, BAD), (4, OK), (5, OK)]);
    assert_eq!(changes, ["1: healthy>suspect outlier", "5: suspect>healthy cleared"]);
    assert_eq!(source.state, State::Healthy);
    let (_, changes) = played(primary(), &[(1, BAD), (2, OK), (3, BAD), (4, OK), (5, BAD)]);
    assert_eq!(changes.last().map(String::as_str), Some("5: suspect>quarantined outlier"), "strikes add up");
}

#[test]
fn ora_5_one_bad_finding_on_probation_is_enough() {
    for clean in [0, 2] {
        let stage = State::Probation { stage: if clean == 0 { Stage::Shadow } else { Stage::Reduced }, clean };
        let (source, changes) = played(Source { state: stage, ..primary() }, &[(1, BAD)]);
        assert_eq!(changes, ["1: probation>quarantined outlier"]);
        assert_eq!(source.state, State::Quarantined { until: at(101) });
    }
}

#[test]
fn ora_5_flapping_doubles_the_quarantine_up_to_the_cap_and_is_forgotten_in_time() {
    let mut source = primary();
    let mut now = 1_000;
    let mut spans = Vec::new();
    for _ in 0..4 {
        source = next(&source, Finding::Bad(Blame::Credential), at(now), &policy()).0;
        let State::Quarantined { until } = source.state else { panic!("not quarantined") };
        spans.push(until.since(at(now)).as_secs());
        now += 1_000;
        source = next(&source, OK, at(now), &policy()).0;
    }
    assert_eq!(spans, [100, 200, 350, 350]);
    let (source, _) = played(source, &[(50_000, BAD)]);
    assert_eq!(source.state, State::Quarantined { until: at(50_100) }, "the window is over");
    assert_eq!(source.quarantines, [at(50_000)]);
}

#[test]
fn ora_5_a_record_of_quarantines_stays_bounded() {
    let mut source = primary();
    for second in 0..200 {
        source.state = State::Healthy;
        source = next(&source, Finding::Bad(Blame::Credential), at(second), &policy()).0;
    }
    assert_eq!(source.quarantines.len(), 32);
    assert_eq!(source.state, State::Quarantined { until: at(199 + 350) });
}

#[test]
fn ora_6_a_refused_credential_quarantines_at_once() {
    let (_, changes) = played(primary(), &[(1, Finding::Bad(Blame::Credential))]);
    assert_eq!(changes, ["1: healthy>quarantined credential"]);
}

#[test]
fn ora_5_an_excuse_neither_costs_nor_helps_but_time_served_is_served() {
    let excused = Finding::Excused;
    let suspect = Source { state: State::Suspect { strikes: 2, clean: 1 }, ..primary() };
    assert_eq!(played(suspect.clone(), &[(1, excused)]), (suspect, Vec::new()));
    let served = Source { state: State::Quarantined { until: at(5) }, ..primary() };
    assert_eq!(played(served, &[(4, excused), (5, excused)]).1, ["5: quarantined>probation served"]);
}

#[test]
fn ora_5_an_operator_wins_over_the_automaton() {
    let (source, change) = set_operator(&primary(), Operator::Excluded, at(1));
    let expected = Change { from: Status::Healthy, to: Status::Excluded, cause: Cause::ExcludedByOperator };
    assert_eq!(change, Some(expected));
    let (source, changes) = played(source, &[(2, OK), (3, BAD), (4, Finding::Bad(Blame::Credential))]);
    assert_eq!((changes.len(), source.status()), (0, Status::Excluded));
    let (source, change) = set_operator(&source, Operator::HandsOff, at(5));
    assert_eq!(change.map(|change| change.cause), Some(Cause::ReinstatedByOperator));
    assert_eq!(source.status(), Status::Probation(Stage::Shadow), "given back, it proves itself");
    assert_eq!(source.since, at(5));
}

/// A feed of primaries `venue-0…`, with backups after them.
struct Crowd(Vec<(SourceId, VenueId, Source)>);

impl Crowd {
    fn new(primaries: usize, backups: usize) -> Self {
        let post = |index| if index < primaries { Post::Primary } else { Post::Standby };
        let one = |index| {
            let word = samples::word(index, "1");
            (word.source, word.venue, Source::new(post(index), at(0)))
        };
        Self((0..primaries + backups).map(one).collect())
    }

    fn quarantine(mut self, index: usize) -> Self {
        self.0[index].2.state = State::Quarantined { until: Timestamp::EPOCH.after(std::time::Duration::MAX) };
        self
    }

    fn members(&self) -> Vec<Member<'_>> {
        self.0
            .iter()
            .map(|(source, venue, record)| Member { source, venue, record, reduced_weight: policy().reduced_weight })
            .collect()
    }

    fn promoted(&self, quorum: usize) -> Vec<String> {
        staffing(&self.members(), quorum).iter().map(ToString::to_string).collect()
    }
}

#[test]
fn ora_5_backups_are_promoted_only_while_the_quorum_is_short() {
    let crowd = Crowd::new(3, 2);
    assert!(crowd.promoted(3).is_empty());
    let short = crowd.quarantine(0);
    assert_eq!(short.promoted(3), ["venue-3-eth-usd"]);
    assert_eq!(short.promoted(4), ["venue-3-eth-usd", "venue-4-eth-usd"]);
    let sick_backup = short.quarantine(3);
    assert_eq!(sick_backup.promoted(3), ["venue-4-eth-usd"], "a backup in quarantine is no help");
}

#[test]
fn ora_5_a_backup_of_a_venue_that_has_a_voice_adds_none() {
    let mut crowd = Crowd::new(3, 2).quarantine(0);
    crowd.0[3].1 = crowd.0[1].1.clone();
    assert_eq!(crowd.promoted(3), ["venue-4-eth-usd"]);
}

#[test]
fn ora_5_promotion_and_demotion_are_events() {
    let backup = Source::new(Post::Standby, at(0));
    let (backup, change) = assign(&backup, Post::Promoted, at(1));
    let expected = Change { from: Status::Standby, to: Status::Healthy, cause: Cause::QuorumShort };
    assert_eq!(change, Some(expected));
    assert_eq!(backup.standing(policy().reduced_weight), Standing::Active(Weight::FULL));
    let (again, change) = assign(&backup, Post::Promoted, at(2));
    assert_eq!((again.since, change), (at(1), None), "already on post");
    let (_, change) = assign(&backup, Post::Standby, at(3));
    assert_eq!(change.map(|change| change.cause), Some(Cause::QuorumRestored));
}

#[test]
fn ora_5_a_feed_is_degraded_while_a_primary_is_out_or_the_market_is() {
    let whole = Crowd::new(3, 1);
    assert_eq!(condition(&whole.members(), Scope::SourceSpecific), Condition::Normal);
    assert_eq!(condition(&whole.members(), Scope::MarketWide), Condition::Degraded);
    let sick_backup = Crowd::new(3, 1).quarantine(3);
    assert_eq!(condition(&sick_backup.members(), Scope::SourceSpecific), Condition::Normal);
    assert_eq!(condition(&whole.quarantine(0).members(), Scope::SourceSpecific), Condition::Degraded);
}

fn aggregated(words: &[Observation]) -> Aggregation {
    aggregate(&samples::policy(), at(0), Condition::Normal, words, &Conversions::none())
}

fn found(crowd: &Crowd, words: &[Observation]) -> (Scope, Vec<Finding>) {
    let findings = findings(&aggregated(words), &crowd.members());
    (findings.scope, crowd.0.iter().map(|(source, _, _)| findings.by_source[source]).collect())
}

#[test]
fn ora_5_a_source_that_is_wrong_late_or_silent_is_blamed_for_it() {
    let crowd = Crowd::new(7, 0);
    let mut words = samples::words(&["100", "100", "100", "100", "130", "100"]);
    words[5].age = std::time::Duration::from_secs(31);
    let (scope, findings) = found(&crowd, &words);
    let bad = [Blame::Outlier, Blame::Stale, Blame::Silent].map(Finding::Bad);
    assert_eq!(scope, Scope::SourceSpecific);
    assert_eq!(findings, [[OK; 4].as_slice(), bad.as_slice()].concat());
}

#[test]
fn ora_5_trouble_of_most_venues_is_the_markets_and_blames_nobody() {
    let crowd = Crowd::new(5, 0);
    let mut words = samples::words(&["100", "100", "100", "100", "100"]);
    for word in &mut words[..3] {
        word.age = std::time::Duration::from_secs(31);
    }
    let (scope, findings) = found(&crowd, &words);
    assert_eq!(scope, Scope::MarketWide);
    assert!(findings.iter().all(|finding| !matches!(finding, Finding::Bad(_))));
    words[0].age = std::time::Duration::ZERO;
    assert_eq!(found(&crowd, &words).0, Scope::SourceSpecific, "two of five are no majority");
}

#[test]
fn ora_5_a_market_wide_move_blames_nobody() {
    let crowd = Crowd::new(5, 0);
    let (scope, findings) = found(&crowd, &samples::words(&["70", "70.1", "70", "69.9", "70"]));
    assert_eq!((scope, findings), (Scope::SourceSpecific, vec![OK; 5]));
}

#[test]
fn ora_5_a_crowd_in_quarantine_says_nothing_about_the_market() {
    let crowd = Crowd::new(5, 0).quarantine(0).quarantine(1).quarantine(2);
    let mut words = samples::words(&["500", "500", "500", "100", "100"]);
    for word in &mut words[..3] {
        word.standing = Standing::Inactive(Inactive::Quarantined);
    }
    assert_eq!(found(&crowd, &words).0, Scope::SourceSpecific);
}

#[test]
fn ora_5_the_shadow_is_judged_by_the_answer_and_goes_on_without_one() {
    let mut crowd = Crowd::new(4, 0);
    crowd.0[0].2.state = State::Probation { stage: Stage::Shadow, clean: 0 };
    let judged = |words: &mut Vec<Observation>| {
        words[0].standing = Standing::Shadow;
        found(&crowd, words).1[0]
    };
    assert_eq!(judged(&mut samples::words(&["100", "100", "100", "100"])), OK);
    assert_eq!(judged(&mut samples::words(&["130", "100", "100", "100"])), Finding::Bad(Blame::Outlier));
    assert_eq!(judged(&mut samples::words(&["100", "100", "100"])), OK, "it may be the voice that the quorum lacks");
}

#[test]
fn ora_5_a_feed_that_lost_its_quorum_to_a_quarantine_comes_back_by_itself() {
    let policy = policy();
    let mut crowd = Crowd::new(3, 0);
    crowd.0[2].2.state = State::Quarantined { until: at(60) };
    let (mut second, mut voices) = (0, 0);
    while crowd.0[2].2.status() != Status::Healthy {
        let mut words = samples::words(&["100", "100", "100"]);
        words[2].standing = crowd.0[2].2.standing(policy.reduced_weight);
        voices = aggregated(&words).headcount.had;
        let findings = findings(&aggregated(&words), &crowd.members());
        let finding = findings.by_source[&crowd.0[2].0];
        second += 10;
        assert!(second < 100_000, "the source never comes back");
        crowd.0[2].2 = next(&crowd.0[2].2, finding, at(second), &policy).0;
    }
    assert_eq!(voices, 2, "there was no quorum until it was back");
}

#[test]
fn ora_8_a_source_is_not_blamed_for_the_feed_on_its_route() {
    use crate::domain::route::{Leg, Operation, Quotation, Route};
    let leg = Leg { operation: Operation::Multiply, feed: "usdt-usd".parse().unwrap() };
    let mut words = samples::words(&["100", "100", "100", "100"]);
    words[0].route = Route::through(Quotation::Direct, [leg]);
    assert_eq!(found(&Crowd::new(4, 0), &words).1[0], Finding::Excused);
}

#[test]
fn a_backup_that_waits_may_be_silent() {
    let crowd = Crowd::new(3, 1);
    assert_eq!(found(&crowd, &samples::words(&["100", "100", "100"])).1[3], Finding::Excused);
}
