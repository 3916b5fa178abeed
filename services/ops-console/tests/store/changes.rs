//! Changes and their record in the database.

use std::time::Duration;

use causeway_store::{Error, outbox::backlog};
use ops_console::{
    adapters::store::{Changes, Step, Which},
    domain::{
        change::{Change, Event, Look, State, Terms, catalogue::find, expect::Verdict, next, plan::Plan},
        maintenance::{Notice, Window},
    },
};
use uuid::Uuid;

use super::stand::{Stand, at};

fn proposal() -> Change {
    let exclude = find("source.exclude").unwrap();
    let values = [("source_id".to_owned(), "kraken-eur-usd".to_owned())].into_iter().collect();
    Change {
        plan: Plan::of(exclude, values, "it looks frozen").unwrap(),
        proposer: "anna".to_owned(),
        proposed_at: at(0),
        terms: Terms { approvals: 1, expires_at: at(900), validate_within: exclude.within },
        approvals: Vec::new(),
        state: State::Proposed,
        look: None,
        doer: None,
        due_at: None,
        outcome: String::new(),
    }
}

fn step(kind: &'static str, seconds: u64) -> Step<'static> {
    Step { kind, actor: "anna", at: at(seconds) }
}

fn checked(change: &Change) -> Change {
    let look = Look { verdict: Verdict::Holds, words: "the source is healthy".to_owned(), at: at(1) };
    next(change, &Event::Checked(look), at(1)).unwrap().unwrap()
}

#[tokio::test]
async fn ops_4_a_change_comes_back_as_it_was_filed_and_moves_by_whoever_read_it_last() {
    let stand = Stand::new("change").await;
    let changes = Changes::new(stand.store.clone(), vec!["change-hook:tickets".to_owned()]);
    let (id, change) = (Uuid::new_v4(), proposal());
    let filed = changes.insert_change(id, &change, step("proposed", 0)).await.unwrap();
    assert_eq!(changes.find_change(id).await.unwrap(), Some(filed.clone()));
    let again = changes.insert_change(id, &change, step("proposed", 5)).await.unwrap();
    assert_eq!(again, filed, "the same again is the same change");

    let after = checked(&change);
    let moved = changes.advance_change(&filed, &after, step("checked", 1), None).await.unwrap().unwrap();
    assert_eq!((moved.revision, changes.find_change(id).await.unwrap()), (2, Some(moved.clone())));
    let late = changes.advance_change(&filed, &after, step("checked", 2), None).await.unwrap();
    assert_eq!(late, None, "somebody was quicker");
    assert_eq!(changes.list_changes(Which::Open, 10).await.unwrap().changes, [moved]);

    let record = stand.store.list_audit(0, Some(&id.to_string()), 10).await.unwrap();
    let kinds: Vec<&str> = record.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["change.proposed", "change.checked"], "one line for each step that was");
    assert!(record[1].body.contains("\"state\":\"checked\""), "{}", record[1].body);
    assert_eq!(stand.store.verify_audit(1, None).await.unwrap(), Ok(2));
    assert_eq!(backlog(stand.pool(), "change-hook:tickets").await.unwrap().pending, 2, "told in the same transaction");
}

#[tokio::test]
async fn ops_10_what_the_machine_does_is_fenced_by_the_lease_and_leaves_no_line() {
    let stand = Stand::new("change_fence").await;
    let changes = Changes::new(stand.store.clone(), Vec::new());
    let filed = changes.insert_change(Uuid::new_v4(), &proposal(), step("proposed", 0)).await.unwrap();
    stand.depose().await;
    let moved = changes.advance_change(&filed, &checked(&filed.change), step("checked", 1), Some(&stand.leader)).await;
    assert!(matches!(moved, Err(Error::Fenced { .. })), "{moved:?}");
    assert_eq!(stand.store.audit_head().await.unwrap().index, 1);
}

#[tokio::test]
async fn ops_4_a_line_of_the_record_is_never_changed_and_one_that_was_is_found() {
    let stand = Stand::new("change_record").await;
    let changes = Changes::new(stand.store.clone(), Vec::new());
    for _ in 0..3 {
        changes.insert_change(Uuid::new_v4(), &proposal(), step("proposed", 0)).await.unwrap();
    }
    assert!(stand.sql("UPDATE audit SET actor = 'bert' WHERE index = 2").await.is_err(), "append-only");
    stand.sql("ALTER TABLE audit DISABLE TRIGGER audit_is_append_only").await.unwrap();
    stand.sql("UPDATE audit SET actor = 'bert' WHERE index = 2").await.unwrap();
    assert_eq!(stand.store.verify_audit(1, None).await.unwrap(), Err(2));
}

#[tokio::test]
async fn ops_4_a_plan_that_was_changed_in_the_database_is_not_read() {
    let stand = Stand::new("change_plan").await;
    let changes = Changes::new(stand.store.clone(), Vec::new());
    let filed = changes.insert_change(Uuid::new_v4(), &proposal(), step("proposed", 0)).await.unwrap();
    stand.sql("UPDATE change SET parameters = '{\"source_id\": \"binance-eur-usd\"}'").await.unwrap();
    let read = changes.find_change(filed.id).await;
    assert!(matches!(read, Err(Error::Unreadable { column: "change.plan_hash" })), "{read:?}");
    let own = stand.sql("UPDATE change SET approvals = '{anna}'").await;
    assert!(own.is_err(), "and the proposer's approval is no row");
}

#[tokio::test]
async fn ops_5_a_notice_is_told_once_by_whoever_leads() {
    let stand = Stand::new("notice").await;
    let changes = Changes::new(stand.store.clone(), vec!["change-hook:chat".to_owned()]);
    let window = Window {
        from: at(86_400),
        until: at(90_000),
        services: ["ccip-monitor".to_owned()].into_iter().collect(),
        alerts: std::collections::BTreeSet::new(),
        reason: "new disks".to_owned(),
        closed_at: None,
    };
    let id = Uuid::new_v4();
    for _ in 0..2 {
        stand.store.insert_window(id, &window).await.unwrap();
    }
    assert_eq!(stand.store.list_windows(at(0)).await.unwrap(), [(id, window.clone())]);
    let tell = || changes.tell_notice(&stand.leader, (id, &window), Notice::Day, at(7));
    assert!(tell().await.unwrap());
    assert!(!tell().await.unwrap(), "once");
    assert_eq!(stand.store.list_notices(id).await.unwrap().into_iter().collect::<Vec<_>>(), [(Notice::Day, at(7))]);
    assert_eq!(backlog(stand.pool(), "change-hook:chat").await.unwrap().pending, 1);
    assert!(stand.store.close_window(id, at(9)).await.unwrap());
    assert!(!stand.store.close_window(id, at(10)).await.unwrap());
    assert_eq!(stand.store.find_window(id).await.unwrap().unwrap().closed_at, Some(at(9)));
    stand.depose().await;
    assert!(changes.tell_notice(&stand.leader, (id, &window), Notice::Hour, at(8)).await.is_err());
    assert!(stand.store.list_windows(at(90_000).after(Duration::from_secs(1))).await.unwrap().is_empty());
}
