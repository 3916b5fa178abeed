//! Verdicts, their evidence and their checkpoints: all or nothing, and the same again years later.

use std::collections::BTreeMap;

use causeway_primitives::{B256, Timestamp};
use causeway_store::Error;
use relayer_invariant_guard::{
    adapters::store::NewVerdict,
    domain::{
        checkpoint::Checkpoint,
        evaluate::{Evaluation, Verdict, evaluate},
        evidence::{Approved, Books, Evidence, Seen},
        rules::Rules,
    },
};
use uuid::Uuid;

use super::stand::{Stand, at};

/// A bridge without chains passes when its books contradict nothing.
fn evidence(rules: &Rules, checkpoint: Option<Checkpoint>, batch: u64) -> Evidence {
    let books = Books { last_batch: Some((batch, B256::ZERO)), ..Books::default() };
    Evidence {
        taken_at: Timestamp::EPOCH,
        books: Seen::Known(books),
        chains: BTreeMap::new(),
        ledger: Vec::new(),
        adjustments: BTreeMap::new(),
        checkpoint,
        approved: Approved { rules: [rules.hash()].into(), ..Approved::default() },
    }
}

fn new<'a>(id: u128, rules: &'a Rules, evidence: &'a Evidence, evaluation: &'a Evaluation) -> NewVerdict<'a> {
    let id = Uuid::from_u128(id);
    NewVerdict { id, at: at(0), cause: "sweep", epoch: 1, took_ms: 7, rules, evidence, evaluation }
}

#[tokio::test]
async fn grd_16_a_stored_verdict_replays_to_the_same_bytes() {
    let stand = Stand::new("guard_verdict").await;
    let rules = Rules::default();
    stand.store.insert_genesis(&stand.leader, &Checkpoint::default(), at(0)).await.unwrap();
    let before = stand.store.find_checkpoint().await.unwrap();
    let evidence = evidence(&rules, before, 3);
    let evaluation = evaluate(&rules, &evidence);
    assert_eq!(evaluation.verdict, Verdict::Pass);
    let hash = stand.store.insert_verdict(&stand.leader, &new(1, &rules, &evidence, &evaluation)).await.unwrap();

    let mut row = stand.store.find_verdict(Uuid::from_u128(1)).await.unwrap().unwrap();
    assert_eq!((row.evidence_hash, row.replays().unwrap()), (hash, true));
    row.evaluation.pop();
    assert!(!row.replays().unwrap(), "a verdict that was tampered with");
    assert_eq!(stand.store.find_checkpoint().await.unwrap(), evaluation.checkpoint);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(1), "it is on the record");
}

#[tokio::test]
async fn grd_9_a_violation_makes_no_checkpoint() {
    let stand = Stand::new("guard_verdict_violation").await;
    let rules = Rules::default();
    let genesis = Checkpoint { last_batch: Some((5, B256::ZERO)), ..Checkpoint::default() };
    stand.store.insert_genesis(&stand.leader, &genesis, at(0)).await.unwrap();
    let evidence = evidence(&rules, Some(genesis.clone()), 4);
    let evaluation = evaluate(&rules, &evidence);
    assert!(matches!(evaluation.verdict, Verdict::Violation { .. }));
    stand.store.insert_verdict(&stand.leader, &new(1, &rules, &evidence, &evaluation)).await.unwrap();
    assert_eq!(stand.store.find_checkpoint().await.unwrap(), Some(genesis.clone()));
    let again = stand.store.insert_genesis(&stand.leader, &genesis, at(1)).await;
    assert!(again.is_err(), "a genesis is approved once");
}

#[tokio::test]
async fn grd_16_a_verdict_of_somebody_who_does_not_lead_leaves_nothing_behind() {
    let stand = Stand::new("guard_verdict_fence").await;
    let rules = Rules::default();
    stand.store.insert_genesis(&stand.leader, &Checkpoint::default(), at(0)).await.unwrap();
    let evidence = evidence(&rules, Some(Checkpoint::default()), 1);
    let evaluation = evaluate(&rules, &evidence);
    stand.depose().await;
    let refused = stand.store.insert_verdict(&stand.leader, &new(1, &rules, &evidence, &evaluation)).await;
    assert!(matches!(refused, Err(Error::Fenced { .. })));
    assert_eq!(stand.store.find_verdict(Uuid::from_u128(1)).await.unwrap(), None);
    assert_eq!(stand.store.find_checkpoint().await.unwrap(), Some(Checkpoint::default()));
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(0));
}
