//! Laws: what holds after any sequence of events, found by random ones.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    notification::ChannelId,
    policy::{Matcher, Window, WindowId},
};

/// What may happen in a random life of the policy.
#[derive(Debug, Clone)]
enum Act {
    Raise(Arc<Alert>),
    Clear(Arc<Alert>),
    Acknowledge(Arc<Alert>),
    Mute { seconds: u64 },
    Pass { seconds: u64 },
}

fn any_alert() -> impl Strategy<Value = Arc<Alert>> {
    // A subject has one tier, as a kind of trouble has.
    (0..4_usize, 0..6_u8).prop_map(|(severity, subject)| {
        let severity = *Severity::ALL.get(severity).unwrap();
        let tier = if subject == 0 { Tier::Halt } else { Tier::Alert };
        alert(severity, tier, &format!("s{subject}"))
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => any_alert().prop_map(Act::Raise),
        2 => any_alert().prop_map(Act::Clear),
        1 => any_alert().prop_map(Act::Acknowledge),
        1 => (1..2_000_u64).prop_map(|seconds| Act::Mute { seconds }),
        4 => (1..1_000_u64).prop_map(|seconds| Act::Pass { seconds }),
    ]
}

/// The house's rules through such a life, with a tick at least every ten seconds. `clock` makes the time.
fn live(acts: &[Act], clock: impl Fn(u64) -> Now) -> Vec<(u64, Event, Vec<Effect>)> {
    let policy = rules::parse(rules::HOUSE).unwrap();
    let (mut state, mut now, mut story) = (State::new(1_000), 0_u64, Vec::new());
    for act in acts {
        let events = match act {
            Act::Raise(alert) => vec![Event::Raised(Arc::clone(alert))],
            Act::Clear(alert) => vec![Event::Cleared(alert.fingerprint())],
            Act::Acknowledge(alert) => {
                vec![Event::Acknowledged { alert: alert.fingerprint(), by: Text::clean("ann") }]
            }
            Act::Mute { seconds } => vec![Event::WindowOpened(Window {
                id: WindowId::new("w"),
                from: clock(now).wall,
                until: clock(now.saturating_add(*seconds)).wall,
                matcher: Matcher::default(),
                reason: Text::default(),
            })],
            Act::Pass { seconds } => vec![Event::Tick; usize::try_from(seconds.div_ceil(10)).unwrap()],
        };
        for event in events {
            if event == Event::Tick {
                now = now.saturating_add(10);
            }
            let (after, effects) = next(&policy, state, event.clone(), clock(now));
            state = after;
            story.push((now, event, effects));
        }
    }
    story
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn grd_8_what_halts_is_said_in_the_same_step(acts in prop::collection::vec(any_act(), 1..40)) {
        let mut firing = BTreeSet::new();
        for (_, event, effects) in live(&acts, at) {
            match event {
                Event::Raised(alert) if alert.tier == Tier::Halt => {
                    let told = notifications(effects).iter().any(|one| one.kind == Kind::Fired);
                    prop_assert!(told || !firing.insert(alert.fingerprint()), "a new halt was kept back");
                    firing.insert(alert.fingerprint());
                }
                Event::Cleared(alert) => { firing.remove(&alert); }
                Event::Raised(_) | Event::Acknowledged { .. } | Event::WindowOpened(_)
                | Event::WindowClosed(_) | Event::Tick => {}
            }
        }
    }

    #[test]
    fn grd_8_a_rule_says_once_per_life_of_an_alert_that_it_fires(acts in prop::collection::vec(any_act(), 1..40)) {
        let mut said = BTreeSet::new();
        for (_, event, effects) in live(&acts, at) {
            if let Event::Cleared(over) = event {
                said.retain(|(_, _, alert)| *alert != over);
            }
            for one in notifications(effects).iter().filter(|one| one.kind == Kind::Fired) {
                for alert in fingerprints(one) {
                    prop_assert!(said.insert((one.rule.clone(), one.channel.clone(), alert)), "{one:?}");
                }
            }
        }
    }

    #[test]
    fn grd_8_a_channel_hears_one_end_for_each_beginning(acts in prop::collection::vec(any_act(), 1..40)) {
        let mut open: BTreeSet<(ChannelId, Fingerprint)> = BTreeSet::new();
        for (_, _, effects) in live(&acts, at) {
            for one in notifications(effects) {
                for alert in fingerprints(&one) {
                    let entry = (one.channel.clone(), alert);
                    match one.kind {
                        Kind::Fired | Kind::Escalated { .. } => { open.insert(entry); }
                        Kind::Repeated | Kind::Acknowledged { .. } => prop_assert!(open.contains(&entry), "{one:?}"),
                        Kind::Resolved => prop_assert!(open.remove(&entry), "{one:?}"),
                        Kind::Report => {}
                    }
                }
            }
        }
    }

    #[test]
    fn grd_8_every_severity_is_heard_in_time(severity in 0..4_usize, before in prop::collection::vec(any_act(), 0..20)) {
        let severity = *Severity::ALL.get(severity).unwrap();
        let mut acts: Vec<_> = before.into_iter().filter(|act| !matches!(act, Act::Mute { .. })).collect();
        let fresh = alert(severity, Tier::Alert, "fresh");
        acts.extend([Act::Raise(Arc::clone(&fresh)), Act::Pass { seconds: 90_000 }]);
        let story = live(&acts, at);
        let raised = story.iter().find(|(_, event, _)| *event == Event::Raised(Arc::clone(&fresh))).unwrap().0;
        // Beyond the log, which nobody reads at night.
        let heard = story.into_iter().find(|(_, _, effects)| notifications(effects.clone()).iter().any(|one| {
            one.channel.as_str() != "log" && fingerprints(one).contains(&fresh.fingerprint())
        }));
        let limit = super::super::rule::sent_within(severity).as_secs();
        prop_assert!(heard.is_some_and(|(when, _, _)| when - raised <= limit), "{severity:?} within {limit} s");
    }

    #[test]
    fn keys_never_repeat(acts in prop::collection::vec(any_act(), 1..40)) {
        let mut keys = BTreeMap::new();
        for one in live(&acts, at).into_iter().flat_map(|(_, _, effects)| notifications(effects)) {
            prop_assert_eq!(keys.insert(one.key, one.clone()), None);
        }
    }

    #[test]
    fn steps_of_wall_time_change_no_timer(
        acts in prop::collection::vec(any_act(), 1..40),
        step in 0..10_000_u64,
    ) {
        let acts: Vec<_> = acts.into_iter().filter(|act| !matches!(act, Act::Mute { .. })).collect();
        // The wall clock stands still from second 500 on, then jumps.
        let broken = |secs: u64| Now { wall: at(if secs < 500 { secs } else { 500 + step * (secs / 700) }).wall, ..at(secs) };
        let told = |story: Vec<(u64, Event, Vec<Effect>)>| -> Vec<_> {
            story.into_iter().map(|(now, _, effects)| (now, said(&effects))).collect()
        };
        prop_assert_eq!(told(live(&acts, broken)), told(live(&acts, at)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn grd_8_a_restart_at_any_moment_forgets_nothing(acts in prop::collection::vec(any_act(), 1..40)) {
        let policy = rules::parse(rules::HOUSE).unwrap();
        let mut state = State::new(1_000);
        for (second, event, _) in live(&acts, at) {
            state = next(&policy, state, event, at(second)).0;
            let saved_at = SavedAt { wall: at(second).wall, monotonic: at(second).monotonic };
            let document = encode(&policy, &state, saved_at).unwrap();
            // As PostgreSQL gives it back.
            let document = serde_json::from_str(&document.to_string()).unwrap();
            prop_assert_eq!(decode(&policy, 1_000, document).unwrap(), (state.clone(), saved_at));
        }
    }
}

#[test]
fn grd_8_what_a_rule_that_is_gone_has_said_is_forgotten_and_a_new_rule_speaks_for_itself() {
    let before = policy("[[rule]]\nname = 'old'\nchannels = ['slack']\n[[rule]]\nname = 'kept'\nchannels = ['pager']");
    let (state, _) = next(&before, State::new(10), Event::Raised(error("rpc")), at(0));
    let saved_at = SavedAt { wall: at(0).wall, monotonic: at(0).monotonic };
    let document = encode(&before, &state, saved_at).unwrap();
    let after = policy("[[rule]]\nname = 'new'\nchannels = ['mail']\n[[rule]]\nname = 'kept'\nchannels = ['pager']");
    let (state, _) = decode(&after, 10, document).unwrap();
    assert_eq!(said(&next(&after, state, Event::Tick, at(1)).1), ["mail fired rpc"]);
}
