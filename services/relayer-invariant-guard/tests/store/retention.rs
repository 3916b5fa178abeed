//! What goes and what stays: by age, in batches, by the leader; and what the running service may not do at all.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{B256, Scope, Timestamp};
use causeway_store::{
    Error, Metrics, Pool, Settings,
    upkeep::{Order, archive, restore},
};
use relayer_invariant_guard::{
    adapters::store::{About, KEPT, Kept, LogLine, NewVerdict, Operation, Store},
    domain::{
        checkpoint::Checkpoint,
        evaluate::{Evaluation, Verdict, evaluate},
        evidence::{Approved, Books, Evidence, Seen},
        finding::Reason,
        latch::Halt,
        rules::Rules,
    },
};
use serde_json::json;
use uuid::Uuid;

use super::stand::{Stand, at, halt};

const DAY: u64 = 86_400;

fn kept() -> Kept {
    let days = |days: u64| Duration::from_secs(days * DAY);
    Kept { passes: days(30), others: days(90), operations: days(30), log_lines: days(90) }
}

/// A verdict made so many days after the first one; without a checkpoint it is Indeterminate.
async fn verdict(stand: &Stand, day: u64) -> (Uuid, B256) {
    let rules = Rules::default();
    let evidence = Evidence {
        taken_at: at(day * DAY),
        books: Seen::Known(Books { last_proof: day, ..Books::default() }),
        chains: BTreeMap::new(),
        ledger: Vec::new(),
        adjustments: BTreeMap::new(),
        checkpoint: None,
        approved: Approved::default(),
    };
    let evaluation: Evaluation = evaluate(&rules, &evidence);
    assert_eq!(evaluation.verdict, Verdict::Indeterminate { reason: Reason::NoBaseline });
    let id = Uuid::now_v7();
    let (at, cause) = (at(day * DAY), "sweep");
    let new =
        NewVerdict { id, at, cause, epoch: 1, took_ms: 1, rules: &rules, evidence: &evidence, evaluation: &evaluation };
    (id, stand.store.insert_verdict(&stand.leader, &new).await.unwrap())
}

async fn removed(stand: &Stand, day: u64) -> u64 {
    stand.store.remove_old(&stand.leader, &kept(), at(day * DAY)).await.unwrap()
}

#[tokio::test]
async fn grd_12_verdicts_go_after_their_time_but_not_the_newest_and_not_what_a_halt_rests_on() {
    let stand = Stand::new("guard_retention").await;
    let (old, _) = verdict(&stand, 0).await;
    let (pinned, evidence) = verdict(&stand, 1).await;
    let (young, _) = verdict(&stand, 80).await;
    let rests = Halt { evidence, ..halt(1, Scope::All, 0) };
    stand.store.insert_halt(&rests, "off by one", &format!("verdict:{pinned}")).await.unwrap();
    assert_eq!(removed(&stand, 89).await, 0, "GRD-12: 90 days");
    assert_eq!(removed(&stand, 100).await, 1);
    let there = async |id| stand.store.find_verdict(id).await.unwrap().is_some();
    assert_eq!((there(old).await, there(pinned).await, there(young).await), (false, true, true));
    assert_eq!(removed(&stand, 1_000).await, 0, "the newest is what pages show");
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(3), "the record is never cut");
}

#[tokio::test]
async fn grd_12_log_lines_and_operations_go_after_their_time_and_totals_stay() {
    let stand = Stand::new("guard_retention_rows").await;
    let line = |day: u64, message: &str| LogLine {
        at: at(day * DAY),
        level: "error",
        instance: "guard-0".to_owned(),
        target: "guard".to_owned(),
        message: message.to_owned(),
        fields: json!({ "halt_id": "1" }),
    };
    stand.store.insert_log_lines(&[line(0, "old"), line(60, "young")]).await.unwrap();
    let operation = |day: u64| Operation {
        id: Uuid::now_v7(),
        kind: "minted",
        outcome: "succeeded",
        at: at(day * DAY),
        duration: None,
        things: 2,
        epoch: 1,
        sequence: 1,
        about: About { amount: Some(causeway_primitives::U256::MAX), ..About::default() },
    };
    stand.store.insert_operations(&"relayer-1".parse().unwrap(), &[operation(0), operation(90)]).await.unwrap();
    assert_eq!(removed(&stand, 100).await, 2);
    let lines = stand.store.list_log_lines(10).await.unwrap();
    assert_eq!(lines, [line(60, "young")]);
    let operations = stand.store.list_recent_operations(10).await.unwrap();
    assert_eq!(operations.len(), 1);
    assert_eq!(operations[0]["amount"], causeway_primitives::U256::MAX.to_string(), "78 digits, exactly");
    let totals = stand.store.list_operation_totals().await.unwrap();
    assert_eq!((totals[0].good, totals[0].things), (2, 4), "counters never fall");
}

