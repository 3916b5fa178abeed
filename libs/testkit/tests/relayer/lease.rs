//! Under a guard: the relayer acts while it has a lease and not a moment longer, and tells what it does.

use std::time::Duration;

use causeway_proto::guard::v1::{OperationKind, Scope, ViolationKind};
use causeway_testkit::{
    bridge::{Arrival, End, Role, Witness},
    relayer::{ClearanceSettings, Constraint, Entry, Faults, Misdeed, Running, Settings, Spoil},
    wait::eventually,
};

use crate::{
    guard::{Guard, Script},
    support::{Stand, binary, whole},
};

/// A stand whose relayer obeys a guard that grants leases of this length.
pub(crate) async fn guarded(ttl: Duration) -> (Stand, Guard) {
    let mut stand = Stand::new().await;
    let guard = Guard::start(ttl).await;
    stand.settings = Settings {
        clearance: ClearanceSettings::Guarded {
            guards: vec![guard.address.clone()],
            latch: None,
            renew_every_ms: 50,
            call_timeout_ms: 500,
        },
        ..stand.settings
    };
    (stand, guard)
}

const LONG: Duration = Duration::from_secs(60);

async fn is_cleared(running: &Running) -> bool {
    running.status().await.unwrap().clearance.iter().all(|scope| scope.refused.is_none())
}

pub(crate) async fn cleared(running: &Running) {
    eventually("leases for both scopes", async || is_cleared(running).await).await;
}

pub(crate) async fn refused(running: &Running) {
    eventually("no lease for anything", async || {
        running.status().await.unwrap().clearance.iter().all(|scope| scope.refused.is_some())
    })
    .await;
}

/// How much later than it left a transaction may be seen to arrive, on a machine that compiles on every core. Frozen
/// relayers sleep for longer than this beyond their lease.
pub(crate) const SLACK: Duration = Duration::from_millis(250);

/// What a witness saw arrive after the lease under which the journal says that it was sent.
pub(crate) fn late_arrivals(witness: &Witness, journal: &[Entry]) -> Vec<Arrival> {
    let slack = u64::try_from(SLACK.as_nanos()).unwrap();
    let under = |arrival: &Arrival| journal.iter().rfind(|entry| entry.tx_hash == arrival.tx_hash).unwrap().lease;
    let is_late = |arrival: &Arrival| under(arrival).unwrap().ends_nanos + slack < arrival.monotonic_nanos;
    witness.arrivals().into_iter().filter(is_late).collect()
}

pub(crate) fn late(journal: &[Entry]) -> Vec<&Entry> {
    journal.iter().filter(|entry| entry.is_late() || entry.lease.is_none() || entry.rogue).collect()
}

#[tokio::test]
async fn grd_13_every_broadcast_stands_under_a_lease_and_without_one_nothing_moves() {
    let (stand, guard) = guarded(Duration::from_millis(700)).await;
    let running = stand.start().await;
    cleared(&running).await;
    stand.world.deposit(1).await.unwrap();
    assert_eq!(stand.settle(&running).await.claimed, 1);

    guard.now(Script::Down);
    refused(&running).await;
    let before = running.journal().unwrap();
    stand.world.deposit(2).await.unwrap();
    for _ in 0..3 {
        let cycle = stand.step(&running).await;
        assert_eq!((cycle.batches, cycle.anchored, cycle.claimed), (0, 0, 0));
    }
    assert_eq!(running.journal().unwrap(), before, "silence stops it");

    guard.now(Script::Grant);
    cleared(&running).await;
    assert_eq!(stand.settle(&running).await.claimed, 1, "and a new pass lets it go on");
    let journal = running.journal().unwrap();
    assert_eq!((journal.len(), late(&journal).len()), (4, 0), "{journal:?}");
    assert_eq!(stand.discrepancies().await, []);
}

#[tokio::test]
async fn grd_13_a_halt_of_settlement_leaves_batches_alone_and_only_a_higher_epoch_ends_it() {
    let (stand, guard) = guarded(LONG).await;
    let running = stand.start().await;
    cleared(&running).await;
    guard.halt(Scope::Settlement);
    eventually("the halt is known", async || !is_cleared(&running).await).await;
    stand.world.deposit(1).await.unwrap();
    let cycle = stand.step(&running).await;
    assert_eq!((cycle.batches, cycle.anchored, cycle.claimed), (1, 1, 0));
    assert!(cycle.held_up.is_some_and(|words| words.contains("settlement is halted")));
    guard.release();
    cleared(&running).await;
    assert_eq!(stand.settle(&running).await.claimed, 1);
    let epochs: Vec<_> = running.journal().unwrap().iter().map(|entry| entry.lease.unwrap().epoch).collect();
    assert_eq!(epochs, [1, 2]);
}

#[tokio::test]
async fn grd_13_a_relayer_that_was_frozen_beyond_its_lease_sends_nothing_when_it_wakes_up() {
    let (mut stand, guard) = guarded(Duration::from_millis(400)).await;
    let witness = Witness::start(stand.world.destination.url()).await.unwrap();
    stand.settings.destination.url = witness.url().to_owned();
    let running = Running::start(binary(), &stand.settings).await.unwrap();
    for round in 0..8_u64 {
        guard.now(Script::Grant);
        cleared(&running).await;
        for _ in 0..4 {
            stand.world.deposit(1).await.unwrap();
        }
        stand.world.mine(3).await.unwrap();
        // Another moment of the work in each round: the waiting is the test, not a way to synchronise.
        tokio::time::sleep(Duration::from_millis(10 + 17 * round)).await;
        running.freeze().unwrap();
        guard.now(Script::Down);
        tokio::time::sleep(Duration::from_millis(400) + 2 * SLACK).await;
        running.thaw().unwrap();
        refused(&running).await;
    }
    guard.now(Script::Grant);
    running.pause().await.unwrap();
    cleared(&running).await;
    stand.settle(&running).await;
    let journal = running.journal().unwrap();
    assert_eq!(late(&journal), Vec::<&Entry>::new());
    assert_eq!(late_arrivals(&witness, &journal), []);
    assert!(witness.arrivals().len() >= 32, "{}", witness.arrivals().len());
    assert_eq!(stand.discrepancies().await, []);
    assert_eq!(stand.world.books().await.unwrap().in_flight_in(), 0);
}

