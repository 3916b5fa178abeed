//! What follows a halt, whoever dies in between: record, evidence, investigations, timeline and report.

use causeway_primitives::{B256, Scope, Timestamp};
use causeway_testkit::wait::eventually;
use relayer_invariant_guard::{
    app::{Error, report},
    domain::{
        finding::Code,
        incident::{self, Decision, State},
        latch::{Cause, Halt, HaltId},
        resume::Operator,
    },
};
use uuid::Uuid;

use super::stand::Stand;

fn alice() -> Operator {
    "alice".parse().unwrap()
}

async fn halted(label: &str) -> (Stand, HaltId) {
    let stand = Stand::new(label).await;
    stand.pass().await;
    stand.violate().await;
    stand.fail().await;
    let halt = stand.store.list_halts(None, 1).await.unwrap()[0].halt.id;
    (stand, halt)
}

#[tokio::test]
async fn grd_9_the_operators_questions_are_answered_by_a_task_of_their_own_once() {
    let (stand, halt) = halted("guard_questions").await;
    assert_eq!(stand.guard.incident(halt).await.unwrap().investigations, [], "the sweep did not wait for them");
    // Two replicas, and again: each question has one answer.
    let other = stand.standby().await;
    stand.mend().await;
    stand.guard.follow_up_once().await.unwrap();
    other.follow_up_once().await.unwrap();
    let dossier = stand.guard.incident(halt).await.unwrap();
    let names: Vec<_> = dossier.investigations.iter().map(|found| found.name.as_str()).collect();
    let all = ["anchored_batches", "direction", "events", "operations", "proofs", "suspect_transactions"];
    assert_eq!(names, all);
    let batches = &dossier.investigations[0];
    assert_eq!(batches.summary, "the last 1 anchored batches, newest first");
    assert!(batches.rows.contains(r#""number":1"#), "{}", batches.rows);
    let markdown = report::markdown(&dossier);
    for part in ["CHECKPOINT_REGRESSION", "BATCH_FELL", "### anchored batches", "it holds", "| fired | guard |"] {
        assert!(markdown.contains(part), "{part}:\n{markdown}");
    }
}

#[tokio::test]
async fn grd_7_the_evidence_is_latched_with_the_halt_and_outlives_its_verdict() {
    let (stand, halt) = halted("guard_evidence").await;
    sqlx::raw_sql("DELETE FROM verdict").execute(stand.pool.executor()).await.unwrap();
    let dossier = stand.guard.incident(halt).await.unwrap();
    let known = dossier.evidence.unwrap();
    let snapshot = stand.guard.halt_evidence(halt).await.unwrap().unwrap();
    let digest: [u8; 32] =
        sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(snapshot.evidence)).into();
    assert_eq!(B256::from(digest), dossier.incident.halt.halt.evidence, "any other tool can check it");
    assert_eq!(known.evaluation.findings[0].code, Code::CheckpointRegression);
    assert_eq!(dossier.incident.verdict, Some(known.verdict));
    assert!(sqlx::raw_sql("DELETE FROM halt_evidence").execute(stand.pool.executor()).await.is_err());
}

/// The process died right after the latch was durable: nothing else of the sequence had happened.
#[tokio::test]
async fn grd_7_a_crash_behind_the_latch_loses_neither_record_nor_incident() {
    let stand = Stand::new("guard_crash_latch").await;
    let (id, cause) = (HaltId::new(Uuid::now_v7().as_u128()), Cause::Reported);
    let (evidence, at) = (B256::ZERO, Timestamp::from_secs(1_780_000_000).unwrap());
    let halt = Halt { id, scope: Scope::BatchCreation, cause, evidence, epoch: 0, at, parent: None };
    stand.store.insert_halt(&halt, "refused by the database", "report:1 of relayer-1").await.unwrap();

    let successor = stand.standby().await;
    successor.follow_up_once().await.unwrap();
    assert_eq!(stand.store.list_unrecorded_halts().await.unwrap(), []);
    let dossier = successor.incident(id).await.unwrap();
    assert_eq!((dossier.incident.state, dossier.investigations.len()), (State::Open, 6));
    assert!(dossier.evidence.is_none());
    assert!(report::markdown(&dossier).contains("it was halted on somebody's word"));
}

/// Somebody holds the record and the investigations: the halt is durable before either is written.
#[tokio::test]
async fn grd_7_neither_record_nor_investigation_delays_a_halt() {
    let stand = Stand::new("guard_undelayed").await;
    stand.pass().await;
    stand.violate().await;
    let mut other = stand.pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE audit_head, investigation, verdict").execute(&mut *other).await.unwrap();
    let guard = stand.guard.clone();
    let mut sweeping = tokio::task::JoinSet::new();
    sweeping.spawn(async move { guard.sweep("sweep").await });
    let halted = async || stand.store.read_latch().await.unwrap().active().next().is_some();
    eventually("a halt that waits for nobody", halted).await;
    other.rollback().await.unwrap();
    sweeping.join_all().await;
    stand.guard.follow_up_once().await.unwrap();
    assert!(stand.store.verify_audit(None).await.unwrap().is_ok());
}

#[tokio::test]
async fn grd_9_an_incident_is_taken_decided_mitigated_and_closed_in_that_order() {
    let (stand, halt) = halted("guard_timeline").await;
    let refused = stand.guard.decide_incident(halt, &alice(), "a bug", Decision::FixForward).await;
    assert!(matches!(refused, Err(Error::Incident(incident::Refused::NotAcknowledged))));
    let refused = stand.guard.post_mortem(halt, &alice(), "learnt").await;
    assert!(matches!(refused, Err(Error::Incident(incident::Refused::NotMitigated))));
    stand.guard.acknowledge(halt, &alice(), "").await.unwrap();
    stand.guard.acknowledge(halt, &"bob".parse().unwrap(), "me too").await.unwrap();
    stand.guard.decide_incident(halt, &alice(), "a clerk deleted rows", Decision::FixForward).await.unwrap();
    stand.guard.note(halt, &alice(), "restored from backup").await.unwrap();
    let leader = stand.leads.borrow().clone().unwrap();
    let at = Timestamp::from_secs(1_790_000_000).unwrap();
    stand.store.release_halt(&leader, halt, Uuid::from_u128(1), at).await.unwrap();
    assert_eq!(stand.guard.incident(halt).await.unwrap().incident.state, State::Mitigated);
    stand.guard.post_mortem(halt, &alice(), "clerks may not delete").await.unwrap();

    let dossier = stand.guard.incident(halt).await.unwrap();
    let kinds: Vec<_> = dossier.entries.iter().map(|entry| entry.kind.as_str()).collect();
    let order = ["acknowledged", "acknowledged", "root_cause", "decision", "note", "mitigated", "post_mortem"];
    assert_eq!(kinds, order);
    let incident = dossier.incident;
    assert_eq!((incident.state, incident.decision), (State::Closed, Some(Decision::FixForward)));
    assert_eq!(incident.acknowledged_by.as_deref(), Some("alice"), "the first one has it");
    let closed = stand.guard.list_incidents(Some(State::Closed), None, 10).await.unwrap();
    assert_eq!((closed.len(), stand.guard.list_incidents(Some(State::Open), None, 10).await.unwrap().len()), (1, 0));
    let recorded = stand.store.list_audit(0, 1_000).await.unwrap();
    assert_eq!(recorded.iter().filter(|row| row.kind == "incident").count(), order.len(), "each line is on the record");
    let nobody = stand.guard.note(HaltId::new(1), &alice(), "x").await;
    assert!(matches!(nobody, Err(Error::IncidentUnknown)));
}
