//! What time does to a lease, on a paused clock: every second here is exact.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use causeway_primitives::Scope;
use causeway_proto::guard::v1::{self as wire, LeaseRefusalReason, Operation, ReportViolationRequest};
use causeway_relayer_client::{Full, Lost, NotDone, Refused, Settings, Spend, Standing};
use tokio::time::{Instant, sleep};

use crate::scripted::{Running, Script, Scripted, every_scope, settings, spend};

const TTL: Duration = Duration::from_secs(90);
const GRANT: Script = Script::Grant { epoch: 1, ttl: TTL };

#[tokio::test(start_paused = true)]
async fn grd_13_a_silent_guard_stops_the_relayer_one_lease_after_the_last_request() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::Settlement]), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    guard.now(Script::Hang);
    let Standing::Granted { authority, .. } = running.relayer.standing(Scope::Settlement) else { panic!("granted") };

    tokio::time::sleep_until(authority.until - Duration::from_millis(1)).await;
    assert!(running.relayer.permit(Scope::Settlement, spend(1)).is_ok());
    tokio::time::sleep_until(authority.until).await;
    let refused = running.relayer.permit(Scope::Settlement, spend(1)).unwrap_err();
    assert_eq!(refused, Refused::Expired { scope: Scope::Settlement });
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_slow_answer_makes_a_lease_shorter_and_never_longer() {
    let after = Duration::from_millis(1_500);
    let guard = Scripted::new(Script::Slow { epoch: 1, ttl: Duration::from_secs(10), after });
    let before = Instant::now();
    let running = Running::start(settings([Scope::All]), std::slice::from_ref(&guard));
    running.granted(Scope::All).await;
    let Standing::Granted { authority, left, .. } = running.relayer.standing(Scope::All) else { panic!("granted") };
    assert_eq!(authority.until, before + Duration::from_secs(10), "counted from sending, not from the answer");
    assert_eq!(left, Duration::from_millis(8_500));
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_guard_that_is_not_sure_renews_nothing_and_revokes_nothing() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::All]), std::slice::from_ref(&guard));
    running.granted(Scope::All).await;
    let Standing::Granted { authority, .. } = running.relayer.standing(Scope::All) else { panic!("granted") };
    guard.now(Script::Refuse(LeaseRefusalReason::NoFreshPass));
    sleep(TTL - Duration::from_secs(1)).await;
    let Standing::Granted { authority: later, .. } = running.relayer.standing(Scope::All) else { panic!("granted") };
    assert_eq!(later.until, authority.until);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(running.relayer.standing(Scope::All), Standing::Refused(Refused::Expired { scope: Scope::All }));
    guard.now(GRANT);
    running.granted(Scope::All).await;
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_guard_that_cannot_read_its_own_halts_stops_the_relayer_at_once() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::All]), std::slice::from_ref(&guard));
    running.granted(Scope::All).await;
    guard.now(Script::Refuse(LeaseRefusalReason::LatchUnreadable));
    running.until(Scope::All, |standing| *standing == Standing::Refused(Refused::NoLease { scope: Scope::All })).await;
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_connected_relayer_knows_of_a_halt_within_a_second() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::Settlement]), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    let halted_at = Instant::now();
    guard.now(Script::Halted { scope: wire::Scope::All, epoch: 1 });
    running.until(Scope::Settlement, |standing| matches!(standing, Standing::Refused(Refused::Halted { .. }))).await;
    assert!(halted_at.elapsed() < Duration::from_secs(1), "{:?}", halted_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn grd_13_what_was_signed_before_the_halt_is_not_sent_after_it() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::Settlement]), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    let signed = running.relayer.permit(Scope::Settlement, spend(1)).unwrap().check().unwrap().seal(b"raw");
    assert_eq!(*signed.to_record(), b"raw", "the journal is written before");
    guard.now(Script::Halted { scope: wire::Scope::Settlement, epoch: 1 });
    running.until(Scope::Settlement, |standing| matches!(standing, Standing::Refused(_))).await;

    let sent = AtomicBool::new(false);
    let outcome = signed.broadcast(|_, _| async { sent.store(true, Ordering::SeqCst) }).await;
    assert!(matches!(outcome, Err(NotDone::NotBegun(Refused::Halted { .. }))), "{outcome:?}");
    assert!(!sent.into_inner());
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_request_that_is_under_way_when_its_lease_ends_is_given_up() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::Settlement]), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    guard.now(Script::Down);
    let signed = running.relayer.permit(Scope::Settlement, Spend::Nothing).unwrap().check().unwrap().seal(());
    let finished = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&finished);
    let outcome = signed
        .broadcast(|(), _| async move {
            sleep(TTL + Duration::from_secs(1)).await;
            seen.store(true, Ordering::SeqCst);
        })
        .await;
    assert!(matches!(outcome, Err(NotDone::OutcomeUnknown(Refused::Expired { .. }))), "{outcome:?}");
    assert!(!finished.load(Ordering::SeqCst));
}

