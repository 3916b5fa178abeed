//! The rules, as tables and as properties over arbitrary histories.

use proptest::prelude::*;

use super::*;

const TTL: Duration = Duration::from_secs(90);

fn sigil() -> AssetId {
    "sigil".parse().unwrap()
}

fn spend(units: u64) -> Spend {
    Spend::Of(Amount { asset: sigil(), units: U256::from(units) })
}

fn grant(scope: Scope, epoch: u64, sequence: u64) -> Grant {
    let caps = BTreeMap::from([(sigil(), Budget { per_operation: U256::from(10), left: U256::from(25) })]);
    Grant { scope, epoch, sequence, ttl: TTL, caps, probation: false }
}

fn halt(epoch: u64) -> Halted {
    Halted { halt_id: "h".into(), epoch }
}

fn fresh() -> Clearance {
    Clearance::new(Some(Memory::default()))
}

#[test]
fn grd_13_without_a_lease_nothing_is_permitted() {
    let now = Instant::now();
    let mut clearance = fresh();
    for scope in Scope::EVERY {
        assert_eq!(clearance.permit(scope, Spend::Nothing, now).unwrap_err(), Refused::NoLease { scope });
    }
}

#[test]
fn grd_13_a_lease_counts_from_the_moment_of_asking_and_ends_to_the_tick() {
    let sent = Instant::now();
    let mut clearance = fresh();
    clearance.grant(grant(Scope::All, 1, 1), sent).unwrap();
    let last = sent + TTL - Duration::from_nanos(1);
    let (ticket, authority) = clearance.permit(Scope::Settlement, spend(1), last).unwrap();
    assert_eq!(authority, Authority { epoch: 1, sequence: 1, until: sent + TTL });
    assert!(clearance.check(&ticket, last).is_ok());
    assert_eq!(clearance.check(&ticket, sent + TTL), Err(Refused::Expired { scope: Scope::Settlement }));
}

#[test]
fn grd_13_a_lease_for_a_part_covers_that_part_only() {
    let now = Instant::now();
    let mut clearance = fresh();
    clearance.grant(grant(Scope::Settlement, 1, 1), now).unwrap();
    assert!(clearance.permit(Scope::Settlement, Spend::Nothing, now).is_ok());
    assert!(clearance.permit(Scope::BatchCreation, Spend::Nothing, now).is_err());
    assert!(clearance.permit(Scope::All, Spend::Nothing, now).is_err());
}

#[test]
fn grd_13_a_halted_part_leaves_the_other_part_alone() {
    let now = Instant::now();
    let mut clearance = fresh();
    clearance.grant(grant(Scope::Settlement, 1, 1), now).unwrap();
    clearance.grant(grant(Scope::BatchCreation, 1, 1), now).unwrap();
    let (ticket, _) = clearance.permit(Scope::BatchCreation, Spend::Nothing, now).unwrap();
    clearance.halt(Scope::BatchCreation, halt(1));
    assert!(matches!(clearance.check(&ticket, now), Err(Refused::Halted { scope: Scope::BatchCreation, .. })));
    assert!(clearance.permit(Scope::Settlement, Spend::Nothing, now).is_ok());
}

#[test]
fn grd_13_a_grant_that_was_on_its_way_when_the_halt_came_is_ignored() {
    let now = Instant::now();
    let mut clearance = fresh();
    clearance.halt(Scope::Settlement, halt(5));
    let ignored = Ignored::Halted { granted: 5, scope: Scope::Settlement, halted: 5 };
    assert_eq!(clearance.grant(grant(Scope::Settlement, 5, 9), now), Err(ignored.clone()));
    assert_eq!(clearance.grant(grant(Scope::All, 5, 9), now), Err(ignored));
    assert_eq!(
        clearance.grant(grant(Scope::All, 4, 9), now),
        Err(Ignored::OldEpoch { granted: 4, known: 5 }),
        "an epoch below the halt's is old everywhere"
    );
    clearance.grant(grant(Scope::Settlement, 6, 1), now).unwrap();
    assert!(clearance.permit(Scope::Settlement, Spend::Nothing, now).is_ok(), "the release has a higher epoch");
}

#[test]
fn grd_13_a_successor_s_epoch_voids_the_leases_and_permits_of_its_predecessor() {
    let now = Instant::now();
    let mut clearance = fresh();
    clearance.grant(grant(Scope::Settlement, 1, 1), now).unwrap();
    clearance.grant(grant(Scope::BatchCreation, 1, 1), now).unwrap();
    let (ticket, _) = clearance.permit(Scope::Settlement, Spend::Nothing, now).unwrap();
    clearance.grant(grant(Scope::BatchCreation, 2, 1), now).unwrap();
    assert_eq!(clearance.check(&ticket, now), Err(Refused::NoLease { scope: Scope::Settlement }));
    clearance.grant(grant(Scope::Settlement, 2, 1), now).unwrap();
    assert_eq!(clearance.check(&ticket, now), Err(Refused::EpochChanged { permitted: 1, current: 2 }));
    assert_eq!(clearance.grant(grant(Scope::Settlement, 1, 7), now), Err(Ignored::OldEpoch { granted: 1, known: 2 }));
}

