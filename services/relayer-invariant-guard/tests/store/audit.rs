//! The record: without gaps, linked, and every kind of tampering is found, a cut at the end by a link kept elsewhere.

use causeway_primitives::B256;

use super::stand::{Stand, entry};

async fn recorded(label: &str, count: usize) -> Stand {
    let stand = Stand::new(label).await;
    for number in 0..count {
        stand.store.append_audit(&entry(&number.to_string())).await.unwrap();
    }
    stand
}

#[tokio::test]
async fn grd_16_the_record_has_no_gaps_and_a_thing_is_recorded_once() {
    let stand = recorded("guard_audit", 3).await;
    let before = stand.store.audit_head().await.unwrap();
    assert_eq!(stand.store.append_audit(&entry("1")).await.unwrap(), before, "again after a crash");
    let rows = stand.store.list_audit(0, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.index).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(3));
}

#[tokio::test]
async fn grd_16_writers_at_once_make_one_chain() {
    let stand = Stand::new("guard_audit_crowd").await;
    let writes = (0..40).map(|number| {
        let store = stand.store.clone();
        async move { store.append_audit(&entry(&number.to_string())).await }
    });
    // Some wait for a connection in vain; what was written is whole all the same.
    let mut written = 0;
    for outcome in futures(writes).await {
        written += u64::from(outcome.is_ok());
    }
    assert!(written > 0);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(written));
}

async fn futures<T: Send + 'static>(tasks: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let mut set = tokio::task::JoinSet::new();
    tasks.for_each(|task| drop(set.spawn(task)));
    set.join_all().await
}

#[tokio::test]
async fn grd_16_the_record_cannot_be_changed_through_its_table() {
    let stand = recorded("guard_audit_closed", 2).await;
    for sql in ["UPDATE audit SET body = '{}'", "DELETE FROM audit", "TRUNCATE audit"] {
        assert!(stand.tamper(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn grd_16_whoever_gets_past_the_trigger_is_found_by_the_chain() {
    let cases = [
        ("UPDATE audit SET body = '{}' WHERE index = 2", Err(2)),
        ("UPDATE audit SET actor = 'mallory' WHERE index = 3", Err(3)),
        ("DELETE FROM audit WHERE index = 2", Err(2)),
        ("UPDATE audit SET link = decode(repeat('00', 32), 'hex') WHERE index = 4", Err(4)),
        ("DELETE FROM audit WHERE index = 4", Err(4)),
    ];
    for (number, (sql, expected)) in cases.into_iter().enumerate() {
        let stand = recorded(&format!("guard_audit_tamper_{number}"), 4).await;
        stand.tamper("ALTER TABLE audit DISABLE TRIGGER ALL").await.unwrap();
        stand.tamper(sql).await.unwrap();
        assert_eq!(stand.store.verify_audit(None).await.unwrap(), expected, "{sql}");
    }
}

#[tokio::test]
async fn grd_16_a_cut_at_the_end_is_found_only_by_a_link_that_was_kept_elsewhere() {
    let stand = recorded("guard_audit_cut", 4).await;
    let kept = stand.store.audit_head().await.unwrap().link;
    assert_eq!(stand.store.verify_audit(kept).await.unwrap(), Ok(4));
    stand.tamper("ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit WHERE index = 4").await.unwrap();
    stand.tamper("UPDATE audit_head SET index = 3, link = (SELECT link FROM audit WHERE index = 3)").await.unwrap();
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(3), "by itself the rest is whole");
    assert_eq!(stand.store.verify_audit(kept).await.unwrap(), Err(4));
    assert_eq!(stand.store.verify_audit(Some(B256::ZERO)).await.unwrap(), Err(4));
}
