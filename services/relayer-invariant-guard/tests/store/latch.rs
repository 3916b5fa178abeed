//! Halts: durable, idempotent, never undone but by an approved release in a higher epoch.

use causeway_primitives::Scope;
use causeway_store::Error;
use relayer_invariant_guard::domain::{
    finding::Code,
    latch::{Cause, Halt, HaltId},
};
use uuid::Uuid;

use super::stand::{Stand, at, entry, halt};

#[tokio::test]
async fn grd_7_a_halt_is_durable_when_it_is_said_and_twice_is_once() {
    let stand = Stand::new("guard_latch").await;
    let violation = Halt { cause: Cause::Violation(Code::SupplyMismatch), ..halt(1, Scope::All, 0) };
    let child = Halt { parent: Some(violation.id), ..halt(2, Scope::Settlement, 0) };
    for one in [&violation, &child, &violation] {
        stand.store.insert_halt(one, "off by one token", "verdict:1").await.unwrap();
    }
    let latch = stand.store.read_latch().await.unwrap();
    assert_eq!(latch.active().collect::<Vec<_>>(), [&violation, &child]);
    let newest = stand.store.list_halts(None, 1).await.unwrap();
    assert_eq!((newest[0].halt.id, newest[0].reason.as_str()), (child.id, "off by one token"));
    assert_eq!(stand.store.list_halts(Some(child.id), 9).await.unwrap()[0].halt, violation);
}

#[tokio::test]
async fn grd_13_a_halt_needs_no_leader_and_no_record() {
    let stand = Stand::new("guard_latch_alone").await;
    stand.depose().await;
    // Somebody holds the head of the record and hangs: a halt does not wait for it.
    let mut other = stand.pool.begin().await.unwrap();
    sqlx::query("SELECT index FROM audit_head FOR UPDATE").execute(&mut *other).await.unwrap();
    stand.store.insert_halt(&halt(1, Scope::All, 0), "by hand", "operator:alice").await.unwrap();
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 1);
    other.rollback().await.unwrap();
}

#[tokio::test]
async fn grd_7_a_crash_between_the_latch_and_its_record_is_made_good() {
    let stand = Stand::new("guard_latch_crash").await;
    let latched = halt(7, Scope::All, 0);
    stand.store.insert_halt(&latched, "by hand", "operator:alice").await.unwrap();
    // The process died here. The next one finds what is missing, however often it dies in turn.
    for _ in 0..2 {
        let missing = stand.store.list_unrecorded_halts().await.unwrap();
        assert_eq!(missing[0].halt, latched);
    }
    let subject = Uuid::from_u128(latched.id.get()).to_string();
    stand.store.append_audit(&entry(&subject)).await.unwrap();
    assert_eq!(stand.store.list_unrecorded_halts().await.unwrap(), []);
}

#[tokio::test]
async fn grd_17_a_release_raises_the_epoch_and_only_the_leader_gives_it() {
    let stand = Stand::new("guard_release").await;
    let epoch = stand.store.take_epoch(&stand.leader).await.unwrap();
    stand.store.insert_halt(&halt(1, Scope::All, epoch), "by hand", "operator:alice").await.unwrap();
    let (id, resume) = (HaltId::new(1), Uuid::from_u128(9));
    let successor = stand.depose().await;
    let refused = stand.store.release_halt(&stand.leader, id, resume, at(1)).await.unwrap_err();
    assert!(matches!(refused, Error::Fenced { .. }), "{refused}");
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 1);

    let taken = stand.store.take_epoch(&successor).await.unwrap();
    let released = stand.store.release_halt(&successor, id, resume, at(1)).await.unwrap();
    assert_eq!((taken, released), (epoch + 1, epoch + 2));
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 0);
    assert!(stand.store.release_halt(&successor, id, resume, at(2)).await.is_err(), "once");
    assert_eq!(stand.store.get_epoch().await.unwrap(), released, "what failed has not counted");
}

/// A replica that does not lead knows no epoch, and asks nobody before it halts.
#[tokio::test]
async fn grd_13_a_halt_is_of_the_newest_epoch_that_its_replica_or_the_database_knows() {
    let stand = Stand::new("guard_latch_epoch").await;
    let epoch = stand.store.take_epoch(&stand.leader).await.unwrap();
    for (id, known) in [(1, 0), (2, epoch), (3, epoch + 5)] {
        stand.store.insert_halt(&halt(id, Scope::All, known), "by hand", "operator:alice").await.unwrap();
    }
    let latch = stand.store.read_latch().await.unwrap();
    let epochs: Vec<_> = latch.active().map(|halt| halt.epoch).collect();
    assert_eq!(epochs, [epoch, epoch, epoch + 5]);
}

#[tokio::test]
async fn grd_16_halts_and_releases_cannot_be_changed_or_removed() {
    let stand = Stand::new("guard_latch_tamper").await;
    stand.store.insert_halt(&halt(1, Scope::All, 0), "by hand", "operator:alice").await.unwrap();
    for sql in [
        "UPDATE halt SET scope = 'settlement'",
        "DELETE FROM halt",
        "TRUNCATE halt CASCADE",
        "DELETE FROM halt_release",
        "DELETE FROM checkpoint",
    ] {
        assert!(stand.tamper(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn grd_13_a_latch_that_cannot_be_read_is_an_error_and_not_an_empty_one() {
    let stand = Stand::new("guard_latch_unreadable").await;
    stand.store.insert_halt(&halt(1, Scope::All, 0), "by hand", "operator:alice").await.unwrap();
    stand.tamper("ALTER TABLE halt DISABLE TRIGGER ALL; UPDATE halt SET cause = 'NOTHING'").await.unwrap();
    assert!(matches!(stand.store.read_latch().await, Err(Error::Unreadable { column: "halt.cause" })));
    stand.tamper("ALTER TABLE halt RENAME TO elsewhere").await.unwrap();
    assert!(stand.store.read_latch().await.is_err());
}