#[tokio::test]
async fn grd_13_a_rogue_holder_of_the_key_is_seen_in_the_journal_and_a_theft_too() {
    let (stand, guard) = guarded(LONG).await;
    let running = stand.start().await;
    guard.halt(Scope::All);
    refused(&running).await;
    stand.world.deposit(1).await.unwrap();
    running.misbehave(Misdeed::Faults(Faults { ignore_lease: true, ..Faults::default() })).await.unwrap();
    assert_eq!(stand.settle(&running).await.claimed, 1, "no guard stops who does not ask");
    running.misbehave(Misdeed::Faults(Faults::default())).await.unwrap();
    running.misbehave(Misdeed::Steal { amount: whole(1) }).await.unwrap();
    let journal = running.journal().unwrap();
    assert_eq!((journal.len(), late(&journal).len()), (3, 3));
    let thief = stand.world.account(Role::Thief);
    let stolen = stand.world.bridge.locked_balance(thief, causeway_testkit::bridge::At::Latest).await.unwrap();
    assert_eq!(stolen, whole(1));
}

#[tokio::test]
async fn grd_13_more_than_a_lease_allows_is_not_moved() {
    let (stand, guard) = guarded(LONG).await;
    guard.cap(whole(5));
    let running = stand.start().await;
    cleared(&running).await;
    stand.world.deposit(6).await.unwrap();
    let cycle = stand.step(&running).await;
    assert_eq!((cycle.anchored, cycle.claimed), (1, 0));
    assert!(cycle.held_up.is_some_and(|words| words.contains("one operation may move")));
}

#[tokio::test]
async fn grd_6_the_guard_is_told_what_was_done_and_leases_are_given_back_at_the_end() {
    let (stand, guard) = guarded(LONG).await;
    let running = stand.start().await;
    cleared(&running).await;
    stand.world.deposit(2).await.unwrap();
    stand.settle(&running).await;
    stand.world.burn(1).await.unwrap();
    stand.settle(&running).await;
    let kinds = || -> Vec<OperationKind> { guard.operations().iter().map(|operation| operation.kind()).collect() };
    eventually("everything was told", async || kinds().contains(&OperationKind::WithdrawalClaimed)).await;
    let counted = |kind| kinds().iter().filter(|one| **one == kind).count();
    assert_eq!(counted(OperationKind::BatchCreated), 2);
    assert_eq!(counted(OperationKind::BatchAnchored), 2);
    assert_eq!(counted(OperationKind::Minted), 1);
    assert_eq!(counted(OperationKind::ProofVerified), 2);
    assert_eq!(counted(OperationKind::Broadcast), 4);
    assert!(counted(OperationKind::IndexCycle) > 2);
    let mint = guard.operations().into_iter().find(|operation| operation.kind() == OperationKind::Minted).unwrap();
    assert_eq!((mint.chain_id, mint.asset.as_str(), mint.epoch), (1_337, "sigil", 1));
    assert_eq!(mint.amount.unwrap().value, whole(2).to_string());
    assert!(mint.gas_used > 0 && mint.gas_estimated > 0 && mint.duration.is_some());
    let cycles = guard.operations().into_iter().filter(|operation| operation.kind() == OperationKind::IndexCycle);
    assert_eq!(cycles.map(|cycle| cycle.count).sum::<u64>(), 1, "one deposit was indexed");
    assert!(counted(OperationKind::ChainCall) > 2);
    assert!(running.terminate(Duration::from_secs(20)).await.unwrap().success());
    assert_eq!(guard.released(), 2);
}

#[tokio::test]
async fn grd_4_a_broken_uniqueness_a_rejected_proof_and_a_nonce_out_of_step_are_told_at_once() {
    let (stand, guard) = guarded(LONG).await;
    let running = stand.start().await;
    cleared(&running).await;
    stand.world.deposit(1).await.unwrap();
    stand.settle(&running).await;
    running.misbehave(Misdeed::ReplayBatch { same: Constraint::Root }).await.unwrap();
    let end = End::Destination;
    running.misbehave(Misdeed::Spoil { end, how: Spoil::Rejects }).await.unwrap();
    stand.world.deposit(1).await.unwrap();
    stand.step(&running).await;
    running.misbehave(Misdeed::ReuseNonce { end }).await.unwrap();
    eventually("three violations", async || guard.violations().len() >= 3).await;
    let told = guard.violations();
    let kinds: Vec<_> = told.iter().map(|violation| violation.kind()).collect();
    assert_eq!(kinds, [ViolationKind::UniqueConstraint, ViolationKind::ProofRejected, ViolationKind::NonceDesync]);
    assert_eq!(told[0].constraint, "settlement_batch_merkle_root_key");
    assert_eq!((told[0].batch_number, told[1].batch_number), (Some(2), Some(2)));
}