#[tokio::test]
async fn grd_12_whoever_does_not_lead_removes_nothing() {
    let stand = Stand::new("guard_retention_leader").await;
    stand.depose().await;
    let refused = stand.store.remove_old(&stand.leader, &kept(), at(0)).await;
    assert!(matches!(refused, Err(Error::Fenced { .. })));
}

#[tokio::test]
async fn grd_16_the_role_of_the_running_service_adds_facts_and_changes_none_even_without_the_trigger() {
    let stand = Stand::new("guard_role").await;
    stand.store.insert_genesis(&stand.leader, &Checkpoint::default(), Timestamp::EPOCH).await.unwrap();
    let (name, url) = stand.role("runner").await;
    sqlx::query("SELECT guard_grant($1)").bind(&name).execute(stand.pool.executor()).await.unwrap();
    let pool = Pool::open(&Settings::new(url.into(), "guard"), Metrics::default()).unwrap();
    let store = Store::new(pool.clone());
    // Everything that the service does, it may.
    let epoch = store.take_epoch(&stand.leader).await.unwrap();
    let latched = halt(1, Scope::All, epoch);
    store.insert_halt(&latched, "by hand", "operator:alice").await.unwrap();
    store.append_audit(&super::stand::entry("1")).await.unwrap();
    store.release_halt(&stand.leader, latched.id, Uuid::from_u128(1), at(1)).await.unwrap();
    store.remove_old(&stand.leader, &kept(), at(0)).await.unwrap();

    stand.tamper("ALTER TABLE audit DISABLE TRIGGER ALL; ALTER TABLE halt DISABLE TRIGGER ALL").await.unwrap();
    for sql in [
        "UPDATE audit SET actor = 'mallory'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM halt",
        "UPDATE halt SET scope = 'settlement'",
        "DELETE FROM halt_release",
        "UPDATE checkpoint SET sequence = 9",
        "DELETE FROM incident_entry",
        "ALTER TABLE audit ENABLE TRIGGER ALL",
    ] {
        assert!(sqlx::raw_sql(sql).execute(pool.executor()).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn ops_5_verdicts_go_into_files_as_they_would_go_and_come_back_to_be_replayed() {
    let stand = Stand::new("guard_files").await;
    let folder = tempfile::tempdir().unwrap();
    let (old, _) = verdict(&stand, 0).await;
    let (pinned, evidence) = verdict(&stand, 1).await;
    let (young, _) = verdict(&stand, 80).await;
    let rests = Halt { evidence, ..halt(1, Scope::All, 0) };
    stand.store.insert_halt(&rests, "off by one", &format!("verdict:{pinned}")).await.unwrap();
    let before = stand.store.find_verdict(old).await.unwrap();

    let order = Order { at: at(400 * DAY), age: None, into: folder.path().into() };
    let taken = archive(&stand.pool, KEPT, &order).await.unwrap();
    assert_eq!(taken.iter().map(|one| one.rows()).collect::<Vec<_>>(), [1, 0, 0], "a year, as it did not pass");
    let there = async |id| stand.store.find_verdict(id).await.unwrap().is_some();
    assert_eq!((there(old).await, there(pinned).await, there(young).await), (false, true, true));
    assert_eq!(removed(&stand, 1_000).await, 0, "nothing goes that is in no file");

    assert_eq!(restore(&stand.pool, KEPT, &taken[0].files[0].0).await.unwrap(), 1);
    assert_eq!(stand.store.find_verdict(old).await.unwrap(), before, "evidence and evaluation to the byte");
}
