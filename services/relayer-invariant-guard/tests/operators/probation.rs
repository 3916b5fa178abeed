//! A resumed relayer: shorter leases and smaller caps until it has passed often enough, and back at the first halt.

use causeway_primitives::{B256, Scope};
use relayer_invariant_guard::{
    app::{Answer, Read, Standing},
    domain::{
        latch::Cause,
        lease::Request,
        resume::{Ending, Kind, Operator, Plan, State},
    },
};
use uuid::Uuid;

use super::stand::{Stand, cap};

fn person(name: &str) -> Operator {
    name.parse().unwrap()
}

/// Halted by hand, approved and validated.
async fn on_probation(label: &str) -> (Stand, Uuid) {
    let stand = Stand::new(label).await;
    stand.pass().await;
    let what = (Scope::All, Cause::Manual);
    let halt = stand.guard.halt_by_hand(Uuid::now_v7(), what, "looks odd", &person("alice")).await.unwrap();
    let plan = Plan { halt: halt.halt.id, evidence: B256::ZERO, kind: Kind::Resume, text: "looked".to_owned() };
    let row = stand.guard.propose_resume(plan.clone(), person("alice")).await.unwrap();
    for name in ["bob", "carol"] {
        let read = Read { plan: plan.hash(), evidence: B256::ZERO };
        stand.guard.approve_resume(row.id, person(name), read, "").await.unwrap();
    }
    stand.pass().await;
    stand.pass().await;
    assert_eq!(stand.guard.resume(row.id).await.unwrap().resume.state, State::Probation { passes: 0 });
    (stand, row.id)
}

async fn ask(stand: &Stand) -> Answer {
    let wish = Request { holder: "relayer-1".parse().unwrap(), scope: Scope::Settlement, known_epoch: 0 };
    stand.guard.acquire(&wish).await
}

#[tokio::test]
async fn grd_17_a_grant_on_probation_is_short_and_small_and_a_regular_one_comes_with_the_last_pass() {
    let (stand, _) = on_probation("guard_probation").await;
    assert!(ask(&stand).await.outcome.is_err(), "nothing has passed in the epoch of the release");
    stand.pass().await;
    let answer = ask(&stand).await;
    let lease = answer.outcome.unwrap();
    assert_eq!((answer.standing, answer.caps), (Standing::Probation, vec![cap(10)]));
    assert!(lease.ttl.as_secs() <= 5, "{:?}", lease.ttl);
    stand.pass().await;
    let answer = ask(&stand).await;
    assert_eq!((answer.standing, answer.caps), (Standing::Regular, vec![cap(1_000)]));
    assert!(answer.outcome.unwrap().ttl.as_secs() > 5);
}

#[tokio::test]
async fn grd_17_a_halt_by_another_replica_ends_the_probation_and_is_linked() {
    let (stand, resume) = on_probation("guard_probation_over").await;
    let before = stand.store.list_halts(None, 1).await.unwrap()[0].halt.id;
    let other = stand.standby().await;
    let what = (Scope::Settlement, Cause::Manual);
    let again = other.halt_by_hand(Uuid::now_v7(), what, "still odd", &person("dave")).await.unwrap();
    assert_eq!(again.halt.parent, Some(before));
    stand.pass().await;
    let state = stand.guard.resume(resume).await.unwrap().resume.state;
    assert_eq!(state, State::Ended(Ending::HaltedAgain(again.halt.id)));
    assert!(ask(&stand).await.outcome.is_err());
}

/// A new leader knows from the database what the one before it knew.
#[tokio::test]
async fn grd_17_probation_outlives_its_leader() {
    let (stand, resume) = on_probation("guard_probation_leader").await;
    let first = stand.leads.borrow().clone().unwrap();
    causeway_store::lease::release(&stand.pool, &first).await.unwrap();
    let (lease, holder) = (std::sync::Arc::from("guard"), std::sync::Arc::from("two"));
    let hour = std::time::Duration::from_secs(3_600);
    let second = causeway_store::lease::try_acquire(&stand.pool, &lease, &holder, hour).await.unwrap().unwrap();
    stand.leads.send_replace(Some(second));
    stand.pass().await;
    let answer = ask(&stand).await;
    assert_eq!((answer.outcome.is_ok(), answer.standing), (true, Standing::Probation));
    assert_eq!(stand.guard.resume(resume).await.unwrap().resume.state, State::Probation { passes: 1 });
}
