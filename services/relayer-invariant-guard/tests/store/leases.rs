//! Leases on their way out: the last look before one is sent is the database's.

use std::time::Duration;

use causeway_primitives::Scope;
use causeway_store::Error;
use relayer_invariant_guard::domain::{latch::HaltId, lease::Lease};
use uuid::Uuid;

use super::stand::{Stand, at, halt};

fn lease(scope: Scope, epoch: u64, sequence: u64) -> Lease {
    let (holder, ttl) = ("relayer-0".parse().unwrap(), Duration::from_secs(90));
    Lease { holder, scope, epoch, sequence, verdict: 1, ttl }
}

#[tokio::test]
async fn grd_13_each_leader_has_an_epoch_of_its_own_and_keeps_it() {
    let stand = Stand::new("guard_epoch").await;
    let first = stand.store.take_epoch(&stand.leader).await.unwrap();
    assert_eq!(stand.store.take_epoch(&stand.leader).await.unwrap(), first);
    let successor = stand.depose().await;
    assert_eq!(stand.store.take_epoch(&successor).await.unwrap(), first + 1);
    assert!(matches!(stand.store.take_epoch(&stand.leader).await, Err(Error::Fenced { .. })));
}

#[tokio::test]
async fn grd_13_a_leader_that_was_paused_cannot_grant_when_it_wakes_up() {
    let stand = Stand::new("guard_lease_fence").await;
    let epoch = stand.store.take_epoch(&stand.leader).await.unwrap();
    assert!(stand.store.insert_lease(&stand.leader, &lease(Scope::All, epoch, 1), at(0)).await.unwrap());
    stand.depose().await;
    let refused = stand.store.insert_lease(&stand.leader, &lease(Scope::All, epoch, 2), at(1)).await;
    assert!(matches!(refused, Err(Error::Fenced { .. })));
    assert_eq!(stand.store.list_leases().await.unwrap()[0].sequence, 1);
}

/// The decision was made before the other replica halted: the write finds out.
#[tokio::test]
async fn grd_13_a_halt_that_came_between_decision_and_grant_stops_the_grant() {
    let stand = Stand::new("guard_lease_halt").await;
    let epoch = stand.store.take_epoch(&stand.leader).await.unwrap();
    stand.store.insert_halt(&halt(1, Scope::BatchCreation, epoch), "by hand", "operator:alice").await.unwrap();
    let mut granted = Vec::new();
    for scope in Scope::EVERY {
        if stand.store.insert_lease(&stand.leader, &lease(scope, epoch, 1), at(0)).await.unwrap() {
            granted.push(scope);
        }
    }
    assert_eq!(granted, [Scope::Settlement, Scope::Tokenization], "neither what is halted nor all");

    let released = stand.store.release_halt(&stand.leader, HaltId::new(1), Uuid::from_u128(2), at(1)).await.unwrap();
    let old = stand.store.insert_lease(&stand.leader, &lease(Scope::All, epoch, 2), at(2)).await.unwrap();
    let new = stand.store.insert_lease(&stand.leader, &lease(Scope::All, released, 1), at(2)).await.unwrap();
    assert_eq!((old, new), (false, true), "the epoch of the release, and no older one");
}

#[tokio::test]
async fn grd_13_only_the_lease_that_is_given_back_is_forgotten() {
    let stand = Stand::new("guard_lease_back").await;
    let epoch = stand.store.take_epoch(&stand.leader).await.unwrap();
    let newer = lease(Scope::All, epoch, 2);
    stand.store.insert_lease(&stand.leader, &newer, at(0)).await.unwrap();
    stand.store.delete_lease(Scope::All, &newer.holder, epoch, 1).await.unwrap();
    assert_eq!(stand.store.list_leases().await.unwrap().len(), 1, "a message that comes late");
    stand.store.delete_lease(Scope::All, &newer.holder, epoch, 2).await.unwrap();
    assert_eq!(stand.store.list_leases().await.unwrap(), []);
}

#[tokio::test]
async fn grd_16_who_is_let_in_is_on_the_record_once_in_an_epoch_and_renewals_are_not() {
    let stand = Stand::new("guard_lease_record").await;
    let first = stand.store.take_epoch(&stand.leader).await.unwrap();
    for sequence in 1..=3 {
        assert!(stand.store.insert_lease(&stand.leader, &lease(Scope::All, first, sequence), at(0)).await.unwrap());
    }
    stand.store.delete_lease(Scope::All, &"relayer-0".parse().unwrap(), first, 3).await.unwrap();
    assert!(stand.store.insert_lease(&stand.leader, &lease(Scope::All, first, 4), at(1)).await.unwrap());
    let successor = stand.depose().await;
    let second = stand.store.take_epoch(&successor).await.unwrap();
    assert!(stand.store.insert_lease(&successor, &lease(Scope::All, second, 1), at(2)).await.unwrap());
    let record = stand.store.list_audit(0, 10).await.unwrap();
    let subjects: Vec<_> = record.iter().filter(|row| row.kind == "lease").map(|row| row.subject.as_str()).collect();
    assert_eq!(subjects, [format!("{first}/all/relayer-0"), format!("{second}/all/relayer-0")]);
    assert!(record[0].body.contains("may act (all)"), "{}", record[0].body);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(2));
}