/// A process that was stopped wakes up in the middle of its work and not at its timers: the work itself must find out.
#[tokio::test(start_paused = true)]
async fn grd_13_work_that_wakes_up_after_its_lease_does_not_take_another_step() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::Settlement]), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    guard.now(Script::Down);
    let permit = running.relayer.permit(Scope::Settlement, Spend::Nothing).unwrap();
    let steps = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = Arc::clone(&steps);
    let outcome = permit
        .perform(|_| async move {
            counted.fetch_add(1, Ordering::SeqCst);
            // The clock jumps as it does for a process that was stopped, and the work is ready at once.
            tokio::time::advance(TTL).await;
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .await;
    assert!(matches!(outcome, Err(NotDone::OutcomeUnknown(Refused::Expired { .. }))), "{outcome:?}");
    assert_eq!(steps.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_renewal_carries_work_that_is_under_way() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings([Scope::Settlement]), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    let permit = running.relayer.permit(Scope::Settlement, Spend::Nothing).unwrap();
    let outcome = permit.perform(|authority| async move { (sleep(TTL * 3).await, authority.epoch) }).await;
    assert_eq!(outcome, Ok(((), 1)));
}

#[tokio::test(start_paused = true)]
async fn grd_13_the_other_replica_is_asked_when_one_is_down_hangs_or_does_not_lead() {
    for silent in [Script::Down, Script::Hang, Script::Confused, Script::Refuse(LeaseRefusalReason::NotLeader)] {
        let (first, second) = (Scripted::new(silent.clone()), Scripted::new(GRANT));
        let running = Running::start(settings([Scope::All]), &[first.clone(), second.clone()]);
        running.granted(Scope::All).await;
        let (before, asked) = (first.asked(), second.asked());
        sleep(Duration::from_secs(10)).await;
        assert_eq!(first.asked(), before, "{silent:?}: the one that spoke last is asked first");
        assert!(second.asked() >= asked + 15, "twice a second");
    }
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_leader_that_was_succeeded_cannot_grant() {
    let guard = Scripted::new(Script::Grant { epoch: 4, ttl: TTL });
    let running = Running::start(settings([Scope::All]), std::slice::from_ref(&guard));
    running.granted(Scope::All).await;
    guard.now(Script::Grant { epoch: 3, ttl: TTL });
    sleep(TTL).await;
    assert_eq!(running.relayer.standing(Scope::All), Standing::Refused(Refused::Expired { scope: Scope::All }));
    assert_eq!(guard.seen.borrow().acquires.last().unwrap().known_epoch, 4, "it is told what is known");
}

#[tokio::test(start_paused = true)]
async fn grd_13_stopping_permits_nothing_more_and_gives_the_leases_back() {
    let guard = Scripted::new(GRANT);
    let running = Running::start(settings(every_scope()), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    running.granted(Scope::BatchCreation).await;
    let permit = running.relayer.permit(Scope::Settlement, spend(1)).unwrap();
    running.stop.cancel();
    running.worker.await.unwrap();
    assert_eq!(permit.check().unwrap_err(), Refused::Stopping);
    let scopes: Vec<_> = guard.seen.borrow().releases.iter().map(|release| release.scope()).collect();
    assert_eq!(scopes, [wire::Scope::BatchCreation, wire::Scope::Settlement]);
}

#[tokio::test(start_paused = true)]
async fn grd_4_a_violation_is_delivered_however_long_the_guard_is_away_and_its_halt_is_obeyed() {
    let guard = Scripted::new(Script::Down);
    let running = Running::start(settings(every_scope()), std::slice::from_ref(&guard));
    let kind = wire::ViolationKind::UniqueConstraint.into();
    let violation = ReportViolationRequest { report_id: "r".into(), kind, ..Default::default() };
    running.relayer.report_violation(violation).unwrap();
    sleep(Duration::from_secs(3_600)).await;
    guard.now(GRANT);
    running.until(Scope::BatchCreation, |standing| matches!(standing, Standing::Refused(Refused::Halted { .. }))).await;
    running.granted(Scope::Settlement).await;
    assert_eq!(guard.seen.borrow().violations[0].holder, "relayer-0");
    assert_eq!(running.relayer.lost_reports(), Lost::default());
}

#[tokio::test(start_paused = true)]
async fn grd_6_reports_never_make_the_relayer_wait_and_what_is_lost_is_counted() {
    let guard = Scripted::new(Script::Down);
    let settings = Settings { report_queue: 10, ..settings([Scope::All]) };
    let running = Running::start(settings, std::slice::from_ref(&guard));
    let outcomes: Vec<_> = (0..15).map(|_| running.relayer.report(Operation::default())).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Full)).count(), 5);
    assert_eq!(running.relayer.lost_reports().operations, 5);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(running.relayer.lost_reports().operations, 15, "given up after some offers");
    guard.now(GRANT);
    running.relayer.report(Operation { operation_id: "o".into(), ..Default::default() }).unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(guard.seen.borrow().operations[0].operations[0].operation_id, "o");
}