#[test]
fn grd_13_caps_are_counted_when_leave_is_given_and_start_anew_with_each_grant() {
    let now = Instant::now();
    let mut clearance = fresh();
    clearance.grant(grant(Scope::All, 1, 1), now).unwrap();
    let over = clearance.permit(Scope::Settlement, spend(11), now).unwrap_err();
    assert_eq!(over.reason(), "over_operation_cap");
    assert!(clearance.permit(Scope::Settlement, spend(10), now).is_ok());
    assert!(clearance.permit(Scope::Settlement, spend(10), now).is_ok());
    let over = clearance.permit(Scope::Settlement, spend(6), now).unwrap_err();
    assert_eq!(over, Refused::OverTotalCap { asset: sigil(), units: U256::from(6), left: U256::from(5) });
    clearance.grant(grant(Scope::All, 1, 2), now).unwrap();
    assert!(clearance.permit(Scope::Settlement, spend(6), now).is_ok());

    let other = Spend::Of(Amount { asset: "gold".parse().unwrap(), units: U256::ZERO });
    assert_eq!(clearance.permit(Scope::Settlement, other, now).unwrap_err().reason(), "asset_not_covered");
}

#[test]
fn grd_17_the_smaller_caps_of_a_probation_hold_for_permits_that_were_given_before() {
    let now = Instant::now();
    let mut clearance = fresh();
    clearance.grant(grant(Scope::All, 1, 1), now).unwrap();
    let (ticket, _) = clearance.permit(Scope::Settlement, spend(10), now).unwrap();
    let mut smaller = grant(Scope::All, 1, 2);
    smaller.caps.insert(sigil(), Budget { per_operation: U256::from(9), left: U256::from(9) });
    clearance.grant(smaller, now).unwrap();
    assert_eq!(clearance.check(&ticket, now).unwrap_err().reason(), "over_operation_cap");
}

#[test]
fn grd_13_an_unreadable_latch_refuses_everything_whatever_is_granted() {
    let now = Instant::now();
    let mut clearance = Clearance::new(None);
    assert_eq!(clearance.grant(grant(Scope::All, 9, 1), now), Err(Ignored::LatchUnreadable));
    assert_eq!(clearance.permit(Scope::Settlement, Spend::Nothing, now).unwrap_err(), Refused::LatchUnreadable);
}

/// Something that happens to a holder.
#[derive(Debug, Clone)]
enum Event {
    Pass(u64),
    Grant { scope: Scope, epoch: u64, sequence: u64, sent_ago: u64, ttl: u64 },
    Halt { scope: Scope, epoch: u64 },
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let scope = || prop::sample::select(Scope::EVERY.to_vec());
    prop_oneof![
        3 => (0_u64..40).prop_map(Event::Pass),
        5 => (scope(), 1_u64..6, 1_u64..20, 0_u64..30, 1_u64..60)
            .prop_map(|(scope, epoch, sequence, sent_ago, ttl)| Event::Grant { scope, epoch, sequence, sent_ago, ttl }),
        2 => (scope(), 1_u64..6).prop_map(|(scope, epoch)| Event::Halt { scope, epoch }),
        1 => Just(Event::Restart),
    ]
}

/// The whole history in the plainest words: what may be done now, told without the state machine.
#[derive(Debug, Default)]
struct History {
    grants: Vec<(Scope, u64, u64)>,
    halts: Vec<(Scope, u64)>,
}

proptest! {
    /// Safety over every history: leave implies a grant that has not run out, of the highest epoch seen, with every
    /// halt that touches the scope from an epoch below it.
    #[test]
    fn grd_13_leave_is_never_given_past_its_lease_below_its_epoch_or_under_a_halt(
        events in prop::collection::vec(event(), 1..60),
    ) {
        let origin = Instant::now() + Duration::from_secs(1_000);
        let (mut clearance, mut seconds, mut history) = (fresh(), 0_u64, History::default());
        let mut highest = 0;
        for event in events {
            match event {
                Event::Pass(more) => seconds += more,
                Event::Restart => clearance = Clearance::new(clearance.memory().cloned()),
                Event::Halt { scope, epoch } => {
                    clearance.halt(scope, halt(epoch));
                    history.halts.push((scope, epoch));
                    highest = highest.max(epoch);
                }
                Event::Grant { scope, epoch, sequence, sent_ago, ttl } => {
                    let sent = seconds.saturating_sub(sent_ago);
                    let mut lease = grant(scope, epoch, sequence);
                    lease.ttl = Duration::from_secs(ttl);
                    if clearance.grant(lease, origin + Duration::from_secs(sent)).is_ok() {
                        history.grants.push((scope, epoch, sent + ttl));
                        prop_assert!(epoch >= highest, "an old epoch was taken");
                        highest = highest.max(epoch);
                    }
                }
            }
            prop_assert_eq!(clearance.epoch(), highest, "epochs only rise");
            for scope in Scope::EVERY {
                let leave = clearance.permit(scope, Spend::Nothing, origin + Duration::from_secs(seconds));
                if let Ok((ticket, authority)) = leave {
                    prop_assert_eq!(authority.epoch, highest);
                    let granted = |(granted, epoch, until): &(Scope, u64, u64)| {
                        granted.covers(scope) && *epoch == ticket.epoch && seconds < *until
                    };
                    let is_over = |(halted, epoch): &(Scope, u64)| !halted.overlaps(scope) || *epoch < authority.epoch;
                    prop_assert!(history.grants.iter().any(granted), "no grant stands behind this leave");
                    prop_assert!(history.halts.iter().all(is_over), "a halt stands against this leave");
                }
            }
        }
    }
}
