//! The division by table and by property.

use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Arc<str> {
    text.into()
}

/// Candidates that all stand for the same.
fn standing(holders: &[&str], leases: &[&str]) -> Vec<Candidate> {
    let leases: Vec<Arc<str>> = leases.iter().copied().map(name).collect();
    holders.iter().map(|holder| Candidate { holder: name(holder), leases: leases.clone() }).collect()
}

fn holders(pairs: &[(&str, &str)]) -> Holders {
    pairs.iter().map(|(lease, holder)| (name(lease), name(holder))).collect()
}

#[test]
fn ops_10_a_single_lease_goes_to_one_and_stays_there() {
    let alone = standing(&["b"], &["service"]);
    assert_eq!(divide(&alone, &Holders::new()), holders(&[("service", "b")]));
    let joined = standing(&["a", "b", "c"], &["service"]);
    assert_eq!(divide(&joined, &holders(&[("service", "b")])), holders(&[("service", "b")]));
}

#[test]
fn ops_10_who_joins_gets_his_share_and_the_most_important_stays() {
    let leases = ["service", "one", "two"];
    let before = holders(&[("service", "a"), ("one", "a"), ("two", "a")]);
    let two = divide(&standing(&["a", "b"], &leases), &before);
    assert_eq!(two, holders(&[("service", "a"), ("one", "a"), ("two", "b")]));
    let three = divide(&standing(&["a", "b", "c"], &leases), &two);
    assert_eq!(three, holders(&[("service", "a"), ("one", "c"), ("two", "b")]));
}

#[test]
fn ops_10_what_a_dead_replica_held_is_shared_once_its_leases_are_over() {
    let leases = ["service", "one", "two", "three"];
    let living = standing(&["b", "c"], &leases);
    let held = holders(&[("service", "dead"), ("one", "b"), ("two", "c"), ("three", "dead")]);
    assert_eq!(divide(&living, &held), holders(&[("one", "b"), ("two", "c")]), "nobody takes what has not ended");
    let ended = holders(&[("one", "b"), ("two", "c")]);
    let expected = holders(&[("service", "b"), ("one", "b"), ("two", "c"), ("three", "c")]);
    assert_eq!(divide(&living, &ended), expected);
}

#[test]
fn ops_10_a_lease_goes_only_to_who_stands_for_it() {
    let mut candidates = standing(&["old"], &["service", "one"]);
    candidates.extend(standing(&["new"], &["service", "one", "two", "three"]));
    let division = divide(&candidates, &Holders::new());
    assert_eq!(division, holders(&[("service", "old"), ("one", "old"), ("two", "new"), ("three", "new")]));
}

/// Up to six replicas of which each stands for the same up to twelve leases, and any of the living and of two dead ones
/// holds some of them.
fn contest() -> impl Strategy<Value = (Vec<Candidate>, Holders)> {
    (1..=6_usize, 1..=12_usize).prop_flat_map(|(replicas, count)| {
        let holder = proptest::option::of(0..replicas + 2);
        proptest::collection::vec(holder, count).prop_map(move |held| {
            let leases: Vec<Arc<str>> = (0..count).map(|n| name(&format!("lease-{n:02}"))).collect();
            let candidates = (0..replicas)
                .map(|n| Candidate { holder: name(&format!("replica-{n}")), leases: leases.clone() })
                .collect();
            let held = leases.iter().zip(held).filter_map(|(lease, n)| Some((Arc::clone(lease), n?)));
            (candidates, held.map(|(lease, n)| (lease, name(&format!("replica-{n}")))).collect())
        })
    })
}

/// The largest and the smallest load of the living.
fn loads(candidates: &[Candidate], division: &Holders) -> (usize, usize) {
    let loads: Vec<usize> = candidates.iter().map(|candidate| load(division, &candidate.holder)).collect();
    (loads.iter().copied().max().unwrap(), loads.iter().copied().min().unwrap())
}

proptest! {
    #[test]
    fn ops_10_no_lease_is_left_over_and_no_two_replicas_differ_by_more_than_one((candidates, held) in contest()) {
        let division = divide(&candidates, &held);
        let living: BTreeSet<&Arc<str>> = candidates.iter().map(|candidate| &candidate.holder).collect();
        for lease in &candidates[0].leases {
            let locked = held.get(lease).is_some_and(|holder| !living.contains(holder));
            prop_assert_eq!(division.contains_key(lease), !locked, "{}", lease);
        }
        prop_assert!(division.values().all(|holder| living.contains(holder)));
        let (most, least) = loads(&candidates, &division);
        prop_assert!(most - least <= 1, "{most} and {least}");
        // At most its share, rounded up.
        prop_assert!(most <= candidates[0].leases.len().div_ceil(candidates.len()));
    }

    #[test]
    fn ops_10_a_division_that_is_carried_out_is_the_last_word((candidates, held) in contest()) {
        let division = divide(&candidates, &held);
        // What the dead hold still, the living cannot have yet.
        let locked = held.iter().filter(|(lease, _)| !division.contains_key(*lease));
        let after: Holders = locked.chain(&division).map(|(lease, holder)| (lease.clone(), holder.clone())).collect();
        prop_assert_eq!(&divide(&candidates, &after), &division, "nothing moves twice");
    }

    #[test]
    fn ops_10_what_is_given_back_finds_its_holder_and_nothing_else_moves((candidates, held) in contest()) {
        let division = divide(&candidates, &held);
        // For a moment the leases that change hands are free.
        let stays = |(lease, holder): &(&Arc<str>, &Arc<str>)| division.get(*lease).is_none_or(|next| next == *holder);
        let midway: Holders = held.iter().filter(stays).map(|(lease, holder)| (lease.clone(), holder.clone())).collect();
        let after = divide(&candidates, &midway);
        let (most, least) = loads(&candidates, &after);
        prop_assert!(most - least <= 1, "{most} and {least}");
        prop_assert_eq!(after.len(), division.len());
        prop_assert!(midway.iter().all(|(lease, holder)| after.get(lease).is_none_or(|next| next == holder)));
    }

    #[test]
    fn ops_10_the_order_of_the_rows_does_not_matter((candidates, held) in contest(), seed in any::<u64>()) {
        let mut turned = candidates.clone();
        let by = usize::try_from(seed % 6).unwrap() % turned.len();
        turned.rotate_left(by);
        prop_assert_eq!(divide(&turned, &held), divide(&candidates, &held));
    }

    #[test]
    fn ops_10_an_even_division_moves_nothing_when_somebody_restarts_his_row((candidates, held) in contest()) {
        let division = divide(&candidates, &held);
        let moved = |after: &Holders| {
            division.iter().filter(|(lease, holder)| after.get(*lease).is_some_and(|other| other != *holder)).count()
        };
        // Whoever misses a beat keeps what he has, and so do the others.
        for absent in 0..candidates.len() {
            let mut fewer = candidates.clone();
            fewer.remove(absent);
            prop_assert_eq!(moved(&divide(&fewer, &division)), 0);
        }
    }
}
