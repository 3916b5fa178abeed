//! What fires, once, and since when.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_runtime::clock::ManualClock;

use super::*;

static WARNING: Concern = Concern::new("OracleQuorumLost", Severity::Warning, "look at the sources");
static WORSE: Concern = Concern::new("OracleQuorumLost", Severity::Critical, "look at the sources");
static HALT: Concern = Concern::new("GuardHalted", Severity::Critical, "open the incident").of_tier(Tier::Halt);

fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(second).unwrap()
}

fn book() -> (Arc<ManualClock>, Alarms) {
    let clock = Arc::new(ManualClock::at(at(1_000)));
    (Arc::clone(&clock), Alarms::unattended(clock))
}

fn trouble() -> Option<String> {
    Some("2 of 3 venues".to_owned())
}

fn firing(alarms: &Alarms) -> Vec<(String, Timestamp)> {
    alarms.list_firing().iter().map(|one| (one.alert.subject.to_string(), one.alert.fired_at)).collect()
}

#[test]
fn a_condition_that_goes_on_is_one_alert_since_its_first_trouble() {
    let (clock, alarms) = book();
    alarms.say(&WARNING, "eur-usd", trouble());
    clock.advance(Duration::from_secs(60));
    alarms.say(&WARNING, "eur-usd", trouble());
    assert_eq!(firing(&alarms), [("eur-usd".to_owned(), at(1_000))]);
    alarms.say(&WARNING, "usd-eur", None);
    assert_eq!(firing(&alarms).len(), 1, "another subject's good news is its own");
    alarms.say(&WARNING, "eur-usd", None);
    assert_eq!(firing(&alarms), []);
}

#[test]
fn what_gets_worse_is_the_same_alert_with_a_greater_severity() {
    let (clock, alarms) = book();
    alarms.say(&WARNING, "eur-usd", trouble());
    clock.advance(Duration::from_secs(60));
    alarms.say(&WORSE, "eur-usd", trouble());
    let standing = alarms.list_firing();
    assert_eq!(standing.len(), 1);
    assert_eq!((standing[0].alert.severity, standing[0].alert.fired_at), (Severity::Critical, at(1_000)));
}

#[test]
fn what_an_earlier_process_left_fires_on_since_then_until_somebody_says_otherwise() {
    let (_, earlier) = book();
    for subject in ["goes-on", "is-over", "nobody-looks"] {
        earlier.say(&WARNING, subject, trouble());
    }
    let clock = Arc::new(ManualClock::at(at(5_000)));
    let later = Alarms::unattended(clock);
    later.say(&WARNING, "goes-on", trouble());
    later.inherit(earlier.firing().into_values());
    assert_eq!(firing(&later).len(), 3);
    later.say(&WARNING, "goes-on", trouble());
    later.say(&WARNING, "is-over", None);
    let mut left = firing(&later);
    left.sort();
    assert_eq!(left, [("goes-on".to_owned(), at(1_000)), ("nobody-looks".to_owned(), at(1_000))]);
    later.drop_inherited();
    assert_eq!(firing(&later), [("goes-on".to_owned(), at(1_000))]);
}

#[test]
fn what_was_said_before_the_term_ended_fires_on_until_it_is_said_anew() {
    let (_, alarms) = book();
    alarms.say(&WARNING, "eur-usd", trouble());
    alarms.hand_back();
    assert_eq!(firing(&alarms).len(), 1);
    alarms.say(&WARNING, "eur-usd", None);
    assert_eq!(firing(&alarms), []);
}

#[test]
fn beyond_the_capacity_only_what_halts_gets_in() {
    let (_, alarms) = book();
    for number in 0..CAPACITY {
        alarms.say(&WARNING, &number.to_string(), trouble());
    }
    alarms.say(&WARNING, "one more", trouble());
    assert_eq!(alarms.list_firing().len(), CAPACITY);
    alarms.say(&HALT, "bridge", trouble());
    assert_eq!(alarms.list_firing()[0].alert.name.as_str(), "GuardHalted", "the most urgent first");
}

#[tokio::test]
async fn an_alert_that_does_not_fire_cannot_be_acknowledged() {
    let (_, alarms) = book();
    assert_eq!(alarms.acknowledge("OracleQuorumLost", "eur-usd", "ann").await, Err(Refused::NotFiring));
    alarms.say(&WARNING, "eur-usd", trouble());
    assert_eq!(alarms.acknowledge("OracleQuorumLost", "eur-usd", "ann").await, Err(Refused::NoAnswer), "no desk");
}

#[tokio::test]
async fn ops_5_windows_are_good_for_the_lease_and_no_longer_than_they_last() {
    let clock = Arc::new(ManualClock::at(at(1_000)));
    let (alarms, mut desk) = Alarms::new(clock);
    let window = |id: &str, until| Window {
        id: WindowId::new(id),
        from: at(900),
        until: at(until),
        matcher: crate::policy::Matcher::default(),
        reason: Text::clean("new disks"),
    };
    let windows = vec![window("long", 9_000), window("short", 1_020), window("over", 1_000)];
    let told = alarms.keep_windows(windows, Duration::from_secs(60));
    let desk = async {
        let Order { wish, done } = desk.recv().await.unwrap();
        let Wish::Windows(windows) = wish else { panic!("{wish:?}") };
        done.send(Ok(())).unwrap();
        windows.iter().map(|one| (one.id.to_string(), one.until)).collect::<Vec<_>>()
    };
    let (told, kept) = tokio::join!(told, desk);
    told.unwrap();
    assert_eq!(kept, [("long".to_owned(), at(1_060)), ("short".to_owned(), at(1_020))]);
}
